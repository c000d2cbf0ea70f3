/* For tests: a directory of one's own that goes away, and files in it. */
#ifndef STATE_TEST_DIR_H
#define STATE_TEST_DIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline char *test_dir_make(void) {
    char *dir = malloc(200);
    const char *parent = getenv("TMPDIR");
    snprintf(dir, 200, "%s/cusp-test-XXXXXX", parent ? parent : P_tmpdir);
    return mkdtemp(dir);
}

static inline int test_dir_unlink(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    return remove(path);
}

static inline void test_dir_remove(char *dir) {
    nftw(dir, test_dir_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

/* Not for two paths at once: it returns the same buffer. */
static inline const char *test_path(const char *dir, const char *name) {
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static inline void test_write_file(const char *path, const void *data, size_t len) {
    FILE *f = fopen(path, "w");
    if (!f || fwrite(data, 1, len, f) != len || fclose(f)) abort();
}

#endif
