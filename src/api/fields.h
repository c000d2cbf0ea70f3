/* Header lists that cross from JavaScript as one string: "name\nvalue\nname\nvalue\n", every character below
 * 256 (headers.js has checked names and values; the line feed can be in neither). Loop's thread. */
#ifndef API_FIELDS_H
#define API_FIELDS_H

#include "http/fields.h"
#include "js/value.h"

/* The fields live in `a`. False with *exc: a character above 255, or more than LIMIT_HTTP_FIELDS. */
bool fields_read(js_ctx c, js_val text, struct arena *a, struct http_field *fields, size_t cap,
                 size_t *ret_count, js_val *exc);

#endif
