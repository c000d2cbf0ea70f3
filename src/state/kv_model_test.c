/* The KV store's order and lists against a model: a sorted array of random keys, many of them around the length at
 * which LMDB's own keys end. Could pass wrongly: when the keys never share the long head that makes a bucket (so
 * they are made from few heads, and the test counts the long ones). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/kv_store.h"
#include "state/test_dir.h"

enum { KEYS = 3000 };

struct model {
    struct span keys[KEYS];
    size_t count;
    struct arena arena;
};

static uint32_t seed;

static uint32_t random_below(uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static int compare(struct span a, struct span b) {
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where the key is or belongs. */
static size_t place_of(const struct model *m, struct span key, bool *ret_there) {
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(m->keys[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_there = low < m->count && span_eq(m->keys[low], key);
    return low;
}

/* One of few long heads, then a random end; or a short key. */
static struct span random_key(char out[512]) {
    static const char letters[] = {'\0', '\1', 'a', 'b', '\xff'};
    size_t len = random_below(4) ? 500 + random_below(13) : 1 + random_below(3);
    memset(out, "xyz"[random_below(2)], 512);
    size_t from = len > 9 ? len - 1 - random_below(8) : 0;
    for (size_t i = from; i < len; i++) out[i] = letters[random_below(5)];
    return span_make(out, len);
}

static void write_key(struct kv_store *s, struct model *m, struct span key, bool put) {
    bool there;
    size_t at = place_of(m, key, &there);
    struct bytes *value = bytes_copy(key);
    struct kv_op op = {put ? KV_PUT : KV_DELETE, SPAN("ns"), key, value, SPAN_NONE, 0};
    if (kv_check_key(key, NULL) == ERR_OK) {
        assert_int_equal(kv_write_async(s, &op, NULL, NULL), ERR_OK);
        if (put && !there) {
            memmove(m->keys + at + 1, m->keys + at, (m->count++ - at) * sizeof *m->keys);
            m->keys[at] = arena_copy(&m->arena, key);
        } else if (!put && there) {
            memmove(m->keys + at, m->keys + at + 1, (--m->count - at) * sizeof *m->keys);
        }
    }
    bytes_unref(value);
}

static void settle(struct kv_store *s) {
    struct kv_op op = {.kind = KV_DELETE, .ns = SPAN("none"), .key = SPAN("k")};
    assert_int_equal(kv_write(s, &op), ERR_OK);
}

static void check_list(struct kv_store *s, const struct model *m, struct span prefix, size_t limit) {
    struct arena arena = ARENA_INIT;
    struct kv_list_query query = {.prefix = prefix, .limit = limit};
    struct kv_page page = {0};
    size_t at = 0;
    while (at < m->count && !span_starts(m->keys[at], prefix)) at++;
    do {
        assert_int_equal(kv_list(s, SPAN("ns"), &query, 0, &arena, &page), ERR_OK);
        assert_true(page.count <= limit && (page.count == limit || page.complete));
        for (size_t i = 0; i < page.count; i++, at++) {
            assert_true(at < m->count);
            assert_true(span_eq(page.keys[i].name, m->keys[at]));
        }
        query.cursor = page.cursor;
    } while (!page.complete);
    assert_true(at == m->count || !span_starts(m->keys[at], prefix));
    arena_free(&arena);
}

static void check_gets(struct kv_store *s, const struct model *m) {
    char out[512];
    struct kv_view view;
    bool there;
    for (size_t i = 0; i < m->count; i++) {
        assert_int_equal(kv_get(s, SPAN("ns"), m->keys[i], 0, &view), ERR_OK);
        assert_true(span_eq(view.value, m->keys[i]));
        kv_view_end(s, &view);
    }
    for (int i = 0; i < 500; i++) {
        struct span key = random_key(out);
        place_of(m, key, &there);
        enum err e = kv_get(s, SPAN("ns"), key, 0, &view);
        assert_int_equal(e, there ? ERR_OK : ERR_NOT_FOUND);
        if (!e) kv_view_end(s, &view);
    }
}

static void run(struct kv_store *s, struct model *m) {
    char out[512];
    size_t longest = 0;
    for (int i = 0; i < KEYS * 2 && m->count < KEYS; i++)
        write_key(s, m, random_key(out), random_below(4) != 0);
    settle(s);
    for (size_t i = 0; i < m->count; i++) longest += m->keys[i].len > 507;
    assert_true(longest > 100);
    check_gets(s, m);
    check_list(s, m, SPAN_NONE, 1000);
    check_list(s, m, SPAN_NONE, 7);
    check_list(s, m, SPAN("x"), 100);
    check_list(s, m, SPAN("nothing"), 100);
    for (int i = 0; i < 30; i++) {
        struct span key = m->keys[random_below((uint32_t)m->count)];
        check_list(s, m, span_first(key, key.len - random_below(key.len < 8 ? 1 : 8)), 1 + random_below(5));
    }
    while (m->count > 0) /* emptied, nothing is left of the buckets either */
        write_key(s, m, m->keys[random_below((uint32_t)m->count)], false);
    settle(s);
    check_list(s, m, SPAN_NONE, 10);
}

static void expect_empty_tables(struct kv_store *s) {
    MDB_txn *txn;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn), 0);
    mdb_stat(txn, s->data, &stat);
    assert_int_equal(stat.ms_entries, 0);
    mdb_stat(txn, s->tails, &stat);
    assert_int_equal(stat.ms_entries, 0);
    mdb_txn_abort(txn);
}

static void test_model(void **state) {
    char *dir = test_dir_make();
    struct kv_options options = {.durability = KV_DURABLE_CRASH, .map_bytes = 256 << 20};
    struct model *m = calloc(1, sizeof *m);
    struct kv_store *s = NULL;
    assert_int_equal(kv_open(dir, &options, &s, NULL), ERR_OK);
    for (uint32_t round = 1; round <= 3; round++) {
        seed = round;
        run(s, m);
        expect_empty_tables(s);
    }
    kv_close(s);
    arena_free(&m->arena);
    free(m);
    test_dir_remove(dir);
}

/* Deleting the key that a cursor names, and adding keys before it, neither repeats nor skips the others. */
static void test_cursor_survives_changes(void **state) {
    char *dir = test_dir_make();
    struct kv_store *s = NULL;
    struct kv_options options = {.durability = KV_DURABLE_CRASH, .map_bytes = 16 << 20};
    struct arena arena = ARENA_INIT;
    struct model *m = calloc(1, sizeof *m);
    struct kv_page page;
    assert_int_equal(kv_open(dir, &options, &s, NULL), ERR_OK);
    for (char c = 'b'; c <= 'h'; c++) write_key(s, m, span_make(&c, 1), true);
    settle(s);
    struct kv_list_query query = {.limit = 3};
    assert_int_equal(kv_list(s, SPAN("ns"), &query, 0, &arena, &page), ERR_OK);
    assert_true(span_eq(page.keys[2].name, SPAN("d")));
    write_key(s, m, SPAN("d"), false);
    write_key(s, m, SPAN("a"), true);
    write_key(s, m, SPAN("dd"), true);
    settle(s);
    query.cursor = page.cursor;
    assert_int_equal(kv_list(s, SPAN("ns"), &query, 0, &arena, &page), ERR_OK);
    assert_true(span_eq(page.keys[0].name, SPAN("dd")));
    assert_true(span_eq(page.keys[1].name, SPAN("e")));
    struct span bad[] = {SPAN("!"), SPAN("AA"), SPAN("_____w"), SPAN("AmE")};
    for (size_t i = 0; i < 4; i++) {
        query.cursor = bad[i];
        assert_int_equal(kv_list(s, SPAN("ns"), &query, 0, &arena, &page), ERR_INVALID);
    }
    kv_close(s);
    arena_free(&m->arena);
    arena_free(&arena);
    free(m);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model),
                                       cmocka_unit_test(test_cursor_survives_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
