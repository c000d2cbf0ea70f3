/* The kernel's headers may be older than the kernel, so the few constants of Landlock's ABI are written here. */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SYS_LANDLOCK_CREATE = 444, SYS_LANDLOCK_ADD = 445, SYS_LANDLOCK_RESTRICT = 446 };
enum { RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };

enum { /* LANDLOCK_ACCESS_FS_* */
       FS_EXECUTE = 1 << 0,
       FS_WRITE = 1 << 1,
       FS_READ = 1 << 2,
       FS_READ_DIR = 1 << 3,
       FS_REMOVE_DIR = 1 << 4,
       FS_REMOVE_FILE = 1 << 5,
       FS_MAKE_DIRECTORY = 1 << 7,
       FS_MAKE_REGULAR = 1 << 8,
       FS_MAKE_SYMLINK = 1 << 12,
       FS_ALL_ABI1 = (1 << 13) - 1,
       FS_REFER = 1 << 13,
       FS_TRUNCATE = 1 << 14,
       FS_IOCTL = 1 << 15,
};
enum { NET_BIND = 1, NET_CONNECT = 2, SCOPE_UNIX_AND_SIGNAL = 3 };
enum { FS_OF_FILES = FS_EXECUTE | FS_WRITE | FS_READ | FS_TRUNCATE | FS_IOCTL };

struct ruleset {
    uint64_t fs, net, scoped;
};
struct path_beneath {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

int landlock_abi(void) {
    long abi = syscall(SYS_LANDLOCK_CREATE, NULL, 0, CREATE_VERSION);
    return abi < 1 ? 0 : (int)abi;
}

static uint64_t access_of(unsigned may) {
    uint64_t access = 0;
    if (may & LANDLOCK_TREE) {
        may |= LANDLOCK_WRITE;
        access |= FS_MAKE_DIRECTORY | FS_MAKE_SYMLINK | FS_REMOVE_FILE | FS_REMOVE_DIR | FS_REFER;
    }
    if (may & LANDLOCK_WRITE) access |= FS_WRITE | FS_MAKE_REGULAR | FS_TRUNCATE;
    if (may & (LANDLOCK_READ | LANDLOCK_WRITE)) access |= FS_READ | FS_READ_DIR;
    if (may & LANDLOCK_RUN) access |= FS_EXECUTE;
    return access;
}

static enum err add(int ruleset, uint64_t handled, const struct landlock_rule *r, struct problem *p) {
    int fd = open(r->path, O_PATH | O_CLOEXEC);
    if (fd < 0 && !r->must_exist) return ERR_OK;
    if (fd < 0) return problem(p, err_from_errno(errno), "sandbox: %s: can't be opened", r->path);
    struct path_beneath rule = {access_of(r->may) & handled, fd};
    struct stat info;
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) rule.allowed &= FS_OF_FILES;
    long failed = syscall(SYS_LANDLOCK_ADD, ruleset, RULE_PATH_BENEATH, &rule, 0);
    int number = errno;
    close(fd);
    if (failed) return problem(p, err_from_errno(number), "sandbox: Landlock refuses a rule for %s", r->path);
    return ERR_OK;
}

enum err landlock_enter(const struct landlock_rules *rules, bool *ret_there, struct problem *p) {
    int abi = landlock_abi();
    *ret_there = false;
    if (!abi) return ERR_OK;
    struct ruleset handled = {.fs = FS_ALL_ABI1};
    if (abi >= ABI_REFER) handled.fs |= FS_REFER;
    if (abi >= ABI_TRUNCATE) handled.fs |= FS_TRUNCATE;
    if (abi >= ABI_NET) handled.net = NET_BIND | (rules->connect ? 0 : NET_CONNECT);
    if (abi >= ABI_IOCTL) handled.fs |= FS_IOCTL;
    if (abi >= ABI_SCOPE && !rules->signals) handled.scoped = SCOPE_UNIX_AND_SIGNAL;
    size_t size = abi >= ABI_SCOPE ? 24 : abi >= ABI_NET ? 16 : 8;
    long ruleset = syscall(SYS_LANDLOCK_CREATE, &handled, size, 0);
    if (ruleset < 0) return problem(p, ERR_INTERNAL, "sandbox: Landlock: %s", strerror(errno));
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < rules->count; i++) e = add((int)ruleset, handled.fs, &rules->list[i], p);
    if (!e && syscall(SYS_LANDLOCK_RESTRICT, (int)ruleset, 0))
        e = problem(p, ERR_INTERNAL, "sandbox: Landlock: %s", strerror(errno));
    close((int)ruleset);
    *ret_there = !e;
    return e;
}
