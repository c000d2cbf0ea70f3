/* The client's side of a WebSocket handshake (RFC 6455 section 4.1), for a Worker's fetch() with Upgrade: websocket: one
 * request over a connection of its own (edge/dial.h). Redirects are the caller's to follow. The answer is 101, and the
 * connection is a WebSocket, or any other response, whose body is read to its end. Private to edge/; loop's thread.
 *
 * Extensions. What the request's own Sec-WebSocket-Extensions offers is offered; a request that was not made from a
 * client's handshake (it has no Sec-WebSocket-Key) offers permessage-deflate. The key is always a new one. */
#ifndef EDGE_HANDSHAKE_H
#define EDGE_HANDSHAKE_H

#include "edge/dial.h"
#include "http/fields.h"

struct handshake;

struct handshake_answer {
    int status;
    struct span reason;
    struct http_fields fields;
    struct body
        *body; /* of 101: all that the peer sends from now on; else of the response, NULL when it has none */
    struct dial *dial;   /* of 101: the callee's: dial_send(), dial_leave(); else NULL */
    struct span offered; /* Sec-WebSocket-Extensions as it was sent */
};

struct handshake_events {
    void (*head)(
        void *arg,
        const struct handshake_answer *answer); /* spans are valid during the call; it is gone then */
    void (*failed)(void *arg, enum err why, struct span text); /* or this; once, from the loop */
};

struct handshake_request {
    struct span url; /* absolute, http or https */
    struct http_fields fields;
    bool to_origin;
    uint32_t account;
};

/* Never fails at once. */
struct handshake *handshake_start(struct edge *edge, const struct handshake_request *r,
                                  const struct handshake_events *events, void *arg);
/* Before head() or failed(). */
void handshake_cancel(struct handshake *h);

#endif
