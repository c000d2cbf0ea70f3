#include "loop/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static enum err failed(struct problem *p, const char *what, const char *path) {
    int number = errno;
    char text[128];
    return problem(p, err_from_errno(number), "cannot %s %s: %s", what, path,
                   strerror_r(number, text, sizeof text));
}

/* Reading. */

static enum err read_all(int fd, const char *path, uint64_t max_bytes, size_t hint, struct buf *ret,
                         struct problem *p) {
    size_t start = ret->len;
    for (;;) {
        char *to = buf_reserve(ret, hint);
        ssize_t n = read(fd, to, hint);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            ret->len = start;
            return failed(p, "read", path);
        }
        if (n == 0) return ERR_OK;
        buf_added(ret, (size_t)n);
        if (ret->len - start > max_bytes) {
            ret->len = start;
            return problem(p, ERR_TOO_LARGE, "%s is larger than %llu bytes", path,
                           (unsigned long long)max_bytes);
        }
        hint = 64 * 1024;
    }
}

enum err file_read(const char *path, uint64_t max_bytes, struct buf *ret_content, struct problem *p) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed(p, "read", path);
    struct stat st;
    enum err e;
    if (fstat(fd, &st) != 0) {
        e = failed(p, "read", path);
    } else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_bytes) {
        e = problem(p, ERR_TOO_LARGE, "%s is larger than %llu bytes", path, (unsigned long long)max_bytes);
    } else {
        size_t hint = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 64 * 1024;
        e = read_all(fd, path, max_bytes, hint, ret_content, p);
    }
    close(fd);
    return e;
}

/* Writing. */

static bool write_all(int fd, struct span content) {
    while (content.len) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        content = span_from(content, (size_t)n);
    }
    return true;
}

static bool write_and_sync(int fd, struct span content, unsigned mode) {
    return fchmod(fd, mode) == 0 && write_all(fd, content) && fsync(fd) == 0;
}

/* The name itself must survive, too. */
static void sync_directory_of(const char *path) {
    struct span dir = file_dirname(span_of(path));
    char *name = mem_cstr(dir);
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    mem_free(name);
}

enum err file_write_atomic(const char *path, struct span content, unsigned mode, struct problem *p) {
    struct buf temp = BUF_INIT;
    buf_printf(&temp, "%s.XXXXXX", path);
    buf_cstr(&temp);
    enum err e = ERR_OK;
    int fd = mkostemp(temp.ptr, O_CLOEXEC);
    if (fd < 0) {
        e = failed(p, "write", path);
    } else {
        bool ok = write_and_sync(fd, content, mode);
        if (ok) ok = rename(temp.ptr, path) == 0;
        if (!ok) e = failed(p, "write", path);
        close(fd);
        if (!ok) unlink(temp.ptr);
        if (ok) sync_directory_of(path);
    }
    buf_free(&temp);
    return e;
}

/* Directories. */

enum err file_mkdirs(const char *path, unsigned mode, struct problem *p) {
    char *copy = mem_cstr(span_of(path));
    enum err e = ERR_OK;
    for (char *at = copy + 1; copy[0] && e == ERR_OK; at++) {
        if (*at != '/' && *at != 0) continue;
        char saved = *at;
        *at = 0;
        if (mkdir(copy, mode) != 0 && !(errno == EEXIST && file_is_directory(copy))) {
            if (errno == EEXIST) errno = ENOTDIR;
            e = failed(p, "make the directory", copy);
        }
        *at = saved;
        if (saved == 0) break;
    }
    mem_free(copy);
    return e;
}

static int remove_at(int dir, const char *name);

/* Removes all entries; looks again from the start after each pass, as readdir() may skip some while they go. */
static int remove_entries(int fd) {
    DIR *d = fdopendir(fd); /* owns fd */
    if (!d) {
        close(fd);
        return -1;
    }
    int status = 0;
    bool again = true;
    while (again && status == 0) {
        again = false;
        rewinddir(d);
        for (struct dirent *entry; status == 0 && (entry = readdir(d));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            status = remove_at(dirfd(d), entry->d_name);
            again = true;
        }
    }
    int saved = errno;
    closedir(d);
    errno = saved;
    return status;
}

static int remove_at(int dir, const char *name) {
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || remove_entries(fd) != 0) return -1;
    return unlinkat(dir, name, AT_REMOVEDIR);
}

enum err file_remove_tree(const char *path, struct problem *p) {
    return remove_at(AT_FDCWD, path) == 0 ? ERR_OK : failed(p, "remove", path);
}

enum err file_remove(const char *path, struct problem *p) {
    return unlink(path) == 0 ? ERR_OK : failed(p, "remove", path);
}

enum err file_rename(const char *from, const char *to, struct problem *p) {
    return rename(from, to) == 0 ? ERR_OK : failed(p, "rename to", to);
}

/* Looking. */

static enum file_kind kind_of(mode_t mode) {
    return S_ISREG(mode) ? FILE_REGULAR : S_ISDIR(mode) ? FILE_DIRECTORY : FILE_OTHER;
}

enum err file_stat(const char *path, struct file_info *ret_info, struct problem *p) {
    struct stat st;
    if (stat(path, &st) != 0) return failed(p, "look at", path);
    *ret_info = (struct file_info){.kind = kind_of(st.st_mode),
                                   .size_bytes = (uint64_t)st.st_size,
                                   .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                                   .inode = st.st_ino,
                                   .device = st.st_dev,
                                   .mode = st.st_mode & 07777};
    return ERR_OK;
}

bool file_exists(const char *path) { return access(path, F_OK) == 0; }

bool file_is_directory(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct file_entry *)a)->name.ptr, ((const struct file_entry *)b)->name.ptr);
}

static enum file_kind entry_kind(DIR *d, const struct dirent *entry) {
    if (entry->d_type == DT_REG) return FILE_REGULAR;
    if (entry->d_type == DT_DIR) return FILE_DIRECTORY;
    struct stat st;
    return fstatat(dirfd(d), entry->d_name, &st, 0) == 0 ? kind_of(st.st_mode) : FILE_OTHER;
}

enum err file_list(const char *path, size_t max_entries, struct arena *arena, struct file_entry **ret_entries,
                   size_t *ret_count, struct problem *p) {
    DIR *d = opendir(path);
    if (!d) return failed(p, "list", path);
    struct buf found = BUF_INIT;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(d));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (++count > max_entries) break;
        struct file_entry one = {arena_copy(arena, span_of(entry->d_name)), entry_kind(d, entry)};
        buf_add(&found, span_make(&one, sizeof one));
    }
    closedir(d);
    if (count > max_entries) {
        buf_free(&found);
        return problem(p, ERR_TOO_LARGE, "%s has more than %zu entries", path, max_entries);
    }
    struct file_entry *entries = arena_alloc(arena, (count + 1) * sizeof *entries);
    if (count) memcpy(entries, found.ptr, count * sizeof *entries);
    if (count) qsort(entries, count, sizeof *entries, by_name);
    buf_free(&found);
    *ret_entries = entries;
    *ret_count = count;
    return ERR_OK;
}

enum err file_realpath(const char *path, struct arena *arena, struct span *ret_path, struct problem *p) {
    char *real = realpath(path, NULL);
    if (!real) return failed(p, "find", path);
    *ret_path = arena_copy(arena, span_of(real));
    free(real);
    return ERR_OK;
}

enum err file_temp_dir(const char *prefix, struct arena *arena, struct span *ret_path, struct problem *p) {
    struct span name = arena_printf(arena, "%sXXXXXX", prefix);
    if (!mkdtemp((char *)name.ptr)) return failed(p, "make a directory like", prefix);
    *ret_path = name;
    return ERR_OK;
}
