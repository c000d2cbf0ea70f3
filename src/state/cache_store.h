/* Where the HTTP cache keeps its objects: a bounded memory tier over a bounded disk tier. It knows nothing of
 * HTTP: the rules (freshness, Vary, ranges) live in http/, here are opaque bytes.
 *
 * An object is found by its key (zone + name, the zone being what is purged together: an account's named
 * cache) and, among the variants of that key, by asking the caller which one fits. It has a head (opaque) and
 * a body.
 *
 * Threads: any. Functions marked BLOCKING touch the disk: call them from a thread pool, never from a loop's
 * thread. The others take a lock for well under a microsecond. A writer or reader belongs to one thread at a
 * time.
 *
 * Disk: one file an object, `aa/b/<key id>-<number>`, written as `tmp/<number>` and renamed at commit; no
 * sync, since a cache may forget. The number is never used again, so replacing and evicting cannot meet. All lengths and checksums are verified before a byte is believed; a file
 * that is truncated, damaged or foreign is a miss and is deleted. One process at a time owns a directory
 * (lock file). Boot does not depend on the number of objects: file names are computed from the key, so a
 * lookup works from the first moment by asking the disk (CACHE_ASK_DISK); cache_scan_step() rebuilds the
 * index behind that, a bounded step a call, and once it is through, misses no longer ask the disk.
 *
 * Eviction is SIEVE in both tiers: one queue in order of arrival, a `visited` bit that a hit sets, and a hand
 * that walks from old to new, clears the bits it meets and evicts the first object without one. A hit moves
 * nothing, so it needs no list work under the lock; one-hit wonders leave at the hand's first pass while
 * popular objects stay; on web traces its miss ratio is as good as or better than LRU's and ARC's (Zhang et
 * al., NSDI 2024). S3-FIFO is as good but needs three queues and a ghost list. */
#ifndef STATE_CACHE_STORE_H
#define STATE_CACHE_STORE_H

#include "base/bytes.h"
#include "base/err.h"

struct cache_store;
struct cache_reader;
struct cache_writer;

struct cache_options {
    const char *dir; /* NULL: memory only, and nothing blocks */
    /* 0: LIMIT_CACHE_... */
    uint64_t memory_bytes, disk_bytes, object_bytes, objects;
};

/* BLOCKING, shortly. Makes the directory (not its parents). ERR_IN_USE: another process has it. */
MUST_USE enum err cache_store_open(const struct cache_options *options, struct cache_store **ret,
                                   struct problem *p);
/* All readers and writers must be closed. */
void cache_store_close(struct cache_store *store);

struct cache_key {
    struct span zone, name; /* both opaque; together at most LIMIT_CACHE_KEY_BYTES */
};

/* Does the stored variant fit this request? Called under the lock: look at the bytes, nothing else. */
typedef bool cache_match_fn(void *user, struct span variant);

/* -- Reading -- */

enum cache_found { CACHE_MISS, CACHE_HIT, CACHE_ASK_DISK };
/* Memory only, never blocks. HIT: *ret is open. ASK_DISK: call cache_open() from the pool. */
enum cache_found cache_lookup(struct cache_store *store, struct cache_key key, cache_match_fn *match,
                              void *user, struct cache_reader **ret);
/* BLOCKING. Memory, then disk. ERR_NOT_FOUND is a miss. The newest variant that matches wins. */
MUST_USE enum err cache_open(struct cache_store *store, struct cache_key key, cache_match_fn *match,
                             void *user, struct cache_reader **ret);
void cache_reader_close(struct cache_reader *reader);

/* Valid until the reader closes. The store does not judge expires_ms: stale objects are found too. */
struct span cache_head(const struct cache_reader *reader);
struct span cache_variant(const struct cache_reader *reader);
uint64_t cache_size(const struct cache_reader *reader); /* of the body */
uint64_t cache_expires_ms(const struct cache_reader *reader);
/* The whole body without copying when it is in memory, else NULL: then use cache_read. Not a new reference.
 */
struct bytes *cache_body(const struct cache_reader *reader);
/* BLOCKING unless the body is in memory. Reads up to `len` bytes from `offset`; 0 at the end. What it returns
 * has been verified. ERR_CORRUPT: the file is damaged (and now deleted); end the response as broken. */
MUST_USE enum err cache_read(struct cache_reader *reader, uint64_t offset, char *out, size_t len,
                             size_t *ret_len);

/* -- Writing -- */

/* Never blocks. ERR_TOO_LARGE: key, variant or head beyond their limits. An object of the same key and
 * variant is replaced at commit; until then it is served. */
MUST_USE enum err cache_write_begin(struct cache_store *store, struct cache_key key, struct span variant,
                                    struct span head, uint64_t expires_ms, struct cache_writer **ret);
/* BLOCKING. ERR_TOO_LARGE beyond object_bytes (without a directory: LIMIT_CACHE_MEMORY_OBJECT_BYTES); ERR_NO_SPACE, ERR_IO. After a failure only abort is left. */
MUST_USE enum err cache_write_chunk(struct cache_writer *writer, struct span chunk);
/* BLOCKING. Ends the writer in any case. ERR_CANCELLED: a purge came between, nothing was stored. */
MUST_USE enum err cache_write_commit(struct cache_writer *writer);
/* BLOCKING (removes the temporary file). NULL is fine. */
void cache_write_abort(struct cache_writer *writer);

/* BLOCKING. The object again with a new head and expiry (a 304 came): stored in place of the old one. */
MUST_USE enum err cache_refresh(struct cache_store *store, struct cache_key key, struct cache_reader *reader,
                                struct span head, uint64_t expires_ms);

/* -- Purging and upkeep -- */

/* BLOCKING. All variants. *ret_found (may be NULL): was there one? Writers under way for the key are
 * cancelled. Open readers keep reading what they have. */
MUST_USE enum err cache_purge_key(struct cache_store *store, struct cache_key key, bool *ret_found);
/* BLOCKING. Every object of the zone is gone for lookups when this returns, also after a crash. */
MUST_USE enum err cache_purge_zone(struct cache_store *store, struct span zone);

/* BLOCKING. Looks at one directory of the disk tier (of 4096) and indexes what it finds; true while there is
 * more. The owner calls it from the pool after boot until it returns false; one call at a time. */
bool cache_scan_step(struct cache_store *store);

struct cache_stats {
    uint64_t memory_bytes, disk_bytes, memory_objects, disk_objects;
    uint64_t hits_memory, hits_disk, misses, stored, evicted_memory, evicted_disk, damaged;
    bool scanned; /* the index is complete: the figures for the disk are too */
};
void cache_stats(struct cache_store *store, struct cache_stats *ret);

#endif
