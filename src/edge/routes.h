// Which Worker answers a URL: Cloudflare's route patterns, compiled into an immutable snapshot.
//
// A pattern is [http://|https://] host [/path]:
//   example.com/          that URL alone, over http and https; a query must match too (the path is compared
//                         together with "?query", so only a trailing `*` lets queries through)
//   example.com           the same as example.com/
//   example.com/api/*     everything below; `*` stands for any characters, also none
//   *.example.com/*       every subdomain, not example.com itself
//   *example.com/*        every host that ends so, example.com itself included
// `*` may only begin the host and end the path. Hosts are compared in their normal form (lower case, IDNA);
// paths by bytes. Ports are ignored. A port or a query in a pattern is an error.
//
// The most specific pattern wins: an exact host before a wildcard one, a longer host suffix before a shorter;
// then the longer path, an exact path before a wildcard, a scheme before none. A host whose paths do not
// match gives way to the next less specific host.
//
// Cost: a lookup is one hash probe for the host and one for each of its labels, then a binary search among
// the host's paths. 100,000 routes build in well under a second; 10,000 in some milliseconds.
//
// Threads: a builder belongs to one; a snapshot is read-only and reference-counted: any thread. Every pointer
// into it is valid as long as a reference is held.
#ifndef EDGE_ROUTES_H
#define EDGE_ROUTES_H

#include "base/err.h"

struct routes;
struct routes_builder;

enum routes_worker_state {
    ROUTES_PREPARE, /* the host must be asked first (edge_config.prepare); the usual, lazy, case */
    ROUTES_READY,   /* version_id is there and the account's link is, or soon will be, up */
    ROUTES_FAILED,  /* it cannot run: `failure` says why */
};

struct routes_worker {
    uint32_t number;  /* names it in messages: not 0, and stable across snapshots */
    uint32_t account; /* whose link carries it, whose cache it uses */
    enum routes_worker_state state;
    struct span name;
    struct span version_id; /* 32 hex digits, or empty while not known */
    struct span origin;     /* "https://origin.example:8443", or empty: where passThroughOnException() and
                             * fetch() to the Worker's own routes go */
    struct span failure;    /* of ROUTES_FAILED */
};

struct routes_builder *routes_builder_new(void);
/* Copies everything. Adding the same number again replaces it. ERR_INVALID: number 0, or an origin that is
 * not an http(s) URL without path. */
MUST_USE enum err routes_add_worker(struct routes_builder *b, const struct routes_worker *w,
                                    struct problem *p);
/* `worker` 0: requests that match go to no Worker (Cloudflare's route without a script). ERR_INVALID: the
 * pattern is not one; the problem says why. */
MUST_USE enum err routes_add(struct routes_builder *b, struct span pattern, uint32_t worker,
                             struct problem *p);
/* The Worker for whatever no pattern matches (`cusp dev`: the only one). */
void routes_set_default(struct routes_builder *b, uint32_t worker);
/* Frees the builder in any case. One reference, the caller's. ERR_EXISTS: two patterns are the same.
 * ERR_NOT_FOUND: a pattern names a Worker that was not added. */
MUST_USE enum err routes_build(struct routes_builder *b, const struct routes **ret, struct problem *p);
void routes_builder_free(struct routes_builder *b); /* to give up; NULL is fine */

const struct routes *routes_ref(const struct routes *r);
void routes_unref(const struct routes *r); /* NULL is fine */

/* `host` is a normalised hostname without port (http/url.h: url_hostname), `target` is path and query.
 * NULL: nobody. */
const struct routes_worker *routes_match(const struct routes *r, bool https, struct span host,
                                         struct span target);
const struct routes_worker *routes_worker(const struct routes *r, uint32_t number); /* NULL when not there */
/* All of them, in no order: i from 0 until NULL. */
const struct routes_worker *routes_worker_at(const struct routes *r, size_t i);
/* True when every path of this host goes to one Worker whatever the target: a connection may remember the
 * answer for as long as Host and snapshot stay the same. */
bool routes_host_is_uniform(const struct routes *r, bool https, struct span host);

#endif
