/* What the lanes of one worker process share: the records of versions, the isolates that rest between two lanes, and the slow
 * lanes themselves.
 *
 *   record  one for each (Worker, version) that some lane was told of: its verdict (worker/verdict.h), its slow lane, its resting
 *           isolates. Lives as long as somebody holds it.
 *   rest    an isolate without a loop (api_detach()): quiet in its lane for a while, proven, or exposed. Whoever needs one of that
 *           version takes it, with the state of its JavaScript, instead of starting one. So a Worker with little traffic has one
 *           isolate, whichever thread its requests come to, and a Worker that changes its lane takes it along. At most as many
 *           as isolates_max rest; the one that rests longest goes. Their memory is trimmed on a slow lane.
 *   slow    threads of their own, of low priority (LANE_NICE), with a loop each. A port reaches one over a link_bridge(): at the other
 *           end is a struct worker like its own (worker/relay.c). A version has one slow lane at a time, so it never has more than
 *           one of these threads.
 *
 * Threads: everything but crew_free() may be called from any lane. */
#ifndef WORKER_CREW_H
#define WORKER_CREW_H

#include "api/api.h"
#include "base/list.h"
#include "worker/lane.h"
#include "worker/verdict.h"
#include "worker/worker.h"

struct record {
    struct crew *crew;
    struct verdict verdict;
    _Atomic uint32_t slow_lane, slow_requests; /* requests: under way there */
    _Atomic uint32_t isolates, resting;        /* alive in all lanes; of those: at rest */
    /* under the crew's lock: */
    unsigned refs;
    struct list rests; /* struct rest.of_record, the last to come first */
    char key[36];      /* number, version id */
};

/* An isolate that rests. */
struct rest {
    struct api *api;
    const struct version *version;
};

/* NULL crew: NULL. `id` has 32 characters. */
struct record *crew_record(struct crew *crew, uint32_t number, const char *id);
void record_release(struct record *r); /* NULL is fine */

/* Lets it rest; whoever rests longest is freed when there are too many. */
void record_rest(struct record *r, struct rest rest);
/* False: none rests. The caller has the version's reference. */
bool record_take(struct record *r, struct rest *ret);
/* Its Worker's version is not served any more: what rests is freed. */
void record_clear(struct record *r);

/* The slow lane for its next request: the one it has, unless that is at work for others, nothing of it is under way there, and
 * another is free. */
unsigned record_slow_lane(struct record *r);
unsigned crew_slow_lanes(const struct crew *crew);
struct loop *crew_slow_loop(const struct crew *crew, unsigned lane);
/* On the lane's thread: a struct worker at this end of a bridge. */
void crew_slow_serve(struct crew *crew, unsigned lane, struct link *link);
/* How many seats are taken there, for who looks for a free one. */
void crew_slow_load(struct crew *crew, unsigned lane, unsigned seats);

#endif
