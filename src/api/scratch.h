/* Working memory of one native call: on the stack when it is little, else malloc()ed. A tenant decides how much,
 * so running out is the tenant's RangeError and never ours.
 *
 *     SCRATCH(s);
 *     char *room = scratch_get(c, &s, n, exc);
 *     if (!room) return NULL;
 *     ...
 *     scratch_free(&s);
 */
#ifndef API_SCRATCH_H
#define API_SCRATCH_H

#include "js/value.h"
#include <stdlib.h>

struct scratch {
    char *heap;
    _Alignas(8) char near[1024];
};

#define SCRATCH(name)                                                                                        \
    struct scratch name;                                                                                     \
    name.heap = NULL

static inline char *scratch_get(js_ctx c, struct scratch *s, size_t size_bytes, js_val *exc) {
    if (size_bytes <= sizeof s->near) return s->near;
    s->heap = malloc(size_bytes);
    if (!s->heap) js_throw_range(c, exc, "Out of memory");
    return s->heap;
}
static inline void scratch_free(struct scratch *s) { free(s->heap); }

/* A string as UTF-8, lone surrogates as U+FFFD. False: exception. */
static inline bool scratch_utf8(js_ctx c, struct scratch *s, js_val v, struct span *ret, js_val *exc) {
    struct js_chars chars;
    if (!js_chars_open(c, v, &chars, exc)) return false;
    size_t len = js_chars_utf8_len(&chars);
    char *room = scratch_get(c, s, len, exc);
    if (room) *ret = span_make(room, js_chars_utf8(&chars, room));
    js_chars_close(&chars);
    return room != NULL;
}

#endif
