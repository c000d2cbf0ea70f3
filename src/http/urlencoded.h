/* application/x-www-form-urlencoded (WHATWG URL section 5): query strings, URLSearchParams, form bodies.
 * Pure functions, any thread; what is decoded lives in the caller's arena, what needs no decoding is a slice
 * of the input. */
#ifndef HTTP_URLENCODED_H
#define HTTP_URLENCODED_H

#include "base/arena.h"
#include "base/buf.h"

/* struct span rest = body; while (urlencoded_next(&a, &rest, &name, &value)) ...
 * Names and values come out as well-formed UTF-8: malformed bytes are U+FFFD. */
bool urlencoded_next(struct arena *a, struct span *rest, struct span *ret_name, struct span *ret_value);

/* Appends "name=value", preceded by '&' unless it is the first. Name and value are UTF-8. */
void urlencoded_add(struct buf *to, bool first, struct span name, struct span value);

#endif
