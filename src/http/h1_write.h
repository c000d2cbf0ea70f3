/* Writing HTTP/1.1 responses (RFC 9112): heads, chunks, trailers, interim responses, appended to a buffer.
 *
 * Never emits a byte that could end a line early: names must be tokens, values and reasons free of control
 * bytes (HTAB excepted), else ERR_INVALID and the buffer is as it was. The writer owns framing and
 * connection: fields named Content-Length and the hop-by-hop ones (http_name_is_hop_by_hop) in the list are
 * left out, so nothing that a Worker sets can contradict how the body is sent. Pure functions on their
 * arguments; any thread. */
#ifndef HTTP_H1_WRITE_H
#define HTTP_H1_WRITE_H

#include "base/buf.h"
#include "base/err.h"
#include "http/h1.h"

enum h1_framing {
    H1_FRAME_NONE,    /* no body and no word of one: 1xx, 204; 304 and HEAD of unknown length */
    H1_FRAME_LENGTH,  /* Content-Length: `length`; with HEAD or 304 what a GET would have had */
    H1_FRAME_CHUNKED, /* Transfer-Encoding: chunked */
    H1_FRAME_CLOSE,   /* the end of the connection ends it: HTTP/1.0 and length unknown */
};

struct h1_response {
    int status;         /* 200-599 */
    struct span reason; /* ptr NULL: the standard phrase */
    const struct http_fields *fields;
    struct span date; /* IMF-fixdate for Date, unless the fields have one; empty: none */
    /* h1_response_frame() decides these: */
    enum h1_framing framing;
    uint64_t length;
    bool body; /* body bytes follow, framed as said; false: send none, whatever the source has */
    bool close;
    bool minor_0; /* the client speaks HTTP/1.0 */
};

#define H1_LENGTH_UNKNOWN UINT64_MAX

/* Decides framing from the request (method, version, keep-alive), the status and the body's length
 * (H1_LENGTH_UNKNOWN while streaming). `want_close`: the server wants to close anyway. */
void h1_response_frame(struct h1_response *r, const struct h1_head *request, uint64_t length,
                       bool want_close);
/* Same, from facts a caller kept instead of the head. */
void h1_response_frame_for(struct h1_response *r, bool head_request, int minor, uint64_t length, bool close);

MUST_USE enum err h1_write_head(struct buf *out, const struct h1_response *r);
/* 100 and 103 and their fields (may be NULL). A client of HTTP/1.0 must not get one. */
MUST_USE enum err h1_write_interim(struct buf *out, int status, const struct http_fields *fields);
/* 101 with Connection: upgrade and Upgrade: `protocol`. */
MUST_USE enum err h1_write_upgrade(struct buf *out, struct span protocol, const struct http_fields *fields);

/* A chunk is h1_chunk_open(), its bytes, H1_CHUNK_CLOSE. Size 0 is not a chunk: check()ed. */
#define H1_CHUNK_OPEN_MAX 18
#define H1_CHUNK_CLOSE    SPAN("\r\n")
size_t h1_chunk_open(char out[H1_CHUNK_OPEN_MAX], uint64_t size_bytes);
void h1_write_chunk(struct buf *out, struct span data); /* all three; nothing when data is empty */
/* The last chunk and the trailers (may be NULL). Names that may not stand in trailers are left out. */
MUST_USE enum err h1_write_last_chunk(struct buf *out, const struct http_fields *trailers);

#endif
