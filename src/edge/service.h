/* Service bindings: one Worker calls another of its account. A FETCH with HEAD_SERVICE in its head becomes a REQUEST to the Worker
 * that it names, and the RESPONSE a FETCH_HEAD, inside of edge: nothing touches the network, and bodies are connected, not copied.
 * Limits are those of any request: each call is one in flight of its target.
 *
 * head.reason of the FETCH is "name LF entrypoint LF what", of the REQUEST "entrypoint LF what"; api/service.js knows what `what` is.
 *
 * Private to edge/; loop's thread. */
#ifndef EDGE_SERVICE_H
#define EDGE_SERVICE_H

#include "edge/peer.h"

/* A FETCH with HEAD_SERVICE. ERR_PROTOCOL: the message breaks the rules, and the link must go down. */
MUST_USE enum err service_start(struct peer *p, const struct message *m, const struct head *head,
                                const struct message_body *body, struct edge_worker *from);

/* The account's link or one of its Workers may be ready now. */
void services_wake(struct edge *edge, struct account *account);

#endif
