/* The edge: a request's journey from a client's socket to a Worker and back, and a Worker's own requests to
 * the world. All network in and out; no user code, no database.
 *
 * One `struct edge` per event-loop thread; they share nothing but the read-only `struct routes`
 * (edge/routes.h) that the process swaps on a reload. The process room that hosts it (cli/dev.c,
 * cli/serve_edge.c) gives it sockets, routes and links. */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/err.h"
#include "link/link.h"
#include "loop/loop.h"

struct edge;
struct routes;
struct cache_store;

struct edge_config {
    struct loop *loop;
    const char *colo;          /* three letters: this PoP's name, for cf-ray and request.cf.colo */
    bool dev;                  /* error pages show the developer's text */
    struct cache_store *cache; /* shared by all edge threads; NULL: nothing is ever stored */
    /* A request arrived for a Worker that is not `ready` yet (edge/routes.h). The host prepares it (bundles,
     * starts the account's worker process) and answers with edge_worker_ready() or edge_worker_failed(),
     * later, never from inside this call. Requests wait meanwhile, bounded in number and time. Called once
     * per Worker until answered. */
    void (*prepare)(void *arg, struct edge *edge, uint32_t worker);
    /* A link went down: the host brings up another process and calls edge_link_up(). */
    void (*on_link_down)(void *arg, struct edge *edge, uint32_t account);
    /* A LOG message of a Worker (console.*), and each finished request. May be NULL. */
    void (*on_log)(void *arg, uint32_t worker, int level, struct span text);
    void (*on_request)(void *arg, const struct edge_request_log *log);
    void *arg;
};

#endif
