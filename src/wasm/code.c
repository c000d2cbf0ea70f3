/* Function bodies: looked through once, then written anew. The shape of the new code is in README.md. */
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "wasm/module.h"

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
    OP_I32_LT_S = 0x48,
    OP_I32_ADD = 0x6a,
    OP_I32_SUB = 0x6b,
    OP_I32_SHR_U = 0x76,
    TYPE_I32 = 0x7f,
    BLOCK_VOID = 0x40,
    /* What a call of a function with loops takes from the fuel at once, to spend in its loops without touching the global. */
    LOOP_CREDIT = 1000,
    BULK_BYTES_SHIFT = 4 /* 16 bytes cost as much as an instruction */
};

/* -- What is open ------------------------------------------------------------------------------------------------------ */

enum frame_kind { FRAME_BLOCK, FRAME_LOOP, FRAME_IF, FRAME_TRY, FRAME_CATCH, FRAME_FUNCTION };

struct frame {
    enum frame_kind kind;
    bool is_target, wrapped; /* loops: a branch goes back to it; it has been written with its check */
    uint32_t new_depth;      /* frames that are open in the new code around its label's */
    uint32_t loop;           /* number of the loop */
    uint32_t first_edge;
    uint32_t weight;    /* of the code that this frame pays for */
    size_t cost_offset; /* where the weight goes once it is known */
};

struct walk {
    struct reader *r;
    struct buf frames;
    uint32_t local_count;
    uint32_t new_depth; /* frames open in the new code */
    uint32_t weight;    /* outside loops */
};

static struct frame *frames(const struct walk *w) { return (struct frame *)w->frames.ptr; }
static uint32_t depth(const struct walk *w) { return (uint32_t)(w->frames.len / sizeof(struct frame)); }
static struct frame *top(const struct walk *w) { return &frames(w)[depth(w) - 1]; }

static struct frame *push(struct walk *w, enum frame_kind kind) {
    struct frame f = {.kind = kind, .new_depth = w->new_depth++};
    if (depth(w) >= LIMIT_WASM_NESTING)
        reader_fail(w->r, ERR_TOO_LARGE, "blocks are nested deeper than %llu",
                    (unsigned long long)LIMIT_WASM_NESTING);
    buf_add(&w->frames, span_make(&f, sizeof f));
    return top(w);
}

static struct frame pop(struct walk *w) {
    struct frame f = *top(w);
    w->frames.len -= sizeof f;
    w->new_depth = f.new_depth - (f.wrapped ? 1 : 0);
    return f;
}

static struct frame *target(struct walk *w, uint32_t label) {
    if (label < depth(w)) return &frames(w)[depth(w) - 1 - label];
    reader_fail(w->r, ERR_INVALID, "there is no label %u", label);
    return top(w);
}

/* else, catch, catch_all: the frame stays open as another kind. */
static void turn(struct walk *w, bool allowed, enum frame_kind kind) {
    if (!allowed) reader_fail(w->r, ERR_INVALID, "an else or catch outside of its block");
    top(w)->kind = kind;
}

/* What both passes do: the frames. False when it did nothing. */
static bool step(struct walk *w, const struct wasm_instruction *i) {
    switch (i->row->immediates) {
    case IMM_BLOCK:
    case IMM_TRY_TABLE: push(w, FRAME_BLOCK); return true;
    case IMM_IF: push(w, FRAME_IF); return true;
    case IMM_TRY: push(w, FRAME_TRY); return true;
    case IMM_ELSE: turn(w, top(w)->kind == FRAME_IF, FRAME_BLOCK); return true;
    case IMM_CATCH:
    case IMM_CATCH_ALL:
        turn(w, top(w)->kind == FRAME_TRY || top(w)->kind == FRAME_CATCH, FRAME_CATCH);
        return true;
    default: return false;
    }
}

/* -- Locals -------------------------------------------------------------------------------------------------------------- */

/* Reads the declarations; returns how many locals there are with the parameters. */
static uint32_t read_locals(struct reader *r, const struct wasm_module *m, const struct wasm_function *f,
                            uint32_t *ret_groups) {
    uint64_t count = m->type_params[f->type];
    uint32_t groups = read_count(r, LIMIT_WASM_LOCALS, "groups of locals");
    for (uint32_t i = 0; i < groups && !r->failed; i++) {
        count += read_u32(r);
        read_value_type(r, m);
        if (count > LIMIT_WASM_LOCALS)
            reader_fail(r, ERR_TOO_LARGE, "it has more than %llu locals",
                        (unsigned long long)LIMIT_WASM_LOCALS);
    }
    *ret_groups = groups;
    return (uint32_t)count;
}

/* -- First pass ------------------------------------------------------------------------------------------------------------ */

struct interval {
    uint32_t first, end;
};

struct scan {
    struct walk w;
    struct wasm_module *m;
    struct wasm_function *f;
    struct buf *edges, *loops;
    struct buf intervals; /* of edges in loops; one that contains others comes after them */
};

static uint32_t edge_count(const struct scan *s) {
    return (uint32_t)(s->edges->len / sizeof(struct call_edge));
}

/* The weight of code goes to its loop; when nothing branches back there, to what is around it. */
static void add_weight(struct walk *w, uint32_t weight) {
    uint32_t *to = depth(w) ? &top(w)->weight : &w->weight;
    *to = weight_add(*to, weight);
}

static void scan_label(struct scan *s, uint32_t label) { target(&s->w, label)->is_target = true; }

static void scan_list(struct scan *s, const struct wasm_instruction *i) {
    struct reader r = *s->w.r;
    r.at = i->immediates;
    r.end = i->end;
    uint32_t count = read_u32(&r);
    bool catches = i->row->immediates == IMM_TRY_TABLE;
    for (uint32_t n = 0; n < count + !catches && !s->w.r->failed; n++) {
        if (catches && read_byte(&r) < 2) read_u32(&r);
        scan_label(s, read_u32(&r));
    }
}

static void scan_call(struct scan *s, const struct wasm_instruction *i) {
    uint32_t imported = s->m->import_function_count;
    if (i->row->immediates == IMM_CALL && i->index >= imported) {
        struct call_edge e = {i->index - imported, false};
        buf_add(s->edges, span_make(&e, sizeof e));
        return;
    }
    s->f->open = true;
    add_weight(&s->w, WASM_WEIGHT_FREE);
}

static void scan_end(struct scan *s) {
    struct frame f = pop(&s->w);
    if (f.kind == FRAME_LOOP) {
        s->loops->ptr[f.loop] = f.is_target;
        s->f->has_loops |= f.is_target;
    }
    if (f.kind != FRAME_LOOP || !f.is_target) {
        add_weight(&s->w, f.weight);
        return;
    }
    struct interval in = {f.first_edge, edge_count(s)};
    buf_add(&s->intervals, span_make(&in, sizeof in));
}

static void scan_loop(struct scan *s) {
    struct frame *f = push(&s->w, FRAME_LOOP);
    f->loop = (uint32_t)s->loops->len;
    f->first_edge = edge_count(s);
    buf_add_char(s->loops, 0);
}

static void scan_one(struct scan *s, const struct wasm_instruction *i) {
    uint32_t cost = i->row->cost + (i->row->immediates == IMM_TYPE_COUNT ? i->index : 0);
    add_weight(&s->w, cost);
    switch (i->row->immediates) {
    case IMM_TRY_TABLE: scan_list(s, i); break; /* its labels are those around it */
    case IMM_LOOP: scan_loop(s); return;
    case IMM_DELEGATE:
        if (top(&s->w)->kind != FRAME_TRY) reader_fail(s->w.r, ERR_INVALID, "a delegate without its try");
        scan_end(s);
        if (depth(&s->w)) scan_label(s, i->label);
        return;
    case IMM_END: scan_end(s); return;
    case IMM_LABEL:
    case IMM_BR_ON_CAST: scan_label(s, i->label); return;
    case IMM_BR_TABLE: scan_list(s, i); return;
    case IMM_CALL:
    case IMM_CALL_INDIRECT:
    case IMM_CALL_REF: scan_call(s, i); return;
    default: break;
    }
    step(&s->w, i);
}

/* From the outermost loops, which come last: one visit for each edge. */
static void mark_edges(struct scan *s) {
    const struct interval *all = (const struct interval *)s->intervals.ptr;
    struct call_edge *edges = (struct call_edge *)s->edges->ptr;
    uint32_t done = edge_count(s);
    for (size_t n = s->intervals.len / sizeof *all; n-- > 0;) {
        uint32_t end = all[n].end < done ? all[n].end : done;
        for (uint32_t e = all[n].first; e < end; e++) edges[e].in_loop = true;
        if (all[n].first < done) done = all[n].first;
    }
}

void code_scan(struct reader *r, struct wasm_module *m, struct wasm_function *f, struct buf *edges,
               struct buf *loops) {
    struct scan s = {.w = {.r = r}, .m = m, .f = f, .edges = edges, .loops = loops};
    struct wasm_instruction i;
    uint32_t groups;
    f->first_edge = edge_count(&s);
    s.w.local_count = read_locals(r, m, f, &groups);
    add_weight(&s.w, 1 + s.w.local_count / 4);
    push(&s.w, FRAME_FUNCTION);
    while (depth(&s.w) && read_instruction(r, m, s.w.local_count, &i)) scan_one(&s, &i);
    if (reader_more(r)) reader_fail(r, ERR_INVALID, "there is code behind the end");
    if (!r->failed) mark_edges(&s);
    f->edge_count = edge_count(&s) - f->first_edge;
    f->weight = s.w.weight;
    buf_free(&s.w.frames);
    buf_free(&s.intervals);
}

/* -- Second pass ------------------------------------------------------------------------------------------------------------- */

struct writing {
    struct walk w;
    const struct wasm_module *m;
    const struct wasm_added *added;
    struct buf *out;
    uint32_t *next_loop;
    uint32_t credit; /* the local that holds the function's credit */
};

static void op(struct buf *b, int code) { buf_add_char(b, (char)code); }
static void op_index(struct buf *b, int code, uint32_t index) {
    op(b, code);
    write_u32(b, index);
}
static void op_const(struct buf *b, int32_t value) {
    op(b, OP_I32_CONST);
    write_s32(b, value);
}
static void below_zero(struct buf *b) {
    op_const(b, 0);
    op(b, OP_I32_LT_S);
}

static void copy(struct writing *x, const uint8_t *from, const uint8_t *to) {
    buf_add(x->out, span_make(from, (size_t)(to - from)));
}

/* A label of the old code as the new code counts it. */
static uint32_t new_label(struct writing *x, uint32_t label) {
    return x->w.new_depth - 1 - target(&x->w, label)->new_depth;
}

/* The outer loop asks for credit, away from the hot path; the inner one only counts down. */
static void write_loop(struct writing *x, const struct wasm_instruction *i) {
    struct buf *out = x->out;
    uint32_t number = (*x->next_loop)++;
    if (!(x->m->loop_is_target[number])) {
        copy(x, i->start, i->end);
        push(&x->w, FRAME_LOOP);
        return;
    }
    copy(x, i->start, i->end);
    op_index(out, OP_LOCAL_GET, x->credit);
    below_zero(out);
    op(out, OP_IF);
    op(out, BLOCK_VOID);
    op_index(out, OP_LOCAL_GET, x->credit);
    op_index(out, OP_CALL, x->added->more);
    op_index(out, OP_LOCAL_SET, x->credit);
    op(out, OP_END);
    copy(x, i->start, i->end);
    op_index(out, OP_LOCAL_GET, x->credit);
    op(out, OP_I32_CONST);
    size_t cost_offset = out->len;
    write_s32_padded(out, 0);
    op(out, OP_I32_SUB);
    op_index(out, OP_LOCAL_TEE, x->credit);
    below_zero(out);
    op_index(out, OP_BR_IF, 1);
    x->w.new_depth++;
    struct frame *f = push(&x->w, FRAME_LOOP);
    f->wrapped = true;
    f->cost_offset = cost_offset;
}

static void write_end(struct writing *x) {
    struct frame f = pop(&x->w);
    op(x->out, OP_END);
    if (!f.wrapped) {
        add_weight(&x->w, f.weight);
        return;
    }
    patch_s32(x->out, f.cost_offset, (int32_t)f.weight);
    op(x->out, OP_END);
}

static void write_list(struct writing *x, const struct wasm_instruction *i) {
    struct reader r = *x->w.r;
    r.at = i->immediates;
    r.end = i->end;
    bool catches = i->row->immediates == IMM_TRY_TABLE;
    copy(x, i->start, i->immediates);
    uint32_t count = read_u32(&r);
    write_u32(x->out, count);
    for (uint32_t n = 0; n < count + !catches; n++) {
        uint8_t kind = catches ? read_byte(&r) : 2;
        if (catches) op(x->out, kind);
        if (kind < 2) write_u32(x->out, read_u32(&r));
        write_u32(x->out, new_label(x, read_u32(&r)));
    }
}

static void write_label(struct writing *x, const struct wasm_instruction *i) {
    struct reader r = *x->w.r;
    r.at = i->immediates;
    r.end = i->end;
    copy(x, i->start, i->immediates);
    if (i->row->immediates == IMM_BR_ON_CAST) op(x->out, read_byte(&r));
    read_u32(&r);
    write_u32(x->out, new_label(x, i->label));
    copy(x, r.at, i->end);
}

static uint32_t callee_weight(const struct writing *x, const struct wasm_instruction *i) {
    uint32_t imported = x->m->import_function_count;
    bool known = i->row->immediates == IMM_CALL && i->index >= imported;
    return known ? call_weight(&x->m->functions[i->index - imported]) : WASM_WEIGHT_FREE;
}

static void write_one(struct writing *x, const struct wasm_instruction *i) {
    add_weight(&x->w, i->row->cost + (i->row->immediates == IMM_TYPE_COUNT ? i->index : 0));
    switch (i->row->immediates) {
    case IMM_LOOP: write_loop(x, i); return;
    case IMM_END: write_end(x); return;
    case IMM_DELEGATE: {
        struct frame f = pop(&x->w);
        add_weight(&x->w, f.weight);
        write_label(x, i);
        return;
    }
    case IMM_LABEL:
    case IMM_BR_ON_CAST: write_label(x, i); return;
    case IMM_BR_TABLE: write_list(x, i); return;
    case IMM_TRY_TABLE: write_list(x, i); break;
    case IMM_CALL:
    case IMM_CALL_INDIRECT:
    case IMM_CALL_REF: add_weight(&x->w, callee_weight(x, i)); break;
    default: break;
    }
    step(&x->w, i);
    if (i->row->immediates == IMM_TRY_TABLE) return;
    if (i->row->trait == TRAIT_BULK_BYTES) op_index(x->out, OP_CALL, x->added->bulk_bytes);
    if (i->row->trait == TRAIT_BULK || i->row->trait == TRAIT_CONST_LENGTH)
        op_index(x->out, OP_CALL, x->added->bulk);
    copy(x, i->start, i->end);
}

/* fuel -= weight; if (fuel < 0) refuel() */
static void write_charge(struct writing *x, uint32_t weight) {
    struct buf *out = x->out;
    op_index(out, OP_GLOBAL_GET, x->added->fuel);
    op_const(out, (int32_t)weight);
    op(out, OP_I32_SUB);
    op_index(out, OP_GLOBAL_SET, x->added->fuel);
    op_index(out, OP_GLOBAL_GET, x->added->fuel);
    below_zero(out);
    op(out, OP_IF);
    op(out, BLOCK_VOID);
    op_index(out, OP_CALL, x->added->refuel);
    op(out, OP_END);
}

static void write_locals(struct writing *x, const struct wasm_function *f) {
    const uint8_t *start = x->w.r->at;
    uint32_t groups;
    x->w.local_count = read_locals(x->w.r, x->m, f, &groups);
    struct reader head = *x->w.r;
    head.at = start;
    read_u32(&head);
    write_u32(x->out, groups + f->has_loops);
    copy(x, head.at, x->w.r->at);
    x->credit = x->w.local_count;
    if (!f->has_loops) return;
    write_u32(x->out, 1);
    op(x->out, TYPE_I32);
}

void code_write(struct reader *r, const struct wasm_module *m, const struct wasm_function *f,
                const struct wasm_added *added, uint32_t *next_loop, struct buf *out) {
    struct writing x = {.w = {.r = r}, .m = m, .added = added, .out = out, .next_loop = next_loop};
    struct wasm_instruction i;
    write_locals(&x, f);
    if (f->charged) write_charge(&x, f->weight);
    push(&x.w, FRAME_FUNCTION);
    while (depth(&x.w) && read_instruction(r, m, x.w.local_count, &i)) write_one(&x, &i);
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

/* if (fuel < 0) fuel = check() */
static void add_check(struct buf *b, const struct wasm_added *a, bool always) {
    if (!always) {
        op_index(b, OP_GLOBAL_GET, a->fuel);
        below_zero(b);
        op(b, OP_IF);
        op(b, BLOCK_VOID);
    }
    op_const(b, 0);
    op_index(b, OP_CALL_INDIRECT, a->check_type);
    write_u32(b, a->table);
    op_index(b, OP_GLOBAL_SET, a->fuel);
    if (!always) op(b, OP_END);
}

/* fuel -= n >> shift; check; return n */
static void add_bulk(struct buf *b, const struct wasm_added *a, int shift) {
    op_index(b, OP_GLOBAL_GET, a->fuel);
    op_index(b, OP_LOCAL_GET, 0);
    op_const(b, shift);
    op(b, OP_I32_SHR_U);
    op(b, OP_I32_SUB);
    op_index(b, OP_GLOBAL_SET, a->fuel);
    add_check(b, a, false);
    op_index(b, OP_LOCAL_GET, 0);
}

void code_write_added(const struct wasm_added *a, struct buf *out) {
    struct buf b = BUF_INIT;
    /* more(credit < 0): fuel -= LOOP_CREDIT - credit; check; return LOOP_CREDIT */
    op_index(&b, OP_GLOBAL_GET, a->fuel);
    op_index(&b, OP_LOCAL_GET, 0);
    op(&b, OP_I32_ADD);
    op_const(&b, LOOP_CREDIT);
    op(&b, OP_I32_SUB);
    op_index(&b, OP_GLOBAL_SET, a->fuel);
    add_check(&b, a, false);
    op_const(&b, LOOP_CREDIT);
    add_body(out, &b);
    add_bulk(&b, a, BULK_BYTES_SHIFT);
    add_body(out, &b);
    add_bulk(&b, a, 1);
    add_body(out, &b);
    add_check(&b, a, true);
    add_body(out, &b);
    buf_free(&b);
}
