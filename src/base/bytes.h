/* Shared bytes: immutable once published, reference-counted, any thread. The fourth lifetime (process,
 * request, isolate, shared bytes): a module's source, a cached body, a static page. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/span.h"

struct bytes;

/* One reference, the caller's. bytes_new() is not zeroed: fill it before anyone else sees it. */
struct bytes *bytes_new(size_t len, char **ret_data);
struct bytes *bytes_copy(struct span s);
struct bytes *bytes_ref(struct bytes *b);
void bytes_unref(struct bytes *b); /* NULL is fine */
struct span bytes_span(const struct bytes *b);

#endif
