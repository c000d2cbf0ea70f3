#include "loop/deadline.h"

#include "loop/inside.h"

struct deadline_queue {
    uv_timer_t timer;
    struct loop *loop;
    struct list members; /* due first at the head */
    uint64_t duration_ms, resolution_ms;
    void (*on_due)(void *arg, struct deadline *d);
    void *arg;
    bool freed;
};

struct deadline_queue *deadline_queue_new(struct loop *loop, uint64_t duration_ms,
                                          void (*on_due)(void *arg, struct deadline *d), void *arg) {
    struct deadline_queue *q = mem_alloc(sizeof *q);
    check(uv_timer_init(&loop->uv, &q->timer) == 0);
    q->timer.data = q;
    q->loop = loop;
    list_init(&q->members);
    q->duration_ms = duration_ms;
    q->resolution_ms = duration_ms / 8 < 1 ? 1 : duration_ms / 8 > 250 ? 250 : duration_ms / 8;
    q->on_due = on_due;
    q->arg = arg;
    return q;
}

static void on_queue_timer(uv_timer_t *timer);

/* Sleeps until the first member is due, but at least one resolution, so that a busy queue costs few wakings.
 */
static void arm(struct deadline_queue *q, uint64_t first_due_ms) {
    uint64_t now = uv_now(&q->loop->uv);
    uint64_t wait = first_due_ms > now ? first_due_ms - now : 0;
    if (wait < q->resolution_ms) wait = q->resolution_ms;
    uv_timer_start(&q->timer, on_queue_timer, wait, 0);
}

static void on_queue_timer(uv_timer_t *timer) {
    struct deadline_queue *q = timer->data;
    uint64_t now = uv_now(&q->loop->uv);
    while (!q->freed && !list_empty(&q->members)) {
        struct deadline *d = LIST_ITEM(list_first(&q->members), struct deadline, node);
        if (d->due_ms > now) {
            arm(q, d->due_ms);
            return;
        }
        deadline_clear(d);
        q->on_due(q->arg, d);
    }
}

void deadline_init(struct deadline *d) {
    list_init(&d->node);
    d->due_ms = 0;
    d->queue = NULL;
}

void deadline_set(struct deadline_queue *q, struct deadline *d) {
    d->due_ms = uv_now(&q->loop->uv) + q->duration_ms;
    d->queue = q;
    list_remove(&d->node);
    list_push(&q->members, &d->node);
    if (!uv_is_active((uv_handle_t *)&q->timer)) arm(q, d->due_ms);
}

void deadline_clear(struct deadline *d) {
    list_remove(&d->node);
    d->queue = NULL;
}

static void on_queue_closed(uv_handle_t *h) { mem_free(h->data); }

void deadline_queue_free(struct deadline_queue *q) {
    if (!q) return;
    while (!list_empty(&q->members))
        deadline_clear(LIST_ITEM(list_first(&q->members), struct deadline, node));
    q->freed = true;
    uv_close((uv_handle_t *)&q->timer, on_queue_closed);
}
