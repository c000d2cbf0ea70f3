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
    int32_t ticket;
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
    size_t out_at; /* sent of it */
    struct credit_sender out_credit;
    struct op write_op;

    /* fetch */
    struct op head_op;
    uint8_t answer_type; /* the message that answered; 0: none yet */
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
/* As new, for the next request of its slot. Only with one reference. */
void stream_reset(struct stream *s);
/* Gives edge the first credit, when that was not done yet. */
void stream_flow(struct stream *s);
void stream_consumed(struct stream *s, size_t bytes);
/* What it may still bring is not wanted: CANCEL, unless it is a request's. */
void stream_cancel(struct stream *s);
/* Closes what this isolate opened, once everything about it has ended. */
void stream_settle(struct stream *s);

void stream_out_begin(struct stream *s);
/* Sends, or keeps what exceeds the credit. */
void stream_send(struct stream *s, struct span bytes);
bool stream_full(const struct stream *s);
void stream_send_end(struct stream *s);
void stream_send_error(struct stream *s, enum err why);
void stream_out_flush(struct stream *s);
/* Messages of edge. ERR_PROTOCOL: edge broke the rules. */
void stream_message(struct stream *s, const struct message *m);
/* After an entry: cancels what the collector found to be unreachable. */
void stream_drop_dead(struct api *api);

/* --- For natives --- */
extern const struct js_kind stream_kind;
/* A JavaScript handle; the stream lives at least as long. */
js_obj stream_handle(js_ctx c, struct stream *s);
struct stream *stream_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, js_val *exc);

/* A body on its way out, as JavaScript describes it. */
enum out_kind {
    OUT_NULL,
    OUT_STRING, /* value: text, sent as UTF-8 */
    OUT_BYTES,  /* value: ArrayBuffer or view */
    OUT_NATIVE, /* value: handle of a stream whose incoming body nobody has touched: passed on */
    OUT_SCRIPT, /* JavaScript sends it afterwards, with send(), end() */
};
struct out_body {
    unsigned flags; /* MESSAGE_BODY_* */
    uint64_t length;
    struct span bytes;     /* of OUT_STRING, OUT_BYTES and what is here of OUT_NATIVE */
    struct buf text;       /* owns `bytes` of OUT_STRING */
    struct stream *source; /* OUT_NATIVE */
};
/* Arguments i (kind), i + 1 (value), i + 2 (length in bytes, or below 0: unknown; OUT_SCRIPT only). */
bool out_body_read(js_ctx c, size_t argc, const js_val argv[], size_t i, struct out_body *ret, js_val *exc);
/* Sends the message `type` with this head and body on `s`. True: more follows (`s` is a sender now). */
bool out_body_send(struct stream *s, unsigned type, struct head *h, struct out_body *b);
void out_body_free(struct out_body *b);

#endif
