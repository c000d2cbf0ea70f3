/* Listening sockets that have a path instead of an address (unix(7)), for who sits on the same machine. Accepting works as
 * for TCP: tcp_listener_open() (loop/tcp.h) takes the descriptor. Any thread. */
#ifndef LOOP_LOCAL_H
#define LOOP_LOCAL_H

#include "base/err.h"
#include "base/span.h"

/* A listening, non-blocking, close-on-exec socket at `path`, for its owner only (mode 0600), that the caller owns. A socket
 * that is there already and that nobody listens on is replaced. ERR_IN_USE: somebody does, or it is no socket. */
MUST_USE enum err local_bind(struct span path, int *ret_fd, struct problem *p);

#endif
