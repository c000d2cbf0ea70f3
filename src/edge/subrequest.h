/* A Worker's fetch(): FETCH comes, FETCH_HEAD or FETCH_FAILED goes back, bodies stream or are spliced
 * (link/messages.h). What the Worker reads is decoded here (Content-Encoding); what it hands on is not.
 * Private to edge/; loop's thread. */
#ifndef EDGE_SUBREQUEST_H
#define EDGE_SUBREQUEST_H

#include "edge/peer.h"

/* ERR_PROTOCOL: the message breaks the rules, and the link must go down. */
MUST_USE enum err subrequest_start(struct peer *p, const struct message *m);

/* The WebSocket that a fetch() has opened and that no script has touched, to be connected elsewhere. */
struct taken_socket {
    struct body *body; /* what the origin sends; the callee's */
    struct dial *dial; /* the callee's: dial_send(), dial_leave() */
    struct buf offered,
        extensions; /* Sec-WebSocket-Extensions of the handshake, sent and answered; the callee's */
};
/* False: there is none. The exchange may be gone afterwards. */
bool subrequest_take_socket(struct exchange *x, struct taken_socket *ret);

/* Any exchange born in the Worker: FETCH_FAILED. */
void exchange_send_failed(struct exchange *x, enum err why, struct span text);

#endif
