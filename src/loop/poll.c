#include "loop/poll.h"

#include "loop/inside.h"

struct poll {
    uv_poll_t uv;
    struct loop *loop;
    int fd;
    unsigned wanted;
    void (*on_ready)(void *arg, int fd, unsigned ready);
    void *arg;
};

static void on_uv_poll(uv_poll_t *uv, int status, int events) {
    struct poll *p = uv->data;
    loop_touch(p->loop);
    unsigned ready = status != 0 ? POLL_ERROR | p->wanted : 0;
    if (events & UV_READABLE) ready |= POLL_READ;
    if (events & UV_WRITABLE) ready |= POLL_WRITE;
    p->on_ready(p->arg, p->fd, ready); /* after an error libuv has stopped polling: the owner sees to it */
}

enum err poll_open(struct loop *loop, int fd, void (*on_ready)(void *arg, int fd, unsigned ready), void *arg,
                   struct poll **ret_poll) {
    struct poll *p = mem_alloc(sizeof *p);
    int status = uv_poll_init(&loop->uv, &p->uv, fd);
    if (status != 0) {
        mem_free(p);
        return ERR_INVALID;
    }
    p->uv.data = p;
    p->loop = loop;
    p->fd = fd;
    p->on_ready = on_ready;
    p->arg = arg;
    *ret_poll = p;
    return ERR_OK;
}

void poll_set(struct poll *p, unsigned wanted) {
    p->wanted = wanted & (POLL_READ | POLL_WRITE);
    int events = (wanted & POLL_READ ? UV_READABLE : 0) | (wanted & POLL_WRITE ? UV_WRITABLE : 0);
    if (events) {
        uv_poll_start(&p->uv, events, on_uv_poll);
    } else {
        uv_poll_stop(&p->uv);
    }
}

static void on_poll_closed(uv_handle_t *h) { mem_free(h->data); }

void poll_close(struct poll *p) {
    if (p) uv_close((uv_handle_t *)&p->uv, on_poll_closed);
}
