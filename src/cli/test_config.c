#include "cli/test_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "conf/conf.h"
#include "loop/file.h"
#include "state/version.h"
#include "text/base64.h"
#include "wasm/wasm.h"

/* One Worker on its way to a version. */
struct making {
    const struct test_config_request *request;
    struct arena *arena;
    struct buf modules, bindings; /* of struct version_module, struct version_binding */
    struct span missing;
};

static void missing(struct making *m, const char *what, struct span name, struct span kind) {
    if (!m->missing.len)
        m->missing = arena_printf(m->arena, "%s \"%.*s\": %.*s is not supported", what, SPAN_FMT(name),
                                  SPAN_FMT(kind));
}

/* Bytes: base64, or an array of numbers as `capnp convert` writes them. */
static enum err read_bytes(struct making *m, const struct conf *value, struct span *ret, struct problem *p) {
    size_t len = 0;
    if (value->type == CONF_STRING) {
        char *to = arena_alloc(m->arena, base64_decoded_max(value->text.len));
        if (base64_decode(value->text, to, &len)) return conf_problem(value, p, "is not base64");
        *ret = span_make(to, len);
        return ERR_OK;
    }
    if (value->type != CONF_ARRAY) return conf_problem(value, p, "must be base64 or an array of bytes");
    char *to = arena_alloc(m->arena, conf_count(value) + 1);
    CONF_EACH(item, value) {
        if (item->type != CONF_INTEGER || item->integer < 0 || item->integer > 255)
            return conf_problem(item, p, "must be a byte, from 0 to 255");
        to[len++] = (char)item->integer;
    }
    *ret = span_make(to, len);
    return ERR_OK;
}

/* The item that says what kind of thing it is: the first one but the name. */
static const struct conf *kind_of(const struct conf *item) {
    CONF_EACH(kind, item) {
        if (!span_eq(kind->key, SPAN("name")) && kind->type != CONF_NULL) return kind;
    }
    return NULL;
}

/* -- Modules --------------------------------------------------------------------------------------------------------- */

static const struct {
    struct span key;
    enum version_module_kind kind;
} module_kinds[] = {
    {{"esModule", 8}, VERSION_ESM}, {{"commonJsModule", 14}, VERSION_CJS}, {{"text", 4}, VERSION_TEXT},
    {{"data", 4}, VERSION_DATA},    {{"wasm", 4}, VERSION_WASM},           {{"json", 4}, VERSION_JSON},
};

/* Deployed modules are metered; so are these. */
static enum err meter(struct making *m, const struct conf *at, struct span *bytes, struct problem *p) {
    struct problem why;
    struct buf metered = BUF_INIT;
    enum err e = wasm_meter(*bytes, &metered, &why);
    if (e) e = conf_problem(at, p, "%s", why.text);
    if (!e) *bytes = arena_copy(m->arena, buf_span(&metered));
    buf_free(&metered);
    return e;
}

static void add_module(struct making *m, struct span name, enum version_module_kind kind, struct span bytes) {
    struct version_module module = {.name = name, .kind = kind, .bytes = bytes};
    buf_add(&m->modules, span_make(&module, sizeof module));
}

static enum err read_module(struct making *m, const struct conf *item, struct problem *p) {
    const struct conf *kind = kind_of(item), *name;
    struct span bytes = SPAN_NONE;
    enum err e = conf_need(item, "name", CONF_STRING, &name, p);
    if (e) return e;
    size_t i = 0, count = sizeof module_kinds / sizeof *module_kinds;
    while (kind && i < count && !span_eq(module_kinds[i].key, kind->key)) i++;
    if (!kind || i == count) {
        missing(m, "module", name->text, kind ? kind->key : SPAN("nothing"));
        return ERR_OK;
    }
    if (module_kinds[i].kind == VERSION_DATA || module_kinds[i].kind == VERSION_WASM)
        e = read_bytes(m, kind, &bytes, p);
    else if (kind->type != CONF_STRING)
        e = conf_problem(kind, p, "must be a string, not %s", conf_type_name(kind->type));
    else
        bytes = kind->text;
    if (!e && module_kinds[i].kind == VERSION_WASM) e = meter(m, kind, &bytes, p);
    if (!e) add_module(m, name->text, module_kinds[i].kind, bytes);
    return e;
}

/* -- Bindings -------------------------------------------------------------------------------------------------------- */

static void add_binding(struct making *m, struct span name, enum version_binding_kind kind, struct span value,
                        struct span extra) {
    struct version_binding binding = {.name = name, .kind = kind, .value = value, .extra = extra};
    buf_add(&m->bindings, span_make(&binding, sizeof binding));
}

/* Bytes travel as a module that nothing can import. */
static enum err bytes_binding(struct making *m, struct span name, const struct conf *value,
                              enum version_binding_kind kind, struct problem *p) {
    struct span bytes, module = arena_printf(m->arena, "binding:%.*s", SPAN_FMT(name));
    enum err e = read_bytes(m, value, &bytes, p);
    bool wasm = kind == VERSION_BIND_WASM_MODULE;
    if (!e && wasm) e = meter(m, value, &bytes, p);
    if (e) return e;
    add_module(m, module, wasm ? VERSION_WASM : VERSION_DATA, bytes);
    add_binding(m, name, kind, module, SPAN_NONE);
    return ERR_OK;
}

/* A name, or a table with one: a reference to a service. */
static struct span designated(const struct conf *value) {
    if (value->type == CONF_STRING) return value->text;
    const struct conf *name = value->type == CONF_TABLE ? conf_find(value, SPAN("name")) : NULL;
    return name && name->type == CONF_STRING ? name->text : SPAN_NONE;
}

/* As api/service.js reads it: the entrypoint, and behind a line feed its props as JSON. */
static struct span entrypoint_of(struct making *m, const struct conf *value) {
    const struct conf *name = value->type == CONF_TABLE ? conf_get(value, "entrypoint") : NULL;
    const struct conf *props = value->type == CONF_TABLE ? conf_get(value, "props.json") : NULL;
    struct span entrypoint = name && name->type == CONF_STRING ? name->text : SPAN_NONE;
    if (!props || props->type != CONF_STRING) return entrypoint;
    return arena_printf(m->arena, "%.*s\n%.*s", SPAN_FMT(entrypoint), SPAN_FMT(props->text));
}

static enum err read_binding(struct making *m, const struct conf *item, struct problem *p) {
    const struct conf *kind = kind_of(item), *name;
    enum err e = conf_need(item, "name", CONF_STRING, &name, p);
    if (e) return e;
    struct span key = kind ? kind->key : SPAN("nothing"), n = name->text;
    bool is_text = kind && kind->type == CONF_STRING;
    if (is_text && span_eq(key, SPAN("text")))
        add_binding(m, n, VERSION_BIND_PLAIN_TEXT, kind->text, SPAN_NONE);
    else if (is_text && span_eq(key, SPAN("json")))
        add_binding(m, n, VERSION_BIND_JSON, kind->text, SPAN_NONE);
    else if (is_text && span_eq(key, SPAN("fromEnvironment"))) {
        const char *value = getenv(kind->text.ptr);
        add_binding(m, n, value ? VERSION_BIND_PLAIN_TEXT : VERSION_BIND_JSON,
                    value ? span_of(value) : SPAN("null"), SPAN_NONE);
    } else if (kind && span_eq(key, SPAN("data")))
        e = bytes_binding(m, n, kind, VERSION_BIND_DATA_BLOB, p);
    else if (kind && span_eq(key, SPAN("wasmModule")))
        e = bytes_binding(m, n, kind, VERSION_BIND_WASM_MODULE, p);
    else if (kind && span_eq(key, SPAN("kvNamespace")) && designated(kind).len)
        add_binding(m, n, VERSION_BIND_KV_NAMESPACE, designated(kind), SPAN_NONE);
    else if (kind && span_eq(key, SPAN("service")) && designated(kind).len)
        add_binding(m, n, VERSION_BIND_SERVICE, designated(kind), entrypoint_of(m, kind));
    else
        missing(m, "binding", n, key);
    return e;
}

/* -- Workers --------------------------------------------------------------------------------------------------------- */

static enum err read_script(struct making *m, const struct conf *worker, struct version *v,
                            struct problem *p) {
    const struct conf *modules = NULL;
    struct span script = SPAN_NONE;
    enum err e = conf_read_array(worker, "modules", &modules, p);
    if (!e) e = conf_read_string(worker, "serviceWorkerScript", &script, p);
    if (e) return e;
    v->service_worker = !modules;
    if (!modules && !script.ptr)
        return conf_problem(worker, p, "has neither `modules` nor `serviceWorkerScript`");
    if (!modules) add_module(m, SPAN("main.js"), VERSION_ESM, script);
    CONF_EACH(item, modules) {
        e = read_module(m, item, p);
        if (e) return e;
    }
    return ERR_OK;
}

/* Those of its own win over what tests have. */
static enum err read_limits(const struct conf *table, struct worker_limits *ret, struct problem *p) {
    if (!table) return ERR_OK;
    if (table->type != CONF_TABLE) return conf_problem(table, p, "must be an object");
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) {
        const struct worker_limits_row *row = &worker_limits_rows[i];
        int64_t value = *worker_limits_at(ret, i);
        enum err e = conf_read_integer(table, row->name, row->least, row->most, &value, p);
        if (e) return e;
        *worker_limits_at(ret, i) = (uint32_t)value;
    }
    return ERR_OK;
}

static bool lists_pedantic(const struct span *flags, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (span_eq(flags[i], SPAN("pedantic_wpt")) || span_eq(flags[i], SPAN("non_pedantic_wpt")))
            return true;
    return false;
}

/* In these configurations pedantic_wpt must be asked for (api/compat.h). */
static enum err read_flags(struct making *m, const struct conf *worker, struct version *v,
                           struct problem *p) {
    struct span *flags = NULL;
    size_t count = 0;
    enum err e = conf_read_strings(worker, "compatibilityFlags", m->arena, &flags, &count, p);
    if (e) return e;
    if (!lists_pedantic(flags, count)) {
        struct span *more = arena_alloc(m->arena, (count + 1) * sizeof *more);
        if (count) memcpy(more, flags, count * sizeof *more);
        more[count++] = SPAN("non_pedantic_wpt");
        flags = more;
    }
    v->flags = flags;
    v->flag_count = count;
    return ERR_OK;
}

static enum err write_worker(struct making *m, const struct conf *worker, struct test_service *s,
                             struct problem *p) {
    struct version v = {.name = s->name, .limits = m->request->limits};
    enum err e = read_flags(m, worker, &v, p);
    if (!e) e = conf_read_string(worker, "compatibilityDate", &v.compatibility_date, p);
    if (!e) e = read_limits(conf_find(worker, SPAN("limits")), &v.limits, p);
    if (!e) e = read_script(m, worker, &v, p);
    CONF_EACH(item, conf_find(worker, SPAN("bindings"))) {
        if (!e) e = read_binding(m, item, p);
    }
    if (e) return e;
    s->missing = m->missing;
    if (m->missing.len) return ERR_OK;
    if (m->request->compat_date.len) v.compatibility_date = m->request->compat_date;
    v.modules = (const struct version_module *)(const void *)m->modules.ptr;
    v.module_count = m->modules.len / sizeof *v.modules;
    v.bindings = (const struct version_binding *)(const void *)m->bindings.ptr;
    v.binding_count = m->bindings.len / sizeof *v.bindings;
    return version_write(m->request->code_dir, &v, s->version_id, p);
}

static enum err read_worker(const struct test_config_request *request, struct arena *arena,
                            const struct conf *service, struct test_service *s, struct problem *p) {
    const struct conf *worker = conf_find(service, SPAN("worker"));
    struct making m = {.request = request, .arena = arena};
    enum err e = worker->type == CONF_TABLE ? write_worker(&m, worker, s, p)
                                            : conf_problem(worker, p, "must be an object");
    buf_free(&m.modules);
    buf_free(&m.bindings);
    return e;
}

static enum err read_services(const struct test_config_request *request, struct arena *arena,
                              const struct conf *root, struct test_config *ret, struct problem *p) {
    const struct conf *services, *name;
    struct test_service **last = &ret->services;
    enum err e = conf_need(root, "services", CONF_ARRAY, &services, p);
    CONF_EACH(service, e ? NULL : services) {
        if (service->type != CONF_TABLE || !conf_find(service, SPAN("worker"))) continue;
        e = conf_need(service, "name", CONF_STRING, &name, p);
        if (e) return e;
        struct test_service *s = arena_alloc(arena, sizeof *s);
        *s = (struct test_service){.name = name->text};
        e = read_worker(request, arena, service, s, p);
        if (e) return e;
        *last = s;
        last = &s->next;
    }
    return e;
}

enum err test_config_parse(const struct test_config_request *request, struct span text, struct arena *arena,
                           struct test_config *ret, struct problem *p) {
    const struct conf *root = NULL;
    struct test_config config = {0};
    enum err e = conf_parse_jsonc(arena, request->path, text, &root, p);
    if (!e) e = read_services(request, arena, root, &config, p);
    CONF_EACH(flag, e ? NULL : conf_find(root, SPAN("v8Flags"))) {
        if (flag->type == CONF_STRING && span_eq(flag->text, SPAN("--expose-gc"))) config.gc = true;
    }
    if (!e) *ret = config;
    return e;
}

enum err test_config_read(const struct test_config_request *request, struct arena *arena,
                          struct test_config *ret, struct problem *p) {
    struct buf text = BUF_INIT;
    enum err e = file_read(request->path, LIMIT_CONFIG_BYTES, &text, p);
    if (!e) e = test_config_parse(request, buf_span(&text), arena, ret, p);
    buf_free(&text);
    return e;
}
