/* The facts, found by trying. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/doctor.h"
#include "loop/file.h"
#include "loop/thread.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

enum { NOBODY = 65534 };

/* -- The walls: a child enters them and tells ----------------------------------------------------------------------- */

struct told {
    bool entered;
    unsigned layers;
    char problem[256];
};

static _Noreturn void enter(const char *dir, int report) {
    struct told told = {0};
    struct problem p = {0};
    struct sandbox walls = {.dir = dir,
                            .read_only = "code",
                            .read_write = "kv",
                            .uid = NOBODY,
                            .gid = NOBODY,
                            .namespaces = SANDBOX_AUTO,
                            .fds = &report,
                            .fd_count = 1};
    enum err e = sandbox_enter(&walls, &told.layers, &p);
    if (!e) e = sandbox_calls("doctor", false, &told.layers, &p);
    told.entered = !e;
    snprintf(told.problem, sizeof told.problem, "%.250s", p.text);
    _exit(write(report, &told, sizeof told) == sizeof told ? 0 : 1);
}

static void try_walls_in(const char *dir, struct doctor_facts *f) {
    int report[2], status;
    struct told told = {.problem = "the process that tried them died"};
    if (pipe2(report, O_CLOEXEC)) return;
    pid_t child = fork();
    if (child == 0) enter(dir, report[1]);
    close(report[1]);
    if (child > 0) {
        if (read(report[0], &told, sizeof told) != sizeof told) told.entered = false;
        waitpid(child, &status, 0);
    }
    close(report[0]);
    f->walls = told.entered;
    f->layers = told.layers;
    if (!told.entered) snprintf(f->walls_problem, sizeof f->walls_problem, "%s", told.problem);
}

static void try_walls(struct doctor_facts *f) {
    char dir[] = "/tmp/cusp-doctor-XXXXXX", code[64], kv[64];
    f->landlock_abi = landlock_abi();
    if (!mkdtemp(dir)) {
        snprintf(f->walls_problem, sizeof f->walls_problem, "/tmp: %s", strerror(errno));
        return;
    }
    snprintf(code, sizeof code, "%s/code", dir);
    snprintf(kv, sizeof kv, "%s/kv", dir);
    if (mkdir(code, 0700) == 0 && mkdir(kv, 0700) == 0) try_walls_in(dir, f);
    rmdir(code);
    rmdir(kv);
    rmdir(dir);
}

/* -- The engine -------------------------------------------------------------------------------------------------------- */

static void try_engine(struct doctor_facts *f) {
    struct problem p = {0};
    f->engine = js_engine_init(NULL, &p) == ERR_OK;
    f->caps = js_caps;
    snprintf(f->engine_problem, sizeof f->engine_problem, "%.250s", p.text);
#if defined(__SANITIZE_ADDRESS__)
    f->sanitizers = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    f->sanitizers = true;
#endif
#endif
}

/* -- The machine --------------------------------------------------------------------------------------------------------- */

/* The first line, cut to fit; "" when the file is not there. */
static void read_line(const char *path, char out[DOCTOR_TEXT_BYTES]) {
    out[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, out, DOCTOR_TEXT_BYTES - 1);
    close(fd);
    out[n > 0 ? n : 0] = 0;
    out[strcspn(out, "\n")] = 0;
}

static uint64_t read_number(const char *path) {
    char text[DOCTOR_TEXT_BYTES];
    uint64_t n;
    read_line(path, text);
    return span_to_u64(span_of(text), &n) ? n : 0;
}

static bool has_word(const char *list, struct span word) {
    struct span rest = span_of(list);
    while (rest.ptr)
        if (span_eq(span_cut(&rest, ' '), word)) return true;
    return false;
}

/* This process's own group in the unified hierarchy: "0::/system.slice/cusp.service". Delegated: children can be made in it. */
static void look_at_cgroup(struct doctor_facts *f) {
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    char controllers[DOCTOR_TEXT_BYTES];
    struct problem p;
    if (file_read("/proc/self/cgroup", 64 * 1024, &text, &p) == ERR_OK) {
        struct span rest = buf_span(&text);
        while (rest.len) {
            struct span line = span_cut(&rest, '\n');
            if (!span_starts(line, SPAN("0::"))) continue;
            struct span group = span_from(line, 3);
            read_line(arena_printf(&arena, "/sys/fs/cgroup%.*s/cgroup.controllers", SPAN_FMT(group)).ptr,
                      controllers);
            f->cgroup2 = controllers[0] != 0;
            f->cgroup_memory = has_word(controllers, SPAN("memory"));
            f->cgroup_pids = has_word(controllers, SPAN("pids"));
            f->cgroup_writable =
                access(arena_printf(&arena, "/sys/fs/cgroup%.*s/cgroup.subtree_control", SPAN_FMT(group)).ptr,
                       W_OK) == 0;
        }
    }
    buf_free(&text);
    arena_free(&arena);
}

static void look_at_machine(struct doctor_facts *f) {
    struct utsname u;
    struct rlimit files;
    if (uname(&u) == 0) snprintf(f->kernel, sizeof f->kernel, "%.60s %.60s", u.sysname, u.release);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) f->open_files = files.rlim_max;
    f->listen_backlog = read_number("/proc/sys/net/core/somaxconn");
    f->overcommit = read_number("/proc/sys/vm/overcommit_memory");
    f->cpus = thread_cpu_count();
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", f->clock_source);
    read_line("/sys/kernel/mm/transparent_hugepage/enabled", f->huge_pages);
}

void doctor_examine(struct doctor_facts *ret) {
    *ret = (struct doctor_facts){.root = geteuid() == 0};
    try_walls(
        ret); /* first: a child of a process that has an engine already would not be one of `cusp serve` */
    try_engine(ret);
    look_at_cgroup(ret);
    look_at_machine(ret);
}
