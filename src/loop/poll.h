/* Readiness of a descriptor that somebody else owns (libcurl's sockets). Level-triggered. Loop's thread. */
#ifndef LOOP_POLL_H
#define LOOP_POLL_H

#include "loop/loop.h"

struct poll;

enum { POLL_READ = 1, POLL_WRITE = 2, POLL_ERROR = 4 };

/* Makes fd non-blocking. One poll per descriptor. ERR_INVALID when fd cannot be polled (a regular file). */
MUST_USE enum err poll_open(struct loop *loop, int fd, void (*on_ready)(void *arg, int fd, unsigned ready),
                            void *arg, struct poll **ret_poll);
/* What to wait for: POLL_READ | POLL_WRITE; 0 pauses. POLL_ERROR is reported unasked, together with what was
 * waited for, so that the reader sees the failure. */
void poll_set(struct poll *p, unsigned wanted);
/* Before the descriptor is closed. */
void poll_close(struct poll *p);

#endif
