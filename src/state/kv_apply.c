/* What the writer does inside a write transaction. Any error but ERR_OK spoils the transaction: abort it. */
#include "state/kv_store.h"

static enum err next_sequence(struct kv_store *s, MDB_txn *txn, uint64_t *ret) {
    MDB_val key = kv_val(SPAN("sequence")), value;
    uint64_t sequence = 0;
    enum err e = kv_err(mdb_get(txn, s->meta, &key, &value));
    if (e && e != ERR_NOT_FOUND) return e;
    if (!e && value.mv_size != sizeof sequence) return ERR_CORRUPT;
    if (!e) memcpy(&sequence, value.mv_data, sizeof sequence);
    sequence++;
    value = (MDB_val){sizeof sequence, &sequence};
    e = kv_err(mdb_put(txn, s->meta, &key, &value, 0));
    if (!e) *ret = sequence;
    return e;
}

/* The number of a namespace; a new one gets one. Not by kv_ns_number(): that remembers, and this may yet abort. */
static enum err ns_number(struct kv_store *s, MDB_txn *txn, struct span ns, bool make, uint32_t *ret) {
    MDB_val key = kv_val(ns), value;
    uint64_t sequence;
    enum err e = kv_err(mdb_get(txn, s->names, &key, &value));
    if (!e && value.mv_size != 4) return ERR_CORRUPT;
    if (!e) memcpy(ret, value.mv_data, 4);
    if (e != ERR_NOT_FOUND || !make) return e;
    if ((e = next_sequence(s, txn, &sequence))) return e;
    if (sequence > UINT32_MAX) return ERR_NO_SPACE;
    *ret = (uint32_t)sequence;
    value = (MDB_val){4, ret};
    return kv_err(mdb_put(txn, s->names, &key, &value, 0));
}

static MDB_val expiry_key(unsigned char to[16], uint64_t expires_s, uint64_t sequence) {
    kv_put_be(to, expires_s, 8);
    kv_put_be(to + 8, sequence, 8);
    return (MDB_val){16, to};
}

static enum err drop_expiry(struct kv_store *s, MDB_txn *txn, MDB_val raw) {
    struct kv_record old;
    unsigned char bytes[16];
    enum err e = kv_record_parse(raw, &old);
    if (e || !old.sequence) return e;
    MDB_val key = expiry_key(bytes, old.expires_s, old.sequence);
    e = kv_err(mdb_del(txn, s->expiry, &key, NULL));
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err add_expiry(struct kv_store *s, MDB_txn *txn, uint32_t ns, const struct kv_op *op,
                           uint64_t *ret_sequence) {
    unsigned char bytes[16], data[4 + 512];
    enum err e = next_sequence(s, txn, ret_sequence);
    if (e) return e;
    kv_put_be(data, ns, 4);
    memcpy(data + 4, op->key.ptr, op->key.len);
    MDB_val key = expiry_key(bytes, op->expires_s, *ret_sequence), value = {4 + op->key.len, data};
    return kv_err(mdb_put(txn, s->expiry, &key, &value, 0));
}

static enum err make_bucket(struct kv_store *s, MDB_txn *txn, const struct kv_place *place, uint64_t *ret) {
    MDB_val key = {place->head_bytes, (void *)place->head}, value;
    enum err e = kv_err(mdb_get(txn, s->data, &key, &value));
    if (!e) return kv_bucket_of(value, ret);
    if (e != ERR_NOT_FOUND || (e = next_sequence(s, txn, ret))) return e;
    value = (MDB_val){sizeof *ret, ret};
    return kv_err(mdb_put(txn, s->data, &key, &value, 0));
}

/* Makes room for a record of `bytes` where the key belongs. */
static enum err reserve(struct kv_store *s, MDB_txn *txn, const struct kv_place *place, size_t bytes,
                        char **ret) {
    unsigned char tail[8 + KV_TAIL_BYTES];
    MDB_val key = {place->head_bytes, (void *)place->head}, value = {bytes, NULL};
    MDB_dbi table = s->data;
    if (place->in_bucket) {
        uint64_t bucket;
        enum err e = make_bucket(s, txn, place, &bucket);
        if (e) return e;
        key = kv_tail_key(tail, bucket, place->tail);
        table = s->tails;
    }
    enum err e = kv_err(mdb_put(txn, table, &key, &value, MDB_RESERVE));
    if (!e) *ret = value.mv_data;
    return e;
}

static void fill_record(char *to, const struct kv_op *op, uint64_t sequence) {
    struct span value = bytes_span(op->value);
    uint16_t metadata_bytes = (uint16_t)op->metadata.len;
    memset(to, 0, KV_RECORD_BYTES);
    to[0] = KV_RECORD;
    memcpy(to + 2, &metadata_bytes, 2);
    memcpy(to + 8, &op->expires_s, 8);
    memcpy(to + 16, &sequence, 8);
    if (op->metadata.len) memcpy(to + KV_RECORD_BYTES, op->metadata.ptr, op->metadata.len);
    if (value.len) memcpy(to + KV_RECORD_BYTES + op->metadata.len, value.ptr, value.len);
}

enum err kv_apply_put(struct kv_store *s, MDB_txn *txn, const struct kv_op *op) {
    uint32_t ns;
    uint64_t sequence = 0;
    MDB_val old;
    char *to;
    enum err e = ns_number(s, txn, op->ns, true, &ns);
    if (e) return e;
    struct kv_place place = kv_place(ns, op->key);
    e = kv_find(s, txn, &place, &old);
    if (!e) e = drop_expiry(s, txn, old);
    if (e && e != ERR_NOT_FOUND) return e;
    if (op->expires_s && (e = add_expiry(s, txn, ns, op, &sequence))) return e;
    size_t size = KV_RECORD_BYTES + op->metadata.len + bytes_span(op->value).len;
    if ((e = reserve(s, txn, &place, size, &to))) return e;
    fill_record(to, op, sequence);
    return ERR_OK;
}

/* A bucket without tails is no key: its head goes too. */
static enum err drop_empty_bucket(struct kv_store *s, MDB_txn *txn, const struct kv_place *place,
                                  uint64_t bucket) {
    unsigned char start[8 + KV_TAIL_BYTES];
    MDB_val key = kv_tail_key(start, bucket, SPAN_NONE), value;
    MDB_cursor *cursor;
    enum err e = kv_err(mdb_cursor_open(txn, s->tails, &cursor));
    if (e) return e;
    e = kv_err(mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE));
    bool empty = e == ERR_NOT_FOUND || (!e && kv_get_be(key.mv_data, 8) != bucket);
    mdb_cursor_close(cursor);
    if (!empty) return e;
    key = (MDB_val){place->head_bytes, (void *)place->head};
    return kv_err(mdb_del(txn, s->data, &key, NULL));
}

static enum err remove_at(struct kv_store *s, MDB_txn *txn, const struct kv_place *place) {
    MDB_val key = {place->head_bytes, (void *)place->head}, value;
    unsigned char tail[8 + KV_TAIL_BYTES];
    uint64_t bucket;
    if (!place->in_bucket) return kv_err(mdb_del(txn, s->data, &key, NULL));
    enum err e = kv_err(mdb_get(txn, s->data, &key, &value));
    if (!e) e = kv_bucket_of(value, &bucket);
    if (e) return e;
    key = kv_tail_key(tail, bucket, place->tail);
    e = kv_err(mdb_del(txn, s->tails, &key, NULL));
    return e ? e : drop_empty_bucket(s, txn, place, bucket);
}

enum err kv_apply_delete(struct kv_store *s, MDB_txn *txn, const struct kv_op *op) {
    uint32_t ns;
    MDB_val old;
    enum err e = ns_number(s, txn, op->ns, false, &ns);
    if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
    struct kv_place place = kv_place(ns, op->key);
    e = kv_find(s, txn, &place, &old);
    if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
    if ((e = drop_expiry(s, txn, old))) return e;
    return remove_at(s, txn, &place);
}

/* Deletes the key of one expiry row, if it still is the row of that key. */
static enum err expire_key(struct kv_store *s, MDB_txn *txn, struct span row, uint64_t sequence) {
    struct kv_record record;
    MDB_val raw;
    if (row.len <= 4 || row.len > 4 + LIMIT_KV_KEY_BYTES) return ERR_CORRUPT;
    struct kv_place place = kv_place((uint32_t)kv_get_be(row.ptr, 4), span_from(row, 4));
    enum err e = kv_find(s, txn, &place, &raw);
    if (!e) e = kv_record_parse(raw, &record);
    if (!e && record.sequence == sequence) e = remove_at(s, txn, &place);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err kv_apply_expiry(struct kv_store *s, MDB_txn *txn, uint64_t now_ms, unsigned most,
                         unsigned *ret_deleted, uint64_t *ret_next_s) {
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t next_s = 0;
    unsigned deleted = 0;
    enum err e = kv_err(mdb_cursor_open(txn, s->expiry, &cursor));
    if (e) return e;
    while (!(e = kv_err(mdb_cursor_get(cursor, &key, &value, MDB_FIRST)))) {
        if (key.mv_size != 16) e = ERR_CORRUPT;
        if (e) break;
        next_s = kv_get_be(key.mv_data, 8);
        if (!kv_is_expired(next_s, now_ms) || deleted == most) break;
        if ((e = expire_key(s, txn, kv_span(value), kv_get_be((char *)key.mv_data + 8, 8)))) break;
        if ((e = kv_err(mdb_cursor_del(cursor, 0)))) break;
        deleted++;
        next_s = 0;
    }
    mdb_cursor_close(cursor);
    if (e && e != ERR_NOT_FOUND) return e;
    *ret_deleted = deleted;
    *ret_next_s = next_s;
    return ERR_OK;
}
