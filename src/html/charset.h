/* The document's encoding, as far as a rewriter needs it: bytes of the document as text, and text as its bytes.
 *
 * ASCII must mean ASCII in it, so UTF-16, ISO-2022-JP and "replacement" are refused. Text that the encoding has no bytes for
 * becomes character references, as a browser does with what it sends; that is also the way for everything
 * outside ASCII in the multi-byte encodings of East Asia, which are only read. */
#ifndef HTML_CHARSET_H
#define HTML_CHARSET_H

#include "base/buf.h"
#include "text/decoder.h"

struct charset {
    enum text_encoding encoding;
    bool has_table;
    uint16_t upper[128]; /* of a single-byte encoding: what 0x80 and on are; 0: nothing */
};

/* ERR_NOT_FOUND: no such label; ERR_UNSUPPORTED: not like ASCII. */
MUST_USE enum err charset_init(struct charset *c, struct span label);
/* How many bytes at the end of `text`, which begins with a whole character, are the beginning of one. */
size_t charset_cut(const struct charset *c, struct span text);
/* UTF-8 (well-formed) as bytes of the document. `references`: what has none becomes &#n;, else false and *to is as before. */
bool charset_encode(struct charset *c, struct span utf8, bool references, struct buf *to);
static inline bool charset_is_utf8(const struct charset *c) { return c->encoding == TEXT_UTF_8; }

#endif
