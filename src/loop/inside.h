/* What the files of this room share and nobody else sees: the room's objects hold libuv handles, and uv.h
 * stays in this room. */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include <pthread.h>
#include <uv.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "loop/deadline.h"
#include "loop/loop.h"
#include "loop/stream.h"

struct post {
    void (*run)(void *arg);
    void *arg;
};

struct posts {
    struct post *items;
    size_t count, cap;
};

/* A free cork buffer, linked through its own first bytes. */
struct cork {
    struct cork *next;
};

enum { LOOP_CORKS_KEPT = 256 };

struct loop {
    uv_loop_t uv;
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_idle_t spin; /* active: the next poll does not block */
    uv_async_t wake;
    struct list deferred;
    struct list flushes; /* streams with corked bytes */
    struct list idles;
    uint64_t active_ms; /* when something last happened */
    uint64_t batch_us;  /* 0: nobody has asked since the last poll */
    bool stopping;      /* until loop_run() has obeyed */
    bool idles_asleep;  /* at least one has run and waits for something to happen */
    pthread_mutex_t post_lock;
    struct posts posted; /* under post_lock */
    struct posts taken;  /* being run */
    struct cork *corks;
    size_t cork_count;
    size_t work_count;
    struct deadline_queue *linger; /* made when first needed */
    char read_buffer[STREAM_READ_BYTES];
};

void loop_wake_idles(struct loop *loop);

/* Something happened: idle time starts anew. */
static inline void loop_touch(struct loop *loop) {
    loop->active_ms = uv_now(&loop->uv);
    if (loop->idles_asleep) loop_wake_idles(loop);
}

char *loop_cork_take(struct loop *loop);
void loop_cork_give(struct loop *loop, char *cork);

/* From a negative libuv status. */
enum err err_from_uv(int status);

struct stream {
    union {
        uv_handle_t handle;
        uv_stream_t uv;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    struct loop *loop;
    const struct stream_events *events; /* never NULL */
    void *arg;
    struct list flush; /* in loop->flushes while bytes are corked */
    char *cork;        /* small writes of this iteration; NULL when there are none */
    size_t cork_len;
    struct buf queue;  /* what the kernel did not take, behind `flight` */
    struct buf flight; /* libuv is writing it; must not move */
    size_t low_water, queue_limit;
    uint64_t handed_bytes; /* to libuv or the kernel */
    uint64_t received_bytes;
    union {
        uv_write_t write;
        uv_connect_t connect; /* nothing is written before the connection is established */
    } request;
    uv_shutdown_t shutdown;
    struct deferred broken_event;
    enum err broken;
    struct deadline linger;
    uint64_t linger_received, linger_handed;
    uint32_t linger_stalled_ms;
    bool started, reading, paused, ended;    /* receiving */
    bool connecting, flying, above_low;      /* sending */
    bool shut_wanted, shut_begun, shut_done; /* sending has an end */
    bool closing, lingering;
};

/* Zeroed and initialised but for the libuv handle. */
struct stream *loop_stream_new(struct loop *loop);
/* An outgoing connection is established, or not (status < 0). */
void stream_connected(struct stream *s, int status);
void stream_flush_corked(struct stream *s);

#endif
