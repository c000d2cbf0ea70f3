/* file, path: against a directory of its own. It could pass wrongly as root, whom permissions do not stop, so refusals are
 * provoked by things that stop root, too. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "loop/file.h"
#include "loop/testing.h"

struct place {
    struct arena arena;
    struct span dir;
};

static int set_up(void **state) {
    static struct place place;
    place = (struct place){.arena = ARENA_INIT};
    *state = &place;
    return file_temp_dir("/tmp/cusp-file-test-", &place.arena, &place.dir, NULL) != ERR_OK;
}

static int tear_down(void **state) {
    struct place *p = *state;
    enum err e = file_remove_tree(p->dir.ptr, NULL);
    bool left = file_exists(p->dir.ptr);
    arena_free(&p->arena);
    return e != ERR_OK || left;
}

static const char *in(struct place *p, const char *name) {
    return file_join(&p->arena, p->dir, span_of(name)).ptr;
}

static void written_files_read_back(void **state) {
    struct place *p = *state;
    const char *path = in(p, "a.txt");
    struct problem why;
    struct buf got = BUF_INIT;
    assert_int_equal(file_read(path, 100, &got, &why), ERR_NOT_FOUND);
    assert_non_null(strstr(why.text, path));
    assert_int_equal(file_write_atomic(path, SPAN("one"), 0600, NULL), ERR_OK);
    assert_int_equal(file_write_atomic(path, SPAN("second"), 0644, NULL), ERR_OK);
    buf_lit(&got, "kept ");
    assert_int_equal(file_read(path, 6, &got, NULL), ERR_OK);
    assert_true(span_eq(buf_span(&got), SPAN("kept second")));
    assert_int_equal(file_read(path, 5, &got, &why), ERR_TOO_LARGE);
    assert_int_equal(got.len, 11); /* untouched */
    struct file_info info;
    assert_int_equal(file_stat(path, &info, NULL), ERR_OK);
    assert_true(info.kind == FILE_REGULAR && info.size_bytes == 6 && info.mode == 0644 && info.mtime_ns > 0);
    struct file_entry *entries;
    size_t count;
    assert_int_equal(file_list(p->dir.ptr, 10, &p->arena, &entries, &count, NULL), ERR_OK);
    assert_int_equal(count, 1); /* no temporary file is left */
    got.len = 0;
    assert_int_equal(file_read("/proc/self/status", 100000, &got, NULL), ERR_OK); /* says size 0 */
    assert_true(got.len > 100);
    assert_int_equal(file_read("/dev/zero", 100000, &got, NULL), ERR_TOO_LARGE);
    assert_true(file_read(p->dir.ptr, 100, &got, &why) != ERR_OK);
    assert_true(file_write_atomic(in(p, "no/such/dir"), SPAN("x"), 0644, &why) == ERR_NOT_FOUND);
    assert_int_equal(file_rename(path, in(p, "b.txt"), NULL), ERR_OK);
    assert_int_equal(file_remove(path, NULL), ERR_NOT_FOUND);
    assert_int_equal(file_remove(in(p, "b.txt"), NULL), ERR_OK);
    buf_free(&got);
}

static void trees_are_made_listed_and_removed(void **state) {
    struct place *p = *state;
    struct problem why;
    assert_int_equal(file_mkdirs(in(p, "x/y/z"), 0755, NULL), ERR_OK);
    assert_int_equal(file_mkdirs(in(p, "x/y/z/"), 0755, NULL), ERR_OK);
    assert_true(file_is_directory(in(p, "x/y/z")));
    for (int i = 0; i < 500; i++) {
        char name[32];
        snprintf(name, sizeof name, "x/y/z/%03d", 499 - i);
        assert_int_equal(file_write_atomic(in(p, name), SPAN_NONE, 0644, NULL), ERR_OK);
    }
    struct file_entry *entries;
    size_t count = 0;
    assert_int_equal(file_list(in(p, "x/y/z"), 500, &p->arena, &entries, &count, NULL), ERR_OK);
    assert_int_equal(count, 500);
    assert_string_equal(entries[0].name.ptr, "000");
    assert_string_equal(entries[499].name.ptr, "499");
    assert_int_equal(file_list(in(p, "x/y/z"), 499, &p->arena, &entries, &count, &why), ERR_TOO_LARGE);
    /* Links are removed, not followed. */
    assert_int_equal(file_mkdirs(in(p, "outside"), 0755, NULL), ERR_OK);
    assert_int_equal(file_write_atomic(in(p, "outside/kept"), SPAN("x"), 0644, NULL), ERR_OK);
    assert_int_equal(symlink(in(p, "outside"), in(p, "x/link")), 0);
    assert_int_equal(file_list(in(p, "x"), 9, &p->arena, &entries, &count, NULL), ERR_OK);
    assert_true(count == 2 && entries[0].kind == FILE_DIRECTORY);
    struct span real;
    assert_int_equal(file_realpath(in(p, "x/link/../x/link/kept"), &p->arena, &real, NULL), ERR_OK);
    assert_true(span_ends(real, SPAN("outside/kept")));
    assert_int_equal(file_remove_tree(in(p, "x"), NULL), ERR_OK);
    assert_false(file_exists(in(p, "x")));
    assert_true(file_exists(in(p, "outside/kept")));
    assert_int_equal(file_remove_tree(in(p, "x"), NULL), ERR_OK);                /* absent is fine */
    assert_true(file_mkdirs(in(p, "outside/kept/below"), 0755, &why) != ERR_OK); /* a file is in the way */
    assert_non_null(strstr(why.text, "kept"));
}

static void paths_are_joined_and_taken_apart(void **state) {
    struct place *p = *state;
    static const struct {
        const char *path, *dir, *base;
    } cases[] = {{"a/b", "a", "b"}, {"a", ".", "a"},      {"/a", "/", "a"},
                 {"/", "/", "/"},   {"a//b//", "a", "b"}, {"/a/b/c", "/a/b", "c"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(span_eq(file_dirname(span_of(cases[i].path)), span_of(cases[i].dir)));
        assert_true(span_eq(file_basename(span_of(cases[i].path)), span_of(cases[i].base)));
    }
    assert_string_equal(file_join(&p->arena, SPAN("a"), SPAN("b")).ptr, "a/b");
    assert_string_equal(file_join(&p->arena, SPAN("a//"), SPAN("b")).ptr, "a/b");
    assert_string_equal(file_join(&p->arena, SPAN("/"), SPAN("b")).ptr, "/b");
    assert_string_equal(file_join(&p->arena, SPAN("a"), SPAN("/b")).ptr, "/b");
    assert_string_equal(file_join(&p->arena, SPAN_NONE, SPAN("b")).ptr, "b");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written_files_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trees_are_made_listed_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_are_joined_and_taken_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
