/* Workers KV: one store (an LMDB environment in a directory of its own) per account, many namespaces in it.
 *
 * Threads: a kv_store may be used from many threads of one process. Reads run on the caller's thread, never
 * wait for the writer, and cost well under a microsecond. All writes go through one writer thread, which
 * commits what has queued up as one transaction (group commit) and then calls back. A process must open a
 * directory once only (LMDB's rule). Another process may have it open too; LMDB's locks keep that correct.
 *
 * Promise: when the callback says ERR_OK, every later read sees the write, and it survives kill -9 of the
 * process; with KV_DURABLE_POWER (the default) also a power failure. The price of that is two syncs a batch,
 * not a put: a lone put takes one disk sync pair, a thousand queued ones share it. KV_DURABLE_CRASH leaves
 * syncing to the kernel: a machine that loses power may lose the whole store; for development and tests.
 *
 * Keys are bytes (the API passes UTF-8), 1..LIMIT_KV_KEY_BYTES; lists are in bytewise order. Times: `now_ms`
 * is milliseconds, `expires_s` seconds, both since 1970, both UTC; 0 as expires_s means never. An expired key
 * is absent for every read at once; the writer deletes it from disk later, in small steps. */
#ifndef STATE_KV_H
#define STATE_KV_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct kv_store;

enum kv_durability { KV_DURABLE_POWER, KV_DURABLE_CRASH };

struct kv_options {
    enum kv_durability durability;
    uint64_t map_bytes; /* address space, and so the most it may hold; 0: LIMIT_KV_STORE_BYTES. The file is
                           sparse */
    /* What the writer takes for the time when it deletes expired keys; NULL: the real clock. */
    uint64_t (*now_ms)(void *user);
    void *now_user;
};

/* Makes the directory (not its parents) when it is not there. `options` NULL: the defaults. Starts the writer
 * thread. The problem says which directory and what to do: no permission, not a store, damaged, written by a
 * newer Cusp. */
MUST_USE enum err kv_open(const char *dir, const struct kv_options *options, struct kv_store **ret,
                          struct problem *p);
/* Commits and calls back everything that is queued, then stops. All views and snapshots must have ended. */
void kv_close(struct kv_store *store);

/* Would Workers KV take this key, this metadata? The problem has its words. */
MUST_USE enum err kv_check_key(struct span key, struct problem *p);

/* -- Reading -- */

/* What a read found. The spans point into the map and are valid until the snapshot ends. */
struct kv_view {
    struct span value, metadata; /* metadata: JSON text, empty when there is none */
    uint64_t expires_s;
    struct kv_snapshot *snapshot; /* private to kv_get and kv_view_end */
};

/* ERR_NOT_FOUND; ERR_OVERLOAD when too many views are open; ERR_CORRUPT. Zero-copy: end the view within
 * milliseconds, in the same turn of the loop: pages that a view can see are not reused, so the file would
 * grow. */
MUST_USE enum err kv_get(struct kv_store *store, struct span ns, struct span key, uint64_t now_ms,
                         struct kv_view *ret);
void kv_view_end(struct kv_store *store, struct kv_view *view);

/* The same, copied: for values that are streamed or outlive the turn. The references are the caller's. */
struct kv_copy {
    struct bytes *value, *metadata; /* metadata NULL when there is none */
    uint64_t expires_s;
};
MUST_USE enum err kv_get_copy(struct kv_store *store, struct span ns, struct span key, uint64_t now_ms,
                              struct kv_copy *ret);

/* Several reads of one moment (bulk get). Views of a snapshot end with it: no kv_view_end. */
struct kv_snapshot;
MUST_USE enum err kv_snapshot_begin(struct kv_store *store, struct kv_snapshot **ret);
MUST_USE enum err kv_snapshot_get(struct kv_snapshot *snapshot, struct span ns, struct span key,
                                  uint64_t now_ms, struct kv_view *ret);
void kv_snapshot_end(struct kv_snapshot *snapshot);

struct kv_list_query {
    struct span prefix, cursor; /* cursor: empty, or of an earlier page */
    size_t limit;               /* 1..LIMIT_KV_LIST_KEYS; 0: that */
};
struct kv_list_key {
    struct span name, metadata;
    uint64_t expires_s;
};
struct kv_page {
    struct kv_list_key *keys;
    size_t count;
    bool complete;      /* there is no more */
    struct span cursor; /* for the next page; empty when complete. URL-safe text */
};
/* One page, in the order of the keys, without the expired ones. Everything in *ret is copied into `arena`. A
 * cursor names the last key seen, so changes between pages neither repeat nor skip other keys. A page may
 * hold fewer keys than asked for, even none, and not be complete: when it walked over many expired ones.
 * ERR_INVALID: the cursor is not one of ours. */
MUST_USE enum err kv_list(struct kv_store *store, struct span ns, const struct kv_list_query *query,
                          uint64_t now_ms, struct arena *arena, struct kv_page *ret);

/* -- Writing -- */

enum kv_op_kind { KV_PUT, KV_DELETE };
struct kv_op {
    enum kv_op_kind kind;
    struct span ns, key;
    struct bytes *value;  /* PUT; the store takes a reference of its own */
    struct span metadata; /* JSON text or empty */
    uint64_t expires_s;
};

/* Called once per accepted op, in the order of acceptance, ON THE WRITER THREAD: hop to your loop there, do
 * nothing slow. ERR_OK, or ERR_NO_SPACE (map or disk full; deletes still work), ERR_IO, ERR_CORRUPT. Deleting
 * what is not there is ERR_OK. */
typedef void kv_done_fn(void *user, enum err result);

/* Any thread, never blocks on the disk. Refused without a callback: ERR_INVALID, ERR_TOO_LARGE (key, value,
 * metadata, namespace), ERR_OVERLOAD (LIMIT_KV_QUEUE_OPS or _BYTES are waiting). `ns` and `key` are copied.
 */
MUST_USE enum err kv_write_async(struct kv_store *store, const struct kv_op *op, kv_done_fn *done,
                                 void *user);
/* The same, waiting for the commit: not on a loop's thread. */
MUST_USE enum err kv_write(struct kv_store *store, const struct kv_op *op);

struct kv_stats {
    uint64_t used_bytes;      /* of the file, as far as it was ever used */
    uint64_t commits, writes; /* since kv_open */
    uint64_t expired;         /* deleted by the writer since kv_open */
};
void kv_stats(struct kv_store *store, struct kv_stats *ret);

#endif
