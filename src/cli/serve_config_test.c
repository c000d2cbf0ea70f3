/* cusp.toml and the plan that is made of it. It could pass wrongly if a complaint named a key and a line by chance: each case has
 * its key on a line of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "cli/serve_config.h"
#include "cli/serve_memory.h"
#include "cli/serve_plan.h"
#include "loop/clock.h"
#include "loop/thread.h"
#include "state/test_dir.h"

struct world {
    char *dir;
    struct arena arena;
    struct serve_numbers numbers;
    struct serve_config config;
    struct buf warnings;
    struct problem p;
};

static struct world world(void) {
    struct world w = {.dir = test_dir_make(), .arena = ARENA_INIT};
    serve_numbers_init(&w.numbers);
    return w;
}

static void end(struct world *w) {
    serve_numbers_free(&w->numbers);
    buf_free(&w->warnings);
    arena_free(&w->arena);
    test_dir_remove(w->dir);
}

static enum err read_text(struct world *w, const char *text) {
    const char *path = test_path(w->dir, "cusp.toml");
    test_write_file(path, text, strlen(text));
    w->warnings.len = 0;
    w->p.text[0] = 0;
    return serve_config_read(path, &w->numbers, &w->arena, &w->config, &w->warnings, &w->p);
}

static bool is(struct span a, const char *b) {
    if (span_eq(a, span_of(b))) return true;
    print_message("'%.*s' is not '%s'\n", SPAN_FMT(a), b);
    return false;
}

static bool has(const char *text, const char *part) {
    if (strstr(text, part)) return true;
    print_message("'%s' is not in: %s\n", part, text);
    return false;
}

#define ONE "[[worker]]\nname = \"a\"\npath = \"a\"\ndefault = true\n"

static void everything_is_read(void **state) {
    struct world w = world();
    assert_int_equal(
        read_text(&w, "state = \"/var/s\"\nlisten = [\"0.0.0.0:80\", \"[::1]:81\"]\nthreads = 3\n"
                      "colo = \"AMS\"\nlog = \"json\"\n[egress]\nallow_private = true\n"
                      "allow = [\"10.1.0.0/16\", \"127.0.0.1:9000\"]\nca_file = \"ca.pem\"\n"
                      "[[worker]]\nname = \"shop\"\naccount = \"acme\"\npath = \"w/shop\"\n"
                      "env = \"production\"\nroutes = [\"shop.example.com/*\", \"*.b.example.com/x\"]\n"
                      "origin = \"http://127.0.0.1:9000\"\n" ONE),
        ERR_OK);
    const struct serve_config *c = &w.config;
    assert_true(is(c->state, "/var/s") && is(c->colo, "AMS"));
    assert_true(c->listen_count == 2 && is(c->listen[1], "[::1]:81") && c->threads == 3);
    assert_true(c->log_set && c->log_json && !c->deny_private);
    assert_true(c->allow_count == 2 && is(c->allow[1], "127.0.0.1:9000"));
    assert_true(c->ca_file.ptr[0] == '/' && span_ends(c->ca_file, SPAN("/ca.pem")));
    assert_int_equal(c->worker_count, 2);
    const struct serve_worker *shop = &c->workers[0], *other = &c->workers[1];
    assert_true(is(shop->name, "shop") && is(shop->environment, "production") && !shop->is_default);
    assert_true(shop->path.ptr[0] == '/' && span_ends(shop->path, SPAN("/w/shop")));
    assert_true(shop->route_count == 2 && is(shop->routes[1], "*.b.example.com/x"));
    assert_true(is(shop->origin, "http://127.0.0.1:9000") && other->is_default);
    assert_true(is(c->accounts[shop->account], "acme") && is(c->accounts[other->account], "default"));
    assert_true(shop->number && other->number && shop->number != other->number);
    assert_int_equal(w.warnings.len, 0);
    end(&w);
}

static void ceilings(void **state) {
    struct world w = world();
    assert_int_equal(
        read_text(&w, "memory = \"1GB\"\n" ONE
                      "[[worker]]\nname = \"b\"\naccount = \"acme\"\npath = \"b\"\nroutes = [\"b.com/*\"]\n"
                      "[[account]]\nname = \"acme\"\nmemory = \"512MB\"\n"),
        ERR_OK);
    const struct serve_config *c = &w.config;
    assert_int_equal(serve_memory_of(c, c->workers[0].account), 1ull << 30);
    assert_int_equal(serve_memory_of(c, c->workers[1].account), 512ull << 20);
    assert_int_equal(w.warnings.len, 0);
    end(&w);
    w = world();
    assert_int_equal(read_text(&w, ONE), ERR_OK);
    assert_int_equal(serve_memory_of(&w.config, w.config.workers[0].account), serve_memory_default());
    end(&w);
}

static void defaults(void **state) {
    struct world w = world();
    assert_int_equal(read_text(&w, ONE), ERR_OK);
    const struct serve_config *c = &w.config;
    assert_true(span_ends(c->state, SPAN("/.cusp")) && c->state.ptr[0] == '/');
    assert_true(c->listen_count == 1 && is(c->listen[0], "127.0.0.1:8787"));
    assert_true(c->threads >= 1 && c->threads <= 64 &&
                (c->threads == 64 || c->threads == thread_cpu_count()));
    assert_true(is(c->colo, "DEV") && !c->log_set && c->deny_private && !c->allow_count && !c->ca_file.len);
    end(&w);
}

static void mistakes_name_key_line_and_remedy(void **state) {
    static const struct {
        const char *text, *says[3]; /* key, line, what is right */
    } cases[] = {
        {"", {"there is no [[worker]]", "", ""}},
        {"\nthreads = 0\n" ONE, {"`threads`", "cusp.toml:2", "1"}},
        {"\nthreads = 65\n" ONE, {"`threads`", "cusp.toml:2", "64"}},
        {"threads = \"two\"\n" ONE, {"`threads`", "cusp.toml:1", "an integer"}},
        {"state = 1\n" ONE, {"`state`", "cusp.toml:1", "a string"}},
        {"colo = \"AMST\"\n" ONE, {"`colo`", "cusp.toml:1", "three letters, as \"AMS\""}},
        {"colo = \"A/B\"\n" ONE, {"`colo`", "cusp.toml:1", "three letters, as \"AMS\""}},
        {"\n\nlog = \"xml\"\n" ONE, {"`log`", "cusp.toml:3", "\"json\" or \"text\""}},
        {"listen = \"a\"\n" ONE, {"`listen`", "cusp.toml:1", "array"}},
        {"listen = [\n\"0.0.0.0:80\",\n\"nowhere\"]\n" ONE,
         {"`listen[1]`", "cusp.toml:3", "an address and a port, as"}},
        {"listen = [\"::1:80\"]\n" ONE, {"`listen[0]`", "cusp.toml:1", "\"[::]:80\""}},
        {"listen = [\":99999\"]\n" ONE, {"`listen[0]`", "cusp.toml:1", "an address and a port"}},
        {"[egress]\nallow = [\"10.0.0.0/8\",\n\"example.com\"]\n" ONE,
         {"`egress.allow[1]`", "cusp.toml:3", "an address, a block"}},
        {"[egress]\nallow_private = 1\n" ONE, {"`egress.allow_private`", "cusp.toml:2", "boolean"}},
        {"memory = \"64MB\"\n" ONE, {"`memory`", "cusp.toml:1", "at least 128MB"}},
        {ONE "[[account]]\nname = \"a\"\nmemory = \"much\"\n",
         {"`account[0].name`", "cusp.toml:6", "is no [[worker]]'s"}},
        {ONE "[[account]]\nname = \"default\"\nmemory = \"much\"\n",
         {"`account[0].memory`", "cusp.toml:7", "at least 128MB"}},
        {"[worker]\nname = \"a\"\n", {"`worker`", "cusp.toml:1", "array"}},
        {"worker = [1]\n", {"`worker[0]`", "cusp.toml:1", "write [[worker]]"}},
        {"[[worker]]\npath = \"a\"\ndefault = true\n", {"worker[0]", "cusp.toml:1", "name"}},
        {"[[worker]]\nname = \"a\"\ndefault = true\n", {"worker[0]", "cusp.toml:1", "path"}},
        {"[[worker]]\nname = \"../x\"\npath = \"a\"\n",
         {"`worker[0].name`", "cusp.toml:2", "1 to 64 letters"}},
        {"[[worker]]\nname = \"a\"\naccount = \".hidden\"\npath = \"a\"\n",
         {"`worker[0].account`", "cusp.toml:3", "1 to 64 letters"}},
        {"[[worker]]\nname = \"a\"\npath = \"a\"\n", {"`worker[0]`", "cusp.toml:1", "needs `routes = ["}},
        {ONE "[[worker]]\nname = \"a\"\npath = \"b\"\nroutes = [\"x.com/*\"]\n",
         {"`worker[1].name`", "cusp.toml:6", "rename one"}},
        {ONE "[[worker]]\nname = \"b\"\npath = \"b\"\ndefault = true\n",
         {"`worker[1].default`", "cusp.toml:8", "line 4); remove one"}},
        {ONE "[[worker]]\nname = \"b\"\npath = \"b\"\nroutes = [\"x.com/*\",\n\"a.*.com/*\"]\n",
         {"`worker[1].routes[1]`", "cusp.toml:9", "route \"a.*.com/*\": "}},
        {"[[worker]]\nname = \"b\"\npath = \"b\"\nroutes = [\"x.com/*\"]\n"
         "[[worker]]\nname = \"c\"\npath = \"b\"\nroutes = [\"x.com/*\"]\n",
         {"`worker[1].routes[0]`", "cusp.toml:8", "of line 4 again; remove one"}},
        {"[[worker]]\nname = \"b\"\npath = \"b\"\nroutes = [\"x.com/*\"]\n"
         "[[worker]]\nname = \"c\"\npath = \"b\"\nroutes = [\"X.COM/*\"]\n",
         {"\"X.COM/*\"", "", "twice; remove one"}},
        {"[[worker]]\nname = \"b\"\npath = \"b\"\ndefault = true\norigin = \"ftp://x/\"\n",
         {"`worker[0].origin`", "cusp.toml:5", "http:// or https:// URL"}},
        {"[[worker]\n", {"", "cusp.toml:1", ""}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w = world();
        w.config.threads = 77;
        enum err e = read_text(&w, cases[i].text);
        if (!e) print_message("accepted: %s\n", cases[i].text);
        assert_int_not_equal(e, ERR_OK);
        for (int n = 0; n < 3; n++) assert_true(has(w.p.text, cases[i].says[n]));
        assert_int_equal(w.config.threads, 77); /* untouched */
        end(&w);
    }
    struct world w = world();
    assert_int_equal(
        serve_config_read("/nowhere/cusp.toml", &w.numbers, &w.arena, &w.config, &w.warnings, &w.p),
        ERR_NOT_FOUND);
    assert_true(has(w.p.text, "/nowhere/cusp.toml"));
    end(&w);
}

static void unknown_keys_are_warned_of(void **state) {
    struct world w = world();
    assert_int_equal(read_text(&w, "lisen = []\n[egress]\nallow_privat = true\n" ONE "rutes = []\n"), ERR_OK);
    const char *text = buf_cstr(&w.warnings);
    assert_true(has(text, "`lisen` (line 1) is not a key that Cusp knows; did you mean `listen`?\n"));
    assert_true(has(text, "`egress.allow_privat` (line 3)") && has(text, "did you mean `allow_private`?\n"));
    assert_true(has(text, "`worker[0].rutes` (line 8)") && has(text, "did you mean `routes`?\n"));
    end(&w);
}

#define WORKER(name, account)                                                                                \
    "[[worker]]\nname = \"" name "\"\naccount = \"" account "\"\npath = \"p\"\nroutes = [\"" name            \
    "." account ".com/*\"]\n"

static void numbers_stay_over_reloads(void **state) {
    struct world w = world();
    assert_int_equal(read_text(&w, WORKER("a", "x") WORKER("b", "y")), ERR_OK);
    struct serve_worker a = w.config.workers[0], b = w.config.workers[1];
    assert_int_equal(read_text(&w, WORKER("c", "z") WORKER("b", "y") WORKER("a", "y")),
                     ERR_OK); /* a is another's now */
    assert_int_equal(w.config.workers[1].number, b.number);
    assert_int_equal(w.config.workers[1].account, b.account);
    assert_int_equal(w.config.workers[2].account, b.account);
    assert_true(w.config.workers[2].number != a.number && w.config.workers[0].number > b.number);
    assert_int_not_equal(read_text(&w, "threads = 0\n"), ERR_OK); /* a refused one changes nothing */
    assert_int_equal(read_text(&w, WORKER("b", "y") WORKER("a", "x")), ERR_OK); /* and back again */
    assert_int_equal(w.config.workers[0].number, b.number);
    assert_int_equal(w.config.workers[1].number, a.number);
    assert_int_equal(w.config.account_count,
                     4); /* names of the gone ones too: their processes may still be there */
    assert_true(is(w.config.accounts[a.account], "x") && is(w.config.accounts[b.account], "y"));
    end(&w);
}

static void addresses(void **state) {
    static const struct {
        const char *text, *host; /* NULL: refused */
        uint16_t port;
    } cases[] = {{"127.0.0.1:8787", "127.0.0.1", 8787},
                 {"[::1]:80", "::1", 80},
                 {":80", "", 80},
                 {"8787", "127.0.0.1", 8787},
                 {"*:0", "*", 0},
                 {"localhost:1", "localhost", 1},
                 {"", NULL, 0},
                 {":", NULL, 0},
                 {"a:b", NULL, 0},
                 {"::1:80", NULL, 0},
                 {":65536", NULL, 0},
                 {"1.2.3.4:-1", NULL, 0},
                 {"[::1]", NULL, 0},
                 {"1.2.3.4:80 ", NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span host = SPAN("untouched");
        uint16_t port = 7;
        enum err e = serve_parse_address(span_of(cases[i].text), &host, &port);
        assert_int_equal(e, cases[i].host ? ERR_OK : ERR_INVALID);
        assert_true(is(host, cases[i].host ? cases[i].host : "untouched"));
        assert_int_equal(port, cases[i].host ? cases[i].port : 7);
    }
}

static void the_plan_arrives_as_it_was(void **state) {
    struct world w = world();
    assert_int_equal(
        read_text(&w, "threads = 2\nlisten = [\"[::]:1\", \":2\"]\nlog = \"json\"\ncolo = \"XYZ\"\n"
                      "[egress]\nallow = [\"10.0.0.1\"]\nca_file = \"ca \\u00e9\\\"\"\n" WORKER("a", "x") ONE
                  "env = \"e\"\norigin = \"https://o.example\"\n"),
        ERR_OK);
    int fd;
    struct serve_plan *plan;
    assert_int_equal(serve_plan_file(&w.config, &fd, &w.p), ERR_OK);
    assert_int_equal(write(fd, "x", 1), -1); /* sealed */
    assert_int_equal(serve_plan_receive(fd, &plan, &w.p), ERR_OK);
    const struct serve_config *a = &w.config, *b = serve_plan_config(plan);
    assert_true(span_eq(a->state, b->state) && span_eq(a->colo, b->colo) && span_eq(a->ca_file, b->ca_file));
    assert_true(b->threads == 2 && b->log_json == a->log_json && b->deny_private == a->deny_private);
    assert_true(b->listen_count == 2 && is(b->listen[1], ":2") && b->allow_count == 1 &&
                is(b->allow[0], "10.0.0.1"));
    assert_true(b->account_count == a->account_count && is(b->accounts[1], "x") &&
                is(b->accounts[2], "default"));
    assert_int_equal(b->worker_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct serve_worker *x = &a->workers[i], *y = serve_plan_worker(plan, x->number);
        assert_true(y && x->number == y->number && x->account == y->account &&
                    x->is_default == y->is_default);
        assert_true(span_eq(x->name, y->name) && span_eq(x->path, y->path) && span_eq(x->origin, y->origin));
        assert_true(span_eq(x->environment, y->environment) && x->route_count == y->route_count);
        if (x->route_count) assert_true(span_eq(x->routes[0], y->routes[0]));
    }
    assert_null(serve_plan_worker(plan, 99));
    serve_plan_free(plan);
    serve_plan_free(NULL);
    end(&w);
}

static void a_plan_that_is_none(void **state) {
    static const char *const texts[] = {"", "{", "{\"threads\":-1}", "{\"listen\":[1]}",
                                        "{\"workers\":[{\"number\":\"x\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = ARENA_INIT;
        struct serve_config config;
        struct problem p;
        assert_int_not_equal(serve_plan_read(span_of(texts[i]), &arena, &config, &p), ERR_OK);
        arena_free(&arena);
    }
}

static void ten_thousand_workers(void **state) {
    struct world w = world();
    struct buf text = BUF_INIT;
    for (unsigned i = 0; i < 10000; i++)
        buf_printf(&text,
                   "[[worker]]\nname = \"w%u\"\naccount = \"a%u\"\npath = \"workers/w%u\"\nroutes = "
                   "[\"w%u.example.com/*\", \"www.w%u.example.com/*\"]\n",
                   i, i % 100, i, i, i);
    uint64_t start = clock_monotonic_ns();
    assert_int_equal(read_text(&w, buf_cstr(&text)), ERR_OK);
    uint64_t read = clock_monotonic_ns();
    int fd;
    struct serve_plan *plan;
    assert_int_equal(serve_plan_file(&w.config, &fd, &w.p), ERR_OK);
    assert_int_equal(serve_plan_receive(fd, &plan, &w.p), ERR_OK);
    uint64_t planned = clock_monotonic_ns();
    assert_int_equal(serve_plan_config(plan)->worker_count, 10000);
    print_message("10,000 Workers: %.1f ms to read and check, %.1f ms as a plan there and back\n",
                  (double)(read - start) / 1e6, (double)(planned - read) / 1e6);
    serve_plan_free(plan);
    buf_free(&text);
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(defaults),
        cmocka_unit_test(mistakes_name_key_line_and_remedy),
        cmocka_unit_test(unknown_keys_are_warned_of),
        cmocka_unit_test(numbers_stay_over_reloads),
        cmocka_unit_test(addresses),
        cmocka_unit_test(the_plan_arrives_as_it_was),
        cmocka_unit_test(a_plan_that_is_none),
        cmocka_unit_test(ten_thousand_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
