/* What went wrong in JavaScript, as text that C can log and send: from any thrown value, however hostile.
 *
 * Reading an error runs user code (getters, proxies, toString), so it happens as an entry of its own with a
 * small CPU limit; whatever cannot be read is left empty. Memory is the arena's. */
#ifndef JS_ERRORS_H
#define JS_ERRORS_H

#include "js/isolate.h"

struct sourcemap;

struct js_frame {
    struct span function;  /* "" for top-level code */
    struct span url;       /* "" for native code */
    uint32_t line, column; /* from 1; 0 when unknown */
};

struct js_error_info {
    struct span name;    /* "TypeError"; "Error" when the value is not an error object */
    struct span message; /* for other values: the value as text */
    struct span
        causes; /* "caused by TypeError: x\n" for each link of the cause chain, at most 8; may be "" */
    struct js_frame *frames; /* innermost first, at most 64 */
    size_t frame_count;
};

/* Never fails. Not from inside an entry that has used up its limit; from a native use js_error_read(). */
void js_error_describe(struct isolate *iso, js_val thrown, struct arena *a, struct js_error_info *ret);
/* The same inside an entry, under its limit. */
void js_error_read(js_ctx c, js_val thrown, struct arena *a, struct js_error_info *ret);

/* Parses the engine's stack text ("fn@url:line:col\n..."). Pure. */
size_t js_stack_parse(struct span stack, struct js_frame *frames, size_t max);
/* Moves frames of `url` back to the original source. prologue_columns as in struct js_rewritten. The engine
 * puts the column at the call's parenthesis; the lookup allows for that. Names are the arena's. */
void js_frames_map(struct js_frame *frames, size_t count, struct span url, const struct sourcemap *map,
                   uint32_t prologue_columns, struct arena *a);
/* "TypeError: x\n    at fn (file:1:2)\n..." as people know it from V8. */
struct span js_error_text(const struct js_error_info *info, struct arena *a);

#endif
