#include "sandbox/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "sandbox/identity.h"
#include "sandbox/inside.h"
#include "sandbox/landlock.h"
#include "sandbox/spaces.h"

/* -- Descriptors ---------------------------------------------------------------------------------------------------- */

static void close_between(unsigned first, unsigned last) {
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0) return;
    struct rlimit most; /* Linux before 5.9 */
    if (getrlimit(RLIMIT_NOFILE, &most) || most.rlim_cur > 1 << 20) most.rlim_cur = 1 << 20;
    for (unsigned fd = first; fd <= last && fd < most.rlim_cur; fd++) close((int)fd);
}

static void close_others(const struct sandbox *walls) {
    unsigned next = STDERR_FILENO + 1;
    check(walls->fd_count <= SANDBOX_FDS);
    for (size_t i = 0; i < walls->fd_count; i++) {
        check(walls->fds[i] >= (int)next);
        close_between(next, (unsigned)walls->fds[i] - 1);
        next = (unsigned)walls->fds[i] + 1;
    }
    close_between(next, ~0U);
}

/* A terminal is often open for reading too: what is typed there is nothing for tenants. Where it can't be opened anew (a socket of
 * the journal, a file of somebody else) it stays. */
static void make_write_only(int fd) {
    char path[32];
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) != O_RDWR) return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (again < 0) return;
    dup2(again, fd);
    close(again);
}

static enum err set_standard_fds(struct problem *p) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return problem(p, err_from_errno(errno), "sandbox: /dev/null: %s", strerror(errno));
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (null > STDERR_FILENO) close(null);
    make_write_only(STDERR_FILENO);
    return ERR_OK;
}

/* -- Limits ------------------------------------------------------------------------------------------------------------ */

static void limit(int what, uint64_t most) {
    struct rlimit now;
    if (getrlimit(what, &now)) return;
    rlim_t value = now.rlim_max < most ? now.rlim_max : most;
    setrlimit(what, &(struct rlimit){value, value}); /* lowering is everybody's right */
}

/* RLIMIT_NPROC counts all threads of a user: only in a user namespace of its own are those this process's. */
static void set_limits(unsigned layers) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, LIMIT_KV_STORE_BYTES);
    limit(RLIMIT_NOFILE, LIMIT_WORKER_FDS);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    if (layers & SANDBOX_USER_NS) limit(RLIMIT_NPROC, LIMIT_WORKER_THREADS);
}

/* -- Directories -------------------------------------------------------------------------------------------------------- */

static bool give_away(const char *dir, uid_t uid, gid_t gid) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) return false;
    bool ok = fchown(fd, uid, gid) == 0;
    for (struct dirent *each; ok && (each = readdir(list));)
        if (each->d_name[0] != '.') ok = fchownat(fd, each->d_name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0;
    closedir(list);
    return ok;
}

/* The parents of `dir` stay closed: the process has its place before it stops being root. */
static enum err hand_over(const struct sandbox *walls, struct problem *p) {
    if (!walls->uid || geteuid()) return ERR_OK;
    if (chown(walls->dir, 0, walls->gid) || chmod(walls->dir, 0710) || chdir(walls->dir) ||
        chown(walls->read_only, 0, walls->gid) || chmod(walls->read_only, 0750) ||
        !give_away(walls->read_write, walls->uid, walls->gid))
        return problem(p, err_from_errno(errno), "sandbox: %s can't be handed over to user %u: %s",
                       walls->dir, walls->uid, strerror(errno));
    return ERR_OK;
}

/* -- Who ------------------------------------------------------------------------------------------------------------------ */

static enum err become(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    if (!walls->uid || geteuid()) return ERR_OK;
    struct problem why;
    identity_close_bounding_set(0);
    enum err e = identity_become(walls->uid, walls->gid, &why);
    if (e && walls->must_become) return problem(p, e, "%s", why.text);
    if (!e) *layers |= SANDBOX_USER;
    prctl(PR_SET_DUMPABLE, 1, 0, 0,
          0); /* until the end of sandbox_enter(): /proc/self is its own meanwhile */
    return ERR_OK;
}

/* Root that may make namespaces makes them first, because nobody else may; root in a container becomes the user first, because in the
 * namespace of an ordinary user there is no other one to become. */
static enum err enter_spaces_and_become(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    bool first = !identity_can(CAP_SYS_ADMIN);
    enum err e = first ? become(walls, layers, p) : ERR_OK;
    if (!e) e = spaces_enter(walls, layers, p);
    if (!e && !first) e = become(walls, layers, p);
    if (!e) e = identity_keep_capabilities(0, p);
    return e;
}

/* -- Files ---------------------------------------------------------------------------------------------------------------- */

static enum err no_new_privs(unsigned *layers, struct problem *p) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return problem(p, ERR_INTERNAL, "sandbox: no_new_privs is refused");
    *layers |= SANDBOX_NO_NEW_PRIVS;
    return ERR_OK;
}

static enum err enter_landlock(const struct landlock_rules *rules, unsigned *layers, struct problem *p) {
    bool there;
    enum err e = landlock_enter(rules, &there, p);
    if (!e && there) *layers |= SANDBOX_LANDLOCK;
    return e;
}

/* What the engine and ICU read while they start: randomness, memory statistics, the stack's place, time zones. */
static enum err wall_files(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    const struct landlock_rule list[] = {
        {walls->read_only, LANDLOCK_READ, true},
        {walls->read_write, LANDLOCK_WRITE, true},
        {"/dev/urandom", LANDLOCK_READ, false},
        {"/proc/self", LANDLOCK_READ, false},
        {"/sys/devices/system/cpu", LANDLOCK_READ, false},
        {"/etc/localtime", LANDLOCK_READ, false},
        {"/usr/share/zoneinfo", LANDLOCK_READ, false},
    };
    return enter_landlock(&(struct landlock_rules){list, sizeof list / sizeof *list, false, false}, layers,
                          p);
}

/* A change of user or of capabilities clears it. The parent may have died meanwhile. */
static enum err die_with(pid_t parent, int signal_at_death, struct problem *p) {
    if (!signal_at_death) return ERR_OK;
    prctl(PR_SET_PDEATHSIG, signal_at_death);
    return getppid() == parent ? ERR_OK : problem(p, ERR_CLOSED, "sandbox: the parent is gone");
}

enum err sandbox_enter(const struct sandbox *walls, unsigned *ret_layers, struct problem *p) {
    pid_t parent = getppid();
    int signal_at_death = 0;
    prctl(PR_GET_PDEATHSIG, &signal_at_death);
    umask(077);
    close_others(walls);
    enum err e = set_standard_fds(p);
    if (!e) e = hand_over(walls, p);
    if (!e) e = enter_spaces_and_become(walls, ret_layers, p);
    if (!e) e = die_with(parent, signal_at_death, p);
    if (e) return e;
    set_limits(*ret_layers);
    e = no_new_privs(ret_layers, p);
    if (!e) e = wall_files(walls, ret_layers, p);
    /* After the rules: /proc/self of a process that is not dumpable belongs to root. */
    if (!e && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        e = problem(p, ERR_INTERNAL, "sandbox: dumpable can't be cleared");
    return e;
}

/* -- Edge and control --------------------------------------------------------------------------------------------------- */

enum { HELPER_PATHS = 64 };

enum err sandbox_helper(const struct sandbox_helper *walls, unsigned *ret_layers, struct problem *p) {
    struct landlock_rule list[HELPER_PATHS];
    size_t n = 0;
    unsigned run = walls->programs ? LANDLOCK_RUN : 0;
    for (const char *const *path = walls->read_only; *path; path++) {
        check(n < HELPER_PATHS);
        list[n++] = (struct landlock_rule){*path, LANDLOCK_READ | run, false};
    }
    for (const char *const *path = walls->read_write; *path; path++) {
        check(n < HELPER_PATHS);
        list[n++] = (struct landlock_rule){*path, LANDLOCK_TREE | run, false};
    }
    /* A bundler is killed by its parent's death and by its time limit: signals to its own children stay inside the domain. */
    struct landlock_rules rules = {list, n, walls->connect, false};
    limit(RLIMIT_CORE, 0);
    /* A root control process bundles the projects of other users; nothing else of root is needed. */
    enum err e = identity_keep_capabilities(walls->programs ? 1ull << CAP_DAC_READ_SEARCH : 0, p);
    if (!e) e = no_new_privs(ret_layers, p);
    if (!e) e = enter_landlock(&rules, ret_layers, p);
    if (!e && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        e = problem(p, ERR_INTERNAL, "sandbox: dumpable can't be cleared");
    if (!e) e = helper_calls(walls->programs, ret_layers, p);
    return e;
}

void sandbox_layers_text(unsigned layers, char *out, size_t out_bytes) {
    static const char *const texts[] = {
#define X(name, text, what) text,
        SANDBOX_LAYERS(X)
#undef X
    };
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < SANDBOX_LAYER_COUNT; i++)
        if (layers & (1u << i) && len < out_bytes)
            len += (size_t)snprintf(out + len, out_bytes - len, "%s%s", len ? " " : "", texts[i]);
}
