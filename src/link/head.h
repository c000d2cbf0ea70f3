/* How the head of a request or a response travels in a message.
 *
 *   u32 worker        u16 status        u16 flags
 *   u64 body_length   (HEAD_LENGTH_UNKNOWN when it is not known in advance)
 *   u32 url_bytes     u32 extra_bytes
 *   u16 method_bytes  u16 reason_bytes  u16 fields           u16 reserved (0)
 *   u32 text_bytes    u32 reserved (0)
 *   fields x { u32 name_bytes, u32 value_bytes }
 *   text: url, method, reason, extra, then name, value, name, value, ...
 *
 * All texts lie in one run, so that one string per request is enough for JavaScript and everything is a
 * substring of it. They are bytes: Latin-1 when they become JavaScript strings (Fetch standard: byte
 * sequences are isomorphic decoded), except url, which is ASCII by construction (a serialised URL), and
 * extra, which is UTF-8 JSON.
 *
 * The reader trusts nothing: lengths are checked against the payload and against base/limits.h. It does not
 * judge the characters; whoever puts fields on a wire does (http/h1.h). Pure functions, any thread. */
#ifndef LINK_HEAD_H
#define LINK_HEAD_H

#include "base/err.h"
#include "http/fields.h"

#define HEAD_LENGTH_UNKNOWN UINT64_MAX

enum {                           /* struct head.flags */
       HEAD_REDIRECT_MANUAL = 1, /* FETCH: give redirects to the caller; neither bit: follow */
       HEAD_REDIRECT_ERROR = 2,  /* FETCH: a redirect is a failure */
       HEAD_REDIRECTED = 4,      /* FETCH_HEAD: at least one redirect was followed */
       HEAD_ENCODED =
           8, /* RESPONSE: the body is already content-encoded by the script (encodeBody: "manual") */
       HEAD_SECURE = 16,        /* REQUEST: it came over TLS */
       HEAD_IGNORE_METHOD = 32, /* CACHE_MATCH, CACHE_DELETE: options.ignoreMethod */
       HEAD_UPGRADE = 64,  /* FETCH: asks for a WebSocket. RESPONSE, FETCH_HEAD: it is one (messages.h) */
       HEAD_SERVICE = 128, /* FETCH: to a Worker of the account, REQUEST: from one; edge/service.h */
};

struct head {
    uint32_t worker;      /* DEFINE's number */
    uint16_t status;      /* responses; 0 in requests */
    uint16_t flags;       /* HEAD_* */
    uint64_t body_length; /* bytes, or HEAD_LENGTH_UNKNOWN */
    struct span url;      /* absolute; requests, and FETCH_HEAD's final URL */
    struct span method;   /* requests */
    struct span
        reason; /* responses: the reason phrase (statusText), may be empty; of HEAD_SERVICE: who is called */
    struct span extra; /* REQUEST: request.cf as JSON. FETCH: init.cf as JSON. CACHE_*: the cache's name */
    const struct http_field *fields;
    size_t field_count;
};

enum { HEAD_FIXED_BYTES = 40, HEAD_FIELD_BYTES = 8 };

size_t head_size(const struct head *h);
/* Writes exactly head_size() bytes to `to`; returns the end. */
char *head_write(const struct head *h, char *to);
/* Spans of *ret point into the payload, ret->fields is `fields`. *ret_rest is what follows the head.
 * ERR_INVALID when malformed, ERR_TOO_LARGE when it has more than `cap` fields. */
MUST_USE enum err head_read(struct span payload, struct http_field *fields, size_t cap, struct head *ret,
                            struct span *ret_rest);

#endif
