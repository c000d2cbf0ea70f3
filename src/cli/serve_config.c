#include "cli/serve_config.h"

#include "base/limits.h"
#include "base/mem.h"
#include "cli/serve_memory.h"
#include "conf/conf.h"
#include "edge/edge.h"
#include "edge/routes.h"
#include "loop/file.h"
#include "loop/thread.h"

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum err try_err = (call);                                                                           \
        if (try_err) return try_err;                                                                         \
    } while (0)

enum { THREADS_MOST = 64 };

void serve_numbers_init(struct serve_numbers *n) { *n = (struct serve_numbers){map_new(), map_new(), 1, 1}; }

void serve_numbers_free(struct serve_numbers *n) {
    map_free(n->accounts);
    map_free(n->workers);
}

static uint32_t number_of(struct map *map, struct span name, uint32_t *next) {
    void *known = map_get(map, name);
    if (known) return (uint32_t)(uintptr_t)known;
    uint32_t number = (*next)++;
    map_put(map, name, (void *)(uintptr_t)number);
    return number;
}

enum err serve_parse_address(struct span text, struct span *ret_host, uint16_t *ret_port) {
    size_t colon = text.len;
    while (colon && text.ptr[colon - 1] != ':') colon--;
    struct span host = colon ? span_first(text, colon - 1) : SPAN_NONE;
    uint64_t port;
    if (!span_to_u64(span_from(text, colon), &port) || port > UINT16_MAX) return ERR_INVALID;
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = span_make(host.ptr + 1, host.len - 2);
    else if (span_index(host, ':') < host.len)
        return ERR_INVALID;
    if (!colon) host = SPAN("127.0.0.1");
    *ret_host = host;
    *ret_port = (uint16_t)port;
    return ERR_OK;
}

/* Names become directories and log fields. */
static bool is_name(struct span s) {
    if (s.len == 0 || s.len > 64 || s.ptr[0] == '.') return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!ascii_is_digit(c) && !(ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') && c != '-' && c != '_' &&
            c != '.')
            return false;
    }
    return true;
}

static bool is_colo(struct span s) {
    for (size_t i = 0; i < s.len; i++)
        if (ascii_lower(s.ptr[i]) < 'a' || ascii_lower(s.ptr[i]) > 'z') return false;
    return s.len == 3;
}

static void warn_unknown(const struct conf *table, const char *const *known, struct buf *warnings) {
    for (const struct conf *c = conf_unknown(table, NULL, known); c; c = conf_unknown(table, c, known)) {
        char path[256];
        conf_path(c, path, sizeof path);
        const char *nearest = conf_nearest(c->key, known);
        buf_printf(warnings, "`%s` (line %u) is not a key that Cusp knows", path, c->line);
        if (nearest) buf_printf(warnings, "; did you mean `%s`?", nearest);
        buf_add_char(warnings, '\n');
    }
}

struct reading {
    struct serve_numbers *numbers;
    struct arena *arena;
    struct span dir; /* of cusp.toml */
    struct serve_config *config;
    struct buf *warnings;
    struct problem *p;
    struct routes_builder *routes; /* only to hear early what edge would refuse */
    struct map *patterns;          /* route -> its struct conf */
    const struct conf *fallback;   /* the `default` that was seen */
};

static struct span absolute(struct reading *r, struct span path) {
    return path.len ? file_join(r->arena, r->dir, path) : path;
}

static enum err check_routes(struct reading *r, const struct conf *table, const struct serve_worker *w) {
    struct routes_worker row = {
        .number = w->number, .account = w->account, .name = w->name, .origin = w->origin};
    struct problem why;
    if (routes_add_worker(r->routes, &row, &why))
        return conf_problem(w->origin.len ? conf_get(table, "origin") : table, r->p, "is refused: %s",
                            why.text);
    CONF_EACH(item, conf_get(table, "routes")) {
        if (routes_add(r->routes, item->text, w->number, &why))
            return conf_problem(item, r->p, "is refused: %s", why.text);
        const struct conf *earlier = map_put(r->patterns, item->text, (void *)item);
        if (earlier)
            return conf_problem(item, r->p, "is the route \"%.*s\" of line %u again; remove one",
                                SPAN_FMT(item->text), earlier->line);
    }
    if (!w->is_default) return ERR_OK;
    const struct conf *is_default = conf_get(table, "default");
    if (r->fallback)
        return conf_problem(is_default, r->p,
                            "is true for a second [[worker]] (the first: line %u); remove one",
                            r->fallback->line);
    r->fallback = is_default;
    return ERR_OK;
}

/* [limits], or the `limits` of a [[worker]]. */
static enum err read_limits(struct reading *r, const struct conf *table, struct worker_limits *ret) {
    if (!table) return ERR_OK;
    if (table->type != CONF_TABLE) return conf_problem(table, r->p, "must be a table, as { cpu_ms = 500 }");
    const char *known[WORKER_LIMITS_COUNT + 1] = {0};
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) {
        const struct worker_limits_row *row = &worker_limits_rows[i];
        int64_t value = 0;
        known[i] = row->name;
        TRY(conf_read_integer(table, row->name, row->least, row->most, &value, r->p));
        *worker_limits_at(ret, i) = (uint32_t)value;
    }
    warn_unknown(table, known, r->warnings);
    return ERR_OK;
}

static enum err read_worker(struct reading *r, const struct conf *table, struct serve_worker *w) {
    static const char *const known[] = {"name",   "account", "path",   "env", "routes",
                                        "origin", "default", "limits", NULL};
    const struct conf *name, *path;
    struct span account = SPAN("default"), *routes = NULL;
    TRY(conf_need(table, "name", CONF_STRING, &name, r->p));
    if (!is_name(name->text))
        return conf_problem(name, r->p,
                            "must be 1 to 64 letters, digits, '-', '_' or '.', not beginning with '.'");
    TRY(conf_read_string(table, "account", &account, r->p));
    if (!is_name(account))
        return conf_problem(conf_get(table, "account"), r->p,
                            "must be 1 to 64 letters, digits, '-', '_' or '.', not beginning with '.'");
    TRY(conf_need(table, "path", CONF_STRING, &path, r->p));
    TRY(conf_read_string(table, "env", &w->environment, r->p));
    TRY(conf_read_string(table, "origin", &w->origin, r->p));
    TRY(conf_read_bool(table, "default", &w->is_default, r->p));
    TRY(read_limits(r, conf_get(table, "limits"), &w->limits));
    TRY(conf_read_strings(table, "routes", r->arena, &routes, &w->route_count, r->p));
    if (!w->route_count && !w->is_default)
        return conf_problem(table, r->p, "needs `routes = [\"example.com/*\"]` or `default = true`");
    w->routes = routes;
    w->name = name->text;
    w->path = absolute(r, path->text);
    w->account = number_of(r->numbers->accounts, account, &r->numbers->next_account);
    w->number = number_of(r->numbers->workers,
                          arena_printf(r->arena, "%.*s/%.*s", SPAN_FMT(account), SPAN_FMT(w->name)),
                          &r->numbers->next_worker);
    warn_unknown(table, known, r->warnings);
    return ERR_OK;
}

static enum err read_workers(struct reading *r, const struct conf *root) {
    const struct conf *list = NULL;
    TRY(conf_read_array(root, "worker", &list, r->p));
    size_t count = conf_count(list);
    if (!count)
        return problem(r->p, ERR_INVALID, "there is no [[worker]] in the configuration: nothing to serve");
    struct serve_worker *workers = arena_zero(r->arena, count * sizeof *workers), *w = workers;
    struct map *seen = map_new();
    enum err e = ERR_OK;
    CONF_EACH(item, list) {
        if (item->type != CONF_TABLE) e = conf_problem(item, r->p, "must be a table: write [[worker]]");
        if (!e) e = read_worker(r, item, w);
        if (!e && map_put(seen, span_make(&w->number, sizeof w->number), w))
            e = conf_problem(conf_get(item, "name"), r->p,
                             "is the name of an earlier [[worker]] of the same account; rename one");
        if (!e) e = check_routes(r, item, w);
        if (e) break;
        w++;
    }
    map_free(seen);
    r->config->workers = workers;
    r->config->worker_count = count;
    return e;
}

static enum err read_bytes(struct reading *r, const struct conf *table, uint64_t *ret) {
    struct span text = SPAN_NONE;
    TRY(conf_read_string(table, "memory", &text, r->p));
    if (!text.len) return ERR_OK;
    if (serve_parse_bytes(text, ret) || *ret < LIMIT_WORKER_MEMORY_BYTES)
        return conf_problem(conf_get(table, "memory"), r->p,
                            "must be at least 128MB, written as \"512MB\" or \"2GB\"");
    return ERR_OK;
}

/* [[account]]: after the Workers, which name the accounts. */
static enum err read_accounts(struct reading *r, const struct conf *root) {
    static const char *const known[] = {"name", "memory", NULL};
    const struct conf *list = NULL, *name;
    uint64_t *bytes = arena_zero(r->arena, r->numbers->next_account * sizeof *bytes);
    TRY(conf_read_array(root, "account", &list, r->p));
    CONF_EACH(item, list) {
        if (item->type != CONF_TABLE) return conf_problem(item, r->p, "must be a table: write [[account]]");
        TRY(conf_need(item, "name", CONF_STRING, &name, r->p));
        uint32_t number = (uint32_t)(uintptr_t)map_get(r->numbers->accounts, name->text);
        if (!number) return conf_problem(name, r->p, "is no [[worker]]'s `account`");
        TRY(read_bytes(r, item, &bytes[number]));
        warn_unknown(item, known, r->warnings);
    }
    r->config->account_memory_bytes = bytes;
    return ERR_OK;
}

static void list_accounts(struct reading *r) {
    size_t count = r->numbers->next_account;
    struct span *names = arena_zero(r->arena, count * sizeof *names), name;
    size_t at = 0;
    void *number;
    while (map_each(r->numbers->accounts, &at, &name, &number))
        names[(uintptr_t)number] = arena_copy(r->arena, name);
    r->config->accounts = names;
    r->config->account_count = count;
}

static enum err read_listen(struct reading *r, const struct conf *root) {
    static const struct span fallback = {"127.0.0.1:8787", 14};
    struct span *listen = NULL;
    TRY(conf_read_strings(root, "listen", r->arena, &listen, &r->config->listen_count, r->p));
    r->config->listen = listen;
    if (!r->config->listen_count) {
        r->config->listen = &fallback;
        r->config->listen_count = 1;
    }
    size_t i = 0;
    CONF_EACH(item, conf_get(root, "listen")) {
        struct span host;
        uint16_t port;
        if (serve_parse_address(r->config->listen[i++], &host, &port))
            return conf_problem(item, r->p,
                                "must be an address and a port, as \"0.0.0.0:80\" or \"[::]:80\"");
    }
    return ERR_OK;
}

static enum err check_egress(struct reading *r, const struct conf *root) {
    CONF_EACH(item, conf_get(root, "egress.allow")) {
        const char *one = item->text.ptr;
        struct edge_config config = {.egress = {.allow = &one, .allow_count = 1}};
        struct problem why;
        if (edge_config_check(&config, &why)) return conf_problem(item, r->p, "is refused: %s", why.text);
    }
    return ERR_OK;
}

static bool is_loopback(struct span host) {
    return span_eq(host, SPAN("localhost")) || span_eq(host, SPAN("::1")) || span_starts(host, SPAN("127."));
}

static enum err read_admin(struct reading *r, const struct conf *root) {
    static const char *const known[] = {"listen", "token_file", NULL};
    struct serve_config *c = r->config;
    struct span host;
    uint16_t port;
    TRY(conf_read_string(root, "admin.listen", &c->admin, r->p));
    TRY(conf_read_string(root, "admin.token_file", &c->admin_token_file, r->p));
    warn_unknown(conf_get(root, "admin"), known, r->warnings);
    c->admin_token_file = absolute(r, c->admin_token_file);
    if (span_index(c->admin, '/') < c->admin.len) {
        c->admin = absolute(r, c->admin);
        return ERR_OK;
    }
    if (c->admin.len && serve_parse_address(c->admin, &host, &port))
        return conf_problem(conf_get(root, "admin.listen"), r->p,
                            "must be an address and a port, as \"127.0.0.1:9464\", or the path of a socket");
    if (c->admin.len && !is_loopback(host) && !c->admin_token_file.len)
        return conf_problem(conf_get(root, "admin.listen"), r->p,
                            "is not a loopback address: add `token_file`, or listen on 127.0.0.1");
    return ERR_OK;
}

static enum err read_top(struct reading *r, const struct conf *root) {
    static const char *const known[] = {"state",  "listen", "threads", "colo",   "log",     "egress", "admin",
                                        "worker", "limits", "sandbox", "memory", "account", NULL};
    static const char *const known_egress[] = {"allow", "allow_private", "ca_file", NULL};
    static const char *const known_sandbox[] = {"user", "namespaces", NULL};
    struct serve_config *c = r->config;
    struct span state = SPAN(".cusp"), log = SPAN_NONE, *allow = NULL;
    int64_t threads = thread_cpu_count() < THREADS_MOST ? thread_cpu_count() : THREADS_MOST;
    bool allow_private = false;
    c->colo = SPAN("DEV");
    TRY(conf_read_string(root, "state", &state, r->p));
    TRY(conf_read_integer(root, "threads", 1, THREADS_MOST, &threads, r->p));
    TRY(conf_read_string(root, "colo", &c->colo, r->p));
    if (!is_colo(c->colo))
        return conf_problem(conf_get(root, "colo"), r->p, "must be three letters, as \"AMS\"");
    TRY(conf_read_string(root, "log", &log, r->p));
    if (log.len && !span_eq(log, SPAN("json")) && !span_eq(log, SPAN("text")))
        return conf_problem(conf_get(root, "log"), r->p, "must be \"json\" or \"text\"");
    TRY(conf_read_strings(root, "egress.allow", r->arena, &allow, &c->allow_count, r->p));
    TRY(conf_read_bool(root, "egress.allow_private", &allow_private, r->p));
    TRY(conf_read_string(root, "egress.ca_file", &c->ca_file, r->p));
    c->state = absolute(r, state);
    c->ca_file = absolute(r, c->ca_file);
    c->threads = (unsigned)threads;
    c->log_set = log.len > 0;
    c->log_json = span_eq(log, SPAN("json"));
    c->allow = allow;
    c->deny_private = !allow_private;
    TRY(read_bytes(r, root, &c->memory_bytes));
    warn_unknown(root, known, r->warnings);
    warn_unknown(conf_get(root, "egress"), known_egress, r->warnings);
    TRY(read_limits(r, conf_get(root, "limits"), &c->limits));
    warn_unknown(conf_get(root, "sandbox"), known_sandbox, r->warnings);
    TRY(serve_walls_read(root, &c->walls, r->p));
    TRY(check_egress(r, root));
    TRY(read_admin(r, root));
    return read_listen(r, root);
}

static enum err read_file(const char *path, struct serve_numbers *numbers, struct arena *arena,
                          struct serve_config *ret, struct buf *warnings, struct problem *p) {
    struct buf text = BUF_INIT;
    struct span real;
    const struct conf *root;
    enum err e = file_realpath(path, arena, &real, p);
    if (!e) e = file_read(real.ptr, LIMIT_CONFIG_BYTES, &text, p);
    if (!e) e = conf_parse_toml(arena, path, buf_span(&text), &root, p);
    buf_free(&text);
    TRY(e);
    struct serve_config config = {0};
    struct reading r = {.numbers = numbers,
                        .arena = arena,
                        .dir = file_dirname(real),
                        .config = &config,
                        .warnings = warnings,
                        .p = p,
                        .routes = routes_builder_new(),
                        .patterns = map_new()};
    const struct routes *routes;
    e = read_top(&r, root);
    if (!e) e = read_workers(&r, root);
    if (!e) e = read_accounts(&r, root);
    map_free(r.patterns);
    if (e) {
        routes_builder_free(r.routes);
        return e;
    }
    TRY(routes_build(r.routes, &routes, p)); /* the same route written in two ways */
    routes_unref(routes);
    list_accounts(&r);
    *ret = config;
    return ERR_OK;
}

enum err serve_config_read(const char *path, struct serve_numbers *numbers, struct arena *arena,
                           struct serve_config *ret, struct buf *warnings, struct problem *p) {
    struct arena tree = ARENA_INIT;
    struct serve_config read;
    enum err e = read_file(path, numbers, &tree, &read, warnings, p);
    if (!e) serve_config_keep(&read, arena, ret);
    arena_free(&tree);
    return e;
}

uint64_t serve_memory_of(const struct serve_config *config, uint32_t account) {
    uint64_t own = account < config->account_count ? config->account_memory_bytes[account] : 0;
    return own ? own : config->memory_bytes ? config->memory_bytes : serve_memory_default();
}
