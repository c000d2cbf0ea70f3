#include "loop/loop.h"

#include <signal.h>

#include "loop/clock.h"
#include "loop/inside.h"

/* Deferred work. */

void deferred_init(struct deferred *d, void (*run)(void *arg), void *arg) {
    list_init(&d->node);
    d->run = run;
    d->arg = arg;
}

bool deferred_waits(const struct deferred *d) { return !list_empty(&d->node); }

void deferred_cancel(struct deferred *d) { list_remove(&d->node); }

void loop_defer(struct loop *loop, struct deferred *d) {
    if (!deferred_waits(d)) list_push(&loop->deferred, &d->node);
}

/* Moves all nodes of `from` to the empty head `to`. */
static void list_take_all(struct list *to, struct list *from) {
    list_init(to);
    if (list_empty(from)) return;
    *to = *from;
    to->next->prev = to->prev->next = to;
    list_init(from);
}

static void run_round(struct loop *loop) {
    struct list round;
    list_take_all(&round, &loop->deferred);
    while (!list_empty(&round)) {
        struct deferred *d = LIST_ITEM(list_first(&round), struct deferred, node);
        list_remove(&d->node);
        d->run(d->arg);
    }
}

static void flush_streams(struct loop *loop) {
    while (!list_empty(&loop->flushes)) {
        struct stream *s = LIST_ITEM(list_first(&loop->flushes), struct stream, flush);
        stream_flush_corked(s); /* leaves the list */
    }
}

static void on_spin(uv_idle_t *spin) {}

/* All deferred work in rounds, then the writes. What a write breaks is deferred again, hence the last look.
 */
static void settle(struct loop *loop) {
    bool busy = !list_empty(&loop->deferred) || !list_empty(&loop->flushes);
    if (!busy && !uv_is_active((uv_handle_t *)&loop->spin)) return;
    if (busy) loop_touch(loop);
    for (int round = 0; round < LOOP_ROUNDS && !list_empty(&loop->deferred); round++) run_round(loop);
    flush_streams(loop);
    if (list_empty(&loop->deferred)) {
        uv_idle_stop(&loop->spin);
    } else {
        uv_idle_start(&loop->spin, on_spin);
    }
}

static void on_before_poll(uv_prepare_t *h) {
    settle(h->data);
    ((struct loop *)h->data)->batch_us = 0;
}
static void on_after_poll(uv_check_t *h) { settle(h->data); }

/* Posts from other threads. */

static void run_posts(struct loop *loop) {
    pthread_mutex_lock(&loop->post_lock);
    struct posts now = loop->posted;
    loop->posted = loop->taken;
    loop->posted.count = 0;
    loop->taken = (struct posts){0};
    pthread_mutex_unlock(&loop->post_lock);
    for (size_t i = 0; i < now.count; i++) now.items[i].run(now.items[i].arg);
    mem_free(loop->taken.items);
    loop->taken = now;
}

static void on_wake(uv_async_t *h) {
    loop_touch(h->data);
    run_posts(h->data);
}

void loop_post(struct loop *loop, void (*run)(void *arg), void *arg) {
    pthread_mutex_lock(&loop->post_lock);
    struct posts *p = &loop->posted;
    if (p->count == p->cap) {
        check(p->count < 1000000);
        p->cap = p->cap ? p->cap * 2 : 16;
        p->items = mem_resize(p->items, p->cap * sizeof *p->items);
    }
    p->items[p->count++] = (struct post){run, arg};
    bool first = p->count == 1;
    /* Under the lock, so that a loop_free() on the other thread that has run this post cannot have closed
     * `wake`. */
    if (first) uv_async_send(&loop->wake);
    pthread_mutex_unlock(&loop->post_lock);
}

/* The loop itself. */

struct loop *loop_new(void) {
    struct loop *loop = mem_alloc(sizeof *loop);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    check(uv_loop_init(&loop->uv) == 0);
    check(uv_prepare_init(&loop->uv, &loop->before_poll) == 0);
    check(uv_check_init(&loop->uv, &loop->after_poll) == 0);
    check(uv_idle_init(&loop->uv, &loop->spin) == 0);
    check(uv_async_init(&loop->uv, &loop->wake, on_wake) == 0);
    loop->before_poll.data = loop->after_poll.data = loop->wake.data = loop;
    uv_prepare_start(&loop->before_poll, on_before_poll);
    uv_check_start(&loop->after_poll, on_after_poll);
    uv_unref((uv_handle_t *)&loop->before_poll); /* only `wake` keeps the loop running */
    uv_unref((uv_handle_t *)&loop->after_poll);
    uv_unref((uv_handle_t *)&loop->spin);
    list_init(&loop->deferred);
    list_init(&loop->flushes);
    list_init(&loop->idles);
    pthread_mutex_init(&loop->post_lock, NULL);
    loop->active_ms = uv_now(&loop->uv);
    return loop;
}

static bool has_posts(struct loop *loop) {
    pthread_mutex_lock(&loop->post_lock);
    bool some = loop->posted.count != 0;
    pthread_mutex_unlock(&loop->post_lock);
    return some;
}

static void check_is_closing(uv_handle_t *h, void *arg) {
    struct loop *loop = arg;
    bool own = h == (uv_handle_t *)&loop->before_poll || h == (uv_handle_t *)&loop->after_poll ||
               h == (uv_handle_t *)&loop->spin || h == (uv_handle_t *)&loop->wake;
    check(own || uv_is_closing(h)); /* else something opened on the loop was not closed */
}

void loop_free(struct loop *loop) {
    if (!loop) return;
    deadline_queue_free(loop->linger);
    do {
        run_posts(loop);
        settle(loop);
    } while (has_posts(loop) || !list_empty(&loop->deferred));
    uv_walk(&loop->uv, check_is_closing, loop);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* closes and work under way */
    uv_close((uv_handle_t *)&loop->before_poll, NULL);
    uv_close((uv_handle_t *)&loop->after_poll, NULL);
    uv_close((uv_handle_t *)&loop->spin, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    check(uv_loop_close(&loop->uv) == 0);
    while (loop->corks) {
        struct cork *next = loop->corks->next;
        mem_free(loop->corks);
        loop->corks = next;
    }
    pthread_mutex_destroy(&loop->post_lock);
    mem_free(loop->posted.items);
    mem_free(loop->taken.items);
    mem_free(loop);
}

void loop_run(struct loop *loop) {
    while (!loop->stopping) uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->stopping = false;
}

void loop_turn(struct loop *loop, bool wait) { uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT); }

void loop_stop(struct loop *loop) {
    loop->stopping = true;
    uv_stop(&loop->uv);
}

static void stop_posted(void *arg) { loop_stop(arg); }
void loop_stop_from_any_thread(struct loop *loop) { loop_post(loop, stop_posted, loop); }

uint64_t loop_now_ms(const struct loop *loop) { return uv_now(&loop->uv); }
uint64_t loop_batch_us(struct loop *loop) {
    if (!loop->batch_us) loop->batch_us = clock_monotonic_ns() / 1000;
    return loop->batch_us;
}
int64_t loop_clock_realtime_ms(const struct loop *loop) { return clock_realtime_ms(); }

/* Cork buffers: as many as streams were written to in one iteration; the pool keeps some. */

char *loop_cork_take(struct loop *loop) {
    struct cork *c = loop->corks;
    if (!c) return mem_alloc(STREAM_CORK_BYTES);
    loop->corks = c->next;
    loop->cork_count--;
    return (char *)c;
}

void loop_cork_give(struct loop *loop, char *cork) {
    if (loop->cork_count >= LOOP_CORKS_KEPT) {
        mem_free(cork);
        return;
    }
    struct cork *c = (struct cork *)cork;
    c->next = loop->corks;
    loop->corks = c;
    loop->cork_count++;
}

enum err err_from_uv(int status) {
    switch (status) {
    case UV_EOF: return ERR_CLOSED;
    case UV_ECANCELED: return ERR_CANCELLED;
    default: return err_from_errno(-status);
    }
}
