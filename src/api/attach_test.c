/* A Worker that changes its loop and its thread keeps the state of its JavaScript; the pool gives each caller an isolate of
 * its own and follows the demand. It could pass wrongly if the second loop's answer had been made on the first: the link of
 * the first loop is closed before, and the answer says how many requests that very isolate has seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/core.h"
#include "api/pool.h"
#include "js/engine.h"
#include "loop/thread.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A loop and a link with somebody at its other end who writes down what comes. */
struct side {
    struct loop *loop;
    struct link *ours, *theirs;
    struct buf seen;
    unsigned done, idle;
};

static void edge_message(void *arg, const struct message *m) {
    struct side *s = arg;
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct span rest;
    if (m->type == MESSAGE_DONE) s->done++;
    if (m->type != MESSAGE_RESPONSE) return;
    assert_int_equal(head_read(m->payload, fields, FIELDS_CAP, &h, &rest), ERR_OK);
    buf_printf(&s->seen, "[%.*s]", SPAN_FMT(rest));
}
static void ignore_message(void *arg, const struct message *m) {}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events edge_events = {MESSAGE_TYPES, edge_message, NULL, on_down};
static const struct link_events our_events = {MESSAGE_TYPES, ignore_message, NULL, on_down};

static void side_open(struct side *s) {
    *s = (struct side){.loop = loop_new()};
    link_pair(s->loop, &s->ours, &s->theirs);
    link_start(s->theirs, &edge_events, s);
    link_start(s->ours, &our_events, s);
}
static void side_close(struct side *s) {
    link_close(s->ours);
    link_close(s->theirs);
    loop_turn(s->loop, false);
    loop_free(s->loop);
    buf_free(&s->seen);
}

static uint64_t open_stream(void *arg, struct api *api) { return STREAM_FROM_WORKER | 1; }
static void on_idle(void *arg, struct api *api) { ((struct side *)arg)->idle++; }

static struct api_config config_of(struct side *s, const struct version *v, struct api_pool *pool) {
    return (struct api_config){.loop = s->loop,
                               .link = s->ours,
                               .version = v,
                               .worker = 1,
                               .colo = "TST",
                               .pool = pool,
                               .stream_open = open_stream,
                               .on_idle = on_idle,
                               .arg = s};
}

static const struct version *make_version(const char *source) {
    char dir[] = "/tmp/cusp-attach-test-XXXXXX", id[33], path[128];
    struct problem p;
    const struct version *ret;
    struct version_module module = {.name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = span_of(source)};
    struct version v = {.name = SPAN("test"), .modules = &module, .module_count = 1};
    assert_non_null(mkdtemp(dir));
    assert_int_equal(version_write(dir, &v, id, &p), ERR_OK);
    assert_int_equal(version_load(dir, id, &ret, &p), ERR_OK);
    snprintf(path, sizeof path, "%s/%s", dir, id);
    unlink(path);
    rmdir(dir);
    return ret;
}

static void request(struct side *s, struct api *api, unsigned wanted) {
    struct head head = {.worker = 1, .url = SPAN("http://h/path"), .method = SPAN("GET")};
    char bytes[256];
    head_write(&head, bytes);
    struct message m = {MESSAGE_REQUEST, 0, 2, span_make(bytes, head_size(&head))};
    assert_int_equal(api_request(api, &m), ERR_OK);
    assert_false(api_quiet(api));
    assert_false(api_detach(api));
    api_turn(api);
    for (int i = 0; s->done < wanted && i < 3000; i++) {
        loop_turn(s->loop, false);
        usleep(500);
    }
    assert_int_equal(s->done, wanted);
}

static const char counting[] =
    "let n = 0; export default { async fetch() { n++; await new Promise((ok) => setTimeout(ok, 5));"
    "return new Response('n=' + n) } }";

struct journey {
    struct api *api;
    const struct version *version;
};

static void elsewhere(void *arg) {
    struct journey *j = arg;
    struct side there;
    side_open(&there);
    struct api_config config = config_of(&there, j->version, NULL);
    api_attach(j->api, &config);
    request(&there, j->api, 1);
    request(&there, j->api, 2);
    assert_string_equal(buf_cstr(&there.seen), "[n=2][n=3]");
    assert_int_equal(there.idle, 2);
    assert_true(api_detach(j->api));
    side_close(&there);
}

static void test_moves(void **state) {
    struct journey j = {.version = make_version(counting)};
    struct side here;
    struct thread *thread;
    struct problem p;
    side_open(&here);
    struct api_config config = config_of(&here, j.version, NULL);
    assert_int_equal(api_new(&config, &j.api, &p), ERR_OK);
    assert_true(api_quiet(j.api));
    request(&here, j.api, 1);
    assert_string_equal(buf_cstr(&here.seen), "[n=1]");
    assert_true(api_detach(j.api));
    side_close(&here);
    assert_int_equal(thread_start("elsewhere", 0, elsewhere, &j, &thread), ERR_OK);
    thread_join(thread);
    api_trim(j.api);
    api_free(j.api); /* of no loop */
    version_unref(j.version);
}

static void test_pool(void **state) {
    enum { TAKEN = 6 };
    struct api_pool *pool;
    struct api *api[TAKEN];
    struct api_pool_stats stats;
    struct problem p;
    struct side here;
    const struct version *version = make_version(counting);
    assert_int_equal(api_pool_new(&pool), ERR_OK);
    side_open(&here);
    for (int i = 0; i < 1000 && (api_pool_stats(pool, &stats), stats.stock < LIMIT_POOL_LEAST); i++)
        usleep(10000);
    assert_int_equal(stats.stock, LIMIT_POOL_LEAST);
    struct api_config config = config_of(&here, version, pool);
    for (int i = 0; i < TAKEN; i++) assert_int_equal(api_new(&config, &api[i], &p), ERR_OK);
    api_pool_stats(pool, &stats);
    assert_int_equal(stats.taken + stats.missed, TAKEN);
    assert_true(stats.taken >= LIMIT_POOL_LEAST);
    assert_true(stats.wanted > LIMIT_POOL_LEAST && stats.wanted <= LIMIT_POOL_MOST);
    for (unsigned i = 0; i < TAKEN; i++) request(&here, api[i], i + 1);
    assert_string_equal(buf_cstr(&here.seen), "[n=1][n=1][n=1][n=1][n=1][n=1]");
    for (int i = 0; i < TAKEN; i++) api_free(api[i]);
    side_close(&here);
    api_pool_free(pool); /* in the middle of making one, more often than not */
    version_unref(version);
}

int main(void) {
    struct problem p;
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_moves), cmocka_unit_test(test_pool)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
