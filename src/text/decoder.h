/* Bytes that arrive in pieces, decoded to UTF-16: TextDecoder, TextDecoderStream, Body.text() (WHATWG
 * Encoding).
 *
 * A decoder is a plain value without resources: put it where the stream is, copy it, forget it. One owner. It
 * keeps the bytes of a code point that was cut at the end of a piece, and sees to the byte order mark.
 * Encodings are named by the enum; a label ("utf8", "UTF-16") becomes one by text_encoding_of(). */
#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include "base/err.h"

/*      constant   name as the standard has it, lower case */
#define TEXT_ENCODINGS(X)                                                                                    \
    X(UTF_8, "utf-8")                                                                                        \
    X(UTF_16LE, "utf-16le")                                                                                  \
    X(UTF_16BE, "utf-16be")

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
};

void decoder_init(struct decoder *d, enum text_encoding encoding, bool fatal, bool ignore_bom);

/* Units that the next decoder_add() of `len` bytes may write at most. */
static inline size_t decoder_room(const struct decoder *d, size_t len) { return d->pending_len + len + 1; }

/* Decodes the next piece into `to`, which holds decoder_room() units. `last` ends the stream: what is pending
 * then is malformed, and the decoder is as new. With fatal, ERR_INVALID: nothing of the piece counts, the
 * decoder is as new. */
MUST_USE enum err decoder_add(struct decoder *d, struct span piece, bool last, uint16_t *to,
                              size_t *ret_units);

#endif
