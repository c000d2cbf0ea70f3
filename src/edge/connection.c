#include "edge/connection.h"

#include "edge/request.h"

static void process(struct connection *c);

/* Timeouts. */

/* Which clock runs for what the client has to send: see the table in request.h. */
static void arm(struct connection *c) {
    struct edge *edge = c->edge;
    struct deadline_queue *q = NULL;
    if (c->closing) {
        q = NULL;
    } else if (!c->in_message) {
        q = c->request ? NULL : edge->idle_timeout;
    } else if (c->request && c->request->state == JOURNEY_RECEIVE) {
        if (c->read_deadline.queue == edge->head_timeout) return; /* from the first byte on */
        q = edge->head_timeout;
    } else if (!c->body_paused) {
        q = edge->body_timeout;
    }
    if (q)
        deadline_set(q, &c->read_deadline);
    else
        deadline_clear(&c->read_deadline);
}

void connection_read_due(void *arg, struct deadline *d) {
    struct connection *c = LIST_ITEM(d, struct connection, read_deadline);
    struct request *r = c->request;
    if (!c->in_message || (r && r->state == JOURNEY_RECEIVE && !h1_in_message(&c->parser))) {
        connection_close_idle(c);
        return;
    }
    struct body *body = c->body;
    c->body = NULL;
    if (body) body_end(body, ERR_TIMEOUT);
    if (c->closing) return;
    if (c->request) c->request->close_after = true;
    if (c->request)
        request_fail_with(c->request, ERR_TIMEOUT, 408, SPAN("the request did not arrive in time"));
    else
        connection_abort(c);
}

void connection_write_due(void *arg, struct deadline *d) {
    struct connection *c = LIST_ITEM(d, struct connection, write_deadline);
    uint64_t sent = stream_sent_bytes(c->stream);
    if (!stream_queued_bytes(c->stream)) return;
    if (sent == c->write_mark) {
        if (c->request) c->request->why = ERR_TIMEOUT;
        connection_abort(c);
        return;
    }
    c->write_mark = sent;
    deadline_set(c->edge->write_timeout, d);
}

size_t connection_room(const struct connection *c) {
    size_t queued = stream_queued_bytes(c->stream);
    return queued < LIMIT_EDGE_CLIENT_BYTES ? LIMIT_EDGE_CLIENT_BYTES - queued : 0;
}

void connection_write(struct connection *c, const struct span *parts, size_t count) {
    stream_write(c->stream, parts, count);
    if (stream_queued_bytes(c->stream) <= STREAM_CORK_BYTES || deadline_is_set(&c->write_deadline)) return;
    c->write_mark = stream_sent_bytes(c->stream);
    deadline_set(c->edge->write_timeout, &c->write_deadline);
}

/* The end of a connection. */

/* At the limit newcomers wait in the kernel's backlog. */
static void accept_more(struct edge *edge, bool more) {
    if (edge->paused == !more) return;
    edge->paused = !more;
    LIST_EACH(node, &edge->listeners) {
        struct edge_listener *l = LIST_ITEM(node, struct edge_listener, node);
        if (more)
            tcp_listener_resume(l->tcp);
        else
            tcp_listener_pause(l->tcp);
    }
}

static void on_closed(void *arg) {
    struct connection *c = arg;
    struct edge *edge = c->edge;
    list_remove(&c->node);
    h1_free(&c->parser);
    buf_free(&c->kept);
    buf_free(&c->cf);
    buf_free(&c->cf_encoding);
    buf_free(&c->route_host);
    buf_free(&c->authority);
    buf_free(&c->base);
    mem_free(c);
    count(&edge->count->open_connections, -1ull);
    if (edge->count->open_connections < LIMIT_CONNECTIONS) accept_more(edge, true);
    edge_look_drained(edge);
}

static void leave(struct connection *c) {
    c->closing = true;
    deadline_clear(&c->read_deadline);
    deadline_clear(&c->write_deadline);
    struct body *body = c->body;
    c->body = NULL;
    if (body) body_end(body, ERR_CLOSED);
}

static void close_politely(struct connection *c) {
    if (c->closing) return;
    leave(c);
    stream_close_lingering(c->stream);
}

void connection_abort(struct connection *c) {
    if (c->closing) return;
    leave(c);
    tcp_set_reset_on_close(c->stream);
    stream_close(c->stream);
    if (c->request) request_client_gone(c->request);
}

void connection_kill(struct connection *c) {
    leave(c);
    if (c->request) request_client_gone(c->request);
    stream_close(c->stream);
}

bool connection_idle(const struct connection *c) {
    return !c->closing &&
           (!c->request || (c->request->state == JOURNEY_RECEIVE && !h1_in_message(&c->parser)));
}

void connection_close_idle(struct connection *c) {
    if (c->closing) return;
    leave(c);
    stream_close(c->stream);
    if (c->request) request_client_gone(c->request);
}

/* The client has finished sending in the middle of a message. */
static void look_cut_short(struct connection *c) {
    if (!c->peer_finished || !c->in_message || c->input.len || c->body_paused) return;
    struct body *body = c->body;
    c->body = NULL;
    if (body) body_end(body, ERR_CLOSED);
    if (c->closing) return;
    if (c->request) c->request->close_after = true;
    if (c->request)
        request_fail_with(c->request, ERR_CLOSED, 400, SPAN("the request ends too early"));
    else
        connection_abort(c);
}

static void on_end(void *arg, enum err why) {
    struct connection *c = arg;
    if (c->closing) return;
    if (why) { /* broken: nothing can be sent any more */
        leave(c);
        stream_close(c->stream);
        if (c->request) request_client_gone(c->request);
        return;
    }
    c->peer_finished = true; /* it may still read: whoever has sent a whole request gets its answer */
    if (c->tunnel)
        process(c);
    else if (connection_idle(c))
        connection_close_idle(c);
    else
        look_cut_short(c);
}

/* The body of a request: this connection is the source. */

static void body_resume(void *arg) {
    struct connection *c = arg;
    c->body_paused = false;
    process(c);
}

static void body_stopped(void *arg) {
    struct connection *c = arg;
    c->body = NULL;
    c->body_paused = false;
    process(c);
}

static const struct body_source body_source = {body_resume, NULL, body_stopped};

struct body *connection_tunnel(struct connection *c) {
    c->tunnel = true;
    return connection_body(c, BODY_LENGTH_UNKNOWN);
}

void connection_tunnel_start(struct connection *c) { process(c); }

struct body *connection_body(struct connection *c, uint64_t length) {
    c->body = body_new(&body_source, c, length);
    return c->body;
}

/* Of a body that nobody reads we take a little, so that the connection can go on. */
static void discard(struct connection *c, size_t bytes) {
    c->discarded += bytes;
    if (c->discarded > LIMIT_EDGE_DISCARD_BYTES && !c->request) close_politely(c);
}

static void on_body(struct connection *c) {
    struct span piece = c->parser.body;
    if (c->request) c->request->body_in += piece.len;
    if (!c->body) {
        discard(c, piece.len);
    } else if (!body_push(c->body, piece)) {
        c->body_paused = c->body != NULL;
    }
}

static void on_message_end(struct connection *c) {
    struct body *body = c->body;
    c->in_message = false;
    c->body = NULL;
    c->body_paused = false;
    if (body) body_end(body, ERR_OK);
}

static void on_bad(struct connection *c) {
    struct body *body = c->body;
    c->body = NULL;
    if (body) body_end(body, ERR_PROTOCOL);
    if (c->closing) return;
    if (!c->request) {
        connection_abort(c); /* it was already answered */
        return;
    }
    c->request->close_after = true;
    request_fail_with(c->request, ERR_INVALID, c->parser.status, span_of(c->parser.sentence));
}

static void on_event(struct connection *c, enum h1_event event) {
    switch (event) {
    case H1_HEAD: request_receive(c->request, &c->parser.head); break;
    case H1_BODY: on_body(c); break;
    case H1_END: on_message_end(c); break;
    case H1_ERROR: on_bad(c); break;
    case H1_NEED_MORE: break;
    }
}

static bool may_parse(struct connection *c) {
    if (c->closing || c->body_paused) return false;
    if (c->in_message) return true;
    return c->input.len && !c->request && !c->edge->freeing;
}

static void begin_message(struct connection *c) {
    c->in_message = true;
    c->discarded = 0;
    c->request = request_new(c->edge, c);
}

/* Feeds what is there, as far as this connection's turn allows. */
static void parse(struct connection *c) {
    enum h1_event event = H1_HEAD;
    while (event != H1_NEED_MORE && event != H1_ERROR && may_parse(c)) {
        if (!c->in_message) begin_message(c);
        size_t used = 0;
        event = h1_feed(&c->parser, c->input, &used);
        c->input = (struct span){c->input.ptr + used, c->input.len - used};
        on_event(c, event);
    }
}

/* Upgraded: no parser. */
static void pass(struct connection *c) {
    while (c->input.len && !c->body_paused && !c->closing) {
        struct span piece = c->input;
        c->input = span_from(c->input, c->input.len);
        if (c->request) c->request->body_in += piece.len;
        if (c->body && !body_push(c->body, piece)) c->body_paused = c->body != NULL;
    }
    if (!c->peer_finished || c->input.len) return;
    struct body *body = c->body;
    c->body = NULL;
    if (body) body_end(body, ERR_OK);
}

static void pace_reading(struct connection *c) {
    bool pause = c->input.len >= LIMIT_EDGE_AHEAD_BYTES || (c->body_paused && c->input.len);
    if (pause == c->reading_paused) return;
    c->reading_paused = pause;
    if (pause)
        stream_pause(c->stream);
    else
        stream_resume(c->stream);
}

static void process(struct connection *c) {
    if (c->busy || c->closing) return;
    c->busy = true;
    if (c->tunnel)
        pass(c);
    else
        parse(c);
    c->busy = false;
    look_cut_short(c);
    if (c->closing) return;
    arm(c);
    pace_reading(c);
}

/* Bytes are parsed where they were read; only what cannot be used yet is kept. */
static void on_read(void *arg, struct span bytes) {
    struct connection *c = arg;
    count(&c->edge->count->bytes_in, bytes.len);
    bool direct = !c->input.len;
    if (direct) {
        c->input = bytes;
    } else {
        if (c->input.ptr != c->kept.ptr) buf_drop(&c->kept, (size_t)(c->input.ptr - c->kept.ptr));
        buf_add(&c->kept, bytes);
        c->input = buf_span(&c->kept);
    }
    process(c);
    if (!direct) return;
    c->kept.len = 0;
    if (c->input.len && !c->closing) buf_add(&c->kept, c->input);
    c->input = buf_span(&c->kept);
}

static void on_drain(void *arg) {
    struct connection *c = arg;
    deadline_clear(&c->write_deadline);
    if (c->request) respond_drain(c->request);
}

const struct stream_events connection_events = {
    .on_read = on_read, .on_end = on_end, .on_drain = on_drain, .on_closed = on_closed};

void connection_request_done(struct connection *c, bool close) {
    c->request = NULL;
    if (c->closing) return;
    bool owes_body = c->in_message && !c->body;
    if (close || c->edge->draining || (c->peer_finished && !c->input.len) ||
        (owes_body && c->discarded > LIMIT_EDGE_DISCARD_BYTES)) {
        close_politely(c);
        return;
    }
    process(c);
}

void connection_accept(void *listener, struct stream *stream) {
    struct edge *edge = ((struct edge_listener *)listener)->edge;
    struct connection *c = NEW(struct connection);
    c->edge = edge;
    c->stream = stream;
    h1_init(&c->parser, H1_REQUEST, &edge->limits);
    deadline_init(&c->read_deadline);
    deadline_init(&c->write_deadline);
    list_push(&edge->connections, &c->node);
    count(&edge->count->connections, 1);
    count(&edge->count->open_connections, 1);
    if (edge->count->open_connections >= LIMIT_CONNECTIONS) accept_more(edge, false);
    stream_start(stream, &connection_events, c);
    arm(c);
}
