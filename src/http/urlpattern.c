#include "http/urlpattern.h"

#include "base/check.h"
#include "base/mem.h"
#include "http/urlpattern_int.h"

struct urlpattern {
    struct arena a;
    struct component parts[URLPATTERN_COMPONENTS];
};

void urlpattern_free(struct urlpattern *p) {
    if (!p) return;
    arena_free(&p->a);
    mem_free(p);
}

size_t urlpattern_memory_bytes(const struct urlpattern *p) { return sizeof *p + p->a.used_bytes; }

static bool is_ipv6(struct span s) {
    return span_starts(s, SPAN("[")) || span_starts(s, SPAN("{[")) || span_starts(s, SPAN("\\["));
}

static enum err compile_all(struct urlpattern *p, const struct urlpattern_init *init, bool ignore_case,
                            enum urlpattern_special answer, struct urlpattern_failure *f) {
    static canon_fn *const canon[] = {urlpattern_canon_protocol, urlpattern_canon_username,
                                      urlpattern_canon_password, urlpattern_canon_hostname,
                                      urlpattern_canon_port,     urlpattern_canon_opaque,
                                      urlpattern_canon_search,   urlpattern_canon_hash};
    bool special = false;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++) {
        struct pattern_options o = {.ignore_case = ignore_case && i >= URLPATTERN_PATHNAME};
        canon_fn *by = canon[i];
        if (i == URLPATTERN_HOSTNAME) {
            o.delimiter = '.';
            if (is_ipv6(init->field[i])) by = urlpattern_canon_ipv6;
        }
        if (i == URLPATTERN_PATHNAME && special) {
            o.delimiter = o.prefix = '/';
            by = urlpattern_canon_pathname;
        }
        f->why = "A component's pattern is not valid";
        enum err e = urlpattern_compile(&p->a, init->field[i], by, o, &p->parts[i]);
        if (e) return e;
        if (i != URLPATTERN_PROTOCOL) continue;
        if (!p->parts[i].has_regexp)
            special = urlpattern_is_special(&p->parts[i]);
        else if (answer == URLPATTERN_ASK)
            return f->question = p->parts[i].regexp, ERR_UNSUPPORTED;
        else
            special = answer == URLPATTERN_SPECIAL;
    }
    return ERR_OK;
}

static enum err create(struct urlpattern *p, struct span string, const struct urlpattern_init *given,
                       bool ignore_case, enum urlpattern_special answer, struct urlpattern_failure *f) {
    struct urlpattern_init init = *given, processed = {0};
    if (string.ptr) {
        f->why = "The pattern is not valid";
        struct urlpattern_init parsed = {0};
        enum err e = urlpattern_parse_string(&p->a, string, answer, &parsed, &f->question);
        if (e) return e;
        parsed.field[URLPATTERN_BASE] = given->field[URLPATTERN_BASE];
        init = parsed;
        f->why = "A relative pattern needs a base URL";
        if (!init.field[URLPATTERN_BASE].ptr && !init.field[URLPATTERN_PROTOCOL].ptr) return ERR_INVALID;
    }
    enum err e = urlpattern_process(&p->a, &init, true, &processed, &f->why);
    if (e) return e;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++)
        if (!processed.field[i].ptr) processed.field[i] = SPAN("*");
    struct span protocol = processed.field[URLPATTERN_PROTOCOL], *port = &processed.field[URLPATTERN_PORT];
    int32_t usual = url_default_port(url_scheme_of(protocol));
    if (usual >= 0 && span_eq(*port, arena_printf(&p->a, "%d", (int)usual))) *port = SPAN("");
    return compile_all(p, &processed, ignore_case, answer, f);
}

enum err urlpattern_new(struct span string, const struct urlpattern_init *init, bool ignore_case,
                        enum urlpattern_special special, struct arena *a, struct urlpattern **ret,
                        struct urlpattern_failure *ret_failure) {
    struct urlpattern *p = NEW(struct urlpattern);
    *ret_failure = (struct urlpattern_failure){0};
    enum err e = create(p, string, init, ignore_case, special, ret_failure);
    if (!e) return *ret = p, ERR_OK;
    if (e == ERR_UNSUPPORTED) ret_failure->question = arena_copy(a, ret_failure->question);
    urlpattern_free(p);
    return e;
}

/* --- What is known about it --- */

struct span urlpattern_text(const struct urlpattern *p, enum urlpattern_at at) {
    return p->parts[at].text;
}
bool urlpattern_has_regexp(const struct urlpattern *p, enum urlpattern_at at) {
    return p->parts[at].has_regexp;
}
struct span urlpattern_regexp(const struct urlpattern *p, enum urlpattern_at at) {
    return p->parts[at].regexp;
}
bool urlpattern_ignores_case(const struct urlpattern *p, enum urlpattern_at at) {
    return p->parts[at].options.ignore_case;
}
size_t urlpattern_group_count(const struct urlpattern *p, enum urlpattern_at at) {
    return p->parts[at].name_count;
}
struct span urlpattern_group_name(const struct urlpattern *p, enum urlpattern_at at, size_t i) {
    check(i < p->parts[at].name_count);
    return p->parts[at].names[i];
}

/* --- Matching --- */

enum err urlpattern_input_url(struct arena *a, struct span text, struct span base_text,
                              struct urlpattern_input *ret) {
    struct url base = URL_INIT, u = URL_INIT;
    enum err e = base_text.ptr ? url_parse(base_text, NULL, &base) : ERR_OK;
    if (!e) e = url_parse(text, base_text.ptr ? &base : NULL, &u);
    url_free(&base);
    if (!e) {
        struct span parts[URLPATTERN_COMPONENTS] = {url_slice_(&u, 0, u.scheme_end),
                                                    url_username(&u),
                                                    url_password(&u),
                                                    url_hostname(&u),
                                                    url_port(&u),
                                                    url_pathname(&u),
                                                    span_from(url_search(&u), 1),
                                                    span_from(url_hash(&u), 1)};
        struct span copy = arena_copy(a, url_href(&u));
        for (int i = 0; i < URLPATTERN_COMPONENTS; i++)
            ret->part[i] =
                parts[i].len ? (struct span){copy.ptr + (parts[i].ptr - u.href.ptr), parts[i].len} : SPAN("");
    }
    url_free(&u);
    return e;
}

enum err urlpattern_input_init(struct arena *a, const struct urlpattern_init *init,
                               struct urlpattern_input *ret) {
    struct urlpattern_init processed;
    const char *why;
    for (int i = 0; i < URLPATTERN_FIELDS; i++) processed.field[i] = SPAN("");
    enum err e = urlpattern_process(a, init, false, &processed, &why);
    if (e) return e;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++) ret->part[i] = urlpattern_there(processed.field[i]);
    return ERR_OK;
}

enum err urlpattern_match(const struct urlpattern *p, enum urlpattern_at at, struct span input,
                          struct span *groups, bool *ret_matches) {
    check(!p->parts[at].has_regexp);
    return urlpattern_run(&p->parts[at], input, groups, ret_matches);
}

/* --- Making, comparing --- */

enum err urlpattern_generate(const struct urlpattern *p, enum urlpattern_at at, struct arena *a,
                             struct span (*value)(void *data, struct span name), void *data,
                             struct span *ret) {
    const struct component *c = &p->parts[at];
    struct buf b = BUF_INIT;
    enum err e = ERR_OK;
    for (size_t i = 0; i < c->part_count && !e; i++) {
        const struct part *part = &c->parts[i];
        struct span text = part->value;
        if (part->modifier != ONCE || part->type == PART_REGEXP || part->type == PART_FULL_WILDCARD) {
            e = ERR_INVALID;
        } else if (part->type == PART_SEGMENT_WILDCARD) {
            text = value(data, part->name);
            bool good = text.len && c->canon(a, text, &text) &&
                        (!c->options.delimiter || span_index(text, c->options.delimiter) == text.len);
            if (!good) e = ERR_INVALID;
        }
        buf_add(&b, part->prefix);
        if (!e) buf_add(&b, text);
        buf_add(&b, part->suffix);
    }
    if (!e) *ret = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return e;
}

static int order(struct span a, struct span b) {
    size_t len = a.len < b.len ? a.len : b.len;
    int by = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (by) return by < 0 ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

static int order_parts(const struct part *a, const struct part *b) {
    if (a->type != b->type) return a->type < b->type ? -1 : 1;
    if (a->modifier != b->modifier) return a->modifier < b->modifier ? -1 : 1;
    int by = order(a->prefix, b->prefix);
    if (!by) by = order(a->value, b->value);
    return by ? by : order(a->suffix, b->suffix);
}

int urlpattern_compare(const struct urlpattern *left, const struct urlpattern *right, enum urlpattern_at at) {
    static const struct part nothing = {.type = PART_FIXED, .modifier = ONCE};
    const struct component *l = &left->parts[at], *r = &right->parts[at];
    for (size_t i = 0; i < l->part_count || i < r->part_count; i++) {
        int by = order_parts(i < l->part_count ? &l->parts[i] : &nothing,
                             i < r->part_count ? &r->parts[i] : &nothing);
        if (by) return by;
    }
    return 0;
}
