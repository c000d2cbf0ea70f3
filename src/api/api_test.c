/* Whole Workers against a recorded link: what api.h promises, message by message. It could pass wrongly if messages
 * were lost between the two ends of the link; each test therefore also counts what it waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/core.h"
#include "js/engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct loop *loop;
    struct link *ours, *theirs;
    struct api *api;
    const struct version *version;
    char dir[40];
    struct problem p;
    struct buf seen; /* "RESPONSE 200 [body]\n" ... */
    unsigned done, failed, responses, condemned, idle;
    uint64_t next;
    uint64_t last_credit;
};

static uint64_t open_stream(void *arg, struct api *api) {
    return STREAM_FROM_WORKER | ++((struct fixture *)arg)->next;
}
static void on_condemned(void *arg, struct api *api, enum err why) {
    ((struct fixture *)arg)->condemned = why;
}
static void on_idle(void *arg, struct api *api) { ((struct fixture *)arg)->idle++; }

static void edge_message(void *arg, const struct message *m) {
    struct fixture *f = arg;
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct span rest;
    uint32_t code = 0;
    switch (m->type) {
    case MESSAGE_RESPONSE:
        assert_int_equal(head_read(m->payload, fields, FIELDS_CAP, &h, &rest), ERR_OK);
        buf_printf(&f->seen, "RESPONSE %u [%.*s]\n", h.status, SPAN_FMT(rest));
        f->responses++;
        break;
    case MESSAGE_FAILED:
        memcpy(&code, m->payload.ptr, 4);
        buf_printf(&f->seen, "FAILED %s%s %.*s\n", err_name(code),
                   m->flags & MESSAGE_PASS_THROUGH ? " pass" : "", SPAN_FMT(span_from(m->payload, 4)));
        f->failed++;
        break;
    case MESSAGE_DONE: f->done++; break;
    case MESSAGE_LOG:
        buf_printf(&f->seen, "LOG %d %.*s\n", m->payload.ptr[4], SPAN_FMT(span_from(m->payload, 8)));
        break;
    case MESSAGE_BODY: buf_printf(&f->seen, "BODY %zu\n", m->payload.len); break;
    case MESSAGE_BODY_END: buf_lit(&f->seen, "END\n"); break;
    case MESSAGE_BODY_ERROR: buf_lit(&f->seen, "ERROR\n"); break;
    case MESSAGE_CREDIT: memcpy(&f->last_credit, m->payload.ptr, 8); break;
    case MESSAGE_FETCH: buf_lit(&f->seen, "FETCH\n"); break;
    case MESSAGE_CANCEL: buf_lit(&f->seen, "CANCEL\n"); break;
    default: buf_printf(&f->seen, "message %d\n", m->type);
    }
}
static void ignore_message(void *arg, const struct message *m) {}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events edge_events = {MESSAGE_TYPES, edge_message, NULL, on_down};
static const struct link_events our_events = {MESSAGE_TYPES, ignore_message, NULL, on_down};

/* `flags`: 's' service worker syntax, 'l' a low CPU limit, 'm' with a source map. */
static enum err start(struct fixture *f, const char *source, const char *flags) {
    char id[33];
    *f = (struct fixture){.loop = loop_new()};
    strcpy(f->dir, "/tmp/cusp-api-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    struct version_module module = {.name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = span_of(source)};
    if (strchr(flags, 'm'))
        module.source_map =
            SPAN("{\"version\":3,\"sources\":[\"src/original.ts\"],\"sourcesContent\":[\"one\\ntwo "
                 "here\\nthree\"],\"names\":[],\"mappings\":\"AACI\"}");
    struct version_binding bindings[] = {{SPAN("NAME"), VERSION_BIND_PLAIN_TEXT, SPAN("value"), SPAN_NONE}};
    struct version v = {.name = SPAN("test"),
                        .modules = &module,
                        .module_count = 1,
                        .bindings = bindings,
                        .binding_count = 1,
                        .service_worker = strchr(flags, 's') != NULL,
                        .limits = {.cpu_ms = strchr(flags, 'l') ? 60 : 0}};
    assert_int_equal(version_write(f->dir, &v, id, &f->p), ERR_OK);
    assert_int_equal(version_load(f->dir, id, &f->version, &f->p), ERR_OK);
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->dir, id);
    unlink(path);
    link_pair(f->loop, &f->ours, &f->theirs);
    link_start(f->theirs, &edge_events, f);
    link_start(f->ours, &our_events, f);
    struct api_config config = {.loop = f->loop,
                                .link = f->ours,
                                .version = f->version,
                                .worker = 1,
                                .colo = "TST",
                                .dev = true,
                                .stream_open = open_stream,
                                .on_condemned = on_condemned,
                                .on_idle = on_idle,
                                .arg = f};
    return api_new(&config, &f->api, &f->p);
}

static void stop(struct fixture *f) {
    api_free(f->api);
    link_close(f->ours);
    link_close(f->theirs);
    version_unref(f->version);
    rmdir(f->dir);
    buf_free(&f->seen);
    loop_free(f->loop);
}

static void request(struct fixture *f, uint64_t stream) {
    struct head head = {.worker = 1, .url = SPAN("http://h/path"), .method = SPAN("GET")};
    char bytes[256];
    size_t size = head_size(&head);
    head_write(&head, bytes);
    struct message m = {MESSAGE_REQUEST, 0, stream, span_make(bytes, size)};
    assert_int_equal(api_request(f->api, &m), ERR_OK);
}
static void message(struct fixture *f, unsigned type, uint64_t stream, struct span payload) {
    struct message m = {(uint8_t)type, 0, stream, payload};
    api_message(f->api, &m);
}

/* Turns until `*count` is `wanted`, for a while. */
static void run_until(struct fixture *f, unsigned *count, unsigned wanted) {
    api_turn(f->api);
    for (int i = 0; *count < wanted && i < 3000; i++) {
        loop_turn(f->loop, false);
        if (i > 50) usleep(1000);
    }
    loop_turn(f->loop, false);
    assert_int_equal(*count, wanted);
}
static void expect(struct fixture *f, const char *text) {
    if (!strstr(buf_cstr(&f->seen), text)) fail_msg("no \"%s\" in:\n%s", text, buf_cstr(&f->seen));
}

static void test_hello(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f, "export default { fetch(r, env) { return new Response('hi ' + env.NAME) } }", ""), ERR_OK);
    for (uint64_t i = 2; i < 102; i += 2) request(&f, i);
    run_until(&f, &f.done, 50);
    assert_int_equal(f.responses, 50);
    assert_int_equal(f.idle, 1);
    expect(&f, "RESPONSE 200 [hi value]");
    struct api_stats stats;
    api_stats(f.api, &stats);
    assert_int_equal(stats.requests, 50);
    assert_int_equal(stats.in_flight, 0);
    api_trim(f.api);
    stop(&f);
}

static void test_hung(void **state) {
    struct fixture f;
    assert_int_equal(start(&f,
                           "export default { fetch(r, e, ctx) { ctx.waitUntil(new Promise(() => {})); return "
                           "new Promise(() => {}) } }",
                           ""),
                     ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    expect(&f, "FAILED WORKER_HUNG The Workers runtime canceled this request because");
    /* A response whose stream nobody feeds is hung too, one that waits for a timer is not. */
    stop(&f);
    assert_int_equal(
        start(&f,
              "export default { async fetch() { await new Promise((ok) => setTimeout(ok, 20));"
              "return new Response(new ReadableStream({ pull() { return new Promise(() => {}) } })) } }",
              ""),
        ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    assert_int_equal(f.failed, 0);
    expect(&f, "RESPONSE 200");
    expect(&f, "ERROR\n");
    stop(&f);
}

static void test_scheduled(void **state) {
    struct fixture f;
    char payload[16 + 9] = {0};
    uint64_t at = 1700000000123;
    memcpy(payload + 8, &at, 8);
    memcpy(payload + 16, "* 1 * * *", 9);
    assert_int_equal(start(&f,
                           "export default { async scheduled(c, env, ctx) { console.log(c.cron, "
                           "c.scheduledTime, c.type) } }",
                           ""),
                     ERR_OK);
    struct message m = {MESSAGE_SCHEDULED, 0, 2, span_make(payload, sizeof payload)};
    assert_int_equal(api_request(f.api, &m), ERR_OK);
    run_until(&f, &f.done, 1);
    expect(&f, "LOG 1 * 1 * * * 1700000000123 scheduled");
    assert_int_equal(f.failed, 0);
    request(&f, 4);
    run_until(&f, &f.failed, 1);
    expect(&f, "FAILED WORKER_EXCEPTION Error: Handler does not export a fetch() function.");
    stop(&f);
}

static void test_service_worker(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f,
              "addEventListener('fetch', (e) => { e.passThroughOnException(); if (NAME !== 'value') throw 1;"
              "e.respondWith(e.request.url.endsWith('h') && globalThis.n++ ? Promise.reject(new "
              "Error('second')) : new Response('sw')) });"
              "var n = 0",
              "s"),
        ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    expect(&f, "RESPONSE 200 [sw]");
    request(&f, 4);
    run_until(&f, &f.done, 2);
    expect(&f, "FAILED WORKER_EXCEPTION pass Error: second\n    at index.js:1:");
    stop(&f);
    assert_int_equal(start(&f, "const x = 1", "s"), ERR_WORKER_START);
    assert_non_null(strstr(f.p.text, "No event handlers were registered"));
    stop(&f);
}

static void test_classes(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f,
              "import { WorkerEntrypoint, env } from 'cloudflare:workers';\n"
              "export default class extends WorkerEntrypoint { async fetch(r) { "
              "this.ctx.waitUntil(Promise.resolve()); return new Response(this.env.NAME + env.NAME) } }",
              ""),
        ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    expect(&f, "[valuevalue]");
    stop(&f);
}

static void test_cancel(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f,
              "export default { fetch(r, env, ctx) { r.signal.addEventListener('abort', () => "
              "console.log('aborted'));"
              "ctx.waitUntil(new Promise((ok) => setTimeout(ok, 10)).then(() => console.log('waited')));"
              "return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(100000)) }, "
              "cancel() { console.log('cancelled') } })) } }",
              ""),
        ERR_OK);
    request(&f, 2);
    api_turn(f.api);
    for (int i = 0; i < 20; i++) loop_turn(f.loop, false);
    expect(&f, "BODY 65536\n");
    size_t sent = f.seen.len;
    for (int i = 0; i < 20; i++) loop_turn(f.loop, false);
    assert_int_equal(f.seen.len, sent); /* it waits for credit */
    uint64_t credit = 1000;
    message(&f, MESSAGE_CREDIT, 2, span_make(&credit, 8));
    loop_turn(f.loop, false);
    expect(&f, "BODY 1000\n");
    message(&f, MESSAGE_CANCEL, 2, SPAN_NONE);
    run_until(&f, &f.done, 1);
    expect(&f, "aborted");
    expect(&f, "cancelled");
    expect(&f, "waited");
    stop(&f);
}

static void start_fails(const char *source, const char *wanted) {
    struct fixture f;
    assert_int_equal(start(&f, source, ""), ERR_WORKER_START);
    if (!strstr(f.p.text, wanted)) fail_msg("no \"%s\" in: %s", wanted, f.p.text);
    stop(&f);
}

static void test_start(void **state) {
    start_fails("const a = 1;\nthrow new Error('at the top')", "Error: at the top\n    at ");
    start_fails("const a = 1;\nthrow new Error('at the top')", "> 2 | throw new Error('at the top')");
    start_fails("fetch('http://x'); await fetch('http://x'); export default {}",
                "Disallowed operation called within global scope");
    start_fails("setTimeout(() => {}, 1)", "Disallowed operation");
    start_fails("await new Promise(() => {})", "unsettled");
    start_fails("import 'node:nothing'", "No such module \"node:nothing\"");
    start_fails("for (;;);", "CPU time limit");
    struct fixture f;
    assert_int_equal(
        start(&f,
              "const v = await Promise.resolve('tla'); export default { fetch() { return new Response(v) } }",
              ""),
        ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    expect(&f, "[tla]");
    stop(&f);
    assert_int_equal(start(&f, "export default {", ""), ERR_INVALID);
    stop(&f);
    assert_int_equal(start(&f, "const x = ; export default {}", ""), ERR_WORKER_START);
    assert_non_null(strstr(f.p.text, "SyntaxError"));
    stop(&f);
}

static void test_cpu_limit(void **state) {
    struct fixture f;
    assert_int_equal(start(&f, "export default { fetch() { for (;;); } }", "l"), ERR_OK);
    request(&f, 2);
    request(&f, 4);
    run_until(&f, &f.done, 2);
    expect(&f, "FAILED WORKER_CPU");
    assert_int_equal(f.condemned, ERR_WORKER_CPU);
    assert_int_equal(f.failed, 2);
    stop(&f);
}

static void test_reports(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f,
              "export default { fetch(q, e, c) { Promise.reject(new TypeError('nobody')); "
              "c.waitUntil(new Promise((ok) => setTimeout(() => { ok(); throw new Error('timer') }))); "
              "setTimeout(() => console.log('of nobody'), 2); return new Response('x') } }",
              "m"),
        ERR_OK);
    request(&f, 2);
    run_until(&f, &f.done, 1);
    usleep(3000);
    for (int i = 0; i < 10; i++) loop_turn(f.loop, false);
    expect(&f, "LOG 2 Uncaught (in promise) TypeError: nobody\n    at ");
    expect(&f, "src/original.ts:2:");
    expect(&f, "> 2 | two here");
    expect(&f, "LOG 3 Uncaught Error: timer");
    assert_null(strstr(buf_cstr(&f.seen), "of nobody")); /* a timer goes with its event */
    stop(&f);
}

static void test_freed_in_flight(void **state) {
    struct fixture f;
    assert_int_equal(
        start(&f, "export default { async fetch() { await fetch('http://x/'); return new Response('x') } }",
              ""),
        ERR_OK);
    request(&f, 2);
    api_turn(f.api);
    loop_turn(f.loop, false);
    expect(&f, "FETCH");
    api_free(f.api);
    f.api = NULL;
    loop_turn(f.loop, false);
    expect(&f, "FAILED WORKER_GONE");
    expect(&f, "CANCEL");
    stop(&f);
}

/* A fetched response that nobody can reach any more is not wanted. */
static void test_collected(void **state) {
    struct fixture f;
    assert_int_equal(start(&f,
                           "export default { async fetch() { await (await fetch('http://x/')).status; return "
                           "new Response('x') } }",
                           ""),
                     ERR_OK);
    request(&f, 2);
    api_turn(f.api);
    loop_turn(f.loop, false);
    expect(&f, "FETCH");
    struct head head = {.status = 200, .url = SPAN("http://x/"), .body_length = HEAD_LENGTH_UNKNOWN};
    char bytes[128];
    head_write(&head, bytes);
    struct message m = {MESSAGE_FETCH_HEAD, MESSAGE_BODY_STREAM, STREAM_FROM_WORKER | 1,
                        span_make(bytes, head_size(&head))};
    api_message(f.api, &m);
    run_until(&f, &f.done, 1);
    for (uint64_t i = 0; i < 20; i++) { /* whatever still lies on the stack is overwritten */
        request(&f, 4 + 2 * i);
        api_turn(f.api);
    }
    api_trim(f.api);
    loop_turn(f.loop, false);
    expect(&f, "CANCEL");
    stop(&f);
}

int main(void) {
    struct problem p;
    if (js_engine_init(NULL, &p) != ERR_OK) return fprintf(stderr, "%s\n", p.text), 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),     cmocka_unit_test(test_hung),
        cmocka_unit_test(test_scheduled), cmocka_unit_test(test_service_worker),
        cmocka_unit_test(test_classes),   cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_start),     cmocka_unit_test(test_cpu_limit),
        cmocka_unit_test(test_reports),   cmocka_unit_test(test_freed_in_flight),
        cmocka_unit_test(test_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
