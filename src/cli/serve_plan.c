/* The plan: cusp.toml, checked and numbered, as JSON from the parent to its children. */
#include "base/limits.h"
#include "base/mem.h"
#include "cli/serve_config.h"
#include "conf/conf.h"
#include "conf/json_write.h"

static void write_strings(struct json_writer *w, const char *key, const struct span *list, size_t count) {
    json_key(w, span_of(key));
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) json_string(w, list[i]);
    json_end_array(w);
}

static void write_string(struct json_writer *w, const char *key, struct span value) {
    json_key(w, span_of(key));
    json_string(w, value);
}

static void write_number(struct json_writer *w, const char *key, int64_t value) {
    json_key(w, span_of(key));
    json_integer(w, value);
}

static void write_bool(struct json_writer *w, const char *key, bool value) {
    json_key(w, span_of(key));
    json_bool(w, value);
}

static void write_limits(struct json_writer *w, const struct worker_limits *limits) {
    struct worker_limits copy = *limits;
    json_key(w, SPAN("limits"));
    json_begin_object(w);
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++)
        if (*worker_limits_at(&copy, i))
            write_number(w, worker_limits_rows[i].name, *worker_limits_at(&copy, i));
    json_end_object(w);
}

static void write_worker(struct json_writer *w, const struct serve_worker *worker) {
    json_begin_object(w);
    write_number(w, "number", worker->number);
    write_number(w, "account", worker->account);
    write_string(w, "name", worker->name);
    write_string(w, "path", worker->path);
    write_string(w, "env", worker->environment);
    write_string(w, "origin", worker->origin);
    write_bool(w, "default", worker->is_default);
    write_strings(w, "routes", worker->routes, worker->route_count);
    write_limits(w, &worker->limits);
    json_end_object(w);
}

void serve_plan_write(const struct serve_config *c, struct buf *out) {
    struct json_writer w = JSON_WRITER(out);
    json_begin_object(&w);
    write_string(&w, "state", c->state);
    write_strings(&w, "listen", c->listen, c->listen_count);
    write_number(&w, "threads", c->threads);
    write_string(&w, "colo", c->colo);
    write_string(&w, "ca_file", c->ca_file);
    write_string(&w, "admin", c->admin);
    write_string(&w, "admin_token_file", c->admin_token_file);
    write_bool(&w, "log_json", c->log_json);
    write_bool(&w, "deny_private", c->deny_private);
    write_strings(&w, "allow", c->allow, c->allow_count);
    write_limits(&w, &c->limits);
    write_strings(&w, "accounts", c->accounts, c->account_count);
    json_key(&w, SPAN("workers"));
    json_begin_array(&w);
    for (size_t i = 0; i < c->worker_count; i++) write_worker(&w, &c->workers[i]);
    json_end_array(&w);
    json_end_object(&w);
}

/* Absent keys keep their zero: the parent writes all of them. */
static enum err read_number(const struct conf *table, const char *key, uint32_t *ret, struct problem *p) {
    int64_t value = 0;
    enum err e = conf_read_integer(table, key, 0, UINT32_MAX, &value, p);
    if (!e) *ret = (uint32_t)value;
    return e;
}

static enum err read_strings(const struct conf *table, const char *key, struct arena *arena,
                             const struct span **ret, size_t *ret_count, struct problem *p) {
    struct span *list = NULL;
    enum err e = conf_read_strings(table, key, arena, &list, ret_count, p);
    if (!e) *ret = list;
    return e;
}

static enum err read_limits(const struct conf *t, struct worker_limits *ret, struct problem *p) {
    const struct conf *limits = conf_find(t, SPAN("limits"));
    enum err e = ERR_OK;
    for (size_t i = 0; !e && limits && i < WORKER_LIMITS_COUNT; i++)
        e = read_number(limits, worker_limits_rows[i].name, worker_limits_at(ret, i), p);
    return e;
}

static enum err read_worker(const struct conf *t, struct arena *arena, struct serve_worker *w,
                            struct problem *p) {
    enum err e = read_number(t, "number", &w->number, p);
    if (!e) e = read_number(t, "account", &w->account, p);
    if (!e) e = conf_read_string(t, "name", &w->name, p);
    if (!e) e = conf_read_string(t, "path", &w->path, p);
    if (!e) e = conf_read_string(t, "env", &w->environment, p);
    if (!e) e = conf_read_string(t, "origin", &w->origin, p);
    if (!e) e = conf_read_bool(t, "default", &w->is_default, p);
    if (!e) e = read_strings(t, "routes", arena, &w->routes, &w->route_count, p);
    if (!e) e = read_limits(t, &w->limits, p);
    return e;
}

enum err serve_plan_read(struct span json, struct arena *arena, struct serve_config *ret, struct problem *p) {
    const struct conf *root;
    struct serve_config c = {0};
    uint32_t threads = 0;
    enum err e = conf_parse_json(arena, "the plan", json, &root, p);
    if (e) return e;
    e = conf_read_string(root, "state", &c.state, p);
    if (!e) e = read_strings(root, "listen", arena, &c.listen, &c.listen_count, p);
    if (!e) e = read_number(root, "threads", &threads, p);
    if (!e) e = conf_read_string(root, "colo", &c.colo, p);
    if (!e) e = conf_read_string(root, "ca_file", &c.ca_file, p);
    if (!e) e = conf_read_string(root, "admin", &c.admin, p);
    if (!e) e = conf_read_string(root, "admin_token_file", &c.admin_token_file, p);
    if (!e) e = conf_read_bool(root, "log_json", &c.log_json, p);
    if (!e) e = conf_read_bool(root, "deny_private", &c.deny_private, p);
    if (!e) e = read_strings(root, "allow", arena, &c.allow, &c.allow_count, p);
    if (!e) e = read_limits(root, &c.limits, p);
    if (!e) e = read_strings(root, "accounts", arena, &c.accounts, &c.account_count, p);
    const struct conf *list = conf_find(root, SPAN("workers"));
    struct serve_worker *workers = arena_zero(arena, (conf_count(list) + 1) * sizeof *workers);
    CONF_EACH(item, list) {
        if (!e) e = read_worker(item, arena, &workers[c.worker_count++], p);
    }
    if (e) return e;
    c.threads = threads;
    c.workers = workers;
    *ret = c;
    return ERR_OK;
}
