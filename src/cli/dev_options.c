#include "cli/dev_options.h"

#include "base/buf.h"

struct reading {
    int argc, at;
    char **argv;
    struct arena *arena;
    struct dev_options *options;
    struct buf vars;
    struct problem *p;
};

/* "--port 80" or "--port=80": the value of the option that stands at r->at, or NULL when it is another option. */
static const char *value_of(struct reading *r, const char *name, enum err *e) {
    const char *arg = r->argv[r->at];
    size_t len = strlen(name);
    if (strncmp(arg, name, len) != 0 || (arg[len] && arg[len] != '=')) return NULL;
    if (arg[len] == '=') return arg + len + 1;
    if (r->at + 1 >= r->argc) {
        *e = problem(r->p, ERR_INVALID, "%s needs a value", name);
        return NULL;
    }
    return r->argv[++r->at];
}

static enum err read_port(struct reading *r, const char *text) {
    uint64_t port;
    if (!span_to_u64(span_of(text), &port) || port > UINT16_MAX)
        return problem(r->p, ERR_INVALID, "--port must be a number from 0 to 65535, not '%s'", text);
    r->options->port = (uint16_t)port;
    return ERR_OK;
}

/* KEY=VALUE; KEY:VALUE as wrangler writes it is taken too. */
static enum err read_var(struct reading *r, const char *text) {
    struct span value = span_of(text), name;
    bool equals_first = span_index(value, '=') < span_index(value, ':');
    name = span_cut(&value, equals_first ? '=' : ':');
    if (!value.ptr || !name.len) return problem(r->p, ERR_INVALID, "--var must be KEY=VALUE, not '%s'", text);
    struct prepare_var var = {name, value};
    buf_add(&r->vars, span_make(&var, sizeof var));
    return ERR_OK;
}

static enum err read_one(struct reading *r) {
    struct dev_options *o = r->options;
    const char *value;
    enum err e = ERR_OK;
    if ((value = value_of(r, "--port", &e))) return read_port(r, value);
    if (!e && (value = value_of(r, "--var", &e))) return read_var(r, value);
    if (!e && ((value = value_of(r, "--ip", &e)) || (!e && (value = value_of(r, "--host", &e)))))
        o->ip = value;
    else if (!e && ((value = value_of(r, "--env", &e)) || (!e && (value = value_of(r, "-e", &e)))))
        o->environment = value;
    else if (!e && (value = value_of(r, "--state", &e)))
        o->state = value;
    else if (!e && strcmp(r->argv[r->at], "--quiet") == 0)
        o->quiet = true;
    else if (!e && r->argv[r->at][0] == '-')
        e = problem(r->p, ERR_INVALID, "there is no option '%s'", r->argv[r->at]);
    else if (!e && o->target)
        e = problem(r->p, ERR_INVALID, "one project at a time: '%s' is a second one", r->argv[r->at]);
    else if (!e)
        o->target = r->argv[r->at];
    return e;
}

enum err dev_options_read(int argc, char **argv, struct arena *arena, struct dev_options *ret,
                          struct problem *p) {
    struct dev_options options = {.ip = "127.0.0.1", .port = 8787};
    struct reading r = {.argc = argc, .argv = argv, .arena = arena, .options = &options, .p = p};
    enum err e = ERR_OK;
    for (; !e && r.at < argc; r.at++) e = read_one(&r);
    options.vars = (const struct prepare_var *)arena_copy(arena, buf_span(&r.vars)).ptr;
    options.var_count = r.vars.len / sizeof *options.vars;
    buf_free(&r.vars);
    if (e) return e;
    if (!options.target) options.target = ".";
    *ret = options;
    return ERR_OK;
}
