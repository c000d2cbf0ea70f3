/* Workers that were prepared in an earlier life: control looks at all their memos in the background, at its start and after each
 * reload, and tells edge which versions are good as they are. So the first request of such a Worker needs no answer from control.
 *
 * Pieces of KNOWN_BATCH Workers on the pool, one piece at a time: ten thousand Workers take about a second of one pool thread and
 * delay nobody who asks meanwhile. Loop's thread. */
#ifndef CLI_SERVE_KNOWN_H
#define CLI_SERVE_KNOWN_H

#include "cli/serve_plan.h"
#include "control/prepare.h"
#include "loop/loop.h"

struct known;

/* What KNOWN's text is made of. An id that begins with 0: its files have changed, it must be prepared before it runs again. */
struct known_version {
    uint32_t worker, account;
    char id[32];
};

struct known_events {
    /* These can run as they are, and it is news. Valid during the call. */
    void (*found)(void *arg, const struct known_version *list, size_t count);
    /* One that was found earlier can't be trusted any more: its files have changed. */
    void (*stale)(void *arg, uint32_t worker);
};

struct known *known_new(struct loop *loop, const struct known_events *events, void *arg);
void known_free(struct known *k); /* after the loop has stopped, before it is freed */
/* From the beginning. The plan must live until the next call, or until known_free(). */
void known_scan(struct known *k, const struct serve_plan *plan);
/* The Worker has this version now: found elsewhere, so not to be told again. */
void known_note(struct known *k, uint32_t worker, struct span id);

/* Where the Worker's code and memo lie. The text is in the arena. */
struct prepare_request known_request(const struct serve_config *c, const struct serve_worker *w,
                                     struct arena *arena);

#endif
