/* Bytes that arrive in pieces, decoded to UTF-16: TextDecoder, TextDecoderStream, Body.text() (WHATWG
 * Encoding).
 *
 * A decoder is a plain value without resources: put it where the stream is, copy it, forget it. One owner. It
 * keeps the bytes of a code point that was cut at the end of a piece, and sees to the byte order mark.
 * All encodings of the standard; they are named by the enum; a label ("utf8", "UTF-16") becomes one by text_encoding_of(). */
#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include "base/err.h"

/*      constant   name as TextDecoder.encoding says it. First those of Unicode, then the single-byte ones, whose tables
 *                 are in this order (tools/encoding-tables.mjs), then the others. */
#define TEXT_ENCODINGS(X)                                                                                    \
    X(UTF_8, "utf-8")                                                                                        \
    X(UTF_16LE, "utf-16le")                                                                                  \
    X(UTF_16BE, "utf-16be")                                                                                  \
    X(IBM866, "ibm866")                                                                                      \
    X(ISO_8859_2, "iso-8859-2")                                                                              \
    X(ISO_8859_3, "iso-8859-3")                                                                              \
    X(ISO_8859_4, "iso-8859-4")                                                                              \
    X(ISO_8859_5, "iso-8859-5")                                                                              \
    X(ISO_8859_6, "iso-8859-6")                                                                              \
    X(ISO_8859_7, "iso-8859-7")                                                                              \
    X(ISO_8859_8, "iso-8859-8")                                                                              \
    X(ISO_8859_10, "iso-8859-10")                                                                            \
    X(ISO_8859_13, "iso-8859-13")                                                                            \
    X(ISO_8859_14, "iso-8859-14")                                                                            \
    X(ISO_8859_15, "iso-8859-15")                                                                            \
    X(ISO_8859_16, "iso-8859-16")                                                                            \
    X(KOI8_R, "koi8-r")                                                                                      \
    X(KOI8_U, "koi8-u")                                                                                      \
    X(MACINTOSH, "macintosh")                                                                                \
    X(WINDOWS_874, "windows-874")                                                                            \
    X(WINDOWS_1250, "windows-1250")                                                                          \
    X(WINDOWS_1251, "windows-1251")                                                                          \
    X(WINDOWS_1252, "windows-1252")                                                                          \
    X(WINDOWS_1253, "windows-1253")                                                                          \
    X(WINDOWS_1254, "windows-1254")                                                                          \
    X(WINDOWS_1255, "windows-1255")                                                                          \
    X(WINDOWS_1256, "windows-1256")                                                                          \
    X(WINDOWS_1257, "windows-1257")                                                                          \
    X(WINDOWS_1258, "windows-1258")                                                                          \
    X(X_MAC_CYRILLIC, "x-mac-cyrillic")                                                                      \
    X(ISO_8859_8_I, "iso-8859-8-i")                                                                          \
    X(GBK, "gbk")                                                                                            \
    X(GB18030, "gb18030")                                                                                    \
    X(BIG5, "big5")                                                                                          \
    X(EUC_JP, "euc-jp")                                                                                      \
    X(ISO_2022_JP, "iso-2022-jp")                                                                            \
    X(SHIFT_JIS, "shift_jis")                                                                                \
    X(EUC_KR, "euc-kr")                                                                                      \
    X(REPLACEMENT, "replacement")                                                                            \
    X(X_USER_DEFINED, "x-user-defined")

enum text_encoding {
#define X(name, label) TEXT_##name,
    TEXT_ENCODINGS(X)
#undef X
        TEXT_ENCODING_COUNT
};

/* "Get an encoding": labels are trimmed of ASCII white space and compared without case. */
bool text_encoding_of(struct span label, enum text_encoding *ret_encoding);
const char *text_encoding_name(enum text_encoding encoding);

struct decoder {
    enum text_encoding encoding;
    bool fatal;      /* malformed input is ERR_INVALID, not U+FFFD */
    bool ignore_bom; /* a byte order mark is left in the output */
    bool bom_seen;   /* the start of the stream is behind us */
    unsigned char pending[4];
    unsigned pending_len;
    /* of legacy.c */
    unsigned char state, state_out;
    bool after_escape;
};

void decoder_init(struct decoder *d, enum text_encoding encoding, bool fatal, bool ignore_bom);

/* Units that the next decoder_add() of `len` bytes may write at most. */
static inline size_t decoder_room(const struct decoder *d, size_t len) { return sizeof d->pending + len + 1; }

/* Decodes the next piece into `to`, which holds decoder_room() units. `last` ends the stream: what is pending
 * then is malformed, and the decoder is as new. With fatal, ERR_INVALID: nothing of the piece counts, the
 * decoder is as new. */
MUST_USE enum err decoder_add(struct decoder *d, struct span piece, bool last, uint16_t *to,
                              size_t *ret_units);

#endif
