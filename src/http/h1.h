/* HTTP/1.x messages (RFC 9112), sans I/O: bytes in, events out. Requests and responses.
 *
 * One `struct h1` a connection and direction, embedded in its owner; one thread. The caller feeds what it
 * read and gets one event a call:
 *
 *     size_t used = 0;
 *     switch (h1_feed(&p, input, &used)) {
 *     case H1_NEED_MORE: wait for bytes. All of the input was used.
 *     case H1_HEAD:      p.head is filled. Its spans point into `input` when the whole head was there, else
 * into the parser: they die with the next h1_feed(), so copy what must live longer. case H1_BODY:      p.body
 * is a piece of the body inside `input`, never empty, chunk framing taken off. case H1_END:       the message
 * is complete; p.trailers as p.head (empty without chunks). The next feed starts the next message. case
 * H1_ERROR:     p.status and p.sentence say what to answer; then close. Every later feed says the same.
 *     }
 *     advance the input by `used`; go on until H1_NEED_MORE.
 *
 * After H1_HEAD the caller calls again, with what is left, even if that is nothing: a message without body
 * then says H1_END. A message never takes a byte of its successor: what follows H1_END (pipelined requests,
 * the first bytes of an upgraded protocol) stays in the caller's buffer. After a message that closes
 * (head.should_close, no upgrade) any further byte but CR LF is an error. Events depend on the bytes only,
 * not on how they were cut into feeds (pieces of the body excepted). Feeding costs O(bytes) however small the
 * pieces are.
 *
 * Strict, because what two parsers read differently smuggles requests. 400 unless another status is named:
 *   - lines end with CR LF; bare CR, bare LF and NUL are errors everywhere; at most 4 empty lines before a
 * message
 *   - request line: token SP target SP HTTP/1.0 or HTTP/1.1 (other versions 505); method over 64 bytes 501;
 *     target over the limit 414; target bytes are 0x21-0x7e without '#'
 *   - targets: "/..." origin-form; "http://" or "https://" absolute-form without user information, its host
 * wins over Host; "*" for OPTIONS only; CONNECT, with a well-formed authority, is 501
 *   - fields: token ":" value; no blank before the colon, no empty name, no line folding, no control bytes;
 *     section over the limit, or too many fields: 431
 *   - Host: exactly one in HTTP/1.1, at most one in HTTP/1.0, a host (RFC 3986 reg-name without %, IPv4,
 * [IPv6]) and optional port
 *   - Content-Length: one field, digits only; above the body limit 413. Never together with Transfer-Encoding
 *   - Transfer-Encoding: exactly one "chunked"; other codings before it 501; chunked twice or not last 400;
 * in HTTP/1.0 400. A response with other codings runs until close, as RFC 9112 section 6.3 has it
 *   - Expect: only 100-continue, else 417; disregarded in HTTP/1.0
 *   - chunks: 1-16 hex digits, no blanks; extensions well-formed and bounded, per chunk and (16 times that)
 * in sum; they are dropped. Data over the body limit 413
 *   - trailers: checked like fields, own limit (431). Names that may not stand there (fields.h,
 *     http_name_is_barred_from_trailers) are dropped, as RFC 9110 section 6.5.1 lets a recipient do, because
 * they must have no effect; the rest of the message is sound. */
#ifndef HTTP_H1_H
#define HTTP_H1_H

#include "base/buf.h"
#include "base/span.h"
#include "http/fields.h"

enum h1_kind { H1_REQUEST, H1_RESPONSE };
enum h1_event { H1_NEED_MORE, H1_HEAD, H1_BODY, H1_END, H1_ERROR };
enum h1_body_kind { H1_BODY_NONE, H1_BODY_LENGTH, H1_BODY_CHUNKED, H1_BODY_UNTIL_CLOSE };
enum h1_form { H1_FORM_ORIGIN, H1_FORM_ABSOLUTE, H1_FORM_ASTERISK };

struct h1_limits {
    uint32_t target_bytes, head_bytes, fields, trailer_bytes, chunk_ext_bytes;
    uint64_t body_bytes;
    /* Takes HTTP/1.1 requests without Host, against RFC 9112 section 3.2. For tests of the rest of the
     * grammar. */
    bool host_optional;
};

/* The defaults of base/limits.h. */
struct h1_limits h1_limits_default(void);

struct h1_head {
    /* requests */
    struct span method;
    enum http_method method_id;
    struct span target; /* as sent */
    enum h1_form form;
    struct span scheme;    /* absolute-form: "http" or "https" as sent, else ptr NULL */
    struct span authority; /* host[:port] from the target, else from Host; empty when HTTP/1.0 named none */
    struct span path;      /* path and query; begins with "/" or "?", or is empty, in absolute-form; "*" */
    bool expect_continue;  /* the client waits for 100 before it sends the body */
    /* responses */
    int status;
    struct span reason;
    /* both */
    int minor; /* HTTP/1.minor: 0 or 1 */
    struct http_fields fields;
    enum h1_body_kind body;
    uint64_t length;   /* of an H1_BODY_LENGTH body, in bytes */
    bool should_close; /* no further message on this connection */
    bool upgrade;      /* asks for (request) or makes (101) the change to what the Upgrade field names */
};

struct h1 {
    /* to read after the event that fills them */
    struct h1_head head;
    struct span body;
    struct http_fields trailers;
    int status;           /* H1_ERROR: the status to answer with */
    const char *sentence; /* H1_ERROR: what is wrong, lower case, no full stop; static */

    /* private to the parser */
    const struct h1_limits *limits;
    enum h1_kind kind;
    uint8_t state;
    uint8_t crlfs;            /* CR and LF bytes of empty lines before the message */
    uint8_t hosts, lengths;   /* how many of these fields so far; stops at 2 */
    uint8_t codings;          /* Transfer-Encoding, as far as read: bits, h1_head.c */
    uint8_t connection;       /* Connection options, as far as read: bits, h1_head.c */
    bool head_request;        /* h1_answers() */
    struct buf own;           /* a head or trailer section that came in pieces */
    size_t line;              /* offset in `own` of the line being read */
    size_t section;           /* bytes of the section in complete lines */
    struct http_field *slots; /* the array behind head.fields and trailers */
    size_t slots_cap, slots_count;
    struct span host;           /* value of the Host field */
    uint64_t left;              /* bytes left of the body or the chunk */
    uint64_t body_seen;         /* chunked: sum of the sizes */
    uint32_t digits, ext, exts; /* of the chunk size; extension bytes of the chunk, of the body */
};

/* `limits` must outlive the parser. The struct may be moved in memory between calls. */
void h1_init(struct h1 *p, enum h1_kind kind, const struct h1_limits *limits);
enum h1_event h1_feed(struct h1 *p, struct span input, size_t *ret_used);
/* The peer closed. H1_END when that ends a body (H1_BODY_UNTIL_CLOSE), H1_NEED_MORE when between messages (a
 * clean close), H1_ERROR when it cuts a message short. */
enum h1_event h1_eof(struct h1 *p);
/* Responses: the next message answers a HEAD request, so it has no body whatever its fields say. Lasts until
 * the final (not 1xx) response. */
void h1_answers_head(struct h1 *p);
/* Bytes of a message have been taken, but not all of it: what a timeout must know. */
bool h1_in_message(const struct h1 *p);
void h1_free(struct h1 *p);

#endif
