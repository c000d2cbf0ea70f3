#include "edge/cache.h"

#include "edge/subrequest.h"
#include "link/messages.h"
#include "loop/work.h"

/* A match or a delete. */
struct cache_op {
    struct exchange x;
    struct list node; /* in edge->cache_ops */
    struct edge *edge;
    struct arena arena;
    struct cache_key key;
    struct http_fields request;
    struct cache_reader *reader;
    bool working, dead, answered, found;
    enum err why;
};

static void free_op(struct cache_op *op) {
    struct edge *edge = op->edge;
    if (op->x.peer) peer_stream_remove(op->x.peer, op->x.stream);
    op->dead = true;
    exchange_close(&op->x);
    cache_reader_close(op->reader);
    list_remove(&op->node);
    arena_free(&op->arena);
    mem_free(op);
    edge_look_drained(edge);
}

static void ignore(struct exchange *x) {}

static enum err no_message(struct exchange *x, const struct message *m) { return ERR_PROTOCOL; }

/* While the pool has it, it can only be marked. */
static void on_cancelled(struct exchange *x) {
    struct cache_op *op = LIST_ITEM(x, struct cache_op, x);
    if (op->dead) return;
    op->dead = true;
    if (!op->working) free_op(op);
}

static void on_quiet(struct exchange *x) {
    struct cache_op *op = LIST_ITEM(x, struct cache_op, x);
    if (op->answered && !op->dead && !op->working && exchange_is_quiet(x)) free_op(op);
}

static const struct exchange_owner owner = {ignore, no_message, on_cancelled, on_quiet, on_cancelled, NULL};

static void send(struct exchange *x, enum message_type type, const void *bytes, size_t len) {
    struct span part = span_make(bytes, len);
    if (x->peer && x->peer->link) link_send(x->peer->link, (uint8_t)type, 0, x->stream, &part, len ? 1 : 0);
}

void cache_send_done(struct exchange *x, bool found) {
    uint8_t byte = found;
    send(x, MESSAGE_CACHE_DONE, &byte, sizeof byte);
}

struct span cache_zone(struct arena *a, const struct peer *p, struct span name) {
    return arena_printf(a, "%u/%.*s", p->account->number, SPAN_FMT(name));
}

/* -- Match -- */

static void miss(struct cache_op *op) {
    count(&op->edge->count->cache_misses, 1);
    send(&op->x, MESSAGE_CACHE_MISS, NULL, 0);
    free_op(op);
}

static void set_field(struct cache_op *op, struct http_fields *fields, struct span name, struct span value) {
    http_fields_remove(fields, name);
    http_fields_add(fields, &op->arena, name, value);
}

static void send_head(struct cache_op *op, const struct head *head, uint8_t flags, struct span bytes) {
    struct link *link = op->x.peer->link;
    size_t size = head_size(head);
    char *to = link_begin(link, MESSAGE_FETCH_HEAD, flags, op->x.stream, size + bytes.len);
    to = head_write(head, to);
    if (bytes.len) memcpy(to, bytes.ptr, bytes.len);
    link_commit(link, size + bytes.len);
}

/* 200 may become 304, 206 or 416, as the request's conditions say. Returns what of the body is to be sent. */
static struct http_range judge(struct cache_op *op, const struct cache_entry *e, struct head *head,
                               struct http_fields *fields, int64_t now_s) {
    uint64_t total = cache_size(op->reader);
    struct http_range range = {HTTP_RANGE_WHOLE, 0, total ? total - 1 : 0};
    if (head->status != 200) return range;
    if (http_not_modified(&op->request, &e->list, now_s)) {
        head->status = 304;
        head->reason = SPAN("Not Modified");
        return range;
    }
    struct http_range wanted = http_range_for(&op->request, &e->list, total, now_s);
    if (wanted.kind == HTTP_RANGE_WHOLE) return range;
    bool part = wanted.kind == HTTP_RANGE_PART;
    head->status = part ? 206 : 416;
    head->reason = part ? SPAN("Partial Content") : SPAN("Range Not Satisfiable");
    set_field(op, fields, SPAN("Content-Range"), http_content_range(&op->arena, wanted, total));
    uint64_t length = part ? wanted.last - wanted.first + 1 : 0;
    set_field(op, fields, SPAN("Content-Length"),
              arena_printf(&op->arena, "%llu", (unsigned long long)length));
    return wanted;
}

static void send_body(struct cache_op *op, struct head *head, struct http_range range) {
    struct bytes *whole = cache_body(op->reader);
    uint64_t total = cache_size(op->reader);
    uint64_t length = range.kind == HTTP_RANGE_PART ? range.last - range.first + 1 : total;
    op->x.coding = range.kind == HTTP_RANGE_PART
                       ? CODING_IDENTITY /* a part of an encoded body cannot be decoded */
                       : content_coding_of(http_fields_get(
                             &(struct http_fields){(struct http_field *)head->fields, head->field_count, 0},
                             HTTP_NAME_CONTENT_ENCODING));
    bool plain = op->x.coding == CODING_IDENTITY;
    head->body_length = plain ? length : HEAD_LENGTH_UNKNOWN;
    if (whole && plain && length <= LIMIT_BODY_INLINE_BYTES) {
        struct span bytes = span_from(bytes_span(whole), (size_t)range.first);
        send_head(op, head, MESSAGE_BODY_INLINE, span_first(bytes, (size_t)length));
        free_op(op);
        return;
    }
    send_head(op, head, MESSAGE_BODY_STREAM, SPAN_NONE);
    op->x.to_worker = cache_source(op->edge, op->reader, range.first, length);
    op->reader = NULL;
    op->answered = true;
}

static void serve(struct cache_op *op) {
    struct cache_entry e;
    int64_t now_ms = loop_clock_realtime_ms(op->edge->loop), now_s = now_ms / 1000;
    if (cache_expires_ms(op->reader) <= (uint64_t)now_ms || !cache_entry_read(cache_head(op->reader), &e)) {
        miss(op);
        return;
    }
    count(&op->edge->count->cache_hits, 1);
    struct head head = e.head;
    struct http_fields fields = http_fields_copy(&e.list, &op->arena);
    int64_t age = http_current_age(&e.cached, now_s);
    set_field(op, &fields, SPAN("Age"), arena_printf(&op->arena, "%lld", (long long)age));
    set_field(op, &fields, SPAN("CF-Cache-Status"), SPAN("HIT"));
    struct http_range range = judge(op, &e, &head, &fields, now_s);
    head.reason = arena_copy(&op->arena, head.reason);
    head.url = SPAN_NONE;
    head.fields = fields.items;
    head.field_count = fields.count;
    if (head.status != 304 && range.kind != HTTP_RANGE_UNSATISFIABLE && !(e.head.flags & ENTRY_NO_BODY)) {
        send_body(op, &head, range);
        return;
    }
    head.body_length = 0;
    send_head(op, &head, 0, SPAN_NONE);
    free_op(op);
}

/* On the pool. */
static void open_on_disk(void *arg) {
    struct cache_op *op = arg;
    op->why = cache_open(op->edge->config.cache, op->key, cache_variant_fits, &op->request, &op->reader);
}

static void on_opened(void *arg) {
    struct cache_op *op = arg;
    op->working = false;
    if (op->dead)
        free_op(op);
    else if (op->why)
        miss(op);
    else
        serve(op);
}

static void match(struct cache_op *op) {
    switch (cache_lookup(op->edge->config.cache, op->key, cache_variant_fits, &op->request, &op->reader)) {
    case CACHE_MISS: miss(op); break;
    case CACHE_HIT: serve(op); break;
    case CACHE_ASK_DISK:
        op->working = true;
        if (work_run(op->edge->loop, open_on_disk, on_opened, op) == ERR_OK) return;
        op->working = false;
        miss(op);
        break;
    }
}

/* -- Delete -- */

static void purge(void *arg) {
    struct cache_op *op = arg;
    op->why = cache_purge_key(op->edge->config.cache, op->key, &op->found);
}

static void on_purged(void *arg) {
    struct cache_op *op = arg;
    op->working = false;
    if (!op->dead && op->why)
        exchange_send_failed(&op->x, op->why, SPAN_NONE);
    else if (!op->dead)
        cache_send_done(&op->x, op->found);
    free_op(op);
}

static void delete (struct cache_op *op) {
    op->working = true;
    if (work_run(op->edge->loop, purge, on_purged, op) == ERR_OK) return;
    op->working = false;
    exchange_send_failed(&op->x, ERR_OVERLOAD, SPAN_NONE);
    free_op(op);
}

enum err cache_start(struct peer *p, const struct message *m) {
    struct http_field fields[REQUEST_FIELDS];
    struct head head;
    struct span rest;
    if (m->type == MESSAGE_CACHE_PUT) return cache_put(p, m);
    if (head_read(m->payload, fields, REQUEST_FIELDS, &head, &rest) || rest.len) return ERR_PROTOCOL;
    if (!peer_worker(p, head.worker)) return ERR_PROTOCOL;
    struct cache_op *op = NEW(struct cache_op);
    if (!peer_stream_add(p, m->stream, &op->x)) {
        mem_free(op);
        return ERR_PROTOCOL;
    }
    exchange_open(&op->x, p, &owner, m->stream);
    op->edge = p->edge;
    list_push(&p->edge->cache_ops, &op->node);
    struct http_fields given = {fields, head.field_count, REQUEST_FIELDS};
    op->request = http_fields_copy(&given, &op->arena);
    op->key = (struct cache_key){cache_zone(&op->arena, p, head.extra), arena_copy(&op->arena, head.url)};
    bool get = span_eq(head.method, SPAN("GET")) || head.flags & HEAD_IGNORE_METHOD;
    bool deletes = m->type == MESSAGE_CACHE_DELETE;
    if (!get || !p->edge->config.cache) {
        if (!deletes) {
            miss(op);
            return ERR_OK;
        }
        cache_send_done(&op->x, false);
        free_op(op);
    } else if (deletes) {
        delete (op);
    } else {
        match(op);
    }
    return ERR_OK;
}
