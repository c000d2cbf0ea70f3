#include "cli/test_options.h"

#include "base/buf.h"

struct reading {
    int argc, at;
    char **argv;
    struct test_options *options;
    struct buf targets;
    struct problem *p;
};

/* "--filter x" or "--filter=x" into *to. False: it is another option. */
static bool text_option(struct reading *r, const char *name, const char **to, enum err *e) {
    const char *arg = r->argv[r->at];
    size_t len = strlen(name);
    if (strncmp(arg, name, len) != 0 || (arg[len] && arg[len] != '=')) return false;
    if (arg[len] == '=')
        *to = arg + len + 1;
    else if (r->at + 1 < r->argc)
        *to = r->argv[++r->at];
    else
        *e = problem(r->p, ERR_INVALID, "%s needs a value", name);
    return true;
}

static enum err read_timeout(struct reading *r, const char *text) {
    enum { MOST_S = 3600 };
    uint64_t seconds;
    if (!span_to_u64(span_of(text), &seconds) || !seconds || seconds > MOST_S)
        return problem(r->p, ERR_INVALID, "--timeout must be a number of seconds from 1 to %d, not '%s'",
                       MOST_S, text);
    r->options->timeout_ms = (uint32_t)seconds * 1000;
    return ERR_OK;
}

/* YYYY-MM-DD: dates are compared as texts. */
static enum err check_date(struct reading *r, const char *text) {
    static const char shape[] = "0000-00-00";
    bool fits = strlen(text) == sizeof shape - 1;
    for (size_t i = 0; fits && shape[i]; i++)
        fits = shape[i] == '0' ? ascii_is_digit(text[i]) : text[i] == '-';
    return fits ? ERR_OK
                : problem(r->p, ERR_INVALID, "--compat-date must be a date as 2025-01-31, not '%s'", text);
}

static bool flag(struct reading *r) {
    struct test_options *o = r->options;
    const struct {
        const char *name;
        bool *to;
    } flags[] = {
        {"--tap", &o->tap}, {"--watch", &o->watch}, {"--gc", &o->gc}, {"--no-bundle", &o->no_bundle}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(r->argv[r->at], flags[i].name) == 0) return *flags[i].to = true;
    return false;
}

static enum err read_one(struct reading *r) {
    struct test_options *o = r->options;
    const char *timeout = NULL, *date = NULL;
    enum err e = ERR_OK;
    if (flag(r) || text_option(r, "--filter", &o->filter, &e) || text_option(r, "--junit", &o->junit, &e) ||
        text_option(r, "--env", &o->environment, &e))
        return e;
    if (text_option(r, "--timeout", &timeout, &e)) return e ? e : read_timeout(r, timeout);
    if (text_option(r, "--compat-date", &date, &e)) {
        o->compat_date = date;
        return e ? e : check_date(r, date);
    }
    const char *arg = r->argv[r->at];
    if (arg[0] == '-') return problem(r->p, ERR_INVALID, "there is no option '%s'", arg);
    buf_add(&r->targets, span_make(&arg, sizeof arg));
    return ERR_OK;
}

enum err test_options_read(int argc, char **argv, struct arena *arena, struct test_options *ret,
                           struct problem *p) {
    struct test_options options = {.timeout_ms = 60 * 1000};
    struct reading r = {.argc = argc, .argv = argv, .options = &options, .p = p};
    static const char here[] = ".", *const standard = here;
    enum err e = ERR_OK;
    for (; !e && r.at < argc; r.at++) e = read_one(&r);
    if (!r.targets.len) buf_add(&r.targets, span_make(&standard, sizeof standard));
    options.target_count = r.targets.len / sizeof(char *);
    options.targets = arena_alloc(arena, r.targets.len);
    memcpy(options.targets, r.targets.ptr, r.targets.len);
    buf_free(&r.targets);
    if (!e) *ret = options;
    return e;
}
