/* Events that were queued in an isolate and had not begun when it ended: nothing of them has happened, so they begin in the
 * next one. */
#include "worker/isolates.h"

#include "base/mem.h"

struct unbegun {
    struct list node;
    struct message message;
    _Alignas(8) char payload[];
};

void unbegun_add(struct worker *w, const struct message *m) {
    struct unbegun *u = mem_alloc(sizeof *u + m->payload.len);
    u->message = *m;
    memcpy(u->payload, m->payload.ptr, m->payload.len);
    u->message.payload.ptr = u->payload;
    list_init(&u->node);
    list_push(&w->unbegun, &u->node);
}

/* Each begins at most once for each isolate that ends, and an isolate ends by an event that had begun: this comes to rest. */
bool unbegun_dispatch(struct worker *w) {
    struct list *node, batch;
    list_init(&batch);
    while ((node = list_first(&w->unbegun))) {
        list_remove(node);
        list_push(&batch, node);
    }
    bool any = list_first(&batch) != NULL;
    while ((node = list_first(&batch))) {
        struct unbegun *u = LIST_ITEM(node, struct unbegun, node);
        list_remove(node);
        worker_event(w, &u->message);
        mem_free(u);
    }
    return any;
}

void unbegun_drop(struct worker *w) {
    struct list *node;
    while ((node = list_first(&w->unbegun))) {
        struct unbegun *u = LIST_ITEM(node, struct unbegun, node);
        list_remove(node);
        mem_free(u);
    }
}
