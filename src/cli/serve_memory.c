#include "cli/serve_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { PATH_BYTES = 512, FILE_BYTES = 64 * 1024 };

struct ceilings {
    enum memory_layer layer;
    const char *why;
    char group[PATH_BYTES]; /* where ours are made */
    pid_t self;
    uint32_t highest; /* number of a group that was made */
    bool moved;
};

/* --- Small files of the kernel ------------------------------------------------------------------------------------ */

static bool read_file(const char *path, char *room, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, room, cap - 1);
    if (fd >= 0) close(fd);
    room[n > 0 ? n : 0] = 0;
    return n >= 0;
}

static bool write_file(const char *dir, const char *name, const char *text) {
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
    if (fd < 0) return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    return close(fd) == 0 && ok;
}

/* The rest of the line that begins with `key`. */
static struct span line_after(const char *text, const char *key) {
    struct span rest = span_of(text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        if (span_starts(line, span_of(key))) return span_trim(span_from(line, strlen(key)));
    }
    return SPAN_NONE;
}

/* --- How much ------------------------------------------------------------------------------------------------------ */

enum err serve_parse_bytes(struct span text, uint64_t *ret) {
    uint64_t unit = 1, n;
    static const struct {
        struct span suffix;
        uint64_t unit;
    } units[] = {{{"MB", 2}, 1ull << 20}, {{"GB", 2}, 1ull << 30}};
    text = span_trim(text);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!span_ends(text, units[i].suffix)) continue;
        unit = units[i].unit;
        text = span_trim(span_first(text, text.len - units[i].suffix.len));
    }
    if (!span_to_u64(text, &n) || n > UINT64_MAX / 2 / unit) return ERR_INVALID;
    *ret = n * unit;
    return ERR_OK;
}

uint64_t serve_memory_default(void) {
    char text[FILE_BYTES];
    uint64_t kb = 0, bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE), most;
    if (read_file("/proc/meminfo", text, sizeof text) &&
        span_to_u64(span_trim(span_first(line_after(text, "MemTotal:"),
                                         span_index(line_after(text, "MemTotal:"), ' '))),
                    &kb))
        bytes = kb * 1024;
    /* A container's own limit, where it sees its group as the root. */
    if (read_file("/sys/fs/cgroup/memory.max", text, sizeof text) &&
        span_to_u64(span_trim(span_of(text)), &most) && most < bytes)
        bytes = most;
    bytes /= 2;
    return bytes > LIMIT_MEMORY_CEILING_LEAST_BYTES ? bytes : LIMIT_MEMORY_CEILING_LEAST_BYTES;
}

/* --- Control groups ------------------------------------------------------------------------------------------------- */

static bool has_word(const char *text, const char *word) {
    struct span rest = span_of(text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        while (line.len)
            if (span_eq(span_cut(&line, ' '), span_of(word))) return true;
    }
    return false;
}

/* Where version 2 is mounted: "ID PARENT DEV ROOT MOUNTPOINT OPTIONS - cgroup2 ..." */
static bool find_mount(const char *root, char *ret, size_t cap) {
    char path[PATH_BYTES], text[FILE_BYTES];
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    if (!read_file(path, text, sizeof text)) return false;
    struct span rest = span_of(text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        if (span_find(line, SPAN(" - cgroup2 ")) == line.len) continue;
        for (unsigned i = 0; i < 4; i++) span_cut(&line, ' ');
        struct span at = span_cut(&line, ' ');
        return (size_t)snprintf(ret, cap, "%s%.*s", root, SPAN_FMT(at)) < cap;
    }
    return false;
}

static bool is_delegated(const char *group) {
    static const char *const marks[] = {"trusted.delegate", "user.delegate"};
    char mark[4];
    for (size_t i = 0; i < 2; i++)
        if (getxattr(group, marks[i], mark, sizeof mark) == 1 && mark[0] == '1') return true;
    return false;
}

/* NULL: c->group may hold groups of ours. Else what is missing. */
static const char *find_group(struct ceilings *c, const char *root) {
    char path[PATH_BYTES + 64], text[FILE_BYTES], mount[PATH_BYTES / 2];
    if (!find_mount(root, mount, sizeof mount)) return "no control groups of version 2 are mounted";
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!read_file(path, text, sizeof text)) return "/proc/self/cgroup can't be read";
    struct span own = line_after(text, "0::");
    if (!own.len) return "this process is in no control group of version 2";
    bool is_root = span_eq(own, SPAN("/"));
    snprintf(c->group, sizeof c->group, "%s%.*s", mount, is_root ? 0 : (int)own.len, own.ptr);
    snprintf(path, sizeof path, "%s/cgroup.controllers", c->group);
    if (!read_file(path, text, sizeof text) || !has_word(text, "memory"))
        return "the memory controller is not available in this control group";
    if (!is_root && !is_delegated(c->group))
        return "this control group is not delegated (systemd: Delegate=yes)";
    return access(c->group, W_OK) ? "this control group can't be written to" : NULL;
}

static bool group_path(const struct ceilings *c, const char *name, char *ret, size_t cap) {
    return (size_t)snprintf(ret, cap, "%s/cusp-%d-%s", c->group, (int)c->self, name) < cap;
}

/* Controllers are handed out by groups that hold no processes. */
static const char *hand_out(struct ceilings *c) {
    char own[PATH_BYTES], pid[16];
    if (write_file(c->group, "cgroup.subtree_control", "+memory")) return NULL;
    if (errno != EBUSY || !group_path(c, "self", own, sizeof own) || (mkdir(own, 0755) && errno != EEXIST))
        return "the memory controller can't be handed out";
    snprintf(pid, sizeof pid, "%d", (int)c->self);
    c->moved = write_file(own, "cgroup.procs", pid);
    return c->moved && write_file(c->group, "cgroup.subtree_control", "+memory")
               ? NULL
               : "other processes share this control group";
}

struct ceilings *ceilings_new(const char *root, pid_t self) {
    struct ceilings *c = NEW(struct ceilings);
    c->self = self;
    c->why = find_group(c, root);
    if (!c->why) c->why = hand_out(c);
    c->layer = c->why ? MEMORY_LAYER_SELF : MEMORY_LAYER_CGROUP;
    return c;
}

static void write_number(const char *group, const char *file, uint64_t n) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    write_file(group, file, text);
}

void ceilings_put(struct ceilings *c, uint32_t number, pid_t pid, uint64_t ceiling_bytes) {
    char group[PATH_BYTES], name[16], text[16];
    if (c->layer != MEMORY_LAYER_CGROUP) return;
    snprintf(name, sizeof name, "%u", number);
    bool ok = group_path(c, name, group, sizeof group) && (mkdir(group, 0755) == 0 || errno == EEXIST);
    if (number > c->highest) c->highest = number;
    write_number(group, "memory.max", ceiling_bytes + ceiling_bytes / 4);
    write_number(group, "memory.high", ceiling_bytes);
    write_file(group, "memory.swap.max", "0");
    write_file(group, "memory.oom.group", "1");
    snprintf(text, sizeof text, "%d", (int)pid);
    if (!ok || !write_file(group, "cgroup.procs", text))
        LOG(LOG_WARN, "a worker process is in no control group of its own", LOG_N("account", number),
            LOG_S("why", span_of(strerror(errno))));
}

enum memory_layer ceilings_layer(const struct ceilings *c) { return c->layer; }
const char *ceilings_why(const struct ceilings *c) { return c->why ? c->why : ""; }

void ceilings_free(struct ceilings *c) {
    char group[PATH_BYTES], name[16];
    if (!c) return;
    for (uint32_t i = 0; c->layer == MEMORY_LAYER_CGROUP && i <= c->highest; i++) {
        snprintf(name, sizeof name, "%u", i);
        if (group_path(c, name, group, sizeof group)) rmdir(group);
    }
    mem_free(c);
}
