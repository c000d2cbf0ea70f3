/* What names in programming languages are made of (UAX #31), by ICU's tables: for names of URLPattern groups. */
#ifndef TEXT_IDENT_H
#define TEXT_IDENT_H

#include <stdbool.h>
#include <stdint.h>

/* As JavaScript has it: ID_Start, '$', '_'; ID_Continue, '$', and the two joiners. */
bool text_is_ident_start(uint32_t code);
bool text_is_ident_part(uint32_t code);

#endif
