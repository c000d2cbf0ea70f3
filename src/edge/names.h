/* Host names to addresses, for egress: getaddrinfo() on threads of its own, because it blocks for as long as a name server is silent.
 *
 * Why not libcurl's resolver: it waits for its thread when a transfer is given up, which stands the whole edge still, and starts one
 * for each transfer, so that a Worker asking for a thousand dead names takes a thousand threads from everybody.
 *
 * Bounds (base/limits.h): DNS_LOOKUPS at once, DNS_ACCOUNT_LOOKUPS of them for one account; the rest waits its turn, in order, those of
 * accounts that are at their bound are passed over. A name that several ask for is looked up once. Answers are kept for DNS_KEEP_MS,
 * failures for DNS_FAILED_MS, at most DNS_NAMES of both. A lookup that nobody waits for any more is not begun; one that runs can't be
 * stopped, and its answer is kept for whoever asks next.
 *
 * Private to edge/; loop's thread. */
#ifndef EDGE_NAMES_H
#define EDGE_NAMES_H

#include "base/err.h"
#include "base/list.h"
#include "loop/loop.h"

struct names;
struct name;

/* Somebody who waits; embed it. */
struct name_wait {
    struct list node;
    struct name *name; /* NULL: it does not wait */
    /* ERR_OK: addresses is "192.0.2.1,[2001:db8::1]", as CURLOPT_RESOLVE has it; valid during the call. From the loop, once. */
    void (*done)(void *arg, enum err why, struct span addresses);
    void *arg;
};

struct names *names_new(struct loop *loop);
/* Whoever waits hears nothing any more. Lookups that run end by themselves. */
void names_free(struct names *n);
/* True: *ret_why and *ret_addresses (valid until the loop goes on) are known now, done() is not called. False: done() will be. */
bool names_ask(struct names *n, struct span host, uint32_t account, struct name_wait *w, enum err *ret_why,
               struct span *ret_addresses);
/* No longer. Fine when it does not wait. */
void names_leave(struct name_wait *w);

#endif
