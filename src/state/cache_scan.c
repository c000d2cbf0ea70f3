/* What the disk has and the index does not know yet; and the list of purges that such objects may be too old for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "state/cache_object.h"

/* Under the lock. Is there a younger one of the same variant? */
static bool is_outdated(struct cache_store *s, const struct cache_meta *m, uint64_t hash) {
    struct cache_object *o = map_get_u64(s->index, hash);
    for (; o && o->born > m->born; o = o->next)
        if (span_eq(o->name, m->name) && span_eq(o->zone, m->zone) && span_eq(o->variant, m->variant))
            return true;
    return false;
}

static void index_file(struct cache_store *s, const struct cache_name *name, uint64_t born) {
    struct buf doomed = BUF_INIT;
    struct cache_meta m;
    int fd;
    enum err e = cache_file_open(s, name, &fd, &m);
    if (e && e != ERR_CORRUPT) return;
    bool keep = false;
    pthread_mutex_lock(&s->lock);
    if (!e) {
        struct cache_key key = {m.zone, m.name};
        uint64_t hash = cache_hash(s, key);
        keep = cache_find_born(s, hash, born) != NULL;
        if (!keep && !is_outdated(s, &m, hash) && !cache_is_purged(s, m.zone, born)) {
            struct cache_object *o = cache_insert(s, key, m.variant, born, m.expires_ms);
            cache_add_disk(s, o, m.file_bytes);
            cache_trim_variants(s, o, &doomed);
            cache_evict(s, &doomed);
            keep = true;
        }
    } else {
        s->stats.damaged++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!keep) buf_add(&doomed, span_make(name, sizeof *name));
    cache_unlink(s, &doomed);
    if (!e) {
        cache_meta_free(&m);
        close(fd);
    }
}

/* The files of one leaf whose names begin with `prefix`. */
static void scan_leaf(struct cache_store *s, const char *leaf, struct span prefix) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%.2s/%c", s->dir, leaf, leaf[2]);
    DIR *dir = opendir(path);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct cache_name name;
        uint64_t born;
        struct span text = span_of(entry->d_name);
        if (text.ptr[0] == '.' || !span_starts(text, prefix)) continue;
        if (!cache_name_parse(text.ptr, &born) || strncmp(text.ptr, leaf, 3) != 0) {
            unlinkat(dirfd(dir), entry->d_name, 0); /* foreign */
            continue;
        }
        memcpy(name.text, text.ptr, sizeof name.text);
        if (born < s->run_born) index_file(s, &name, born); /* else its writer does */
    }
    closedir(dir);
}

void cache_scan_key(struct cache_store *s, struct cache_key key) {
    struct cache_name name = cache_name(key, 0);
    scan_leaf(s, name.text, span_make(name.text, 33));
}

/* -- Purges: rows of 8 before, 4 bytes of the zone, 4 zero, 8 checksum of the zone and these, the zone -- */

struct row {
    uint64_t before;
    uint32_t zone_bytes, zero;
    uint64_t sum;
};

static uint64_t row_sum(const struct row *row, struct span zone) {
    uint64_t parts[3] = {row->before, row->zone_bytes, span_hash(zone)};
    return span_hash(span_make(parts, sizeof parts));
}

static void remember(struct cache_store *s, struct span zone, uint64_t before) {
    struct cache_purge *purge = NEW(struct cache_purge);
    purge->before = before;
    mem_free(map_put(s->purged, zone, purge));
}

void cache_purges_load(struct cache_store *s) {
    char path[4096], *zone = mem_alloc(LIMIT_CACHE_KEY_BYTES);
    struct row row;
    snprintf(path, sizeof path, "%s/purges", s->dir);
    FILE *f = fopen(path, "re");
    while (f && fread(&row, sizeof row, 1, f) == 1) {
        struct span name = span_make(zone, row.zone_bytes);
        if (row.zone_bytes > LIMIT_CACHE_KEY_BYTES || fread(zone, 1, row.zone_bytes, f) != row.zone_bytes)
            break;
        if (row.sum != row_sum(&row, name)) break; /* a crash cut it: that purge never returned */
        remember(s, name, row.before);
    }
    if (f) fclose(f);
    mem_free(zone);
    s->run_born = s->next_born;
}

/* Under the lock: a purge is rare, and there is a row a zone only. */
static enum err save_purges(struct cache_store *s) {
    char path[4096], next[4096];
    struct buf out = BUF_INIT;
    struct span zone;
    size_t at = 0;
    void *value;
    while (map_each(s->purged, &at, &zone, &value)) {
        struct row row = {((struct cache_purge *)value)->before, (uint32_t)zone.len, 0, 0};
        row.sum = row_sum(&row, zone);
        buf_add(&out, span_make(&row, sizeof row));
        buf_add(&out, zone);
    }
    snprintf(path, sizeof path, "%s/purges", s->dir);
    snprintf(next, sizeof next, "%s/purges.new", s->dir);
    int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum err e = fd < 0 ? err_from_errno(errno) : cache_write_all(fd, buf_span(&out));
    if (fd >= 0) close(fd);
    if (!e && rename(next, path)) e = err_from_errno(errno);
    buf_free(&out);
    return e;
}

enum err cache_purges_add(struct cache_store *s, struct span zone, uint64_t before) {
    remember(s, zone, before);
    return save_purges(s);
}

/* The scan is through: purges of earlier runs have nothing left to say. Those of this run stay, since what they
 * purged may not be unlinked yet. */
static void drop_old_purges(struct cache_store *s) {
    struct map *kept = map_new();
    struct span zone;
    size_t at = 0;
    void *purge;
    while (map_each(s->purged, &at, &zone, &purge)) {
        if (((struct cache_purge *)purge)->before > s->run_born)
            map_put(kept, zone, purge);
        else
            mem_free(purge);
    }
    map_free(s->purged);
    s->purged = kept;
    if (save_purges(s)) return; /* the old rows stay in the file: they do no harm */
}

/* -- The scan -- */

bool cache_scan_step(struct cache_store *s) {
    char leaf[4];
    pthread_mutex_lock(&s->lock);
    unsigned at = s->scan_at;
    pthread_mutex_unlock(&s->lock);
    if (at == CACHE_LEAVES) return false;
    snprintf(leaf, sizeof leaf, "%03x", at);
    scan_leaf(s, leaf, SPAN_NONE);
    pthread_mutex_lock(&s->lock);
    bool more = ++s->scan_at < CACHE_LEAVES;
    if (!more) drop_old_purges(s);
    pthread_mutex_unlock(&s->lock);
    return more;
}
