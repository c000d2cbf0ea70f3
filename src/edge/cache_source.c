/* A stored body as a stream. In memory it is pushed at once; from the disk a piece at a time is read on the
 * pool while the sink has room. */
#include "edge/cache.h"
#include "loop/work.h"

enum { PIECE_BYTES = 64 * 1024 };

struct source {
    struct list node; /* in edge->cache_ops */
    struct edge *edge;
    struct cache_reader *reader;
    struct body *body; /* NULL once nobody wants it */
    uint64_t at, left;
    bool working, paused;
    enum err why;
    size_t len;
    char *piece; /* of the disk; NULL when the body is in memory */
};

static void free_source(struct source *s) {
    struct edge *edge = s->edge;
    cache_reader_close(s->reader);
    mem_free(s->piece);
    list_remove(&s->node);
    mem_free(s);
    edge_look_drained(edge);
}

static void end(struct source *s, enum err why) {
    struct body *body = s->body;
    s->body = NULL;
    if (body) body_end(body, why);
    free_source(s);
}

/* On the pool. */
static void read_piece(void *arg) {
    struct source *s = arg;
    size_t want = s->left < PIECE_BYTES ? (size_t)s->left : PIECE_BYTES;
    s->len = 0;
    s->why = cache_read(s->reader, s->at, s->piece, want, &s->len);
    if (!s->why && !s->len) s->why = ERR_CORRUPT;
}

static void ask(struct source *s);

static void push(struct source *s, struct span bytes) {
    s->at += bytes.len;
    s->left -= bytes.len;
    if (!body_push(s->body, bytes)) s->paused = s->body != NULL;
}

static void on_piece(void *arg) {
    struct source *s = arg;
    s->working = false;
    if (!s->body || s->why) {
        end(s, s->why);
        return;
    }
    push(s, span_make(s->piece, s->len));
    if (!s->body || !s->left)
        end(s, ERR_OK);
    else if (!s->paused)
        ask(s);
}

static void ask(struct source *s) {
    s->working = true;
    if (work_run(s->edge->loop, read_piece, on_piece, s) == ERR_OK) return;
    s->working = false;
    end(s, ERR_OVERLOAD);
}

static void push_memory(struct source *s, struct span all) {
    while (s->body && s->left && !s->paused) {
        struct span piece = span_first(span_from(all, (size_t)s->at), PIECE_BYTES);
        push(s, span_first(piece, (size_t)s->left));
    }
    if (!s->body || !s->left) end(s, ERR_OK);
}

static void go_on(struct source *s) {
    struct bytes *all = cache_body(s->reader);
    if (all) {
        push_memory(s, bytes_span(all));
        return;
    }
    if (!s->piece) s->piece = mem_resize(NULL, PIECE_BYTES);
    if (!s->left)
        end(s, ERR_OK);
    else if (!s->working)
        ask(s);
}

static void on_resume(void *arg) {
    struct source *s = arg;
    s->paused = false;
    if (!s->working) go_on(s);
}

static void on_stop(void *arg) {
    struct source *s = arg;
    bool idle = !s->working && s->paused;
    s->body = NULL;
    if (idle) free_source(s); /* else whoever is at work sees it */
}

static const struct body_source body_source = {on_resume, NULL, on_stop};

struct body *cache_source(struct edge *edge, struct cache_reader *reader, uint64_t first, uint64_t length) {
    struct source *s = NEW(struct source);
    s->edge = edge;
    s->reader = reader;
    s->at = first;
    s->left = length;
    list_push(&edge->cache_ops, &s->node);
    struct body *body = s->body = body_new(&body_source, s, length);
    go_on(s);
    return body;
}
