#include "edge/turnstile.h"

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"

struct line {
    unsigned in;
    struct list waiting; /* struct pass.node */
};

struct turnstile {
    struct loop *loop;
    unsigned each;
    struct map *lines; /* by account; only of those who have somebody in */
};

struct turnstile *turnstile_new(struct loop *loop, unsigned each) {
    struct turnstile *t = NEW(struct turnstile);
    *t = (struct turnstile){loop, each, map_new()};
    return t;
}

void turnstile_free(struct turnstile *t) {
    if (!t) return;
    check(map_count(t->lines) == 0);
    map_free(t->lines);
    mem_free(t);
}

static void on_let_in(void *arg) {
    struct pass *p = arg;
    p->in(p->arg);
}

void pass_init(struct pass *p, void (*in)(void *arg), void *arg) {
    *p = (struct pass){.in = in, .arg = arg};
    list_init(&p->node);
    deferred_init(&p->let_in, on_let_in, p);
}

bool pass_enter(struct pass *p, struct turnstile *t, uint32_t account) {
    check(p->state == PASS_OUT);
    struct line *line = map_get_u64(t->lines, account);
    if (!line) {
        line = NEW(struct line);
        list_init(&line->waiting);
        map_put_u64(t->lines, account, line);
    }
    p->turnstile = t;
    p->account = account;
    bool in = line->in < t->each;
    p->state = in ? PASS_IN : PASS_WAITING;
    if (in)
        line->in++;
    else
        list_push(&line->waiting, &p->node);
    return in;
}

/* A place is free: the first in line has it; nobody waits: the line may be nobody's any more. */
static void next(struct turnstile *t, uint32_t account, struct line *line) {
    struct list *first = list_first(&line->waiting);
    if (first) {
        struct pass *p = LIST_ITEM(first, struct pass, node);
        list_remove(first);
        p->state = PASS_IN;
        loop_defer(t->loop, &p->let_in);
    } else if (--line->in == 0) {
        map_remove_u64(t->lines, account);
        mem_free(line);
    }
}

void pass_leave(struct pass *p) {
    struct turnstile *t = p->turnstile;
    if (p->state == PASS_IN) {
        deferred_cancel(&p->let_in);
        next(t, p->account, map_get_u64(t->lines, p->account));
    }
    list_remove(&p->node);
    p->state = PASS_OUT;
}
