/* Passing open descriptors between processes: messages of a few bytes with descriptors attached (SCM_RIGHTS,
 * unix(7)), over a Unix SOCK_SEQPACKET pair, which keeps message borders. The parent hands listening sockets
 * and new link ends to its children with it. Loop's thread. */
#ifndef LOOP_FDPASS_H
#define LOOP_FDPASS_H

#include "loop/loop.h"

struct fdpass;

enum { FDPASS_BYTES = 4096, FDPASS_FDS = 16, FDPASS_QUEUE = 256 };

struct fdpass_events {
    /* `fds` are the callee's from now on, close-on-exec: keep or close each. `bytes` are valid during the
     * call. */
    void (*on_message)(void *arg, struct span bytes, const int *fds, size_t fd_count);
    /* The peer is gone or broke the rules (too large, too many). Once. fdpass_close() is still the owner's to
     * call. */
    void (*on_down)(void *arg, enum err why);
};

MUST_USE enum err fdpass_socketpair(int ret_fds[2]); /* both the caller's, close-on-exec */

/* Owns `fd` from then on (also when it fails). */
MUST_USE enum err fdpass_open(struct loop *loop, int fd, const struct fdpass_events *events, void *arg,
                              struct fdpass **ret_pass);
/* Sends 1..FDPASS_BYTES bytes and up to FDPASS_FDS descriptors, in order. The descriptors remain the caller's
 * and may be closed at once. ERR_OVERLOAD when FDPASS_QUEUE messages wait already, ERR_CLOSED when the peer
 * is gone. */
MUST_USE enum err fdpass_send(struct fdpass *f, struct span bytes, const int *fds, size_t fd_count);
void fdpass_close(struct fdpass *f);

#endif
