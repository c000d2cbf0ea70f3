/* Function bodies, written anew. The shape of the new code is in README.md. */
#include "base/check.h"
#include "wasm/walk.h"

enum {
    OP_LOOP = 0x03,
    OP_IF = 0x04,
    OP_END = 0x0b,
    OP_BR_IF = 0x0d,
    OP_CALL = 0x10,
    OP_CALL_INDIRECT = 0x11,
    OP_LOCAL_GET = 0x20,
    OP_LOCAL_SET = 0x21,
    OP_LOCAL_TEE = 0x22,
    OP_GLOBAL_GET = 0x23,
    OP_GLOBAL_SET = 0x24,
    OP_I32_CONST = 0x41,
    OP_I32_EQZ = 0x45,
    OP_I32_LT_S = 0x48,
    OP_I32_LT_U = 0x49,
    OP_I32_ADD = 0x6a,
    OP_I32_SUB = 0x6b,
    OP_I32_MUL = 0x6c,
    OP_I32_SHR_U = 0x76,
    TYPE_I32 = 0x7f,
    BLOCK_VOID = 0x40,
    /* What a function with loops takes from the fuel at once, to spend in its loops without touching the global: each time
     * CREDIT_STEP more than the last time, so that a short loop does not take much and a long one not often. */
    CREDIT_STEP = 1000,
    CREDIT_MOST = 100000,
    LEAST_ROUNDS = 4,
    BULK_BYTES_SHIFT = 4, /* 16 bytes cost as much as an instruction */
    BULK_SHIFT = 1
};

struct writing {
    struct walk w;
    const struct wasm_module *m;
    const struct wasm_function *f;
    const struct wasm_added *added;
    struct buf *out;
    uint32_t next_loop;
    uint32_t credit; /* the local that counts rounds; the next one is what it was filled up to last */
};

static void op(struct buf *b, int code) { buf_add_char(b, (char)code); }
static void op_index(struct buf *b, int code, uint32_t index) {
    op(b, code);
    write_u32(b, index);
}
static void op_const(struct buf *b, uint32_t value) {
    op(b, OP_I32_CONST);
    write_s32(b, (int32_t)value);
}
static void op_if(struct buf *b) {
    op(b, OP_IF);
    op(b, BLOCK_VOID);
}
static void copy(struct writing *x, const uint8_t *from, const uint8_t *to) {
    buf_add(x->out, span_make(from, (size_t)(to - from)));
}

/* fuel < 0 */
static void fuel_is_used_up(struct buf *b, const struct wasm_added *a) {
    op_index(b, OP_GLOBAL_GET, a->fuel);
    op_const(b, 0);
    op(b, OP_I32_LT_S);
}
/* fuel -= what is on the stack, above the fuel */
static void take_from_fuel(struct buf *b, const struct wasm_added *a) {
    op(b, OP_I32_SUB);
    op_index(b, OP_GLOBAL_SET, a->fuel);
}

/* if (fuel < 0) refuel() */
static void write_check(struct writing *x) {
    fuel_is_used_up(x->out, x->added);
    op_if(x->out);
    op_index(x->out, OP_CALL, x->added->refuel);
    op(x->out, OP_END);
}

/* The first time. */
static uint32_t rounds_granted(const struct wasm_function *f) {
    uint32_t rounds = CREDIT_STEP / f->unit;
    return rounds < LEAST_ROUNDS ? LEAST_ROUNDS : rounds;
}

/* -- Loops ------------------------------------------------------------------------------------------------------------------ */

/* filled += filled < most ? step : 0; charge(filled * unit); credit = filled */
static void write_filling(struct writing *x) {
    struct buf *out = x->out;
    uint32_t filled = x->credit + 1, unit = x->f->unit;
    op_index(out, OP_LOCAL_GET, filled);
    op_index(out, OP_LOCAL_GET, filled);
    op_const(out, CREDIT_MOST / unit);
    op(out, OP_I32_LT_U);
    op_const(out, rounds_granted(x->f));
    op(out, OP_I32_MUL);
    op(out, OP_I32_ADD);
    op_index(out, OP_LOCAL_TEE, filled);
    op_const(out, unit);
    op(out, OP_I32_MUL);
    op_index(out, OP_CALL, x->added->charge);
    op_index(out, OP_LOCAL_GET, filled);
    op_index(out, OP_LOCAL_SET, x->credit);
}

/* loop: if (credit == 0) fill it   loop: if (--credit == 0) continue outer */
static void write_counting(struct writing *x, const struct wasm_instruction *i) {
    struct buf *out = x->out;
    op_index(out, OP_LOCAL_GET, x->credit);
    op(out, OP_I32_EQZ);
    op_if(out);
    write_filling(x);
    op(out, OP_END);
    copy(x, i->start, i->end);
    op_index(out, OP_LOCAL_GET, x->credit);
    op_const(out, 1);
    op(out, OP_I32_SUB);
    op_index(out, OP_LOCAL_TEE, x->credit);
    op(out, OP_I32_EQZ);
    op_index(out, OP_BR_IF, 1);
}

/* loop: if (fuel < 0) refuel()   loop: fuel -= weight; if (fuel < 0) continue outer */
static void write_paying(struct writing *x, const struct wasm_instruction *i, uint32_t weight) {
    struct buf *out = x->out;
    write_check(x);
    copy(x, i->start, i->end);
    op_index(out, OP_GLOBAL_GET, x->added->fuel);
    op_const(out, weight);
    take_from_fuel(out, x->added);
    fuel_is_used_up(out, x->added);
    op_index(out, OP_BR_IF, 1);
}

/* The outer loop looks at the fuel, away from the hot path. */
static void write_loop(struct writing *x, const struct wasm_instruction *i) {
    uint32_t weight = x->m->loop_weights[x->next_loop++];
    copy(x, i->start, i->end);
    if (weight > LOOP_PAYS_ALONE)
        write_paying(x, i, weight);
    else if (weight)
        write_counting(x, i);
    if (weight) x->w.new_depth++;
    walk_push(&x->w, FRAME_LOOP)->wrapped = weight;
}

static void write_end(struct writing *x) {
    struct frame f = walk_pop(&x->w);
    op(x->out, OP_END);
    if (f.wrapped) op(x->out, OP_END);
}

/* -- Labels ------------------------------------------------------------------------------------------------------------------ */

/* A label of the old code as the new code counts it. */
static void write_label(struct writing *x, uint32_t label) {
    write_u32(x->out, x->w.new_depth - 1 - walk_target(&x->w, label)->new_depth);
}

static void write_list(struct writing *x, const struct wasm_instruction *i) {
    struct label_list l = label_list(&x->w, i);
    copy(x, i->start, i->immediates);
    write_u32(x->out, l.catches ? l.left : l.left - 1);
    while (label_next(&l)) {
        if (l.catches) op(x->out, l.kind);
        if (l.kind < 2) write_u32(x->out, l.tag);
        write_label(x, l.label);
    }
}

static void write_branch(struct writing *x, const struct wasm_instruction *i) {
    struct reader r = *x->w.r;
    r.at = i->immediates;
    r.end = i->end;
    copy(x, i->start, i->immediates);
    if (i->row->immediates == IMM_BR_ON_CAST) op(x->out, read_byte(&r));
    read_u32(&r);
    write_label(x, i->label);
    copy(x, r.at, i->end);
}

/* -- Bodies ------------------------------------------------------------------------------------------------------------------ */

static void write_one(struct writing *x, const struct wasm_instruction *i) {
    switch (i->row->immediates) {
    case IMM_LOOP: write_loop(x, i); return;
    case IMM_END: write_end(x); return;
    case IMM_DELEGATE: walk_pop(&x->w); /* fall through */
    case IMM_LABEL:
    case IMM_BR_ON_CAST: write_branch(x, i); return;
    case IMM_BR_TABLE: write_list(x, i); return;
    case IMM_TRY_TABLE: /* its labels are those around it */
        write_list(x, i);
        walk_step(&x->w, i);
        return;
    default: break;
    }
    walk_step(&x->w, i);
    if (i->row->trait == TRAIT_BULK_BYTES) op_index(x->out, OP_CALL, x->added->bulk_bytes);
    if (i->row->trait == TRAIT_BULK || i->row->trait == TRAIT_CONST_LENGTH)
        op_index(x->out, OP_CALL, x->added->bulk);
    copy(x, i->start, i->end);
}

/* The declarations, and one more. */
static void write_locals(struct writing *x) {
    const uint8_t *start = x->w.r->at;
    uint32_t groups;
    x->credit = walk_locals(&x->w, x->m, x->f, &groups);
    struct reader head = *x->w.r;
    head.at = start;
    read_u32(&head);
    write_u32(x->out, groups + (x->f->unit ? 1 : 0));
    copy(x, head.at, x->w.r->at);
    if (!x->f->unit) return;
    write_u32(x->out, 2); /* credit, filled */
    op(x->out, TYPE_I32);
}

/* A function that pays takes the first credit for its loops along. */
static void write_entry(struct writing *x) {
    uint32_t rounds = x->f->unit ? rounds_granted(x->f) : 0;
    op_index(x->out, OP_GLOBAL_GET, x->added->fuel);
    op_const(x->out, weight_add(x->f->weight + x->f->surcharge, rounds * x->f->unit));
    take_from_fuel(x->out, x->added);
    write_check(x);
    if (!rounds) return;
    op_const(x->out, rounds);
    op_index(x->out, OP_LOCAL_SET, x->credit);
}

void code_write(const struct wasm_module *m, const struct wasm_function *f, const struct wasm_added *added,
                struct buf *out) {
    struct reader r = reader_make(f->body, NULL);
    struct writing x = {
        .w = {.r = &r}, .m = m, .f = f, .added = added, .out = out, .next_loop = f->first_loop};
    struct wasm_instruction i;
    write_locals(&x);
    if (f->charged) write_entry(&x);
    walk_push(&x.w, FRAME_FUNCTION);
    while (walk_depth(&x.w) && read_instruction(&r, m, x.w.local_count, &i)) write_one(&x, &i);
    check(!r.failed); /* the first pass has read it */
    buf_free(&x.w.frames);
}

/* -- What is added ------------------------------------------------------------------------------------------------------------- */

static void add_body(struct buf *out, struct buf *body) {
    op(body, OP_END);
    write_u32(out, (uint32_t)body->len + 1);
    write_u32(out, 0); /* no locals */
    buf_add(out, buf_span(body));
    body->len = 0;
}

/* fuel = check() */
static void call_check(struct buf *b, const struct wasm_added *a) {
    op_const(b, 0);
    op_index(b, OP_CALL_INDIRECT, a->check_type);
    write_u32(b, a->table);
    op_index(b, OP_GLOBAL_SET, a->fuel);
}

/* fuel -= parameter >> shift; if (fuel < 0) fuel = check() */
static void take_parameter(struct buf *b, const struct wasm_added *a, uint32_t shift) {
    op_index(b, OP_GLOBAL_GET, a->fuel);
    op_index(b, OP_LOCAL_GET, 0);
    if (shift) op_const(b, shift);
    if (shift) op(b, OP_I32_SHR_U);
    take_from_fuel(b, a);
    fuel_is_used_up(b, a);
    op_if(b);
    call_check(b, a);
    op(b, OP_END);
}

void code_write_added(const struct wasm_added *a, struct buf *out) {
    struct buf b = BUF_INIT;
    take_parameter(&b, a, BULK_BYTES_SHIFT);
    op_index(&b, OP_LOCAL_GET, 0);
    add_body(out, &b);
    take_parameter(&b, a, BULK_SHIFT);
    op_index(&b, OP_LOCAL_GET, 0);
    add_body(out, &b);
    take_parameter(&b, a, 0);
    add_body(out, &b);
    call_check(&b, a);
    add_body(out, &b);
    buf_free(&b);
}
