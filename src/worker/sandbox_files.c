/* no_new_privs and Landlock. The kernel's headers may be older than the kernel, so the few constants of Landlock's ABI are
 * written here (landlock(7)). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/sandbox.h"

enum { SYS_LANDLOCK_CREATE = 444, SYS_LANDLOCK_ADD = 445, SYS_LANDLOCK_RESTRICT = 446 };
enum { RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };

enum { /* LANDLOCK_ACCESS_FS_* */
       FS_EXECUTE = 1 << 0,
       FS_WRITE = 1 << 1,
       FS_READ = 1 << 2,
       FS_READ_DIR = 1 << 3,
       FS_REMOVE_FILE = 1 << 5,
       FS_MAKE_REGULAR = 1 << 8,
       FS_ALL_ABI1 = (1 << 13) - 1,
       FS_REFER = 1 << 13,
       FS_TRUNCATE = 1 << 14,
       FS_IOCTL = 1 << 15,
};
enum { NET_BIND_AND_CONNECT = 3, SCOPE_UNIX_AND_SIGNAL = 3 };

struct ruleset {
    uint64_t fs, net, scoped;
};
struct path_beneath {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

/* What the engine and ICU read while they run: randomness, memory statistics, time zones. */
static const char *const engine_paths[] = {
    "/dev/urandom",   "/proc/self",          "/sys/devices/system/cpu",
    "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/zoneinfo-icu"};

static enum err allow(int ruleset, const char *path, uint64_t access, bool must_exist, struct problem *p) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && !must_exist) return ERR_OK;
    if (fd < 0) return problem(p, err_from_errno(errno), "sandbox: %s: can't be opened", path);
    struct path_beneath rule = {access, fd};
    struct stat info;
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) rule.allowed &= FS_WRITE | FS_READ | FS_TRUNCATE;
    long failed = syscall(SYS_LANDLOCK_ADD, ruleset, RULE_PATH_BENEATH, &rule, 0);
    int number = errno;
    close(fd);
    if (failed) return problem(p, err_from_errno(number), "sandbox: Landlock refuses a rule for %s", path);
    return ERR_OK;
}

static enum err add_rules(int ruleset, uint64_t handled, const struct sandbox *walls, struct problem *p) {
    uint64_t read = FS_READ | FS_READ_DIR;
    uint64_t write = read | FS_WRITE | FS_MAKE_REGULAR | FS_REMOVE_FILE | FS_TRUNCATE;
    enum err e = allow(ruleset, walls->read_only, read, true, p);
    if (!e) e = allow(ruleset, walls->read_write, write & handled, true, p);
    for (size_t i = 0; !e && i < sizeof engine_paths / sizeof *engine_paths; i++)
        e = allow(ruleset, engine_paths[i], read, false, p);
    return e;
}

static enum err enter_landlock(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    long abi = syscall(SYS_LANDLOCK_CREATE, NULL, 0, CREATE_VERSION);
    if (abi < 1) return ERR_OK; /* not in this kernel, or switched off: sandbox_layers_text() will say so */
    struct ruleset rules = {.fs = FS_ALL_ABI1};
    if (abi >= ABI_REFER) rules.fs |= FS_REFER;
    if (abi >= ABI_TRUNCATE) rules.fs |= FS_TRUNCATE;
    if (abi >= ABI_NET) rules.net = NET_BIND_AND_CONNECT;
    if (abi >= ABI_IOCTL) rules.fs |= FS_IOCTL;
    if (abi >= ABI_SCOPE) rules.scoped = SCOPE_UNIX_AND_SIGNAL;
    size_t size = abi >= ABI_SCOPE ? 24 : abi >= ABI_NET ? 16 : 8;
    long ruleset = syscall(SYS_LANDLOCK_CREATE, &rules, size, 0);
    if (ruleset < 0) return problem(p, ERR_INTERNAL, "sandbox: Landlock: %s", strerror(errno));
    enum err e = add_rules((int)ruleset, rules.fs, walls, p);
    if (!e && syscall(SYS_LANDLOCK_RESTRICT, (int)ruleset, 0))
        e = problem(p, ERR_INTERNAL, "sandbox: Landlock: %s", strerror(errno));
    close((int)ruleset);
    if (!e) *layers |= SANDBOX_LANDLOCK;
    return e;
}

enum err sandbox_files(const struct sandbox *walls, unsigned *ret_layers, struct problem *p) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return problem(p, ERR_INTERNAL, "sandbox: no_new_privs is refused");
    *ret_layers |= SANDBOX_NO_NEW_PRIVS;
    enum err e = enter_landlock(walls, ret_layers, p);
    /* After the rules: /proc/self of a process that is not dumpable belongs to root. */
    if (!e && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        e = problem(p, ERR_INTERNAL, "sandbox: dumpable can't be cleared");
    return e;
}

void sandbox_layers_text(unsigned layers, char *out, size_t out_bytes) {
    snprintf(out, out_bytes, "%s%s%s", layers & SANDBOX_NO_NEW_PRIVS ? "no_new_privs" : "",
             layers & SANDBOX_LANDLOCK ? " landlock" : "", layers & SANDBOX_SECCOMP ? " seccomp" : "");
}
