/* Which isolate runs which Worker: definitions by number, their isolates, eviction. Private to worker/. */
#ifndef WORKER_ISOLATES_H
#define WORKER_ISOLATES_H

#include "api/api.h"
#include "base/list.h"
#include "base/slab.h"
#include "worker/crew.h"
#include "worker/lane.h"
#include "worker/verdict.h"
#include "worker/worker.h"

/* What DEFINE said, and the isolate that runs it, if any. */
struct definition {
    uint32_t number;
    char id[33];    /* the version's */
    bool forgotten; /* FORGET: goes when its isolate is idle */
    struct resident *resident;
    struct counters_row *row; /* where it is counted; from its first isolate on */
    struct record *record;    /* of this version, shared with other lanes; NULL without a crew */
    /* On a port, for its slow lane (relay.c): */
    uint32_t told;    /* a bit for each slow lane that knows this version */
    uint32_t version; /* counts versions: what a slow lane says of an earlier one is void */
    uint32_t slow_requests, slow_waiting; /* under way there; of those: not begun */
    uint64_t slow_mean_ns;                /* CPU of one of its events there, lately; 0: not known */
};

/* A live isolate. */
struct resident {
    struct api *api;
    struct definition *definition; /* NULL once another one has taken its place */
    struct list by_use;            /* least recently used first */
    struct seat seat;              /* in the lane: it has something to do */
    struct list leaving;           /* in worker->leaving */
    struct trial trial;
    struct record *record;         /* its version's; NULL without a crew */
    const struct version *version; /* a reference */
    uint64_t used_ms;              /* loop's clock at its last event */
    uint64_t begun_before;         /* api_stats.begun when it came to this lane */
    uint64_t given, settled;       /* events it was given here; of those: that no longer wait */
    uint32_t proven_turns;         /* since it could have left as proven, and was not quiet */
    bool condemned;                /* to be freed at the end of the batch */
    bool idle;
    struct counters_isolate *shown; /* NULL: too many to be shown */
};

struct worker {
    struct worker_config config;
    struct definition **definitions; /* by number; NULL where none */
    size_t definition_cap;
    struct list residents; /* struct resident.by_use */
    struct lane *lane;     /* of this thread: its own, or the slow lane that it shares with others */
    struct lane own_lane;
    bool is_slow;        /* its link is a bridge to a port */
    unsigned slow_index; /* which slow lane */
    struct list leaving; /* struct resident.leaving: to be laid to rest */
    struct deferred leave;
    struct timer *rest;    /* looks for who has been quiet for a while; NULL without a crew */
    struct relay **relays; /* to each slow lane, made when first needed; NULL: everything runs here */
    struct list unbegun;   /* events whose isolate ended before they began (unbegun.c) */
    struct deferred sweep; /* frees what is condemned, forgotten or too many */
    size_t relieve;        /* so many idle ones go at the next sweep */
    struct loop_idle *quiet;
    struct owner *owners; /* edge's streams, by their slab index: see streams.c */
    size_t owner_cap;
    struct slab own_streams; /* streams born here -> struct resident */
    struct worker_stats stats;
    struct counters *counters;
    struct counters_file *own_counters; /* of who was given none */
};

/* DEFINE and FORGET. ERR_TOO_LARGE when the number is beyond LIMIT_WORKERS. */
MUST_USE enum err isolates_define(struct worker *w, uint32_t number, struct span version_id);
void isolates_forget(struct worker *w, uint32_t number);
/* The Worker's isolate, made now when there is none. */
MUST_USE enum err isolates_get(struct worker *w, uint32_t number, struct resident **ret, struct problem *p);
/* An event for it. ERR_OVERLOAD: it has, or the lane has, too many. */
MUST_USE enum err isolates_event(struct worker *w, struct resident *r, const struct message *m);
/* It has messages: it gets its turn at the end of the batch. */
void isolates_touch(struct worker *w, struct resident *r);
/* Turns of whoever has a seat in the lane. */
void isolates_turn(struct worker *w);
bool isolates_seat_turn(struct seat *s, unsigned rows, struct lane_used *used);
struct definition *isolates_find(const struct worker *w, uint32_t number);
void isolates_setup(struct worker *w);
void isolates_close(struct worker *w);

/* An event for its Worker's isolate: REQUEST, SCHEDULED or TEST. */
void worker_event(struct worker *w, const struct message *m);

/* Events that wait for a fresh isolate (unbegun.c). Their number is bounded by what an isolate may have in flight. */
void unbegun_add(struct worker *w, const struct message *m); /* copies it */
/* From the loop. False: there was none. Touched isolates still need their turn. */
bool unbegun_dispatch(struct worker *w);
void unbegun_drop(struct worker *w);

/* Streams (streams.c): who owns one. */
/* ERR_OVERLOAD: no edge numbers that high (LIMIT_LINK_STREAMS). */
MUST_USE enum err streams_adopt(struct worker *w, uint64_t stream, struct resident *r);
struct resident *streams_owner(const struct worker *w, uint64_t stream);
/* The other way: it is served by slow lane `lane`, for definition `number` of that version. */
MUST_USE enum err streams_adopt_slow(struct worker *w, uint64_t stream, unsigned lane,
                                     const struct definition *d);
/* Who serves it: -1 this lane or nobody, else the slow lane. */
int streams_lane(const struct worker *w, uint64_t stream);
/* It has ended in its slow lane. False: it was not there. */
bool streams_end_slow(struct worker *w, uint64_t stream, uint32_t *ret_number, uint32_t *ret_version);
void streams_drop_all(struct worker *w, const struct resident *r);
uint64_t streams_open(struct worker *w, struct resident *r);
void streams_close(struct worker *w, uint64_t stream);

/* Slow lanes as a port sees them (relay.c). */
/* Shall this event run in a slow lane? */
bool relay_wants(const struct worker *w, const struct definition *d);
/* Sends it there, or refuses it: ERR_OVERLOAD. */
MUST_USE enum err relay_event(struct worker *w, struct definition *d, const struct message *m);
/* A message of a stream that a slow lane serves. */
void relay_forward(struct worker *w, unsigned lane, const struct message *m);
void relay_warm(struct worker *w, struct definition *d, const struct message *m);
/* What is under way in slow lanes for this version counts no more: it goes, or another takes its place. */
void relay_void(struct definition *d);
/* Slow lanes that know the Worker forget it, or hear of its new version. */
void relay_forget(struct worker *w, struct definition *d);
void relay_define(struct worker *w, const struct definition *d);
void relays_setup(struct worker *w);
void relays_close(struct worker *w);
/* On the slow lane: events of a Worker no longer wait. `d` NULL: of one that is not served any more. */
void relay_report(struct worker *w, const struct definition *d, uint32_t settled, uint64_t mean_ns);

/* The worker at the far end of a port's bridge (crew.c). */
struct worker *worker_new_slow(const struct worker_config *config, struct lane *lane, unsigned index);
/* FAILED and DONE for an event that no isolate takes. */
void worker_send_failed(struct worker *w, uint64_t stream, enum err why, struct span text);

#endif
