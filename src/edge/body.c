#include "edge/body.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

struct body {
    const struct body_source *source; /* NULL once it has let go */
    void *source_arg;
    const struct body_sink *sink; /* NULL before it is attached and after it has let go */
    void *sink_arg;
    struct buf held; /* bytes from `at` on wait for the sink */
    size_t at;
    uint64_t length, taken;
    enum err why;
    bool ended, finished; /* the source has ended; the sink has let go */
    bool paused;          /* the source waits for resume() */
    unsigned busy;        /* calls under way: not to be freed below them */
};

struct body *body_new(const struct body_source *source, void *arg, uint64_t length) {
    struct body *b = NEW(struct body);
    b->source = source;
    b->source_arg = arg;
    b->length = length;
    return b;
}

static void enter(struct body *b) { b->busy++; }

static void leave(struct body *b) {
    if (--b->busy || b->source || !b->finished) return;
    buf_free(&b->held);
    mem_free(b);
}

static size_t waiting(const struct body *b) { return b->held.len - b->at; }

static size_t room(const struct body *b) { return b->sink ? b->sink->room(b->sink_arg) : 0; }

static void give(struct body *b, struct span bytes) {
    b->taken += bytes.len;
    b->sink->take(b->sink_arg, bytes);
    if (b->source && b->source->taken) b->source->taken(b->source_arg, bytes.len);
}

/* What waits goes to the sink as far as it has room. The buffer is emptied from the front without moving it. */
static void drain(struct body *b) {
    while (waiting(b)) {
        size_t n = room(b);
        if (!n) return;
        struct span all = {b->held.ptr + b->at, waiting(b)};
        struct span piece = span_first(all, n);
        b->at += piece.len;
        give(b, piece);
    }
    b->held.len = b->at = 0;
}

static void finish_sink(struct body *b) {
    const struct body_sink *sink = b->sink;
    b->sink = NULL;
    b->finished = true;
    sink->end(b->sink_arg, b->why);
}

static void move(struct body *b) {
    if (b->busy > 1) return; /* a call further up does it: drain() looks at room() again */
    drain(b);
    while (b->paused && b->source && waiting(b) <= LIMIT_EDGE_AHEAD_BYTES / 2) {
        b->paused = false;
        if (b->source->resume)
            b->source->resume(b->source_arg); /* may push at once, until it must pause again */
        drain(b);
    }
    if (b->ended && b->sink && !waiting(b)) finish_sink(b);
}

bool body_push(struct body *b, struct span bytes) {
    check(b->source && !b->ended);
    enter(b);
    if (!waiting(b) && b->busy == 1) {
        size_t n = room(b);
        struct span now = span_first(bytes, n);
        bytes = span_from(bytes, now.len);
        if (now.len) give(b, now);
    }
    if (bytes.len && !b->finished) {
        if (b->at && b->at == b->held.len) b->held.len = b->at = 0;
        if (b->at > LIMIT_EDGE_AHEAD_BYTES) {
            buf_drop(&b->held, b->at);
            b->at = 0;
        }
        buf_add(&b->held, bytes);
        if (b->busy == 1) drain(b); /* the sink may have found room while it took the first part */
    }
    bool more = waiting(b) < LIMIT_EDGE_AHEAD_BYTES;
    if (!more) b->paused = true;
    leave(b);
    return more;
}

void body_end(struct body *b, enum err why) {
    check(b->source && !b->ended);
    enter(b);
    b->ended = true;
    b->why = why;
    b->source = NULL;
    if (why) b->held.len = b->at = 0; /* a broken body: nobody needs the rest of it */
    if (!b->finished) move(b);
    leave(b);
}

void body_attach(struct body *b, const struct body_sink *sink, void *arg) {
    check(!b->sink && !b->finished);
    enter(b);
    b->sink = sink;
    b->sink_arg = arg;
    move(b);
    leave(b);
}

void body_pull(struct body *b) {
    enter(b);
    move(b);
    leave(b);
}

void body_stop(struct body *b) {
    if (!b) return;
    enter(b);
    b->sink = NULL;
    b->finished = true;
    b->held.len = b->at = 0;
    const struct body_source *source = b->source;
    b->source = NULL;
    if (source && source->stop) source->stop(b->source_arg);
    leave(b);
}

uint64_t body_length(const struct body *b) { return b->length; }

bool body_whole(const struct body *b, struct span *ret) {
    if (!b->ended || b->why || b->taken) return false;
    *ret = span_make(b->held.ptr, b->held.len);
    return true;
}

bool body_waits(const struct body *b) { return waiting(b) > 0; }

bool body_attached(const struct body *b) { return b->sink != NULL; }

bool body_ended(const struct body *b, enum err *ret_why) {
    if (b->ended) *ret_why = b->why;
    return b->ended;
}
