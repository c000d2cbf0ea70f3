/* A lane: one thread's turns at user code. Isolates that have something to do take a seat in it, and get their turns one after
 * another, a fair share of CPU each: deficit round robin (Shreedhar, Varghese 1995) with CPU time instead of bytes, and new
 * arrivals first as in FQ-CoDel (RFC 8290, section 4.2).
 *
 * A seat's turn runs about as many events as its credit pays for, by what its events took of late. Who has taken more than it
 * had is passed over while others wait: each time it is, LANE_QUANTUM_NS of its debt are paid, and away from the queue half of the
 * time that passes. So a seat whose events take 50 ms gets its part of the thread and no more; one that comes now and then and
 * takes little waits for one turn of somebody else at most; one that is alone waits for nobody. Between slices the loop polls:
 * messages that arrive meanwhile are seen.
 *
 * Private to worker/. Loop's thread. */
#ifndef WORKER_LANE_H
#define WORKER_LANE_H

#include "base/list.h"
#include "loop/loop.h"

enum { LANE_QUANTUM_NS = 250 * 1000, LANE_DEBT_NS = 1000 * 1000 * 1000, LANE_ROWS = 256 };

/* Embed it. */
struct seat {
    struct list node;  /* in lane->ready */
    int64_t credit_ns; /* below 0: a debt */
    uint64_t left_ms;  /* when its last turn ended, as loop_now_ms() */
    uint64_t mean_ns;  /* CPU of an event, lately; 0: not known */
};
static inline void seat_init(struct seat *s) {
    *s = (struct seat){.credit_ns = LANE_QUANTUM_NS};
    list_init(&s->node);
}

/* What a turn was. */
struct lane_used {
    uint64_t cpu_ns;
    unsigned things; /* events, timers, operations */
    uint64_t now_ns; /* clock_monotonic_ns() at its end */
};

struct lane {
    struct loop *loop;
    bool slow; /* polls after every turn */
    /* Runs at most `rows` things of the seat's. True: it has more. The seat may be gone from the lane afterwards (lane_leave()), but
     * not freed. */
    bool (*turn)(struct seat *s, unsigned rows, struct lane_used *used);
    struct list fresh;    /* came with credit */
    struct list ready;    /* in turn */
    unsigned ready_count; /* of both */
    uint64_t now_ns;      /* when the turn that is under way began: a clock is read once for each turn */
    size_t waiting;       /* events that have not begun; its users count them */
    struct deferred run;
    bool running, posted, ended;
};

void lane_init(struct lane *lane, struct loop *loop, bool slow,
               bool (*turn)(struct seat *s, unsigned rows, struct lane_used *used));
/* No seat is left in it, and its loop runs no more or is freed before the memory of the lane goes. */
void lane_end(struct lane *lane);
/* Something is to be done: at the next lane_run(). */
void lane_enter(struct lane *lane, struct seat *s);
/* The same, and lane_run() comes from the loop. */
void lane_wake(struct lane *lane, struct seat *s);
void lane_leave(struct lane *lane, struct seat *s);
/* A slice of turns now; the rest from the loop. */
void lane_run(struct lane *lane);

#endif
