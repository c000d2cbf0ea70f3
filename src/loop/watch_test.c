/* watch: the ways in which editors save. It could pass wrongly if any event counted as a change: touching what is not watched must stay
 * silent, and one save must be reported once. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "loop/file.h"
#include "loop/testing.h"
#include "loop/watch.h"

enum { QUIET_MS = 30, SETTLE_MS = 150 };

struct place {
    struct arena arena;
    struct span dir;
    struct loop *loop;
    struct watch *watch;
    int changes;
};

static void on_change(void *arg) { ((struct place *)arg)->changes++; }

static int set_up(void **state) {
    static struct place place;
    place = (struct place){.arena = ARENA_INIT, .loop = loop_new()};
    place.watch = watch_new(place.loop, QUIET_MS, on_change, &place);
    *state = &place;
    return file_temp_dir("/tmp/cusp-watch-test-", &place.arena, &place.dir, NULL) != ERR_OK;
}

static int tear_down(void **state) {
    struct place *p = *state;
    watch_free(p->watch);
    loop_free(p->loop);
    enum err e = file_remove_tree(p->dir.ptr, NULL);
    arena_free(&p->arena);
    return e != ERR_OK;
}

static const char *in(struct place *p, const char *name) {
    return file_join(&p->arena, p->dir, span_of(name)).ptr;
}

static void put(struct place *p, const char *name, const char *text) {
    FILE *f = fopen(in(p, name), "w"); /* in place, as some editors do */
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int changes_after(struct place *p, uint64_t ms) {
    p->changes = 0;
    assert_false(test_run_for(p->loop, ms));
    return p->changes;
}

static void every_way_to_save_is_noticed_once(void **state) {
    struct place *p = *state;
    put(p, "a.js", "1");
    put(p, "other", "1");
    assert_int_equal(watch_add(p->watch, in(p, "a.js")), ERR_OK);
    assert_int_equal(watch_add(p->watch, in(p, "a.js")), ERR_OK);
    assert_int_equal(changes_after(p, SETTLE_MS), 0);
    put(p, "a.js", "22");
    put(p, "a.js", "333");
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    assert_int_equal(file_write_atomic(in(p, "a.js"), SPAN("333"), 0644, NULL), ERR_OK); /* renamed over */
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    put(p, "a.js", "after the rename");
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    unlink(in(p, "a.js"));
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    put(p, "a.js", "again");
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    put(p, "other", "2");
    put(p, "new", "2");
    chmod(in(p, "a.js"), 0600);
    assert_int_equal(changes_after(p, SETTLE_MS), 0);
}

static void a_directory_is_watched_with_its_entries(void **state) {
    struct place *p = *state;
    assert_int_equal(file_mkdirs(in(p, "d/sub"), 0755, NULL), ERR_OK);
    put(p, "d/sub/deep", "1");
    assert_int_equal(watch_add(p->watch, in(p, "d")), ERR_OK);
    put(p, "d/x", "1");
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    put(p, "d/x", "2");
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    put(p, "d/sub/deep", "2"); /* not recursive */
    assert_int_equal(changes_after(p, SETTLE_MS), 0);
    watch_clear(p->watch);
    put(p, "d/x", "3");
    assert_int_equal(changes_after(p, SETTLE_MS), 0);
}

static void what_is_absent_or_replaced_is_noticed(void **state) {
    struct place *p = *state;
    assert_int_equal(watch_add(p->watch, in(p, "later/a.js")), ERR_OK);
    assert_int_equal(changes_after(p, SETTLE_MS), 0);
    assert_int_equal(file_mkdirs(in(p, "later"), 0755, NULL), ERR_OK);
    put(p, "later/a.js", "1");
    assert_int_equal(changes_after(p, 1500), 1);
    put(p, "later/a.js", "22"); /* now by inotify */
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    assert_int_equal(file_remove_tree(in(p, "later"), NULL), ERR_OK);
    assert_int_equal(changes_after(p, SETTLE_MS), 1);
    assert_int_equal(file_mkdirs(in(p, "later"), 0755, NULL), ERR_OK);
    put(p, "later/a.js", "333");
    assert_int_equal(changes_after(p, 1500), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_way_to_save_is_noticed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_is_watched_with_its_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_absent_or_replaced_is_noticed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
