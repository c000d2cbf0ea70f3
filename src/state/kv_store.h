/* Inside the room: how a KV store lies in LMDB.
 *
 * Tables (LMDB "named databases"), all ordered bytewise; numbers in keys are big-endian, in values little-endian:
 *   meta    "format" -> u32 KV_FORMAT; "sequence" -> u64, the last number given out
 *   names   namespace id -> u32, its number
 *   data    namespace number (4), key                     -> record, for keys shorter than KV_HEAD_BYTES
 *           namespace number (4), first KV_HEAD_BYTES     -> u64, the bucket of all longer keys that begin so
 *   tails   bucket (8), the rest of the key (0..5 bytes)  -> record
 *   expiry  expires_s (8), sequence (8)                   -> namespace number (4), key
 * LMDB's keys have at most 511 bytes, which does not hold a namespace and a key of 512 bytes; buckets keep the order
 * exact: a bucket sorts where its common head sorts, and inside by the rest.
 *
 * Record: u8 KV_RECORD, u8 0, u16 metadata bytes, u32 0, u64 expires_s, u64 sequence of its expiry row (0: none),
 * metadata, value. */
#ifndef STATE_KV_STORE_H
#define STATE_KV_STORE_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "state/kv.h"

enum {
    KV_FORMAT = 1,
    KV_RECORD = 1,
    KV_LMDB_KEY_BYTES = 511,
    KV_HEAD_BYTES = KV_LMDB_KEY_BYTES - 4,
    KV_TAIL_BYTES = 512 - KV_HEAD_BYTES + 1, /* one more: where a list goes on after a longest key */
    KV_RECORD_BYTES = 24,
};
_Static_assert(KV_HEAD_BYTES + KV_TAIL_BYTES > 512, "the longest key fits into head and tail");

struct kv_snapshot {
    struct kv_store *store;
    MDB_txn *txn;
    struct kv_snapshot *next; /* in the pool */
};

/* What waits for the writer. */
struct kv_queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct list ops;
    size_t count, bytes;
    bool stop;
};

struct kv_store {
    MDB_env *env;
    MDB_dbi meta, names, data, tails, expiry;
    size_t page_bytes, map_bytes;
    struct kv_options options;

    pthread_mutex_t pool_lock;
    struct kv_snapshot *idle; /* with a reset transaction each */
    unsigned snapshots, busy;

    pthread_rwlock_t names_lock;
    struct map *known_names; /* committed ones only: numbers never change */

    struct kv_queue queue;
    pthread_t writer;
    atomic_uint_fast64_t commits, writes, expired;
};

struct kv_record {
    struct span value, metadata;
    uint64_t expires_s, sequence;
};

/* Where a key is, once its namespace's number is known. */
struct kv_place {
    unsigned char head[KV_LMDB_KEY_BYTES];
    size_t head_bytes;
    struct span tail;
    bool in_bucket;
};

enum err kv_err(int lmdb_result);
static inline MDB_val kv_val(struct span s) { return (MDB_val){s.len, (void *)s.ptr}; }
static inline struct span kv_span(MDB_val v) { return span_make(v.mv_data, v.mv_size); }
void kv_put_be(unsigned char *to, uint64_t value, unsigned bytes);
uint64_t kv_get_be(const void *from, unsigned bytes);

struct kv_place kv_place(uint32_t ns, struct span key);
/* The key in `tails`. */
MDB_val kv_tail_key(unsigned char to[8 + KV_TAIL_BYTES], uint64_t bucket, struct span tail);
/* ERR_NOT_FOUND; finds expired ones too. */
MUST_USE enum err kv_find(struct kv_store *store, MDB_txn *txn, const struct kv_place *place, MDB_val *ret);
MUST_USE enum err kv_bucket_of(MDB_val data_value, uint64_t *ret);
MUST_USE enum err kv_record_parse(MDB_val raw, struct kv_record *ret);
static inline bool kv_is_expired(uint64_t expires_s, uint64_t now_ms) {
    return expires_s && expires_s <= now_ms / 1000;
}
/* The committed number of a namespace. */
MUST_USE enum err kv_ns_number(struct kv_store *store, MDB_txn *txn, struct span ns, uint32_t *ret);

/* kv_write.c */
void *kv_writer_main(void *store);

/* kv_apply.c: inside a write transaction. */
MUST_USE enum err kv_apply_put(struct kv_store *store, MDB_txn *txn, const struct kv_op *op);
MUST_USE enum err kv_apply_delete(struct kv_store *store, MDB_txn *txn, const struct kv_op *op);
/* Deletes at most `most` keys that have expired; *ret_next_s: when the next one does, 0 when none will. */
MUST_USE enum err kv_apply_expiry(struct kv_store *store, MDB_txn *txn, uint64_t now_ms, unsigned most,
                                  unsigned *ret_deleted, uint64_t *ret_next_s);

#endif
