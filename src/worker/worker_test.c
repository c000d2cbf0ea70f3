/* A worker at one end of a link, the test as edge at the other, real isolates between them. It could pass wrongly if an answer were
 * counted for another stream's: every answer is therefore looked up by its stream, and isolates say who they are by a counter of
 * their own. */
#include "loop/testing.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "js/engine.h"
#include "link/head.h"
#include "link/messages.h"
#include "state/test_dir.h"
#include "state/version.h"
#include "worker/worker.h"

struct answer {
    unsigned status, failed_count, done_count, bodies;
    enum err failed;
    struct buf text;
};

struct world {
    char *dir;
    struct loop *loop;
    struct link *edge;
    struct worker *worker;
    struct map *answers; /* by stream */
    unsigned done, responses, down;
    enum err why;
    uint64_t asked; /* the last FETCH's stream */
};

static struct answer *answer(struct world *w, uint64_t stream) {
    struct answer *a = map_get_u64(w->answers, stream);
    if (!a) map_put_u64(w->answers, stream, a = NEW(struct answer));
    return a;
}

static void on_message(void *arg, const struct message *m) {
    struct world *w = arg;
    struct answer *a = answer(w, m->stream);
    static struct http_field fields[64];
    struct head h;
    struct span rest;
    uint32_t code;
    switch (m->type) {
    case MESSAGE_RESPONSE:
        assert_int_equal(head_read(m->payload, fields, 64, &h, &rest), ERR_OK);
        a->status = h.status;
        buf_add(&a->text, rest);
        w->responses++;
        break;
    case MESSAGE_FAILED:
        memcpy(&code, m->payload.ptr, sizeof code);
        a->failed = code;
        a->failed_count++;
        buf_add(&a->text, span_from(m->payload, 4));
        break;
    case MESSAGE_DONE:
        a->done_count++;
        w->done++;
        break;
    case MESSAGE_FETCH: w->asked = m->stream; break;
    default: break;
    }
}
static void on_down(void *arg, enum err why, const char *reason) {
    struct world *w = arg;
    w->down++;
    w->why = why;
}
static const struct link_events events = {
    .type_count = MESSAGE_TYPES, .on_message = on_message, .on_down = on_down};

/* Counted in `counters`; NULL: in its own. */
static struct world *counted_world(size_t isolates_max, struct counters *counters) {
    struct world *w = NEW(struct world);
    struct link *far;
    *w = (struct world){.dir = test_dir_make(), .loop = loop_new(), .answers = map_new()};
    link_pair(w->loop, &w->edge, &far);
    link_start(w->edge, &events, w);
    struct worker_config config = {
        .loop = w->loop, .link = far, .code_dir = w->dir, .colo = "TST", .isolates_max = isolates_max};
    config.counters = counters;
    w->worker = worker_new(&config);
    return w;
}

static struct world *world(size_t isolates_max) { return counted_world(isolates_max, NULL); }

static void end(struct world *w) {
    worker_free(w->worker);
    link_close(w->edge);
    loop_free(w->loop);
    size_t at = 0;
    void *each;
    while (map_each(w->answers, &at, NULL, &each)) {
        buf_free(&((struct answer *)each)->text);
        mem_free(each);
    }
    map_free(w->answers);
    test_dir_remove(w->dir);
    mem_free(w);
}

static void write_version(struct world *w, const char *source, uint32_t cpu_ms, char id[33]) {
    struct version_module module = {.name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = span_of(source)};
    struct version v = {
        .name = SPAN("test"), .modules = &module, .module_count = 1, .limits = {.cpu_ms = cpu_ms}};
    struct problem p;
    assert_int_equal(version_write(w->dir, &v, id, &p), ERR_OK);
}

static void define(struct world *w, uint32_t number, const char *id) {
    uint32_t head[2] = {number, 0};
    struct span parts[] = {span_make(head, sizeof head), span_of(id), SPAN("test")};
    link_send(w->edge, MESSAGE_DEFINE, 0, 0, parts, 3);
}

static void deploy(struct world *w, uint32_t number, const char *source) {
    char id[33];
    write_version(w, source, 0, id);
    define(w, number, id);
}

static void forget(struct world *w, uint32_t number) {
    struct span part = span_make(&number, sizeof number);
    link_send(w->edge, MESSAGE_FORGET, 0, 0, &part, 1);
}

static void request(struct world *w, uint32_t number, uint64_t stream, const char *url) {
    struct head head = {.worker = number, .url = span_of(url), .method = SPAN("GET")};
    char *at = link_begin(w->edge, MESSAGE_REQUEST, 0, stream, head_size(&head));
    head_write(&head, at);
    link_commit(w->edge, head_size(&head));
}

static struct answer *wait_done(struct world *w, uint64_t stream) {
    struct answer *a = answer(w, stream);
    for (int i = 0; i < 20000 && !a->done_count; i++) {
        loop_turn(w->loop, false);
        if (!a->done_count) usleep(500);
    }
    assert_int_equal(a->done_count, 1);
    return a;
}

static bool says(const struct answer *a, const char *text) {
    if (a->status == 200 && span_eq(buf_span(&a->text), span_of(text))) return true;
    print_message("%u %s: '%.*s', not '%s'\n", a->status, err_name(a->failed), SPAN_FMT(buf_span(&a->text)),
                  text);
    return false;
}

static struct answer *ask(struct world *w, uint32_t number, uint64_t stream, const char *url) {
    request(w, number, stream, url);
    return wait_done(w, stream);
}

/* Says how many requests this isolate has had; /wait answers 300 ms later, /while after what
 * another isolate needs to start on a busy machine, /loop never, /fetch with what it fetched. */
#define COUNTER(name)                                                                                        \
    "let n = 0; export default { async fetch(r) { const m = ++n, p = new URL(r.url).pathname;"               \
    " if (p === '/loop') for (;;) {}"                                                                        \
    " if (p === '/wait') await new Promise(f => setTimeout(f, 300));"                                        \
    " if (p === '/while') await new Promise(f => setTimeout(f, 3000));"                                      \
    " if (p === '/minute') await new Promise(f => setTimeout(f, 60000));"                                    \
    " if (p === '/fetch') return fetch('http://origin/');"                                                   \
    " return new Response('" name "' + m); } }"

static struct worker_stats stats(struct world *w) {
    struct worker_stats s;
    loop_turn(w->loop, false);
    worker_stats(w->worker, &s);
    return s;
}

static void a_request_is_answered(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    assert_true(says(ask(w, 1, 0x100000001, "http://h/"), "a1"));
    assert_true(
        says(ask(w, 1, 0x200000001, "http://h/"), "a2")); /* the same index, later: the same isolate */
    assert_int_equal(answer(w, 0x100000001)->failed_count, 0);
    struct worker_stats s = stats(w);
    assert_true(s.requests == 2 && s.cold_starts == 1 && s.isolates == 1);
    end(w);
}

static void many_at_once_keep_apart(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    deploy(w, 2, COUNTER("b"));
    for (uint64_t i = 1; i <= 200; i++)
        request(w, 1 + i % 2, 1ull << 32 | i, i % 3 ? "http://h/" : "http://h/wait");
    for (uint64_t i = 1; i <= 200; i++) {
        struct answer *a = wait_done(w, 1ull << 32 | i);
        assert_int_equal(a->status, 200);
        assert_int_equal(a->text.ptr[0], i % 2 ? 'b' : 'a');
    }
    assert_int_equal(stats(w).isolates, 2);
    end(w);
}

static void what_cannot_run_fails(void **state) {
    struct world *w = world(0);
    struct answer *a = ask(w, 7, 1ull << 32 | 1, "http://h/"); /* never defined */
    assert_int_equal(a->failed, ERR_NOT_FOUND);
    assert_int_equal(a->failed_count, 1);
    a = ask(w, 4000000000u, 1ull << 32 | 2, "http://h/");
    assert_int_equal(a->failed, ERR_NOT_FOUND);
    define(w, 1, "00000000000000000000000000000000"); /* a version that is not there */
    assert_int_equal(ask(w, 1, 1ull << 32 | 3, "http://h/")->failed, ERR_WORKER_START);
    define(w, 1, "../../../../../../../etc/passwd_"); /* and what is none */
    assert_int_equal(ask(w, 1, 1ull << 32 | 4, "http://h/")->failed, ERR_WORKER_START);
    deploy(w, 2, "throw new Error('at the top')");
    a = ask(w, 2, 1ull << 32 | 5, "http://h/");
    assert_int_equal(a->failed, ERR_WORKER_START);
    assert_true(span_find(buf_span(&a->text), SPAN("at the top")) < a->text.len);
    assert_int_equal(stats(w).isolates, 0);
    assert_int_equal(stats(w).start_failures, 3);
    deploy(w, 3, COUNTER("c"));
    assert_int_equal(ask(w, 3, UINT32_MAX, "http://h/")->failed, ERR_OVERLOAD); /* 64 GB of table? */
    assert_true(says(ask(w, 3, 1ull << 32 | 6, "http://h/"), "c1"));
    end(w);
}

static void what_edge_must_not_send(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    struct span parts[] = {SPAN("x")};
    link_send(w->edge, MESSAGE_DEFINE, 0, 0, parts, 1);
    define(w, UINT32_MAX, "00000000000000000000000000000000");
    forget(w, 5);
    forget(w, UINT32_MAX);
    link_send(w->edge, MESSAGE_FORGET, 0, 0, NULL, 0);
    link_send(w->edge, MESSAGE_BODY, 0, 12345, parts, 1); /* of streams that nobody has */
    link_send(w->edge, MESSAGE_CREDIT, 0, STREAM_FROM_WORKER | 99, parts, 1);
    link_send(w->edge, MESSAGE_CANCEL, 0, UINT64_MAX, NULL, 0);
    link_send(w->edge, MESSAGE_REQUEST, 0, 1ull << 32 | 1, parts, 1); /* no head: worker 0 */
    assert_int_equal(wait_done(w, 1ull << 32 | 1)->failed, ERR_NOT_FOUND);
    uint32_t number = 1;
    struct span cut = span_make(&number, sizeof number);
    link_send(w->edge, MESSAGE_REQUEST, 0, 1ull << 32 | 2, &cut, 1);
    assert_int_not_equal(wait_done(w, 1ull << 32 | 2)->failed, ERR_OK);
    assert_true(says(ask(w, 1, 1ull << 32 | 3, "http://h/"), "a1"));
    assert_int_equal(w->down, 0);
    end(w);
}

static void a_new_version_takes_over(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("old"));
    request(w, 1, 1ull << 32 | 1, "http://h/while");
    assert_int_equal(stats(w).isolates, 1);
    deploy(w, 1, COUNTER("new"));
    assert_true(says(ask(w, 1, 1ull << 32 | 2, "http://h/"), "new1"));
    assert_int_equal(stats(w).isolates, 2); /* the old one has something to finish */
    assert_true(says(wait_done(w, 1ull << 32 | 1), "old1"));
    for (int i = 0; i < 10; i++) loop_turn(w->loop, false);
    assert_int_equal(stats(w).isolates, 1);
    deploy(w, 1, COUNTER("new")); /* the same again: nothing starts anew */
    assert_true(says(ask(w, 1, 1ull << 32 | 3, "http://h/"), "new2"));
    assert_int_equal(stats(w).cold_starts, 2);
    end(w);
}

static void forgotten_when_idle(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    request(w, 1, 1ull << 32 | 1, "http://h/while");
    stats(w);
    forget(w, 1);
    assert_int_equal(stats(w).isolates, 1);
    assert_true(says(wait_done(w, 1ull << 32 | 1), "a1"));
    for (int i = 0; i < 10; i++) loop_turn(w->loop, false);
    assert_int_equal(stats(w).isolates, 0);
    assert_int_equal(ask(w, 1, 1ull << 32 | 2, "http://h/")->failed, ERR_NOT_FOUND);
    deploy(w, 1, COUNTER("b"));
    assert_true(says(ask(w, 1, 1ull << 32 | 3, "http://h/"), "b1"));
    forget(w, 1); /* idle: at once */
    for (int i = 0; i < 10; i++) loop_turn(w->loop, false);
    assert_int_equal(stats(w).isolates, 0);
    deploy(w, 1, COUNTER("b"));
    forget(w, 1); /* and changed one's mind */
    deploy(w, 1, COUNTER("b"));
    assert_true(says(ask(w, 1, 1ull << 32 | 4, "http://h/"), "b1"));
    end(w);
}

static void a_runaway_costs_its_isolate(void **state) {
    struct world *w = world(0);
    char id[33];
    write_version(w, COUNTER("a"), 100, id);
    define(w, 1, id);
    deploy(w, 2, COUNTER("b"));
    assert_true(says(ask(w, 1, 1ull << 32 | 1, "http://h/"), "a1"));
    request(w, 1, 1ull << 32 | 2, "http://h/wait"); /* in the same isolate: goes down with it */
    stats(w);
    request(w, 1, 1ull << 32 | 3, "http://h/loop");
    request(w, 1, 1ull << 32 | 4, "http://h/"); /* in the same batch */
    assert_int_equal(wait_done(w, 1ull << 32 | 3)->failed, ERR_WORKER_CPU);
    assert_int_equal(wait_done(w, 1ull << 32 | 2)->failed, ERR_WORKER_GONE);
    assert_true(says(wait_done(w, 1ull << 32 | 4), "a1")); /* had not begun: it begins in a fresh one */
    assert_true(says(ask(w, 1, 1ull << 32 | 5, "http://h/"), "a2"));
    assert_true(says(ask(w, 2, 1ull << 32 | 6, "http://h/"), "b1"));
    assert_int_equal(stats(w).condemned, 1);
    assert_int_equal(stats(w).isolates, 2);
    for (uint64_t i = 1; i <= 6; i++) assert_true(answer(w, 1ull << 32 | i)->failed_count <= 1);
    end(w);
}

static void the_one_idle_longest_goes(void **state) {
    struct world *w = world(3);
    for (uint32_t i = 1; i <= 5; i++) deploy(w, i, COUNTER("w"));
    uint64_t stream = 1ull << 32;
    for (uint32_t i = 1; i <= 3; i++) assert_true(says(ask(w, i, ++stream, "http://h/"), "w1"));
    assert_true(says(ask(w, 1, ++stream, "http://h/"), "w2")); /* now 2 is the one unused longest */
    assert_true(says(ask(w, 4, ++stream, "http://h/"), "w1"));
    assert_int_equal(stats(w).isolates, 3);
    assert_int_equal(stats(w).evictions, 1);
    assert_true(says(ask(w, 1, ++stream, "http://h/"), "w3"));
    assert_true(says(ask(w, 3, ++stream, "http://h/"), "w2"));
    assert_true(says(ask(w, 2, ++stream, "http://h/"), "w1")); /* it was that one */
    end(w);
}

/* More than isolates_max may be busy; afterwards they go, without waiting for the next one to start. */
static void the_busy_stay_until_they_are_idle(void **state) {
    struct world *w = world(2);
    for (uint32_t i = 1; i <= 5; i++) deploy(w, i, COUNTER("w"));
    for (uint32_t i = 1; i <= 5; i++) request(w, i, 1ull << 32 | i, "http://h/wait");
    assert_int_equal(stats(w).isolates, 5);
    for (uint32_t i = 1; i <= 5; i++) assert_true(says(wait_done(w, 1ull << 32 | i), "w1"));
    for (int i = 0; i < 10; i++) loop_turn(w->loop, false);
    assert_int_equal(stats(w).isolates, 2);
    end(w);
}

/* What a Worker asked for and has not got when its isolate goes. */
static void answers_for_isolates_that_are_gone(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    request(w, 1, 1ull << 32 | 1, "http://h/fetch");
    for (int i = 0; i < 1000 && !w->asked; i++) loop_turn(w->loop, false);
    assert_true(w->asked & STREAM_FROM_WORKER);
    char id[33];
    write_version(w, COUNTER("b"), 50, id);
    define(w, 2, id);
    uint64_t asked = w->asked;
    w->asked = 0;
    request(w, 2, 1ull << 32 | 2, "http://h/fetch");
    for (int i = 0; i < 1000 && !w->asked; i++) loop_turn(w->loop, false);
    assert_int_equal(ask(w, 2, 1ull << 32 | 3, "http://h/loop")->failed, ERR_WORKER_CPU);
    wait_done(w, 1ull << 32 | 2);
    uint32_t code = ERR_DNS;
    struct span part = span_make(&code, sizeof code);
    link_send(w->edge, MESSAGE_FETCH_FAILED, 0, w->asked, &part, 1); /* crosses the end */
    link_send(w->edge, MESSAGE_FETCH_FAILED, 0, asked, &part, 1);
    assert_int_equal(wait_done(w, 1ull << 32 | 1)->failed,
                     ERR_WORKER_EXCEPTION); /* the living one hears it */
    assert_true(says(ask(w, 2, 1ull << 32 | 4, "http://h/"), "b1"));
    end(w);
}

static void started_before_the_first_request(void **state) {
    struct world *w = world(0);
    struct problem p = {0};
    char id[33];
    write_version(w, COUNTER("a"), 0, id);
    assert_int_equal(worker_start(w->worker, 1, id, &p), ERR_OK);
    assert_int_equal(stats(w).cold_starts, 1);
    assert_true(says(ask(w, 1, 1ull << 32 | 1, "http://h/"), "a1"));
    assert_int_equal(stats(w).cold_starts, 1);
    write_version(w, "null.x", 0, id);
    assert_int_not_equal(worker_start(w->worker, 1, id, &p), ERR_OK);
    assert_non_null(strstr(p.text, "TypeError"));
    write_version(w, "for (;;);", 0, id); /* the start-up limit */
    assert_int_not_equal(worker_start(w->worker, 2, id, &p), ERR_OK);
    write_version(w, COUNTER("c"), 0, id);
    assert_int_equal(worker_start(w->worker, 1, id, &p), ERR_OK);
    assert_true(says(ask(w, 1, 1ull << 32 | 2, "http://h/"), "c1"));
    end(w);
}

static void freed_in_the_middle(void **state) {
    struct world *w = world(0);
    deploy(w, 1, COUNTER("a"));
    for (uint64_t i = 1; i <= 20; i++)
        request(w, 1, 1ull << 32 | i, i % 2 ? "http://h/minute" : "http://h/fetch");
    for (int i = 0; i < 5; i++) loop_turn(w->loop, false);
    worker_free(w->worker);
    w->worker = NULL;
    for (int i = 0; i < 5; i++) loop_turn(w->loop, false);
    assert_int_equal(w->down, 1);
    assert_int_equal(w->why, ERR_CLOSED);
    for (uint64_t i = 1; i <= 20; i++) assert_int_equal(answer(w, 1ull << 32 | i)->failed, ERR_WORKER_GONE);
    end(w);
}

static uint64_t histogram_total(const struct histogram *h) {
    uint64_t all = 0;
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) all += h->buckets[i];
    return all;
}

/* A Worker's numbers are its own, are of this lane, and stay when its isolate and its link go. */
static void what_a_worker_does_is_counted(void **state) {
    struct counters_file *file = counters_private(1);
    struct counters *c = counters_take(counters_lane(file, 0));
    struct world *w = counted_world(0, c);
    char id[33];
    deploy(w, 1, COUNTER("a"));
    write_version(w, COUNTER("b"), 300, id);
    define(w, 2, id);
    deploy(w, 3, "throw new Error('at the top')");
    deploy(w, 4, "export default { fetch() { console.log('x'); throw new Error('no'); } }");
    for (uint64_t i = 1; i <= 5; i++) ask(w, 1, 1ull << 32 | i, "http://h/");
    ask(w, 1, 1ull << 32 | 6, "http://h/wait");
    struct counters_row *one = counters_row(c, 1), *two = counters_row(c, 2);
    const struct counters_isolate *shown = &counters_of(c)->isolates[0];
    assert_true(shown->used && shown->worker == 1 && shown->requests == 6 && shown->in_flight == 0);
    ask(w, 2, 1ull << 32 | 7, "http://h/loop");
    ask(w, 3, 1ull << 32 | 8, "http://h/");
    ask(w, 4, 1ull << 32 | 9, "http://h/");
    request(w, 1, 1ull << 32 | 10, "http://h/fetch");
    for (int i = 0; i < 5; i++) loop_turn(w->loop, false);
    assert_int_equal(shown->in_flight, 1);
    assert_true(one->requests == 7 && one->exceptions == 0 && one->cold_starts == 1 && one->subrequests == 1);
    assert_int_equal(histogram_total(&one->event_cpu), 6);
    assert_int_equal(histogram_total(&one->cold_start), 1);
    assert_in_range(one->wall_ns, 300000000, 30000000000);
    assert_in_range(one->cpu_ns, 10000, 300000000); /* it waited, it did not work */
    assert_true(two->requests == 1 && two->ended_cpu == 1 && two->ended_memory == 0 && two->exceptions == 1);
    assert_in_range(two->cpu_ns, 250000000, 3000000000);
    assert_in_range(two->event_cpu.sum_ns, 250000000, 3000000000);
    assert_true(counters_row(c, 3)->start_failures == 1 && counters_row(c, 3)->cold_starts == 0);
    assert_true(counters_row(c, 4)->exceptions == 1 && counters_row(c, 4)->log_lines >= 1);
    const struct counters_lane_block *lane = &counters_of(c)->lane;
    assert_true(lane->turns >= 9 && lane->messages >= 14 && lane->isolates >= 2);
    assert_in_range(lane->busy_ns, 250000000, 10000000000);
    end(w);
    assert_int_equal(lane->isolates, 0);
    for (size_t i = 0; i < COUNTERS_ISOLATES; i++) assert_false(counters_of(c)->isolates[i].used);
    w = counted_world(0, c); /* edge has come back */
    deploy(w, 1, COUNTER("a"));
    ask(w, 1, 1ull << 32 | 1, "http://h/");
    assert_true(one->requests == 8 && one->cold_starts == 2);
    end(w);
    counters_give(c);
    counters_close(file);
}

static int start_engine(void **state) {
    struct problem p;
    return js_engine_init(NULL, &p) != ERR_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(many_at_once_keep_apart),
        cmocka_unit_test(what_cannot_run_fails),
        cmocka_unit_test(what_edge_must_not_send),
        cmocka_unit_test(a_new_version_takes_over),
        cmocka_unit_test(forgotten_when_idle),
        cmocka_unit_test(a_runaway_costs_its_isolate),
        cmocka_unit_test(the_one_idle_longest_goes),
        cmocka_unit_test(the_busy_stay_until_they_are_idle),
        cmocka_unit_test(answers_for_isolates_that_are_gone),
        cmocka_unit_test(started_before_the_first_request),
        cmocka_unit_test(freed_in_the_middle),
        cmocka_unit_test(what_a_worker_does_is_counted),
    };
    return cmocka_run_group_tests(tests, start_engine, NULL);
}
