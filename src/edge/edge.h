/* The edge: a request's journey from a client's socket to a Worker and back, and a Worker's own requests to
 * the world. All network in and out; no user code, no database.
 *
 * One `struct edge` per event-loop thread; they share nothing but the immutable `struct routes`
 * (edge/routes.h) and the cache store. The process room that hosts it (cli/dev.c, cli/serve_edge.c) gives it
 * sockets, routes and links. Everything here is called on the loop's thread; a host with several threads
 * hands over with loop_post().
 *
 *     edge_new -> edge_set_routes -> edge_listen ... edge_link_up / edge_worker_ready as `prepare` asks
 *     edge_drain (stop accepting, finish what is under way) -> on_drained -> edge_free
 *
 * The journey itself is a table: edge/journey.h. */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/counters.h"
#include "base/err.h"
#include "link/link.h"
#include "loop/loop.h"

struct edge;
struct routes;
struct cache_store;

/* One finished request. Spans are valid during the call. */
struct edge_request_log {
    struct span id;          /* cf-ray, as in every log line of this request */
    uint32_t worker;         /* 0: none was found */
    struct span method, url; /* url is absolute, as the Worker saw it; empty when it was never understood */
    struct span client;      /* the address */
    int status;              /* 0: nothing was sent */
    struct span text;        /* what a developer should know of that; may be empty */
    enum err err;            /* ERR_OK, or what went wrong (also after the status was sent) */
    uint64_t body_in, body_out; /* bytes */
    uint64_t wall_us;           /* from the first byte of the head to the last of the response */
    uint64_t worker_cpu_ns;     /* as DONE reported; 0 when that had not come yet */
};

/* Which addresses fetch() may reach (edge/egress_policy.h). */
struct edge_egress_config {
    const char *ca_file;      /* PEM; NULL: the system's authorities */
    bool deny_private;        /* refuse loopback, private, link-local and other special-purpose addresses */
    const char *const *allow; /* exceptions: "10.1.0.0/16", "::1", "192.0.2.7:8080" */
    size_t allow_count;
};

/* Clocks of connections, in ms; 0: the default of base/limits.h. */
struct edge_timeouts {
    uint32_t head, body, idle, write, prepare, ping, close; /* ping, close: of WebSockets */
};

/* Requests in flight in this edge, of one Worker and of one account: more get 503 with Retry-After, at once, so that one of them can't
 * take the places of the others. 0: the default of base/limits.h. */
struct edge_bounds {
    uint32_t worker_requests, account_requests;
};

struct edge_config {
    struct loop *loop;
    const char *colo;                 /* three letters: this PoP's name, for cf-ray and request.cf.colo */
    bool dev;                         /* error pages show the developer's text */
    struct cache_store *cache;        /* shared by all edge threads; NULL: nothing is ever stored */
    struct edge_egress_config egress; /* copied */
    struct edge_timeouts timeouts;
    struct edge_bounds bounds;
    struct counters_edge_block *counters; /* what it counts in (base/counters.h); NULL: in its own */
    /* A request arrived for a Worker that is not ready (edge/routes.h). The host prepares it (bundles, starts
     * the account's worker process, edge_link_up()) and answers with edge_worker_ready() or
     * edge_worker_failed(), later, never from inside this call. Requests wait meanwhile, bounded in number
     * (LIMIT_EDGE_WAITING) and time (LIMIT_EDGE_PREPARE_MS). Called once per Worker until answered. May be
     * NULL: the host answers unasked. */
    void (*prepare)(void *arg, struct edge *edge, uint32_t worker);
    /* A link went down: the host brings up another process and calls edge_link_up(). The link is closed
     * already. Requests for the account wait as above. May be NULL: then they fail at once. */
    void (*on_link_down)(void *arg, struct edge *edge, uint32_t account, enum err why, const char *reason);
    /* A LOG message of a Worker (console.*). `request` is the id of the request that it belongs to, or empty.
     * May be NULL. */
    void (*on_log)(void *arg, uint32_t worker, int level, struct span request, struct span text);
    /* Each finished request. May be NULL. */
    void (*on_request)(void *arg, const struct edge_request_log *log);
    void *arg;
};

/* ERR_INVALID: egress.allow has what is no address; the problem quotes it. */
MUST_USE enum err edge_config_check(const struct edge_config *config, struct problem *p);
/* Never fails for a config that passes edge_config_check(). It is copied; its strings must outlive the edge. */
struct edge *edge_new(const struct edge_config *config);
/* Closes everything at once: connections, fetches, links. Any time after edge_new(). The memory of what the
 * loop still closes is returned by the loop; so run the loop once more (or loop_free() it) after this. NULL
 * is fine. */
void edge_free(struct edge *edge);

/* Accepts on `fd` (tcp_bind()), which it owns from then on, also when it fails. Any number of sockets. */
MUST_USE enum err edge_listen(struct edge *edge, int fd, struct problem *p);
/* The port of the i-th socket, 0 when there is none. */
uint16_t edge_port(const struct edge *edge, size_t i);

/* The table from now on; the edge takes its own reference. Requests under way finish with the one they
 * started with. A Worker whose version differs from the one before is defined anew; one that is gone is
 * forgotten (FORGET). */
void edge_set_routes(struct edge *edge, const struct routes *routes);

/* The account's link; the edge owns it from then on. It replaces one that was there (whose requests finish on
 * the old one, unless it breaks). When a link breaks, requests that had no answer yet are sent once more over the next one, if
 * their method is idempotent and their body is still here (request_retry.c); the others get 502. */
void edge_link_up(struct edge *edge, uint32_t account, struct link *link);
/* Answers to `prepare`, or unasked: from now on new requests go to this version (32 hex digits; "" keeps the
 * one in the routes), or all get this failure: `text` is shown in dev, logged otherwise. */
void edge_worker_ready(struct edge *edge, uint32_t worker, const char *version_id);
void edge_worker_failed(struct edge *edge, uint32_t worker, enum err why, struct span text);

/* The Worker brought its process down and is held back: for `ms` from now its requests get 503 with Retry-After, and those that
 * were in the process get 502 rather than another try. Comes before the edge_link_up() of the next process. 0: no more. */
void edge_worker_quarantine(struct edge *edge, uint32_t worker, uint64_t ms);

/* Its first request is near: the worker process starts an isolate if it has none (WARM). Done by itself when a Worker that is in
 * use has a new version, and for those in use when their process is replaced (edge_link_up()). Nothing happens when the Worker or
 * its link is not ready. */
void edge_warm(struct edge *edge, uint32_t worker);

/* For log lines; empty when it is not known. Valid until the next edge_set_routes(). */
struct span edge_worker_name(const struct edge *edge, uint32_t worker);

/* Runs the Worker's scheduled handler. `done` comes later, exactly once: ERR_OK, or why not with a text.
 * ERR_NOT_FOUND: no such Worker. ERR_OVERLOAD: its link is not up or full. */
MUST_USE enum err edge_scheduled(struct edge *edge, uint32_t worker, int64_t time_ms, struct span cron,
                                 void (*done)(void *arg, enum err why, struct span text), void *arg);

/* Runs the test handler of one of its exports (`cusp test`), in the same way. With an empty name nothing runs: `text` is then the
 * names of all exports that have one, each with a line feed behind it. */
MUST_USE enum err edge_test(struct edge *edge, uint32_t worker, struct span name,
                            void (*done)(void *arg, enum err why, struct span text), void *arg);

/* Stops accepting, closes idle connections, answers the rest with `Connection: close`. on_drained comes once,
 * from the loop, when all are gone or `within_ms` has passed. */
void edge_drain(struct edge *edge, uint64_t within_ms, void (*on_drained)(void *arg), void *arg);

struct edge_stats {
    uint64_t connections, requests, rejected, shed, failed; /* since the start */
    uint64_t subrequests, bytes_in, bytes_out;
    uint32_t open_connections, open_requests, open_fetches; /* now */
};
void edge_stats(const struct edge *edge, struct edge_stats *ret);

#endif
