/* Reading: snapshots out of a pool of reset LMDB transactions (renewing one costs two atomic writes), get, list. */
#include "base/check.h"
#include "base/mem.h"
#include "state/kv_store.h"
#include "text/base64.h"

static struct kv_snapshot *pool_take(struct kv_store *s, bool *ret_may_add) {
    pthread_mutex_lock(&s->pool_lock);
    struct kv_snapshot *snap = s->idle;
    if (snap) s->idle = snap->next;
    *ret_may_add = !snap && s->snapshots < LIMIT_KV_VIEWS;
    if (*ret_may_add) s->snapshots++;
    if (snap || *ret_may_add) s->busy++;
    pthread_mutex_unlock(&s->pool_lock);
    return snap;
}

/* One that is not usable any more. */
static void pool_drop(struct kv_store *s, struct kv_snapshot *snap) {
    if (snap->txn) mdb_txn_abort(snap->txn);
    mem_free(snap);
    pthread_mutex_lock(&s->pool_lock);
    s->snapshots--;
    s->busy--;
    pthread_mutex_unlock(&s->pool_lock);
}

enum err kv_snapshot_begin(struct kv_store *s, struct kv_snapshot **ret) {
    bool may_add;
    int result;
    struct kv_snapshot *snap = pool_take(s, &may_add);
    if (!snap && !may_add) return ERR_OVERLOAD;
    if (snap) {
        result = mdb_txn_renew(snap->txn);
    } else {
        snap = NEW(struct kv_snapshot);
        snap->store = s;
        result = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &snap->txn);
    }
    if (result) {
        pool_drop(s, snap);
        enum err e = kv_err(result);
        check(e != ERR_OK);
        return e;
    }
    *ret = snap;
    return ERR_OK;
}

void kv_snapshot_end(struct kv_snapshot *snap) {
    if (!snap) return;
    struct kv_store *s = snap->store;
    mdb_txn_reset(snap->txn);
    pthread_mutex_lock(&s->pool_lock);
    snap->next = s->idle;
    s->idle = snap;
    s->busy--;
    pthread_mutex_unlock(&s->pool_lock);
}

enum err kv_snapshot_get(struct kv_snapshot *snap, struct span ns, struct span key, uint64_t now_ms,
                         struct kv_view *ret) {
    uint32_t number;
    MDB_val raw;
    struct kv_record record;
    if (key.len == 0 || key.len > LIMIT_KV_KEY_BYTES) return ERR_NOT_FOUND;
    enum err e = kv_ns_number(snap->store, snap->txn, ns, &number);
    if (e) return e;
    struct kv_place place = kv_place(number, key);
    if ((e = kv_find(snap->store, snap->txn, &place, &raw))) return e;
    if ((e = kv_record_parse(raw, &record))) return e;
    if (kv_is_expired(record.expires_s, now_ms)) return ERR_NOT_FOUND;
    *ret = (struct kv_view){record.value, record.metadata, record.expires_s, NULL};
    return ERR_OK;
}

enum err kv_get(struct kv_store *s, struct span ns, struct span key, uint64_t now_ms, struct kv_view *ret) {
    struct kv_snapshot *snap;
    enum err e = kv_snapshot_begin(s, &snap);
    if (e) return e;
    e = kv_snapshot_get(snap, ns, key, now_ms, ret);
    if (e)
        kv_snapshot_end(snap);
    else
        ret->snapshot = snap;
    return e;
}

void kv_view_end(struct kv_store *s, struct kv_view *view) {
    check(view->snapshot && view->snapshot->store == s);
    kv_snapshot_end(view->snapshot);
    *view = (struct kv_view){0};
}

enum err kv_get_copy(struct kv_store *s, struct span ns, struct span key, uint64_t now_ms,
                     struct kv_copy *ret) {
    struct kv_view view;
    enum err e = kv_get(s, ns, key, now_ms, &view);
    if (e) return e;
    *ret = (struct kv_copy){bytes_copy(view.value), view.metadata.len ? bytes_copy(view.metadata) : NULL,
                            view.expires_s};
    kv_view_end(s, &view);
    return ERR_OK;
}

/* -- Listing -- */

/* Walks the keys of one namespace in order, buckets included. */
struct walk {
    struct kv_store *store;
    MDB_cursor *data, *tails;
    unsigned char ns[4];
    uint64_t bucket; /* 0: not in one */
    char key[512];   /* LIMIT_KV_KEY_BYTES */
    size_t key_bytes;
    MDB_val record;
};

static enum err at_data(struct walk *w, MDB_val key, MDB_val value, struct span from_tail);

static enum err next_data(struct walk *w) {
    MDB_val key, value;
    enum err e = kv_err(mdb_cursor_get(w->data, &key, &value, MDB_NEXT));
    return e ? e : at_data(w, key, value, SPAN_NONE);
}

/* The tails cursor stands on something: is it still of our bucket? */
static enum err at_tail(struct walk *w, int result, MDB_val key, MDB_val value) {
    if (result && result != MDB_NOTFOUND) return kv_err(result);
    if (result || key.mv_size < 8 || kv_get_be(key.mv_data, 8) != w->bucket) {
        w->bucket = 0;
        return next_data(w);
    }
    size_t tail = key.mv_size - 8;
    if (KV_HEAD_BYTES + tail > sizeof w->key) return ERR_CORRUPT;
    memcpy(w->key + KV_HEAD_BYTES, (char *)key.mv_data + 8, tail);
    w->key_bytes = KV_HEAD_BYTES + tail;
    w->record = value;
    return ERR_OK;
}

static enum err at_data(struct walk *w, MDB_val key, MDB_val value, struct span from_tail) {
    if (key.mv_size < 4 || memcmp(key.mv_data, w->ns, 4) != 0) return ERR_NOT_FOUND;
    w->key_bytes = key.mv_size - 4;
    memcpy(w->key, (char *)key.mv_data + 4, w->key_bytes);
    w->record = value;
    if (w->key_bytes < KV_HEAD_BYTES) return ERR_OK;
    unsigned char start[8 + KV_TAIL_BYTES];
    enum err e = kv_bucket_of(value, &w->bucket);
    if (e) return e;
    MDB_val tail = kv_tail_key(start, w->bucket, from_tail), record;
    int result = mdb_cursor_get(w->tails, &tail, &record, MDB_SET_RANGE);
    return at_tail(w, result, tail, record);
}

/* To the first key that is not before `start`. ERR_NOT_FOUND: there is none. */
static enum err walk_seek(struct walk *w, struct span start) {
    struct kv_place place = kv_place((uint32_t)kv_get_be(w->ns, 4), start);
    MDB_val key = {place.head_bytes, place.head}, value;
    enum err e = kv_err(mdb_cursor_get(w->data, &key, &value, MDB_SET_RANGE));
    if (e) return e;
    bool same_head = place.in_bucket && span_eq(kv_span(key), span_make(place.head, place.head_bytes));
    return at_data(w, key, value, same_head ? place.tail : SPAN_NONE);
}

static enum err walk_next(struct walk *w) {
    MDB_val key, value;
    if (!w->bucket) return next_data(w);
    int result = mdb_cursor_get(w->tails, &key, &value, MDB_NEXT);
    return at_tail(w, result, key, value);
}

enum { CURSOR_FORMAT = 1, LIST_EXPIRED_MAX = 4096 };

static struct span cursor_write(struct arena *arena, struct span last) {
    char raw[1 + 512];
    raw[0] = CURSOR_FORMAT;
    memcpy(raw + 1, last.ptr, last.len);
    char *text = arena_alloc(arena, base64url_encoded_length(1 + last.len));
    return span_make(text, base64url_encode(span_make(raw, 1 + last.len), text));
}

/* The least key after the one that the cursor names: that and a NUL. */
static enum err cursor_read(struct span cursor, char out[513], size_t *ret_len) {
    char raw[700];
    size_t len;
    if (cursor.len > 700 || base64url_decode(cursor, raw, &len)) return ERR_INVALID;
    if (len < 2 || len > 513 || raw[0] != CURSOR_FORMAT) return ERR_INVALID;
    memcpy(out, raw + 1, len - 1);
    out[len - 1] = 0;
    *ret_len = len;
    return ERR_OK;
}

static int compare(struct span a, struct span b) {
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static void add_key(struct kv_page *page, const struct walk *w, const struct kv_record *r,
                    struct arena *arena) {
    page->keys[page->count++] = (struct kv_list_key){arena_copy(arena, span_make(w->key, w->key_bytes)),
                                                     arena_copy(arena, r->metadata), r->expires_s};
}

/* Fills the page; ERR_NOT_FOUND when it came to the end of the keys with this prefix. */
static enum err collect(struct walk *w, const struct kv_list_query *q, struct span start, size_t limit,
                        uint64_t now_ms, struct arena *arena, struct kv_page *page) {
    char last[512];
    size_t last_bytes = 0, expired = 0;
    for (enum err e = walk_seek(w, start);; e = walk_next(w)) {
        struct kv_record record;
        struct span key = span_make(w->key, w->key_bytes);
        if (!e && !span_starts(key, q->prefix)) e = ERR_NOT_FOUND;
        if (!e) e = kv_record_parse(w->record, &record);
        if (e) return e;
        bool dead = kv_is_expired(record.expires_s, now_ms);
        if (!dead && page->count == limit) break; /* one more than fits: so there is a next page */
        if (dead && ++expired > LIST_EXPIRED_MAX) break;
        if (!dead) add_key(page, w, &record, arena);
        memcpy(last, w->key, w->key_bytes);
        last_bytes = w->key_bytes;
    }
    page->cursor = cursor_write(arena, span_make(last, last_bytes));
    return ERR_OK;
}

static enum err list_in(struct kv_snapshot *snap, uint32_t ns, const struct kv_list_query *q,
                        struct span start, uint64_t now_ms, struct arena *arena, struct kv_page *page) {
    struct walk w = {.store = snap->store};
    size_t limit = q->limit && q->limit < LIMIT_KV_LIST_KEYS ? q->limit : LIMIT_KV_LIST_KEYS;
    kv_put_be(w.ns, ns, 4);
    page->keys = arena_alloc(arena, limit * sizeof *page->keys);
    enum err e = kv_err(mdb_cursor_open(snap->txn, snap->store->data, &w.data));
    if (!e) e = kv_err(mdb_cursor_open(snap->txn, snap->store->tails, &w.tails));
    if (!e) e = collect(&w, q, start, limit, now_ms, arena, page);
    if (w.data) mdb_cursor_close(w.data);
    if (w.tails) mdb_cursor_close(w.tails);
    return e;
}

enum err kv_list(struct kv_store *s, struct span ns, const struct kv_list_query *query, uint64_t now_ms,
                 struct arena *arena, struct kv_page *ret) {
    char after[513];
    struct span start = query->prefix;
    struct kv_page page = {0};
    struct kv_snapshot *snap;
    uint32_t number;
    enum err e;
    if (query->cursor.len) {
        size_t len;
        if ((e = cursor_read(query->cursor, after, &len))) return e;
        if (compare(span_make(after, len), start) > 0) start = span_make(after, len);
    }
    if ((e = kv_snapshot_begin(s, &snap))) return e;
    e = start.len > LIMIT_KV_KEY_BYTES + 1 ? ERR_NOT_FOUND : kv_ns_number(s, snap->txn, ns, &number);
    if (!e) e = list_in(snap, number, query, start, now_ms, arena, &page);
    kv_snapshot_end(snap);
    page.complete = e == ERR_NOT_FOUND;
    if (e && !page.complete) return e;
    *ret = page;
    return ERR_OK;
}
