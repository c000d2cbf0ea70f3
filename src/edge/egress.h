/* libcurl's multi interface on our loop: its sockets (loop/poll.h), its one timer, a stock of easy handles.
 * And one transfer: a single request and response, without redirects. Private to edge/; curl/ is included by
 * egress.c, transfer.c and this header only. Loop's thread. */
#ifndef EDGE_EGRESS_H
#define EDGE_EGRESS_H

#include <curl/curl.h>

#include "edge/egress_policy.h"
#include "edge/fetch.h"
#include "edge/names.h"

enum { EGRESS_SPARE_HANDLES = 64 };

struct egress {
    struct edge *edge;
    CURLM *multi;
    CURLSH *share; /* TLS sessions, for all handles */
    struct timer *timer;
    struct egress_policy *policy;
    struct names *names;
    struct turnstile *turnstile; /* for transfers */
    struct list fetches;
    CURL *spare[EGRESS_SPARE_HANDLES];
    unsigned spare_count;
    bool working; /* inside curl_multi_socket_action() */
};

CURL *egress_take(struct egress *e);
void egress_give(struct egress *e, CURL *easy);

/* One transfer. Its owner gets the head, then the body through `body`, then done(). Never from inside
 * transfer_start(). */
struct transfer;
struct transfer_owner {
    /* Final head (no 1xx). False: the body is not wanted, done() will follow; true: body() hands it over. */
    bool (*head)(void *arg);
    void (*body)(void *arg, struct body *body);
    void (*done)(void *arg, enum err why, struct span text);
};

struct transfer {
    struct egress *egress;
    const struct transfer_owner *owner;
    void *arg;
    CURL *easy;
    struct curl_slist *lines, *resolved;
    struct arena *arena;
    struct deferred unpause;
    bool started;
    bool to_origin; /* the egress policy does not apply */

    /* up */
    struct span up_bytes; /* the rest of an inline body */
    size_t up_sent;
    struct body *up; /* or where it comes from */
    struct buf up_held;
    size_t up_at;
    bool up_streams, up_ended, up_paused;
    enum err up_why;

    /* down */
    int status;
    struct span reason;
    struct http_fields fields;
    size_t head_bytes;
    bool head_done, down_paused, discarding;
    struct body *down; /* NULL when nobody wants it any more */
    uint64_t discarded;
    enum err fault; /* why we stopped it ourselves */
    char error[CURL_ERROR_SIZE];
};

struct transfer_request {
    struct span method, url;
    const struct http_fields *fields;
    bool has_body;
    struct span bytes;
    struct body *body; /* taken over */
    uint64_t length;
    bool to_origin;       /* as of struct fetch_request */
    struct span resolved; /* "host:port:address,..." (CURLOPT_RESOLVE); empty: the URL has an address */
};

/* Memory of the head is taken from `arena`. The request's spans must live until it is done. */
void transfer_start(struct transfer *t, struct egress *e, struct arena *arena,
                    const struct transfer_request *r, const struct transfer_owner *owner, void *arg);
/* Called by egress.c. */
void transfer_finished(struct transfer *t, CURLcode code);
/* Stops it wherever it is and gives everything back; no callback follows. Fine when done, and twice. */
void transfer_close(struct transfer *t);

#endif
