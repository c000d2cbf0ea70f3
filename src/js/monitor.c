#include "js/monitor.h"

#include "base/check.h"
#include "js/room.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* How often entries are looked at: a limit of 50 ms is to end a loop before 80, and what is below a few ms shall cost nothing. */
#define ROUND_NS     3000000u
#define ROUND_MIN_NS 500000u
#define FORGOTTEN_NS 2000000000u
/* Rounds without anybody inside before it sleeps: waking it costs an entry a system call. */
enum { IDLE_ROUNDS = 16, LANES = 512, MONITOR_NICE = -10 };

struct lane {
    _Alignas(64) atomic_uint lock;
    atomic_uint taken;
    struct isolate *iso; /* under the lock; the innermost entry, NULL outside */
    uint64_t entries;    /* under the lock: begun ever */
    uint64_t seen;       /* the monitor's: `entries` at its last round */
    uint64_t fired_ns;   /* the monitor's: CPU clock of the lane when its last trap went off */
    clockid_t clock;
};

/* Process-wide by nature: threads come and go, and there is one monitor. */
static struct {
    struct lane lanes[LANES];
    atomic_uint lane_count; /* highest ever */
    atomic_uint asleep, hurry;
    pthread_once_t once;
    pthread_key_t key; /* gives a lane back when its thread ends */
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} monitor = {.once = PTHREAD_ONCE_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct lane *lane_tls;

/* --- Lanes -------------------------------------------------------------------------------------------------------- */

static void lane_lock(struct lane *l) {
    for (unsigned spins = 0; atomic_exchange_explicit(&l->lock, 1, memory_order_acquire); spins++)
        if (spins > 100) sched_yield(); /* whoever holds it was preempted */
}

static void lane_unlock(struct lane *l) { atomic_store_explicit(&l->lock, 0, memory_order_release); }

static void lane_give_back(void *lane) { atomic_store(&((struct lane *)lane)->taken, 0); }

static void *run(void *arg);

static void start(void) {
    pthread_attr_t attr;
    pthread_condattr_t clock;
    pthread_t thread;
    check(pthread_key_create(&monitor.key, lane_give_back) == 0);
    check(pthread_condattr_init(&clock) == 0 && pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(&monitor.wake, &clock) == 0);
    pthread_condattr_destroy(&clock);
    check(pthread_attr_init(&attr) == 0 && pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
    sigset_t all, before; /* signals are for the threads that wait for them */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    check(pthread_create(&thread, &attr, run, NULL) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
}

static struct lane *lane_take(void) {
    pthread_once(&monitor.once, start);
    for (unsigned i = 0; i < LANES; i++) {
        struct lane *l = &monitor.lanes[i];
        if (atomic_exchange(&l->taken, 1)) continue;
        check(pthread_getcpuclockid(pthread_self(), &l->clock) == 0);
        pthread_setspecific(monitor.key, l);
        unsigned count = atomic_load(&monitor.lane_count);
        while (count <= i && !atomic_compare_exchange_weak(&monitor.lane_count, &count, i + 1)) {
        }
        return lane_tls = l;
    }
    check(!"more threads inside isolates than LANES");
    return NULL;
}

static void wake_up(void) {
    pthread_mutex_lock(&monitor.mutex);
    if (atomic_exchange(&monitor.asleep, 0)) pthread_cond_signal(&monitor.wake);
    pthread_mutex_unlock(&monitor.mutex);
}

void monitor_entry_begins(struct isolate *iso) {
    struct lane *l = lane_tls ? lane_tls : lane_take();
    lane_lock(l);
    iso->entry_outer = l->iso;
    l->iso = iso;
    l->entries++;
    lane_unlock(l);
    atomic_thread_fence(memory_order_seq_cst); /* either this thread sees it asleep, or it sees this entry */
    if (atomic_load_explicit(&monitor.asleep, memory_order_relaxed)) wake_up();
}

void monitor_entry_ends(struct isolate *iso) {
    struct lane *l = lane_tls;
    lane_lock(l);
    check(l->iso == iso);
    l->iso = iso->entry_outer;
    l->entries++;
    lane_unlock(l);
}

void monitor_hurry(void) {
    atomic_store(&monitor.hurry, 1);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&monitor.asleep)) wake_up();
}

/* --- The thread ------------------------------------------------------------------------------------------------------- */

static uint64_t clock_ns(clockid_t id) {
    struct timespec at;
    return clock_gettime(id, &at) ? 0 : (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* CPU time until this entry wants to be looked at. Lets its trap go off when that is now. */
static uint64_t look(struct lane *l) {
    struct isolate *iso = l->iso;
    uint64_t handled = atomic_load_explicit(&iso->trap_handled_ns, memory_order_acquire);
    bool under_way = atomic_load_explicit(&iso->trap_fired, memory_order_acquire);
    uint64_t now = clock_ns(l->clock), due = atomic_load_explicit(&iso->look_cpu_ns, memory_order_relaxed);
    if (atomic_load_explicit(&iso->abort, memory_order_relaxed)) due = 0;
    if (due < handled + TRAP_GAP_NS) due = handled + TRAP_GAP_NS; /* traps.h says why */
    if (now < due) return due - now;
    /* One at a time. When the engine has forgotten one, as it never should, there is another a long time after. */
    if (under_way && (trap_pending(&iso->trap) || now < l->fired_ns + FORGOTTEN_NS)) return ROUND_NS;
    atomic_store_explicit(&iso->trap_fired, true, memory_order_relaxed);
    l->fired_ns = now;
    trap_fire(&iso->trap);
    return ROUND_NS;
}

/* One round; how long until the next. *ret_inside: entries that were inside. */
static uint64_t round_of_lanes(unsigned *ret_inside) {
    uint64_t wait = ROUND_NS;
    unsigned count = atomic_load(&monitor.lane_count), inside = 0;
    bool hurry = atomic_exchange(&monitor.hurry, 0);
    for (unsigned i = 0; i < count; i++) {
        struct lane *l = &monitor.lanes[i];
        lane_lock(l);
        if (l->iso && l->iso->trap.bits) {
            bool again = l->entries == l->seen || hurry;
            uint64_t until = again ? look(l) : ROUND_NS;
            if (until < wait) wait = until;
        }
        if (l->iso || l->entries != l->seen) inside++;
        l->seen = l->entries;
        lane_unlock(l);
    }
    *ret_inside = inside;
    return wait < ROUND_MIN_NS ? ROUND_MIN_NS : wait;
}

static void sleep_until_somebody_enters(void) {
    unsigned inside;
    pthread_mutex_lock(&monitor.mutex);
    atomic_store(&monitor.asleep, 1);
    atomic_thread_fence(memory_order_seq_cst);
    round_of_lanes(&inside);
    if (inside) atomic_store(&monitor.asleep, 0);
    while (atomic_load(&monitor.asleep)) pthread_cond_wait(&monitor.wake, &monitor.mutex);
    pthread_mutex_unlock(&monitor.mutex);
}

static void *run(void *arg) {
    unsigned idle = 0, inside;
    pthread_setname_np(pthread_self(), "monitor");
    /* On a busy machine it must not wait behind those it watches. Where that is not allowed, limits end later by its wait. */
    (void)setpriority(PRIO_PROCESS, 0 /* this thread: the sandbox allows no other */, MONITOR_NICE);
    for (;;) {
        uint64_t wait = round_of_lanes(&inside);
        idle = inside ? 0 : idle + 1;
        if (idle >= IDLE_ROUNDS) {
            sleep_until_somebody_enters();
            idle = 0;
        }
        clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = (long)wait}, NULL);
    }
    return arg;
}
