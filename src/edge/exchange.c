#include "edge/exchange.h"

#include "base/limits.h"
#include "edge/peer.h"
#include "link/messages.h"

enum { PIECE_BYTES = 64 * 1024 };

void exchange_open(struct exchange *x, struct peer *peer, const struct exchange_owner *owner,
                   uint64_t stream) {
    x->peer = peer;
    x->owner = owner;
    x->stream = stream;
    x->to_worker = x->from_worker = NULL;
    x->wanted = x->breaking = false;
    x->coding = CODING_IDENTITY;
    credit_sender_init(&x->credit_out, 0);
    list_push(&peer->exchanges, &x->node);
}

static void send(struct exchange *x, enum message_type type, const void *bytes, size_t len) {
    struct span part = span_make(bytes, len);
    if (x->peer && x->peer->link) link_send(x->peer->link, (uint8_t)type, 0, x->stream, &part, len ? 1 : 0);
}

/* The owner may free the exchange. */
static void tell_quiet(struct exchange *x) {
    if (!x->breaking) x->owner->quiet(x);
}

/* As a sink: bytes for the Worker, within its credit. */

static size_t to_worker_room(void *arg) {
    const struct exchange *x = arg;
    return x->credit_out.available_bytes > SIZE_MAX / 2 ? SIZE_MAX / 2
                                                        : (size_t)x->credit_out.available_bytes;
}

static void to_worker_take(void *arg, struct span bytes) {
    struct exchange *x = arg;
    (void)credit_take(&x->credit_out, bytes.len);
    while (bytes.len) {
        struct span piece = span_first(bytes, PIECE_BYTES);
        send(x, MESSAGE_BODY, piece.ptr, piece.len);
        bytes = span_from(bytes, piece.len);
    }
}

static void to_worker_end(void *arg, enum err why) {
    struct exchange *x = arg;
    x->to_worker = NULL;
    uint32_t code = why;
    send(x, why ? MESSAGE_BODY_ERROR : MESSAGE_BODY_END, &code, why ? sizeof code : 0);
    tell_quiet(x);
}

static const struct body_sink to_worker_sink = {to_worker_room, to_worker_take, to_worker_end};

/* As a source: bytes from the Worker. What the sink has taken is granted again. */

static void from_worker_taken(void *arg, size_t bytes) {
    struct exchange *x = arg;
    uint64_t grant = credit_consumed(&x->credit_in, bytes);
    if (grant) send(x, MESSAGE_CREDIT, &grant, sizeof grant);
}

static void from_worker_stop(void *arg) {
    struct exchange *x = arg;
    x->from_worker = NULL;
    send(x, MESSAGE_CANCEL, NULL, 0);
    if (x->peer) tell_quiet(x);
}

static const struct body_source from_worker_source = {NULL, from_worker_taken, from_worker_stop};

struct body *exchange_receive(struct exchange *x, uint64_t length) {
    credit_receiver_init(&x->credit_in, LIMIT_STREAM_WINDOW_BYTES, LIMIT_STREAM_WINDOW_BYTES);
    x->from_worker = body_new(&from_worker_source, x, length);
    return x->from_worker;
}

static void end_from_worker(struct exchange *x, enum err why) {
    struct body *b = x->from_worker;
    x->from_worker = NULL;
    if (b) body_end(b, why);
}

static void stop_to_worker(struct exchange *x) {
    struct body *b = x->to_worker;
    x->to_worker = NULL;
    body_stop(b);
}

void exchange_close(struct exchange *x) {
    struct peer *peer = x->peer;
    if (!peer) return;
    list_remove(&x->node);
    x->peer = NULL;
    x->breaking = true;
    stop_to_worker(x);
    end_from_worker(x, ERR_CANCELLED);
    peer_look_retired(peer);
}

void exchange_link_down(struct exchange *x) {
    list_remove(&x->node);
    x->breaking = true; /* the end of one body may end the other one, by way of who takes it */
    bool kept = !x->wanted && x->owner->keeps && x->owner->keeps(x);
    end_from_worker(x, ERR_WORKER_GONE); /* first: a WebSocket that is stopped takes it for a farewell */
    if (!kept) stop_to_worker(x);
    x->breaking = false;
    x->peer = NULL; /* only now: whoever was just told must not take it for over, and free it */
    x->owner->gone(x);
}

/* The owner first: the exchange may be over with this, and its sink does not need it. */
static void end_and_tell(struct exchange *x, enum err why) {
    struct body *b = x->from_worker;
    x->from_worker = NULL;
    if (!b) return;
    x->owner->quiet(x);
    body_end(b, why);
}

static enum err on_credit(struct exchange *x, struct span payload) {
    uint64_t grant;
    if (payload.len != sizeof grant) return ERR_PROTOCOL;
    memcpy(&grant, payload.ptr, sizeof grant);
    enum err e = credit_granted(&x->credit_out, grant);
    if (e || !x->to_worker) return e;
    if (x->wanted) {
        body_pull(x->to_worker);
        return ERR_OK;
    }
    x->wanted = true;
    x->owner->wanted(x);
    if (content_coding_known(x->coding)) x->to_worker = encoding_decode(x->to_worker, x->coding);
    if (x->to_worker) body_attach(x->to_worker, &to_worker_sink, x);
    return ERR_OK;
}

static enum err on_body(struct exchange *x, struct span payload) {
    if (!x->from_worker) return ERR_OK; /* it crossed our CANCEL */
    enum err e = credit_received(&x->credit_in, payload.len);
    if (!e && payload.len) (void)!body_push(x->from_worker, payload); /* the window bounds what waits */
    return e;
}

static enum err on_body_error(struct exchange *x, struct span payload) {
    uint32_t why;
    if (payload.len < sizeof why) return ERR_PROTOCOL;
    memcpy(&why, payload.ptr, sizeof why);
    end_and_tell(x, why > ERR_OK && why < ERR_COUNT ? (enum err)why : ERR_INTERNAL);
    return ERR_OK;
}

enum err exchange_message(struct exchange *x, const struct message *m) {
    switch (m->type) {
    case MESSAGE_CREDIT: return on_credit(x, m->payload);
    case MESSAGE_BODY: return on_body(x, m->payload);
    case MESSAGE_BODY_END: end_and_tell(x, ERR_OK); return ERR_OK;
    case MESSAGE_BODY_ERROR: return on_body_error(x, m->payload);
    case MESSAGE_CANCEL:
        stop_to_worker(x);
        x->owner->cancelled(x);
        return ERR_OK;
    default: return x->owner->message(x, m);
    }
}

struct body *exchange_splice(struct exchange *x) {
    if (x->wanted) return NULL;
    struct body *b = x->to_worker;
    if (!b) return NULL;
    x->owner->wanted(x); /* a client that waits for 100 must send it now */
    x->to_worker = NULL;
    x->owner->quiet(x);
    return b;
}
