/* The index tables of the Encoding Standard, section 5: pointer to code point, 0 where there is none. Made by
 * tools/encoding-tables.mjs from indexes.bin; read-only, and in memory only where somebody looks. Private to this room. */
#ifndef TEXT_LEGACY_TABLES_H
#define TEXT_LEGACY_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_TABLES(X)                                                                                       \
    X(gb18030)                                                                                               \
    X(gb18030_ranges) /* pairs of pointer and code point, rising */                                          \
    X(jis0208)                                                                                               \
    X(jis0212)                                                                                               \
    X(euc_kr)                                                                                                \
    X(big5)        /* the low 16 bits */                                                                     \
    X(big5_plane2) /* a bit a pointer: the code point is in plane 2 */                                       \
    X(single_byte) /* 128 for each encoding, in the order of enum text_encoding */

#define X(name)                                                                                              \
    extern const uint16_t text_##name[];                                                                     \
    extern const size_t text_##name##_count;
TEXT_TABLES(X)
#undef X

#endif
