/* Structured field values (RFC 9651): items, lists and dictionaries with parameters; Priority, Cache-Status, CDN-Cache-Control.
 *
 * Parsing is strict: a field that fails is to be ignored as a whole (section 4.2). Several lines of one field are joined by
 * ", " first. What is parsed lives in the arena; names and plain strings may be slices of the input. Pure functions.
 *
 *     struct sf_item *list;
 *     if (sf_parse_list(&a, SPAN("gzip;q=0.5, (a \"b\");x"), &list) == ERR_OK)
 *         for (struct sf_item *i = list; i; i = i->next) ...
 */
#ifndef HTTP_STRUCTURED_FIELDS_H
#define HTTP_STRUCTURED_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum sf_type {
    SF_INTEGER,
    SF_DECIMAL,
    SF_STRING,
    SF_TOKEN,
    SF_BYTES,
    SF_BOOLEAN,
    SF_DATE,
    SF_DISPLAY_STRING
};

struct sf_value {
    enum sf_type type;
    int64_t number;   /* integer, date (seconds since 1970), boolean 0 or 1; decimal: thousandths */
    struct span text; /* string, token; bytes decoded; display string as UTF-8 */
};

struct sf_param {
    struct span key;
    struct sf_value value;
    struct sf_param *next;
};

/* An item; or, is_list, an inner list of items. */
struct sf_item {
    struct span key; /* in a dictionary */
    struct sf_value value;
    bool is_list;
    struct sf_item *items; /* of the inner list */
    struct sf_param *params;
    struct sf_item *next;
};

/* ERR_INVALID: not such a field. ERR_TOO_LARGE: more than LIMIT_SF_MEMBERS members, items of one inner list, or parameters of
 * one item. A key that comes twice has its last value. */
MUST_USE enum err sf_parse_item(struct arena *a, struct span s, struct sf_item *ret);
MUST_USE enum err sf_parse_list(struct arena *a, struct span s, struct sf_item **ret_first);
MUST_USE enum err sf_parse_dictionary(struct arena *a, struct span s, struct sf_item **ret_first);

/* NULL when there is none. */
const struct sf_item *sf_member(const struct sf_item *dictionary, struct span key);
const struct sf_value *sf_param(const struct sf_item *item, struct span key);

/* Section 4.1. Appends; ERR_INVALID where a value has no form (a letter that no string may have, a number out of range), and
 * *to is then as before. An empty list or dictionary is nothing at all: the field is not to be sent. */
MUST_USE enum err sf_write_item(const struct sf_item *item, struct buf *to);
MUST_USE enum err sf_write_list(const struct sf_item *first, struct buf *to);
MUST_USE enum err sf_write_dictionary(const struct sf_item *first, struct buf *to);

/* The nearest decimal, halves to even. INT64_MAX, which has no form, for what is out of range or no number. */
int64_t sf_decimal(double d);

#endif
