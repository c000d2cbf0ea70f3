/* Looking things up in a tree, and saying what is wrong with them. */
#include <stdarg.h>
#include <stdio.h>

#include "conf/tree.h"

const struct conf *conf_find(const struct conf *table, struct span key) {
    return table && table->type == CONF_TABLE ? conf_find_own(table, key) : NULL;
}

const struct conf *conf_get(const struct conf *table, const char *path) {
    struct span rest = span_of(path);
    while (rest.ptr && table) table = conf_find(table, span_cut(&rest, '.'));
    return table;
}

const struct conf *conf_first(const struct conf *parent) {
    return parent && parent->type >= CONF_ARRAY ? parent->items.first : NULL;
}

size_t conf_count(const struct conf *parent) {
    return parent && parent->type >= CONF_ARRAY ? parent->items.count : 0;
}

const char *conf_type_name(enum conf_type type) {
    static const char *const names[] = {
        [CONF_NULL] = "null",      [CONF_BOOL] = "a boolean",  [CONF_INTEGER] = "an integer",
        [CONF_FLOAT] = "a number", [CONF_STRING] = "a string", [CONF_DATETIME] = "a date or time",
        [CONF_ARRAY] = "an array", [CONF_TABLE] = "a table",
    };
    return names[type];
}

static bool is_bare(struct span key) {
    for (size_t i = 0; i < key.len; i++) {
        char c = ascii_lower(key.ptr[i]);
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'z') && c != '_' && c != '-') return false;
    }
    return key.len > 0;
}

static size_t index_in(const struct conf *array, const struct conf *item) {
    size_t i = 0;
    for (const struct conf *c = array->items.first; c && c != item; c = c->next) i++;
    return i;
}

/* Appends printf text; what does not fit is cut. */
__attribute__((format(printf, 4, 5))) static void add(char *out, size_t out_bytes, size_t *len,
                                                      const char *format, ...) {
    va_list args;
    va_start(args, format);
    int more = vsnprintf(out + *len, out_bytes - *len, format, args);
    va_end(args);
    if (more > 0) *len = *len + (size_t)more < out_bytes ? *len + (size_t)more : out_bytes - 1;
}

void conf_path(const struct conf *at, char *out, size_t out_bytes) {
    const struct conf *chain[128]; /* deeper than a parse can be, but for dotted keys: those are cut */
    size_t depth = 0, len = 0;
    if (out_bytes == 0) return;
    out[0] = 0;
    for (; at && at->parent && depth < sizeof chain / sizeof *chain; at = at->parent) chain[depth++] = at;
    while (depth > 0) {
        const struct conf *c = chain[--depth];
        const char *dot = len ? "." : "";
        if (c->parent->type == CONF_ARRAY)
            add(out, out_bytes, &len, "[%zu]", index_in(c->parent, c));
        else
            add(out, out_bytes, &len, is_bare(c->key) ? "%s%.*s" : "%s\"%.*s\"", dot, SPAN_FMT(c->key));
    }
}

static struct span file_of(const struct conf *at) {
    while (at->parent) at = at->parent;
    return at->key;
}

enum err conf_problem(const struct conf *at, struct problem *p, const char *format, ...) {
    char path[256], text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    conf_path(at, path, sizeof path);
    const char *quote = path[0] ? "`" : "";
    return problem(p, ERR_INVALID, "%s%s%s %s (%.*s:%u)", quote, path[0] ? path : "the file", quote, text,
                   SPAN_FMT(file_of(at)), at->line);
}

/* NULL in *ret when absent. */
static enum err typed(const struct conf *table, const char *path, enum conf_type type,
                      const struct conf **ret, struct problem *p) {
    *ret = conf_get(table, path);
    if (!*ret || (*ret)->type == type) return ERR_OK;
    return conf_problem(*ret, p, "must be %s, found %s", conf_type_name(type), conf_type_name((*ret)->type));
}

enum err conf_read_string(const struct conf *table, const char *path, struct span *ret, struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, CONF_STRING, &item, p);
    if (!e && item) *ret = item->text;
    return e;
}

enum err conf_read_bool(const struct conf *table, const char *path, bool *ret, struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, CONF_BOOL, &item, p);
    if (!e && item) *ret = item->boolean;
    return e;
}

enum err conf_read_integer(const struct conf *table, const char *path, int64_t least, int64_t most,
                           int64_t *ret, struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, CONF_INTEGER, &item, p);
    if (e || !item) return e;
    if (item->integer < least || item->integer > most)
        return conf_problem(item, p, "must be between %lld and %lld, found %lld", (long long)least,
                            (long long)most, (long long)item->integer);
    *ret = item->integer;
    return ERR_OK;
}

enum err conf_read_float(const struct conf *table, const char *path, double *ret, struct problem *p) {
    const struct conf *item = conf_get(table, path);
    if (!item) return ERR_OK;
    if (item->type == CONF_INTEGER) return *ret = (double)item->integer, ERR_OK;
    enum err e = typed(table, path, CONF_FLOAT, &item, p);
    if (!e) *ret = item->number;
    return e;
}

enum err conf_read_table(const struct conf *table, const char *path, const struct conf **ret,
                         struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, CONF_TABLE, &item, p);
    if (!e && item) *ret = item;
    return e;
}

enum err conf_read_array(const struct conf *table, const char *path, const struct conf **ret,
                         struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, CONF_ARRAY, &item, p);
    if (!e && item) *ret = item;
    return e;
}

enum err conf_read_strings(const struct conf *table, const char *path, struct arena *arena, struct span **ret,
                           size_t *ret_count, struct problem *p) {
    const struct conf *array;
    enum err e = typed(table, path, CONF_ARRAY, &array, p);
    if (e || !array) return e;
    struct span *list = arena_alloc(arena, array->items.count * sizeof *list);
    size_t count = 0;
    CONF_EACH(item, array) {
        if (item->type != CONF_STRING)
            return conf_problem(item, p, "must be a string, found %s", conf_type_name(item->type));
        list[count++] = item->text;
    }
    *ret = list;
    *ret_count = count;
    return ERR_OK;
}

enum err conf_need(const struct conf *table, const char *path, enum conf_type type, const struct conf **ret,
                   struct problem *p) {
    const struct conf *item;
    enum err e = typed(table, path, type, &item, p);
    if (e) return e;
    if (!item) {
        char where[256];
        conf_path(table, where, sizeof where);
        return problem(p, ERR_INVALID, "`%s%s%s` is missing: it must be %s (%.*s:%u)", where,
                       where[0] ? "." : "", path, conf_type_name(type), SPAN_FMT(file_of(table)),
                       table->line);
    }
    *ret = item;
    return ERR_OK;
}

const struct conf *conf_unknown(const struct conf *table, const struct conf *after,
                                const char *const *known) {
    const struct conf *item = after ? after->next : conf_first(table);
    for (; item; item = item->next) {
        const char *const *name = known;
        while (*name && !span_eq(item->key, span_of(*name))) name++;
        if (!*name) break;
    }
    return item;
}

enum { NEAREST_LEN = 40 };

static size_t least3(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance, row by row; both at most NEAREST_LEN long. */
static size_t distance(struct span a, struct span b) {
    size_t row[NEAREST_LEN + 1];
    for (size_t j = 0; j <= b.len; j++) row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t same = diagonal + (ascii_lower(a.ptr[i - 1]) != ascii_lower(b.ptr[j - 1]));
            diagonal = row[j];
            row[j] = least3(same, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b.len];
}

const char *conf_nearest(struct span key, const char *const *known) {
    const char *best = NULL;
    size_t best_distance = 3;
    if (key.len < 3 || key.len > NEAREST_LEN) return NULL;
    for (; *known; known++) {
        struct span name = span_of(*known);
        if (name.len > NEAREST_LEN) continue;
        size_t d = distance(key, name);
        if (d < best_distance && d < name.len / 2) best = *known, best_distance = d;
    }
    return best;
}
