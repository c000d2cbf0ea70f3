/* Matching without a regular expression engine: a component becomes a small program, which runs by backtracking in the order of
 * preference of the expression that the standard generates, so the groups are the same. A pair of instruction and
 * position that has failed once is not tried again. */
#include <stdlib.h>

#include "http/urlpattern_int.h"

enum op_kind {
    OP_TEXT,  /* this text */
    OP_BUT,   /* one byte that is not `c` */
    OP_ANY,   /* one byte */
    OP_SPLIT, /* go on at x; when that fails, at y */
    OP_SAVE,  /* the position, in slot x */
    OP_SOME,  /* the group in slot x is not empty */
    OP_MATCH  /* at the end of the input? */
};

struct op {
    enum op_kind kind;
    char c;
    uint32_t x, y;
    struct span text;
};

/* --- The program ---------------------------------------------------------------------------------------------------------- */

struct writer {
    struct component *c;
    uint32_t slot;
};

static uint32_t put(struct writer *w, struct op op) {
    w->c->program[w->c->op_count] = op;
    return (uint32_t)w->c->op_count++;
}
static uint32_t here(const struct writer *w) { return (uint32_t)w->c->op_count; }
static void put_text(struct writer *w, struct span text) {
    if (text.len) put(w, (struct op){.kind = OP_TEXT, .text = text});
}
static void put_save(struct writer *w, uint32_t slot) { put(w, (struct op){.kind = OP_SAVE, .x = slot}); }

/* "[^/]+?" or ".*" */
static void put_wildcard(struct writer *w, const struct part *part) {
    uint32_t start = here(w);
    if (part->type == PART_SEGMENT_WILDCARD) {
        char delimiter = w->c->options.delimiter;
        put(w, (struct op){.kind = delimiter ? OP_BUT : OP_ANY, .c = delimiter});
        put(w, (struct op){.kind = OP_SPLIT, .x = here(w) + 1, .y = start});
    } else {
        put(w, (struct op){.kind = OP_SPLIT, .x = start + 1, .y = start + 3});
        put(w, (struct op){.kind = OP_ANY});
        put(w, (struct op){.kind = OP_SPLIT, .x = start, .y = start});
    }
}

/* Begins what may be left out: returns the instruction whose `y` is to be what follows. */
static uint32_t put_maybe(struct writer *w) {
    uint32_t at = put(w, (struct op){.kind = OP_SPLIT});
    w->c->program[at].x = at + 1;
    return at;
}

/* (?:...)* around what `body` writes. */
static void put_star(struct writer *w, const struct part *part, struct span between1, struct span between2) {
    uint32_t start = put_maybe(w);
    put_text(w, between1);
    put_text(w, between2);
    put_wildcard(w, part);
    put(w, (struct op){.kind = OP_SPLIT, .x = start, .y = start});
    w->c->program[start].y = here(w);
}

static void put_group(struct writer *w, const struct part *part) {
    bool may_lack = part->modifier == OPTIONAL || part->modifier == ANY_NUMBER;
    bool repeats = part->modifier == ANY_NUMBER || part->modifier == ONE_OR_MORE;
    bool bare = !part->prefix.len && !part->suffix.len;
    uint32_t slot = w->slot;
    w->slot += 2;
    if (bare && repeats) { /* ((?:x)*): the group is there even when it is empty */
        put_save(w, slot);
        if (part->modifier == ONE_OR_MORE) put_wildcard(w, part);
        put_star(w, part, SPAN(""), SPAN(""));
        put_save(w, slot + 1);
        return;
    }
    uint32_t maybe = may_lack ? put_maybe(w) : 0;
    put_text(w, part->prefix);
    put_save(w, slot);
    put_wildcard(w, part);
    if (repeats) put_star(w, part, part->suffix, part->prefix);
    put_save(w, slot + 1);
    put_text(w, part->suffix);
    /* What may be left out is, rather than be empty: of (.*)? only the groups tell. */
    if (bare && may_lack) put(w, (struct op){.kind = OP_SOME, .x = slot});
    if (may_lack) w->c->program[maybe].y = here(w);
}

static void put_fixed(struct writer *w, const struct part *part) {
    if (part->modifier == ONCE) {
        put_text(w, part->value);
        return;
    }
    if (part->modifier == ONE_OR_MORE) put_text(w, part->value);
    uint32_t maybe = put_maybe(w);
    put_text(w, part->value);
    if (part->modifier != OPTIONAL) put(w, (struct op){.kind = OP_SPLIT, .x = maybe, .y = maybe});
    w->c->program[maybe].y = here(w);
}

enum { MOST_OPS = 16 }; /* a part becomes */

void urlpattern_program(struct arena *a, struct component *c) {
    c->program = arena_alloc(a, (c->part_count * MOST_OPS + 1) * sizeof *c->program);
    struct writer w = {.c = c};
    for (size_t i = 0; i < c->part_count; i++) {
        if (c->parts[i].type == PART_FIXED)
            put_fixed(&w, &c->parts[i]);
        else
            put_group(&w, &c->parts[i]);
    }
    put(&w, (struct op){.kind = OP_MATCH});
}

/* --- Running it --------------------------------------------------------------------------------------------------------------- */

/* What is to be done when the way taken fails: go on at `pc`, or (pc is UINT32_MAX) give a slot its old value. */
struct job {
    uint32_t pc, slot;
    size_t at; /* position, or old value */
};

struct run {
    const struct component *c;
    struct span input;
    size_t *slots; /* NULL: nobody wants the groups */
    unsigned char *tried;
    struct buf jobs;
};

static bool same_text(const struct component *c, struct span input, size_t at, struct span text) {
    struct span there = span_first(span_from(input, at), text.len);
    return c->options.ignore_case ? span_eq_nocase(there, text) : span_eq(there, text);
}

static void push(struct run *r, uint32_t pc, uint32_t slot, size_t at) {
    struct job job = {pc, slot, at};
    buf_add(&r->jobs, span_make(&job, sizeof job));
}

static bool pop(struct run *r, struct job *ret) {
    if (!r->jobs.len) return false;
    r->jobs.len -= sizeof *ret;
    memcpy(ret, r->jobs.ptr + r->jobs.len, sizeof *ret);
    return true;
}

static bool first_time(struct run *r, uint32_t pc, size_t at) {
    size_t bit = pc * (r->input.len + 1) + at;
    unsigned char mask = (unsigned char)(1u << (bit & 7));
    if (r->tried[bit >> 3] & mask) return false;
    r->tried[bit >> 3] |= mask;
    return true;
}

/* Follows one way to its end. */
static bool follow(struct run *r, uint32_t pc, size_t at) {
    for (;;) {
        const struct op *op = &r->c->program[pc];
        switch (op->kind) {
        case OP_TEXT:
            if (!same_text(r->c, r->input, at, op->text)) return false;
            at += op->text.len;
            pc++;
            break;
        case OP_BUT:
        case OP_ANY:
            if (at == r->input.len || (op->kind == OP_BUT && r->input.ptr[at] == op->c)) return false;
            at++;
            pc++;
            break;
        case OP_SPLIT:
            if (!first_time(r, pc, at)) return false;
            if (op->x != op->y) push(r, op->y, 0, at);
            pc = op->x;
            break;
        case OP_SAVE:
            if (r->slots) {
                push(r, UINT32_MAX, op->x, r->slots[op->x]);
                r->slots[op->x] = at;
            }
            pc++;
            break;
        case OP_SOME:
            if (r->slots && r->slots[op->x] == at) return false;
            pc++;
            break;
        case OP_MATCH: return at == r->input.len;
        }
    }
}

static bool run(struct run *r) {
    struct job job = {0, 0, 0};
    do {
        if (job.pc == UINT32_MAX)
            r->slots[job.slot] = job.at;
        else if (follow(r, job.pc, job.at))
            return true;
    } while (pop(r, &job));
    return false;
}

/* Literal text, or "*" alone: most components of most patterns. */
static bool run_simple(const struct component *c, struct span input, struct span *groups, bool *ret_matches) {
    if (c->part_count == 0) return *ret_matches = input.len == 0, true;
    const struct part *part = c->parts;
    if (c->part_count > 1 || part->modifier != ONCE || part->prefix.len || part->suffix.len) return false;
    if (part->type == PART_FIXED) {
        *ret_matches = input.len == part->value.len && same_text(c, input, 0, part->value);
        return true;
    }
    if (part->type != PART_FULL_WILDCARD) return false;
    if (groups) groups[0] = urlpattern_there(input);
    return *ret_matches = true, true;
}

enum err urlpattern_run(const struct component *c, struct span input, struct span *groups,
                        bool *ret_matches) {
    if (run_simple(c, input, groups, ret_matches)) return ERR_OK;
    if (input.len > LIMIT_URLPATTERN_STEPS / c->op_count) return ERR_TOO_LARGE;
    size_t bytes = (c->op_count * (input.len + 1) + 7) / 8;
    unsigned char near[512] = {0};
    size_t near_slots[32], *slots = near_slots;
    struct run r = {.c = c, .input = input, .tried = near, .jobs = BUF_INIT};
    if (bytes > sizeof near) r.tried = calloc(1, bytes);
    if (c->name_count * 2 > 32) slots = malloc(c->name_count * 2 * sizeof *slots);
    enum err e = r.tried && slots ? ERR_OK : ERR_TOO_LARGE;
    if (!e) {
        for (size_t i = 0; i < c->name_count * 2; i++) slots[i] = SIZE_MAX;
        r.slots = groups ? slots : NULL;
        *ret_matches = run(&r);
        for (size_t i = 0; groups && i < c->name_count; i++)
            groups[i] = slots[2 * i + 1] == SIZE_MAX
                            ? SPAN_NONE
                            : (struct span){urlpattern_there(input).ptr + slots[2 * i],
                                            slots[2 * i + 1] - slots[2 * i]};
    }
    if (r.tried != near) free(r.tried);
    if (slots != near_slots) free(slots);
    buf_free(&r.jobs);
    return e;
}

static const char *const specials[] = {"https", "http", "ws", "wss", "ftp", "file"};

bool urlpattern_special_name(struct span scheme) { return url_scheme_of(scheme) != URL_OTHER; }

bool urlpattern_is_special(const struct component *protocol) {
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        bool matches = false;
        if (!urlpattern_run(protocol, span_of(specials[i]), NULL, &matches) && matches) return true;
    }
    return false;
}
