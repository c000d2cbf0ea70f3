#include "sandbox/spaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/identity.h"

enum { PATH_BYTES = 4096, READ_ONLY = MS_RDONLY | MS_NOSUID | MS_NODEV };

/* -- The root directory ------------------------------------------------------------------------------------------ */

struct piece {
    const char *from, *to; /* to: relative to the new root */
    bool is_file, writable, must_exist;
};

static bool make_parents(const char *path) {
    char copy[PATH_BYTES];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *at = copy + 1; *at; at++) {
        if (*at != '/') continue;
        *at = 0;
        if (mkdir(copy, 0755) && errno != EEXIST) return false;
        *at = '/';
    }
    return true;
}

static bool make_place(const struct piece *piece) {
    if (!make_parents(piece->to)) return false;
    if (!piece->is_file) return mkdir(piece->to, 0755) == 0 || errno == EEXIST;
    int fd = open(piece->to, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

/* Bind mounts take the flags of what they show; read-only is a second step, which must keep flags that are locked (a namespace may not
 * take away nosuid, nodev, noexec of the mount it copied), so they are all set. Devices need theirs. */
static bool place(const struct piece *piece) {
    if (!make_place(piece)) return false;
    if (mount(piece->from, piece->to, NULL, MS_BIND | MS_REC, NULL)) return !piece->must_exist;
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOEXEC;
    if (!piece->is_file) flags |= MS_NODEV;
    if (!piece->writable) flags |= MS_RDONLY;
    return mount(NULL, piece->to, NULL, flags, NULL) == 0 || !piece->must_exist;
}

/* The current directory is the new root, still empty; code and kv are held open. */
static bool fill_root(const struct sandbox *walls, int code, int kv) {
    char code_from[64], kv_from[64];
    snprintf(code_from, sizeof code_from, "/proc/self/fd/%d", code);
    snprintf(kv_from, sizeof kv_from, "/proc/self/fd/%d", kv);
    const struct piece pieces[] = {
        {.from = code_from, .to = walls->read_only, .must_exist = true},
        {.from = kv_from, .to = walls->read_write, .writable = true, .must_exist = true},
        {.from = "/proc/self", .to = "proc/self", .must_exist = true}, /* no other process is visible */
        {.from = "/dev/null", .to = "dev/null", .is_file = true, .writable = true},
        {.from = "/dev/urandom", .to = "dev/urandom", .is_file = true},
        {.from = "/sys/devices/system/cpu", .to = "sys/devices/system/cpu"},
    };
    mode_t before = umask(022); /* searched by another user than the one who makes it */
    bool placed = true;
    for (size_t i = 0; placed && i < sizeof pieces / sizeof *pieces; i++) placed = place(&pieces[i]);
    umask(before);
    return placed;
}

/* A file system in memory is laid over the account's directory (in this namespace only) and becomes the root; the old root is
 * taken off, so that no path and no ".." leads there. */
static bool change_root(const struct sandbox *walls, int code, int kv) {
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) return false;
    if (mount("cusp", walls->dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=0755"))
        return false;
    bool made =
        chdir(walls->dir) == 0 && fill_root(walls, code, kv) && syscall(SYS_pivot_root, ".", ".") == 0;
    int number = errno;
    if (!made) umount2(walls->dir, MNT_DETACH); /* as if nothing had happened */
    errno = number;
    return made;
}

static bool leave_old_root(void) {
    return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0 &&
           mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC | READ_ONLY, NULL) == 0;
}

/* -- Namespaces ------------------------------------------------------------------------------------------------------ */

static bool write_line(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text);
}

/* Its user 0 is the user outside: it must be able to set up the namespaces that belong to it. The capabilities go soon after. */
static bool enter_user(uid_t uid, gid_t gid) {
    char users[64], groups[64];
    if (unshare(CLONE_NEWUSER)) return false;
    snprintf(users, sizeof users, "0 %u 1", uid);
    snprintf(groups, sizeof groups, "0 %u 1", gid);
    return write_line("/proc/self/setgroups", "deny") && write_line("/proc/self/uid_map", users) &&
           write_line("/proc/self/gid_map", groups);
}

struct space {
    int flag;
    unsigned layer;
    const char *name;
};

static enum err missing(const struct sandbox *walls, const char *name, struct problem *p) {
    int number = errno;
    if (walls->namespaces != SANDBOX_ON) return ERR_OK;
    return problem(p, ERR_UNSUPPORTED,
                   "sandbox: `namespaces = \"on\"`, but %s can't be had (%s); `cusp doctor` says what to "
                   "change, \"auto\" does "
                   "without",
                   name, strerror(number));
}

static enum err enter_all(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    static const struct space spaces[] = {
        {CLONE_NEWNET, SANDBOX_NET_NS, "a network namespace"},
        {CLONE_NEWIPC, SANDBOX_IPC_NS, "an IPC namespace"},
        {CLONE_NEWUTS, SANDBOX_UTS_NS, "a UTS namespace"},
    };
    if (!identity_can(CAP_SYS_ADMIN)) {
        if (!enter_user(geteuid(), getegid())) return missing(walls, "a user namespace", p);
        *layers |= SANDBOX_USER_NS;
    }
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        enum err e = ERR_OK;
        if (unshare(spaces[i].flag))
            e = missing(walls, spaces[i].name, p);
        else
            *layers |= spaces[i].layer;
        if (e) return e;
    }
    return ERR_OK;
}

/* Descriptors of the two directories as the new namespace mounts them: those of the old one can't be placed in it. */
static bool change_root_of_copy(const struct sandbox *walls) {
    int code = open(walls->read_only, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int kv = open(walls->read_write, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool changed = code >= 0 && kv >= 0 && change_root(walls, code, kv);
    int number = errno;
    if (code >= 0) close(code);
    if (kv >= 0) close(kv);
    errno = number;
    return changed;
}

static enum err enter_root(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    if (unshare(CLONE_NEWNS)) return missing(walls, "a mount namespace", p);
    if (!change_root_of_copy(walls)) {
        enum err e = missing(walls, "a root directory of its own", p);
        if (!e && chdir(walls->dir))
            e = problem(p, err_from_errno(errno), "sandbox: %s: %s", walls->dir, strerror(errno));
        return e;
    }
    if (!leave_old_root())
        return problem(p, ERR_INTERNAL, "sandbox: the old root directory can't be left: %s", strerror(errno));
    *layers |= SANDBOX_MOUNT_NS;
    return ERR_OK;
}

enum err spaces_enter(const struct sandbox *walls, unsigned *layers, struct problem *p) {
    if (chdir(walls->dir))
        return problem(p, err_from_errno(errno), "sandbox: %s: %s", walls->dir, strerror(errno));
    if (walls->namespaces == SANDBOX_OFF) return ERR_OK;
    enum err e = enter_all(walls, layers, p);
    return e ? e : enter_root(walls, layers, p);
}
