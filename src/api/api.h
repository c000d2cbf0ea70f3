/* The Web APIs of one isolate, and the only door between an isolate and the rest of Cusp.
 *
 * worker/ makes one `struct api` per isolate, hands it the messages of its streams, and calls api_turn() once
 * when a batch of messages has been read. Everything a Worker does to the world leaves as messages on `link`
 * (link/messages.h), except KV, which is a direct call into the account's store.
 *
 *     worker: REQUEST -> api_request()   (queued: no JavaScript runs)
 *     worker: other messages of a stream this isolate owns -> api_message()   (queued too)
 *     worker: end of batch -> api_turn()  (enters the isolate ONCE, runs all that is queued, drains
 * microtasks, leaves) api:    RESPONSE, BODY, FETCH, ... on config.link; stream ownership by config.streams
 *
 * Thread: an api belongs to the thread of its loop, which may change while nothing is under way (api_detach());
 * nothing here is called from another one (completions of KV writes and of pool work hop to the loop first). Nothing calls back into worker/ from inside
 * api_request() or api_message().
 *
 * Failure: what goes wrong inside JavaScript ends in FAILED for that request. A terminated isolate (CPU,
 * memory) is `condemned`: it accepts nothing more, all its requests get FAILED, on_condemned tells worker/ to
 * free it and to start another one for the next request. */
#ifndef API_API_H
#define API_API_H

#include "base/counters.h"
#include "base/err.h"
#include "link/head.h"
#include "link/link.h"
#include "loop/loop.h"
#include "state/kv.h"
#include "state/version.h"

struct api;
struct api_pool;

/* Counters of one isolate since it was made, for logs and metrics. */
struct api_stats {
    uint64_t requests, exceptions, subrequests;
    uint64_t begun;  /* of `requests`: that JavaScript has seen */
    uint64_t things; /* events, timers, finished operations that it was told of */
    uint64_t cpu_ns; /* in JavaScript, start-up included */
    uint32_t in_flight;
    uint64_t heap_bytes; /* what it may hold now (js/memory.h) */
};

struct api_config {
    struct loop *loop;
    struct link *link;              /* towards edge */
    const struct version *version;  /* modules and bindings; api keeps a reference */
    struct kv_store *kv;            /* the account's store; NULL when it has no KV */
    uint32_t worker;                /* DEFINE's number: goes into FETCH, CACHE_* and LOG */
    const char *colo;               /* three letters, for cf.colo and logs */
    struct counters_row *row;       /* where its Worker is counted in this lane; NULL: nowhere */
    struct profile_desk *desk;      /* of the process; NULL: it is never profiled */
    struct counters_isolate *shown; /* where it shows itself; NULL: nowhere */
    struct api_pool *pool;          /* isolates made ahead; NULL: api_new() makes one */
    bool gc;                        /* the global scope has gc() (`cusp test`) */
    bool dev;                       /* developer at the keyboard: full stacks in FAILED, warnings in LOG */

    /* worker/ owns stream numbers, because many isolates share one link. */
    uint64_t (*stream_open)(void *arg,
                            struct api *api); /* a new id with STREAM_FROM_WORKER, owned by this api */
    void (*stream_close)(void *arg, uint64_t stream); /* no more messages for it, please */
    /* The isolate was terminated; free it from the loop, not from inside this call. */
    void (*on_condemned)(void *arg, struct api *api, enum err why);
    /* Comes before on_condemned: an event that had not begun when the isolate ended, as a message for another isolate of the same
     * Worker. The stream is nobody's now. Copy it; do not hand it on from inside this call. NULL: it fails with the others. */
    void (*on_unbegun)(void *arg, const struct message *m);
    /* in_flight went to 0: the isolate is idle now. */
    void (*on_idle)(void *arg, struct api *api);
    /* Something of its own (a timer, an operation) wants a turn: worker/ gives it one when it is its turn. NULL: api takes it at
     * the end of the loop's iteration. */
    void (*on_wake)(void *arg, struct api *api);
    void *arg;
};

/* Isolates made ahead, shared by all lanes of a process: with one in stock, api_new() costs what the Worker's own top
 * level costs. A thread of its own, of lower priority, makes them one at a time; nobody waits for it. How many it keeps
 * follows the demand: LIMIT_POOL_LEAST at rest, twice as many whenever half of the stock is gone, at most
 * LIMIT_POOL_MOST, and half as many again after LIMIT_POOL_REST_MS in which none was taken. Any thread. */
MUST_USE enum err api_pool_new(struct api_pool **ret);
/* Waits for the one that is being made. After the last api_new() with it. NULL is fine. */
void api_pool_free(struct api_pool *pool);
struct api_pool_stats {
    uint64_t made, taken, missed; /* missed: api_new() found none and made its own */
    uint32_t stock, wanted;
};
void api_pool_stats(struct api_pool *pool, struct api_pool_stats *ret);

/* --- Which loop and link an api is bound to ---
 *
 * The state of JavaScript does not care which thread runs it. A blank api (pool.h) was made without a loop, on any
 * thread, and one that has nothing under way may leave its loop for another one: api_detach() on the old loop's
 * thread, hand it over (a lock, loop_post()), api_attach() on the new one's. Between the two, only api_attach(),
 * api_stats(), api_trim() and api_free() may be called, by one thread at a time. */

/* Started, and no event, operation, timer, stream or queued message: JavaScript runs again only when an event comes. */
bool api_quiet(const struct api *api);
/* Off its loop and link; the callbacks of its config are forgotten. False when it is not quiet: it stays. */
MUST_USE bool api_detach(struct api *api);
/* Onto config->loop, config->link and the rest of config; `pool` is not looked at. For one that has a Worker already,
 * config->version must be that Worker's. Thread: config->loop's. */
void api_attach(struct api *api, const struct api_config *config);

/* Makes the isolate and evaluates the Worker's top level, under the start-up CPU limit. When the top level
 * awaits something, this returns with the evaluation under way and requests are held until it settles. On
 * failure *ret_problem has the exception with its original position (source map applied). */
MUST_USE enum err api_new(const struct api_config *config, struct api **ret, struct problem *ret_problem);

/* A REQUEST, SCHEDULED or TEST message for this isolate. `message` is copied where needed. ERR_OVERLOAD (more than
 * LIMIT_WORKER_REQUESTS in flight): the caller answers FAILED. */
MUST_USE enum err api_request(struct api *api, const struct message *message);
/* BODY, BODY_END, BODY_ERROR, CREDIT, CANCEL, FETCH_HEAD, FETCH_FAILED, CACHE_*: of a stream this isolate
 * owns or serves. */
void api_message(struct api *api, const struct message *message);
/* Runs what is queued. Cheap when nothing is. */
void api_turn(struct api *api);
/* Runs at most `rows` things of what is queued (events, timers, finished operations), in one entry. True: there is more. */
MUST_USE bool api_turn_some(struct api *api, unsigned rows);

/* Why a condemned isolate ended, and the figures when it was for CPU time or memory. */
struct api_end {
    const char *cause;                                      /* "cpu", "memory", "aborted", "internal" */
    uint64_t cpu_ns, limit_ns;                              /* of the event that was over its budget */
    uint64_t heap_bytes, memory_limit_bytes, process_bytes; /* process: all of its resident memory */
};
void api_end(const struct api *api, struct api_end *ret);

void api_stats(const struct api *api, struct api_stats *ret);
/* A full garbage collection, for an idle isolate (up to some ms). Then js_engine_trim(), once for many of them. */
void api_trim(struct api *api);
/* --- CPU profile (docs/profile.md) ---
 *
 * A Worker runs in isolates on several threads, which come, go and move. So nobody is told to profile: a desk, one for a
 * process, says which Worker is wanted, and the first of its isolates that runs next takes the job, until the desk closes
 * or the isolate ends (then another one may). It hands in what was sampled at the end of its turns. Any thread. */
struct profile_desk;
struct profile_desk_events {
    /* From an isolate's thread, never after profile_desk_close(). `prologue_columns`: js/modules.h, of the module as it runs. `traces`: JSON for cpuprofile_add(), the callee's from
     * here on; `version` is what runs (take a reference to keep it). `rest`: the isolate is idle and has nothing more to
     * hand in for now. Must not call the desk. */
    void (*on_samples)(void *arg, uint32_t prologue_columns, const struct version *version,
                       struct buf *traces, bool rest);
    void *arg;
};
struct profile_desk *profile_desk_new(void);
void profile_desk_free(struct profile_desk *d); /* after the last api that knows it; NULL is fine */
/* ERR_IN_USE: it is open already. */
MUST_USE enum err profile_desk_open(struct profile_desk *d, uint32_t worker,
                                    const struct profile_desk_events *events);
void profile_desk_close(struct profile_desk *d);

/* By hand, for one isolate. On the loop's thread; not from inside an entry. */
/* Samples from now on. ERR_IN_USE: it is profiled already. ERR_WORKER_GONE: condemned or not started. */
MUST_USE enum err api_profile_start(struct api *api);
/* What was sampled since the last take is appended, as JSON for cpuprofile_add(). Takes about 1 ms a 100 samples: once a
 * second is well. */
void api_profile_take(struct api *api, struct buf *to);
void api_profile_stop(struct api *api);

/* Frees the isolate. Requests in flight get FAILED(ERR_WORKER_GONE) first. NULL is fine. */
void api_free(struct api *api);

#endif
