#include "edge/websocket.h"

#include "crypto/digest.h"
#include "link/socket.h"
#include "text/base64.h"

enum { IN_BYTES = 32 * 1024, PIECE_BYTES = 16 * 1024 };

struct websocket {
    struct edge *edge;
    struct list node; /* edge->websockets */
    enum ws_role role;
    struct ws_reader reader;
    struct ws_writer writer;
    /* NULL once that side has let go, or was let go */
    struct body *from_peer, *to_peer, *from_worker, *to_worker;
    struct buf in; /* frames that are not read yet, from `in_at` on */
    size_t in_at;
    struct buf record; /* of the Worker, incomplete */
    struct buf out;    /* of one call */
    char pong[WS_CONTROL_BYTES];
    uint8_t pong_len;
    bool pong_waits;
    bool to_worker_paused, to_peer_paused;
    bool close_sent, close_came, worker_closed, awaits_pong;
    bool reading;
    unsigned busy; /* calls under way: not to be freed below them */
    struct deadline ping, close;
};

/* --- Life --- */

static void enter(struct websocket *w) { w->busy++; }

static void leave(struct websocket *w) {
    if (--w->busy || w->from_peer || w->to_peer || w->from_worker || w->to_worker) return;
    list_remove(&w->node);
    deadline_clear(&w->ping);
    deadline_clear(&w->close);
    ws_reader_free(&w->reader);
    ws_writer_free(&w->writer);
    buf_free(&w->in);
    buf_free(&w->record);
    buf_free(&w->out);
    mem_free(w);
}

static void end_to_worker(struct websocket *w, enum err why) {
    struct body *b = w->to_worker;
    w->to_worker = NULL;
    if (b) body_end(b, why);
}

/* Nothing more goes either way. `why` is what the connection's end hears. */
static void finish(struct websocket *w, enum err why) {
    struct body *from_peer = w->from_peer, *from_worker = w->from_worker, *to_peer = w->to_peer;
    w->from_peer = w->from_worker = w->to_peer = NULL;
    deadline_clear(&w->ping);
    deadline_clear(&w->close);
    body_stop(from_peer);
    body_stop(from_worker);
    end_to_worker(w, why ? why : w->close_came ? ERR_OK : ERR_CLOSED);
    if (to_peer) body_end(to_peer, why);
}

/* --- To the peer --- */

/* What is in w->out. */
static void send_out(struct websocket *w) {
    if (w->to_peer && w->out.len && !body_push(w->to_peer, buf_span(&w->out)))
        w->to_peer_paused = w->to_peer != NULL;
    w->out.len = 0;
    if (w->out.cap > 4 * (size_t)LIMIT_WEBSOCKET_RECORD_BYTES) buf_free(&w->out);
}

static void send_pong(struct websocket *w) {
    w->pong_waits = false;
    if (w->close_sent) return;
    ws_write_control(&w->writer, &w->out, WS_OP_PONG, span_make(w->pong, w->pong_len));
    send_out(w);
}

static void send_close(struct websocket *w, unsigned code, struct span reason) {
    if (w->close_sent || !w->to_peer) return;
    w->close_sent = true;
    if (code != WS_CODE_NONE && !ws_code_valid(code)) code = WS_CODE_INTERNAL;
    ws_write_close(&w->writer, &w->out, code, reason);
    send_out(w);
    deadline_set(w->edge->close_timeout, &w->close);
}

/* --- From the peer to the Worker --- */

static void give_record(struct websocket *w, struct socket_record head, struct span bytes) {
    char both[SOCKET_RECORD_HEAD + PIECE_BYTES];
    head.bytes = (uint32_t)bytes.len;
    memcpy(both, &head, sizeof head);
    if (bytes.len) memcpy(both + sizeof head, bytes.ptr, bytes.len);
    if (!body_push(w->to_worker, span_make(both, sizeof head + bytes.len)))
        w->to_worker_paused = w->to_worker != NULL;
}

static void on_ping(struct websocket *w) {
    w->pong_len = (uint8_t)w->reader.bytes.len;
    if (w->pong_len) memcpy(w->pong, w->reader.bytes.ptr, w->pong_len);
    w->pong_waits = true;
    if (!w->to_peer_paused) send_pong(w);
}

/* Both have said it: who is the server closes first (section 7.1.1). */
static void look_closed(struct websocket *w) {
    if (w->close_sent && w->close_came) finish(w, ERR_OK);
}

static void on_close(struct websocket *w) {
    w->close_came = true;
    give_record(
        w,
        (struct socket_record){.kind = SOCKET_CLOSE, .flags = SOCKET_FIN, .code = (uint16_t)w->reader.code},
        w->reader.bytes);
    end_to_worker(w, ERR_OK);
    if (!w->close_sent) deadline_set(w->edge->close_timeout, &w->close);
    look_closed(w);
}

static void on_broken(struct websocket *w) {
    struct span sentence = span_of(w->reader.sentence);
    send_close(w, w->reader.code, sentence);
    w->close_came = true; /* nothing that follows is understood */
    if (w->to_worker)
        give_record(w,
                    (struct socket_record){
                        .kind = SOCKET_FAIL, .flags = SOCKET_FIN, .code = (uint16_t)w->reader.code},
                    sentence);
    end_to_worker(w, ERR_OK);
    finish(w, ERR_OK);
}

static void on_event(struct websocket *w, enum ws_event e) {
    const struct ws_reader *r = &w->reader;
    switch (e) {
    case WS_DATA:
        give_record(w, (struct socket_record){.kind = (uint8_t)r->kind, .flags = r->fin ? SOCKET_FIN : 0},
                    r->bytes);
        break;
    case WS_PING: on_ping(w); break;
    case WS_CLOSE: on_close(w); break;
    case WS_ERROR: on_broken(w); break;
    case WS_PONG:
    case WS_NEED_MORE: break;
    }
}

static void read_frames(struct websocket *w) {
    char out[PIECE_BYTES];
    enum ws_event e = WS_PONG;
    if (w->reading) return;
    w->reading = true;
    while (w->to_worker && !w->to_worker_paused && e != WS_NEED_MORE) {
        struct span all = buf_span(&w->in), rest = span_from(all, w->in_at);
        e = ws_read(&w->reader, &rest, out, sizeof out);
        w->in_at = all.len - rest.len;
        on_event(w, e);
    }
    w->reading = false;
    if (w->in_at == w->in.len) w->in.len = w->in_at = 0;
}

static size_t from_peer_room(void *arg) {
    const struct websocket *w = arg;
    size_t held = w->in.len - w->in_at;
    return w->to_worker_paused || held >= IN_BYTES ? 0 : IN_BYTES - held;
}

static void from_peer_take(void *arg, struct span bytes) {
    struct websocket *w = arg;
    enter(w);
    w->awaits_pong = false;
    deadline_set(w->edge->ping_timeout, &w->ping);
    if (w->to_worker) buf_add(&w->in, bytes); /* after a close frame nothing counts */
    read_frames(w);
    leave(w);
}

static void from_peer_end(void *arg, enum err why) {
    struct websocket *w = arg;
    enter(w);
    w->from_peer = NULL;
    finish(w, w->close_came ? ERR_OK : why);
    leave(w);
}

static const struct body_sink from_peer_sink = {from_peer_room, from_peer_take, from_peer_end};

static void to_worker_resume(void *arg) {
    struct websocket *w = arg;
    enter(w);
    w->to_worker_paused = false;
    read_frames(w);
    if (w->from_peer && !w->to_worker_paused) body_pull(w->from_peer);
    leave(w);
}

/* The Worker does not listen any more. */
static void to_worker_stop(void *arg) {
    struct websocket *w = arg;
    enter(w);
    w->to_worker = NULL;
    send_close(w, WS_CODE_GOING_AWAY, SPAN_NONE);
    finish(w, ERR_OK);
    leave(w);
}

static const struct body_source to_worker_source = {to_worker_resume, NULL, to_worker_stop};

/* --- From the Worker to the peer --- */

static void on_record(struct websocket *w, struct socket_record head, struct span bytes) {
    if (w->close_sent) return;
    switch (head.kind) {
    case SOCKET_TEXT:
    case SOCKET_BINARY:
        ws_write(&w->writer, &w->out, head.kind == SOCKET_TEXT ? WS_TEXT : WS_BINARY, bytes,
                 head.flags & SOCKET_FIN);
        send_out(w);
        break;
    default:
        w->worker_closed = true;
        send_close(w, head.code, bytes);
        look_closed(w);
        break;
    }
}

static size_t from_worker_room(void *arg) {
    const struct websocket *w = arg;
    return w->to_peer_paused ? 0 : (size_t)LIMIT_WEBSOCKET_RECORD_BYTES;
}

/* One record at the front of `s`. False: it is not all there. */
static bool take_record(struct websocket *w, struct span *s) {
    struct socket_record head;
    if (s->len < sizeof head) return false;
    memcpy(&head, s->ptr, sizeof head);
    if (head.bytes > LIMIT_WEBSOCKET_RECORD_BYTES) { /* no built-in of ours writes that */
        send_close(w, WS_CODE_INTERNAL, SPAN_NONE);
        finish(w, ERR_OK);
        return false;
    }
    if (s->len < sizeof head + head.bytes) return false;
    on_record(w, head, span_make(s->ptr + sizeof head, head.bytes));
    *s = span_from(*s, sizeof head + head.bytes);
    return true;
}

static void from_worker_take(void *arg, struct span bytes) {
    struct websocket *w = arg;
    enter(w);
    bool joined = w->record.len > 0;
    if (joined) buf_add(&w->record, bytes);
    struct span s = joined ? buf_span(&w->record) : bytes;
    while (w->from_worker && take_record(w, &s)) continue;
    if (joined)
        buf_drop(&w->record, w->record.len - s.len);
    else if (w->from_worker)
        buf_add(&w->record, s);
    leave(w);
}

static void from_worker_end(void *arg, enum err why) {
    struct websocket *w = arg;
    enter(w);
    w->from_worker = NULL;
    if (!w->worker_closed) send_close(w, why ? WS_CODE_INTERNAL : WS_CODE_GOING_AWAY, SPAN_NONE);
    look_closed(w);
    leave(w);
}

static const struct body_sink from_worker_sink = {from_worker_room, from_worker_take, from_worker_end};

static void to_peer_resume(void *arg) {
    struct websocket *w = arg;
    enter(w);
    w->to_peer_paused = false;
    if (w->pong_waits) send_pong(w);
    if (w->from_worker && !w->to_peer_paused) body_pull(w->from_worker);
    leave(w);
}

static void to_peer_stop(void *arg) {
    struct websocket *w = arg;
    enter(w);
    w->to_peer = NULL;
    finish(w, ERR_OK);
    leave(w);
}

static const struct body_source to_peer_source = {to_peer_resume, NULL, to_peer_stop};

/* --- Clocks --- */

void websocket_ping_due(void *arg, struct deadline *d) {
    struct websocket *w = LIST_ITEM(d, struct websocket, ping);
    enter(w);
    bool deaf = w->to_worker_paused; /* we do not read: its pong may wait in the kernel */
    if (w->awaits_pong && !deaf) {
        finish(w, ERR_TIMEOUT);
    } else {
        deadline_set(w->edge->ping_timeout, &w->ping);
        if (!w->close_sent && !w->to_peer_paused) {
            w->awaits_pong = !deaf;
            ws_write_control(&w->writer, &w->out, WS_OP_PING, SPAN_NONE);
            send_out(w);
        }
    }
    leave(w);
}

/* The other side has not said its close frame: ours is said, when it was the Worker who kept silent, and that is all. */
void websocket_close_due(void *arg, struct deadline *d) {
    struct websocket *w = LIST_ITEM(d, struct websocket, close);
    enter(w);
    if (!w->close_sent) send_close(w, w->reader.code, SPAN_NONE);
    finish(w, ERR_OK);
    leave(w);
}

/* --- All of them --- */

void websocket_join(struct websocket *w, struct body *from_worker) {
    enter(w);
    w->from_worker = from_worker;
    body_attach(w->from_peer, &from_peer_sink, w);
    if (w->from_worker) body_attach(w->from_worker, &from_worker_sink, w);
    leave(w);
}

struct websocket *websocket_new(struct edge *edge, enum ws_role role, const struct ws_deflate *deflate,
                                struct websocket_bodies *bodies) {
    struct websocket *w = NEW(struct websocket);
    uint64_t seed;
    crypto_random(&seed, sizeof seed);
    w->edge = edge;
    w->role = role;
    ws_reader_init(&w->reader, role, deflate, LIMIT_WEBSOCKET_MESSAGE_BYTES, LIMIT_WEBSOCKET_FRAGMENTS);
    ws_writer_init(&w->writer, role, deflate, seed);
    deadline_init(&w->ping);
    deadline_init(&w->close);
    list_push(&edge->websockets, &w->node);
    deadline_set(edge->ping_timeout, &w->ping);
    w->from_peer = bodies->from_peer;
    bodies->to_peer = w->to_peer = body_new(&to_peer_source, w, BODY_LENGTH_UNKNOWN);
    bodies->to_worker = w->to_worker = body_new(&to_worker_source, w, BODY_LENGTH_UNKNOWN);
    struct body *from_worker = bodies->from_worker;
    if (from_worker) websocket_join(w, from_worker);
    return from_worker ? NULL : w;
}

/* Ending one may end another that it is connected to. */
static struct websocket *some(struct edge *edge) {
    struct list *node = list_first(&edge->websockets);
    return node ? LIST_ITEM(node, struct websocket, node) : NULL;
}

void websockets_drain(struct edge *edge) {
    LIST_EACH(node, &edge->websockets) {
        struct websocket *w = LIST_ITEM(node, struct websocket, node);
        if (w->role != WS_SERVER) continue;
        enter(w);
        send_close(w, WS_CODE_GOING_AWAY, SPAN_NONE);
        leave(w);
    }
}

void websockets_free(struct edge *edge) {
    for (struct websocket *w; (w = some(edge));) {
        enter(w);
        finish(w, ERR_CLOSED);
        leave(w);
    }
}

void websocket_accept_of(struct span key, char to[WS_ACCEPT_LEN]) {
    unsigned char digest[CRYPTO_DIGEST_MAX];
    char text[WS_KEY_LEN + 36];
    memcpy(text, key.ptr, WS_KEY_LEN);
    memcpy(text + WS_KEY_LEN, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    size_t len = crypto_digest(CRYPTO_SHA1, span_make(text, sizeof text), digest);
    base64_encode(span_make(digest, len), to);
}

void websocket_make_key(char to[WS_KEY_LEN]) {
    unsigned char bytes[16];
    crypto_random(bytes, sizeof bytes);
    base64_encode(span_make(bytes, sizeof bytes), to);
}
