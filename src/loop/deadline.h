/* Deadlines: O(1) timeouts for many things that share one duration (all connections' idle timeout).
 *
 * A queue is a list in order of due time, because every member gets the same duration: setting a deadline
 * moves the member to the tail. One coarse timer serves a queue, so a deadline comes up to `resolution` late
 * and never early: an eighth of the duration, at most 250 ms. The timer runs only while the queue has
 * members. Loop's thread. */
#ifndef LOOP_DEADLINE_H
#define LOOP_DEADLINE_H

#include "loop/loop.h"

struct deadline_queue;

/* Embed it in the thing that has the deadline. */
struct deadline {
    struct list node;
    uint64_t due_ms;
    struct deadline_queue *queue; /* NULL while not set */
};

/* on_due gets the deadline, which is no longer set; LIST_ITEM(d, struct thing, member) finds the thing. */
struct deadline_queue *deadline_queue_new(struct loop *loop, uint64_t duration_ms,
                                          void (*on_due)(void *arg, struct deadline *d), void *arg);
/* Members still set are cleared. */
void deadline_queue_free(struct deadline_queue *q);

void deadline_init(struct deadline *d);
/* Due `duration_ms` from now. Moves it when it is set already, also from another queue. */
void deadline_set(struct deadline_queue *q, struct deadline *d);
void deadline_clear(struct deadline *d); /* fine when not set */
static inline bool deadline_is_set(const struct deadline *d) { return d->queue != NULL; }

#endif
