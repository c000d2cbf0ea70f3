#include "edge/handshake.h"

#include "edge/websocket.h"

enum { AHEAD_BYTES = 64 * 1024 };

struct handshake {
    struct edge *edge;
    const struct handshake_events *events; /* NULL: head() or failed() was called */
    void *arg;
    struct dial *dial;        /* until the head */
    struct body *from, *to;   /* the connection's, and ours; NULL once that side has let go */
    struct buf head, offered; /* the request; what it offered */
    char key[WS_KEY_LEN];
    struct h1 parser;
    bool raw, paused, feeding;
    unsigned busy;
};

/* --- Life --- */

static void enter(struct handshake *h) { h->busy++; }

static void leave(struct handshake *h) {
    if (--h->busy || h->events || h->from || h->to) return;
    if (h->dial) dial_leave(h->dial);
    h1_free(&h->parser);
    buf_free(&h->head);
    buf_free(&h->offered);
    mem_free(h);
}

/* Both sides let go; the one below hears why. */
static void end(struct handshake *h, enum err why) {
    struct body *from = h->from, *to = h->to;
    h->from = h->to = NULL;
    body_stop(from);
    if (to) body_end(to, why);
}

static void fail(struct handshake *h, enum err why, struct span text) {
    const struct handshake_events *events = h->events;
    h->events = NULL;
    end(h, why);
    if (events) events->failed(h->arg, why, text);
}

/* --- The answer --- */

static bool is_right(const struct handshake *h, const struct h1_head *head) {
    char accept[WS_ACCEPT_LEN];
    websocket_accept_of(span_make(h->key, sizeof h->key), accept);
    return http_fields_list_has(&head->fields, HTTP_NAME_UPGRADE, SPAN("websocket")) &&
           http_fields_list_has(&head->fields, HTTP_NAME_CONNECTION, SPAN("upgrade")) &&
           span_eq(http_fields_get(&head->fields, HTTP_NAME_SEC_WEBSOCKET_ACCEPT),
                   span_make(accept, sizeof accept));
}

static void to_resume(void *arg) {
    struct handshake *h = arg;
    enter(h);
    h->paused = false;
    if (h->from && !h->feeding) body_pull(h->from);
    leave(h);
}

static void to_stop(void *arg) {
    struct handshake *h = arg;
    enter(h);
    h->to = NULL;
    end(h, ERR_CANCELLED);
    leave(h);
}

static const struct body_source to_source = {to_resume, NULL, to_stop};

static void announce(struct handshake *h, const struct h1_head *head) {
    const struct handshake_events *events = h->events;
    bool has_body = h->raw || head->body != H1_BODY_NONE;
    if (has_body)
        h->to = body_new(&to_source, h, head->body == H1_BODY_LENGTH ? head->length : BODY_LENGTH_UNKNOWN);
    struct handshake_answer answer = {.status = head->status,
                                      .reason = head->reason,
                                      .fields = head->fields,
                                      .body = h->to,
                                      .offered = buf_span(&h->offered)};
    if (h->raw) {
        answer.dial = h->dial;
        h->dial = NULL;
    }
    h->events = NULL;
    events->head(h->arg, &answer);
}

static void on_head(struct handshake *h) {
    const struct h1_head *head = &h->parser.head;
    if (head->status == 101 && !is_right(h, head)) {
        fail(h, ERR_PROTOCOL, SPAN("the answer to the WebSocket handshake is wrong"));
        return;
    }
    if (head->status < 200 && head->status != 101) return;
    h->raw = head->status == 101;
    announce(h, head);
}

static void push(struct handshake *h, struct span bytes) {
    if (h->to && bytes.len && !body_push(h->to, bytes)) h->paused = h->to != NULL;
}

static void feed(struct handshake *h, struct span bytes) {
    while (h->from && !h->raw) {
        size_t used = 0;
        enum h1_event e = h1_feed(&h->parser, bytes, &used);
        bytes = span_from(bytes, used);
        if (e == H1_HEAD) on_head(h);
        if (e == H1_BODY) push(h, h->parser.body);
        if (e == H1_END && !h->events) end(h, ERR_OK);
        if (e == H1_ERROR) {
            if (h->events)
                fail(h, ERR_PROTOCOL, SPAN("the answer to the WebSocket handshake is not HTTP"));
            else
                end(h, ERR_PROTOCOL);
        }
        if (e == H1_NEED_MORE) return;
    }
    if (h->raw) push(h, bytes);
}

/* --- The connection --- */

static size_t from_room(void *arg) { return ((struct handshake *)arg)->paused ? 0 : (size_t)AHEAD_BYTES; }

static void from_take(void *arg, struct span bytes) {
    struct handshake *h = arg;
    enter(h);
    h->feeding = true;
    if (h->raw)
        push(h, bytes);
    else
        feed(h, bytes);
    h->feeding = false;
    leave(h);
}

static void from_end(void *arg, enum err why) {
    struct handshake *h = arg;
    enter(h);
    h->from = NULL;
    if (h->events)
        fail(h, why ? why : ERR_CLOSED,
             SPAN("the connection was closed before the answer to the WebSocket handshake"));
    else
        end(h, why ? why : !h->raw && h1_eof(&h->parser) == H1_ERROR ? ERR_CLOSED : ERR_OK);
    leave(h);
}

static const struct body_sink from_sink = {from_room, from_take, from_end};

static void on_opened(void *arg) {
    struct handshake *h = arg;
    enter(h);
    dial_write(h->dial, buf_span(&h->head));
    h->from = dial_body(h->dial);
    if (h->from)
        body_attach(h->from, &from_sink, h);
    else
        fail(h, ERR_CLOSED, SPAN_NONE);
    leave(h);
}

static void on_failed(void *arg, enum err why, struct span text) {
    struct handshake *h = arg;
    enter(h);
    h->dial = NULL;
    if (h->events) fail(h, why, text);
    leave(h);
}

static const struct dial_events events_of_dial = {on_opened, on_failed};

/* --- The request --- */

static bool is_ours(const struct http_field *f) {
    switch (http_name_of(f->name)) {
    case HTTP_NAME_HOST:
    case HTTP_NAME_CONTENT_LENGTH:
    case HTTP_NAME_SEC_WEBSOCKET_KEY:
    case HTTP_NAME_SEC_WEBSOCKET_VERSION:
    case HTTP_NAME_SEC_WEBSOCKET_EXTENSIONS: return true;
    default: return http_name_is_hop_by_hop(http_name_of(f->name));
    }
}

static bool write_head(struct handshake *h, const struct url *u, const struct http_fields *fields) {
    struct buf *to = &h->head;
    struct arena a = ARENA_INIT;
    struct span offers = http_fields_combined(fields, SPAN("sec-websocket-extensions"), &a);
    bool of_client = http_fields_find(fields, SPAN("sec-websocket-key")) != NULL;
    buf_add(&h->offered, offers.len || of_client ? offers : WS_OFFER);
    arena_free(&a);
    buf_printf(to, "GET %.*s HTTP/1.1\r\nHost: %.*s\r\n", SPAN_FMT(url_target(u)), SPAN_FMT(url_host(u)));
    buf_printf(to,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
               "%.*s\r\n",
               WS_KEY_LEN, h->key);
    if (h->offered.len) buf_printf(to, "Sec-WebSocket-Extensions: %.*s\r\n", SPAN_FMT(buf_span(&h->offered)));
    HTTP_FIELDS_EACH(f, fields) {
        if (is_ours(f)) continue;
        if (!http_token_valid(f->name) || !http_value_strict(f->value)) return false;
        buf_printf(to, "%.*s: %.*s\r\n", SPAN_FMT(f->name), SPAN_FMT(f->value));
    }
    buf_lit(to, "\r\n");
    return true;
}

struct handshake *handshake_start(struct edge *edge, const struct handshake_request *r,
                                  const struct handshake_events *events, void *arg) {
    struct handshake *h = NEW(struct handshake);
    struct url *u = &edge->url;
    h->edge = edge;
    h->events = events;
    h->arg = arg;
    h1_init(&h->parser, H1_RESPONSE, &edge->answers);
    websocket_make_key(h->key);
    bool good = !url_parse(r->url, NULL, u) && (u->scheme == URL_HTTP || u->scheme == URL_HTTPS);
    bool writable = good && write_head(h, u, &r->fields);
    struct dial_request d = {.host = writable ? url_hostname(u) : SPAN_NONE, /* an empty one fails later */
                             .port = good ? (uint16_t)url_port_effective(u) : 0,
                             .tls = good && u->scheme == URL_HTTPS,
                             .alpn = SPAN("http/1.1"),
                             .to_origin = r->to_origin,
                             .account = r->account};
    h->dial = dial_start(edge, &d, &events_of_dial, h);
    return h;
}

void handshake_cancel(struct handshake *h) {
    enter(h);
    h->events = NULL;
    end(h, ERR_CANCELLED);
    leave(h);
}
