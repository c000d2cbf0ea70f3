/* What `cusp dev` shows the person at the keyboard. Colours only on a terminal (NO_COLOR is honoured); control characters of
 * what Workers and clients send are not passed on, so that nobody can drive the terminal. Loop's thread. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "base/span.h"

struct terminal {
    bool colours_out, colours_err;
};

void terminal_setup(struct terminal *t);
void terminal_error(const struct terminal *t, struct span text);
void terminal_warn(const struct terminal *t, struct span text);
void terminal_note(const struct terminal *t, struct span text);
/* A line of console.*; `level` is an enum log_level. */
void terminal_console(const struct terminal *t, int level, struct span text);
void terminal_request(const struct terminal *t, struct span method, struct span url, int status,
                      uint64_t wall_us);

#endif
