/* Keys, records, and where they are. */
#include "base/check.h"
#include "state/kv_store.h"

enum err kv_err(int result) {
    switch (result) {
    case MDB_SUCCESS: return ERR_OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL: return ERR_NO_SPACE;
    case MDB_READERS_FULL: return ERR_OVERLOAD;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC: return ERR_CORRUPT;
    case MDB_VERSION_MISMATCH: return ERR_UNSUPPORTED;
    default: return result > 0 ? err_from_errno(result) : ERR_IO;
    }
}

void kv_put_be(unsigned char *to, uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0; value >>= 8) to[i] = (unsigned char)value;
}

uint64_t kv_get_be(const void *from, unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) value = value << 8 | ((const unsigned char *)from)[i];
    return value;
}

struct kv_place kv_place(uint32_t ns, struct span key) {
    struct kv_place place;
    struct span head = span_first(key, KV_HEAD_BYTES);
    kv_put_be(place.head, ns, 4);
    if (head.len) memcpy(place.head + 4, head.ptr, head.len);
    place.head_bytes = 4 + head.len;
    place.in_bucket = head.len == KV_HEAD_BYTES;
    place.tail = span_from(key, KV_HEAD_BYTES);
    return place;
}

MDB_val kv_tail_key(unsigned char to[8 + KV_TAIL_BYTES], uint64_t bucket, struct span tail) {
    check(tail.len <= KV_TAIL_BYTES);
    kv_put_be(to, bucket, 8);
    if (tail.len) memcpy(to + 8, tail.ptr, tail.len);
    return (MDB_val){8 + tail.len, to};
}

enum err kv_bucket_of(MDB_val value, uint64_t *ret) {
    if (value.mv_size != 8) return ERR_CORRUPT;
    memcpy(ret, value.mv_data, 8);
    return ERR_OK;
}

enum err kv_find(struct kv_store *store, MDB_txn *txn, const struct kv_place *place, MDB_val *ret) {
    MDB_val key = {place->head_bytes, (void *)place->head}, value;
    enum err e = kv_err(mdb_get(txn, store->data, &key, &value));
    if (!e && place->in_bucket) {
        unsigned char tail[8 + KV_TAIL_BYTES];
        uint64_t bucket;
        if ((e = kv_bucket_of(value, &bucket))) return e;
        key = kv_tail_key(tail, bucket, place->tail);
        e = kv_err(mdb_get(txn, store->tails, &key, &value));
    }
    if (!e) *ret = value;
    return e;
}

enum err kv_record_parse(MDB_val raw, struct kv_record *ret) {
    const unsigned char *at = raw.mv_data;
    uint16_t metadata_bytes;
    if (raw.mv_size < KV_RECORD_BYTES || at[0] != KV_RECORD) return ERR_CORRUPT;
    memcpy(&metadata_bytes, at + 2, 2);
    if (raw.mv_size - KV_RECORD_BYTES < metadata_bytes) return ERR_CORRUPT;
    memcpy(&ret->expires_s, at + 8, 8);
    memcpy(&ret->sequence, at + 16, 8);
    ret->metadata = span_make(at + KV_RECORD_BYTES, metadata_bytes);
    ret->value =
        span_make(at + KV_RECORD_BYTES + metadata_bytes, raw.mv_size - KV_RECORD_BYTES - metadata_bytes);
    return ERR_OK;
}

enum { NAMES_CACHED = 4096 };

enum err kv_ns_number(struct kv_store *store, MDB_txn *txn, struct span ns, uint32_t *ret) {
    if (ns.len == 0 || ns.len > LIMIT_KV_NAMESPACE_BYTES) return ERR_NOT_FOUND;
    pthread_rwlock_rdlock(&store->names_lock);
    uintptr_t known = (uintptr_t)map_get(store->known_names, ns);
    pthread_rwlock_unlock(&store->names_lock);
    if (known) return *ret = (uint32_t)known, ERR_OK;
    MDB_val key = kv_val(ns), value;
    enum err e = kv_err(mdb_get(txn, store->names, &key, &value));
    if (e) return e;
    if (value.mv_size != 4) return ERR_CORRUPT;
    memcpy(ret, value.mv_data, 4);
    if (*ret == 0) return ERR_CORRUPT;
    pthread_rwlock_wrlock(&store->names_lock);
    if (map_count(store->known_names) < NAMES_CACHED)
        map_put(store->known_names, ns, (void *)(uintptr_t)*ret);
    pthread_rwlock_unlock(&store->names_lock);
    return ERR_OK;
}

enum err kv_check_key(struct span key, struct problem *p) {
    if (key.len == 0) return problem(p, ERR_INVALID, "Key name cannot be empty.");
    if (span_eq(key, SPAN(".")) || span_eq(key, SPAN("..")))
        return problem(p, ERR_INVALID, "Key name cannot be \"%.*s\".", SPAN_FMT(key));
    if (key.len > LIMIT_KV_KEY_BYTES)
        return problem(p, ERR_TOO_LARGE, "UTF-8 encoded length of %zu exceeds key length limit of %llu.",
                       key.len, (unsigned long long)LIMIT_KV_KEY_BYTES);
    return ERR_OK;
}
