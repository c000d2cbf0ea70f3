/* A request's journey, as a table. RECEIVE, ROUTE, START, DISPATCH, RESPOND, FINISH; REJECT from anywhere.
 * request_go() is the only function that changes the state.
 *
 * A request is born when the first byte of its head arrives, and belongs to its connection until FINISH; then
 * it waits by itself for DONE, because waitUntil() may go on. No row asks the cache: in the Workers model the
 * Worker runs first and decides (Cache API: edge/cache.h). Requests are pooled with their arenas: serving one
 * allocates nothing once the edge is warm. Private to edge/; loop's thread.
 *
 * "It waits" names the clock that runs: head, body (while the request's body is being read), write (while the
 * client does not read) are the connection's (connection.c: arm()), prepare is the request's own. How long a
 * Worker may think about its response is the Worker's limit (CPU), not the edge's. */
#ifndef EDGE_REQUEST_H
#define EDGE_REQUEST_H

#include "edge/connection.h"
#include "edge/exchange.h"
#include "edge/inside.h"
#include "edge/peer.h"
#include "http/h1.h"
#include "http/h1_write.h"
#include "link/head.h"

// clang-format off
/*    state     entered by         it waits at most      the client goes   it fails */
#define JOURNEY_TABLE(X)                                                                                      \
    X(RECEIVE,  journey_receive,   head,                 FINISH,           REJECT) /* bytes become a head */   \
    X(ROUTE,    journey_route,     none,                 FINISH,           REJECT) /* which Worker */          \
    X(START,    journey_start,     prepare,              FINISH,           REJECT) /* its process, version */  \
    X(DISPATCH, journey_dispatch,  body,                 FINISH,           REJECT) /* sent; no answer yet */   \
    X(FORWARD,  journey_forward,   body,                 FINISH,           REJECT) /* to the origin instead */ \
    X(RESPOND,  journey_respond,   write,                ABORT,            ABORT)  /* the head is out */       \
    X(REJECT,   journey_reject,    write,                ABORT,            ABORT)  /* an error page */         \
    X(ABORT,    journey_abort,     none,                 FINISH,           FINISH) /* cut: no clean end */     \
    X(FINISH,   journey_finish,    none,                 FINISH,           FINISH) /* log; await DONE */
// clang-format on

enum journey_state {
#define X(name, enter, limit, on_close, on_fail) JOURNEY_##name,
    JOURNEY_TABLE(X)
#undef X
        JOURNEY_STATES
};

struct fetch;

struct request {
    struct exchange x; /* its stream id is its handle in edge->requests; 0 before DISPATCH */
    struct edge *edge;
    struct connection *conn; /* NULL after FINISH */
    struct edge_worker *worker;
    struct request *next_spare;
    struct arena arena;
    enum journey_state state;

    /* the client's side */
    struct span method, url;   /* in the arena */
    size_t target_at;          /* where path and query begin in url */
    struct http_fields fields; /* of the parser until `kept` */
    struct span inline_body;   /* kept for FORWARD and START, in the arena; ptr NULL: none */
    uint64_t length;
    bool has_body, streams_body, kept, head_only, expects_continue, secure, accepts_html;
    struct span socket_key,
        socket_offers; /* it asks for a WebSocket: in the arena; key.ptr NULL: it does not */
    int minor;
    uint32_t loops; /* CDN-Loop says that it came through here so often already */

    /* why it failed, for REJECT and the log */
    enum err why;
    int reject_status;     /* 0: the error's own */
    struct span developer; /* text for whoever wrote the Worker, in the arena */

    struct span
        sent; /* the REQUEST as it was sent, in the arena, for another try; ptr NULL: there will be none */
    uint8_t sent_flags; /* of that message */
    bool retried;

    struct list wait; /* START: in account->waiting */
    struct deadline prepare;

    /* the response */
    struct body *out; /* being written to the client */
    struct fetch *forward;
    enum h1_framing framing;
    uint64_t left; /* H1_FRAME_LENGTH: bytes still owed */
    bool close_after, done, overflow;
    bool responded; /* a head has been written to the client */
    bool answered;  /* RESPONSE has come */
    int status;

    /* for the log */
    uint64_t started_us, body_in, body_out, cpu_ns;
    char ray[20]; /* 16 hex digits, '-', colo */
};

/* The only way to change the state: leaves what the old one was waiting in, enters the new one. */
void request_go(struct request *r, enum journey_state to);
/* The world failed: goes where the table says. */
void request_fail(struct request *r, enum err why);
void request_fail_with(struct request *r, enum err why, int status, struct span developer);
/* Tells the Worker that nobody waits for its response any more. */
void request_cancel_worker(struct request *r);
/* The client went away. */
void request_client_gone(struct request *r);

struct request *request_new(struct edge *edge, struct connection *conn);
void requests_free_spare(struct edge *edge);
/* The head has been read: checks it, builds the URL, goes on to ROUTE. */
void request_receive(struct request *r, const struct h1_head *head);
/* Requests that wait in START look again. */
void requests_wake(struct edge *edge, struct account *account);
/* cf-ray of the request that an exchange belongs to, or empty. */
struct span request_id_of(const struct exchange *x);
struct span request_id(const struct request *r);

/* request_head.c: what the Worker is told. */
/* url and facts into r; false: the client's head makes no URL (400). */
bool request_set_url(struct request *r, const struct h1_head *head);
/* The fields as the Worker sees them: without hop-by-hop ones, with CF-* ones. Names and values live as long
 * as the head, or in the arena. Returns how many. `to` has REQUEST_FIELDS places. */
enum { REQUEST_FIELDS_ADDED = 10, REQUEST_FIELDS = 256 + REQUEST_FIELDS_ADDED };
size_t request_fields(struct request *r, const struct http_fields *from, struct http_field *to);
/* Sends REQUEST. */
void request_send(struct request *r, struct span inline_body);

/* request_retry.c: the worker process died with the request in it. */
/* Remembers what is sent, when the request may be sent twice. */
void request_remember(struct request *r, uint8_t flags, struct span payload);
bool request_may_retry(const struct request *r);
/* Back to where it waits for a link, or on to the one that is there already. */
void request_retry(struct request *r);
/* Sends what was remembered. */
void request_send_again(struct request *r);

/* respond.c: what the client gets. */
struct response {
    int status;
    struct span reason;
    struct http_fields fields;
    uint64_t length;   /* H1_LENGTH_UNKNOWN while streaming */
    struct span bytes; /* the body, when it is here whole */
    struct body *body; /* or where it comes from; taken over */
};
/* Writes the head, and the body or connects it. ERR_INVALID: the head cannot be written; nothing was. */
MUST_USE enum err respond(struct request *r, const struct response *response);
/* upgrade.c: RESPONSE with HEAD_UPGRADE: the client gets 101, and its bytes go to the Worker as records, or to the WebSocket that
 * a fetch() of the Worker has opened. */
void respond_upgrade(struct request *r, const struct head *head, const struct message_body *from);
/* Does the head ask for a WebSocket? Notes what the answer needs. */
void upgrade_look(struct request *r, const struct h1_head *head);
/* The body of an upgraded connection is connected to its socket. */
void respond_raw(struct request *r, struct body *body);

/* RESPONSE came. */
enum err respond_message(struct request *r, const struct message *m);
/* The client's socket has room again. */
void respond_drain(struct request *r);

/* request_scheduled.c: the scheduled handler, run by a request (dev). */
bool request_is_scheduled(const struct request *r);
void request_send_scheduled(struct request *r);
void request_scheduled_done(struct request *r);

/* reject.c: the error page for r->why, r->reject_status, r->developer. */
void reject(struct request *r);

/* forward.c: passThroughOnException(). False: there is no origin, or the body is gone. */
bool forward_possible(const struct request *r);
void journey_forward(struct request *r);
void forward_cancel(struct request *r);

extern const struct exchange_owner request_owner;
void request_prepare_due(void *edge, struct deadline *d);

#endif
