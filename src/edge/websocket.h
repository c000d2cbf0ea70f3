/* A WebSocket between its connection and a Worker: frames on one side (http/websocket.h), records on the other
 * (link/socket.h), each side two bodies. Both roles: a client's connection, or one to an origin.
 *
 * Backpressure goes through in both directions: what the Worker does not take is not read, what the peer does not read is
 * not taken from the Worker. Messages are never put together here; a record in each direction is all that waits.
 *
 * Pings of the peer are answered here, also while its data is not read on (the last one counts). A silent peer gets a
 * ping after LIMIT_WEBSOCKET_PING_MS and is cut after as long again; while the Worker does not read, nobody knows whether
 * the peer is silent, and it is left alone. After a close frame the other side has LIMIT_WEBSOCKET_CLOSE_MS.
 *
 * How it ends. Both close frames: the connection is closed. The peer breaks the protocol: a close frame with its code,
 * SOCKET_FAIL to the Worker. The Worker goes without a close record: 1011, or 1001 when it has just let go. The edge
 * drains: 1001. Lives until all four bodies are gone. Private to edge/; loop's thread. */
#ifndef EDGE_WEBSOCKET_H
#define EDGE_WEBSOCKET_H

#include "edge/body.h"
#include "edge/inside.h"
#include "http/websocket.h"

struct websocket_bodies {
    struct body *from_peer, *from_worker; /* taken over */
    struct body *to_peer, *to_worker;     /* made */
};
/* `deflate` may be NULL. With from_worker NULL nothing moves before websocket_join(), and it is returned for that; else
 * NULL. */
struct websocket;
struct websocket *websocket_new(struct edge *edge, enum ws_role role, const struct ws_deflate *deflate,
                                struct websocket_bodies *bodies);
/* To be called at once. `w` may be gone afterwards. */
void websocket_join(struct websocket *w, struct body *from_worker);
/* edge_drain(): a close frame with 1001 to each client. */
void websockets_drain(struct edge *edge);
/* edge_free(): what is left ends. */
void websockets_free(struct edge *edge);

void websocket_ping_due(void *edge, struct deadline *d);
void websocket_close_due(void *edge, struct deadline *d);

/* Sec-WebSocket-Accept (RFC 6455 section 4.2.2): 28 characters. */
enum { WS_ACCEPT_LEN = 28, WS_KEY_LEN = 24 };
void websocket_accept_of(struct span key, char to[WS_ACCEPT_LEN]);
void websocket_make_key(char to[WS_KEY_LEN]);

#endif
