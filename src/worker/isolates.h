/* Which isolate runs which Worker: definitions by number, their isolates, eviction. Private to worker/. */
#ifndef WORKER_ISOLATES_H
#define WORKER_ISOLATES_H

#include "api/api.h"
#include "base/list.h"
#include "base/slab.h"
#include "worker/worker.h"

/* What DEFINE said, and the isolate that runs it, if any. */
struct definition {
    uint32_t number;
    char id[33];    /* the version's */
    bool forgotten; /* FORGET: goes when its isolate is idle */
    struct resident *resident;
    struct counters_row *row; /* where it is counted; from its first isolate on */
};

/* A live isolate. */
struct resident {
    struct api *api;
    struct definition *definition; /* NULL once another one has taken its place */
    struct list by_use;            /* least recently used first */
    struct list dirty;             /* was given messages in this batch */
    bool condemned;                /* to be freed at the end of the batch */
    bool idle;
    struct counters_isolate *shown; /* NULL: too many to be shown */
};

struct worker {
    struct worker_config config;
    struct definition **definitions; /* by number; NULL where none */
    size_t definition_cap;
    struct list residents; /* struct resident.by_use */
    struct list dirty;
    struct list unbegun;   /* events whose isolate ended before they began (unbegun.c) */
    struct deferred sweep; /* frees what is condemned, forgotten or too many */
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
/* It has messages: it gets its turn at the end of the batch. */
void isolates_touch(struct worker *w, struct resident *r);
/* Gives every touched isolate its turn. */
void isolates_turn(struct worker *w);
void isolates_setup(struct worker *w);
void isolates_close(struct worker *w);

/* An event for its Worker's isolate: REQUEST or SCHEDULED. */
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
void streams_drop_all(struct worker *w, const struct resident *r);
uint64_t streams_open(struct worker *w, struct resident *r);
void streams_close(struct worker *w, uint64_t stream);

#endif
