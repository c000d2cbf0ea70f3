#include "loop/timer.h"

#include "loop/inside.h"

struct timer {
    uv_timer_t uv;
    void (*on_due)(void *arg);
    void *arg;
};

struct timer *timer_new(struct loop *loop, void (*on_due)(void *arg), void *arg) {
    struct timer *t = mem_alloc(sizeof *t);
    check(uv_timer_init(&loop->uv, &t->uv) == 0);
    t->uv.data = t;
    t->on_due = on_due;
    t->arg = arg;
    return t;
}

static void on_timer(uv_timer_t *uv) {
    struct timer *t = uv->data;
    t->on_due(t->arg);
}

void timer_start(struct timer *t, uint64_t after_ms, uint64_t repeat_ms) {
    check(uv_timer_start(&t->uv, on_timer, after_ms, repeat_ms) == 0);
}

void timer_stop(struct timer *t) { uv_timer_stop(&t->uv); }
bool timer_active(const struct timer *t) { return uv_is_active((const uv_handle_t *)&t->uv); }

static void on_timer_closed(uv_handle_t *h) { mem_free(h->data); }

void timer_free(struct timer *t) {
    if (!t) return;
    uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}
