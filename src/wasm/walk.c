#include "wasm/walk.h"

#include "base/limits.h"

struct frame *walk_push(struct walk *w, enum frame_kind kind) {
    struct frame f = {.kind = kind, .new_depth = w->new_depth++};
    if (walk_depth(w) >= LIMIT_WASM_NESTING)
        reader_fail(w->r, ERR_TOO_LARGE, "blocks are nested deeper than %llu",
                    (unsigned long long)LIMIT_WASM_NESTING);
    buf_add(&w->frames, span_make(&f, sizeof f));
    return walk_top(w);
}

struct frame walk_pop(struct walk *w) {
    struct frame f = *walk_top(w);
    w->frames.len -= sizeof f;
    w->new_depth = f.new_depth - (f.wrapped ? 1 : 0);
    return f;
}

struct frame *walk_target(struct walk *w, uint32_t label) {
    if (label < walk_depth(w)) return &walk_frames(w)[walk_depth(w) - 1 - label];
    reader_fail(w->r, ERR_INVALID, "there is no label %u", label);
    return walk_top(w);
}

/* The frame stays open as another kind. */
static void turn(struct walk *w, bool allowed, enum frame_kind kind) {
    if (!allowed) reader_fail(w->r, ERR_INVALID, "an else or catch outside of its block");
    walk_top(w)->kind = kind;
}

void walk_step(struct walk *w, const struct wasm_instruction *i) {
    enum frame_kind kind = walk_top(w)->kind;
    switch (i->row->immediates) {
    case IMM_BLOCK:
    case IMM_TRY_TABLE: walk_push(w, FRAME_BLOCK); break;
    case IMM_IF: walk_push(w, FRAME_IF); break;
    case IMM_TRY: walk_push(w, FRAME_TRY); break;
    case IMM_ELSE: turn(w, kind == FRAME_IF, FRAME_BLOCK); break;
    case IMM_CATCH:
    case IMM_CATCH_ALL: turn(w, kind == FRAME_TRY || kind == FRAME_CATCH, FRAME_CATCH); break;
    default: break;
    }
}

uint32_t walk_locals(struct walk *w, const struct wasm_module *m, const struct wasm_function *f,
                     uint32_t *ret_groups) {
    struct reader *r = w->r;
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
    w->local_count = (uint32_t)count;
    return (uint32_t)count;
}

struct label_list label_list(const struct walk *w, const struct wasm_instruction *i) {
    struct label_list l = {.r = *w->r, .catches = i->row->immediates == IMM_TRY_TABLE};
    l.r.at = i->immediates;
    l.r.end = i->end;
    l.left = read_u32(&l.r) + !l.catches; /* br_table: the default is one more */
    return l;
}

bool label_next(struct label_list *l) {
    if (!l->left) return false;
    l->left--;
    l->kind = l->catches ? read_byte(&l->r) : 2;
    l->tag = l->kind < 2 ? read_u32(&l->r) : 0;
    l->label = read_u32(&l->r);
    return true;
}
