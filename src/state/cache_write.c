/* Writers: an object is gathered in memory and goes to its temporary file when it outgrows that, at the latest at
 * commit. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/cache_object.h"

struct cache_writer {
    struct cache_store *store;
    struct list node; /* in store->writers; under its lock, as `cancelled` */
    bool cancelled;
    struct cache_meta meta;
    struct cache_key key; /* in meta.bytes */
    struct buf body; /* before it goes to the file: all of it; afterwards the block that is not full yet */
    struct buf sums;
    int fd; /* -1: still in memory */
};

enum err cache_write_begin(struct cache_store *s, struct cache_key key, struct span variant, struct span head,
                           uint64_t expires_ms, struct cache_writer **ret) {
    char *data;
    if (key.zone.len + key.name.len > LIMIT_CACHE_KEY_BYTES || variant.len > LIMIT_CACHE_VARIANT_BYTES ||
        head.len > LIMIT_CACHE_HEAD_BYTES)
        return ERR_TOO_LARGE;
    struct cache_writer *w = NEW(struct cache_writer);
    const struct span parts[4] = {key.zone, key.name, variant, head};
    struct span *copies[4] = {&w->meta.zone, &w->meta.name, &w->meta.variant, &w->meta.head};
    w->meta.bytes = bytes_new(key.zone.len + key.name.len + variant.len + head.len, &data);
    for (int i = 0; i < 4; i++) {
        if (parts[i].len) memcpy(data, parts[i].ptr, parts[i].len);
        *copies[i] = span_make(data, parts[i].len);
        data += parts[i].len;
    }
    w->store = s;
    w->key = (struct cache_key){w->meta.zone, w->meta.name};
    w->meta.expires_ms = expires_ms;
    w->fd = -1;
    pthread_mutex_lock(&s->lock);
    w->meta.born = s->next_born++;
    list_push(&s->writers, &w->node);
    pthread_mutex_unlock(&s->lock);
    *ret = w;
    return ERR_OK;
}

static void temporary_path(const struct cache_writer *w, char out[4096]) {
    snprintf(out, 4096, "%s/tmp/%016llx", w->store->dir, (unsigned long long)w->meta.born);
}

/* Writes full blocks of w->body, all of it when `last`. */
static enum err flush(struct cache_writer *w, bool last) {
    size_t at = 0;
    while (w->body.len - at >= CACHE_BLOCK_BYTES || (last && at < w->body.len)) {
        struct span block = span_first(span_from(buf_span(&w->body), at), CACHE_BLOCK_BYTES);
        uint64_t sum = span_hash(block);
        enum err e = cache_write_all(w->fd, block);
        if (e) return e;
        buf_add(&w->sums, span_make(&sum, sizeof sum));
        at += block.len;
    }
    if (at) buf_drop(&w->body, at);
    return ERR_OK;
}

static enum err start_file(struct cache_writer *w) {
    char path[4096];
    temporary_path(w, path);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w->fd < 0) return err_from_errno(errno);
    return cache_write_all(w->fd, bytes_span(w->meta.bytes));
}

enum err cache_write_chunk(struct cache_writer *w, struct span chunk) {
    if (chunk.len > w->store->object_bytes - w->meta.body_bytes) return ERR_TOO_LARGE;
    uint64_t bytes = w->meta.body_bytes + chunk.len;
    if (bytes > LIMIT_CACHE_MEMORY_OBJECT_BYTES && !w->store->dir) return ERR_TOO_LARGE;
    w->meta.body_bytes = bytes;
    if (bytes > LIMIT_CACHE_MEMORY_OBJECT_BYTES && w->fd < 0) {
        enum err e = start_file(w);
        if (e) return e;
    }
    while (chunk.len) { /* in steps, so that the buffer stays small however large the chunk is */
        struct span step = span_first(chunk, w->fd < 0 ? chunk.len : 4 * CACHE_BLOCK_BYTES);
        buf_add(&w->body, step);
        chunk = span_from(chunk, step.len);
        enum err e = w->fd < 0 ? ERR_OK : flush(w, false);
        if (e) return e;
    }
    return ERR_OK;
}

static void end(struct cache_writer *w) {
    pthread_mutex_lock(&w->store->lock);
    list_remove(&w->node);
    pthread_mutex_unlock(&w->store->lock);
    if (w->fd >= 0) close(w->fd);
    bytes_unref(w->meta.bytes);
    buf_free(&w->body);
    buf_free(&w->sums);
    mem_free(w);
}

void cache_write_abort(struct cache_writer *w) {
    char path[4096];
    if (!w) return;
    temporary_path(w, path);
    if (w->fd >= 0) unlink(path);
    end(w);
}

/* To its final place; the two directories are made when they are first needed. */
static enum err move_file(struct cache_writer *w, const struct cache_name *name) {
    char from[4096];
    struct buf to = BUF_INIT;
    temporary_path(w, from);
    cache_path(w->store, name, &to);
    int failed = rename(from, buf_cstr(&to));
    if (failed && errno == ENOENT) {
        char dir[4096];
        snprintf(dir, sizeof dir, "%s/%.2s", w->store->dir, name->text);
        mkdir(dir, 0700);
        snprintf(dir, sizeof dir, "%s/%.2s/%c", w->store->dir, name->text, name->text[2]);
        mkdir(dir, 0700);
        failed = rename(from, buf_cstr(&to));
    }
    enum err e = failed ? err_from_errno(errno) : ERR_OK;
    buf_free(&to);
    return e;
}

/* Completes the file and moves it to its place. */
static enum err finish_file(struct cache_writer *w, const struct cache_name *name, uint64_t *ret_bytes) {
    enum err e = w->fd < 0 ? start_file(w) : ERR_OK;
    if (!e) e = flush(w, true);
    w->meta.sums = (uint64_t *)(void *)w->sums.ptr;
    if (!e) e = cache_file_finish(w->fd, &w->meta, ret_bytes);
    return e ? e : move_file(w, name);
}

/* Makes it visible. False: a purge has cancelled it. */
static bool publish(struct cache_writer *w, struct bytes *body, uint64_t file_bytes, struct buf *doomed) {
    struct cache_store *s = w->store;
    pthread_mutex_lock(&s->lock);
    bool good = !w->cancelled;
    uint64_t hash = cache_hash(s, w->key);
    struct cache_object *o = good ? cache_find_born(s, hash, w->meta.born) : NULL; /* a scan was quicker */
    if (good && !o) o = cache_insert(s, w->key, w->meta.variant, w->meta.born, w->meta.expires_ms);
    if (good) {
        struct bytes *head = bytes_copy(w->meta.head);
        if (body && !o->body) cache_add_memory(s, o, head, body);
        if (file_bytes && !o->disk_bytes) cache_add_disk(s, o, file_bytes);
        bytes_unref(head);
        cache_trim_variants(s, o, doomed);
        s->stats.stored++;
        cache_evict(s, doomed);
    }
    pthread_mutex_unlock(&s->lock);
    return good;
}

enum err cache_write_commit(struct cache_writer *w) {
    struct buf doomed = BUF_INIT;
    uint64_t file_bytes = 0;
    struct cache_name name = {0};
    struct bytes *body = w->fd < 0 ? bytes_copy(buf_span(&w->body)) : NULL;
    enum err e = ERR_OK;
    if (w->store->dir) {
        name = cache_name(w->key, w->meta.born);
        e = finish_file(w, &name, &file_bytes);
    }
    if (e) {
        bytes_unref(body);
        cache_write_abort(w);
        return e;
    }
    if (!publish(w, body, file_bytes, &doomed)) {
        if (w->store->dir) buf_add(&doomed, span_make(&name, sizeof name));
        e = ERR_CANCELLED;
    }
    cache_unlink(w->store, &doomed);
    bytes_unref(body);
    end(w);
    return e;
}

void cache_cancel_writers(struct cache_store *s, struct span zone, const struct span *name) {
    LIST_EACH(node, &s->writers) {
        struct cache_writer *w = LIST_ITEM(node, struct cache_writer, node);
        if (span_eq(w->key.zone, zone) && (!name || span_eq(w->key.name, *name))) w->cancelled = true;
    }
}

static enum err copy_body(struct cache_reader *reader, struct cache_writer *w) {
    char *block = mem_alloc(CACHE_BLOCK_BYTES);
    size_t n = 1;
    enum err e = ERR_OK;
    for (uint64_t at = 0; !e && n > 0; at += n) {
        e = cache_read(reader, at, block, CACHE_BLOCK_BYTES, &n);
        if (!e && n) e = cache_write_chunk(w, span_make(block, n));
    }
    mem_free(block);
    return e;
}

enum err cache_refresh(struct cache_store *s, struct cache_key key, struct cache_reader *reader,
                       struct span head, uint64_t expires_ms) {
    struct cache_writer *w;
    enum err e = cache_write_begin(s, key, cache_variant(reader), head, expires_ms, &w);
    if (e) return e;
    if ((e = copy_body(reader, w))) {
        cache_write_abort(w);
        return e;
    }
    return cache_write_commit(w);
}
