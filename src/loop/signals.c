#include "loop/signals.h"

#include "loop/inside.h"

struct signals {
    uv_signal_t uv;
    struct loop *loop;
    void (*on_signal)(void *arg, int signal_number);
    void *arg;
};

static void on_uv_signal(uv_signal_t *uv, int number) {
    struct signals *s = uv->data;
    loop_touch(s->loop);
    s->on_signal(s->arg, number);
}

static void on_signals_closed(uv_handle_t *h) { mem_free(h->data); }

enum err signals_open(struct loop *loop, int signal_number, void (*on_signal)(void *arg, int signal_number),
                      void *arg, struct signals **ret_signals) {
    struct signals *s = mem_alloc(sizeof *s);
    check(uv_signal_init(&loop->uv, &s->uv) == 0);
    s->uv.data = s;
    s->loop = loop;
    s->on_signal = on_signal;
    s->arg = arg;
    int status = uv_signal_start(&s->uv, on_uv_signal, signal_number);
    if (status != 0) {
        uv_close((uv_handle_t *)&s->uv, on_signals_closed);
        return err_from_uv(status);
    }
    *ret_signals = s;
    return ERR_OK;
}

void signals_close(struct signals *s) {
    if (s) uv_close((uv_handle_t *)&s->uv, on_signals_closed);
}
