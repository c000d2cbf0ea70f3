#include "loop/work.h"

#include "loop/inside.h"

struct work {
    uv_work_t uv;
    struct loop *loop;
    void (*run)(void *arg);
    void (*done)(void *arg);
    void *arg;
};

static void on_pool(uv_work_t *uv) {
    struct work *w = uv->data;
    w->run(w->arg);
}

static void on_work_done(uv_work_t *uv, int status) {
    struct work *w = uv->data;
    w->loop->work_count--;
    loop_touch(w->loop);
    w->done(w->arg);
    mem_free(w);
}

enum err work_run(struct loop *loop, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
    if (loop->work_count >= LIMIT_WORK_QUEUE) return ERR_OVERLOAD;
    struct work *w = mem_alloc(sizeof *w);
    w->uv.data = w;
    w->loop = loop;
    w->run = run;
    w->done = done;
    w->arg = arg;
    check(uv_queue_work(&loop->uv, &w->uv, on_pool, on_work_done) == 0);
    loop->work_count++;
    return ERR_OK;
}

size_t work_waiting(const struct loop *loop) { return loop->work_count; }
