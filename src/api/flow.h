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
#ifndef API_FLOW_H
#define API_FLOW_H

#include "api/op.h"
#include "base/buf.h"
#include "link/credit.h"
#include "link/head.h"
#include "link/link.h"
#include "link/messages.h"

enum body_kind { BODY_NULL, BODY_INLINE, BODY_STREAM };

struct flow {
    struct api *api; /* NULL once the isolate is gone */
    uint64_t id;
    uint32_t refs, handles;
    bool open; /* in the api's table: edge may still talk about it */
    int32_t ticket;
    bool request; /* of a REQUEST: never closed by us, DONE ends it */

    /* in */
    uint8_t in_kind; /* enum body_kind */
    bool in_touched; /* credit was given, or bytes were taken */
    bool in_gone;    /* spliced, cancelled or consumed */
    bool in_ended;   /* all is here */
    bool in_flowing; /* credit was given at least once */
    bool collecting;
    uint8_t collect_how;
    enum err in_error;
    uint64_t in_length; /* HEAD_LENGTH_UNKNOWN */
    struct buf in;
    struct credit_receiver in_credit;
    struct op read_op; /* a read or a collect that waits */

    /* out */
    bool out_open, out_ending, out_cancelled;
    bool out_unwanted; /* CANCEL came, perhaps before there was a body */
    struct buf out;
    size_t out_at; /* sent of it */
    struct credit_sender out_credit;
    struct op write_op;

    /* fetch */
    struct op head_op;
    uint8_t answer_type; /* the message that answered; 0: none yet */
    enum err failed;
    struct buf answer; /* the head as it came (link/head.h), or the text of a failure */
    bool is_fetch;
    bool socket; /* of connect(): SOCKET_OPEN has come */
    struct flow *next_dropped;
    bool in_dropped;
};

enum collect { COLLECT_TEXT, COLLECT_BUFFER, COLLECT_BYTES };

struct flow *flow_new(struct api *api);
/* One that this isolate asks something on (FETCH, CACHE_*), with a new stream id. The caller has a reference. */
struct flow *flow_ask(struct api *api);
void flow_unref(struct flow *s);
/* op_begin() for one of the flow's own: the flow stays until `make` has called flow_op_end(), whatever becomes of its
 * handles meanwhile. */
uint32_t flow_op(struct flow *s, struct op *op, js_val (*make)(js_ctx c, struct op *op, js_val *exc));
js_val flow_op_end(struct flow *s, js_val result); /* gives `result` back */
/* Begins to be about link stream `id`. */
void flow_open(struct flow *s, uint64_t id);
/* No longer in the table. Waiting operations fail with `why`. */
void flow_close(struct flow *s, enum err why);
/* Where its incoming body is; inline bytes are copied. */
void flow_in(struct flow *s, unsigned flags, uint64_t length, struct span inline_body);
/* As new, for the next request of its slot. Only with one reference. */
void flow_reset(struct flow *s);
/* Gives edge the first credit, when that was not done yet. */
void flow_start(struct flow *s);
void flow_consumed(struct flow *s, size_t bytes);
/* What it may still bring is not wanted: CANCEL, unless it is a request's. */
void flow_cancel(struct flow *s);
/* Closes what this isolate opened, once everything about it has ended. */
void flow_settle(struct flow *s);

void flow_out_begin(struct flow *s);
/* Sends, or keeps what exceeds the credit. */
void flow_send(struct flow *s, struct span bytes);
bool flow_full(const struct flow *s);
void flow_send_end(struct flow *s);
void flow_send_error(struct flow *s, enum err why);
void flow_out_flush(struct flow *s);
/* Messages of edge. ERR_PROTOCOL: edge broke the rules. */
void flow_message(struct flow *s, const struct message *m);
/* After an entry: cancels what the collector found to be unreachable. */
void flow_drop_dead(struct api *api);

/* --- For natives --- */
extern const struct js_kind flow_kind;
/* A JavaScript handle; the stream lives at least as long. */
js_obj flow_handle(js_ctx c, struct flow *s);
struct flow *flow_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, js_val *exc);

/* What has come of its body, for natives that read it in C: FLOW_BYTES: moved into *into (empty before); FLOW_WAIT: ask
 * again when operation *ret_op is done. */
enum flow_got { FLOW_BYTES, FLOW_END, FLOW_WAIT, FLOW_THREW };
enum flow_got flow_take(js_ctx c, struct flow *s, struct buf *into, uint32_t *ret_op, js_val *exc);

/* A body on its way out, as JavaScript describes it. */
enum send_kind {
    SEND_NULL,
    SEND_STRING, /* value: text, sent as UTF-8 */
    SEND_BYTES,  /* value: ArrayBuffer or view */
    SEND_NATIVE, /* value: handle of a stream whose incoming body nobody has touched: passed on */
    SEND_SCRIPT, /* JavaScript sends it afterwards, with send(), end() */
};
struct out_body {
    unsigned flags; /* MESSAGE_BODY_* */
    uint64_t length;
    struct span bytes;   /* of SEND_STRING, SEND_BYTES and what is here of SEND_NATIVE */
    struct buf text;     /* owns `bytes` of SEND_STRING */
    struct flow *source; /* SEND_NATIVE */
};
/* Arguments i (kind), i + 1 (value), i + 2 (length in bytes, or below 0: unknown; SEND_SCRIPT only). */
bool out_body_read(js_ctx c, size_t argc, const js_val argv[], size_t i, struct out_body *ret, js_val *exc);
/* Sends the message `type` with this head and body on `s`; `first` (or NULL) is a head that goes before it (CACHE_PUT).
 * True: more follows (`s` is a sender now). */
bool out_body_send(struct flow *s, unsigned type, const struct head *first, struct head *h,
                   struct out_body *b);
void out_body_free(struct out_body *b);

#endif
