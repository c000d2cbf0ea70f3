/* Private to the parser of HTTP/1 (h1.h): its states, and what its files offer one another.
 *
 *   h1_feed.c  the state machine's one door, and the reading of sections (start line and fields, trailers) from
 *              whole input or from pieces
 *   h1_line.c  the grammar of one line; says why a bad line is bad
 *   h1_head.c  what fields mean for the message: Host, framing, connection
 *   h1_body.c  bodies: by length, in chunks, until close */
#ifndef HTTP_H1_INT_H
#define HTTP_H1_INT_H

#include "http/h1.h"

enum h1_state {
    H1_S_START, /* between messages */
    H1_S_LINE,  /* request or status line */
    H1_S_FIELDS,
    H1_S_LENGTH, /* body by length */
    H1_S_UNTIL_CLOSE,
    H1_S_SIZE, /* chunk size: digits */
    H1_S_EXT_NAME_FIRST,
    H1_S_EXT_NAME,
    H1_S_EXT_VALUE_FIRST,
    H1_S_EXT_VALUE,
    H1_S_EXT_QUOTED,
    H1_S_EXT_ESCAPE,
    H1_S_EXT_END, /* after a quoted value */
    H1_S_SIZE_LF,
    H1_S_DATA,
    H1_S_DATA_CR,
    H1_S_DATA_LF,
    H1_S_TRAILERS,
    H1_S_END,    /* H1_END is due */
    H1_S_CLOSED, /* after the last message of a connection */
    H1_S_ERROR,
};

/* h1.codings: what Transfer-Encoding said so far, in order */
enum { H1_CODING_ANY = 1, H1_CODING_CHUNKED = 2, H1_CODING_OTHER = 4, H1_CODING_AFTER_CHUNKED = 8 };
/* h1.connection: members of Connection, and fields that matter for the connection */
enum {
    H1_CONN_CLOSE = 1,
    H1_CONN_KEEP_ALIVE = 2,
    H1_CONN_UPGRADE = 4,
    H1_CONN_HAS_UPGRADE = 8,
    H1_CONN_CONTINUE = 16
};

#define H1_METHOD_BYTES 64
#define H1_EMPTY_LINES  4

/* Ends in H1_S_ERROR and returns H1_ERROR. Faults of responses are the origin's: always 502. */
enum h1_event h1_fail(struct h1 *p, int status, const char *sentence);

/* h1_line.c. A line runs from `at` through its CR LF, inside [at, end). The readers return where the next line starts,
 * or NULL when the line is bad or not all there; h1_line_fault() then tells why a line that is all there is bad. */
const char *h1_read_request_line(struct h1_head *head, const char *at, const char *end);
const char *h1_read_status_line(struct h1_head *head, const char *at, const char *end);
const char *h1_read_field(struct http_field *f, const char *at, const char *end);
enum h1_event h1_line_fault(struct h1 *p, struct span line);
/* The line is over its limit of bytes: which status is that? Looks at its first bytes only. */
enum h1_event h1_line_too_long(struct h1 *p, struct span line);
/* host [":" port]; not empty. */
bool h1_authority_valid(struct span s);

/* h1_feed.c. The last chunk is read: trailers begin. */
void h1_begin_trailers(struct h1 *p);

/* h1_head.c. H1_NEED_MORE means: go on. */
enum h1_event h1_take_request_line(struct h1 *p);
enum h1_event h1_take_field(struct h1 *p, const struct http_field *f);
/* The blank line is read: fills the rest of p->head, sets the state of the body, returns H1_HEAD or H1_ERROR. */
enum h1_event h1_finish_head(struct h1 *p);

/* h1_body.c */
enum h1_event h1_feed_length(struct h1 *p, struct span input, size_t *ret_used);
enum h1_event h1_feed_until_close(struct h1 *p, struct span input, size_t *ret_used);
enum h1_event h1_feed_chunked(struct h1 *p, struct span input, size_t *ret_used);

#endif
