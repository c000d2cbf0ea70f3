#include "base/pulse.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

_Static_assert(sizeof(struct pulse) <= 2 * 4096, "two pages");

_Thread_local struct pulse_lane *pulse_tls;
static struct pulse *own; /* written once by pulse_adopt(), before threads */

static enum err map(int fd, struct pulse **ret) {
    void *at = mmap(NULL, sizeof(struct pulse), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return err_from_errno(errno);
    *ret = at;
    return ERR_OK;
}

enum err pulse_create(struct pulse **ret, int *ret_fd) {
    int fd = memfd_create("cusp pulse", MFD_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err e = ftruncate(fd, sizeof(struct pulse)) ? err_from_errno(errno) : ERR_OK;
    if (!e) e = map(fd, ret);
    if (e)
        close(fd);
    else
        *ret_fd = fd;
    return e;
}

void pulse_unmap(struct pulse *p) {
    if (p) munmap(p, sizeof *p);
}

enum err pulse_adopt(int fd) {
    struct stat info;
    enum err e = fstat(fd, &info) ? err_from_errno(errno) : ERR_OK;
    if (!e && (!S_ISREG(info.st_mode) || (size_t)info.st_size < sizeof(struct pulse))) e = ERR_IO;
    if (!e) e = map(fd, &own);
    close(fd);
    return e;
}

static uint64_t clock_ns(clockid_t id) {
    struct timespec now;
    if (clock_gettime(id, &now)) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t pulse_clock_ns(void) { return clock_ns(CLOCK_MONOTONIC_COARSE); }

#define LOAD(field)         atomic_load_explicit(&(field), memory_order_relaxed)
#define STORE(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

enum err pulse_join(void) {
    if (!own || pulse_tls) return ERR_OK;
    uint32_t at = atomic_fetch_add(&own->lanes, 1);
    if (at >= PULSE_LANES) {
        atomic_fetch_sub(&own->lanes, 1);
        return ERR_OVERLOAD;
    }
    struct pulse_lane *lane = &own->lane[at];
    clockid_t clock;
    lane->cpu_clock = pthread_getcpuclockid(pthread_self(), &clock) ? CLOCK_PROCESS_CPUTIME_ID : clock;
    pulse_tls = lane;
    return ERR_OK;
}

void pulse_beat(void) {
    if (!own) return;
    for (size_t i = 0; i < pulse_lanes(own); i++) {
        struct pulse_lane *lane = &own->lane[i];
        if (LOAD(lane->turn) & 1) STORE(lane->cpu_ns, clock_ns(lane->cpu_clock));
    }
    atomic_fetch_add_explicit(&own->beats, 1, memory_order_relaxed);
}

void pulse_enter(struct pulse_lane *lane, uint32_t worker) {
    if (!lane || lane->depth++) return;
    STORE(lane->worker, worker);
    STORE(lane->allowed_ms, (uint32_t)LIMIT_WORKER_CPU_MS);
    STORE(lane->since_ns, pulse_clock_ns());
    /* Only this thread writes it, so no read-modify-write is needed; release: whoever sees it odd sees whose turn it is. */
    atomic_store_explicit(&lane->turn, LOAD(lane->turn) + 1, memory_order_release);
}

void pulse_leave(struct pulse_lane *lane) {
    if (!lane || --lane->depth) return;
    atomic_store_explicit(&lane->turn, LOAD(lane->turn) + 1, memory_order_release);
}

void pulse_crashed(struct pulse_lane *lane, int signal) {
    if (lane) STORE(lane->signal, signal);
}

size_t pulse_lanes(const struct pulse *p) {
    uint32_t n = LOAD(p->lanes);
    return n < PULSE_LANES ? n : PULSE_LANES;
}

/* Again while it moves; after some tries it is not somebody's long turn, and any of its moments will do. */
void pulse_read(const struct pulse *p, size_t at, struct pulse_moment *ret) {
    enum { TRIES = 16 };
    const struct pulse_lane *lane = &p->lane[at];
    for (int i = 0; i < TRIES; i++) {
        uint64_t turn = atomic_load_explicit(&lane->turn, memory_order_acquire);
        *ret = (struct pulse_moment){.inside = turn & 1,
                                     .worker = LOAD(lane->worker),
                                     .allowed_ms = LOAD(lane->allowed_ms),
                                     .signal = LOAD(lane->signal),
                                     .turn = turn,
                                     .steps = LOAD(lane->steps),
                                     .since_ns = LOAD(lane->since_ns),
                                     .cpu_ns = LOAD(lane->cpu_ns)};
        atomic_thread_fence(memory_order_acquire);
        if (LOAD(lane->turn) == turn) return;
    }
    ret->inside = false;
}

uint64_t pulse_beats(const struct pulse *p) { return LOAD(p->beats); }
