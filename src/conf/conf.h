/* Configuration texts (TOML 1.1, JSON, JSON with comments) as one tree of values.
 *
 * A parse copies the text into the caller's arena and builds the tree there: it is immutable afterwards, any
 * thread may read it, and it dies with the arena. Nothing points into the caller's text. Every value knows
 * where it stands
 * (`line`, `column`: 1-based, column in bytes of UTF-8) and its parent, so a complaint about it can say
 * "`env.production.vars.port` must be a string, found an integer (wrangler.toml:12)".
 *
 * Failure: ERR_INVALID with a problem that says file:line:column and what was expected; ERR_TOO_LARGE when
 * the text is larger than LIMIT_CONFIG_BYTES or nests deeper than LIMIT_CONFIG_DEPTH. The arena may have
 * grown even so. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"

enum conf_type {
    CONF_NULL, /* JSON only */
    CONF_BOOL,
    CONF_INTEGER,
    CONF_FLOAT, /* of JSON: any number that is not an int64 in integer notation */
    CONF_STRING,
    CONF_DATETIME, /* TOML only; `text` as written, checked to be a real date and time */
    CONF_ARRAY,
    CONF_TABLE,
};

/* Read-only for everybody but the parsers. */
struct conf {
    enum conf_type type;
    uint32_t line, column;
    uint32_t state;  /* of the TOML parser: how a table came to be */
    struct span key; /* its name in its table; of an array's item empty; of the root the file's name */
    const struct conf *next; /* the next one in the same table or array, in document order */
    const struct conf *parent;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct span
            text; /* STRING, DATETIME: UTF-8, may hold NUL, is followed by a NUL that is not counted */
        struct {
            struct conf *first, *last;
            struct conf **index; /* by hash of the key, once a table has more than a few */
            uint32_t count, index_mask;
        } items; /* ARRAY, TABLE */
    };
};

/* `file_name` is copied; it is what problems call the text. On success *ret is the root: of TOML always a
 * table. A byte order mark at the start is skipped; anything that is not UTF-8 is refused. */
MUST_USE enum err conf_parse_toml(struct arena *arena, const char *file_name, struct span text,
                                  const struct conf **ret, struct problem *p);
/* RFC 8259, strictly. Of equal keys in one object the last value wins, at the place of the first (as
 * JSON.parse). A lone surrogate (\ud800) becomes U+FFFD. */
MUST_USE enum err conf_parse_json(struct arena *arena, const char *file_name, struct span text,
                                  const struct conf **ret, struct problem *p);
/* The same, with comments of both kinds and a comma before ] and } allowed. */
MUST_USE enum err conf_parse_jsonc(struct arena *arena, const char *file_name, struct span text,
                                   const struct conf **ret, struct problem *p);

/* One key of a table, exactly; NULL when absent or when `table` is NULL or no table. */
const struct conf *conf_find(const struct conf *table, struct span key);
/* A path of keys with dots between: conf_get(root, "site.bucket"). Keys that hold dots need conf_find. */
const struct conf *conf_get(const struct conf *table, const char *path);

/* Each item of a table or array, in document order; none for NULL and for scalars. */
const struct conf *conf_first(const struct conf *parent);
size_t conf_count(const struct conf *parent);
#define CONF_EACH(item, parent) for (const struct conf *item = conf_first(parent); item; item = item->next)

/* "a string", "an integer", ... with its article. */
const char *conf_type_name(enum conf_type type);
/* The way from the root: `vars.port`, `routes[2].pattern`; "" for the root. NUL-terminated, cut if too long.
 */
void conf_path(const struct conf *at, char *out, size_t out_bytes);
/* Fills *p with "`path` <the text> (file:line)" and returns ERR_INVALID. */
enum err conf_problem(const struct conf *at, struct problem *p, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Typed reads. Absent: ERR_OK and *ret stays as it is, so set the default first. Of another type or out of
 * range: ERR_INVALID and a problem. `path` as of conf_get. */
MUST_USE enum err conf_read_string(const struct conf *table, const char *path, struct span *ret,
                                   struct problem *p);
MUST_USE enum err conf_read_bool(const struct conf *table, const char *path, bool *ret, struct problem *p);
MUST_USE enum err conf_read_integer(const struct conf *table, const char *path, int64_t least, int64_t most,
                                    int64_t *ret, struct problem *p);
MUST_USE enum err conf_read_float(const struct conf *table, const char *path, double *ret, struct problem *p);
MUST_USE enum err conf_read_table(const struct conf *table, const char *path, const struct conf **ret,
                                  struct problem *p);
MUST_USE enum err conf_read_array(const struct conf *table, const char *path, const struct conf **ret,
                                  struct problem *p);
/* An array of strings, as a C array in `arena`. */
MUST_USE enum err conf_read_strings(const struct conf *table, const char *path, struct arena *arena,
                                    struct span **ret, size_t *ret_count, struct problem *p);
/* Like conf_get with a type, but absence is a problem too. */
MUST_USE enum err conf_need(const struct conf *table, const char *path, enum conf_type type,
                            const struct conf **ret, struct problem *p);

/* The first item of `table` after `after` (NULL: from the start) whose key is not in `known`, a list of names
 * that ends with NULL; NULL when there is none. */
const struct conf *conf_unknown(const struct conf *table, const struct conf *after, const char *const *known);
/* The name in `known` that `key` most likely means (at most two edits away), or NULL. */
const char *conf_nearest(struct span key, const char *const *known);

#endif
