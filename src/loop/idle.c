/* Idle time (loop/loop.h). Each has a timer that does not restart at every event: when it comes due, it looks
 * how long ago something happened and waits for the rest. After it has run it sleeps until the next event. */

#include "loop/inside.h"

struct loop_idle {
    uv_timer_t timer;
    struct loop *loop;
    struct list node;
    uint64_t quiet_ms;
    void (*run)(void *arg);
    void *arg;
};

static void on_idle_timer(uv_timer_t *timer) {
    struct loop_idle *idle = timer->data;
    uint64_t quiet_ms = uv_now(&idle->loop->uv) - idle->loop->active_ms;
    if (quiet_ms < idle->quiet_ms) {
        uv_timer_start(timer, on_idle_timer, idle->quiet_ms - quiet_ms, 0);
        return;
    }
    idle->loop->idles_asleep = true;
    idle->run(idle->arg);
}

void loop_wake_idles(struct loop *loop) {
    loop->idles_asleep = false;
    LIST_EACH(node, &loop->idles) {
        struct loop_idle *idle = LIST_ITEM(node, struct loop_idle, node);
        if (!uv_is_active((uv_handle_t *)&idle->timer))
            uv_timer_start(&idle->timer, on_idle_timer, idle->quiet_ms, 0);
    }
}

struct loop_idle *loop_idle_new(struct loop *loop, uint64_t quiet_ms, void (*run)(void *arg), void *arg) {
    struct loop_idle *idle = mem_alloc(sizeof *idle);
    idle->loop = loop;
    idle->quiet_ms = quiet_ms;
    idle->run = run;
    idle->arg = arg;
    check(uv_timer_init(&loop->uv, &idle->timer) == 0);
    idle->timer.data = idle;
    list_push(&loop->idles, &idle->node);
    uv_timer_start(&idle->timer, on_idle_timer, quiet_ms, 0);
    return idle;
}

static void on_idle_closed(uv_handle_t *h) { mem_free(h->data); }

void loop_idle_free(struct loop_idle *idle) {
    if (!idle) return;
    list_remove(&idle->node);
    uv_close((uv_handle_t *)&idle->timer, on_idle_closed);
}
