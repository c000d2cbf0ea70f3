/* The memory transport of link/link.h: two ends on one loop. A flush exchanges the sender's full buffer for the
 * receiver's empty one, and the receiver reads there, so no byte is copied. What the receiver sends meanwhile goes to
 * its own `out`, and is flushed in the next round of the same iteration. */
#include "base/check.h"
#include "base/mem.h"
#include "link/inside.h"

enum { KEEP_BYTES = 4 * 1024 * 1024 };

static void peer_ended(struct link *l) { link_go_down(l, ERR_CLOSED, "the other end was closed"); }

static void arrive(void *arg) {
    struct link *l = arg;
    if (!l->closed && !l->down) {
        size_t wanted;
        size_t taken = link_deliver(l, buf_span(&l->in), &wanted);
        check(taken == l->in.len || l->closed || l->down); /* only whole messages are handed over */
    }
    l->in.len = 0;
    if (l->in.cap > KEEP_BYTES) buf_free(&l->in);
    if (!l->peer) peer_ended(l);
}

/* Exchanging buffers suffices unless the peer has not begun and something waits there. */
static void hand_over(struct link *from, struct link *to) {
    if (to->in.len == 0) {
        struct buf empty = to->in;
        to->in = from->out;
        from->out = empty;
    } else {
        buf_add(&to->in, buf_span(&from->out));
    }
    from->out.len = 0;
}

static void memory_flush(void *arg) {
    struct link *l = arg;
    check(!l->building);
    if (!l->out.len) return;
    if (!l->peer || l->peer->closed) {
        l->out.len = 0;
        return;
    }
    hand_over(l, l->peer);
    if (l->peer->events) arrive(l->peer);
}

/* The peer hears of it behind the last messages: `flush` has handed them over already, but who has not begun to
 * receive has yet to read them. */
void link_memory_ended(struct link *l) {
    if (!l->peer) return;
    l->peer->peer = NULL;
    if (l->peer->in.len == 0) peer_ended(l->peer);
}

void link_pair(struct loop *loop, struct link **ret_a, struct link **ret_b) {
    struct link *a = link_new(loop, memory_flush), *b = link_new(loop, memory_flush);
    a->peer = b;
    b->peer = a;
    deferred_init(&a->arrive, arrive, a);
    deferred_init(&b->arrive, arrive, b);
    *ret_a = a;
    *ret_b = b;
}
