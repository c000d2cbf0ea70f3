/* The Cache API of Workers (caches.default, caches.open): CACHE_MATCH, CACHE_PUT, CACHE_DELETE. The rules are
 * http/cache_rules.h's, the bytes state/cache_store.h's; here they meet. Keys are an account's own: nobody sees
 * what another account stored.
 *
 * A stored object's head is two u64 (when it was asked for and when it came, seconds since 1970) and a response
 * head (link/head.h). Its variant is the stored request's fields that Vary names, with Vary itself in front.
 * What may block runs on the pool (loop/work.h). Private to edge/; loop's thread. */
#ifndef EDGE_CACHE_H
#define EDGE_CACHE_H

#include "edge/request.h"
#include "http/cache_rules.h"
#include "state/cache_store.h"

/* CACHE_MATCH, CACHE_PUT, CACHE_DELETE. ERR_PROTOCOL: the message breaks the rules. */
MUST_USE enum err cache_start(struct peer *p, const struct message *m);

/* cache_entry.c */
enum { ENTRY_NO_BODY = 1 << 15 }; /* head.flags of a stored response whose body is null */
struct cache_entry {
    struct head head; /* its fields are `fields` */
    struct http_field fields[REQUEST_FIELDS];
    struct http_cached cached;
    struct http_fields list;
};
/* False: not what cache_entry_write() made. Points into `head` and into *ret. */
bool cache_entry_read(struct span head, struct cache_entry *ret);
void cache_entry_write(const struct head *response, int64_t request_s, int64_t response_s, struct buf *to);
/* Appends the variant of a request under a response's Vary. */
void cache_variant_write(const struct http_fields *response, const struct http_fields *request,
                         struct buf *to);
/* A cache_match_fn: `request` is a struct http_fields. */
bool cache_variant_fits(void *request, struct span variant);

/* cache_source.c: bytes [first, last] of a stored body as a stream. Owns the reader from then on. */
struct body *cache_source(struct edge *edge, struct cache_reader *reader, uint64_t first, uint64_t length);

/* cache_put.c */
struct cache_op;
enum err cache_put(struct peer *p, const struct message *m);
/* cache.c, for cache_put.c */
void cache_send_done(struct exchange *x, bool found);
struct span cache_zone(struct arena *a, const struct peer *p, struct span name);

#endif
