#include "edge/subrequest.h"

#include "edge/fetch.h"
#include "edge/handshake.h"
#include "edge/request.h"
#include "edge/service.h"
#include "edge/websocket.h"
#include "link/messages.h"

struct subrequest {
    struct exchange x;
    struct edge *edge;
    struct fetch *fetch; /* until its head or its failure */
    bool leaving;        /* being freed: what its bodies say meanwhile is no news */
    /* A WebSocket */
    struct handshake *handshake;    /* until its answer */
    struct dial *dial;              /* the connection that it became, until its bytes are connected */
    struct body *records;           /* from the Worker, until then */
    struct buf offered, extensions; /* in the handshake */
};

static struct subrequest *of(struct exchange *x) { return LIST_ITEM(x, struct subrequest, x); }

static void free_subrequest(struct subrequest *s) {
    struct fetch *fetch = s->fetch;
    s->leaving = true;
    s->fetch = NULL;
    struct handshake *handshake = s->handshake;
    struct dial *dial = s->dial;
    s->handshake = NULL;
    s->dial = NULL;
    if (fetch) fetch_cancel(fetch);
    if (handshake) handshake_cancel(handshake);
    if (dial) dial_leave(dial);
    if (s->x.peer) peer_stream_remove(s->x.peer, s->x.stream);
    struct body *waiting = s->x.to_worker;
    s->x.to_worker = NULL;
    body_stop(waiting);
    struct body *records = s->records;
    s->records = NULL;
    body_stop(records);
    exchange_close(&s->x);
    buf_free(&s->offered);
    buf_free(&s->extensions);
    mem_free(s);
}

/* -- As an exchange -- */

/* The Worker reads it: frames become records. Until then it could have been handed on as it is. */
static void on_wanted(struct exchange *x) {
    struct subrequest *s = of(x);
    struct ws_deflate deflate;
    if (!s->dial) return;
    if (ws_answer_read(buf_span(&s->extensions), &deflate)) {
        struct body *raw = x->to_worker;
        x->to_worker = NULL;
        body_stop(raw);
        uint32_t why = ERR_PROTOCOL;
        struct span part = span_make(&why, sizeof why);
        link_send(x->peer->link, MESSAGE_BODY_ERROR, 0, x->stream, &part, 1);
        return;
    }
    struct websocket_bodies b = {.from_peer = x->to_worker, .from_worker = s->records};
    struct dial *dial = s->dial;
    s->dial = NULL;
    s->records = NULL;
    websocket_new(s->edge, WS_CLIENT, &deflate, &b);
    x->to_worker = b.to_worker;
    dial_send(dial, b.to_peer);
    dial_leave(dial);
}

static enum err on_message(struct exchange *x, const struct message *m) { return ERR_PROTOCOL; }

static void on_cancelled(struct exchange *x) { free_subrequest(of(x)); }

static void on_quiet(struct exchange *x) {
    struct subrequest *s = of(x);
    if (!s->leaving && !s->fetch && !s->handshake && !s->dial && exchange_is_quiet(x)) free_subrequest(s);
}

static const struct exchange_owner owner = {on_wanted, on_message,   on_cancelled,
                                            on_quiet,  on_cancelled, NULL};

void exchange_send_failed(struct exchange *x, enum err why, struct span text) {
    uint32_t code = why;
    struct span parts[] = {span_make(&code, sizeof code), span_first(text, 4096)};
    if (x->peer && x->peer->link) link_send(x->peer->link, MESSAGE_FETCH_FAILED, 0, x->stream, parts, 2);
}

/* -- As the owner of a fetch -- */

static void on_head(void *arg, const struct fetch_head *from) {
    struct subrequest *s = arg;
    s->fetch = NULL;
    struct head head = {.status = (uint16_t)from->status,
                        .flags = from->redirected ? HEAD_REDIRECTED : 0,
                        .body_length = from->length,
                        .url = from->url,
                        .reason = from->reason,
                        .fields = from->fields.items,
                        .field_count = from->fields.count};
    s->x.coding = content_coding_of(http_fields_get(&from->fields, HTTP_NAME_CONTENT_ENCODING));
    if (s->x.coding != CODING_IDENTITY) head.body_length = HEAD_LENGTH_UNKNOWN;
    uint8_t flags = from->body ? MESSAGE_BODY_STREAM : from->has_body ? MESSAGE_BODY_INLINE : 0;
    size_t size = head_size(&head);
    struct link *link = s->x.peer->link;
    char *to =
        head_write(&head, link_begin(link, MESSAGE_FETCH_HEAD, flags, s->x.stream, size + from->bytes.len));
    if (from->bytes.len) memcpy(to, from->bytes.ptr, from->bytes.len);
    link_commit(link, size + from->bytes.len);
    s->x.to_worker = from->body;
    on_quiet(&s->x);
}

static void on_failed(void *arg, enum err why, struct span text) {
    struct subrequest *s = arg;
    s->fetch = NULL;
    exchange_send_failed(&s->x, why, text);
    free_subrequest(s);
}

static const struct fetch_events events = {on_head, on_failed};

/* -- As the owner of a handshake -- */

static void on_answer(void *arg, const struct handshake_answer *from) {
    struct subrequest *s = arg;
    bool upgraded = from->dial != NULL;
    s->handshake = NULL;
    struct head head = {.status = (uint16_t)from->status,
                        .flags = upgraded ? HEAD_UPGRADE : 0,
                        .body_length = from->body ? body_length(from->body) : 0,
                        .reason = from->reason,
                        .fields = from->fields.items,
                        .field_count = from->fields.count};
    if (upgraded) {
        struct arena a = ARENA_INIT;
        s->dial = from->dial;
        buf_add(&s->offered, from->offered);
        buf_add(&s->extensions, http_fields_combined(&from->fields, SPAN("sec-websocket-extensions"), &a));
        arena_free(&a);
        s->records = exchange_receive(&s->x, BODY_LENGTH_UNKNOWN);
    }
    struct link *link = s->x.peer->link;
    size_t size = head_size(&head);
    char *to = link_begin(link, MESSAGE_FETCH_HEAD, from->body ? MESSAGE_BODY_STREAM : 0, s->x.stream, size);
    head_write(&head, to);
    link_commit(link, size);
    s->x.to_worker = from->body;
    on_quiet(&s->x);
}

static void on_no_answer(void *arg, enum err why, struct span text) {
    struct subrequest *s = arg;
    s->handshake = NULL;
    exchange_send_failed(&s->x, why, text);
    free_subrequest(s);
}

static const struct handshake_events handshake_events = {on_answer, on_no_answer};

bool subrequest_take_socket(struct exchange *x, struct taken_socket *ret) {
    struct subrequest *s = x->owner == &owner ? of(x) : NULL;
    if (!s || !s->dial || x->wanted || !x->to_worker) return false;
    *ret = (struct taken_socket){
        .body = x->to_worker, .dial = s->dial, .offered = s->offered, .extensions = s->extensions};
    s->offered = s->extensions = BUF_INIT;
    s->dial = NULL;
    x->to_worker = NULL;
    free_subrequest(s);
    return true;
}

/* -- Where to -- */

/* fetch() to a URL that is routed to this very Worker means its origin, when it has one. */
static struct span destination(struct subrequest *s, const struct edge_worker *w, struct span url,
                               struct arena *a) {
    struct edge *edge = s->edge;
    if (!w->origin.len || !edge->routes || url_parse(url, NULL, &edge->url)) return url;
    const struct routes_worker *to = routes_match(edge->routes, edge->url.scheme == URL_HTTPS,
                                                  url_hostname(&edge->url), url_target(&edge->url));
    if (!to || to->number != w->number) return url;
    return arena_printf(a, "%.*s%.*s", SPAN_FMT(buf_span(&w->origin)), SPAN_FMT(url_target(&edge->url)));
}

static enum fetch_redirect redirect_of(uint16_t flags) {
    return flags & HEAD_REDIRECT_MANUAL  ? FETCH_MANUAL
           : flags & HEAD_REDIRECT_ERROR ? FETCH_ERROR
                                         : FETCH_FOLLOW;
}

/* Says whose request it is, and that it came through here (RFC 8586), so that loops end. */
static void add_fields(struct http_fields *fields, const struct edge_worker *w, struct arena *a) {
    struct span name = SPAN("CDN-Loop"), loop = http_fields_combined(fields, name, a);
    http_fields_remove(fields, name);
    http_fields_remove(fields, SPAN("CF-Worker"));
    http_fields_add(fields, a, name, loop.len ? arena_printf(a, "%.*s, cusp", SPAN_FMT(loop)) : SPAN("cusp"));
    http_fields_add(fields, a, SPAN("CF-Worker"), buf_span(&w->name));
}

static enum err begin(struct subrequest *s, const struct head *head, const struct message_body *body,
                      const struct edge_worker *w) {
    struct arena a = ARENA_INIT;
    struct http_fields given = {(struct http_field *)head->fields, head->field_count, head->field_count};
    struct http_fields fields = http_fields_copy(&given, &a);
    add_fields(&fields, w, &a);
    struct span url = destination(s, w, head->url, &a);
    struct fetch_request r = {.method = head->method,
                              .url = url,
                              .fields = fields,
                              .has_body = body->kind != BODY_ABSENT,
                              .bytes = body->bytes,
                              .length = head->body_length,
                              .redirect = redirect_of(head->flags),
                              .to_origin = url.ptr != head->url.ptr,
                              .account = w->account->number};
    if (head->flags & HEAD_UPGRADE && body->kind == BODY_ABSENT) {
        struct handshake_request h = {
            .url = url, .fields = fields, .to_origin = r.to_origin, .account = r.account};
        s->handshake = handshake_start(s->edge, &h, &handshake_events, s);
        arena_free(&a);
        return ERR_OK;
    }
    bool lost = false;
    if (body->kind == BODY_STREAM) r.body = exchange_receive(&s->x, head->body_length);
    if (body->kind == BODY_SPLICE) {
        r.body = body->source ? exchange_splice(body->source) : NULL;
        lost = !r.body;
        if (r.body) r.length = body_length(r.body);
    }
    if (!lost) s->fetch = fetch_start(s->edge, &r, &events, s);
    arena_free(&a);
    return lost ? ERR_CLOSED : ERR_OK;
}

enum err subrequest_start(struct peer *p, const struct message *m) {
    struct http_field fields[REQUEST_FIELDS];
    struct head head;
    struct span rest;
    struct message_body body;
    if (head_read(m->payload, fields, REQUEST_FIELDS, &head, &rest)) return ERR_PROTOCOL;
    struct edge_worker *w = peer_worker(p, head.worker);
    enum err e = peer_body(p, m->flags, rest, &body);
    if (e || !w) return ERR_PROTOCOL;
    if (head.flags & HEAD_SERVICE) return service_start(p, m, &head, &body, w);
    struct subrequest *s = NEW(struct subrequest);
    s->edge = p->edge;
    if (!peer_stream_add(p, m->stream, &s->x)) {
        mem_free(s);
        return ERR_PROTOCOL;
    }
    exchange_open(&s->x, p, &owner, m->stream);
    if (begin(s, &head, &body, w) == ERR_OK) return ERR_OK;
    exchange_send_failed(&s->x, ERR_CLOSED, SPAN("the body belongs to a stream that has ended or was read"));
    free_subrequest(s);
    return ERR_OK;
}
