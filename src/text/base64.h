/* Base64: atob/btoa and data: URLs (WHATWG Infra, "forgiving-base64"), JWK and JWT (RFC 4648 section 5, no
 * padding). Pure functions, any thread, no allocation. Outputs may not overlap inputs, except that decoding
 * may be in place. */
#ifndef TEXT_BASE64_H
#define TEXT_BASE64_H

#include "base/err.h"

static inline size_t base64_encoded_length(size_t len) { return (len + 2) / 3 * 4; }
static inline size_t base64url_encoded_length(size_t len) {
    return len / 3 * 4 + (len % 3 ? len % 3 + 1 : 0);
}
/* An upper bound for both decoders. */
static inline size_t base64_decoded_max(size_t len) { return len / 4 * 3 + 3; }

/* With '=' padding; returns base64_encoded_length(s.len). */
size_t base64_encode(struct span s, char *to);
/* The URL-safe alphabet, without padding; returns base64url_encoded_length(s.len). */
size_t base64url_encode(struct span s, char *to);

/* Forgiving: ASCII white space is skipped, padding is optional, loose trailing bits are dropped. ERR_INVALID
 * for anything else; `to` then holds rubbish. */
MUST_USE enum err base64_decode(struct span s, char *to, size_t *ret_len);
/* Strict: the URL-safe alphabet only, no white space, no padding, trailing bits must be zero (RFC 7515
 * section 2). */
MUST_USE enum err base64url_decode(struct span s, char *to, size_t *ret_len);

#endif
