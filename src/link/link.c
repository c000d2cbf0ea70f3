#include "link/link.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "link/inside.h"

_Static_assert(sizeof(struct frame_header) == LINK_HEADER_BYTES, "the header is the wire format");

enum { FLUSH_EARLY_BYTES = 256 * 1024 };

/* Life. */

static void on_down_event(void *arg) {
    struct link *l = arg;
    if (l->told || l->closed || !l->events) return;
    l->told = true;
    l->events->on_down(l->arg, l->down, l->down_reason);
}

static void on_ended(void *arg) {
    struct link *l = arg;
    if (l->bridge)
        link_bridge_ended(l);
    else if (!l->stream)
        link_memory_ended(l);
    deferred_cancel(&l->flush);
    deferred_cancel(&l->arrive);
    deferred_cancel(&l->down_event);
    buf_free(&l->out);
    buf_free(&l->in);
    mem_free(l->rx);
    mem_free(l);
}

struct link *link_new(struct loop *loop, void (*flush)(void *arg)) {
    struct link *l = mem_alloc(sizeof *l);
    l->loop = loop;
    deferred_init(&l->flush, flush, l);
    deferred_init(&l->down_event, on_down_event, l);
    deferred_init(&l->ended, on_ended, l);
    deferred_init(&l->arrive, NULL, l);
    return l;
}

void link_go_down(struct link *l, enum err why, const char *reason) {
    if (l->down || l->closed) return;
    l->down = why;
    l->down_reason = reason;
    if (!l->building) l->out.len = 0;
    loop_defer(l->loop, &l->down_event);
}

void link_start(struct link *l, const struct link_events *events, void *arg) {
    check(events->type_count >= 1 && events->type_count <= 256 && !l->closed);
    bool first = !l->events;
    l->events = events;
    l->arg = arg;
    if (!first) return;
    if (l->stream) {
        link_fd_start(l);
    } else if (l->in.len || l->bridge) {
        loop_defer(l->loop, &l->arrive);
    }
    if (l->down) loop_defer(l->loop, &l->down_event);
}

void link_close(struct link *l) {
    if (!l || l->closed) return;
    check(!l->building);
    if (l->stream) link_fd_close(l);
    l->closed = true;
    loop_defer(l->loop, &l->ended); /* after `flush`, when that waits */
}

/* Sending. */

char *link_begin(struct link *l, uint8_t type, uint8_t flags, uint64_t stream, size_t payload_max) {
    check(!l->building && payload_max <= LIMIT_LINK_MESSAGE_BYTES);
    l->building = true;
    l->h = (struct frame_header){.type = type, .flags = flags, .stream = stream};
    l->payload_max = payload_max;
    return buf_reserve(&l->out, frame_bytes(payload_max)) + LINK_HEADER_BYTES;
}

static void sent_one(struct link *l) {
    if (link_queued_bytes(l) > LIMIT_LINK_QUEUE_BYTES) {
        link_go_down(l, ERR_OVERLOAD, "the other end does not read what it is sent");
    } else if (l->stream && l->out.len >= FLUSH_EARLY_BYTES) {
        deferred_cancel(&l->flush);
        l->flush.run(l);
    } else {
        loop_defer(l->loop, &l->flush);
    }
}

void link_commit(struct link *l, size_t payload_bytes) {
    check(l->building && payload_bytes <= l->payload_max);
    l->building = false;
    if (l->down || l->closed) {
        l->out.len = 0;
        return;
    }
    char *at = l->out.ptr + l->out.len;
    size_t size = frame_bytes(payload_bytes), end = LINK_HEADER_BYTES + payload_bytes;
    l->h.payload_bytes = (uint32_t)payload_bytes;
    memcpy(at, &l->h, sizeof l->h);
    memset(at + end, 0, size - end);
    buf_added(&l->out, size);
    sent_one(l);
}

void link_abandon(struct link *l) {
    check(l->building);
    l->building = false;
}

void link_send(struct link *l, uint8_t type, uint8_t flags, uint64_t stream, const struct span *parts,
               size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += parts[i].len;
    char *at = link_begin(l, type, flags, stream, total);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len) memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    link_commit(l, total);
}

size_t link_queued_bytes(const struct link *l) {
    size_t below = l->stream   ? stream_queued_bytes(l->stream)
                   : l->bridge ? link_bridge_waiting(l)
                   : l->peer   ? l->peer->in.len
                               : 0;
    return l->out.len + below;
}

bool link_up(const struct link *l) { return !l->down && !l->closed; }
bool link_room(const struct link *l) {
    return link_up(l) && link_queued_bytes(l) < LIMIT_LINK_QUEUE_BYTES / 4;
}
void *link_arg(const struct link *l) { return l->arg; }

/* Receiving. */

size_t link_deliver(struct link *l, struct span bytes, size_t *ret_wanted) {
    size_t at = 0, size = 0;
    struct message m;
    const char *reason = NULL;
    enum frame_result r = FRAME_PARTIAL;
    while (!l->closed && !l->down) {
        r = frame_parse(span_from(bytes, at), l->events->type_count, &m, &size, &reason);
        if (r != FRAME_OK) break;
        l->events->on_message(l->arg, &m);
        at += size;
    }
    *ret_wanted = size;
    if (at && !l->closed && l->events->on_batch) l->events->on_batch(l->arg);
    if (r == FRAME_BAD) link_go_down(l, ERR_PROTOCOL, reason);
    return at;
}
