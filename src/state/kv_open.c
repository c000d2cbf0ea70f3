/* Opening and closing a store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "state/kv_store.h"

static enum err open_tables(struct kv_store *s, MDB_txn *txn) {
    const struct {
        const char *name;
        MDB_dbi *dbi;
    } tables[] = {{"meta", &s->meta},
                  {"names", &s->names},
                  {"data", &s->data},
                  {"tails", &s->tails},
                  {"expiry", &s->expiry}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        enum err e = kv_err(mdb_dbi_open(txn, tables[i].name, MDB_CREATE, tables[i].dbi));
        if (e) return e;
    }
    return ERR_OK;
}

/* Writes the format into a new store; refuses another one. */
static enum err check_format(struct kv_store *s, MDB_txn *txn) {
    MDB_val key = kv_val(SPAN("format")), value;
    uint32_t format = KV_FORMAT;
    int result = mdb_get(txn, s->meta, &key, &value);
    if (result == MDB_NOTFOUND) {
        value = (MDB_val){sizeof format, &format};
        return kv_err(mdb_put(txn, s->meta, &key, &value, 0));
    }
    if (result) return kv_err(result);
    if (value.mv_size != sizeof format) return ERR_CORRUPT;
    memcpy(&format, value.mv_data, sizeof format);
    return format == KV_FORMAT ? ERR_OK : ERR_UNSUPPORTED;
}

static enum err prepare(struct kv_store *s) {
    MDB_txn *txn;
    enum err e = kv_err(mdb_txn_begin(s->env, NULL, 0, &txn));
    if (e) return e;
    e = open_tables(s, txn);
    if (!e) e = check_format(s, txn);
    if (!e) return kv_err(mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return e;
}

/* Is every entry of this table inside the first `file_bytes` of the file? */
static enum err check_table(MDB_txn *txn, MDB_dbi dbi, const char *map, uint64_t file_bytes) {
    MDB_cursor *cursor;
    MDB_val key, value;
    int result = mdb_cursor_open(txn, dbi, &cursor);
    if (result) return kv_err(result);
    while (!(result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        uint64_t key_end = (uint64_t)((char *)key.mv_data - map) + key.mv_size;
        uint64_t value_end = (uint64_t)((char *)value.mv_data - map) + value.mv_size;
        if (key_end > file_bytes || value_end > file_bytes) break;
    }
    mdb_cursor_close(cursor);
    return result == MDB_NOTFOUND ? ERR_OK : ERR_CORRUPT;
}

/* LMDB trusts the file's length; touching a page behind a lost end would be a SIGBUS. A file may be shorter than
 * its last page number says (pages that were freed before they were written), so a short one is lengthened with
 * zeros, and then every entry is looked up to see whether one of them was in what is missing. */
static enum err check_length(struct kv_store *s, int fd) {
    MDB_envinfo info;
    struct stat st;
    if (mdb_env_info(s->env, &info) || fstat(fd, &st)) return ERR_IO;
    uint64_t want = ((uint64_t)info.me_last_pgno + 1) * s->page_bytes, have = (uint64_t)st.st_size;
    if (have >= want) return ERR_OK;
    if (ftruncate(fd, (off_t)want)) return err_from_errno(errno);
    MDB_txn *txn;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    enum err e = kv_err(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn));
    if (e) return e;
    char name[32];
    int result = mdb_cursor_open(txn, 1 /* LMDB's table of tables */, &cursor);
    while (!result && !e && !(result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        MDB_dbi dbi;
        snprintf(name, sizeof name, "%.*s", SPAN_FMT(kv_span(key)));
        e = kv_err(mdb_dbi_open(txn, name, 0, &dbi));
        if (!e) e = check_table(txn, dbi, info.me_mapaddr, have);
    }
    if (!e && result != MDB_NOTFOUND) e = ERR_CORRUPT;
    if (cursor) mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return e ? ERR_CORRUPT : ERR_OK;
}

static enum err open_env(struct kv_store *s, const char *dir) {
    MDB_stat stat;
    int fd, stale;
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    if (s->options.durability == KV_DURABLE_CRASH) flags |= MDB_NOSYNC;
    if (mdb_env_create(&s->env)) return ERR_IO;
    enum err e = kv_err(mdb_env_set_mapsize(s->env, s->map_bytes));
    if (!e) e = kv_err(mdb_env_set_maxdbs(s->env, 8));
    if (!e) e = kv_err(mdb_env_set_maxreaders(s->env, (unsigned)LIMIT_KV_VIEWS + 2));
    if (!e) e = kv_err(mdb_env_open(s->env, dir, flags, 0600));
    if (e) return e;
    check(mdb_env_get_maxkeysize(s->env) >= KV_LMDB_KEY_BYTES); /* how the library was built */
    mdb_reader_check(s->env, &stale);                           /* slots of readers that were killed */
    mdb_env_stat(s->env, &stat);
    s->page_bytes = stat.ms_psize;
    e = kv_err(mdb_env_get_fd(s->env, &fd));
    if (!e) e = check_length(s, fd);
    return e ? e : prepare(s);
}

static enum err tell(struct problem *p, enum err e, const char *dir) {
    switch (e) {
    case ERR_PERMISSION:
        return problem(p, e, "the KV store %s cannot be opened: no permission to read and write there", dir);
    case ERR_UNSUPPORTED:
        return problem(p, e, "the KV store %s was written by another version of this program; use that one",
                       dir);
    case ERR_INVALID:
    case ERR_CORRUPT:
        return problem(
            p, ERR_CORRUPT,
            "the KV store %s is damaged; restore it from a backup, or remove the directory to start empty",
            dir);
    case ERR_NO_SPACE: return problem(p, e, "the KV store %s cannot be opened: the disk is full", dir);
    default: return problem(p, e, "the KV store %s cannot be opened: %s", dir, err_sentence(e));
    }
}

static void free_store(struct kv_store *s) {
    for (struct kv_snapshot *snap = s->idle, *next; snap; snap = next) {
        next = snap->next;
        mdb_txn_abort(snap->txn);
        mem_free(snap);
    }
    if (s->env) mdb_env_close(s->env);
    map_free(s->known_names);
    pthread_mutex_destroy(&s->pool_lock);
    pthread_rwlock_destroy(&s->names_lock);
    pthread_mutex_destroy(&s->queue.lock);
    pthread_cond_destroy(&s->queue.wake);
    mem_free(s);
}

static struct kv_store *new_store(const struct kv_options *options) {
    struct kv_store *s = NEW(struct kv_store);
    if (options) s->options = *options;
    s->map_bytes = s->options.map_bytes ? s->options.map_bytes : LIMIT_KV_STORE_BYTES;
    s->known_names = map_new();
    pthread_mutex_init(&s->pool_lock, NULL);
    pthread_rwlock_init(&s->names_lock, NULL);
    pthread_mutex_init(&s->queue.lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->queue.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    list_init(&s->queue.ops);
    return s;
}

enum err kv_open(const char *dir, const struct kv_options *options, struct kv_store **ret,
                 struct problem *p) {
    if (access(dir, F_OK) && mkdir(dir, 0700) &&
        errno != EEXIST) /* a sandbox may forbid to ask for what is there */
        return problem(p, err_from_errno(errno), "the directory %s for a KV store cannot be made: %s", dir,
                       strerror(errno));
    struct kv_store *s = new_store(options);
    enum err e = open_env(s, dir);
    if (!e && pthread_create(&s->writer, NULL, kv_writer_main, s)) e = ERR_OVERLOAD;
    if (e) {
        free_store(s);
        return tell(p, e, dir);
    }
    *ret = s;
    return ERR_OK;
}

void kv_close(struct kv_store *s) {
    if (!s) return;
    pthread_mutex_lock(&s->queue.lock);
    s->queue.stop = true;
    pthread_cond_signal(&s->queue.wake);
    pthread_mutex_unlock(&s->queue.lock);
    pthread_join(s->writer, NULL);
    check(s->busy == 0); /* a view or snapshot is still open */
    if (s->options.durability == KV_DURABLE_CRASH) mdb_env_sync(s->env, 1);
    free_store(s);
}

void kv_stats(struct kv_store *s, struct kv_stats *ret) {
    MDB_envinfo info;
    check(mdb_env_info(s->env, &info) == 0);
    ret->used_bytes = ((uint64_t)info.me_last_pgno + 1) * s->page_bytes;
    ret->commits = s->commits;
    ret->writes = s->writes;
    ret->expired = s->expired;
}
