/* The admin listener: HTTP/1.1 for the operator and for Prometheus, on a loopback address, a Unix socket, or behind a token.
 *
 *     GET  /metrics      Prometheus text (control/metrics.h)
 *     GET  /top.json     the same for `cusp top`: Workers, isolates, lanes, processes
 *     GET  /healthz      200 while edge runs, else 503; asks for no token
 *     POST /profile?worker=[ACCOUNT/]NAME&seconds=5    a CPU profile of the Worker's busiest isolate (.cpuprofile)
 *
 * Access. Without a token everybody who reaches the socket may ask; so the configuration allows that on loopback addresses
 * and Unix sockets only. With one, `Authorization: Bearer TOKEN` is needed. A web page in a browser on the same machine is
 * not "everybody": requests with an Origin field, or for a Host that is a name other than localhost, are refused (403).
 *
 * One request a connection (`Connection: close`); LIMIT_ADMIN_CONNECTIONS at once, more wait unaccepted;
 * LIMIT_ADMIN_HEAD_MS for a request to arrive, LIMIT_ADMIN_SEND_MS for its answer to be taken. Thread: the loop's. */
#ifndef CONTROL_ADMIN_H
#define CONTROL_ADMIN_H

#include "base/err.h"
#include "control/metrics.h"
#include "loop/loop.h"

struct admin;
/* A request whose answer comes later. The host answers it exactly once, whether anybody still listens or not. */
struct admin_reply;

struct admin_config {
    struct loop *loop;
    struct metrics *metrics;
    struct span token; /* copied; empty: none is asked for */
    /* A profile of `worker` ("name" or "account/name", NUL-terminated) is wanted. May be NULL. */
    void (*profile)(void *arg, const char *worker, uint32_t duration_ms, struct admin_reply *reply);
    void *arg;
};

/* `fd`: a listening socket; owned, also on failure. */
MUST_USE enum err admin_open(const struct admin_config *config, int fd, struct admin **ret,
                             struct problem *p);
void admin_set_token(struct admin *a, struct span token);
/* Cuts every connection; replies that are still owed may be answered after it. NULL is fine. */
void admin_close(struct admin *a);

/* The first size_bytes of `fd` (owned) as a file for download. */
void admin_reply_file(struct admin_reply *r, int fd, uint64_t size_bytes, const char *content_type,
                      const char *file_name);
void admin_reply_error(struct admin_reply *r, int status, const char *text);

#endif
