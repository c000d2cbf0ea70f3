/* cache.put(). The body flows into one buffer while the pool writes the other. */
#include "edge/cache.h"
#include "edge/subrequest.h"
#include "link/messages.h"
#include "loop/work.h"

enum { BUFFER_BYTES = 256 * 1024 };

struct put {
    struct exchange x;
    struct list node; /* in edge->cache_ops */
    struct edge *edge;
    struct body *body; /* NULL when it has ended, or is inline */
    struct cache_writer *writer;
    struct buf filling, writing;
    struct deferred step; /* go_on(), not from inside a sink's call */
    bool working, ended, aborted, committing;
    enum err why;
};

static void free_put(struct put *p) {
    struct edge *edge = p->edge;
    if (p->x.peer) peer_stream_remove(p->x.peer, p->x.stream);
    p->aborted = true;
    exchange_close(&p->x);
    deferred_cancel(&p->step);
    buf_free(&p->filling);
    buf_free(&p->writing);
    list_remove(&p->node);
    mem_free(p);
    edge_look_drained(edge);
}

static void answer(struct put *p, enum err why, struct span text) {
    if (why)
        exchange_send_failed(&p->x, why, text);
    else
        cache_send_done(&p->x, true);
    free_put(p);
}

/* -- On the pool, one at a time -- */

static void write_some(void *arg) {
    struct put *p = arg;
    p->why = cache_write_chunk(p->writer, buf_span(&p->writing));
}

static void commit(void *arg) {
    struct put *p = arg;
    p->why = cache_write_commit(p->writer);
    p->writer = NULL;
}

static void abort_write(void *arg) {
    struct put *p = arg;
    cache_write_abort(p->writer);
    p->writer = NULL;
}

static void go_on(struct put *p);

static void on_worked(void *arg) {
    struct put *p = arg;
    p->working = false;
    p->writing.len = 0;
    go_on(p);
}

/* When even the pool is full the loop does it: cleaning up cannot be refused. */
static void work(struct put *p, void (*run)(void *arg)) {
    p->working = true;
    if (work_run(p->edge->loop, run, on_worked, p) == ERR_OK) return;
    run(p);
    p->working = false;
    p->writing.len = 0;
    if (!p->why && p->writer) p->why = ERR_OVERLOAD;
    go_on(p);
}

static void give_up(struct put *p) {
    struct body *body = p->body;
    p->body = NULL;
    body_stop(body);
    if (p->writer) {
        work(p, abort_write);
        return;
    }
    answer(p, p->why, SPAN("the response could not be stored"));
}

/* Decides what comes next whenever something has happened. */
static void go_on(struct put *p) {
    if (p->working) return;
    if (p->aborted || p->why) {
        /* A purge that came between is no failure of put(): it is gone, as asked. */
        if (p->committing && p->why == ERR_CANCELLED) p->why = ERR_OK;
        if (p->committing && !p->why && !p->aborted)
            answer(p, ERR_OK, SPAN_NONE);
        else
            give_up(p);
    } else if (p->committing) {
        answer(p, ERR_OK, SPAN_NONE);
    } else if (p->filling.len) {
        struct buf full = p->filling;
        p->filling = p->writing;
        p->writing = full;
        work(p, write_some);
    } else if (p->ended) {
        p->committing = true;
        work(p, commit);
    } else if (p->body) {
        body_pull(p->body);
    }
}

/* -- The body's sink -- */

static size_t sink_room(void *arg) {
    const struct put *p = arg;
    return p->filling.len < BUFFER_BYTES ? BUFFER_BYTES - p->filling.len : 0;
}

static void sink_take(void *arg, struct span bytes) {
    struct put *p = arg;
    buf_add(&p->filling, bytes);
    if (!p->working && p->filling.len >= BUFFER_BYTES / 2) loop_defer(p->edge->loop, &p->step);
}

static void sink_end(void *arg, enum err why) {
    struct put *p = arg;
    p->body = NULL;
    p->ended = true;
    if (why && !p->why) p->why = why;
    loop_defer(p->edge->loop, &p->step);
}

static void on_step(void *arg) { go_on(arg); }

static const struct body_sink sink = {sink_room, sink_take, sink_end};

/* -- As an exchange -- */

static void ignore(struct exchange *x) {}

static enum err no_message(struct exchange *x, const struct message *m) { return ERR_PROTOCOL; }

static void on_cancelled(struct exchange *x) {
    struct put *p = LIST_ITEM(x, struct put, x);
    if (p->aborted) return;
    p->aborted = true;
    if (!p->why) p->why = ERR_CANCELLED;
    go_on(p);
}

static const struct exchange_owner owner = {ignore, no_message, on_cancelled, ignore, on_cancelled, NULL};

/* -- The start -- */

static const char *fault_of(enum http_put verdict) {
    switch (verdict) {
    case HTTP_PUT_NOT_GET: return "Cannot cache response to non-GET request.";
    case HTTP_PUT_PARTIAL: return "Cannot cache response to a range request (206 Partial Content).";
    case HTTP_PUT_VARY_STAR: return "Cannot cache response with 'Vary: *' header.";
    default: return NULL;
    }
}

static enum err open_writer(struct put *p, struct peer *peer, const struct head *request,
                            const struct http_fields *asked, struct head *response,
                            struct http_fields *fields, int64_t lifetime_s) {
    int64_t now_ms = loop_clock_realtime_ms(p->edge->loop);
    struct arena a = ARENA_INIT;
    struct buf head = BUF_INIT, variant = BUF_INIT;
    response->fields = fields->items;
    response->field_count = fields->count;
    response->extra = response->url = SPAN_NONE;
    cache_entry_write(response, now_ms / 1000, now_ms / 1000, &head);
    cache_variant_write(fields, asked, &variant);
    struct cache_key key = {cache_zone(&a, peer, request->extra), request->url};
    enum err e = cache_write_begin(p->edge->config.cache, key, buf_span(&variant), buf_span(&head),
                                   (uint64_t)(now_ms + lifetime_s * 1000), &p->writer);
    buf_free(&head);
    buf_free(&variant);
    arena_free(&a);
    return e;
}

static void drop_connection_fields(struct http_fields *fields) {
    size_t kept = 0;
    for (size_t i = 0; i < fields->count; i++)
        if (!http_name_is_hop_by_hop(fields->items[i].id)) fields->items[kept++] = fields->items[i];
    fields->count = kept;
}

static void flow(struct put *p, struct message_body *from, const struct head *head,
                 const struct http_fields *fields) {
    struct arena a = ARENA_INIT;
    struct span bytes = from->bytes;
    struct body *body = NULL;
    uint64_t length = head->body_length;
    enum content_coding now = from->source ? from->source->coding : CODING_IDENTITY;
    if (from->kind == BODY_STREAM) body = exchange_receive(&p->x, head->body_length);
    if (from->kind == BODY_SPLICE) body = from->source ? exchange_splice(from->source) : NULL;
    if (from->kind == BODY_SPLICE && !body) p->why = ERR_CLOSED;
    if (!(head->flags & HEAD_ENCODED))
        encoding_convert(now, content_coding_of(http_fields_get(fields, HTTP_NAME_CONTENT_ENCODING)), &a,
                         &bytes, &body, &length);
    buf_add(&p->filling, bytes);
    arena_free(&a);
    p->body = body;
    p->ended = !body;
    if (body) body_attach(body, &sink, p);
    loop_defer(p->edge->loop, &p->step);
}

static void begin(struct put *p, struct peer *peer, struct head *request, struct head *response,
                  struct message_body *from) {
    int64_t lifetime_s = 0, now_s = loop_clock_realtime_ms(p->edge->loop) / 1000;
    struct http_fields asked = {(struct http_field *)request->fields, request->field_count, REQUEST_FIELDS};
    struct http_fields fields = {(struct http_field *)response->fields, response->field_count,
                                 REQUEST_FIELDS};
    struct http_cached cached = {response->status, &fields, now_s, now_s};
    enum http_put verdict = http_cache_put(request->method, &cached, now_s, &lifetime_s);
    const char *fault = fault_of(verdict);
    if (fault) {
        if (from->kind == BODY_STREAM) body_stop(exchange_receive(&p->x, response->body_length));
        answer(p, ERR_INVALID, span_of(fault));
        return;
    }
    if (verdict == HTTP_PUT_SKIP || !p->edge->config.cache) {
        if (from->kind == BODY_STREAM) body_stop(exchange_receive(&p->x, response->body_length));
        if (from->source) body_stop(exchange_splice(from->source));
        answer(p, ERR_OK, SPAN_NONE);
        return;
    }
    if (verdict == HTTP_PUT_STORE_WITHOUT_COOKIES) http_fields_remove_id(&fields, HTTP_NAME_SET_COOKIE);
    drop_connection_fields(&fields);
    if (from->kind == BODY_ABSENT) response->flags |= ENTRY_NO_BODY;
    p->why = open_writer(p, peer, request, &asked, response, &fields, lifetime_s);
    flow(p, from, response, &fields);
}

enum err cache_put(struct peer *peer, const struct message *m) {
    struct http_field asked[REQUEST_FIELDS], fields[REQUEST_FIELDS];
    struct head request, response;
    struct span rest;
    struct message_body body;
    if (head_read(m->payload, asked, REQUEST_FIELDS, &request, &rest) ||
        head_read(rest, fields, REQUEST_FIELDS, &response, &rest))
        return ERR_PROTOCOL;
    if (peer_body(peer, m->flags, rest, &body) || !peer_worker(peer, request.worker)) return ERR_PROTOCOL;
    struct put *p = NEW(struct put);
    if (!peer_stream_add(peer, m->stream, &p->x)) {
        mem_free(p);
        return ERR_PROTOCOL;
    }
    exchange_open(&p->x, peer, &owner, m->stream);
    p->edge = peer->edge;
    deferred_init(&p->step, on_step, p);
    list_push(&peer->edge->cache_ops, &p->node);
    begin(p, peer, &request, &response, &body);
    return ERR_OK;
}
