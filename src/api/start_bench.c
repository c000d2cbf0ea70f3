/* What a cold start costs, without processes and sockets: N distinct Workers, each with a script of its own, and for each the
 * way from an isolate of the pool to its first response. Prints percentiles of wall and CPU time of the lane's thread for each
 * step, then what an idle isolate takes.
 *     start_bench [Workers [bytes of each script]]          defaults 200, 30000 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "api/core.h"
#include "api/pool.h"
#include "js/engine.h"
#include "loop/clock.h"

enum step { STEP_LOAD, STEP_START, STEP_FIRST, STEP_SECOND, STEPS };
static const char *const step_names[STEPS] = {"version_load", "api_new", "first request", "second request"};

struct times {
    double *wall_us, *cpu_us;
};

struct bench {
    struct loop *loop;
    struct link *ours, *theirs;
    char dir[64];
    struct times steps[STEPS + 1]; /* the last: load, start and first request together */
    unsigned responses;
};

static uint64_t open_stream(void *arg, struct api *api) { return STREAM_FROM_WORKER | 1; }
static void on_message(void *arg, const struct message *m) {
    if (m->type == MESSAGE_RESPONSE) ((struct bench *)arg)->responses++;
}
static void on_down(void *arg, enum err why, const char *reason) {}
static const struct link_events events = {MESSAGE_TYPES, on_message, NULL, on_down};

static double clock_us(clockid_t id) {
    struct timespec at;
    check(clock_gettime(id, &at) == 0);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

/* Ordinary code: functions, classes, a table; a little of it runs at the top level. bench/coldstart.mjs has the same. */
static void write_script(struct buf *b, unsigned number, size_t bytes) {
    buf_lit(b, "const table = new Map();\n");
    for (unsigned i = 0; b->len < bytes; i++)
        buf_printf(b,
                   "export function step%u(a, b) { const sum = a + b * %u; if (sum > %u) return { sum, name: "
                   "\"step%u\" }; return [a, b].map((x) => x + %u); }\n"
                   "class Part%u { constructor(v) { this.v = v; } get twice() { return this.v * 2; } "
                   "toString() { return `part ${this.v}`; } }\n"
                   "table.set(\"k%u\", { step: step%u, Part: Part%u, id: %u });\n",
                   i, i, number, i, i, i, i, i, i, i);
    buf_printf(b,
               "export default { async fetch(request) { const row = table.get(\"k0\"); return new "
               "Response(\"worker %u \" + row.step(1, 2)); } };\n",
               number);
}

static void must(enum err e, const struct problem *p) {
    if (e == ERR_OK) return;
    fprintf(stderr, "start_bench: %s\n", p->text);
    exit(1);
}

static void write_version(struct bench *b, unsigned number, size_t bytes, char id[33]) {
    struct problem p = {0};
    struct buf script = BUF_INIT;
    write_script(&script, number, bytes);
    struct version_module module = {
        .name = SPAN("index.js"), .kind = VERSION_ESM, .bytes = buf_span(&script)};
    struct version v = {.name = SPAN("bench"), .modules = &module, .module_count = 1};
    must(version_write(b->dir, &v, id, &p), &p);
    buf_free(&script);
}

static void request(struct bench *b, struct api *api) {
    struct http_field fields[] = {{SPAN("host"), SPAN("w.test"), HTTP_NAME_OTHER}};
    struct head head = {.worker = 1,
                        .url = SPAN("http://w.test/"),
                        .method = SPAN("GET"),
                        .fields = fields,
                        .field_count = 1};
    char bytes[512];
    head_write(&head, bytes);
    struct message m = {MESSAGE_REQUEST, 0, 2, span_make(bytes, head_size(&head))};
    unsigned before = b->responses;
    check(api_request(api, &m) == ERR_OK);
    api_turn(api);
    while (b->responses == before) loop_turn(b->loop, false);
}

struct mark {
    double wall, cpu;
};
static struct mark mark(void) {
    return (struct mark){clock_us(CLOCK_MONOTONIC), clock_us(CLOCK_THREAD_CPUTIME_ID)};
}
static void note(struct times *t, unsigned i, struct mark from) {
    struct mark to = mark();
    t->wall_us[i] = to.wall - from.wall;
    t->cpu_us[i] = to.cpu - from.cpu;
}

static struct api *one(struct bench *b, struct api_pool *pool, const char *id, unsigned i) {
    struct problem p = {0};
    const struct version *version;
    struct api *api;
    struct mark begin = mark(), at = begin;
    must(version_load(b->dir, id, &version, &p), &p);
    note(&b->steps[STEP_LOAD], i, at);
    struct api_config config = {.loop = b->loop,
                                .link = b->ours,
                                .version = version,
                                .worker = 1,
                                .colo = "BEN",
                                .pool = pool,
                                .stream_open = open_stream};
    at = mark();
    must(api_new(&config, &api, &p), &p);
    note(&b->steps[STEP_START], i, at);
    version_unref(version);
    at = mark();
    request(b, api);
    note(&b->steps[STEP_FIRST], i, at);
    note(&b->steps[STEPS], i, begin);
    at = mark();
    request(b, api);
    note(&b->steps[STEP_SECOND], i, at);
    return api;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print_times(const char *name, struct times *t, unsigned n) {
    qsort(t->wall_us, n, sizeof *t->wall_us, by_value);
    qsort(t->cpu_us, n, sizeof *t->cpu_us, by_value);
    printf("%-16s wall p50 %7.0f us, p99 %7.0f us; CPU p50 %7.0f us, p99 %7.0f us\n", name, t->wall_us[n / 2],
           t->wall_us[n * 99 / 100], t->cpu_us[n / 2], t->cpu_us[n * 99 / 100]);
}

static double rss_mb(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    check(f && fscanf(f, "%*d %ld", &pages) == 1);
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void wait_for_stock(struct api_pool *pool) {
    struct api_pool_stats stats;
    while (api_pool_stats(pool, &stats), stats.stock < stats.wanted) usleep(1000);
}

static void run(struct bench *b, unsigned workers, size_t bytes) {
    struct api_pool *pool;
    struct api **all = mem_array(workers, sizeof *all);
    char(*ids)[33] = mem_array(workers, sizeof *ids);
    for (unsigned i = 0; i < workers; i++) write_version(b, i, bytes, ids[i]);
    check(api_pool_new(&pool) == ERR_OK);
    wait_for_stock(pool);
    double before = rss_mb();
    for (unsigned i = 0; i < workers; i++) {
        wait_for_stock(pool);
        all[i] = one(b, pool, ids[i], i);
    }
    for (int s = 0; s < STEPS; s++) print_times(step_names[s], &b->steps[s], workers);
    print_times("cold start", &b->steps[STEPS], workers);
    wait_for_stock(pool);
    double warm = rss_mb();
    for (unsigned i = 0; i < workers; i++) api_trim(all[i]);
    malloc_trim(0);
    sleep(3); /* the engine's allocator gives back what was free for a while */
    double idle = rss_mb();
    printf("resident: %.1f MB before, %.2f MB an isolate after its second request, %.2f MB idle\n", before,
           (warm - before) / workers, (idle - before) / workers);
    if (getenv("START_BENCH_WAIT")) pause(); /* for a look from outside */
    for (unsigned i = 0; i < workers; i++) api_free(all[i]);
    api_pool_free(pool);
    mem_free(all);
    for (unsigned i = 0; i < workers; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", b->dir, ids[i]);
        unlink(path);
    }
    rmdir(b->dir);
    mem_free(ids);
}

int main(int argc, char **argv) {
    unsigned workers = argc > 1 ? (unsigned)atoi(argv[1]) : 200;
    size_t bytes = argc > 2 ? (size_t)atoi(argv[2]) : 30000;
    struct bench b = {.dir = "/tmp/cusp-start-bench-XXXXXX"};
    struct problem p;
    must(js_engine_init(NULL, &p), &p);
    check(workers > 0 && mkdtemp(b.dir));
    b.loop = loop_new();
    link_pair(b.loop, &b.ours, &b.theirs);
    link_start(b.theirs, &events, &b);
    link_start(b.ours, &events, &b);
    for (int i = 0; i <= STEPS; i++)
        b.steps[i] = (struct times){mem_array(workers, sizeof(double)), mem_array(workers, sizeof(double))};
    run(&b, workers, bytes);
    for (int i = 0; i <= STEPS; i++) mem_free(b.steps[i].wall_us), mem_free(b.steps[i].cpu_us);
    link_close(b.ours);
    link_close(b.theirs);
    loop_free(b.loop);
    return 0;
}
