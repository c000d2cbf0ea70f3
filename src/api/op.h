/* Operations: what C finishes later and a promise waits for.
 *
 * A native embeds a struct op in what it keeps, calls op_begin() and returns op->id to JavaScript, which calls
 * `core.op(id)` for the promise. Later, from the loop's thread and outside of JavaScript, op_finish(); the
 * isolate's next turn calls `make` inside the entry: its value resolves the promise, its exception rejects it.
 * `make` must not start new operations with the same struct before it returns; its memory may be freed in it.
 *
 *     struct put { struct op op; enum err result; };
 *     static js_val put_make(js_ctx c, struct op *op, js_val *exc) {
 *         struct put *put = (struct put *)op; ...; mem_free(put); return js_undefined(c); }
 *
 * When the isolate goes first, op->api becomes NULL, and op_finish() (or op_drop) then calls `drop`, which
 * frees without JavaScript. While an operation is under way its isolate is busy, not hung. Loop's thread. */
#ifndef API_OP_H
#define API_OP_H

#include "js/value.h"

struct api;

struct op {
    struct api *api; /* NULL: not under way, or the isolate is gone */
    uint32_t id;     /* from 1; JavaScript's name for it while it is under way */
    js_val (*make)(js_ctx c, struct op *op, js_val *exc);
    void (*drop)(struct op *op); /* may be NULL */
    bool finished;
};

/* Fills *op. Returns the id. Inside a native, or outside. */
uint32_t op_begin(struct api *api, struct op *op, js_val (*make)(js_ctx c, struct op *op, js_val *exc),
                  void (*drop)(struct op *op));
/* The isolate is entered at the end of this iteration of the loop. Only once per begin. */
void op_finish(struct op *op);
/* Nobody waits any more: the promise stays pending for ever. */
void op_drop(struct op *op);
static inline bool op_under_way(const struct op *op) { return op->api != NULL; }

#endif
