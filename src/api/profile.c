/* A CPU profile of a live isolate: the engine samples, js/cpuprofile.h reads what it says. */
#include "api/core.h"

#include "loop/clock.h"
#include <pthread.h>
#include <stdatomic.h>

/* Samples are handed in when so much time has passed: in the middle of work, and when the isolate goes idle. */
#define TAKE_BUSY_NS 500000000ull
#define TAKE_IDLE_NS 20000000ull

enum err api_profile_start(struct api *api) {
    if (api->condemned || api->closing || api->in_turn || api->start_state != START_READY)
        return ERR_WORKER_GONE;
    return isolate_profile_start(api->iso);
}

void api_profile_take(struct api *api, struct buf *to) { isolate_profile_take(api->iso, to); }

void api_profile_stop(struct api *api) { isolate_profile_stop(api->iso); }

/* --- The desk ------------------------------------------------------------------------------------------------- */

struct profile_desk {
    _Atomic uint32_t wanted; /* a Worker; 0: none */
    pthread_mutex_t lock;    /* for all that follows */
    uint64_t job;            /* counts opens and closes: odd is open */
    const struct api *holder;
    struct profile_desk_events events;
};

struct profile_desk *profile_desk_new(void) {
    struct profile_desk *d = NEW(struct profile_desk);
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void profile_desk_free(struct profile_desk *d) {
    if (!d) return;
    pthread_mutex_destroy(&d->lock);
    mem_free(d);
}

enum err profile_desk_open(struct profile_desk *d, uint32_t worker,
                           const struct profile_desk_events *events) {
    enum err e = ERR_OK;
    pthread_mutex_lock(&d->lock);
    if (d->job % 2) {
        e = ERR_IN_USE;
    } else {
        d->job++;
        d->holder = NULL;
        d->events = *events;
        atomic_store(&d->wanted, worker);
    }
    pthread_mutex_unlock(&d->lock);
    return e;
}

void profile_desk_close(struct profile_desk *d) {
    pthread_mutex_lock(&d->lock);
    atomic_store(&d->wanted, 0);
    if (d->job % 2) d->job++;
    d->holder = NULL;
    pthread_mutex_unlock(&d->lock);
}

static void give_up(struct api *api) {
    api_profile_stop(api);
    api->profile_at = NULL;
}

static void hand_in(struct api *api, bool rest) {
    struct profile_desk *d = api->profile_at;
    struct buf traces = BUF_INIT;
    api_profile_take(api, &traces);
    api->profile_taken_ns = clock_monotonic_ns();
    pthread_mutex_lock(&d->lock);
    bool wanted = d->job == api->profile_job;
    if (wanted)
        d->events.on_samples(d->events.arg, api->script.prologue_columns, api->config.version, &traces, rest);
    pthread_mutex_unlock(&d->lock);
    buf_free(&traces);
    if (!wanted) give_up(api);
}

/* Takes the job when nobody has it. */
static void apply(struct api *api, struct profile_desk *d) {
    pthread_mutex_lock(&d->lock);
    bool mine = d->job % 2 && !d->holder && atomic_load(&d->wanted) == api->config.worker;
    if (mine) {
        d->holder = api;
        api->profile_job = d->job;
    }
    pthread_mutex_unlock(&d->lock);
    if (!mine) return;
    api->profile_at = d;
    api->profile_taken_ns = clock_monotonic_ns();
    if (api_profile_start(api) != ERR_OK) profile_leave(api);
}

void profile_begins(struct api *api) {
    struct profile_desk *d = api->config.desk;
    if (api->profile_at || !d) return;
    if (atomic_load_explicit(&d->wanted, memory_order_relaxed) == api->config.worker && api->config.worker &&
        api->start_state == START_READY)
        apply(api, d);
}

void profile_ends(struct api *api) {
    if (!api->profile_at) return;
    uint64_t since_ns = clock_monotonic_ns() - api->profile_taken_ns;
    bool rest = !api->in_flight && !api->queue.len;
    if (since_ns >= (rest ? TAKE_IDLE_NS : TAKE_BUSY_NS)) hand_in(api, rest);
}

void profile_leave(struct api *api) {
    struct profile_desk *d = api->profile_at;
    if (!d) return;
    hand_in(api, false);
    if (!api->profile_at) return; /* nobody waits any more */
    pthread_mutex_lock(&d->lock);
    if (d->holder == api) d->holder = NULL;
    pthread_mutex_unlock(&d->lock);
    give_up(api);
}
