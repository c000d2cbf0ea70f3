/* How much of something that all share one account may have at once: so many each, the rest of an account waits in its own line,
 * in order. Without it whoever asks most has all: a Worker with a thousand requests to an origin that is silent would leave
 * no connection for anybody. Pure but for deferred calls; private to edge/; loop's thread. */
#ifndef EDGE_TURNSTILE_H
#define EDGE_TURNSTILE_H

#include "base/list.h"
#include "loop/loop.h"

struct turnstile;

/* Somebody who is in, waits, or neither. Embed it; zero it with pass_init(). */
struct pass {
    struct list node; /* in its account's line */
    struct turnstile *turnstile;
    uint32_t account;
    enum { PASS_OUT, PASS_WAITING, PASS_IN } state;
    struct deferred let_in;
    void (*in)(void *arg); /* its turn has come: from the loop, once */
    void *arg;
};

struct turnstile *turnstile_new(struct loop *loop, unsigned each);
/* Nobody is in or waits any more. NULL is fine. */
void turnstile_free(struct turnstile *t);

void pass_init(struct pass *p, void (*in)(void *arg), void *arg);
/* True: in, in() is not called. False: it will be, unless pass_leave() comes first. */
bool pass_enter(struct pass *p, struct turnstile *t, uint32_t account);
/* Whatever it is: out. Fine when it is. */
void pass_leave(struct pass *p);

#endif
