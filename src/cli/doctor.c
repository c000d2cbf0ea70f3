#include "cli/doctor.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/json_write.h"
#include "sandbox/sandbox.h"

enum { FILES_WELL = 65536, FILES_LEAST = 4096, BACKLOG_WELL = 1024, ABI_NET = 4 };

typedef struct doctor_facts facts;

static bool has(const facts *f, unsigned layer) { return f->layers & layer; }
static enum doctor_verdict need(bool there) { return there ? DOCTOR_OK : DOCTOR_MISSING; }
static enum doctor_verdict want(bool there) { return there ? DOCTOR_OK : DOCTOR_WEAK; }
static enum doctor_verdict yes_no(bool there, char *found, const char *yes, const char *no) {
    snprintf(found, DOCTOR_TEXT_BYTES, "%s", there ? yes : no);
    return there ? DOCTOR_OK : DOCTOR_MISSING;
}

/* -- One function a row: what was found, in words, and whether it will do ---------------------------------------------- */

static enum doctor_verdict walls(const facts *f, char *found) {
    snprintf(found, DOCTOR_TEXT_BYTES, "%.100s", f->walls ? f->kernel : f->walls_problem);
    return need(f->walls);
}
static enum doctor_verdict seccomp(const facts *f, char *found) {
    return yes_no(has(f, SANDBOX_SECCOMP), found, "filters are applied", "this kernel takes no filter");
}
static enum doctor_verdict files(const facts *f, char *found) {
    bool root = has(f, SANDBOX_MOUNT_NS), landlock = has(f, SANDBOX_LANDLOCK);
    if (landlock)
        snprintf(found, DOCTOR_TEXT_BYTES, "Landlock ABI %d%s", f->landlock_abi,
                 root ? ", a root directory of its own" : "");
    else
        snprintf(found, DOCTOR_TEXT_BYTES, "%s",
                 root ? "a root directory of its own, no Landlock"
                      : "neither Landlock nor a root directory of its own");
    if (!root && !landlock) return DOCTOR_MISSING;
    return want(landlock && f->landlock_abi >= ABI_NET);
}
static enum doctor_verdict user(const facts *f, char *found) {
    if (!f->root) return yes_no(true, found, "an ordinary user", "");
    return yes_no(has(f, SANDBOX_USER), found, "root steps down in worker processes",
                  "root, and it can't step down");
}
static enum doctor_verdict namespaces(const facts *f, char *found) {
    unsigned all = SANDBOX_MOUNT_NS | SANDBOX_NET_NS | SANDBOX_IPC_NS | SANDBOX_UTS_NS;
    sandbox_layers_text(f->layers & (all | SANDBOX_USER_NS), found, DOCTOR_TEXT_BYTES);
    if (!found[0]) snprintf(found, DOCTOR_TEXT_BYTES, "none");
    return want((f->layers & all) == all);
}
static enum doctor_verdict engine(const facts *f, char *found) {
    if (f->engine)
        js_engine_version(found, DOCTOR_TEXT_BYTES);
    else
        snprintf(found, DOCTOR_TEXT_BYTES, "%.100s", f->engine_problem);
    return need(f->engine);
}
static enum doctor_verdict cpu_limit(const facts *f, char *found) {
    if (f->caps.drain_inside && !f->caps.interrupt) {
        snprintf(found, DOCTOR_TEXT_BYTES, "loops are stopped late, by the engine's own timer");
        return DOCTOR_WEAK;
    }
    return yes_no(f->caps.drain_inside, found, "loops and promise chains are stopped",
                  "endless promise chains are not stopped");
}
static enum doctor_verdict memory_limit(const facts *f, char *found) {
    if (f->caps.mmap_guard && !(f->caps.heap_meter && f->caps.large_refused)) {
        snprintf(found, DOCTOR_TEXT_BYTES, "giant allocations fail; %s",
                 f->caps.heap_meter ? "large ones are not refused" : "heaps are measured late");
        return DOCTOR_WEAK;
    }
    snprintf(found, DOCTOR_TEXT_BYTES, "%s",
             f->caps.mmap_guard ? "giant allocations fail"
             : f->sanitizers    ? "left out of this build, which is for tests"
                                : "giant allocations are not refused");
    return f->caps.mmap_guard ? DOCTOR_OK : f->sanitizers ? DOCTOR_WEAK : DOCTOR_MISSING;
}
static enum doctor_verdict frozen_clock(const facts *f, char *found) {
    return yes_no(f->caps.clock_freeze, found, "stands still inside an isolate", "runs inside an isolate");
}
static enum doctor_verdict cgroup(const facts *f, char *found) {
    snprintf(found, DOCTOR_TEXT_BYTES, "%s%s%s%s", f->cgroup2 ? "version 2" : "no version 2 here",
             f->cgroup_memory ? ", memory" : "", f->cgroup_pids ? ", pids" : "",
             f->cgroup_writable ? ", delegated" : ", not delegated");
    return want(f->cgroup_memory && f->cgroup_writable);
}
static enum doctor_verdict open_files(const facts *f, char *found) {
    snprintf(found, DOCTOR_TEXT_BYTES, "%llu", (unsigned long long)f->open_files);
    return f->open_files < FILES_LEAST ? DOCTOR_MISSING : want(f->open_files >= FILES_WELL);
}
static enum doctor_verdict backlog(const facts *f, char *found) {
    snprintf(found, DOCTOR_TEXT_BYTES, "%llu", (unsigned long long)f->listen_backlog);
    return want(f->listen_backlog >= BACKLOG_WELL);
}
static enum doctor_verdict clock_source(const facts *f, char *found) {
    static const char *const quick[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                        "hyperv_clocksource_tsc_page"};
    snprintf(found, DOCTOR_TEXT_BYTES, "%.100s, %u CPUs", f->clock_source, f->cpus);
    for (size_t i = 0; i < sizeof quick / sizeof *quick; i++)
        if (strcmp(f->clock_source, quick[i]) == 0) return DOCTOR_OK;
    return DOCTOR_WEAK;
}
static enum doctor_verdict memory(const facts *f, char *found) {
    bool never = span_find(span_of(f->huge_pages), SPAN("[never]")) < strlen(f->huge_pages);
    snprintf(found, DOCTOR_TEXT_BYTES, "overcommit %llu, huge pages %.80s", (unsigned long long)f->overcommit,
             f->huge_pages[0] ? f->huge_pages : "unknown");
    return f->overcommit == 2 ? DOCTOR_MISSING : want(!never);
}

static const struct row {
    const char *name;
    enum doctor_verdict (*judge)(const facts *f, char *found);
    const char *meaning, *remedy;
} rows[DOCTOR_LINES] = {
    {"sandbox", walls, "worker processes can't start here",
     "read the reason; then open a shell as this user on this machine and run it again"},
    {"system calls", seccomp, "code that escapes an isolate may ask the kernel for anything its user may",
     "a kernel with CONFIG_SECCOMP_FILTER"},
    {"files", files,
     "code that escapes an isolate reads what its user reads (with an old Landlock: it may also connect TCP "
     "when seccomp fails)",
     "Linux 6.7 or later with \"landlock\" in the kernel's lsm= list; or allow user namespaces"},
    {"user", user, "worker processes run as root",
     "start `cusp serve` as an ordinary user, or give the container CAP_SETUID, CAP_SETGID, CAP_CHOWN"},
    {"namespaces", namespaces, "one wall less: the other layers hold alone",
     "sysctl user.max_user_namespaces > 0, kernel.unprivileged_userns_clone=1 (Debian), "
     "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), or a container profile that allows unshare"},
    {"engine", engine, "no JavaScript runs here",
     "allow executable memory (SELinux execmem, a hardened kernel's MPROTECT)"},
    {"CPU limit", cpu_limit, "a Worker can hold its thread until the watchdog kills the process",
     "a WebKitGTK of a tested version: 2.50 or 2.54, as Debian's; docs/doctor.md"},
    {"memory limit", memory_limit, "one giant allocation may end the worker process",
     "build without sanitizers; link the program dynamically"},
    {"frozen clock", frozen_clock, "a Worker can time its neighbours",
     "link the program dynamically, so that it can stand between the engine and libc"},
    {"cgroup", cgroup,
     "the memory of a worker process has no ceiling of the kernel's, only Cusp's own limits",
     "systemd: Delegate=yes in the unit; containers: cgroup version 2 mounted writable"},
    {"open files", open_files, "connections are refused before Cusp's own limit of 20000",
     "LimitNOFILE=65536 in the unit, or ulimit -Hn 65536"},
    {"listen backlog", backlog, "bursts of connections are dropped", "sysctl net.core.somaxconn=4096"},
    {"clock", clock_source, "every reading of the clock costs a system call",
     "a clock source that user space can read: tsc, kvm-clock, arch_sys_counter"},
    {"memory", memory,
     "overcommit 2: the engine can't reserve its address space; no huge pages: some per cent slower",
     "sysctl vm.overcommit_memory=0; transparent_hugepage=madvise"},
};

int doctor_judge(const facts *f, struct doctor_line ret[DOCTOR_LINES]) {
    int status = 0;
    for (size_t i = 0; i < DOCTOR_LINES; i++) {
        ret[i] =
            (struct doctor_line){.name = rows[i].name, .meaning = rows[i].meaning, .remedy = rows[i].remedy};
        ret[i].verdict = rows[i].judge(f, ret[i].found);
        if (ret[i].verdict == DOCTOR_MISSING) status = 1;
    }
    return status;
}

/* -- Saying it ------------------------------------------------------------------------------------------------------------ */

static const char *const verdicts[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WEAK] = "weak", [DOCTOR_MISSING] = "missing"};

static void write_json(const struct doctor_line *lines, struct buf *out) {
    struct json_writer w = JSON_WRITER(out);
    json_begin_array(&w);
    for (size_t i = 0; i < DOCTOR_LINES; i++) {
        json_begin_object(&w);
        json_key(&w, SPAN("name"));
        json_string(&w, span_of(lines[i].name));
        json_key(&w, SPAN("verdict"));
        json_string(&w, span_of(verdicts[lines[i].verdict]));
        json_key(&w, SPAN("found"));
        json_string(&w, span_of(lines[i].found));
        if (lines[i].verdict != DOCTOR_OK) {
            json_key(&w, SPAN("meaning"));
            json_string(&w, span_of(lines[i].meaning));
            json_key(&w, SPAN("remedy"));
            json_string(&w, span_of(lines[i].remedy));
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    buf_add_char(out, '\n');
}

void doctor_write(const struct doctor_line lines[DOCTOR_LINES], bool json, struct buf *out) {
    if (json) {
        write_json(lines, out);
        return;
    }
    for (size_t i = 0; i < DOCTOR_LINES; i++) {
        buf_printf(out, "%-8s %-15s %s\n", verdicts[lines[i].verdict], lines[i].name, lines[i].found);
        if (lines[i].verdict != DOCTOR_OK)
            buf_printf(out, "         means:  %s\n         remedy: %s\n", lines[i].meaning, lines[i].remedy);
    }
}

int doctor_main(int argc, char **argv) {
    bool json = argc == 1 && strcmp(argv[0], "--json") == 0;
    if (argc && !json) {
        fputs("usage: cusp doctor [--json]\n", stderr);
        return 2;
    }
    struct doctor_facts found;
    struct doctor_line lines[DOCTOR_LINES];
    struct buf out = BUF_INIT;
    doctor_examine(&found);
    int status = doctor_judge(&found, lines);
    doctor_write(lines, json, &out);
    if (!json) buf_printf(&out, "%s\n", status ? "not ready for production" : "ready for production");
    fwrite(out.ptr, 1, out.len, stdout);
    buf_free(&out);
    return status;
}
