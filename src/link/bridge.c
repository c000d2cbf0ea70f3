/* The bridge transport of link/link.h: two ends of one process on two loops, each with a thread of its own. A flush puts
 * the sender's buffer into the other side's box under a lock and wakes that loop once; what is sent before it has come adds
 * to the box, so that a busy receiver is woken once for all of it. The receiver takes the box whole and reads there. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/check.h"
#include "base/mem.h"
#include "link/inside.h"

enum { KEEP_BYTES = 1024 * 1024 };

struct bridge_side {
    struct bridge *bridge;
    struct loop *loop;
    struct link *link; /* its thread's; NULL when it has ended */
    /* under the lock: */
    struct buf box; /* for this side */
    bool woken, ended;
    _Atomic size_t waiting_bytes; /* of the box: the sender looks without the lock */
};

struct bridge {
    pthread_mutex_t lock;
    unsigned refs; /* each side, and each wake under way */
    struct bridge_side side[2];
};

static void bridge_unref(struct bridge *b) {
    pthread_mutex_lock(&b->lock);
    unsigned left = --b->refs;
    pthread_mutex_unlock(&b->lock);
    if (left) return;
    pthread_mutex_destroy(&b->lock);
    for (int i = 0; i < 2; i++) buf_free(&b->side[i].box);
    mem_free(b);
}

static struct bridge_side *other(struct bridge_side *s) { return &s->bridge->side[s == s->bridge->side]; }

/* Takes the box and reads what is in it, then hears of the other side's end. */
static void arrive(void *arg) {
    struct link *l = arg;
    struct bridge_side *s = l->bridge;
    pthread_mutex_lock(&s->bridge->lock);
    struct buf empty = l->in;
    l->in = s->box;
    s->box = empty;
    atomic_store_explicit(&s->waiting_bytes, 0, memory_order_relaxed);
    bool ended = other(s)->ended;
    pthread_mutex_unlock(&s->bridge->lock);
    if (!l->closed && !l->down) {
        size_t wanted;
        size_t taken = link_deliver(l, buf_span(&l->in), &wanted);
        check(taken == l->in.len || l->closed || l->down); /* only whole messages are handed over */
    }
    l->in.len = 0;
    if (l->in.cap > KEEP_BYTES) buf_free(&l->in);
    if (ended) link_go_down(l, ERR_CLOSED, "the other end was closed");
}

/* What came before link_start() stays in the box: link_start() brings us there. */
static void on_wake(void *arg) {
    struct bridge_side *s = arg;
    pthread_mutex_lock(&s->bridge->lock);
    s->woken = false;
    pthread_mutex_unlock(&s->bridge->lock);
    if (s->link && s->link->events) arrive(s->link);
    bridge_unref(s->bridge);
}

/* Locked. */
static void wake(struct bridge_side *s) {
    if (s->woken || s->ended) return;
    s->woken = true;
    s->bridge->refs++;
    loop_post(s->loop, on_wake, s);
}

static void bridge_flush(void *arg) {
    struct link *l = arg;
    struct bridge_side *to = other(l->bridge);
    check(!l->building);
    if (!l->out.len) return;
    pthread_mutex_lock(&to->bridge->lock);
    if (!to->ended && to->box.len == 0) {
        struct buf empty = to->box;
        to->box = l->out;
        l->out = empty;
    } else if (!to->ended) {
        buf_add(&to->box, buf_span(&l->out));
    }
    atomic_store_explicit(&to->waiting_bytes, to->box.len, memory_order_relaxed);
    wake(to);
    pthread_mutex_unlock(&to->bridge->lock);
    l->out.len = 0;
}

size_t link_bridge_waiting(const struct link *l) {
    return atomic_load_explicit(&other(l->bridge)->waiting_bytes, memory_order_relaxed);
}

void link_bridge_ended(struct link *l) {
    struct bridge_side *s = l->bridge;
    pthread_mutex_lock(&s->bridge->lock);
    s->ended = true;
    s->link = NULL;
    wake(other(s));
    pthread_mutex_unlock(&s->bridge->lock);
    bridge_unref(s->bridge);
}

static struct link *side_open(struct bridge *b, int i, struct loop *loop) {
    struct link *l = link_new(loop, bridge_flush);
    b->side[i] = (struct bridge_side){.bridge = b, .loop = loop, .link = l};
    l->bridge = &b->side[i];
    deferred_init(&l->arrive, arrive, l);
    return l;
}

void link_bridge(struct loop *loop_a, struct loop *loop_b, struct link **ret_a, struct link **ret_b) {
    struct bridge *b = NEW(struct bridge);
    check(pthread_mutex_init(&b->lock, NULL) == 0);
    b->refs = 2;
    *ret_a = side_open(b, 0, loop_a);
    *ret_b = side_open(b, 1, loop_b);
}
