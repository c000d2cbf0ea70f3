/* A stream of the link as one isolate sees it: a body that edge sends (request body, fetched response), and a
 * body that this isolate sends on the same id (response, upload).
 *
 * References: the api's table of open streams, a slot (the stream of its request), each JavaScript handle.
 * When the last handle of something that edge is still sending is collected, edge gets CANCEL.
 *
 * In. No credit is given before the first read, so an unread body stays in edge, and can be spliced: handed
 * on as a whole by id. Reading hands out all that has come so far; collecting (text(), arrayBuffer()) grants
 * as it comes and finishes when all is there.
 *
 * Out. What exceeds the peer's credit waits here, at most one chunk more than the window, because the sender
 * in JavaScript waits for stream_writable.
 *
 * Thread: the loop's. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/op.h"
#include "base/buf.h"
#include "link/credit.h"
#include "link/head.h"
#include "link/messages.h"
#include "link/link.h"

enum body_kind { BODY_NULL, BODY_INLINE, BODY_STREAM };

struct stream {
    struct api *api; /* NULL once the isolate is gone */
    uint64_t id;
    uint32_t refs, handles;
    bool open;    /* in the api's table: edge may still talk about it */
    bool request; /* of a REQUEST: never closed by us, DONE ends it */

    /* in */
    uint8_t in_kind;  /* enum body_kind */
    bool in_touched;  /* credit was given, or bytes were taken */
    bool in_gone;     /* spliced, cancelled or consumed */
    bool in_ended;    /* all is here */
    bool in_flowing;  /* credit was given at least once */
    bool collecting;
    uint8_t collect_how;
    enum err in_error;
    uint64_t in_length; /* HEAD_LENGTH_UNKNOWN */
    struct buf in;
    struct credit_receiver in_credit;
    struct op read_op; /* a read or a collect that waits */

    /* out */
    bool out_open, out_ending, out_cancelled;
    struct buf out;
    struct credit_sender out_credit;
    struct op write_op;

    /* fetch */
    struct op head_op;
    enum err failed;
    struct buf answer; /* packed head (UTF-16), or the text of a failure */
    bool is_fetch;
    struct stream *next_dropped;
    bool in_dropped;
};

enum collect { COLLECT_TEXT, COLLECT_BUFFER, COLLECT_BYTES };

struct stream *stream_new(struct api *api);
void stream_unref(struct stream *s);
/* Begins to be about link stream `id`. */
void stream_open(struct stream *s, uint64_t id);
/* No longer in the table. Waiting operations fail with `why`. */
void stream_close(struct stream *s, enum err why);
/* Where its incoming body is; inline bytes are copied. */
void stream_in(struct stream *s, unsigned flags, uint64_t length, struct span inline_body);
void stream_out_begin(struct stream *s);
/* Messages of edge. ERR_PROTOCOL: edge broke the rules. */
void stream_message(struct stream *s, const struct message *m);
/* After an entry: cancels what the collector found to be unreachable. */
void stream_drop_dead(struct api *api);

/* What goes into a head for the body `v` (kind by BODY_x of core.js) and is sent with it. */
struct out_body {
    unsigned flags; /* MESSAGE_BODY_* */
    uint64_t length;
    struct span bytes; /* inline, or the id to splice */
    uint64_t splice_id;
    struct stream *source; /* spliced, or given inline: done with after sending */
    struct buf owned;
    bool rest;             /* larger than an inline body: bytes follow as BODY */
};

/* Natives (rows in natives.c). h: a handle of stream_kind. */
extern const struct js_kind stream_kind;
js_obj stream_handle(js_ctx c, struct stream *s);

/* Reads argument kind and value: 0 null, 1 string, 2 bytes, 3 handle or ticket of an untouched body, 4 a stream
 * that JavaScript sends. False with *exc. */
bool out_body_read(struct api *api, js_ctx c, int32_t kind, js_val v, double length, struct out_body *ret,
                   js_val *exc);
/* Writes the message `type` on `s` with this head and body; for kind 4 and large bodies s becomes a sender. */
void out_body_send(struct api *api, struct stream *s, unsigned type, struct head *h, struct out_body *b,
                   bool more);

#endif
