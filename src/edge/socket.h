/* A Worker's connect(): SOCKET comes, SOCKET_OPEN or FETCH_FAILED goes back, then bytes both ways (link/messages.h) over a
 * connection of edge/dial.h. Private to edge/; loop's thread. */
#ifndef EDGE_SOCKET_H
#define EDGE_SOCKET_H

#include "edge/peer.h"

/* ERR_PROTOCOL: the message breaks the rules, and the link must go down. */
MUST_USE enum err socket_start(struct peer *p, const struct message *m);

#endif
