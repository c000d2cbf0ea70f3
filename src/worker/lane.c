#include "worker/lane.h"

#include "base/check.h"
#include "loop/clock.h"

/* A fast lane runs deferred work several times (LOOP_ROUNDS) between two polls. */
enum { SLICE_NS = 250 * 1000, FIRST_ROWS = 4, MEAN_WEIGHT = 8 };

static void run_deferred(void *arg) { lane_run(arg); }

static void run_posted(void *arg) {
    struct lane *lane = arg;
    lane->posted = false;
    if (!lane->ended) lane_run(lane);
}

void lane_init(struct lane *lane, struct loop *loop, bool slow,
               bool (*turn)(struct seat *s, unsigned rows, struct lane_used *used)) {
    *lane = (struct lane){.loop = loop, .slow = slow, .turn = turn};
    list_init(&lane->fresh);
    list_init(&lane->ready);
    deferred_init(&lane->run, run_deferred, lane);
}

void lane_end(struct lane *lane) {
    check(!lane->ready_count);
    lane->ended = true;
    deferred_cancel(&lane->run);
}

void lane_enter(struct lane *lane, struct seat *s) {
    if (!list_empty(&s->node)) return;
    if (s->credit_ns < LANE_QUANTUM_NS) { /* it has been away */
        uint64_t now_ms =
            loop_now_ms(lane->loop); /* of the loop's last poll: perhaps before that turn's end */
        if (now_ms > s->left_ms) s->credit_ns += (int64_t)((now_ms - s->left_ms) * 500000);
        if (s->credit_ns > LANE_QUANTUM_NS) s->credit_ns = LANE_QUANTUM_NS;
    }
    list_push(s->credit_ns > 0 ? &lane->fresh : &lane->ready, &s->node);
    lane->ready_count++;
}

static void go_on(struct lane *lane, struct seat *s) {
    if (!list_empty(&s->node)) return;
    list_push(&lane->ready, &s->node);
    lane->ready_count++;
}

/* A posted run comes after the next poll, a deferred one perhaps before. */
static void run_later(struct lane *lane) {
    if (!lane->slow) {
        loop_defer(lane->loop, &lane->run);
    } else if (!lane->posted) {
        lane->posted = true;
        loop_post(lane->loop, run_posted, lane);
    }
}

void lane_wake(struct lane *lane, struct seat *s) {
    lane_enter(lane, s);
    if (!lane->running) run_later(lane);
}

void lane_leave(struct lane *lane, struct seat *s) {
    if (list_empty(&s->node)) return;
    list_remove(&s->node);
    lane->ready_count--;
}

/* The next seat that owes nothing; whoever is passed over has paid a quantum. One that is alone owes nobody. */
static struct seat *next(struct lane *lane) {
    if (!list_empty(&lane->fresh)) return LIST_ITEM(list_first(&lane->fresh), struct seat, node);
    for (;;) {
        struct seat *s = LIST_ITEM(list_first(&lane->ready), struct seat, node);
        if (lane->ready_count == 1 && s->credit_ns < 0) s->credit_ns = 0;
        s->credit_ns += LANE_QUANTUM_NS;
        if (s->credit_ns > LANE_QUANTUM_NS) s->credit_ns = LANE_QUANTUM_NS;
        if (s->credit_ns > 0) return s;
        list_remove(&s->node);
        list_push(&lane->ready, &s->node);
    }
}

static unsigned rows_of(const struct seat *s) {
    if (!s->mean_ns) return FIRST_ROWS;
    /* Rounded up: what is too much is a debt, what is too little would be lost at the next quantum. */
    uint64_t rows = ((uint64_t)s->credit_ns + s->mean_ns - 1) / s->mean_ns;
    return rows < 1 ? 1 : rows > LANE_ROWS ? LANE_ROWS : (unsigned)rows;
}

static void pay(struct seat *s, const struct lane_used *used) {
    s->left_ms = used->now_ns / 1000000;
    s->credit_ns -= (int64_t)used->cpu_ns;
    if (s->credit_ns < -LANE_DEBT_NS) s->credit_ns = -LANE_DEBT_NS;
    if (!used->things) return;
    uint64_t each = used->cpu_ns / used->things + 1;
    s->mean_ns = s->mean_ns ? s->mean_ns - s->mean_ns / MEAN_WEIGHT + each / MEAN_WEIGHT + 1 : each;
}

void lane_run(struct lane *lane) {
    if (lane->running || !lane->ready_count) return;
    uint64_t began_ns = clock_monotonic_ns();
    lane->now_ns = began_ns;
    lane->running = true;
    do {
        struct seat *s = next(lane);
        struct lane_used used = {0};
        lane_leave(lane, s);
        bool more = lane->turn(s, rows_of(s), &used);
        lane->now_ns = used.now_ns;
        pay(s, &used);
        if (more) go_on(lane, s);
    } while (lane->ready_count && !lane->slow && lane->now_ns - began_ns < SLICE_NS);
    lane->running = false;
    if (lane->ready_count) run_later(lane);
}
