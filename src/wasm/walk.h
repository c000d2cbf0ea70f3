/* Private to the room: the blocks that are open while a body is read. */
#ifndef WASM_WALK_H
#define WASM_WALK_H

#include "wasm/module.h"

enum frame_kind { FRAME_BLOCK, FRAME_LOOP, FRAME_IF, FRAME_TRY, FRAME_CATCH, FRAME_FUNCTION };

/* Rounds of a loop that are known in advance: a local that starts as a constant, grows by a constant once in each round, and is
 * held against a constant once in each round. See weigh.c. */
enum { COUNTERS = 3 };
struct counter_step {
    uint32_t local, from, step, serial, position;
};
struct counter_test {
    uint32_t local, limit, position;
    bool continues; /* the branch is the loop's way back; else it leaves the loop */
};

struct frame {
    enum frame_kind kind;
    uint32_t loop;      /* number of the loop */
    uint32_t new_depth; /* frames that are open in the new code around its label's */
    bool wrapped;       /* it is two loops in the new code */
    /* weighing */
    uint32_t weight; /* of the code that this frame pays for */
    uint32_t serial; /* unlike that of any other frame, and of its other arm */
    uint32_t back_edges, first_back_edge;
    /* What happens in each round before that and pays for it, too: a charged function is called, an inner loop counts. */
    uint32_t payer, payer_position; /* the function's number + 1 */
    uint32_t inner, inner_position; /* the loop's number + 1 */
    uint32_t step_count, test_count;
    struct counter_step steps[COUNTERS];
    struct counter_test tests[COUNTERS];
};

struct walk {
    struct reader *r;
    struct buf frames;
    uint32_t local_count;
    uint32_t new_depth; /* frames open in the new code */
};

static inline struct frame *walk_frames(const struct walk *w) { return (struct frame *)w->frames.ptr; }
static inline uint32_t walk_depth(const struct walk *w) {
    return (uint32_t)(w->frames.len / sizeof(struct frame));
}
static inline struct frame *walk_top(const struct walk *w) { return &walk_frames(w)[walk_depth(w) - 1]; }

struct frame *walk_push(struct walk *w, enum frame_kind kind);
struct frame walk_pop(struct walk *w);
/* The frame that a label names; fails when there is none. */
struct frame *walk_target(struct walk *w, uint32_t label);
/* Blocks, else, catch: opens and turns frames. Loops, end and delegate are the caller's. */
void walk_step(struct walk *w, const struct wasm_instruction *i);
/* Locals and parameters; ret_groups: how many declarations were read. */
uint32_t walk_locals(struct walk *w, const struct wasm_module *m, const struct wasm_function *f,
                     uint32_t *ret_groups);

/* The labels of br_table and try_table, one after the other; false behind the last. */
struct label_list {
    struct reader r;
    uint32_t left;
    bool catches;
    uint8_t kind; /* of a catch clause */
    uint32_t tag; /* of kinds 0 and 1 */
    uint32_t label;
};
struct label_list label_list(const struct walk *w, const struct wasm_instruction *i);
bool label_next(struct label_list *l);

#endif
