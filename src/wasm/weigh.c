/* Function bodies before they are written anew: what they call, and what they cost.
 *
 * Loops whose number of rounds can be seen (for (i = 0; i < 64; i++), as compilers write it) are paid for as a whole by the code
 * around them, when that is not much: they need no check of their own. To be seen, a loop must have a local
 *   - that is a constant when the loop is entered: `i32.const; local.set` before it, in a block that is still open, in the same round of
 *     the loop around, and nothing that sets it since;
 *   - that the loop sets once, by `local.get; i32.const; i32.add; local.set` or `local.tee`, outside of any block within the loop;
 *   - that is held against a constant, also outside of any block: either by the only branch back (`i32.const; i32.ne; br_if`), or by a
 *     branch that leaves the loop (`i32.const; i32.eq; br_if`);
 *   - and no branch goes back before both have been passed.
 * Then each round passes both, and the local counts the rounds. */
#include "base/limits.h"
#include "base/mem.h"
#include "wasm/walk.h"

enum {
    OP_BR_IF = 0x0d,
    OP_CALL = 0x10,
    OP_LOCAL_GET = 0x20,
    OP_LOCAL_SET = 0x21,
    OP_LOCAL_TEE = 0x22,
    OP_I32_CONST = 0x41,
    OP_I32_EQZ = 0x45,
    OP_I32_EQ = 0x46,
    OP_I32_NE = 0x47,
    OP_I32_ADD = 0x6a,
    OP_I32_SUB = 0x6b,
    PREPAID = 20000, /* the most that a loop may cost that is paid for in advance */
    WINDOW = 4
};

/* -- First pass ------------------------------------------------------------------------------------------------------------ */

struct scan {
    struct walk w;
    struct wasm_module *m;
    struct wasm_function *f;
    struct buf *edges, *loops;
};

static void scan_label(struct scan *s, uint32_t label) {
    const struct frame *f = walk_target(&s->w, label);
    if (f->kind == FRAME_LOOP) ((uint32_t *)s->loops->ptr)[f->loop] = 1;
}

static void scan_list(struct scan *s, const struct wasm_instruction *i) {
    for (struct label_list l = label_list(&s->w, i); label_next(&l) && !s->w.r->failed;)
        scan_label(s, l.label);
}

static void scan_call(struct scan *s, const struct wasm_instruction *i) {
    uint32_t imported = s->m->import_function_count, callee = i->index - imported;
    if (i->row->immediates == IMM_CALL && i->index >= imported)
        buf_add(s->edges, span_make(&callee, sizeof callee));
    else
        s->f->open = true;
}

static void scan_loop(struct scan *s) {
    uint32_t none = 0;
    walk_push(&s->w, FRAME_LOOP)->loop = (uint32_t)(s->loops->len / sizeof none);
    buf_add(s->loops, span_make(&none, sizeof none));
}

static void scan_delegate(struct scan *s, uint32_t label) {
    if (walk_top(&s->w)->kind != FRAME_TRY) reader_fail(s->w.r, ERR_INVALID, "a delegate without its try");
    if (s->w.r->failed) return;
    walk_pop(&s->w);
    walk_target(&s->w, label);
}

static void scan_one(struct scan *s, const struct wasm_instruction *i) {
    switch (i->row->immediates) {
    case IMM_LOOP: scan_loop(s); return;
    case IMM_END: walk_pop(&s->w); return;
    case IMM_DELEGATE: scan_delegate(s, i->label); return;
    case IMM_LABEL:
    case IMM_BR_ON_CAST: scan_label(s, i->label); return;
    case IMM_TRY_TABLE: /* its labels are those around it */
    case IMM_BR_TABLE: scan_list(s, i); break;
    case IMM_CALL:
    case IMM_CALL_INDIRECT:
    case IMM_CALL_REF: scan_call(s, i); return;
    default: break;
    }
    walk_step(&s->w, i);
}

void code_scan(struct reader *r, struct wasm_module *m, struct wasm_function *f, struct buf *edges,
               struct buf *loops) {
    struct scan s = {.w = {.r = r}, .m = m, .f = f, .edges = edges, .loops = loops};
    struct wasm_instruction i;
    uint32_t groups;
    f->first_edge = (uint32_t)(edges->len / sizeof(uint32_t));
    f->first_loop = (uint32_t)(loops->len / sizeof(uint32_t));
    walk_locals(&s.w, m, f, &groups);
    walk_push(&s.w, FRAME_FUNCTION);
    while (walk_depth(&s.w) && read_instruction(r, m, s.w.local_count, &i)) scan_one(&s, &i);
    if (reader_more(r)) reader_fail(r, ERR_INVALID, "there is code behind the end");
    f->edge_count = (uint32_t)(edges->len / sizeof(uint32_t)) - f->first_edge;
    buf_free(&s.w.frames);
}

/* -- Weighing -------------------------------------------------------------------------------------------------------------- */

/* What is known of a local: its last set. */
struct fact {
    uint32_t serial; /* of that set; below first_serial: it was in another function */
    bool constant;   /* it was i32.const */
    uint32_t value;
    uint32_t depth, frame; /* the frame it was in: where, and its serial */
    uint32_t loop;         /* serial of the innermost loop around it; 0: none */
};

struct weighing {
    struct walk w;
    struct wasm_module *m;
    struct wasm_function *f;
    struct fact *facts; /* one for each local of the largest function there may be */
    uint32_t serial, first_serial;
    uint32_t position, next_loop;
    struct wasm_instruction last[WINDOW]; /* newest first */
};

struct weighing *weighing_new(struct wasm_module *m) {
    struct weighing *x = NEW(struct weighing);
    x->m = m;
    x->facts = mem_array(LIMIT_WASM_LOCALS + 1, sizeof *x->facts);
    return x;
}

void weighing_free(struct weighing *x) {
    mem_free(x->facts);
    buf_free(&x->w.frames);
    mem_free(x);
}

static void add_weight(struct weighing *x, uint32_t weight) {
    uint32_t *to = walk_depth(&x->w) ? &walk_top(&x->w)->weight : &x->f->weight;
    *to = weight_add(*to, weight);
}

static struct frame *push(struct weighing *x, enum frame_kind kind) {
    struct frame *f = walk_push(&x->w, kind);
    f->serial = ++x->serial;
    return f;
}

static uint32_t loop_around(const struct weighing *x, uint32_t depth) {
    while (depth-- > 0)
        if (walk_frames(&x->w)[depth].kind == FRAME_LOOP) return walk_frames(&x->w)[depth].serial;
    return 0;
}

static bool was(const struct weighing *x, unsigned back, uint32_t opcode) {
    return x->last[back].row && x->last[back].opcode == opcode;
}

/* -- Counters */

/* The local is a known constant whenever the loop on top is entered. */
static bool constant_at_entry(const struct weighing *x, uint32_t local, uint32_t *ret) {
    const struct fact *f = &x->facts[local];
    uint32_t top = walk_depth(&x->w) - 1;
    if (f->serial < x->first_serial || !f->constant || f->depth >= top) return false;
    if (walk_frames(&x->w)[f->depth].serial != f->frame || f->loop != loop_around(x, top)) return false;
    *ret = f->value;
    return true;
}

/* Before the set is written down: is it local.get L; i32.const S; i32.add; local.set L? */
static void note_step(struct weighing *x, const struct wasm_instruction *set, uint32_t serial) {
    struct frame *loop = walk_top(&x->w);
    uint32_t from;
    if (loop->kind != FRAME_LOOP || loop->step_count == COUNTERS) return;
    if (!was(x, 2, OP_LOCAL_GET) || x->last[2].index != set->index || !was(x, 1, OP_I32_CONST)) return;
    if (!was(x, 0, OP_I32_ADD) && !was(x, 0, OP_I32_SUB)) return;
    if (!constant_at_entry(x, set->index, &from)) return;
    uint32_t step = (uint32_t)x->last[1].constant;
    if (was(x, 0, OP_I32_SUB)) step = 0 - step;
    loop->steps[loop->step_count++] = (struct counter_step){set->index, from, step, serial, x->position};
}

static void note_set(struct weighing *x, const struct wasm_instruction *i) {
    uint32_t serial = ++x->serial;
    note_step(x, i, serial);
    x->facts[i->index] = (struct fact){.serial = serial,
                                       .constant = was(x, 0, OP_I32_CONST),
                                       .value = was(x, 0, OP_I32_CONST) ? (uint32_t)x->last[0].constant : 0,
                                       .depth = walk_depth(&x->w) - 1,
                                       .frame = walk_top(&x->w)->serial,
                                       .loop = loop_around(x, walk_depth(&x->w))};
}

static bool reads_local(const struct weighing *x, unsigned back) {
    return was(x, back, OP_LOCAL_GET) || was(x, back, OP_LOCAL_TEE);
}

/* br_if in the loop's own code: what does it hold against what? */
static void note_test(struct weighing *x, const struct wasm_instruction *br_if) {
    struct frame *loop = walk_top(&x->w);
    struct counter_test t = {.position = x->position, .continues = br_if->label == 0};
    bool compared = t.continues ? was(x, 0, OP_I32_NE) : was(x, 0, OP_I32_EQ);
    if (loop->kind != FRAME_LOOP || loop->test_count == COUNTERS) return;
    if (compared && was(x, 1, OP_I32_CONST) && reads_local(x, 2)) {
        t.local = x->last[2].index;
        t.limit = (uint32_t)x->last[1].constant;
    } else if (t.continues && reads_local(x, 0)) {
        t.local = x->last[0].index;
    } else if (!t.continues && was(x, 0, OP_I32_EQZ) && reads_local(x, 1)) {
        t.local = x->last[1].index;
    } else {
        return;
    }
    loop->tests[loop->test_count++] = t;
}

/* How often the loop runs, 0 when this step and this test do not say. */
static uint32_t rounds(const struct weighing *x, const struct frame *loop, const struct counter_step *s,
                       const struct counter_test *t) {
    uint32_t step = (int32_t)s->step < 0 ? 0 - s->step : s->step;
    uint32_t way = (int32_t)s->step < 0 ? s->from - t->limit : t->limit - s->from;
    if (s->local != t->local || x->facts[s->local].serial != s->serial || !step || way % step) return 0;
    if (t->continues ? loop->back_edges != 1 || s->position > t->position
                     : loop->first_back_edge < s->position || loop->first_back_edge < t->position)
        return 0;
    bool steps_first = s->position < t->position;
    return way / step + !steps_first; /* 0: the first step leads past the limit */
}

/* What all rounds of the loop cost; 0 when they can't be counted or are too many. */
static uint32_t prepaid(const struct weighing *x, const struct frame *loop) {
    for (uint32_t s = 0; s < loop->step_count; s++)
        for (uint32_t t = 0; t < loop->test_count; t++) {
            uint64_t n = rounds(x, loop, &loop->steps[s], &loop->tests[t]);
            if (n && n * loop->weight <= PREPAID) return (uint32_t)n * loop->weight;
        }
    return 0;
}

/* -- Calls that pay for a loop */

/* A call outside of any block within the loop happens in each round; a charged function pays at its entry, also for us. */
static void note_call(struct weighing *x, const struct wasm_instruction *i) {
    struct frame *loop = walk_top(&x->w);
    uint32_t imported = x->m->import_function_count;
    if (loop->kind != FRAME_LOOP || loop->payer || i->opcode != OP_CALL || i->index < imported) return;
    if (!x->m->functions[i->index - imported].charged) return;
    loop->payer = i->index - imported + 1;
    loop->payer_position = x->position;
}

static bool payer_pays(struct weighing *x, const struct frame *loop) {
    if (!loop->payer || loop->first_back_edge < loop->payer_position || loop->weight > LOOP_PAYS_ALONE)
        return false;
    struct wasm_function *payer = &x->m->functions[loop->payer - 1];
    if (loop->weight > payer->surcharge) payer->surcharge = loop->weight;
    return true;
}

/* -- Loops that pay for the loop around them */

static void count_rounds(struct weighing *x, uint32_t loop, uint32_t weight) {
    x->m->loop_weights[loop] = weight;
    if (weight <= LOOP_PAYS_ALONE && weight > x->f->unit) x->f->unit = weight;
}

static bool inner_pays(struct weighing *x, const struct frame *loop) {
    if (!loop->inner || loop->first_back_edge < loop->inner_position) return false;
    uint32_t both = weight_add(loop->weight, x->m->loop_weights[loop->inner - 1]);
    if (both > LOOP_PAYS_ALONE) return false;
    count_rounds(x, loop->inner - 1, both);
    return true;
}

/* The loop that has just ended counts at its head, so each round of the loop around it has been counted. (What is within it
 * does not do: its only round may leave before.) */
static void note_inner(struct weighing *x, uint32_t ended) {
    struct frame *loop = walk_top(&x->w);
    if (loop->kind != FRAME_LOOP || loop->inner || x->m->loop_weights[ended] > LOOP_PAYS_ALONE) return;
    loop->inner = ended + 1;
    loop->inner_position = x->position;
}

/* -- Instructions */

static void weigh_label(struct weighing *x, uint32_t label) {
    struct frame *f = walk_target(&x->w, label);
    if (f->back_edges++ == 0) f->first_back_edge = x->position;
}

static void weigh_list(struct weighing *x, const struct wasm_instruction *i) {
    for (struct label_list l = label_list(&x->w, i); label_next(&l);) weigh_label(x, l.label);
}

static void weigh_end(struct weighing *x) {
    struct frame f = walk_pop(&x->w);
    uint32_t *weight = f.kind == FRAME_LOOP ? &x->m->loop_weights[f.loop] : NULL, whole;
    if (!weight || !*weight) { /* it runs once */
        add_weight(x, f.weight);
        return;
    }
    if ((whole = prepaid(x, &f))) {
        *weight = 0;
        add_weight(x, whole);
        return;
    }
    *weight = 0;
    if (payer_pays(x, &f) || inner_pays(x, &f)) return;
    count_rounds(x, f.loop, f.weight);
    note_inner(x, f.loop);
}

static uint32_t callee_weight(const struct weighing *x, const struct wasm_instruction *i) {
    uint32_t imported = x->m->import_function_count;
    bool known = i->row->immediates == IMM_CALL && i->index >= imported;
    return known ? call_weight(&x->m->functions[i->index - imported]) : WASM_WEIGHT_FREE;
}

static void weigh_block(struct weighing *x, const struct wasm_instruction *i) {
    uint32_t depth = walk_depth(&x->w);
    walk_step(&x->w, i);
    bool turned = i->row->immediates == IMM_ELSE || i->row->immediates == IMM_CATCH ||
                  i->row->immediates == IMM_CATCH_ALL;
    if (walk_depth(&x->w) > depth || turned) walk_top(&x->w)->serial = ++x->serial;
}

static void weigh_one(struct weighing *x, const struct wasm_instruction *i) {
    add_weight(x, weight_add(i->row->cost, i->row->immediates == IMM_TYPE_COUNT ? i->index : 0));
    switch (i->row->immediates) {
    case IMM_LOOP: push(x, FRAME_LOOP)->loop = x->next_loop++; return;
    case IMM_DELEGATE:
    case IMM_END: weigh_end(x); return;
    case IMM_LABEL:
        if (i->opcode == OP_BR_IF) note_test(x, i);
        weigh_label(x, i->label);
        return;
    case IMM_BR_ON_CAST: weigh_label(x, i->label); return;
    case IMM_TRY_TABLE:
    case IMM_BR_TABLE: weigh_list(x, i); break;
    case IMM_CALL:
    case IMM_CALL_INDIRECT:
    case IMM_CALL_REF:
        note_call(x, i);
        add_weight(x, callee_weight(x, i));
        return;
    case IMM_LOCAL:
        if (i->opcode != OP_LOCAL_GET) note_set(x, i);
        return;
    default: break;
    }
    weigh_block(x, i);
}

void code_weigh(struct weighing *x, struct wasm_function *f) {
    struct reader r = reader_make(f->body, NULL);
    struct wasm_instruction i;
    uint32_t groups;
    x->f = f;
    x->w.r = &r;
    x->w.frames.len = 0;
    x->first_serial = ++x->serial;
    x->next_loop = f->first_loop;
    memset(x->last, 0, sizeof x->last);
    f->weight = 1 + walk_locals(&x->w, x->m, f, &groups) / 4;
    push(x, FRAME_FUNCTION);
    for (x->position = 1; walk_depth(&x->w) && read_instruction(&r, x->m, x->w.local_count, &i);
         x->position++) {
        weigh_one(x, &i);
        memmove(x->last + 1, x->last, (WINDOW - 1) * sizeof *x->last);
        x->last[0] = i;
    }
}
