/* What goes into `env`: vars, secrets of .dev.vars, KV namespaces, services, and the blobs of service-worker scripts. */
#include "base/limits.h"
#include "conf/json_write.h"
#include "control/project_int.h"
#include "loop/file.h"

/* A later one of the same name replaces the earlier: the command line wins over .dev.vars, that over vars. */
static void add(struct reading *r, struct version_binding binding) {
    struct version_binding *all = (struct version_binding *)r->bindings.ptr;
    for (size_t i = 0; i < r->bindings.len / sizeof *all; i++) {
        if (!span_eq(all[i].name, binding.name)) continue;
        all[i] = binding;
        return;
    }
    buf_add(&r->bindings, span_make(&binding, sizeof binding));
}

static enum err read_vars(struct reading *r) {
    const struct conf *vars = NULL;
    TRY(conf_read_table(project_own(r), "vars", &vars, r->p));
    CONF_EACH(v, vars) {
        if (v->type == CONF_STRING) {
            add(r, (struct version_binding){v->key, VERSION_BIND_PLAIN_TEXT, v->text, SPAN_NONE});
            continue;
        }
        struct buf json = BUF_INIT;
        struct json_writer w = JSON_WRITER(&json);
        json_conf(&w, v);
        add(r, (struct version_binding){v->key, VERSION_BIND_JSON, arena_copy(r->arena, buf_span(&json)),
                                        SPAN_NONE});
        buf_free(&json);
    }
    return ERR_OK;
}

/* -- .dev.vars: NAME=value lines as dotenv has them ------------------------------------------------------------- */

static bool is_name_char(char c) {
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '.' ||
           c == '-';
}

/* "..." with \n and \" and \\, '...' and `...` as they stand; may span lines. *at is behind the quote afterwards. */
static bool quoted_value(struct span text, size_t *at, struct buf *out) {
    char quote = text.ptr[(*at)++];
    for (; *at < text.len; (*at)++) {
        char c = text.ptr[*at];
        if (c == quote) {
            (*at)++;
            return true;
        }
        bool ends_line = c == '\r' && *at + 1 < text.len && text.ptr[*at + 1] == '\n';
        if (ends_line) continue;
        if (quote == '"' && c == '\\' && *at + 1 < text.len) {
            char next = text.ptr[++(*at)];
            c = next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
            if (next != 'n' && next != 't' && next != 'r' && next != '"' && next != '\\')
                buf_add_char(out, '\\');
        }
        buf_add_char(out, c);
    }
    return false;
}

static void plain_value(struct span text, size_t *at, struct buf *out) {
    size_t start = *at;
    while (*at < text.len && text.ptr[*at] != '\n') (*at)++;
    struct span value = span_make(text.ptr + start, *at - start);
    value.len = span_index(value, '#'); /* a comment, also without a blank before it: dotenv's rule */
    if (value.len && value.ptr[value.len - 1] == '\r') value.len--;
    buf_add(out, span_trim(value));
}

static unsigned line_of(struct span text, size_t at) {
    unsigned line = 1;
    for (size_t i = 0; i < at && i < text.len; i++) line += text.ptr[i] == '\n';
    return line;
}

static void skip_blank(struct span text, size_t *at) {
    while (*at < text.len && (text.ptr[*at] == ' ' || text.ptr[*at] == '\t')) (*at)++;
}

static enum err read_line(struct reading *r, const char *path, struct span text, size_t *at) {
    size_t line_start = *at;
    skip_blank(text, at);
    struct span rest = span_from(text, *at);
    if (rest.len == 0 || rest.ptr[0] == '\n' || rest.ptr[0] == '\r' || rest.ptr[0] == '#') {
        *at += span_index(rest, '\n');
        return ERR_OK;
    }
    if (span_starts(rest, SPAN("export "))) *at += 7;
    skip_blank(text, at);
    size_t start = *at;
    while (*at < text.len && is_name_char(text.ptr[*at])) (*at)++;
    struct span name = span_make(text.ptr + start, *at - start);
    skip_blank(text, at);
    if (name.len == 0 || *at >= text.len || text.ptr[*at] != '=')
        return problem(r->p, ERR_INVALID, "%s:%u: expected NAME=value", path, line_of(text, line_start));
    (*at)++;
    skip_blank(text, at);
    struct buf value = BUF_INIT;
    bool quoted = *at < text.len && (text.ptr[*at] == '"' || text.ptr[*at] == '\'' || text.ptr[*at] == '`');
    enum err e = ERR_OK;
    if (!quoted)
        plain_value(text, at, &value);
    else if (!quoted_value(text, at, &value))
        e = problem(r->p, ERR_INVALID, "%s:%u: the quote of %.*s is never closed", path,
                    line_of(text, line_start), SPAN_FMT(name));
    if (!e)
        add(r, (struct version_binding){arena_copy(r->arena, name), VERSION_BIND_SECRET_TEXT,
                                        arena_copy(r->arena, buf_span(&value)), SPAN_NONE});
    *at += span_index(span_from(text, *at), '\n');
    buf_free(&value);
    return e;
}

enum err project_parse_dev_vars(struct reading *r, const char *path, struct span text) {
    enum err e = ERR_OK;
    if (span_starts(text, SPAN("\xef\xbb\xbf"))) text = span_from(text, 3);
    for (size_t at = 0; !e && at < text.len; at++) e = read_line(r, path, text, &at);
    return e;
}

static enum err read_dev_vars(struct reading *r) {
    if (!r->request->dev) return ERR_OK;
    const char *path = project_path(r, SPAN(".dev.vars"));
    if (r->request->environment) {
        const char *special = arena_printf(r->arena, "%s.%s", path, r->request->environment).ptr;
        project_file(r, special);
        if (file_exists(special)) path = special;
    }
    project_file(r, path);
    if (!file_exists(path)) return ERR_OK;
    struct buf text = BUF_INIT;
    enum err e = file_read(path, LIMIT_CONFIG_BYTES, &text, r->p);
    if (!e) e = project_parse_dev_vars(r, path, buf_span(&text));
    buf_free(&text);
    return e;
}

/* -- KV and blobs --------------------------------------------------------------------------------------------------- */

static enum err read_kv(struct reading *r) {
    static const char *const known[] = {"binding", "id", "preview_id", "remote", "experimental_remote", NULL};
    const struct conf *list = NULL;
    TRY(conf_read_array(project_own(r), "kv_namespaces", &list, r->p));
    CONF_EACH(item, list) {
        const struct conf *name;
        if (item->type != CONF_TABLE)
            return conf_problem(item, r->p, "must be a table with `binding` and `id`");
        TRY(conf_need(item, "binding", CONF_STRING, &name, r->p));
        struct span id = name->text; /* wrangler dev makes do without an id, so do we */
        TRY(conf_read_string(item, "id", &id, r->p));
        if (id.len == 0 || id.len > LIMIT_KV_NAMESPACE_BYTES)
            return conf_problem(item, r->p, "has an `id` that is not 1 to %u bytes long",
                                (unsigned)LIMIT_KV_NAMESPACE_BYTES);
        for (const struct conf *c = conf_unknown(item, NULL, known); c; c = conf_unknown(item, c, known))
            project_warn(r, "%s:%u: `kv_namespaces.%.*s` is not known", r->project->config_path, c->line,
                         SPAN_FMT(c->key));
        add(r, (struct version_binding){name->text, VERSION_BIND_KV_NAMESPACE, id, SPAN_NONE});
    }
    return ERR_OK;
}

/* extra as api/service.js reads it: the entrypoint, and behind a line feed the props as JSON. */
static enum err read_services(struct reading *r) {
    static const char *const known[] = {"binding", "service", "entrypoint",          "environment",
                                        "props",   "remote",  "experimental_remote", NULL};
    const struct conf *list = NULL;
    TRY(conf_read_array(project_own(r), "services", &list, r->p));
    CONF_EACH(item, list) {
        const struct conf *name, *service, *props = NULL;
        if (item->type != CONF_TABLE)
            return conf_problem(item, r->p, "must be a table with `binding` and `service`");
        TRY(conf_need(item, "binding", CONF_STRING, &name, r->p));
        TRY(conf_need(item, "service", CONF_STRING, &service, r->p));
        struct span extra = SPAN_NONE;
        TRY(conf_read_string(item, "entrypoint", &extra, r->p));
        TRY(conf_read_table(item, "props", &props, r->p));
        for (const struct conf *c = conf_unknown(item, NULL, known); c; c = conf_unknown(item, c, known))
            project_warn(r, "%s:%u: `services.%.*s` is not known", r->project->config_path, c->line,
                         SPAN_FMT(c->key));
        if (props) {
            struct buf json = BUF_INIT;
            struct json_writer w = JSON_WRITER(&json);
            buf_add(&json, extra);
            buf_add_char(&json, '\n');
            json_conf(&w, props);
            extra = arena_copy(r->arena, buf_span(&json));
            buf_free(&json);
        }
        add(r, (struct version_binding){name->text, VERSION_BIND_SERVICE, service->text, extra});
    }
    return ERR_OK;
}

static enum err read_blobs(struct reading *r, const char *key, enum version_binding_kind kind,
                           enum version_module_kind module_kind) {
    const struct conf *table = NULL;
    TRY(conf_read_table(project_inherit(r, key), key, &table,
                        r->p)); /* for all environments, says wrangler */
    CONF_EACH(item, table) {
        if (item->type != CONF_STRING)
            return conf_problem(item, r->p, "must be a string: the path of a file");
        const char *path = project_path(r, item->text);
        struct buf content = BUF_INIT;
        project_file(r, path);
        enum err e = file_read(path, LIMIT_WORKER_SCRIPT_BYTES, &content, r->p);
        struct version_module module = {arena_printf(r->arena, "%s/%.*s", key, SPAN_FMT(item->key)),
                                        module_kind, arena_copy(r->arena, buf_span(&content)), SPAN_NONE};
        buf_free(&content);
        TRY(e);
        buf_add(&r->blobs, span_make(&module, sizeof module));
        add(r, (struct version_binding){item->key, kind, module.name, SPAN_NONE});
    }
    return ERR_OK;
}

/* Bindings that wrangler passes through unread; a type nobody here knows can't be honoured. */
static enum err refuse_unknown_bindings(struct reading *r) {
    const struct conf *list = conf_get(project_own(r), "unsafe.bindings");
    CONF_EACH(item, list) {
        const struct conf *type = conf_find(item, SPAN("type")), *name = conf_find(item, SPAN("name"));
        bool named = name && name->type == CONF_STRING, typed = type && type->type == CONF_STRING;
        return conf_problem(
            item, r->p, "binds `%.*s` to `%.*s`, a binding type that Cusp does not have; remove it",
            SPAN_FMT(named ? name->text : SPAN("?")), SPAN_FMT(typed ? type->text : SPAN("?")));
    }
    return ERR_OK;
}

enum err project_read_bindings(struct reading *r) {
    if (r->top) {
        TRY(read_vars(r));
        TRY(read_kv(r));
        TRY(read_services(r));
        TRY(read_blobs(r, "text_blobs", VERSION_BIND_TEXT_BLOB, VERSION_TEXT));
        TRY(read_blobs(r, "data_blobs", VERSION_BIND_DATA_BLOB, VERSION_DATA));
        TRY(read_blobs(r, "wasm_modules", VERSION_BIND_WASM_MODULE, VERSION_WASM));
        TRY(refuse_unknown_bindings(r));
    }
    TRY(read_dev_vars(r));
    for (size_t i = 0; i < r->request->var_count; i++)
        add(r, (struct version_binding){r->request->vars[i].name, VERSION_BIND_PLAIN_TEXT,
                                        r->request->vars[i].value, SPAN_NONE});
    return ERR_OK;
}
