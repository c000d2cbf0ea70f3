/* The worker side of one link: runs user code for one edge thread.
 *
 * A worker process has as many `struct worker` as edge has threads, each on a thread and loop of its own,
 * each with the link to its edge thread: they share the account's KV store, the mapped version files, and a
 * `struct crew` with its slow lanes (README.md: lanes). `cusp dev` has one, on edge's own loop, and no crew.
 *
 *   link message -> worker.c finds the stream's isolate (isolates.c makes it when the Worker has none)
 *                -> api_request() / api_message(), which only queue
 *   end of batch -> api_turn() once for each isolate that was given something
 *
 * Isolates: one for each Worker, made at its first request and kept until it is condemned (a limit), replaced
 * (FORGET), or is the one idle longest when there are more than `isolates_max`. Memory of idle ones is
 * trimmed. Thread: the loop's. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/counters.h"
#include "base/err.h"
#include "link/link.h"
#include "loop/loop.h"
#include "state/kv.h"

struct worker;
struct crew;
struct api_pool;

struct worker_config {
    struct loop *loop;
    struct link *link;         /* the worker end; owned from here on */
    const char *code_dir;      /* version files of this account (state/version.h) */
    struct kv_store *kv;       /* may be NULL */
    const char *colo;          /* three letters */
    bool dev, gc;              /* api/api.h */
    struct crew *crew;         /* what it shares with the other lanes of its process; NULL: it is alone */
    struct api_pool *pool;     /* isolates made ahead, shared by the lanes (api/api.h); may be NULL */
    size_t isolates_max;       /* 0: LIMIT_ISOLATES */
    struct profile_desk *desk; /* of the process (api/api.h); may be NULL */
    struct counters *counters; /* this thread's; stays the caller's. NULL: its own, seen by nobody */
    /* The link is down: nothing more will come. May be NULL. */
    void (*on_down)(void *arg);
    void *arg;
};

/* The crew of a process (worker/crew.h): its slow lanes, and the isolates that rest between two lanes. */
struct crew_config {
    const char *code_dir; /* as in worker_config; strings are the caller's and outlive the crew */
    struct kv_store *kv;
    const char *colo;
    bool dev;
    struct api_pool *pool;
    size_t isolates_max;              /* that rest; 0: LIMIT_ISOLATES */
    unsigned slow_lanes;              /* 0..LIMIT_LANES_SLOW: threads */
    struct counters *const *counters; /* one for each slow lane, or NULL */
    struct profile_desk *desk;        /* as in worker_config */
};
unsigned crew_slow_default(void); /* slow lanes for the processors that are there */
MUST_USE enum err crew_new(const struct crew_config *config, struct crew **ret);
/* Ends the slow lanes' threads. Every struct worker of the crew was freed before, and the loops of their threads run no more
 * but are not freed yet. NULL is fine. */
void crew_stop(struct crew *crew);
/* After crew_stop(), kv_close() and the loops of the others. */
void crew_free(struct crew *crew);
struct crew_stats {
    size_t resting, records;
};
void crew_stats(struct crew *crew, struct crew_stats *ret);

struct worker *worker_new(const struct worker_config *config);
/* Frees every isolate; events in flight are cut off. NULL is fine. */
void worker_free(struct worker *w);

/* Defines a Worker and starts its isolate now rather than at its first request, so that an exception at the top level is told at
 * once. The first request finds it warm. On failure the problem has the exception. */
MUST_USE enum err worker_start(struct worker *w, uint32_t number, const char *version_id, struct problem *p);

/* The process is short of memory (worker/pressure.h): frees half of the isolates that have nothing to do, those idle longest
 * first; or all of them. On the worker's thread. */
void worker_relieve(struct worker *w, bool all);
/* The same for those that rest, 64 at most, and for the slow lanes. Any thread; NULL is fine. */
void crew_relieve(struct crew *crew, bool all);
/* Frees those that have rested for `rest_ms`, who rests longest first, at most so many, and says how many. Any thread; NULL is fine. */
size_t crew_retire(struct crew *crew, unsigned rest_ms, size_t most);

struct worker_stats {
    uint64_t requests, cold_starts, evictions, condemned, start_failures;
    uint64_t relayed, shed; /* of `requests`: to a slow lane; refused */
    uint64_t rested, taken; /* isolates laid to rest here, and taken from there */
    size_t isolates;
};
void worker_stats(const struct worker *w, struct worker_stats *ret);

#endif
