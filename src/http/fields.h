/* Header fields (RFC 9110 section 5): the list type that the whole program passes around, what may stand in a
 * name and in a value, and how lists inside values are read.
 *
 * A field never owns its bytes: whoever hands out a list says how long its spans live (a parsed head: h1.h).
 * The array of a list that is built with http_fields_add() lives in the arena given there. Order is kept,
 * names keep their case, repeated names stay separate fields. Compare names by `id` where there is one: it is
 * always the class of `name`. Pure functions on their arguments; any thread. */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/names.h"

struct http_field {
    struct span name, value; /* value without surrounding blanks */
    enum http_name id;       /* HTTP_NAME_OTHER unless names.h lists it */
};

struct http_fields {
    struct http_field *items;
    size_t count, cap;
};

#define HTTP_FIELDS_NONE ((struct http_fields){NULL, 0, 0})
#define HTTP_FIELDS_EACH(f, list)                                                                            \
    for (const struct http_field *f = (list)->items, *f##_end = f ? f + (list)->count : f; f != f##_end; f++)

/* token = 1*tchar: methods, field names, list members. */
bool http_token_valid(struct span s);
/* No CR, LF, NUL; no blanks at the ends. What the Fetch standard calls a header value: other control bytes
 * are let through here, the parser and the writer of HTTP/1 refuse them (http_value_strict). */
bool http_value_valid(struct span s);
/* field-value of RFC 9110: HTAB, SP, VCHAR and bytes from 0x80 only. */
bool http_value_strict(struct span s);
/* Index of the first byte at or after `from` that may not stand in a strict value, or s.len. Fast. */
size_t http_value_scan(struct span s, size_t from);
/* Index of the first byte at or after `from` that is no tchar, or s.len. Fast for usual names. */
size_t http_token_scan(struct span s, size_t from);
bool http_is_tchar(char c);

/* Appends; copies neither name nor value. The array grows in `a`. */
void http_fields_add(struct http_fields *l, struct arena *a, struct span name, struct span value);
/* Checks first: ERR_INVALID when the name is no token or the value is not http_value_valid(). */
MUST_USE enum err http_fields_append(struct http_fields *l, struct arena *a, struct span name,
                                     struct span value);
/* A copy whose names and values live in `a` too. */
struct http_fields http_fields_copy(const struct http_fields *l, struct arena *a);
/* Removes every field of that name, keeps the order of the others. Returns how many went. */
size_t http_fields_remove(struct http_fields *l, struct span name);
size_t http_fields_remove_id(struct http_fields *l, enum http_name id);

/* The first field of that name, any case, or NULL. */
const struct http_field *http_fields_find(const struct http_fields *l, struct span name);
const struct http_field *http_fields_find_id(const struct http_fields *l, enum http_name id);
/* The value of the first such field, or a span whose ptr is NULL. */
struct span http_fields_get(const struct http_fields *l, enum http_name id);
size_t http_fields_count(const struct http_fields *l, enum http_name id);
/* All values of that name joined by ", " (RFC 9110 section 5.3), ptr NULL when there is none. One value is
 * returned as it stands, several are joined in `a`. Not for Set-Cookie. */
struct span http_fields_combined(const struct http_fields *l, struct span name, struct arena *a);

/* Members of a comma-separated list: `struct span rest = value, member; while (http_list_next(&rest,
 * &member))`. Commas inside quoted strings do not separate; empty members are skipped; members are trimmed.
 */
bool http_list_next(struct span *rest, struct span *ret_member);
/* Is `token` a member of the list, any case? */
bool http_list_has(struct span value, struct span token);
/* Is it a member of any field of that name? */
bool http_fields_list_has(const struct http_fields *l, enum http_name id, struct span token);
/* The content of a quoted-string, backslash escapes taken out (into `a` if there are any); a token as it
 * stands. False, *ret_value untouched, when it is neither. */
bool http_unquote(struct span s, struct arena *a, struct span *ret_value);

/* Fields that describe the connection, not the message, and so are never passed on (RFC 9110 section 7.6.1):
 * Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade. What Connection itself
 * lists is the caller's to drop: http_fields_list_has(l, HTTP_NAME_CONNECTION, name). */
bool http_name_is_hop_by_hop(enum http_name id);
/* Fields that may not stand in a trailer section (RFC 9110 section 6.5.1): framing, routing, authentication,
 * request modifiers, response control, and content format. */
bool http_name_is_barred_from_trailers(enum http_name id);

#endif
