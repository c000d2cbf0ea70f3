/* A connection to the world as it is: TCP, with or without TLS. What a Worker's connect() and its WebSockets go over; fetch()
 * is libcurl's. The same policy holds (edge/egress_policy.h), judged on the address, and names are looked up in turn
 * (edge/names.h). Connections of one account are bounded (LIMIT_SOCKET_CONNECTIONS).
 *
 * dial_start() -> opened() or failed(), once, later, from the loop. After failed() it is gone. After opened() the caller takes
 * dial_body(), what the peer sends, and gives dial_send(), what is for it; then or at any time it lets go with dial_leave().
 * The connection lives until both bodies have ended: a peer that has finished sending may still be sent to, and the other way
 * round. Private to edge/; loop's thread. */
#ifndef EDGE_DIAL_H
#define EDGE_DIAL_H

#include "edge/body.h"
#include "edge/inside.h"
#include "loop/tcp.h"

struct dial;

struct dial_request {
    struct span host; /* a name, an IPv4 address, or an IPv6 address with or without brackets */
    uint16_t port;
    bool tls;
    struct span alpn;
    bool to_origin; /* the operator named the address: the policy does not apply */
    uint32_t account;
};

struct dial_events {
    void (*opened)(void *arg); /* also after dial_secure() */
    void (*failed)(void *arg, enum err why, struct span text);
};

struct dial *dial_start(struct edge *edge, const struct dial_request *r, const struct dial_events *events,
                        void *arg);
/* No callback follows. Before opened(): it ends. After that: bodies that were not taken end, the others go on. */
void dial_leave(struct dial *d);
/* Once, after opened(). */
struct body *dial_body(struct dial *d);
void dial_send(struct dial *d, struct body *body);
/* A few bytes before that. */
void dial_write(struct dial *d, struct span bytes);
/* TLS from now on, for this host: once all that was to be sent before has been handed over. opened() or failed() follows; after
 * failed() the bodies are broken. ERR_INVALID: it has TLS already, or this is not a host; nothing changes. */
MUST_USE enum err dial_secure(struct dial *d, struct span host);
bool dial_addresses(const struct dial *d, struct tcp_address *ret_peer, struct tcp_address *ret_local);

void dial_due(void *edge, struct deadline *d);
/* edge_free() */
void dials_free(struct edge *edge);

#endif
