/* The Cache API: what a worker puts it finds, as the rules of HTTP say. In memory and on disk. Could pass wrongly if
 * the memory tier answered for the disk: so the disk test opens the store a second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/test_world.h"
#include "loop/file.h"
#include "state/cache_store.h"

static uint64_t next_stream(void) {
    static uint64_t last = STREAM_FROM_WORKER; /* of this test program only */
    return ++last;
}

static size_t fields_of(const char *text, struct http_field *to) {
    size_t n = 0;
    struct span rest = span_of(text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        to[n].name = span_cut(&line, ':');
        to[n].value = span_trim(line);
        to[n].id = http_name_of(to[n].name);
        n++;
    }
    return n;
}

static struct head request_head(const char *method, const char *url, const char *fields,
                                struct http_field *list) {
    struct head h = {.worker = 1,
                     .method = span_of(method),
                     .url = span_of(url),
                     .extra = SPAN("default"),
                     .fields = list};
    h.field_count = fields_of(fields, list);
    return h;
}

static const struct heard *answer(struct world *w, uint64_t stream) {
    size_t from = 0;
    for (int i = 0; i < 5000; i++) {
        for (; from < w->heard_count; from++) {
            const struct heard *h = &w->heard[from];
            if (h->stream == stream && h->type != MESSAGE_CREDIT && h->type != MESSAGE_CANCEL) return h;
        }
        loop_turn(w->loop, true);
    }
    fail_msg("no answer");
    return NULL;
}

static const struct heard *match(struct world *w, const char *url, const char *fields) {
    struct http_field list[16];
    struct head head = request_head("GET", url, fields, list);
    uint64_t stream = next_stream();
    world_send_head(w, MESSAGE_CACHE_MATCH, 0, stream, &head, SPAN_NONE);
    return answer(w, stream);
}

static uint64_t put_head(struct world *w, const char *method, const char *url, const char *asked, int status,
                         const char *fields, uint8_t flags, struct span rest) {
    struct http_field a[16], b[16];
    struct head request = request_head(method, url, asked, a);
    struct head response = {.status = (uint16_t)status, .fields = b, .body_length = HEAD_LENGTH_UNKNOWN};
    response.field_count = fields_of(fields, b);
    char text[4096];
    char *end = head_write(&response, text);
    memcpy(end, rest.ptr, rest.len);
    uint64_t stream = next_stream();
    world_send_head(w, MESSAGE_CACHE_PUT, flags, stream, &request,
                    span_make(text, (size_t)(end - text) + rest.len));
    return stream;
}

static const struct heard *put(struct world *w, const char *url, const char *asked, const char *fields,
                               struct span body) {
    return answer(w, put_head(w, "GET", url, asked, 200, fields, MESSAGE_BODY_INLINE, body));
}

static struct cache_store *store_open(const char *dir) {
    struct cache_options options = {.dir = dir};
    struct cache_store *store;
    struct problem p;
    assert_int_equal(cache_store_open(&options, &store, &p), ERR_OK);
    return store;
}

static void finds_what_was_put(void **state) {
    struct cache_store *store = store_open(NULL);
    struct edge_config config = {.cache = store};
    struct world *w = world_new(&config, NULL, true);
    assert_int_equal(match(w, "http://a.example/1", "")->type, MESSAGE_CACHE_MISS);
    assert_int_equal(
        put(w, "http://a.example/1", "", "Cache-Control: max-age=60\nETag: \"v1\"\nX: y", SPAN("0123456789"))
            ->type,
        MESSAGE_CACHE_DONE);
    const struct heard *h = match(w, "http://a.example/1", "");
    assert_int_equal(h->type, MESSAGE_FETCH_HEAD);
    assert_true(span_eq(h->rest, SPAN("0123456789")));
    assert_true(span_eq(heard_field(h, "cf-cache-status"), SPAN("HIT")));
    assert_non_null(heard_field(h, "age").ptr);
    assert_true(span_eq(heard_field(h, "x"), SPAN("y")));
    h = match(w, "http://a.example/1", "Range: bytes=2-4");
    assert_int_equal(h->head.status, 206);
    assert_true(span_eq(h->rest, SPAN("234")));
    assert_true(span_eq(heard_field(h, "content-range"), SPAN("bytes 2-4/10")));
    assert_int_equal(match(w, "http://a.example/1", "Range: bytes=50-")->head.status, 416);
    h = match(w, "http://a.example/1", "If-None-Match: \"v1\"");
    assert_int_equal(h->head.status, 304);
    assert_int_equal(h->flags, 0);
    struct http_field list[4];
    struct head head = request_head("GET", "http://a.example/1", "", list);
    for (int i = 1; i >= 0; i--) {
        uint64_t stream = next_stream();
        world_send_head(w, MESSAGE_CACHE_DELETE, 0, stream, &head, SPAN_NONE);
        h = answer(w, stream);
        assert_int_equal(h->type, MESSAGE_CACHE_DONE);
        assert_int_equal(h->payload.ptr[0], i);
    }
    assert_int_equal(match(w, "http://a.example/1", "")->type, MESSAGE_CACHE_MISS);
    world_free(w);
    cache_store_close(store);
}

static void keeps_the_rules_of_put(void **state) {
    struct cache_store *store = store_open(NULL);
    struct edge_config config = {.cache = store};
    struct world *w = world_new(&config, NULL, true);
    static const struct {
        const char *method;
        int status;
        const char *fields;
        enum message_type answer;
        bool stored;
    } cases[] = {
        {"POST", 200, "Cache-Control: max-age=60", MESSAGE_FETCH_FAILED, false},
        {"GET", 206, "Cache-Control: max-age=60", MESSAGE_FETCH_FAILED, false},
        {"GET", 200, "Cache-Control: max-age=60\nVary: *", MESSAGE_FETCH_FAILED, false},
        {"GET", 200, "Cache-Control: no-store", MESSAGE_CACHE_DONE, false},
        {"GET", 200, "Cache-Control: max-age=60\nSet-Cookie: a=b", MESSAGE_CACHE_DONE, false},
        {"GET", 200, "Cache-Control: max-age=60, private=Set-Cookie\nSet-Cookie: a=b", MESSAGE_CACHE_DONE,
         true},
        {"GET", 404, "Cache-Control: s-maxage=60", MESSAGE_CACHE_DONE, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://b.example/%zu", i);
        uint64_t stream = put_head(w, cases[i].method, url, "", cases[i].status, cases[i].fields,
                                   MESSAGE_BODY_INLINE, SPAN("x"));
        assert_int_equal(answer(w, stream)->type, cases[i].answer);
        const struct heard *h = match(w, url, "");
        assert_int_equal(h->type, cases[i].stored ? MESSAGE_FETCH_HEAD : MESSAGE_CACHE_MISS);
        assert_null(heard_field(h, "set-cookie").ptr);
    }
    world_free(w);
    cache_store_close(store);
}

static void keeps_variants_apart(void **state) {
    struct cache_store *store = store_open(NULL);
    struct edge_config config = {.cache = store};
    struct world *w = world_new(&config, NULL, true);
    const char *fields = "Cache-Control: max-age=60\nVary: Accept-Language";
    put(w, "http://c.example/", "Accept-Language: de", fields, SPAN("deutsch"));
    put(w, "http://c.example/", "Accept-Language: fr", fields, SPAN("francais"));
    assert_true(span_eq(match(w, "http://c.example/", "Accept-Language: de")->rest, SPAN("deutsch")));
    assert_true(span_eq(match(w, "http://c.example/", "Accept-Language: fr")->rest, SPAN("francais")));
    assert_int_equal(match(w, "http://c.example/", "Accept-Language: en")->type, MESSAGE_CACHE_MISS);
    assert_int_equal(match(w, "http://c.example/", "")->type, MESSAGE_CACHE_MISS);
    world_free(w);
    cache_store_close(store);
}

enum { BIG = 3 << 20 };

static char big_byte(size_t i) { return (char)(i * 11 ^ i >> 10); }

static void put_big(struct world *w, const char *url) {
    uint64_t stream =
        put_head(w, "GET", url, "", 200, "Cache-Control: max-age=60", MESSAGE_BODY_STREAM, SPAN(""));
    uint64_t credit = LIMIT_STREAM_WINDOW_BYTES;
    char piece[16384];
    for (size_t sent = 0; sent < BIG; sent += sizeof piece) {
        while (credit < sizeof piece) {
            uint64_t more;
            memcpy(&more, world_hear(w, MESSAGE_CREDIT)->payload.ptr, 8);
            credit += more;
        }
        credit -= sizeof piece;
        for (size_t i = 0; i < sizeof piece; i++) piece[i] = big_byte(sent + i);
        world_send(w, MESSAGE_BODY, 0, stream, piece, sizeof piece);
    }
    world_send(w, MESSAGE_BODY_END, 0, stream, NULL, 0);
    assert_int_equal(answer(w, stream)->type, MESSAGE_CACHE_DONE);
}

static void match_big(struct world *w, const char *url) {
    const struct heard *h = match(w, url, "");
    assert_int_equal(h->type, MESSAGE_FETCH_HEAD);
    assert_int_equal(h->flags, MESSAGE_BODY_STREAM);
    assert_true(h->head.body_length == BIG);
    size_t got = 0;
    while (got < BIG) {
        world_credit(w, h->stream, 300000);
        for (size_t window = 0; window < 300000 && got < BIG;) {
            const struct heard *b = world_hear(w, MESSAGE_BODY);
            for (size_t i = 0; i < b->payload.len; i++)
                if (b->payload.ptr[i] != big_byte(got + i)) fail_msg("wrong at %zu", got + i);
            got += b->payload.len;
            window += b->payload.len;
        }
    }
    world_hear(w, MESSAGE_BODY_END);
}

/* `*arg` is the stream of a match: its body goes to the client without crossing the link. */
static void serve_from_cache(struct world *w, const struct heard *h) {
    if (h->type == MESSAGE_REQUEST) {
        w->user = (void *)(uintptr_t)h->stream;
        struct http_field list[4];
        struct head head = request_head("GET", "http://big.example/", "", list);
        world_send_head(w, MESSAGE_CACHE_MATCH, 0, STREAM_FROM_WORKER | 7777777, &head, SPAN_NONE);
    } else if (h->type == MESSAGE_FETCH_HEAD) {
        struct head head = {.status = 200, .body_length = h->head.body_length};
        uint64_t from = h->stream;
        world_send_head(w, MESSAGE_RESPONSE, MESSAGE_BODY_SPLICE, (uint64_t)(uintptr_t)w->user, &head,
                        span_make(&from, sizeof from));
        world_done(w, (uint64_t)(uintptr_t)w->user);
    }
}

static void streams_large_bodies(void **state) {
    char dir[] = "edge-cache-XXXXXX"; /* where the tests run */
    struct problem p;
    assert_non_null(mkdtemp(dir));
    for (int round = 0; round < 2; round++) { /* the second finds it on disk */
        struct cache_store *store = store_open(dir);
        struct edge_config config = {.cache = store};
        struct world *w = world_new(&config, NULL, true);
        if (round == 0) put_big(w, "http://big.example/");
        match_big(w, "http://big.example/");
        w->script = serve_from_cache;
        struct client c = client_open(w);
        client_send(w, &c, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        client_expect(w, &c, "\r\n\r\n");
        size_t body = span_find(buf_span(&c.got), SPAN("\r\n\r\n")) + 4;
        while (c.got.len < body + BIG) {
            loop_turn(w->loop, true);
            client_read(&c, SIZE_MAX);
            assert_false(c.closed);
        }
        for (size_t i = 0; i < BIG; i++)
            if (c.got.ptr[body + i] != big_byte(i)) fail_msg("wrong at %zu", i);
        client_close(&c);
        world_free(w);
        cache_store_close(store);
    }
    assert_int_equal(file_remove_tree(dir, &p), ERR_OK);
}

static void without_a_cache(void **state) {
    struct world *w = world_new(NULL, NULL, true);
    assert_int_equal(put(w, "http://a.example/", "", "Cache-Control: max-age=60", SPAN("x"))->type,
                     MESSAGE_CACHE_DONE);
    assert_int_equal(match(w, "http://a.example/", "")->type, MESSAGE_CACHE_MISS);
    world_free(w);
}

int main(void) {
    log_setup("test", LOG_OFF, true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),   cmocka_unit_test(keeps_the_rules_of_put),
        cmocka_unit_test(keeps_variants_apart), cmocka_unit_test(streams_large_bodies),
        cmocka_unit_test(without_a_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
