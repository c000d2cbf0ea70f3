/* Cache-Control (RFC 9111 section 5.2, RFC 5861, RFC 8246) into a struct. */
#include "http/cache_rules.h"

const struct http_cache_control http_cache_control_none = {
    .max_age = HTTP_AGE_NONE,
    .s_maxage = HTTP_AGE_NONE,
    .stale_while_revalidate = HTTP_AGE_NONE,
    .stale_if_error = HTTP_AGE_NONE,
    .min_fresh = HTTP_AGE_NONE,
    .max_stale = HTTP_AGE_NONE,
};

/* The inside of a quoted string, escapes left in: what we read (numbers, names) has none. A token as it stands. */
static struct span argument_text(struct span s) {
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"') return span_make(s.ptr + 1, s.len - 2);
    return s;
}

/* delta-seconds: too large counts as the largest, anything else than digits as 0, which is stale at once. */
static int64_t delta_seconds(struct span s) {
    int64_t value = 0;
    if (!s.len) return 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) return 0;
        if (value < HTTP_AGE_MAX) value = value * 10 + (s.ptr[i] - '0');
    }
    return value < HTTP_AGE_MAX ? value : HTTP_AGE_MAX;
}

static void set_age(int64_t *age, struct span argument) {
    if (*age == HTTP_AGE_NONE) *age = delta_seconds(argument);
}

/* With a list of names only those fields are meant. An empty list is no list: the directive counts for all. */
static void set_qualified(bool *all, struct span *fields, struct span argument) {
    if (!argument.len)
        *all = true;
    else if (!fields->ptr)
        *fields = argument;
}

static void set_max_stale(struct http_cache_control *cc, struct span argument) {
    if (cc->max_stale != HTTP_AGE_NONE || cc->max_stale_any) return;
    if (argument.ptr)
        cc->max_stale = delta_seconds(argument);
    else
        cc->max_stale_any = true;
}

static void set_directive(struct http_cache_control *cc, struct span name, struct span argument) {
    const struct {
        struct span name;
        bool *flag;
        int64_t *age;
    } rows[] = {
        {SPAN("max-age"), NULL, &cc->max_age},
        {SPAN("public"), &cc->public, NULL},
        {SPAN("no-store"), &cc->no_store, NULL},
        {SPAN("s-maxage"), NULL, &cc->s_maxage},
        {SPAN("must-revalidate"), &cc->must_revalidate, NULL},
        {SPAN("proxy-revalidate"), &cc->proxy_revalidate, NULL},
        {SPAN("must-understand"), &cc->must_understand, NULL},
        {SPAN("immutable"), &cc->immutable, NULL},
        {SPAN("no-transform"), &cc->no_transform, NULL},
        {SPAN("only-if-cached"), &cc->only_if_cached, NULL},
        {SPAN("stale-while-revalidate"), NULL, &cc->stale_while_revalidate},
        {SPAN("stale-if-error"), NULL, &cc->stale_if_error},
        {SPAN("min-fresh"), NULL, &cc->min_fresh},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!span_eq_nocase(name, rows[i].name)) continue;
        if (rows[i].flag)
            *rows[i].flag = true;
        else
            set_age(rows[i].age, argument);
        return;
    }
    if (span_eq_nocase(name, SPAN("no-cache")))
        set_qualified(&cc->no_cache, &cc->no_cache_fields, argument);
    else if (span_eq_nocase(name, SPAN("private")))
        set_qualified(&cc->private, &cc->private_fields, argument);
    else if (span_eq_nocase(name, SPAN("max-stale")))
        set_max_stale(cc, argument);
}

void http_cache_control_add(struct http_cache_control *cc, struct span value) {
    struct span rest = value, argument;
    while (http_list_next(&rest, &argument)) {
        struct span name = span_trim(span_cut(&argument, '='));
        argument = argument.ptr ? argument_text(span_trim(argument)) : SPAN_NONE;
        set_directive(cc, name, argument);
    }
}

void http_cache_control_parse(const struct http_fields *fields, struct http_cache_control *ret) {
    *ret = http_cache_control_none;
    HTTP_FIELDS_EACH(f, fields) {
        if (f->id == HTTP_NAME_CACHE_CONTROL) http_cache_control_add(ret, f->value);
    }
}
