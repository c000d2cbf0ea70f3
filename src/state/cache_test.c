/* The cache's store. Could pass wrongly: when a hit comes from memory although the disk is meant (so such tests reopen
 * the store, and look at the statistics), or when damage hits a part of the file that is never read (every byte is
 * tried). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "state/cache_object.h"
#include "state/test_dir.h"

static char *dir;

static struct cache_store *open_with(struct cache_options options) {
    struct cache_store *s = NULL;
    struct problem p;
    options.dir = dir;
    if (cache_store_open(&options, &s, &p)) fail_msg("%s", p.text);
    return s;
}

static struct cache_store *open_store(void) { return open_with((struct cache_options){0}); }

static struct cache_key key_of(const char *zone, const char *name) {
    return (struct cache_key){span_of(zone), span_of(name)};
}

static enum err store(struct cache_store *s, struct cache_key key, const char *variant, struct span body) {
    struct cache_writer *w;
    enum err e = cache_write_begin(s, key, span_of(variant), SPAN("head"), 123, &w);
    if (e) return e;
    if ((e = cache_write_chunk(w, body))) return cache_write_abort(w), e;
    return cache_write_commit(w);
}

static bool is_variant(void *user, struct span variant) { return span_eq(variant, span_of(user)); }

/* Opens by memory and disk as an owner would. */
static struct cache_reader *find(struct cache_store *s, struct cache_key key, const char *variant) {
    struct cache_reader *r = NULL;
    cache_match_fn *match = variant ? is_variant : NULL;
    enum cache_found found = cache_lookup(s, key, match, (void *)variant, &r);
    if (found == CACHE_ASK_DISK && cache_open(s, key, match, (void *)variant, &r)) r = NULL;
    return r;
}

static bool has(struct cache_store *s, struct cache_key key, const char *variant, struct span body) {
    struct cache_reader *r = find(s, key, variant);
    if (!r) return false;
    bool good =
        span_eq(cache_head(r), SPAN("head")) && cache_expires_ms(r) == 123 && cache_size(r) == body.len;
    char piece[10000];
    for (uint64_t at = 0; good && at < body.len;) {
        size_t n = 0;
        good = cache_read(r, at, piece, sizeof piece, &n) == ERR_OK && n > 0 &&
               memcmp(piece, body.ptr + at, n) == 0;
        at += n;
    }
    cache_reader_close(r);
    return good;
}

static bool is_missing(struct cache_store *s, struct cache_key key) {
    struct cache_reader *r = find(s, key, NULL);
    cache_reader_close(r);
    return !r;
}

static void scan_all(struct cache_store *s) {
    while (cache_scan_step(s)) {
    }
}

static struct span pattern(size_t len) { /* free() it */
    char *data = malloc(len + 1);
    for (size_t i = 0; i < len; i++) data[i] = (char)(i * 2654435761u >> 13);
    return span_make(data, len);
}

static void test_memory(void **state) {
    struct cache_options options = {0};
    struct cache_store *s = NULL;
    struct cache_reader *r;
    struct cache_key key = key_of("zone", "https://a.example/");
    assert_int_equal(cache_store_open(&options, &s, NULL), ERR_OK);
    assert_int_equal(cache_lookup(s, key, NULL, NULL, &r), CACHE_MISS);
    assert_int_equal(store(s, key, "", SPAN("one")), ERR_OK);
    assert_int_equal(cache_lookup(s, key, NULL, NULL, &r), CACHE_HIT);
    struct bytes *body = bytes_ref(cache_body(r));
    cache_reader_close(r);
    assert_int_equal(store(s, key, "", SPAN("two")), ERR_OK);
    assert_true(has(s, key, "", SPAN("two")));
    assert_true(span_eq(bytes_span(body), SPAN("one"))); /* who reads the old one keeps it */
    bytes_unref(body);
    assert_true(is_missing(s, key_of("zon", "ehttps://a.example/")));
    assert_true(is_missing(s, key_of("other", "https://a.example/")));
    struct span large = pattern(LIMIT_CACHE_MEMORY_OBJECT_BYTES + 1);
    assert_int_equal(store(s, key, "", large), ERR_TOO_LARGE);
    free((char *)large.ptr);
    cache_store_close(s);
}

static void test_variants(void **state) {
    struct cache_store *s = open_store();
    struct cache_key key = key_of("z", "n");
    char variant[16];
    assert_int_equal(store(s, key, "gzip", SPAN("g")), ERR_OK);
    assert_int_equal(store(s, key, "br", SPAN("b")), ERR_OK);
    assert_true(has(s, key, "gzip", SPAN("g")));
    assert_true(has(s, key, "br", SPAN("b")));
    assert_true(has(s, key, NULL, SPAN("b"))); /* the newest that fits */
    assert_null(find(s, key, "zstd"));
    for (int i = 0; i < 40; i++) {
        snprintf(variant, sizeof variant, "v%d", i);
        assert_int_equal(store(s, key, variant, SPAN("v")), ERR_OK);
    }
    struct cache_stats stats;
    cache_stats(s, &stats);
    assert_int_equal(stats.disk_objects, LIMIT_CACHE_VARIANTS);
    assert_null(find(s, key, "gzip"));
    cache_store_close(s);
}

static void test_disk(void **state) {
    struct span large = pattern(3 * 1024 * 1024 + 17), block = pattern(CACHE_BLOCK_BYTES);
    struct cache_store *s = open_store();
    assert_int_equal(store(s, key_of("z", "small"), "", SPAN("s")), ERR_OK);
    assert_int_equal(store(s, key_of("z", "empty"), "v", SPAN_NONE), ERR_OK);
    assert_int_equal(store(s, key_of("z", "large"), "", large), ERR_OK);
    assert_int_equal(store(s, key_of("z", "block"), "", block), ERR_OK);
    assert_true(has(s, key_of("z", "large"), "", large));
    for (int round = 0; round < 2; round++) { /* found before the scan, and after it */
        struct cache_stats stats;
        cache_store_close(s);
        s = open_store();
        if (round) scan_all(s);
        assert_true(has(s, key_of("z", "small"), "", SPAN("s")));
        assert_true(has(s, key_of("z", "empty"), "v", SPAN_NONE));
        assert_true(has(s, key_of("z", "large"), "", large));
        assert_true(has(s, key_of("z", "block"), "", block));
        cache_stats(s, &stats);
        assert_int_equal(stats.hits_disk, 4);
        assert_true(has(s, key_of("z", "small"), "", SPAN("s"))); /* moved up */
        cache_stats(s, &stats);
        assert_int_equal(stats.hits_memory, 1);
        assert_int_equal(stats.scanned, round);
        struct cache_reader *r;
        assert_int_equal(cache_lookup(s, key_of("z", "none"), NULL, NULL, &r),
                         round ? CACHE_MISS : CACHE_ASK_DISK);
    }
    cache_store_close(s);
    free((char *)large.ptr);
    free((char *)block.ptr);
}

static void test_refresh(void **state) {
    struct cache_store *s = open_store();
    struct cache_key key = key_of("z", "n");
    struct span body = pattern(1500000);
    assert_int_equal(store(s, key, "v", body), ERR_OK);
    struct cache_reader *r = find(s, key, "v");
    assert_int_equal(cache_refresh(s, key, r, SPAN("new head"), 456), ERR_OK);
    cache_reader_close(r);
    r = find(s, key, "v");
    assert_true(span_eq(cache_head(r), SPAN("new head")));
    assert_int_equal(cache_expires_ms(r), 456);
    assert_int_equal(cache_size(r), body.len);
    cache_reader_close(r);
    cache_store_close(s);
    free((char *)body.ptr);
}

static void test_eviction(void **state) {
    struct cache_store *s = open_with((struct cache_options){.memory_bytes = 100000, .disk_bytes = 300000});
    struct span body = pattern(5000);
    struct cache_stats stats;
    char name[16];
    assert_int_equal(store(s, key_of("z", "popular"), "", body), ERR_OK);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(store(s, key_of("z", name), "", body), ERR_OK);
        assert_true(has(s, key_of("z", "popular"), "", body)); /* one-hit wonders do not push it out */
        cache_stats(s, &stats);
        assert_true(stats.memory_bytes <= 100000 && stats.disk_bytes <= 300000);
    }
    assert_int_equal(stats.misses, 0);
    assert_true(stats.disk_objects > 40 && stats.memory_objects > 10);
    assert_true(has(s, key_of("z", "n499"), "", body));
    assert_true(is_missing(s, key_of("z", "n0")));
    cache_store_close(s);
    s = open_with((struct cache_options){.memory_bytes = 100000, .disk_bytes = 100000}); /* a smaller bound */
    scan_all(s);
    cache_stats(s, &stats);
    assert_true(stats.disk_bytes <= 100000 && stats.disk_objects > 10);
    cache_store_close(s);
    s = open_with((struct cache_options){.objects = 5});
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(store(s, key_of("z", name), "", SPAN("x")), ERR_OK);
    }
    cache_stats(s, &stats);
    assert_int_equal(stats.disk_objects, 5);
    cache_store_close(s);
    free((char *)body.ptr);
}

static void object_path(struct cache_key key, char out[600]) {
    struct cache_name name = cache_name(key, 0);
    snprintf(out, 600, "ls %s/%.2s/%c/%.32s-*", dir, name.text, name.text[2], name.text);
    FILE *ls = popen(out, "r");
    assert_non_null(fgets(out, 600, ls));
    out[strcspn(out, "\n")] = 0;
    pclose(ls);
}

/* Every byte flipped, every length: a miss (or an error while reading), never other bytes. */
static void test_damage(void **state) {
    struct cache_key key = key_of("z", "n");
    struct cache_store *s = open_store();
    char path[600], file[1000], damaged[1000];
    assert_int_equal(store(s, key, "v", SPAN("the body")), ERR_OK);
    cache_store_close(s);
    object_path(key, path);
    FILE *f = fopen(path, "r");
    size_t len = fread(file, 1, sizeof file, f);
    fclose(f);
    for (size_t i = 0; i < len * 2; i++) {
        memcpy(damaged, file, len);
        if (i < len) damaged[i] ^= 1;
        test_write_file(path, damaged, i < len ? len : i - len);
        s = open_store();
        if (i % 2) scan_all(s);
        assert_true(is_missing(s, key));
        assert_int_equal(access(path, F_OK), -1); /* deleted */
        cache_store_close(s);
    }
    test_write_file(path, file, len);
    s = open_store();
    assert_true(has(s, key, "v", SPAN("the body")));
    cache_store_close(s);
    path[strlen(path) - 1] ^= 1; /* a good file under another name */
    test_write_file(path, file, len);
    s = open_store();
    scan_all(s);
    assert_int_equal(access(path, F_OK), -1);
    cache_store_close(s);
}

/* Damage in the middle of a large body shows when that block is read. */
static void test_damaged_block(void **state) {
    struct cache_key key = key_of("z", "n");
    struct cache_store *s = open_store();
    struct span body = pattern(2000000);
    char path[600], piece[1000];
    size_t n;
    assert_int_equal(store(s, key, "", body), ERR_OK);
    cache_store_close(s);
    object_path(key, path);
    FILE *f = fopen(path, "r+");
    fseek(f, 1000000, SEEK_SET);
    fwrite("XXXX", 1, 4, f);
    fclose(f);
    s = open_store();
    struct cache_reader *r = find(s, key, "");
    assert_non_null(r);
    assert_int_equal(cache_read(r, 0, piece, sizeof piece, &n), ERR_OK);
    assert_int_equal(cache_read(r, 999999, piece, sizeof piece, &n), ERR_CORRUPT);
    cache_reader_close(r);
    assert_true(is_missing(s, key));
    cache_store_close(s);
    free((char *)body.ptr);
}

static void test_purge_key(void **state) {
    struct cache_store *s = open_store();
    struct cache_key key = key_of("z", "n");
    struct cache_writer *w;
    bool found;
    assert_int_equal(store(s, key, "a", SPAN("1")), ERR_OK);
    assert_int_equal(store(s, key, "b", SPAN("2")), ERR_OK);
    assert_int_equal(store(s, key_of("z", "m"), "", SPAN("3")), ERR_OK);
    assert_int_equal(cache_write_begin(s, key, SPAN("c"), SPAN("head"), 0, &w), ERR_OK);
    assert_int_equal(cache_purge_key(s, key, &found), ERR_OK);
    assert_true(found);
    assert_true(is_missing(s, key));
    assert_int_equal(cache_write_commit(w), ERR_CANCELLED); /* it was fetched before the purge */
    assert_true(is_missing(s, key));
    assert_int_equal(cache_purge_key(s, key, &found), ERR_OK);
    assert_false(found);
    assert_int_equal(store(s, key, "a", SPAN("4")), ERR_OK);
    cache_store_close(s);
    s = open_store();
    assert_true(has(s, key, "a", SPAN("4")));
    assert_null(find(s, key, "b"));
    assert_true(has(s, key_of("z", "m"), "", SPAN("3")));
    cache_store_close(s);
    s = open_store(); /* before anything is indexed */
    assert_int_equal(cache_purge_key(s, key, &found), ERR_OK);
    assert_true(found);
    cache_store_close(s);
    s = open_store();
    assert_true(is_missing(s, key));
    cache_store_close(s);
}

static void test_purge_zone(void **state) {
    struct cache_store *s = open_store();
    assert_int_equal(store(s, key_of("z", "1"), "", SPAN("1")), ERR_OK);
    assert_int_equal(store(s, key_of("other", "1"), "", SPAN("1")), ERR_OK);
    cache_store_close(s);
    s = open_store(); /* nothing is indexed: the purge must hold for what is on the disk */
    assert_int_equal(cache_purge_zone(s, SPAN("z")), ERR_OK);
    assert_int_equal(store(s, key_of("z", "2"), "", SPAN("2")), ERR_OK);
    cache_store_close(s);
    for (int round = 0; round < 3; round++) {
        s = open_store();
        if (round == 1) scan_all(s);
        assert_true(is_missing(s, key_of("z", "1")));
        assert_true(has(s, key_of("z", "2"), "", SPAN("2")));
        assert_true(has(s, key_of("other", "1"), "", SPAN("1")));
        cache_store_close(s);
    }
    s = open_store();
    scan_all(s);
    assert_int_equal(cache_purge_zone(s, SPAN("z")), ERR_OK);
    assert_true(is_missing(s, key_of("z", "2")));
    cache_store_close(s);
}

static void test_limits(void **state) {
    struct cache_store *s = open_with((struct cache_options){.object_bytes = 1000}), *second = NULL;
    struct cache_options options = {.dir = dir};
    struct problem p;
    struct span body = pattern(LIMIT_CACHE_KEY_BYTES + 1);
    assert_int_equal(store(s, key_of("z", "n"), "", span_first(body, 1000)), ERR_OK);
    assert_int_equal(store(s, key_of("z", "n"), "", span_first(body, 1001)), ERR_TOO_LARGE);
    assert_int_equal(store(s, (struct cache_key){SPAN_NONE, body}, "", SPAN("b")), ERR_TOO_LARGE);
    assert_int_equal(cache_store_open(&options, &second, &p), ERR_IN_USE);
    assert_non_null(strstr(p.text, "in use by another process"));
    options.dir = test_path(dir, "no/such");
    assert_int_equal(cache_store_open(&options, &second, &p), ERR_NOT_FOUND);
    cache_store_close(s);
    free((char *)body.ptr);
}

/* -- kill -9 while it writes -- */

static uint32_t body_of(uint32_t i, char *out) { /* the key says what the body must be */
    uint32_t len = i * 7919 % 200000;
    for (uint32_t at = 0; at < len; at++) out[at] = (char)(i + at / 100);
    return len;
}

static void store_until_killed(int fd) {
    struct cache_store *s = open_store();
    char *body = malloc(200000), name[16];
    for (uint32_t i = 0;; i++) {
        snprintf(name, sizeof name, "%u", i % 300);
        if (store(s, key_of("z", name), "", span_make(body, body_of(i % 300, body)))) _exit(1);
        if (write(fd, "x", 1) != 1) _exit(1);
    }
}

static void test_kill(void **state) {
    char *body = malloc(200000), name[16], c;
    for (int round = 0; round < 5; round++) {
        int fds[2], found = 0, stored = 0;
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) store_until_killed(fds[1]);
        close(fds[1]);
        while (stored < 40 + round * 60 && read(fds[0], &c, 1) == 1) stored++;
        usleep((unsigned)round * 300);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(fds[0]);
        struct cache_store *s = open_store();
        if (round % 2) scan_all(s);
        for (uint32_t i = 0; i < 300; i++) {
            snprintf(name, sizeof name, "%u", i);
            if (is_missing(s, key_of("z", name))) continue;
            assert_true(has(s, key_of("z", name), "", span_make(body, body_of(i, body))));
            found++;
        }
        struct cache_stats stats;
        cache_stats(s, &stats);
        assert_true(found >= (stored < 300 ? stored : 300));
        assert_int_equal(stats.damaged, 0); /* a rename is all or nothing */
        cache_store_close(s);
    }
    free(body);
}

/* -- Threads -- */

static void *work(void *store_) {
    struct cache_store *s = store_;
    char name[16], body[2000];
    unsigned seed = (unsigned)(uintptr_t)&name;
    for (int i = 0; i < 400; i++) {
        int n = rand_r(&seed) % 20;
        snprintf(name, sizeof name, "%d", n);
        struct cache_key key = key_of("z", name);
        memset(body, n, sizeof body);
        int action = rand_r(&seed) % 10;
        if (action == 0 && cache_purge_key(s, key, NULL)) return "purge";
        if (action == 1 && cache_purge_zone(s, SPAN("z"))) return "zone";
        if (action == 2) cache_scan_step(s);
        enum err e = action >= 3 && action < 6 ? store(s, key, "", span_make(body, sizeof body)) : ERR_OK;
        if (e && e != ERR_CANCELLED) return "store";
        if (action >= 6 && !is_missing(s, key)) {
            struct cache_reader *r = find(s, key, "");
            char read[2000];
            size_t len;
            if (r && (cache_read(r, 0, read, sizeof read, &len) || memcmp(read, body, len) != 0))
                return "read";
            cache_reader_close(r);
        }
    }
    return NULL;
}

static void test_threads(void **state) {
    struct cache_store *s = open_with((struct cache_options){.memory_bytes = 20000, .disk_bytes = 30000});
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, s);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    cache_store_close(s);
}

static int make_dir(void **state) { return (dir = test_dir_make()) ? 0 : -1; }
static int remove_dir(void **state) {
    test_dir_remove(dir);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_memory),     TEST(test_variants), TEST(test_disk),          TEST(test_refresh),
        TEST(test_eviction),   TEST(test_damage),   TEST(test_damaged_block), TEST(test_purge_key),
        TEST(test_purge_zone), TEST(test_limits),   TEST(test_kill),          TEST(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
