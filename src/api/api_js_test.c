/* Runs JavaScript tests in real isolates: `api_js_test FILE.js...`, each file in an isolate of its own, with a
 * loop, a link, and a fake edge at its other end. Prints TAP; exits 0 when all passed. It could pass wrongly if a file
 * registered no test (checked: that fails) or if its result got lost (the last line must be there: checked too).
 *
 * A test file sees test(name, fn), the assert functions of test_prelude.js, $internal (what built-ins share), and
 * $edge: what the fake edge does.
 *     fetch("http://edge/echo")            method, url, headers as JSON; the body comes back as x-body-bytes
 *     fetch("http://edge/body")            the request's body, streamed back
 *     fetch("http://edge/stream?n=5&size=10") n chunks of size bytes, as credit allows
 *     fetch("http://edge/fail")            FETCH_FAILED(ERR_REFUSED)
 *     fetch("http://edge/never")           nothing
 *     fetch("http://edge/redirected")      a head with another url and HEAD_REDIRECTED
 *     fetch("http://edge/null")            204 without a body
 *     caches: keeps everything until it is deleted; put() of a URL that ends in /refused fails
 *     fetch("http://edge/loop/NAME", ...)  a REQUEST to this Worker: handlers.NAME(request, env, ctx) of the test file
 *                                          answers; what edge saw comes back when DONE has: status and headers as they
 *                                          were, x-how: inline, stream, splice, null or failed (the text is the body) */
#include "api/core.h"

#include "js/engine.h"
#include "wasm/wasm.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct harness {
    struct loop *loop;
    struct link *ours, *theirs;
    struct api *api;
    uint64_t next_stream, next_request;
    struct kv_store *kv;
    struct map *fetches; /* stream id -> struct exchange */
    struct exchange *all;
    bool finished;
    int failures;
    struct timer *deadline;
    const char *file;
};

/* One fetch that the fake edge answers. */
struct exchange {
    struct harness *h;
    struct exchange *next;
    uint64_t id;
    struct buf body;
    bool echo_body, ended;
    uint64_t credit, left;
    bool is_put; /* CACHE_PUT: head and body stay here for CACHE_MATCH */
    struct span zone, url;
    /* loop */
    uint64_t request; /* stream id of the REQUEST */
    int status;
    const char *how;
    struct arena a;
    struct http_fields fields;
};

static uint64_t stream_open_cb(void *arg, struct api *api) {
    struct harness *h = arg;
    return STREAM_FROM_WORKER | ++h->next_stream;
}

static void answer_head(struct exchange *x, int status, unsigned flags, unsigned head_flags, struct span url,
                        const struct http_field *fields, size_t count, struct span body) {
    struct head h = {.status = (uint16_t)status,
                     .flags = (uint16_t)head_flags,
                     .url = url,
                     .fields = fields,
                     .field_count = count,
                     .body_length = flags == MESSAGE_BODY_STREAM ? HEAD_LENGTH_UNKNOWN : body.len};
    size_t size = head_size(&h);
    char *bytes = mem_alloc(size);
    head_write(&h, bytes);
    struct span parts[] = {span_make(bytes, size), body};
    link_send(x->h->theirs, MESSAGE_FETCH_HEAD, (uint8_t)flags, x->id, parts, 2);
    mem_free(bytes);
}

static void pump(struct exchange *x) {
    char block[4096];
    memset(block, 'x', sizeof block);
    while (x->left && x->credit) {
        size_t n = x->left < sizeof block ? x->left : sizeof block;
        if (n > x->credit) n = x->credit;
        struct span part = span_make(block, n);
        link_send(x->h->theirs, MESSAGE_BODY, 0, x->id, &part, 1);
        x->left -= n;
        x->credit -= n;
    }
    if (!x->left && !x->ended) {
        x->ended = true;
        link_send(x->h->theirs, MESSAGE_BODY_END, 0, x->id, NULL, 0);
    }
}

static void describe(struct exchange *x, const struct head *h) {
    struct buf text = BUF_INIT;
    buf_printf(&text, "{\"method\":\"%.*s\",\"url\":\"%.*s\",\"flags\":%u,\"cf\":\"%zu\",\"headers\":{",
               SPAN_FMT(h->method), SPAN_FMT(h->url), h->flags, h->extra.len);
    for (size_t i = 0; i < h->field_count; i++)
        buf_printf(&text, "%s\"%.*s\":\"%.*s\"", i ? "," : "", SPAN_FMT(h->fields[i].name),
                   SPAN_FMT(h->fields[i].value));
    buf_printf(&text, "},\"bytes\":%zu,\"body\":\"%.*s\"}", x->body.len,
               (int)(x->body.len < 200 ? x->body.len : 200), x->body.len ? x->body.ptr : "");
    struct http_field fields[] = {{SPAN("content-type"), SPAN("application/json"), HTTP_NAME_CONTENT_TYPE},
                                  {SPAN("set-cookie"), SPAN("a=1"), HTTP_NAME_OTHER},
                                  {SPAN("Set-Cookie"), SPAN("b=2"), HTTP_NAME_OTHER}};
    answer_head(x, 200, MESSAGE_BODY_INLINE, 0, h->url, fields, 3, buf_span(&text));
    buf_free(&text);
}

/* --- loop: the Worker asks itself --- */

static void loop_request(struct exchange *x, const struct head *head, const struct message *m) {
    struct head h = *head;
    x->request = 1000 + ++x->h->next_request;
    h.body_length = x->body.len;
    map_put_u64(x->h->fetches, x->request, x);
    size_t size = head_size(&h);
    char *bytes = mem_alloc(size);
    head_write(&h, bytes);
    struct span parts[] = {span_make(bytes, size), buf_span(&x->body)};
    link_send(x->h->theirs, MESSAGE_REQUEST, m->flags & MESSAGE_BODY_INLINE, x->request, parts, 2);
    mem_free(bytes);
    x->body.len = 0;
}

static void loop_response(struct exchange *x, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head head;
    struct span rest;
    check(head_read(m->payload, fields, FIELDS_CAP, &head, &rest) == ERR_OK);
    struct http_fields list = {fields, head.field_count, head.field_count};
    x->fields = http_fields_copy(&list, &x->a);
    x->status = head.status;
    x->how = m->flags & MESSAGE_BODY_INLINE   ? "inline"
             : m->flags & MESSAGE_BODY_STREAM ? "stream"
             : m->flags & MESSAGE_BODY_SPLICE ? "splice"
                                              : "null";
    if (m->flags & MESSAGE_BODY_INLINE) buf_add(&x->body, rest);
}

static void loop_done(struct exchange *x) {
    struct http_field fields[FIELDS_CAP];
    size_t n = 0;
    for (; n < x->fields.count; n++) fields[n] = x->fields.items[n];
    fields[n++] = (struct http_field){SPAN("x-how"), span_of(x->how ? x->how : "nothing"), HTTP_NAME_OTHER};
    answer_head(x, x->status ? x->status : 500, MESSAGE_BODY_INLINE, 0, SPAN("http://edge/loop"), fields, n,
                buf_span(&x->body));
}

static bool loop_message(struct exchange *x, const struct message *m) {
    if (!x || !x->request || m->stream != x->request) return false;
    switch (m->type) {
    case MESSAGE_RESPONSE: loop_response(x, m); break;
    case MESSAGE_FAILED:
        x->how = "failed";
        buf_add(&x->body, span_from(m->payload, 4));
        break;
    case MESSAGE_DONE: loop_done(x); break;
    case MESSAGE_BODY_ERROR: x->how = "error"; break;
    case MESSAGE_BODY: return buf_add(&x->body, m->payload), false;
    default: return false;
    }
    return true;
}

static void fetch_message(struct harness *h, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head head;
    struct span rest;
    check(head_read(m->payload, fields, FIELDS_CAP, &head, &rest) == ERR_OK);
    struct exchange *x = NEW(struct exchange);
    *x = (struct exchange){.h = h, .id = m->stream, .next = h->all};
    h->all = x;
    map_put_u64(h->fetches, m->stream, x);
    if (m->flags & MESSAGE_BODY_INLINE) buf_add(&x->body, rest);
    struct span path = span_from(head.url, sizeof "http://edge" - 1);
    if (span_starts(path, SPAN("/loop"))) {
        loop_request(x, &head, m);
    } else if (span_starts(path, SPAN("/echo"))) {
        if (m->flags & MESSAGE_BODY_STREAM) {
            x->echo_body = true; /* answered at BODY_END */
            return;
        }
        if (m->flags & MESSAGE_BODY_SPLICE) buf_lit(&x->body, "spliced");
        describe(x, &head);
    } else if (span_starts(path, SPAN("/stream"))) {
        unsigned long size = 10, n = 5;
        sscanf(path.ptr, "/stream?n=%lu&size=%lu", &n, &size);
        x->left = (uint64_t)n * size;
        answer_head(x, 200, MESSAGE_BODY_STREAM, 0, head.url, NULL, 0, SPAN_NONE);
    } else if (span_starts(path, SPAN("/fail"))) {
        uint32_t code = ERR_REFUSED;
        struct span part = span_make(&code, 4);
        link_send(h->theirs, MESSAGE_FETCH_FAILED, 0, m->stream, &part, 1);
    } else if (span_starts(path, SPAN("/redirected"))) {
        answer_head(x, 200, MESSAGE_BODY_INLINE, HEAD_REDIRECTED, SPAN("http://edge/target"), NULL, 0,
                    SPAN("moved"));
    } else if (span_starts(path, SPAN("/null"))) {
        answer_head(x, 204, 0, 0, head.url, NULL, 0, SPAN_NONE);
    } else if (!span_starts(path, SPAN("/never"))) {
        answer_head(x, 200, MESSAGE_BODY_INLINE, 0, head.url, NULL, 0, SPAN("hello from edge"));
    }
}

/* --- A cache that keeps everything: `all` is its store --- */

static struct exchange *cache_find(struct harness *h, const struct head *key) {
    for (struct exchange *x = h->all; x; x = x->next)
        if (x->is_put && x->ended && span_eq(x->url, key->url) && span_eq(x->zone, key->extra)) return x;
    return NULL;
}

static void cache_done(struct harness *h, uint64_t stream, bool found) {
    uint8_t one = found;
    struct span part = span_make(&one, 1);
    link_send(h->theirs, MESSAGE_CACHE_DONE, 0, stream, &part, 1);
}

static void cache_put(struct harness *h, const struct message *m, const struct head *key, struct span rest) {
    struct http_field fields[FIELDS_CAP];
    struct head head;
    check(head_read(rest, fields, FIELDS_CAP, &head, &rest) == ERR_OK);
    struct exchange *x = NEW(struct exchange);
    *x = (struct exchange){.h = h, .id = m->stream, .next = h->all, .is_put = true, .status = head.status};
    struct http_fields list = {fields, head.field_count, head.field_count};
    x->fields = http_fields_copy(&list, &x->a);
    x->zone = arena_copy(&x->a, key->extra);
    x->url = arena_copy(&x->a, key->url);
    if (m->flags & MESSAGE_BODY_INLINE) buf_add(&x->body, rest);
    if (m->flags & MESSAGE_BODY_SPLICE) buf_lit(&x->body, "spliced");
    h->all = x;
    map_put_u64(h->fetches, m->stream, x);
    x->ended = !(m->flags & MESSAGE_BODY_STREAM);
    if (span_ends(key->url, SPAN("/refused"))) {
        uint32_t code = ERR_NO_SPACE;
        struct span part = span_make(&code, 4);
        x->is_put = false;
        link_send(h->theirs, MESSAGE_FETCH_FAILED, 0, m->stream, &part, 1);
    } else if (x->ended) {
        cache_done(h, m->stream, true);
    }
}

/* Large bodies come back as a stream of as many x. */
static void cache_hit(struct harness *h, uint64_t stream, struct exchange *found, struct span url) {
    struct exchange *x = NEW(struct exchange);
    *x = (struct exchange){.h = h, .id = stream, .next = h->all};
    h->all = x;
    map_put_u64(h->fetches, stream, x);
    bool large = found->body.len > LIMIT_BODY_INLINE_BYTES;
    x->left = large ? found->body.len : 0;
    answer_head(x, found->status, large ? MESSAGE_BODY_STREAM : MESSAGE_BODY_INLINE, 0, url,
                found->fields.items, found->fields.count, large ? SPAN_NONE : buf_span(&found->body));
}

static void cache_message(struct harness *h, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head key;
    struct span rest;
    check(head_read(m->payload, fields, FIELDS_CAP, &key, &rest) == ERR_OK);
    if (m->type == MESSAGE_CACHE_PUT) {
        cache_put(h, m, &key, rest);
        return;
    }
    struct exchange *found = cache_find(h, &key);
    if (m->type == MESSAGE_CACHE_DELETE) {
        cache_done(h, m->stream, found);
        if (found) found->is_put = false;
    } else if (!found) {
        link_send(h->theirs, MESSAGE_CACHE_MISS, 0, m->stream, NULL, 0);
    } else {
        cache_hit(h, m->stream, found, key.url);
    }
}

static void log_message(struct harness *h, const struct message *m) {
    struct span text = span_from(m->payload, 8);
    if (span_eq(text, SPAN("$done"))) {
        h->finished = true;
        loop_stop(h->loop);
    } else if (span_starts(text, SPAN("$not ok"))) {
        h->failures++;
        printf("%.*s\n", SPAN_FMT(span_from(text, 1)));
    } else if (span_starts(text, SPAN("$"))) {
        printf("%.*s\n", SPAN_FMT(span_from(text, 1)));
    } else {
        printf("# %.*s\n", SPAN_FMT(text));
    }
    fflush(stdout);
}

static void edge_message(void *arg, const struct message *m) {
    struct harness *h = arg;
    struct exchange *x = map_get_u64(h->fetches, m->stream);
    uint64_t credit = 0;
    if (loop_message(x, m)) return;
    switch (m->type) {
    case MESSAGE_FETCH: fetch_message(h, m); break;
    case MESSAGE_CACHE_MATCH:
    case MESSAGE_CACHE_PUT:
    case MESSAGE_CACHE_DELETE: cache_message(h, m); break;
    case MESSAGE_LOG: log_message(h, m); break;
    case MESSAGE_CREDIT:
        memcpy(&credit, m->payload.ptr, 8);
        if (x) x->credit += credit, pump(x);
        break;
    case MESSAGE_BODY:
        if (x && m->stream != x->request) buf_add(&x->body, m->payload);
        credit = m->payload.len;
        struct span part = span_make(&credit, 8);
        link_send(h->theirs, MESSAGE_CREDIT, 0, m->stream, &part, 1);
        break;
    case MESSAGE_BODY_END:
        if (x && x->is_put && !x->ended) x->ended = true, cache_done(h, m->stream, true);
        if (x && x->echo_body && m->stream == x->id)
            describe(x, &(struct head){.method = SPAN("POST"), .url = SPAN("http://edge/echo")});
        break;
    case MESSAGE_CANCEL:
        if (x) x->left = 0, x->ended = true;
        break;
    case MESSAGE_FAILED:
        if (m->payload.len > 4) printf("# FAILED %.*s\n", SPAN_FMT(span_from(m->payload, 4)));
        break;
    default: break;
    }
}

static void worker_message(void *arg, const struct message *m) {
    struct harness *h = arg;
    if (m->type == MESSAGE_REQUEST || m->type == MESSAGE_SCHEDULED)
        check(api_request(h->api, m) == ERR_OK);
    else
        api_message(h->api, m);
}
static void worker_batch(void *arg) { api_turn(((struct harness *)arg)->api); }
static void on_down(void *arg, enum err why, const char *reason) { printf("# link down: %s\n", reason); }

static const struct link_events edge_events = {MESSAGE_TYPES, edge_message, NULL, on_down};
static const struct link_events worker_events = {MESSAGE_TYPES, worker_message, worker_batch, on_down};

static void send_request(struct harness *h) {
    struct http_field fields[] = {{SPAN("Host"), SPAN("example.com"), HTTP_NAME_HOST},
                                  {SPAN("Accept"), SPAN("*/*"), HTTP_NAME_ACCEPT},
                                  {SPAN("X-Two"), SPAN("1"), HTTP_NAME_OTHER},
                                  {SPAN("x-two"), SPAN("2"), HTTP_NAME_OTHER}};
    struct head head = {.worker = 1,
                        .flags = 0,
                        .body_length = 14,
                        .url = SPAN("http://example.com/run?a=b"),
                        .method = SPAN("POST"),
                        .extra = SPAN("{\"colo\":\"TST\"}"),
                        .fields = fields,
                        .field_count = 4};
    size_t size = head_size(&head);
    char *bytes = mem_alloc(size);
    head_write(&head, bytes);
    struct span parts[] = {span_make(bytes, size), SPAN("the body \xe2\x82\xac it")};
    link_send(h->theirs, MESSAGE_REQUEST, MESSAGE_BODY_INLINE, 7, parts, 2);
    mem_free(bytes);
}

static void too_late(void *arg) {
    struct harness *h = arg;
    printf("not ok - %s: no end after 20 s\n", h->file);
    h->failures++;
    loop_stop(h->loop);
}

static void read_file(const char *path, struct buf *to) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("Bail out! %s cannot be read\n", path);
        exit(1);
    }
    size_t n;
    while ((n = fread(buf_reserve(to, 65536), 1, 65536, f)) > 0) buf_added(to, n);
    fclose(f);
}

static void free_exchange(struct exchange *x) {
    buf_free(&x->body);
    arena_free(&x->a);
    mem_free(x);
}

static js_val expose(js_ctx c, void *data, js_val *exc) {
    js_set_span(c, js_global(c), SPAN("$internal"), js_builtin_internal(data), exc);
    return NULL;
}
static void expose_internals(struct api *api) {
    check(isolate_run(api->iso, expose, api->iso, 0, NULL) == JS_OK);
}

static void remove_version(const char *dir, const char *id) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, id);
    unlink(path);
    rmdir(dir);
}

/* The store's writer thread posts to the loop: before the loop goes. */
static void close_store(struct harness *h, const char *dir) {
    char path[160];
    kv_close(h->kv);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/kv/%s", dir, i ? "lock.mdb" : "data.mdb");
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/kv", dir);
    if (rmdir(path) != 0) printf("# %s is left\n", path);
}

/* test/wasm/modules/control.wasm, as deploying it would make it: what webassembly_test.js imports. */
static struct buf metered_module(void) {
    struct buf plain = BUF_INIT, metered = BUF_INIT;
    struct problem p;
    read_file(WASM_MODULE, &plain);
    check(wasm_meter(buf_span(&plain), &metered, &p) == ERR_OK);
    buf_free(&plain);
    return metered;
}

static bool ends(const char *s, const char *tail) { return span_ends(span_of(s), span_of(tail)); }

/* `vectors`: NULL, or a file of JSON that the test finds as $vectors. */
static int run_file(const char *prelude, const char *vectors, const char *path) {
    struct harness h = {.loop = loop_new(), .fetches = map_new(), .file = path};
    struct buf source = BUF_INIT;
    read_file(prelude, &source);
    if (vectors) {
        buf_lit(&source, "const $vectors = ");
        read_file(vectors, &source);
        buf_lit(&source, ";\n");
    }
    read_file(path, &source);
    struct buf wasm = metered_module();
    struct version_module modules[] = {
        {.name = SPAN("test.js"), .kind = VERSION_ESM, .bytes = buf_span(&source)},
        {.name = SPAN("control.wasm"), .kind = VERSION_WASM, .bytes = buf_span(&wasm)}};
    struct version_binding bindings[] = {
        {SPAN("GREETING"), VERSION_BIND_PLAIN_TEXT, SPAN("hello"), SPAN_NONE},
        {SPAN("CONFIG"), VERSION_BIND_JSON, SPAN("{\"a\":[1,2]}"), SPAN_NONE},
        {SPAN("KV"), VERSION_BIND_KV_NAMESPACE, SPAN("first"), SPAN_NONE},
        {SPAN("OTHER_KV"), VERSION_BIND_KV_NAMESPACE, SPAN("second"), SPAN_NONE}};
    /* Time is the business of other tests, which do without sanitizers and a machine that is shared. */
    struct version version = {.name = SPAN("test"),
                              .limits = {.cpu_ms = 30000},
                              .modules = modules,
                              .module_count = sizeof modules / sizeof *modules,
                              .bindings = bindings,
                              .binding_count = sizeof bindings / sizeof *bindings};
    struct problem p;
    char dir[] = "/tmp/cusp-js-test-XXXXXX", id[33];
    const struct version *loaded = NULL;
    check(mkdtemp(dir));
    if (version_write(dir, &version, id, &p) != ERR_OK || version_load(dir, id, &loaded, &p) != ERR_OK) {
        printf("not ok - %s: %s\n", path, p.text);
        return 1;
    }
    char kv_dir[64];
    snprintf(kv_dir, sizeof kv_dir, "%s/kv", dir);
    check(kv_open(kv_dir, &(struct kv_options){.durability = KV_DURABLE_CRASH}, &h.kv, &p) == ERR_OK);
    link_pair(h.loop, &h.ours, &h.theirs);
    struct api_config config = {.loop = h.loop,
                                .link = h.ours,
                                .version = loaded,
                                .kv = h.kv,
                                .worker = 1,
                                .colo = "TST",
                                .dev = true,
                                .stream_open = stream_open_cb,
                                .arg = &h};
    h.deadline = timer_new(h.loop, too_late, &h);
    timer_start(h.deadline, 20000, 0);
    printf("# %s\n", path);
    if (api_new(&config, &h.api, &p) != ERR_OK) {
        printf("not ok - %s: %s\n", path, p.text);
        h.failures++;
    } else {
        link_start(h.theirs, &edge_events, &h);
        link_start(h.ours, &worker_events, &h);
        expose_internals(h.api);
        send_request(&h);
        loop_run(h.loop);
        if (!h.finished && !h.failures) {
            printf("not ok - %s: it ended early\n", path);
            h.failures++;
        }
        api_free(h.api);
    }
    link_close(h.ours);
    link_close(h.theirs);
    timer_free(h.deadline);
    for (struct exchange *e = h.all; e;) {
        struct exchange *next = e->next;
        free_exchange(e);
        e = next;
    }
    map_free(h.fetches);
    buf_free(&source);
    buf_free(&wasm);
    version_unref(loaded);
    close_store(&h, dir);
    remove_version(dir, id);
    loop_free(h.loop);
    return h.failures;
}

int main(int argc, char **argv) {
    struct problem p;
    int failures = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: %s PRELUDE.js [VECTORS.json] TEST.js...\n", argv[0]);
        return 2;
    }
    if (js_engine_init(NULL, &p) != ERR_OK) {
        printf("Bail out! %s\n", p.text);
        return 1;
    }
    for (int i = 2; i < argc; i++)
        if (!ends(argv[i], ".json"))
            failures += run_file(argv[1], ends(argv[i - 1], ".json") ? argv[i - 1] : NULL, argv[i]);
    printf("# %s\n", failures ? "FAILED" : "all passed");
    fflush(stdout);
    return failures ? 1 : 0;
}
