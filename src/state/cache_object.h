/* Inside the room: the cache's objects, its index and its files. */
#ifndef STATE_CACHE_OBJECT_H
#define STATE_CACHE_OBJECT_H

#include <pthread.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "state/cache_store.h"

enum { CACHE_BLOCK_BYTES = 64 * 1024, CACHE_LEAVES = 4096, CACHE_NAME_BYTES = 32 + 1 + 16 };

/* A file's name without its directories: "<32 hex of the key>-<16 hex of the number>". */
struct cache_name {
    char text[CACHE_NAME_BYTES + 1];
};

/* One stored variant. Under the store's lock. */
struct cache_object {
    struct cache_object *next;         /* of the same hash, newest first */
    struct list in_memory, on_disk;    /* the SIEVE queues */
    uint64_t hash, born, expires_ms;   /* born: its number */
    struct span zone, name, variant;   /* behind this struct */
    struct bytes *head, *body;         /* NULL unless in memory */
    uint64_t memory_bytes, disk_bytes; /* 0: not there */
    bool visited_memory, visited_disk;
    struct cache_name file;
};

struct cache_sieve {
    struct list queue; /* oldest first */
    struct list *hand; /* the next to judge; the queue itself: start over */
    uint64_t bytes, objects, most_bytes, most_objects;
};

struct cache_store {
    pthread_mutex_t lock;
    char *dir; /* NULL: memory only */
    int lock_fd;
    uint64_t object_bytes, seed;
    uint64_t next_born, run_born; /* the next number; the first one of this run */
    struct map *index;            /* hash -> struct cache_object, a chain */
    struct map *purged; /* zone -> struct cache_purge; of objects on disk that are not indexed yet */
    struct cache_sieve memory, disk;
    struct list writers;
    unsigned scan_at; /* the next leaf; CACHE_LEAVES: done */
    struct cache_stats stats;
};

struct cache_purge {
    uint64_t before; /* objects with a lower number are gone */
};

/* What a file says about itself, verified. */
struct cache_meta {
    struct span zone, name, variant, head; /* in `bytes` */
    struct bytes *bytes;
    uint64_t body_bytes, born, expires_ms, file_bytes;
    uint64_t *sums; /* one a block of the body; mem_free() */
};

struct cache_reader {
    struct cache_store *store;
    struct bytes *head_bytes, *body; /* body NULL: on disk */
    struct span head, variant;
    uint64_t size, expires_ms, hash, born;
    int fd;
    struct cache_meta meta; /* of a file */
    char *block;            /* the verified block that was read last */
    uint64_t block_number;
    struct cache_name file;
};

/* -- cache_index.c; all under the lock -- */
uint64_t cache_hash(const struct cache_store *s, struct cache_key key);
struct cache_object *cache_find(struct cache_store *s, struct cache_key key, uint64_t hash,
                                cache_match_fn *match, void *user);
struct cache_object *cache_find_born(struct cache_store *s, uint64_t hash, uint64_t born);
struct cache_object *cache_insert(struct cache_store *s, struct cache_key key, struct span variant,
                                  uint64_t born, uint64_t expires_ms);
/* The tiers; names of files to delete are appended to `doomed` as struct cache_name: unlink them after unlocking. */
void cache_add_memory(struct cache_store *s, struct cache_object *o, struct bytes *head, struct bytes *body);
void cache_add_disk(struct cache_store *s, struct cache_object *o, uint64_t file_bytes);
void cache_evict(struct cache_store *s, struct buf *doomed);
void cache_forget(struct cache_store *s, struct cache_object *o, struct buf *doomed);
/* Variants beyond the limit, and older ones equal to `o`. */
void cache_trim_variants(struct cache_store *s, const struct cache_object *o, struct buf *doomed);
bool cache_is_purged(struct cache_store *s, struct span zone, uint64_t born);

/* -- cache_file.c; blocking, without the lock -- */
struct cache_name cache_name(struct cache_key key, uint64_t born);
bool cache_name_parse(const char *text, uint64_t *ret_born);
void cache_path(const struct cache_store *s, const struct cache_name *name, struct buf *out);
/* ERR_NOT_FOUND; ERR_CORRUPT when any length or checksum but those of the body's blocks is wrong. */
MUST_USE enum err cache_file_open(const struct cache_store *s, const struct cache_name *name, int *ret_fd,
                                  struct cache_meta *ret);
/* The part of that which does not look at the name. */
MUST_USE enum err cache_file_read(int fd, struct cache_meta *ret);
void cache_meta_free(struct cache_meta *meta);
/* Reads and verifies one block. */
MUST_USE enum err cache_file_block(int fd, const struct cache_meta *meta, uint64_t number, char *out,
                                   size_t *ret_len);
/* Block sums and footer of a file that is complete but for them. */
MUST_USE enum err cache_file_finish(int fd, const struct cache_meta *meta, uint64_t *ret_file_bytes);
MUST_USE enum err cache_write_all(int fd, struct span s);
void cache_unlink(const struct cache_store *s, struct buf *doomed); /* and frees it */

/* -- cache_scan.c; blocking -- */
/* Indexes the files of one key that are not in the index yet. */
void cache_scan_key(struct cache_store *s, struct cache_key key);
/* Reads `purges`. */
void cache_purges_load(struct cache_store *s);
MUST_USE enum err cache_purges_add(struct cache_store *s, struct span zone, uint64_t before);

/* Under the lock: writers of the zone (name NULL) or key are cancelled. */
void cache_cancel_writers(struct cache_store *s, struct span zone, const struct span *name);

#endif
