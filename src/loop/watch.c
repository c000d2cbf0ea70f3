/* Each path belongs to a directory that is watched with inotify: a file to its parent, a directory to itself. What inotify
 * says only starts the quiet timer; when that comes due, files are compared with what they were. Directories that
 * cannot be watched (absent, limits exhausted) are looked at by a slow timer, which also tries to watch them again. */
#include "loop/watch.h"

#include "base/arena.h"
#include "base/map.h"
#include "loop/file.h"
#include "loop/inside.h"

enum { LOOK_MS = 1000 };

/* What a path looked like; all zero when absent. */
struct look {
    uint64_t inode, size_bytes;
    int64_t mtime_ns;
};

struct watch_dir {
    uv_fs_event_t uv;
    struct watch *watch;
    struct list node;
    struct map *names; /* struct watched by file name */
    char *path;
    struct look look;
    bool whole;      /* the directory itself was asked for: any entry counts */
    bool watching;   /* inotify tells us */
    bool entry_seen; /* an entry of a whole directory has changed */
};

struct watched { /* one file */
    char *path;
    struct look look;
};

struct watch {
    struct loop *loop;
    uv_timer_t quiet, slow;
    uint64_t quiet_ms;
    void (*on_change)(void *arg);
    void *arg;
    struct list dirs;
    struct map *by_path; /* struct watch_dir */
    size_t count;
    int open_timers;
    bool closing;
};

static struct look look_at(const char *path) {
    struct file_info info;
    if (file_stat(path, &info, NULL) != ERR_OK) return (struct look){0};
    return (struct look){info.inode, info.kind == FILE_DIRECTORY ? 0 : info.size_bytes, info.mtime_ns};
}

static bool same_look(struct look a, struct look b) {
    return a.inode == b.inode && a.size_bytes == b.size_bytes && a.mtime_ns == b.mtime_ns;
}

/* Looking for changes. */

static bool files_changed(struct watch_dir *d) {
    bool changed = false;
    size_t at = 0;
    void *value;
    while (map_each(d->names, &at, NULL, &value)) {
        struct watched *f = value;
        struct look now = look_at(f->path);
        changed |= !same_look(now, f->look);
        f->look = now;
    }
    return changed;
}

static void on_fs_event(uv_fs_event_t *uv, const char *name, int events, int status);

static void try_to_watch(struct watch_dir *d) {
    d->watching = d->look.inode != 0 && uv_fs_event_start(&d->uv, on_fs_event, d->path, 0) == 0;
}

/* A directory that was replaced by another of the same name needs a new watch. */
static bool dir_changed(struct watch_dir *d) {
    struct look now = look_at(d->path);
    bool changed = d->whole && (d->entry_seen || !same_look(now, d->look));
    bool replaced = now.inode != d->look.inode;
    d->entry_seen = false;
    d->look = now;
    if (replaced) uv_fs_event_stop(&d->uv);
    if (replaced || !d->watching) try_to_watch(d);
    return files_changed(d) || changed;
}

static void on_quiet(uv_timer_t *timer) {
    struct watch *w = timer->data;
    bool changed = false;
    LIST_EACH(node, &w->dirs) changed |= dir_changed(LIST_ITEM(node, struct watch_dir, node));
    if (changed) w->on_change(w->arg);
}

static void start_quiet(struct watch *w) { uv_timer_start(&w->quiet, on_quiet, w->quiet_ms, 0); }

static void on_slow(uv_timer_t *timer) {
    struct watch *w = timer->data;
    LIST_EACH(node, &w->dirs) {
        struct watch_dir *d = LIST_ITEM(node, struct watch_dir, node);
        if (d->watching || uv_is_active((uv_handle_t *)&w->quiet)) continue;
        size_t at = 0;
        void *value;
        bool differs = !same_look(look_at(d->path), d->look);
        while (!differs && map_each(d->names, &at, NULL, &value)) {
            struct watched *f = value;
            differs = !same_look(look_at(f->path), f->look);
        }
        if (differs) start_quiet(w);
    }
}

static void on_fs_event(uv_fs_event_t *uv, const char *name, int events, int status) {
    struct watch_dir *d = uv->data;
    loop_touch(d->watch->loop);
    /* What happens to the directory itself is reported under its own name. */
    bool about_dir = status != 0 || !name || span_eq(span_of(name), file_basename(span_of(d->path)));
    if (!about_dir && !d->whole && !map_get(d->names, span_of(name))) return;
    if (d->whole) d->entry_seen = true;
    start_quiet(d->watch);
}

/* Adding. */

static struct watch_dir *dir_for(struct watch *w, struct span path) {
    struct watch_dir *d = map_get(w->by_path, path);
    if (d) return d;
    d = mem_alloc(sizeof *d);
    check(uv_fs_event_init(&w->loop->uv, &d->uv) == 0);
    d->uv.data = d;
    d->watch = w;
    d->names = map_new();
    d->path = mem_cstr(path);
    d->look = look_at(d->path);
    list_push(&w->dirs, &d->node);
    map_put(w->by_path, path, d);
    w->count++;
    try_to_watch(d);
    return d;
}

static void add_file(struct watch *w, struct span path) {
    struct watch_dir *d = dir_for(w, file_dirname(path));
    struct span name = file_basename(path);
    if (map_get(d->names, name)) return;
    struct watched *f = mem_alloc(sizeof *f);
    f->path = mem_cstr(path);
    f->look = look_at(f->path);
    map_put(d->names, name, f);
    w->count++;
}

enum err watch_add(struct watch *w, const char *path) {
    if (w->count + 2 > LIMIT_WATCH_PATHS) return ERR_OVERLOAD;
    if (file_is_directory(path)) {
        dir_for(w, span_of(path))->whole = true;
    } else {
        add_file(w, span_of(path));
    }
    return ERR_OK;
}

/* Leaving. */

static void on_dir_closed(uv_handle_t *h) { mem_free(h->data); }

static void close_dir(struct watch_dir *d) {
    size_t at = 0;
    void *value;
    while (map_each(d->names, &at, NULL, &value)) {
        struct watched *f = value;
        mem_free(f->path);
        mem_free(f);
    }
    map_free(d->names);
    mem_free(d->path);
    list_remove(&d->node);
    uv_close((uv_handle_t *)&d->uv, on_dir_closed);
}

void watch_clear(struct watch *w) {
    while (!list_empty(&w->dirs)) close_dir(LIST_ITEM(list_first(&w->dirs), struct watch_dir, node));
    map_free(w->by_path);
    w->by_path = map_new();
    w->count = 0;
    uv_timer_stop(&w->quiet);
}

struct watch *watch_new(struct loop *loop, uint64_t quiet_ms, void (*on_change)(void *arg), void *arg) {
    struct watch *w = mem_alloc(sizeof *w);
    w->loop = loop;
    w->quiet_ms = quiet_ms;
    w->on_change = on_change;
    w->arg = arg;
    list_init(&w->dirs);
    w->by_path = map_new();
    check(uv_timer_init(&loop->uv, &w->quiet) == 0 && uv_timer_init(&loop->uv, &w->slow) == 0);
    w->quiet.data = w->slow.data = w;
    w->open_timers = 2;
    uv_timer_start(&w->slow, on_slow, LOOK_MS, LOOK_MS);
    return w;
}

static void on_watch_timer_closed(uv_handle_t *h) {
    struct watch *w = h->data;
    if (--w->open_timers == 0) mem_free(w);
}

void watch_free(struct watch *w) {
    if (!w || w->closing) return;
    w->closing = true;
    watch_clear(w);
    map_free(w->by_path);
    uv_close((uv_handle_t *)&w->quiet, on_watch_timer_closed);
    uv_close((uv_handle_t *)&w->slow, on_watch_timer_closed);
}
