/* What the files of this room share: the edge itself, Workers and accounts as one edge sees them. Private to
 * edge/. Loop's thread. */
#ifndef EDGE_INSIDE_H
#define EDGE_INSIDE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/slab.h"
#include "crypto/random.h"
#include "edge/edge.h"
#include "edge/routes.h"
#include "http/date.h"
#include "http/h1.h"
#include "http/url.h"
#include "loop/deadline.h"
#include "loop/timer.h"

struct peer;
struct request;
struct egress;

/* A Worker and its place in this edge. Made at its first request, so that Workers nobody asks for cost
 * nothing. Lives until no snapshot has it and no request is under way. */
struct edge_worker {
    uint32_t number;
    struct account *account;
    struct buf name, origin, failure; /* own copies: snapshots come and go */
    enum { WORKER_PREPARE, WORKER_ASKED, WORKER_READY, WORKER_FAILED } state;
    enum err why;           /* of WORKER_FAILED */
    char version[32];       /* all zero while not known */
    uint64_t defined_on;    /* id of the peer that knows this version; 0: none */
    uint32_t requests;      /* under way */
    uint64_t used_ms;       /* loop_now_ms() of its last request; 0: none yet */
    uint64_t held_until_ms; /* loop_now_ms(); 0: it is not held back */
    uint32_t service;       /* the Worker that it called last (service.h); 0: none */
    bool listed;            /* the present snapshot has it */
};

struct account {
    uint32_t number;
    struct peer *peer;      /* NULL: no link */
    struct list waiting;    /* requests: until the Worker is ready and the link up */
    struct list calls;      /* service bindings that wait for the same (service.h) */
    uint32_t waiting_count; /* of both */
    uint32_t requests;      /* under way, of all its Workers */
};

struct edge_listener {
    struct list node;
    struct edge *edge;
    struct tcp_listener *tcp;
};

struct edge {
    struct edge_config config;
    struct loop *loop;
    const struct routes *routes;
    uint64_t routes_generation; /* counts edge_set_routes(): a connection's remembered route is of one */
    struct map *workers;        /* number -> struct edge_worker */
    struct map *accounts;       /* number -> struct account */
    struct h1_limits limits;
    struct list peers, listeners, connections;
    uint64_t peer_ids;
    struct slab requests; /* stream id -> struct request or scheduled event: their struct exchange */
    struct request *spare_requests;
    uint32_t spare_count;
    struct deadline_queue *head_timeout, *body_timeout, *idle_timeout, *write_timeout, *prepare_timeout,
        *ping_timeout, *dial_timeout, *close_timeout;
    char date[HTTP_DATE_LEN];
    int64_t date_s;
    uint64_t date_at_ms; /* the loop's time when it was looked at last */
    struct buf scratch;  /* of one call */
    struct url url;      /* of one call */
    uint64_t ray;
    struct egress *egress;
    struct list websockets;                       /* edge/websocket.c */
    struct list dials;                            /* edge/dial.c */
    struct map *dials_of;                         /* account -> how many, as a pointer */
    struct tls_trust *trust;                      /* edge/dial.c: made when it is first needed */
    struct h1_limits answers;                     /* of responses to handshakes */
    struct list cache_ops;                        /* whatever may have work under way on the pool */
    struct counters_edge_block *count, uncounted; /* count: config.counters, or uncounted when that is NULL */
    bool draining, freeing, paused;
    struct timer *drain_timer;
    struct deferred drained;
    void (*on_drained)(void *arg);
    void *drain_arg;
};

/* edge.c */
struct span edge_date(struct edge *edge);
/* "0123456789abcdef": no two requests of this process have the same; not guessable from outside. */
void edge_next_ray(struct edge *edge, char to[16]);
/* To be called when something that draining waits for has gone. */
void edge_look_drained(struct edge *edge);

/* workers.c */
struct edge_worker *worker_get(struct edge *edge, const struct routes_worker *info);
struct edge_worker *worker_find(const struct edge *edge, uint32_t number);
/* Also one that nobody has asked for yet; NULL when no snapshot knew it. */
struct edge_worker *worker_named(struct edge *edge, uint32_t number);
struct account *account_get(struct edge *edge, uint32_t number);
/* A request of it begins. False: there are too many of this Worker or its account; it is counted all the same. */
MUST_USE bool worker_take(struct edge *edge, struct edge_worker *w);
void worker_release(struct edge *edge, struct edge_worker *w); /* a request is over */
/* Can a request go out now? Asks the host to prepare it when nobody has. */
bool worker_dispatchable(struct edge *edge, struct edge_worker *w);
/* 0: it may run; else for how long it may not (edge_worker_quarantine()). */
uint64_t worker_held_ms(const struct edge *edge, const struct edge_worker *w);
/* Sends DEFINE when the link does not know this version yet. */
void worker_define(struct edge_worker *w);
void workers_free(struct edge *edge);

#endif
