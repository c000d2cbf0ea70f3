/* A channel: a stream (loop/stream.h) over a descriptor that exists already, one end of a Unix socket pair
 * (both ways), or of a pipe (one way): for links between processes and for children's output. Loop's thread.
 */
#ifndef LOOP_CHANNEL_H
#define LOOP_CHANNEL_H

#include "loop/stream.h"

/* A connected pair of Unix stream sockets, close-on-exec, with large kernel buffers where the system allows.
 * Both descriptors are the caller's. */
MUST_USE enum err channel_socketpair(int ret_fds[2]);

/* Owns `fd` from then on (also when it fails). stream_start() must follow. ERR_INVALID when fd is neither a
 * socket nor a pipe. */
MUST_USE enum err channel_open(struct loop *loop, int fd, struct stream **ret_stream);

#endif
