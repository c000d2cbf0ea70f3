/* A request to the world, by libcurl: connections are kept and shared (HTTP/1.1, and HTTP/2 over TLS), bodies
 * stream both ways with backpressure, redirects follow the Fetch standard (section 4.4, HTTP-redirect fetch).
 *
 * Nothing is added that the caller did not ask for: no cookies, no Accept, no User-Agent, no decompression, no
 * proxy of the environment. Addresses are judged by edge/egress_policy.h when a socket is opened, so a name that
 * resolves to a private address is caught too.
 *
 * The life of a fetch: fetch_start() -> head() or failed(), once, later, from the loop. After failed(), and
 * after a head() without `body`, it is gone. After a head() with a body it lives until that body ends; the end
 * is told there. Private to edge/; loop's thread. */
#ifndef EDGE_FETCH_H
#define EDGE_FETCH_H

#include "edge/body.h"
#include "edge/inside.h"
#include "http/fields.h"

struct fetch;

enum fetch_redirect { FETCH_FOLLOW, FETCH_MANUAL, FETCH_ERROR };

struct fetch_request {
    struct span method, url;
    struct http_fields fields; /* hop-by-hop ones, Host and Content-Length are left out */
    bool has_body;
    struct span bytes; /* the whole body, or */
    struct body *body; /* where it comes from; taken over, also when the fetch fails */
    uint64_t length;   /* of `body`; BODY_LENGTH_UNKNOWN: sent in chunks */
    enum fetch_redirect redirect;
    bool to_origin;   /* the operator named the address: the egress policy does not apply */
    uint32_t account; /* whose it is: names are looked up in turn (edge/names.h) */
};

struct fetch_head {
    int status;
    struct span reason, url; /* url: the final one */
    struct http_fields fields;
    bool redirected;
    bool has_body;     /* false: HEAD, 204, 304 ... */
    struct span bytes; /* the whole body, when it was here already and small; else */
    struct body *body; /* the callee's to attach or to stop; NULL when `bytes` is all */
    uint64_t length;   /* BODY_LENGTH_UNKNOWN when the origin did not say */
};

struct fetch_events {
    void (*head)(void *arg, const struct fetch_head *head); /* spans are valid during the call */
    void (*failed)(void *arg, enum err why, struct span text);
};

/* Copies what it needs. Never fails at once: failed() says it from the loop. `arg` is of the events. */
struct fetch *fetch_start(struct edge *edge, const struct fetch_request *request,
                          const struct fetch_events *events, void *arg);
/* Before head() or failed(): no callback follows. */
void fetch_cancel(struct fetch *f);

/* What edge/dial.h shares with it. */
struct names *egress_names(struct egress *e);
const struct egress_policy *egress_policy_of(const struct egress *e);

struct egress *egress_new(struct edge *edge);
/* Ends all fetches without callbacks (bodies under way are broken) and closes all connections. */
void egress_free(struct egress *e);

#endif
