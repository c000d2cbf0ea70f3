/* The queue and the writer thread: group commit. While a batch is being synced the next one gathers, so the number of
 * syncs follows the disk and not the number of puts. */
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/kv_store.h"

struct queued {
    struct list node;
    struct kv_op op; /* its spans point behind this struct */
    kv_done_fn *done;
    void *user;
    enum err result;
};

enum { BATCH_OPS = 4096, BATCH_BYTES = 32 * 1024 * 1024, EXPIRE_STEP = 256, WAKE_MAX_S = 60 };

static size_t value_bytes(const struct kv_op *op) {
    return op->value ? bytes_span(op->value).len + op->metadata.len : 0;
}

/* -- The caller's side -- */

static enum err check_op(const struct kv_op *op) {
    enum err e = kv_check_key(op->key, NULL);
    if (e) return e;
    if (op->ns.len == 0) return ERR_INVALID;
    if (op->ns.len > LIMIT_KV_NAMESPACE_BYTES) return ERR_TOO_LARGE;
    if (op->kind == KV_DELETE) return ERR_OK;
    check(op->value != NULL);
    if (bytes_span(op->value).len > LIMIT_KV_VALUE_BYTES || op->metadata.len > LIMIT_KV_METADATA_BYTES)
        return ERR_TOO_LARGE;
    return ERR_OK;
}

static struct span copy_to(char **to, struct span s) {
    char *start = *to;
    if (s.len) memcpy(start, s.ptr, s.len);
    *to += s.len;
    return span_make(start, s.len);
}

static struct queued *new_queued(const struct kv_op *op, kv_done_fn *done, void *user) {
    bool put = op->kind == KV_PUT;
    size_t metadata = put ? op->metadata.len : 0;
    struct queued *q = mem_alloc(sizeof *q + op->ns.len + op->key.len + metadata);
    char *to = (char *)(q + 1);
    q->op = (struct kv_op){.kind = op->kind, .ns = copy_to(&to, op->ns), .key = copy_to(&to, op->key)};
    if (put) {
        q->op.metadata = copy_to(&to, op->metadata);
        q->op.value = bytes_ref(op->value);
        q->op.expires_s = op->expires_s;
    }
    q->done = done;
    q->user = user;
    return q;
}

static void free_queued(struct queued *q) {
    bytes_unref(q->op.value);
    mem_free(q);
}

enum err kv_write_async(struct kv_store *s, const struct kv_op *op, kv_done_fn *done, void *user) {
    enum err e = check_op(op);
    if (e) return e;
    struct queued *q = new_queued(op, done, user);
    struct kv_queue *queue = &s->queue;
    pthread_mutex_lock(&queue->lock);
    check(!queue->stop);
    size_t bytes = value_bytes(&q->op);
    bool full =
        queue->count >= LIMIT_KV_QUEUE_OPS || (queue->count && queue->bytes + bytes > LIMIT_KV_QUEUE_BYTES);
    if (!full) {
        list_push(&queue->ops, &q->node);
        queue->bytes += bytes;
        if (queue->count++ == 0) pthread_cond_signal(&queue->wake);
    }
    pthread_mutex_unlock(&queue->lock);
    if (full) free_queued(q);
    return full ? ERR_OVERLOAD : ERR_OK;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    enum err result;
};

static void wake_waiting(void *user, enum err result) {
    struct waiting *w = user;
    pthread_mutex_lock(&w->lock);
    w->is_done = true;
    w->result = result;
    pthread_cond_signal(&w->done);
    pthread_mutex_unlock(&w->lock);
}

enum err kv_write(struct kv_store *s, const struct kv_op *op) {
    struct waiting w = {.is_done = false};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.done, NULL);
    enum err e = kv_write_async(s, op, wake_waiting, &w);
    if (!e) {
        pthread_mutex_lock(&w.lock);
        while (!w.is_done) pthread_cond_wait(&w.done, &w.lock);
        pthread_mutex_unlock(&w.lock);
        e = w.result;
    }
    pthread_cond_destroy(&w.done);
    pthread_mutex_destroy(&w.lock);
    return e;
}

/* -- The writer's side -- */

static uint64_t now_ms(struct kv_store *s) {
    if (s->options.now_ms) return s->options.now_ms(s->options.now_user);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* How many pages wait for reuse. */
static uint64_t free_pages(struct kv_store *s) {
    struct kv_snapshot *snap;
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t pages = 0;
    if (kv_snapshot_begin(s, &snap)) return 0;
    if (!mdb_cursor_open(snap->txn, 0 /* LMDB's table of free pages */, &cursor)) {
        while (!mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
            size_t count; /* each row is a list of page numbers with its length in front */
            memcpy(&count, value.mv_data, sizeof count);
            pages += count;
        }
        mdb_cursor_close(cursor);
    }
    kv_snapshot_end(snap);
    return pages;
}

/* A write copies the pages that it changes, so a map that is really full can not even delete. Puts therefore stop
 * while a part is left over. Returns what puts may still take. */
static uint64_t room_for_puts(struct kv_store *s) {
    MDB_envinfo info;
    check(mdb_env_info(s->env, &info) == 0);
    uint64_t used = ((uint64_t)info.me_last_pgno + 1) * s->page_bytes, map = s->map_bytes;
    uint64_t keep = map / 16 < 16u << 20 ? map / 16 : 16u << 20;
    uint64_t left = map > used ? map - used : 0;
    if (left < map / 8 + BATCH_BYTES) left += free_pages(s) * s->page_bytes;
    return left > keep ? left - keep : 0;
}

/* About what it takes in pages: its share of leaf pages, or whole pages of its own. */
static uint64_t cost(const struct kv_store *s, const struct kv_op *op) {
    size_t record = KV_RECORD_BYTES + value_bytes(op) + op->key.len;
    return record < s->page_bytes / 2 ? record * 2 : record + 2 * s->page_bytes;
}

static enum err apply(struct kv_store *s, MDB_txn *txn, const struct kv_op *op, uint64_t *room) {
    if (op->kind == KV_DELETE) return kv_apply_delete(s, txn, op);
    uint64_t need = cost(s, op);
    if (need > *room) return ERR_NO_SPACE; /* harmless: nothing was touched */
    *room -= need;
    return kv_apply_put(s, txn, op);
}

/* Everything in one transaction; sets the results. An error: nothing was written. */
static enum err commit(struct kv_store *s, struct list *batch, bool expire, uint64_t *ret_next_s) {
    MDB_txn *txn;
    unsigned expired = 0;
    uint64_t room = room_for_puts(s), writes = 0;
    enum err e = kv_err(mdb_txn_begin(s->env, NULL, 0, &txn));
    if (e) return e;
    for (struct list *node = batch->next; node != batch && !e; node = node->next) {
        struct queued *q = LIST_ITEM(node, struct queued, node);
        uint64_t before = room;
        q->result = apply(s, txn, &q->op, &room);
        bool refused = q->result == ERR_NO_SPACE && room == before && q->op.kind == KV_PUT;
        if (!refused) e = q->result;
        writes += !q->result;
    }
    if (!e && expire) e = kv_apply_expiry(s, txn, now_ms(s), EXPIRE_STEP, &expired, ret_next_s);
    if (e) {
        mdb_txn_abort(txn);
        return e;
    }
    if ((e = kv_err(mdb_txn_commit(txn)))) return e;
    s->commits++;
    s->writes += writes;
    s->expired += expired;
    return ERR_OK;
}

/* A batch that failed: each on its own, so that one that does not fit spoils nobody else. */
static void commit_singly(struct kv_store *s, struct list *batch) {
    uint64_t ignored;
    LIST_EACH(node, batch) {
        struct queued *q = LIST_ITEM(node, struct queued, node);
        struct list one;
        list_init(&one);
        struct list *after = node->next;
        list_remove(node);
        list_push(&one, node);
        enum err e = commit(s, &one, false, &ignored);
        if (e) q->result = e;
        list_remove(node);
        list_push(after, node); /* before the one that it was before */
    }
}

static void call_back(struct list *batch) {
    LIST_EACH(node, batch) {
        struct queued *q = LIST_ITEM(node, struct queued, node);
        list_remove(node);
        if (q->done) q->done(q->user, q->result);
        free_queued(q);
    }
}

/* When the writer wants to wake up by itself. */
static struct timespec wake_time(struct kv_store *s, uint64_t next_s) {
    struct timespec until;
    uint64_t now = now_ms(s), wait_ms = WAKE_MAX_S * 1000;
    if (next_s && next_s <= now / 1000)
        wait_ms = 0;
    else if (next_s && next_s - now / 1000 <= WAKE_MAX_S)
        wait_ms = next_s * 1000 - now;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(wait_ms / 1000);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    return until;
}

/* Waits for work and moves some of it to `batch`, which stays empty when only the time has come. False: stop. */
static bool take_batch(struct kv_store *s, struct list *batch, uint64_t next_s) {
    struct kv_queue *queue = &s->queue;
    struct timespec until = wake_time(s, next_s);
    size_t ops = 0, bytes = 0;
    pthread_mutex_lock(&queue->lock);
    while (!queue->count && !queue->stop)
        if (pthread_cond_timedwait(&queue->wake, &queue->lock, &until)) break;
    bool go_on = queue->count || !queue->stop;
    while (queue->count && ops < BATCH_OPS && bytes < BATCH_BYTES) {
        struct queued *q = LIST_ITEM(list_first(&queue->ops), struct queued, node);
        list_remove(&q->node);
        list_push(batch, &q->node);
        size_t size = value_bytes(&q->op);
        queue->count--;
        queue->bytes -= size;
        bytes += size;
        ops++;
    }
    pthread_mutex_unlock(&queue->lock);
    return go_on;
}

void *kv_writer_main(void *store) {
    struct kv_store *s = store;
    struct list batch;
    uint64_t next_s = 1; /* look at once what has expired */
    int stale;
    list_init(&batch);
    while (take_batch(s, &batch, next_s)) {
        bool idle = list_empty(&batch), due = kv_is_expired(next_s, now_ms(s));
        if (idle) mdb_reader_check(s->env, &stale); /* slots of readers in other processes that were killed */
        if (idle && !due) continue;
        for (struct list *n = batch.next; n != &batch && !due; n = n->next) {
            uint64_t expires_s = LIST_ITEM(n, struct queued, node)->op.expires_s;
            if (expires_s && (!next_s || expires_s < next_s)) next_s = expires_s;
        }
        enum err e = commit(s, &batch, due, &next_s);
        if (e) commit_singly(s, &batch);
        if (e && due) next_s = now_ms(s) / 1000 + WAKE_MAX_S; /* no use in trying again at once */
        call_back(&batch);
    }
    return NULL;
}
