/* A peer: the worker process at the other end of a link, as one edge sees it. It is not trusted: what it may
 * name are its own streams, requests that it was given, and Workers of its account. Loop's thread. */
#ifndef EDGE_PEER_H
#define EDGE_PEER_H

#include "edge/exchange.h"
#include "edge/inside.h"
#include "link/head.h"

struct peer {
    struct edge *edge;
    struct account *account;
    struct link *link;
    uint64_t id; /* of no other peer, ever */
    struct list node;
    struct list exchanges;
    struct map *streams; /* ids that the Worker chose -> struct exchange */
    bool retired;        /* replaced: goes when its exchanges have ended */
    struct deferred retire;
};

struct peer *peer_new(struct edge *edge, struct account *account, struct link *link);
/* edge_free(): at once, and silently. */
void peer_free(struct peer *p);
/* Replaced by another: closes when its last exchange has ended. */
void peer_retire(struct peer *p);
/* Closes the link and breaks every exchange. `reason` may be NULL. The host is told (on_link_down). */
void peer_down(struct peer *p, enum err why, const char *reason);
/* An exchange of this peer that the Worker may name, or NULL. */
struct exchange *peer_exchange(struct peer *p, uint64_t stream);
/* The Worker of a number that the peer named; NULL when it is not this account's. */
struct edge_worker *peer_worker(const struct peer *p, uint32_t number);
/* Streams that the Worker opened. False: the id is no such id, taken, or there are too many. */
bool peer_stream_add(struct peer *p, uint64_t stream, struct exchange *x);
void peer_stream_remove(struct peer *p, uint64_t stream);
/* Called when an exchange has left. */
void peer_look_retired(struct peer *p);

/* Splits the payload of RESPONSE, FETCH, CACHE_PUT: `rest` is what follows the head. */
struct message_body {
    enum { BODY_ABSENT, BODY_INLINE, BODY_STREAM, BODY_SPLICE } kind;
    struct span bytes;       /* BODY_INLINE */
    struct exchange *source; /* BODY_SPLICE; NULL when it names nothing */
};
MUST_USE enum err peer_body(struct peer *p, uint8_t flags, struct span rest, struct message_body *ret);

#endif
