#include "cli/serve_spare.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"

/* An account that has a spare process, or is about to have one. */
struct spare {
    struct list node; /* in spares->all, oldest first */
    struct spares *spares;
    struct account *account;
    struct child *child;
    struct timer *start;
};

struct spares {
    struct serve *serve;
    struct list all;
    size_t count;
};

static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    for (size_t i = 0; i < fd_count; i++) close(fds[i]);
}

static void on_up(struct child *c) {}

static void start(void *arg) {
    struct spare *spare = arg;
    if (!spare->spares->serve->draining) child_start(spare->child);
}

/* The same process under another name. */
static struct child *second_of(struct child *first) {
    const char *argv[CHILD_ARGS];
    size_t argc = 0;
    struct buf name = BUF_INIT;
    for (; first->argv[argc]; argc++) argv[argc] = first->argv[argc];
    argv[1] = "@backup"; /* as long as "@worker", which it writes over it */
    buf_printf(&name, "spare %s", first->name);
    struct child *c = child_new(first->serve, buf_cstr(&name), argv, argc, on_message, on_up, first->role,
                                first->number, 0);
    c->has_pulse = true;
    c->hidden = true;
    if (first->counters >= 0) c->counters = fcntl(first->counters, F_DUPFD_CLOEXEC, 3);
    buf_free(&name);
    return c;
}

static struct spare *spare_of(struct spares *sp, const struct account *a) {
    LIST_EACH(node, &sp->all) {
        struct spare *spare = LIST_ITEM(node, struct spare, node);
        if (spare->account == a) return spare;
    }
    return NULL;
}

static void spare_free(struct spare *spare) {
    list_remove(&spare->node);
    spare->spares->count--;
    child_free(spare->child); /* kills it */
    timer_free(spare->start);
    mem_free(spare);
}

void spares_want(struct spares *sp, struct account *a) {
    struct spare *spare = spare_of(sp, a);
    if (spare) {
        list_remove(&spare->node);
    } else {
        if (sp->count >= LIMIT_SPARE_PROCESSES) spare_free(LIST_ITEM(sp->all.next, struct spare, node));
        spare = NEW(struct spare);
        *spare = (struct spare){.spares = sp, .account = a, .child = second_of(a->child)};
        spare->start = timer_new(sp->serve->loop, start, spare);
        sp->count++;
    }
    list_push(&sp->all, &spare->node);
    if (!spare->child->process) timer_start(spare->start, LIMIT_SPARE_PAUSE_MS, 0);
}

bool spares_take(struct spares *sp, struct account *a) {
    struct spare *spare = spare_of(sp, a);
    if (!spare || !spare->child->process || !spare->child->pipe) return false;
    child_take_over(a->child, spare->child);
    return true;
}

size_t spares_each(struct spares *sp, void (*each)(struct child *c)) {
    size_t alive = 0;
    LIST_EACH(node, &sp->all) {
        struct child *c = LIST_ITEM(node, struct spare, node)->child;
        alive += c->process != NULL;
        if (each) each(c);
    }
    return alive;
}

struct spares *spares_new(struct serve *s) {
    struct spares *sp = NEW(struct spares);
    sp->serve = s;
    list_init(&sp->all);
    return sp;
}

void spares_free(struct spares *sp) {
    if (!sp) return;
    while (!list_empty(&sp->all)) spare_free(LIST_ITEM(sp->all.next, struct spare, node));
    mem_free(sp);
}
