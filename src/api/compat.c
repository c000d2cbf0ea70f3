#include "api/compat.h"

struct row {
    struct span on, off, since, by, by_since;
};
#define TEXT(s)                                                                                              \
    { s, sizeof(s) - 1 }
static const struct row rows[] = {
#define X(name, on, off, since, by, by_since) {TEXT(on), TEXT(off), TEXT(since), TEXT(by), TEXT(by_since)},
    COMPAT_TABLE(X)
#undef X
};

struct span compat_name(enum compat flag) {
    return rows[flag].on;
}

enum compat compat_find(struct span name) {
    unsigned i = 0;
    while (i < COMPAT_COUNT && !span_eq(rows[i].on, name)) i++;
    return (enum compat)i;
}

static bool lists(const struct version *v, struct span flag) {
    for (size_t i = 0; i < v->flag_count; i++)
        if (flag.len && span_eq(v->flags[i], flag)) return true;
    return false;
}

/* Dates are compared as text: YYYY-MM-DD. */
static bool is_past(const struct version *v, struct span date) {
    size_t len = v->compatibility_date.len;
    return date.len && (!len || (len == date.len && memcmp(v->compatibility_date.ptr, date.ptr, len) >= 0));
}

bool compat_on(const struct version *v, enum compat flag) {
    const struct row *r = &rows[flag];
    bool asked_for = flag == COMPAT_NODEJS_COMPAT || flag == COMPAT_NODEJS_COMPAT_V2;
    if (lists(v, r->on)) return true;
    if (lists(v, r->off)) return false;
    if (is_past(v, r->since) && (v->compatibility_date.len || !asked_for)) return true;
    if (!is_past(v, r->by_since)) return false;
    struct span rest = r->by;
    while (rest.ptr && rest.len) { /* the table implies nothing in a circle */
        enum compat by = compat_find(span_cut(&rest, ' '));
        if (by < COMPAT_COUNT && compat_on(v, by)) return true;
    }
    return false;
}
