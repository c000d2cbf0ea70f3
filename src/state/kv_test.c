/* The KV store. Could pass wrongly: when a "crash" is a clean exit (the child is killed by SIGKILL while it writes, and
 * at least some puts must have been acknowledged), or when expiry is tested by a clock that never moves. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "state/kv_store.h"
#include "state/test_dir.h"

static char *dir;
static atomic_uint_fast64_t clock_ms;

static uint64_t read_clock(void *user) { return clock_ms; }

static struct kv_store *open_sized(uint64_t map_bytes) {
    struct kv_options options = {
        .durability = KV_DURABLE_CRASH, .map_bytes = map_bytes, .now_ms = read_clock};
    struct kv_store *s = NULL;
    struct problem p;
    if (kv_open(dir, &options, &s, &p)) fail_msg("%s", p.text);
    return s;
}

static enum err put_full(struct kv_store *s, const char *ns, struct span key, struct span value,
                         struct span metadata, uint64_t expires_s) {
    struct bytes *bytes = bytes_copy(value);
    struct kv_op op = {KV_PUT, span_of(ns), key, bytes, metadata, expires_s};
    enum err e = kv_write(s, &op);
    bytes_unref(bytes);
    return e;
}

static enum err put(struct kv_store *s, const char *key, const char *value) {
    return put_full(s, "ns", span_of(key), span_of(value), SPAN_NONE, 0);
}

static enum err drop(struct kv_store *s, struct span key) {
    struct kv_op op = {.kind = KV_DELETE, .ns = SPAN("ns"), .key = key};
    return kv_write(s, &op);
}

static bool has(struct kv_store *s, const char *key, const char *value) {
    struct kv_view view;
    if (kv_get(s, SPAN("ns"), span_of(key), clock_ms, &view)) return false;
    bool same = span_eq(view.value, span_of(value));
    kv_view_end(s, &view);
    return same;
}

static void test_put_get_delete(void **state) {
    struct kv_store *s = open_sized(1 << 24);
    struct kv_view view;
    assert_int_equal(kv_get(s, SPAN("ns"), SPAN("a"), 0, &view), ERR_NOT_FOUND);
    assert_int_equal(put(s, "a", "1"), ERR_OK);
    assert_int_equal(put(s, "b", ""), ERR_OK);
    assert_true(has(s, "a", "1"));
    assert_true(has(s, "b", ""));
    assert_int_equal(kv_get(s, SPAN("other"), SPAN("a"), 0, &view), ERR_NOT_FOUND);
    assert_int_equal(put_full(s, "other", SPAN("a"), SPAN("2"), SPAN("{\"x\":1}"), 0), ERR_OK);
    struct kv_copy copy;
    assert_int_equal(kv_get_copy(s, SPAN("other"), SPAN("a"), 0, &copy), ERR_OK);
    assert_true(span_eq(bytes_span(copy.metadata), SPAN("{\"x\":1}")));
    bytes_unref(copy.value);
    bytes_unref(copy.metadata);
    assert_int_equal(put(s, "a", "longer than before"), ERR_OK);
    assert_true(has(s, "a", "longer than before"));
    assert_int_equal(drop(s, SPAN("a")), ERR_OK);
    assert_int_equal(drop(s, SPAN("a")), ERR_OK);
    assert_false(has(s, "a", "longer than before"));
    kv_close(s);
    s = open_sized(1 << 24);
    assert_true(has(s, "b", ""));
    kv_close(s);
}

static void test_limits(void **state) {
    struct kv_store *s = open_sized(256 << 20);
    struct problem p;
    char key[513];
    memset(key, 'k', sizeof key);
    assert_int_equal(put_full(s, "ns", span_make(key, 512), SPAN("v"), SPAN_NONE, 0), ERR_OK);
    assert_int_equal(put_full(s, "ns", span_make(key, 513), SPAN("v"), SPAN_NONE, 0), ERR_TOO_LARGE);
    assert_int_equal(kv_check_key(span_make(key, 513), &p), ERR_TOO_LARGE);
    assert_string_equal(p.text, "UTF-8 encoded length of 513 exceeds key length limit of 512.");
    assert_int_equal(put(s, "", "v"), ERR_INVALID);
    assert_int_equal(put(s, ".", "v"), ERR_INVALID);
    assert_int_equal(put(s, "..", "v"), ERR_INVALID);
    assert_int_equal(put(s, "...", "v"), ERR_OK);
    char *big = calloc(1, LIMIT_KV_VALUE_BYTES + 1);
    memset(big, 'v', LIMIT_KV_VALUE_BYTES + 1);
    assert_int_equal(put_full(s, "ns", SPAN("big"), span_make(big, LIMIT_KV_VALUE_BYTES), SPAN_NONE, 0),
                     ERR_OK);
    assert_int_equal(put_full(s, "ns", SPAN("big"), span_make(big, LIMIT_KV_VALUE_BYTES + 1), SPAN_NONE, 0),
                     ERR_TOO_LARGE);
    assert_int_equal(put_full(s, "ns", SPAN("m"), SPAN("v"), span_make(big, 1025), 0), ERR_TOO_LARGE);
    struct kv_view view;
    assert_int_equal(kv_get(s, SPAN("ns"), SPAN("big"), 0, &view), ERR_OK);
    assert_true(span_eq(view.value, span_make(big, LIMIT_KV_VALUE_BYTES)));
    kv_view_end(s, &view);
    free(big);
    struct kv_snapshot *snaps[254], *one_more;
    assert_int_equal(LIMIT_KV_VIEWS, sizeof snaps / sizeof *snaps);
    for (size_t i = 0; i < LIMIT_KV_VIEWS; i++) assert_int_equal(kv_snapshot_begin(s, &snaps[i]), ERR_OK);
    assert_int_equal(kv_snapshot_begin(s, &one_more), ERR_OVERLOAD);
    for (size_t i = 0; i < LIMIT_KV_VIEWS; i++) kv_snapshot_end(snaps[i]);
    kv_close(s);
}

static void test_snapshot_is_one_moment(void **state) {
    struct kv_store *s = open_sized(1 << 24);
    struct kv_snapshot *snap;
    struct kv_view view;
    assert_int_equal(put(s, "a", "old"), ERR_OK);
    assert_int_equal(kv_snapshot_begin(s, &snap), ERR_OK);
    assert_int_equal(put(s, "a", "new"), ERR_OK);
    assert_int_equal(kv_snapshot_get(snap, SPAN("ns"), SPAN("a"), 0, &view), ERR_OK);
    assert_true(span_eq(view.value, SPAN("old")));
    kv_snapshot_end(snap);
    assert_true(has(s, "a", "new"));
    kv_close(s);
}

static size_t count_keys(struct kv_store *s) {
    struct arena arena = ARENA_INIT;
    struct kv_page page;
    struct kv_list_query query = {0};
    assert_int_equal(kv_list(s, SPAN("ns"), &query, clock_ms, &arena, &page), ERR_OK);
    assert_true(page.complete);
    arena_free(&arena);
    return page.count;
}

static void test_expiry(void **state) {
    clock_ms = 1000000;
    struct kv_store *s = open_sized(1 << 24);
    struct kv_stats stats;
    char key[512];
    memset(key, 'k', sizeof key);
    put_full(s, "ns", SPAN("soon"), SPAN("v"), SPAN_NONE, 1060);
    put_full(s, "ns", span_make(key, 512), SPAN("v"), SPAN_NONE, 1060);
    put_full(s, "ns", SPAN("moved"), SPAN("v"), SPAN_NONE, 1060);
    put_full(s, "ns", SPAN("moved"), SPAN("v"), SPAN_NONE, 2000);
    put_full(s, "ns", SPAN("kept"), SPAN("v"), SPAN_NONE, 1060);
    put_full(s, "ns", SPAN("kept"), SPAN("v"), SPAN_NONE, 0);
    assert_int_equal(count_keys(s), 4);
    clock_ms = 1059999;
    assert_true(has(s, "soon", "v"));
    clock_ms = 1060000; /* gone for readers at once, whatever the writer does */
    assert_false(has(s, "soon", "v"));
    assert_int_equal(count_keys(s), 2);
    assert_int_equal(put(s, "wake the writer", "v"), ERR_OK);
    kv_stats(s, &stats);
    assert_int_equal(stats.expired, 2);
    clock_ms = 2000001;
    kv_close(s);
    s = open_sized(1 << 24); /* a writer that starts looks at once */
    for (int i = 0; i < 1000 && (kv_stats(s, &stats), stats.expired == 0); i++) usleep(1000);
    assert_int_equal(stats.expired, 1);
    assert_true(has(s, "kept", "v"));
    kv_close(s);
}

static void test_expiry_in_steps(void **state) {
    clock_ms = 1000000;
    struct kv_store *s = open_sized(1 << 26);
    struct kv_stats stats;
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        put_full(s, "ns", span_of(key), SPAN("v"), SPAN_NONE, 1001 + (uint64_t)i % 3);
    }
    clock_ms = 1100000;
    assert_int_equal(put(s, "wake", "v"), ERR_OK);
    for (int i = 0; i < 2000 && (kv_stats(s, &stats), stats.expired < 1000); i++) usleep(1000);
    assert_int_equal(stats.expired, 1000);
    assert_int_equal(count_keys(s), 1);
    kv_close(s);
}

static void test_full(void **state) {
    struct kv_store *s = open_sized(2 << 20);
    char key[16], value[3000];
    enum err e = ERR_OK;
    int fits = 0;
    memset(value, 'x', sizeof value);
    while (fits < 10000 && !e) {
        snprintf(key, sizeof key, "%d", fits);
        e = put_full(s, "ns", span_of(key), span_make(value, sizeof value), SPAN_NONE, 0);
        fits += !e;
    }
    assert_int_equal(e, ERR_NO_SPACE);
    assert_in_range(fits, 200, 700);
    assert_int_equal(count_keys(s), fits); /* what was there is there */
    for (int i = 0; i < fits; i++) {       /* a full store can be emptied, and filled again */
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(drop(s, span_of(key)), ERR_OK);
    }
    for (int i = 0; i < fits / 2; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(put_full(s, "ns", span_of(key), span_make(value, sizeof value), SPAN_NONE, 0),
                         ERR_OK);
    }
    kv_close(s);
}

static void count_result(void *user, enum err result) { ((int *)user)[result == ERR_OK ? 0 : 1]++; }

/* One op that does not fit must not spoil the batch that it is in. */
static void test_one_too_large_in_a_batch(void **state) {
    struct kv_store *s = open_sized(4 << 20);
    char *data;
    struct bytes *large = bytes_new(8 << 20, &data), *small = bytes_copy(SPAN("v"));
    memset(data, 0, 8 << 20);
    int results[2] = {0};
    char key[16];
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "%d", i);
        struct kv_op op = {KV_PUT, SPAN("ns"), span_of(key), i == 100 ? large : small, SPAN_NONE, 0};
        assert_int_equal(kv_write_async(s, &op, count_result, results), ERR_OK);
    }
    kv_close(s); /* drains */
    assert_int_equal(results[0], 199);
    assert_int_equal(results[1], 1);
    bytes_unref(large);
    bytes_unref(small);
    s = open_sized(4 << 20);
    assert_int_equal(count_keys(s), 199);
    kv_close(s);
}

/* -- kill -9 -- */

static int ack_pipe;

static void acknowledge(void *user, enum err result) {
    uint32_t i = (uint32_t)(uintptr_t)user;
    if (result || write(ack_pipe, &i, sizeof i) != sizeof i) _exit(1);
}

static void write_until_killed(void) {
    struct kv_store *s = open_sized(64 << 20);
    for (uint32_t i = 0;; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%u", i % 20000);
        struct bytes *value = bytes_copy(span_make(&i, sizeof i));
        struct kv_op op = {KV_PUT, SPAN("ns"), span_of(key), value, SPAN_NONE, 0};
        while (kv_write_async(s, &op, acknowledge, (void *)(uintptr_t)i) == ERR_OVERLOAD) usleep(1000);
        bytes_unref(value);
    }
}

static void test_kill(void **state) {
    for (int round = 0; round < 5; round++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            ack_pipe = fds[1];
            write_until_killed();
        }
        close(fds[1]);
        uint32_t i, last = 0, acknowledged = 0;
        struct timespec start, now;
        clock_gettime(CLOCK_MONOTONIC, &start);
        while (read(fds[0], &i, sizeof i) == sizeof i) {
            last = i;
            acknowledged++;
            clock_gettime(CLOCK_MONOTONIC, &now);
            long ms = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
            if (ms > 60 + round * 40) kill(child, SIGKILL); /* and read what was acknowledged before */
        }
        waitpid(child, NULL, 0);
        close(fds[0]);
        assert_true(acknowledged > 0);
        struct kv_store *s = open_sized(64 << 20);
        uint32_t first = last >= 20000 ? last - 19999 : 0;
        for (i = first; i <= last; i++) {
            char key[16];
            struct kv_view view;
            uint32_t value;
            snprintf(key, sizeof key, "key%u", i % 20000);
            assert_int_equal(kv_get(s, SPAN("ns"), span_of(key), 0, &view), ERR_OK);
            assert_int_equal(view.value.len, sizeof value);
            memcpy(&value, view.value.ptr, sizeof value);
            assert_true(value >= i); /* that put or a later one */
            kv_view_end(s, &view);
        }
        kv_close(s);
    }
}

/* -- Directories that are no good -- */

static enum err try_open(struct problem *p) {
    struct kv_options options = {.map_bytes = 64 << 20};
    struct kv_store *s = NULL;
    enum err e = kv_open(dir, &options, &s, p);
    kv_close(s);
    return e;
}

static void test_bad_directories(void **state) {
    struct problem p;
    struct kv_store *s = NULL;
    char garbage[8192];
    memset(garbage, 0x5a, sizeof garbage);
    test_write_file(test_path(dir, "data.mdb"), garbage, sizeof garbage);
    assert_int_equal(try_open(&p), ERR_CORRUPT);
    assert_non_null(strstr(p.text, dir));
    assert_non_null(strstr(p.text, "damaged"));
    assert_int_equal(kv_open(test_path(dir, "no/such"), NULL, &s, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, "cannot be made"));
    assert_int_equal(kv_open(test_path(dir, "data.mdb"), NULL, &s, &p), ERR_NOT_FOUND);
    if (geteuid() == 0) return; /* root may read everything */
    unlink(test_path(dir, "data.mdb"));
    chmod(dir, 0);
    assert_int_equal(try_open(&p), ERR_PERMISSION);
    chmod(dir, 0700);
}

static void test_truncated_file(void **state) {
    struct kv_store *s = open_sized(64 << 20);
    struct problem p;
    struct stat st;
    char key[16], value[2000] = "x";
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "%d", i);
        put_full(s, "ns", span_of(key), span_make(value, sizeof value), SPAN_NONE, 0);
    }
    kv_close(s);
    assert_int_equal(stat(test_path(dir, "data.mdb"), &st), 0);
    assert_int_equal(truncate(test_path(dir, "data.mdb"), st.st_size / 8192 * 4096), 0);
    assert_int_equal(try_open(&p), ERR_CORRUPT); /* and no SIGBUS */
}

/* -- Threads -- */

static atomic_bool stop_reading;

static void *read_all_the_time(void *store) {
    uint64_t reads = 0;
    while (!stop_reading) {
        struct kv_view view;
        if (kv_get(store, SPAN("ns"), SPAN("a"), 0, &view)) return NULL;
        /* all bytes of one value are equal: never half of an old and half of a new one */
        for (size_t i = 1; i < view.value.len; i++)
            if (view.value.ptr[i] != view.value.ptr[0]) return NULL;
        kv_view_end(store, &view);
        reads++;
    }
    return (void *)(uintptr_t)reads;
}

static void test_threads(void **state) {
    struct kv_store *s = open_sized(64 << 20);
    char value[6000] = {0};
    pthread_t threads[3];
    put_full(s, "ns", SPAN("a"), span_make(value, sizeof value), SPAN_NONE, 0);
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, read_all_the_time, s);
    for (int i = 0; i < 300; i++) {
        memset(value, i, sizeof value);
        put_full(s, "ns", SPAN("a"), span_make(value, sizeof value), SPAN_NONE, 0);
    }
    stop_reading = true;
    for (int i = 0; i < 3; i++) {
        void *reads;
        pthread_join(threads[i], &reads);
        assert_non_null(reads);
    }
    kv_close(s);
}

static int make_dir(void **state) {
    clock_ms = 0;
    dir = test_dir_make();
    return dir ? 0 : -1;
}
static int remove_dir(void **state) {
    test_dir_remove(dir);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_put_get_delete),
        TEST(test_limits),
        TEST(test_snapshot_is_one_moment),
        TEST(test_expiry),
        TEST(test_expiry_in_steps),
        TEST(test_full),
        TEST(test_one_too_large_in_a_batch),
        TEST(test_kill),
        TEST(test_bad_directories),
        TEST(test_truncated_file),
        TEST(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
