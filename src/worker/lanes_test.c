/* A port, its slow lane on a thread of its own, real isolates on both, the test as edge. It could pass wrongly if everything ran in
 * one lane: so the tests look at where events went (worker_stats, crew_stats), at the counters inside of isolates, and, where a
 * neighbour must not be delayed, at the order of answers while a hog holds the slow lane until the test lets it go. */
#include "loop/testing.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "js/engine.h"
#include "link/head.h"
#include "link/messages.h"
#include "state/test_dir.h"
#include "state/version.h"
#include "worker/verdict.h"
#include "worker/worker.h"

struct answer {
    unsigned status, failed_count, done_count, ends;
    enum err failed;
    uint64_t credit; /* that the Worker gave */
    struct buf text;
};

struct port {
    struct world *world;
    struct link *edge;
    struct worker *worker;
    struct map *answers; /* by stream */
    unsigned done;
    uint64_t asked; /* the last FETCH's stream */
    bool eager;     /* gives credit for all that comes */
};

struct world {
    char *dir;
    struct loop *loop;
    struct crew *crew;
    struct port port[2];
};

static struct answer *answer(struct port *p, uint64_t stream) {
    struct answer *a = map_get_u64(p->answers, stream);
    if (!a) map_put_u64(p->answers, stream, a = NEW(struct answer));
    return a;
}

static void send_number(struct port *p, unsigned type, uint64_t stream, uint64_t number) {
    struct span part = span_make(&number, sizeof number);
    link_send(p->edge, (uint8_t)type, 0, stream, &part, 1);
}

static void on_message(void *arg, const struct message *m) {
    struct port *p = arg;
    struct answer *a = answer(p, m->stream);
    static struct http_field fields[64];
    struct head h;
    struct span rest;
    uint32_t code;
    assert_true(m->type < MESSAGE_TYPES); /* what lanes tell each other stays inside */
    switch (m->type) {
    case MESSAGE_RESPONSE:
        assert_int_equal(head_read(m->payload, fields, 64, &h, &rest), ERR_OK);
        a->status = h.status;
        buf_add(&a->text, rest);
        break;
    case MESSAGE_FAILED:
        memcpy(&code, m->payload.ptr, sizeof code);
        a->failed = code;
        a->failed_count++;
        buf_add(&a->text, span_from(m->payload, 4));
        break;
    case MESSAGE_DONE:
        a->done_count++;
        p->done++;
        break;
    case MESSAGE_BODY:
        assert_int_equal(a->ends, 0);
        buf_add(&a->text, m->payload);
        if (p->eager) send_number(p, MESSAGE_CREDIT, m->stream, m->payload.len);
        break;
    case MESSAGE_BODY_END: a->ends++; break;
    case MESSAGE_CREDIT: {
        uint64_t more;
        memcpy(&more, m->payload.ptr, sizeof more);
        a->credit += more;
        break;
    }
    case MESSAGE_FETCH: p->asked = m->stream; break;
    default: break;
    }
}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events events = {
    .type_count = MESSAGE_TYPES, .on_message = on_message, .on_down = on_down};

static struct world *world(unsigned slow_lanes) {
    struct world *w = NEW(struct world);
    *w = (struct world){.dir = test_dir_make(), .loop = loop_new()};
    struct crew_config crew = {.code_dir = w->dir, .colo = "TST", .slow_lanes = slow_lanes};
    assert_int_equal(crew_new(&crew, &w->crew), ERR_OK);
    for (int i = 0; i < 2; i++) {
        struct port *p = &w->port[i];
        struct link *far;
        *p = (struct port){.world = w, .answers = map_new(), .eager = true};
        link_pair(w->loop, &p->edge, &far);
        link_start(p->edge, &events, p);
        struct worker_config config = {
            .loop = w->loop, .link = far, .code_dir = w->dir, .colo = "TST", .crew = w->crew};
        p->worker = worker_new(&config);
    }
    return w;
}

static void end(struct world *w) {
    for (int i = 0; i < 2; i++) {
        struct port *p = &w->port[i];
        worker_free(p->worker);
        link_close(p->edge);
        size_t at = 0;
        void *each;
        for (int turn = 0; turn < 5; turn++) loop_turn(w->loop, false);
        while (map_each(p->answers, &at, NULL, &each)) {
            buf_free(&((struct answer *)each)->text);
            mem_free(each);
        }
        map_free(p->answers);
    }
    crew_stop(w->crew);
    loop_free(w->loop);
    crew_free(w->crew);
    test_dir_remove(w->dir);
    mem_free(w);
}

static void deploy(struct port *p, uint32_t number, const char *source, uint32_t cpu_ms) {
    char id[33];
    struct problem problem;
    struct version_module module = {.name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = span_of(source)};
    struct version v = {
        .name = SPAN("test"), .modules = &module, .module_count = 1, .limits = {.cpu_ms = cpu_ms}};
    assert_int_equal(version_write(p->world->dir, &v, id, &problem), ERR_OK);
    uint32_t head[2] = {number, 0};
    struct span parts[] = {span_make(head, sizeof head), span_of(id), SPAN("test")};
    link_send(p->edge, MESSAGE_DEFINE, 0, 0, parts, 3);
}

static void request_with(struct port *p, uint32_t number, uint64_t stream, const char *url, unsigned flags,
                         struct span body) {
    struct head head = {
        .worker = number, .url = span_of(url), .method = SPAN("POST"), .body_length = body.len};
    if (flags == MESSAGE_BODY_STREAM) head.body_length = HEAD_LENGTH_UNKNOWN;
    char *at = link_begin(p->edge, MESSAGE_REQUEST, (uint8_t)flags, stream, head_size(&head) + body.len);
    at = head_write(&head, at);
    if (body.len) memcpy(at, body.ptr, body.len);
    link_commit(p->edge, head_size(&head) + body.len);
}

static void request(struct port *p, uint32_t number, uint64_t stream, const char *url) {
    request_with(p, number, stream, url, 0, SPAN_NONE);
}

static void turn_ms(struct world *w, unsigned ms) {
    uint64_t until = loop_now_ms(w->loop) + ms;
    while (loop_now_ms(w->loop) < until) {
        loop_turn(w->loop, false);
        usleep(500);
    }
}

static struct answer *wait_done(struct port *p, uint64_t stream) {
    struct answer *a = answer(p, stream);
    for (int i = 0; i < 60000 && !a->done_count; i++) {
        loop_turn(p->world->loop, false);
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

static uint64_t next_stream = 1ull << 32;
static struct answer *ask(struct port *p, uint32_t number, const char *url) {
    uint64_t stream = next_stream++;
    request(p, number, stream, url);
    return wait_done(p, stream);
}

static struct worker_stats stats(struct port *p) {
    struct worker_stats s;
    worker_stats(p->worker, &s);
    return s;
}

/* Says how many requests this isolate has had. /burn?ms takes that much CPU, /wait answers 100 ms later. */
#define COUNTER                                                                                              \
    "let n = 0; const now = () => performance.now();"                                                        \
    "function burn(k) { let x = 0; for (let i = 0; i < k * 200000; i++) x = (x * 31 + i) | 0; return x; }"   \
    "export default { async fetch(r) { const m = ++n, u = new URL(r.url);"                                   \
    " if (u.pathname === '/burn') burn(Number(u.search.slice(1)));"                                          \
    " if (u.pathname === '/loop') for (;;) {}"                                                               \
    " if (u.pathname === '/wait') await new Promise(f => setTimeout(f, 100));"                               \
    " if (u.pathname === '/fetch') { const f = await fetch('http://origin/'); return new Response(m + "      \
    "await f.text()); }"                                                                                     \
    " if (u.pathname === '/upper') return new Response((await r.text()).toUpperCase());"                     \
    " return new Response(String(m)); } }"

/* Until the Worker's events are answered in the fast lane; returns how many it took. */
static unsigned prove(struct port *p, uint32_t number) {
    char expected[16];
    for (unsigned i = 1; i <= 300; i++) {
        struct worker_stats before = stats(p);
        struct answer *a = ask(p, number, "http://h/");
        snprintf(expected, sizeof expected, "%u", i);
        assert_true(says(a, expected)); /* one isolate all the way */
        if (stats(p).relayed == before.relayed) return i;
        turn_ms(p->world, 1);
    }
    fail_msg("never proven");
    return 0;
}

static void proven_it_moves_with_its_state(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 0);
    unsigned n = prove(p, 1);
    assert_in_range(n, VERDICT_TRIAL, 300);
    struct worker_stats s = stats(p);
    assert_true(s.relayed == n - 1 && s.cold_starts == 0 && s.taken == 1 && s.isolates == 1);
    ask(p, 1, "http://h/");
    assert_int_equal(stats(p).relayed, n - 1);
    end(w);
}

static void exposed_it_goes_back_with_its_state(void **state) {
    struct world *w = world(2);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 30000);
    unsigned n = prove(p, 1);
    ask(p, 1, "http://h/burn?1000"); /* one event, here: nobody could know */
    unsigned relayed = (unsigned)stats(p).relayed;
    turn_ms(w, 20);
    assert_int_equal(stats(p).rested, 1);
    char expected[16];
    snprintf(expected, sizeof expected, "%u", n + 2);
    assert_true(says(ask(p, 1, "http://h/"), expected));
    assert_int_equal(stats(p).relayed, relayed + 1);
    for (int i = 0; i < 40; i++) ask(p, 1, "http://h/"); /* it has to wait before it is believed again */
    assert_int_equal(stats(p).relayed, relayed + 41);
    end(w);
}

/* While one Worker holds the only slow lane, another that is proven answers; nothing of the first is answered meanwhile. */
static void a_hog_does_not_delay_the_fast_lane(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 0);
    deploy(p, 2, COUNTER, 3000);
    prove(p, 1);
    assert_int_equal(ask(p, 2, "http://h/")->status, 200);
    request(p, 2, 7, "http://h/loop"); /* 3 s of CPU */
    unsigned relayed = (unsigned)stats(p).relayed + 1;
    turn_ms(w, 50);
    assert_int_equal(stats(p).relayed, relayed);
    unsigned answered = 0;
    for (; answered < 200 && !answer(p, 7)->done_count; answered++) ask(p, 1, "http://h/");
    assert_int_equal(answered, 200);
    assert_int_equal(answer(p, 7)->done_count, 0);
    assert_int_equal(stats(p).relayed, relayed);
    assert_int_equal(wait_done(p, 7)->failed, ERR_WORKER_CPU);
    assert_int_equal(ask(p, 2, "http://h/")->status, 200);
    end(w);
}

/* What would wait too long is refused at once; others are not. */
static void what_would_wait_too_long_is_refused(void **state) {
    struct world *w = world(2);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 30000);
    deploy(p, 2, COUNTER, 0);
    assert_int_equal(ask(p, 1, "http://h/burn?1000")->status, 200);
    assert_int_equal(ask(p, 1, "http://h/burn?1000")->status, 200); /* it is known what one takes */
    enum { MANY = 1500 };
    for (uint64_t i = 0; i < MANY; i++) request(p, 1, 5ull << 32 | i, "http://h/burn?1000");
    for (int i = 0; i < 3; i++) loop_turn(w->loop, false);
    uint64_t shed = stats(p).shed, refused = 0;
    assert_in_range(shed, MANY - LIMIT_WORKER_WAITING, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        struct answer *a = answer(p, 5ull << 32 | i);
        if (a->failed != ERR_OVERLOAD) continue;
        refused++;
        assert_true(a->done_count == 1 && a->failed_count == 1);
    }
    assert_int_equal(refused, shed);
    assert_int_equal(ask(p, 2, "http://h/")->status, 200); /* the other slow lane is free */
    end(w);                                                /* those that wait are cut off */
}

static void bodies_keep_their_order(void **state) {
    enum { PIECES = 60, PIECE = 4096 };
    struct world *w = world(1);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 0);
    request_with(p, 1, 9, "http://h/upper", MESSAGE_BODY_STREAM, SPAN_NONE);
    struct answer *a = answer(p, 9);
    for (int i = 0; i < 20000 && !a->credit; i++)
        turn_ms(w, 1); /* the first one comes from the other thread */
    assert_int_equal(a->credit, LIMIT_STREAM_WINDOW_BYTES);
    char piece[PIECE];
    for (int i = 0; i < PIECES; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        struct span part = span_make(piece, sizeof piece);
        link_send(p->edge, MESSAGE_BODY, 0, 9, &part, 1);
        if (i % 10 == 0) loop_turn(w->loop, false);
    }
    link_send(p->edge, MESSAGE_BODY_END, 0, 9, NULL, 0);
    wait_done(p, 9);
    assert_int_equal(a->text.len, PIECES * PIECE);
    for (size_t i = 0; i < a->text.len; i++) assert_int_equal(a->text.ptr[i], 'A' + i / PIECE % 26);
    end(w);
}

/* A large answer comes as far as its credit goes, and no further. */
static void backpressure_goes_through_the_relay(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    deploy(
        p, 1,
        "export default { fetch() { let i = 0; return new Response(new ReadableStream({ pull(c) {"
        " if (i === 100) return c.close(); c.enqueue(new Uint8Array(10000).fill(65 + i++ % 26)); } })); } }",
        0);
    p->eager = false;
    request(p, 1, 9, "http://h/");
    struct answer *a = answer(p, 9);
    for (int i = 0; i < 10000 && a->text.len < LIMIT_STREAM_WINDOW_BYTES; i++) turn_ms(w, 1);
    turn_ms(w, 50);
    assert_int_equal(a->text.len, LIMIT_STREAM_WINDOW_BYTES);
    assert_int_equal(a->ends, 0);
    while (!a->ends) { /* a little at a time */
        size_t before = a->text.len;
        send_number(p, MESSAGE_CREDIT, 9, 50000);
        for (int i = 0; i < 10000 && a->text.len == before && !a->ends; i++) turn_ms(w, 1);
        assert_true(a->text.len - before <= 50000);
    }
    wait_done(p, 9);
    assert_int_equal(a->text.len, 1000000);
    for (size_t i = 0; i < a->text.len; i++) assert_int_equal(a->text.ptr[i], 65 + i / 10000 % 26);
    assert_true(stats(p).relayed == 1);
    end(w);
}

static void a_subrequest_finds_its_way_back(void **state) {
    struct world *w = world(3);
    struct port *p = &w->port[0];
    for (uint32_t n = 1; n <= 6; n++) deploy(p, n, COUNTER, 0);
    for (uint32_t n = 1; n <= 6; n++) {
        uint64_t stream = 100 + n;
        p->asked = 0;
        request(p, n, stream, "http://h/fetch");
        for (int i = 0; i < 20000 && !p->asked; i++) turn_ms(w, 1);
        assert_true(p->asked & STREAM_FROM_WORKER);
        struct head head = {.status = 200, .url = SPAN("http://origin/"), .body_length = 3};
        char *at =
            link_begin(p->edge, MESSAGE_FETCH_HEAD, MESSAGE_BODY_INLINE, p->asked, head_size(&head) + 3);
        memcpy(head_write(&head, at), "abc", 3);
        link_commit(p->edge, head_size(&head) + 3);
        assert_true(says(wait_done(p, stream), "1abc"));
    }
    assert_int_equal(stats(p).relayed, 6);
    end(w);
}

/* A Worker with little traffic has one isolate, whichever port its requests come to. */
static void one_isolate_for_two_ports(void **state) {
    struct world *w = world(1);
    struct port *a = &w->port[0], *b = &w->port[1];
    deploy(a, 1, COUNTER, 0);
    deploy(b, 1, COUNTER, 0);
    unsigned n = prove(a, 1);
    char expected[16];
    for (int i = 0; i < 6; i++) {
        turn_ms(w, 500); /* it rests */
        struct crew_stats crew;
        crew_stats(w->crew, &crew);
        assert_int_equal(crew.resting, 1);
        snprintf(expected, sizeof expected, "%u", ++n);
        assert_true(says(ask(i % 2 ? a : b, 1, "http://h/"), expected));
    }
    assert_int_equal(stats(a).cold_starts + stats(b).cold_starts, 0);
    assert_true(stats(b).taken == 3);
    /* Busy on both: one each. */
    request(a, 1, 11, "http://h/wait");
    request(b, 1, 11, "http://h/wait");
    snprintf(expected, sizeof expected, "%u", ++n);
    assert_true(says(wait_done(a, 11), expected));
    assert_true(says(wait_done(b, 11), "1"));
    end(w);
}

/* Resting isolates are trimmed after two seconds; that must not make the one that rests longest look like the youngest. */
static void who_rests_longest_goes_first(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    struct crew_stats crew;
    deploy(p, 1, COUNTER, 0);
    deploy(p, 2, COUNTER, 0);
    unsigned old = prove(p, 1), young;
    turn_ms(w, 3500); /* trimmed */
    young = prove(p, 2);
    turn_ms(w, 500);
    crew_stats(w->crew, &crew);
    assert_int_equal(crew.resting, 2);
    assert_int_equal(crew_retire(w->crew, 60000, 10), 0); /* nobody for so long */
    assert_int_equal(crew_retire(w->crew, 2000, 10), 1);
    char expected[16];
    snprintf(expected, sizeof expected, "%u", young + 1);
    assert_true(says(ask(p, 2, "http://h/"), expected));
    assert_true(says(ask(p, 1, "http://h/"), "1"));
    assert_true(old > 1);
    end(w);
}

static void a_new_version_begins_anew(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    deploy(p, 1, COUNTER, 0);
    prove(p, 1);
    turn_ms(w, 500);
    deploy(p, 1, COUNTER "//", 0);
    unsigned relayed = (unsigned)stats(p).relayed;
    assert_true(says(ask(p, 1, "http://h/"), "1"));
    assert_int_equal(stats(p).relayed, relayed + 1);
    struct crew_stats crew;
    crew_stats(w->crew, &crew);
    assert_int_equal(crew.records, 1); /* nothing is left of the old one */
    uint32_t number = 1;
    struct span part = span_make(&number, sizeof number);
    link_send(p->edge, MESSAGE_FORGET, 0, 0, &part, 1);
    for (int i = 0; i < 1000 && crew.records; i++) {
        turn_ms(w, 5);
        crew_stats(w->crew, &crew);
    }
    assert_int_equal(crew.records, 0);
    assert_int_equal(crew.resting, 0);
    assert_int_equal(ask(p, 1, "http://h/")->failed, ERR_NOT_FOUND);
    end(w);
}

static void warmed_before_the_first_request(void **state) {
    struct world *w = world(1);
    struct port *p = &w->port[0];
    uint32_t number = 1;
    struct span part = span_make(&number, sizeof number);
    link_send(p->edge, MESSAGE_WARM, 0, 0, &part, 1); /* nobody knows it */
    deploy(p, 1, COUNTER, 0);
    link_send(p->edge, MESSAGE_WARM, 0, 0, &part, 1);
    struct crew_stats crew = {0};
    for (int i = 0; i < 10000 && !crew.resting; i++) {
        turn_ms(w, 1);
        crew_stats(w->crew, &crew);
    }
    assert_int_equal(crew.resting, 1);
    link_send(p->edge, MESSAGE_WARM, 0, 0, &part, 1); /* it is warm already */
    turn_ms(w, 300);
    crew_stats(w->crew, &crew);
    assert_int_equal(crew.resting, 1);
    assert_true(says(ask(p, 1, "http://h/"), "1"));
    assert_int_equal(p->done, 1); /* WARM is no event */
    end(w);
}

static void freed_in_the_middle(void **state) {
    struct world *w = world(2);
    for (int i = 0; i < 2; i++) {
        struct port *p = &w->port[i];
        for (uint32_t n = 1; n <= 4; n++) {
            deploy(p, n, COUNTER, 0);
            for (uint64_t k = 0; k < 20; k++)
                request(p, n, n * 100 + k, k % 3 ? "http://h/wait" : "http://h/burn?5");
        }
    }
    turn_ms(w, 20);
    end(w);
}

static int start_engine(void **state) {
    struct problem p;
    return js_engine_init(NULL, &p) != ERR_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proven_it_moves_with_its_state),
        cmocka_unit_test(exposed_it_goes_back_with_its_state),
        cmocka_unit_test(a_hog_does_not_delay_the_fast_lane),
        cmocka_unit_test(what_would_wait_too_long_is_refused),
        cmocka_unit_test(bodies_keep_their_order),
        cmocka_unit_test(backpressure_goes_through_the_relay),
        cmocka_unit_test(a_subrequest_finds_its_way_back),
        cmocka_unit_test(one_isolate_for_two_ports),
        cmocka_unit_test(who_rests_longest_goes_first),
        cmocka_unit_test(a_new_version_begins_anew),
        cmocka_unit_test(warmed_before_the_first_request),
        cmocka_unit_test(freed_in_the_middle),
    };
    return cmocka_run_group_tests(tests, start_engine, NULL);
}
