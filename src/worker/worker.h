/* The worker side of one link: runs user code for one edge thread.
 *
 * A worker process has as many `struct worker` as edge has threads, each on a thread and loop of its own,
 * each with the link to its edge thread: nothing is shared between them but the account's KV store and the
 * mapped version files. `cusp dev` has one, on edge's own loop.
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
struct api_pool;

struct worker_config {
    struct loop *loop;
    struct link *link;    /* the worker end; owned from here on */
    const char *code_dir; /* version files of this account (state/version.h) */
    struct kv_store *kv;  /* may be NULL */
    const char *colo;     /* three letters */
    bool dev;
    struct api_pool *pool;     /* isolates made ahead, shared by the lanes (api/api.h); may be NULL */
    size_t isolates_max;       /* 0: LIMIT_ISOLATES */
    struct profile_desk *desk; /* of the process (api/api.h); may be NULL */
    struct counters *counters; /* this thread's; stays the caller's. NULL: its own, seen by nobody */
    /* The link is down: nothing more will come. May be NULL. */
    void (*on_down)(void *arg);
    void *arg;
};

struct worker *worker_new(const struct worker_config *config);
/* Frees every isolate; events in flight are cut off. NULL is fine. */
void worker_free(struct worker *w);

/* Defines a Worker and starts its isolate now rather than at its first request, so that an exception at the top level is told at
 * once. The first request finds it warm. On failure the problem has the exception. */
MUST_USE enum err worker_start(struct worker *w, uint32_t number, const char *version_id, struct problem *p);

struct worker_stats {
    uint64_t requests, cold_starts, evictions, condemned, start_failures;
    size_t isolates;
};
void worker_stats(const struct worker *w, struct worker_stats *ret);

#endif
