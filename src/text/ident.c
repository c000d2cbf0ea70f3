#include "text/ident.h"

#include <unicode/uchar.h>

bool text_is_ident_start(uint32_t code) {
    if (code < 0x80) return (code | 0x20) - 'a' < 26 || code == '$' || code == '_';
    return u_hasBinaryProperty((UChar32)code, UCHAR_ID_START);
}

bool text_is_ident_part(uint32_t code) {
    if (code < 0x80) return text_is_ident_start(code) || code - '0' < 10;
    return code == 0x200C || code == 0x200D || u_hasBinaryProperty((UChar32)code, UCHAR_ID_CONTINUE);
}
