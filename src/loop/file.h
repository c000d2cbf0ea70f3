/* Files, blocking. For start-up, commands, and inside work_run() (loop/work.h): not on a loop that serves
 * requests. Paths are NUL-terminated: this is the border of the OS. Every failure fills a problem that names
 * the path and the reason. Any thread. */
#ifndef LOOP_FILE_H
#define LOOP_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends the whole file. ERR_TOO_LARGE when it has more than max_bytes (pipes and /proc too: counted as
 * read). */
MUST_USE enum err file_read(const char *path, uint64_t max_bytes, struct buf *ret_content, struct problem *p);
/* Readers see the old content or the new, never a mixture, and after a power cut too: a temporary file beside
 * it, fsync, rename, fsync of the directory. `mode` is of a new file (0644, 0600). */
MUST_USE enum err file_write_atomic(const char *path, struct span content, unsigned mode, struct problem *p);
MUST_USE enum err file_mkdirs(const char *path, unsigned mode,
                              struct problem *p); /* with all parents; existing is fine */
/* Removes a file or a whole directory tree without following symbolic links. Absent is fine. */
MUST_USE enum err file_remove_tree(const char *path, struct problem *p);
MUST_USE enum err file_rename(const char *from, const char *to, struct problem *p);
MUST_USE enum err file_remove(const char *path, struct problem *p); /* one file; ERR_NOT_FOUND when absent */

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_OTHER };
struct file_info {
    enum file_kind kind; /* of what a symbolic link points to */
    uint64_t size_bytes;
    int64_t mtime_ns; /* since 1970 */
    uint64_t inode, device;
    unsigned mode; /* permission bits */
};
MUST_USE enum err file_stat(const char *path, struct file_info *ret_info, struct problem *p);
bool file_exists(const char *path);
bool file_is_directory(const char *path);

struct file_entry {
    struct span name; /* NUL-terminated, in the arena */
    enum file_kind kind;
};
/* Entries without "." and "..", sorted by name. ERR_TOO_LARGE above max_entries. */
MUST_USE enum err file_list(const char *path, size_t max_entries, struct arena *arena,
                            struct file_entry **ret_entries, size_t *ret_count, struct problem *p);
/* Absolute, without links, "." and ".."; NUL-terminated, in the arena. */
MUST_USE enum err file_realpath(const char *path, struct arena *arena, struct span *ret_path,
                                struct problem *p);
/* A new directory `<prefix>XXXXXX`; NUL-terminated, in the arena. */
MUST_USE enum err file_temp_dir(const char *prefix, struct arena *arena, struct span *ret_path,
                                struct problem *p);

/* Pure path functions. dir + "/" + name without doubled slashes; an absolute name stands alone.
 * NUL-terminated. */
struct span file_join(struct arena *arena, struct span dir, struct span name);
struct span file_dirname(struct span path);  /* "a/b" -> "a", "a" -> ".", "/a" -> "/" */
struct span file_basename(struct span path); /* "a/b" -> "b" */

#endif
