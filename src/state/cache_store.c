/* Opening, looking up, purging. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/cache_object.h"

/* -- Opening -- */

static enum err tell(struct problem *p, const char *dir, int number) {
    enum err e = err_from_errno(number);
    if (e == ERR_PERMISSION)
        return problem(p, e, "the cache directory %s cannot be used: no permission to read and write there",
                       dir);
    return problem(p, e, "the cache directory %s cannot be used: %s", dir, strerror(number));
}

static int unlink_file(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    if (kind == FTW_F) unlink(path);
    return 0;
}

/* Numbers must grow from run to run, whatever the clock does: they order a purge and what it purges. */
static uint64_t next_epoch(const char *dir) {
    char path[4096], next[4096];
    unsigned long long epoch = 0;
    snprintf(path, sizeof path, "%s/epoch", dir);
    snprintf(next, sizeof next, "%s/epoch.new", dir);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%llu", &epoch) != 1) epoch = 0;
    if (f) fclose(f);
    epoch++;
    if (epoch < (unsigned long long)time(NULL))
        epoch = (unsigned long long)time(NULL); /* when the file got lost */
    f = fopen(next, "we");
    if (f && fprintf(f, "%llu\n", epoch) > 0 && fclose(f) == 0) rename(next, path);
    return epoch << 24;
}

static enum err open_dir(struct cache_store *s, struct problem *p) {
    char path[4096];
    if (mkdir(s->dir, 0700) && errno != EEXIST) return tell(p, s->dir, errno);
    snprintf(path, sizeof path, "%s/tmp", s->dir);
    if (mkdir(path, 0700) && errno != EEXIST) return tell(p, s->dir, errno);
    snprintf(path, sizeof path, "%s/lock", s->dir);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) return tell(p, s->dir, errno);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB))
        return problem(p, ERR_IN_USE, "the cache directory %s is in use by another process", s->dir);
    snprintf(path, sizeof path, "%s/tmp", s->dir);
    nftw(path, unlink_file, 4, FTW_PHYS); /* what a crash left half written: as many as there were writers */
    s->next_born = next_epoch(s->dir);
    cache_purges_load(s);
    return ERR_OK;
}

static uint64_t or_default(uint64_t value, uint64_t otherwise) { return value ? value : otherwise; }

enum err cache_store_open(const struct cache_options *options, struct cache_store **ret, struct problem *p) {
    struct cache_store *s = NEW(struct cache_store);
    pthread_mutex_init(&s->lock, NULL);
    s->lock_fd = -1;
    s->object_bytes = or_default(options->object_bytes, LIMIT_CACHE_OBJECT_BYTES);
    s->index = map_new();
    s->purged = map_new();
    list_init(&s->memory.queue);
    list_init(&s->disk.queue);
    list_init(&s->writers);
    s->memory.hand = &s->memory.queue;
    s->disk.hand = &s->disk.queue;
    s->memory.most_bytes = or_default(options->memory_bytes, LIMIT_CACHE_MEMORY_BYTES);
    s->disk.most_bytes = or_default(options->disk_bytes, LIMIT_CACHE_DISK_BYTES);
    s->memory.most_objects = s->disk.most_objects = or_default(options->objects, LIMIT_CACHE_OBJECTS);
    check(getrandom(&s->seed, sizeof s->seed, 0) == sizeof s->seed);
    s->scan_at = options->dir ? 0 : CACHE_LEAVES;
    s->dir = options->dir ? mem_cstr(span_of(options->dir)) : NULL;
    enum err e = s->dir ? open_dir(s, p) : ERR_OK;
    if (e) {
        cache_store_close(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

static void free_object(struct cache_object *o) {
    bytes_unref(o->head);
    bytes_unref(o->body);
    mem_free(o);
}

void cache_store_close(struct cache_store *s) {
    size_t at = 0;
    void *value;
    if (!s) return;
    check(list_empty(&s->writers));
    while (map_each(s->index, &at, NULL, &value))
        for (struct cache_object *o = value, *next; o; o = next) next = o->next, free_object(o);
    for (at = 0; map_each(s->purged, &at, NULL, &value);) mem_free(value);
    map_free(s->index);
    map_free(s->purged);
    if (s->lock_fd >= 0) close(s->lock_fd);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->dir);
    mem_free(s);
}

/* -- Readers -- */

static struct cache_reader *new_reader(struct cache_store *s, uint64_t hash, uint64_t born,
                                       uint64_t expires_ms, struct span variant) {
    struct cache_reader *r = mem_alloc(sizeof *r + variant.len);
    if (variant.len) memcpy(r + 1, variant.ptr, variant.len);
    r->store = s;
    r->variant = span_make(r + 1, variant.len);
    r->hash = hash;
    r->born = born;
    r->expires_ms = expires_ms;
    r->fd = -1;
    return r;
}

/* Under the lock; the object is in memory. */
static struct cache_reader *memory_reader(struct cache_store *s, struct cache_object *o) {
    struct cache_reader *r = new_reader(s, o->hash, o->born, o->expires_ms, o->variant);
    r->head_bytes = bytes_ref(o->head);
    r->head = bytes_span(o->head);
    r->body = bytes_ref(o->body);
    r->size = bytes_span(o->body).len;
    o->visited_memory = o->visited_disk = true;
    s->stats.hits_memory++;
    return r;
}

enum cache_found cache_lookup(struct cache_store *s, struct cache_key key, cache_match_fn *match, void *user,
                              struct cache_reader **ret) {
    uint64_t hash = cache_hash(s, key);
    enum cache_found found = CACHE_ASK_DISK;
    pthread_mutex_lock(&s->lock);
    struct cache_object *o = cache_find(s, key, hash, match, user);
    if (o && o->body) {
        *ret = memory_reader(s, o);
        found = CACHE_HIT;
    } else if (!o && s->scan_at == CACHE_LEAVES) {
        s->stats.misses++;
        found = CACHE_MISS;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* The object turned out to be unreadable: a damaged one is deleted. */
static void drop_object(struct cache_store *s, uint64_t hash, uint64_t born, bool damaged) {
    struct buf doomed = BUF_INIT;
    pthread_mutex_lock(&s->lock);
    struct cache_object *o = cache_find_born(s, hash, born);
    if (o) cache_forget(s, o, &doomed);
    s->stats.damaged += damaged && o;
    pthread_mutex_unlock(&s->lock);
    cache_unlink(s, &doomed);
}

static enum err read_whole(struct cache_reader *r, struct bytes **ret) {
    char *data;
    struct bytes *body = bytes_new(r->size, &data);
    for (uint64_t at = 0; at < r->size;) {
        size_t n;
        enum err e = cache_read(r, at, data + at, r->size - at, &n);
        if (e) {
            bytes_unref(body);
            return e;
        }
        at += n;
    }
    *ret = body;
    return ERR_OK;
}

/* Small objects move up into memory when they are asked for. */
static enum err promote(struct cache_reader *r) {
    struct cache_store *s = r->store;
    struct bytes *body;
    struct buf doomed = BUF_INIT;
    if (r->size > LIMIT_CACHE_MEMORY_OBJECT_BYTES) return ERR_OK;
    enum err e = read_whole(r, &body);
    if (e) return e;
    struct bytes *head = bytes_copy(r->head);
    pthread_mutex_lock(&s->lock);
    struct cache_object *o = cache_find_born(s, r->hash, r->born);
    if (o && !o->body) cache_add_memory(s, o, head, body);
    cache_evict(s, &doomed);
    pthread_mutex_unlock(&s->lock);
    cache_unlink(s, &doomed);
    bytes_unref(head);
    r->body = body;
    close(r->fd);
    r->fd = -1;
    return ERR_OK;
}

static enum err open_file(struct cache_store *s, const struct cache_object *o, uint64_t hash,
                          struct cache_reader **ret) {
    struct cache_meta meta;
    int fd;
    struct cache_name file = o->file;
    enum err e = cache_file_open(s, &file, &fd, &meta);
    if (e) return e;
    struct cache_reader *r = new_reader(s, hash, meta.born, meta.expires_ms, meta.variant);
    r->fd = fd;
    r->meta = meta;
    r->head = meta.head;
    r->size = meta.body_bytes;
    r->file = file;
    if ((e = promote(r))) {
        cache_reader_close(r);
        return e;
    }
    *ret = r;
    return ERR_OK;
}

/* One look: memory, then the file that the index names. ERR_NOT_FOUND: the index names none. ERR_CORRUPT: it named
 * one that was no good; it is gone now, so look again. */
static enum err open_indexed(struct cache_store *s, struct cache_key key, uint64_t hash,
                             cache_match_fn *match, void *user, struct cache_reader **ret) {
    struct cache_object copy = {0};
    pthread_mutex_lock(&s->lock);
    struct cache_object *o = cache_find(s, key, hash, match, user);
    if (o && o->body)
        *ret = memory_reader(s, o);
    else if (o)
        o->visited_disk = true, copy.file = o->file, copy.born = o->born;
    bool in_memory = o && o->body, on_disk = o && !in_memory;
    pthread_mutex_unlock(&s->lock);
    if (!on_disk) return in_memory ? ERR_OK : ERR_NOT_FOUND;
    enum err e = open_file(s, &copy, hash, ret);
    pthread_mutex_lock(&s->lock);
    s->stats.hits_disk += !e;
    pthread_mutex_unlock(&s->lock);
    if (!e) return ERR_OK;
    if (e == ERR_CORRUPT || e == ERR_NOT_FOUND) {
        drop_object(s, hash, copy.born, e == ERR_CORRUPT);
        e = ERR_CORRUPT;
    }
    return e;
}

enum err cache_open(struct cache_store *s, struct cache_key key, cache_match_fn *match, void *user,
                    struct cache_reader **ret) {
    uint64_t hash = cache_hash(s, key);
    enum err e = ERR_CORRUPT;
    pthread_mutex_lock(&s->lock);
    bool scanned = s->scan_at == CACHE_LEAVES;
    pthread_mutex_unlock(&s->lock);
    if (!scanned) cache_scan_key(s, key);
    for (unsigned tries = 0; e == ERR_CORRUPT && tries <= LIMIT_CACHE_VARIANTS; tries++)
        e = open_indexed(s, key, hash, match, user, ret);
    if (!e) return ERR_OK;
    pthread_mutex_lock(&s->lock);
    s->stats.misses++;
    pthread_mutex_unlock(&s->lock);
    return e == ERR_CORRUPT ? ERR_NOT_FOUND : e;
}

void cache_reader_close(struct cache_reader *r) {
    if (!r) return;
    bytes_unref(r->head_bytes);
    bytes_unref(r->body);
    cache_meta_free(&r->meta);
    mem_free(r->block);
    if (r->fd >= 0) close(r->fd);
    mem_free(r);
}

struct span cache_head(const struct cache_reader *r) {
    return r->head;
}
struct span cache_variant(const struct cache_reader *r) {
    return r->variant;
}
uint64_t cache_size(const struct cache_reader *r) { return r->size; }
uint64_t cache_expires_ms(const struct cache_reader *r) { return r->expires_ms; }
struct bytes *cache_body(const struct cache_reader *r) {
    return r->body;
}

/* Makes `number` the verified block. */
static enum err load_block(struct cache_reader *r, uint64_t number, size_t *ret_len) {
    uint64_t left = r->size - number * CACHE_BLOCK_BYTES;
    *ret_len = left < CACHE_BLOCK_BYTES ? (size_t)left : CACHE_BLOCK_BYTES;
    if (r->block && r->block_number == number) return ERR_OK;
    if (!r->block) r->block = mem_alloc(CACHE_BLOCK_BYTES);
    r->block_number = UINT64_MAX;
    enum err e = cache_file_block(r->fd, &r->meta, number, r->block, ret_len);
    if (!e) r->block_number = number;
    if (e == ERR_CORRUPT) drop_object(r->store, r->hash, r->born, true);
    return e;
}

enum err cache_read(struct cache_reader *r, uint64_t offset, char *out, size_t len, size_t *ret_len) {
    const char *from = r->block;
    if (offset >= r->size || len == 0) return *ret_len = 0, ERR_OK;
    uint64_t left = r->size - offset;
    if (r->body) {
        from = bytes_span(r->body).ptr + offset;
    } else {
        size_t start = offset % CACHE_BLOCK_BYTES, block_len;
        enum err e = load_block(r, offset / CACHE_BLOCK_BYTES, &block_len);
        if (e) return e;
        from = r->block + start;
        left = block_len - start;
    }
    *ret_len = len < left ? len : (size_t)left;
    memcpy(out, from, *ret_len);
    return ERR_OK;
}

/* -- Purging -- */

enum err cache_purge_key(struct cache_store *s, struct cache_key key, bool *ret_found) {
    struct buf doomed = BUF_INIT;
    uint64_t hash = cache_hash(s, key);
    bool found = false;
    pthread_mutex_lock(&s->lock);
    bool scanned = s->scan_at == CACHE_LEAVES;
    pthread_mutex_unlock(&s->lock);
    if (!scanned) cache_scan_key(s, key);
    pthread_mutex_lock(&s->lock);
    cache_cancel_writers(s, key.zone, &key.name);
    for (struct cache_object *o; (o = cache_find(s, key, hash, NULL, NULL)); found = true)
        cache_forget(s, o, &doomed);
    pthread_mutex_unlock(&s->lock);
    cache_unlink(s, &doomed);
    if (ret_found) *ret_found = found;
    return ERR_OK;
}

/* Under the lock. Everything of the zone that is indexed; up to some ten milliseconds for a full index. */
static void forget_zone(struct cache_store *s, struct span zone, struct buf *doomed) {
    struct cache_object **list = NULL; /* collected first: the map may not change while it is walked */
    size_t at = 0, count = 0, cap = 0;
    void *value;
    while (map_each(s->index, &at, NULL, &value))
        for (struct cache_object *o = value; o; o = o->next) {
            if (!span_eq(o->zone, zone)) continue;
            if (count == cap)
                list = mem_resize(list, (cap = cap ? cap * 2 : 64) * sizeof(struct cache_object *));
            list[count++] = o;
        }
    for (size_t i = 0; i < count; i++) cache_forget(s, list[i], doomed);
    mem_free(list);
}

enum err cache_purge_zone(struct cache_store *s, struct span zone) {
    struct buf doomed = BUF_INIT;
    if (zone.len > LIMIT_CACHE_KEY_BYTES) return ERR_TOO_LARGE;
    pthread_mutex_lock(&s->lock);
    cache_cancel_writers(s, zone, NULL);
    enum err e = s->dir ? cache_purges_add(s, zone, s->next_born) : ERR_OK;
    forget_zone(s, zone, &doomed);
    pthread_mutex_unlock(&s->lock);
    cache_unlink(s, &doomed);
    return e;
}

void cache_stats(struct cache_store *s, struct cache_stats *ret) {
    pthread_mutex_lock(&s->lock);
    *ret = s->stats;
    ret->memory_bytes = s->memory.bytes;
    ret->memory_objects = s->memory.objects;
    ret->disk_bytes = s->disk.bytes;
    ret->disk_objects = s->disk.objects;
    ret->scanned = s->scan_at == CACHE_LEAVES;
    pthread_mutex_unlock(&s->lock);
}
