/* A Worker's fetch(): FETCH comes, FETCH_HEAD or FETCH_FAILED goes back, bodies stream or are spliced
 * (link/messages.h). What the Worker reads is decoded here (Content-Encoding); what it hands on is not.
 * Private to edge/; loop's thread. */
#ifndef EDGE_SUBREQUEST_H
#define EDGE_SUBREQUEST_H

#include "edge/peer.h"

/* ERR_PROTOCOL: the message breaks the rules, and the link must go down. */
MUST_USE enum err subrequest_start(struct peer *p, const struct message *m);

/* Any exchange born in the Worker: FETCH_FAILED. */
void exchange_send_failed(struct exchange *x, enum err why, struct span text);

#endif
