#include "base/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"

const uint64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {50,     100,     250,     500,     1000,   2500,
                                                        5000,   10000,   25000,   50000,   100000, 250000,
                                                        500000, 1000000, 5000000, 30000000};

void histogram_add(struct histogram *h, uint64_t ns) {
    unsigned i = 0;
    while (i < HISTOGRAM_BOUNDS && ns > histogram_bounds_us[i] * 1000) i++;
    count(&h->buckets[i], 1);
    count(&h->sum_ns, ns);
}

/* -- The file ------------------------------------------------------------------------------------------------- */

static const char magic[8] = "cuspcnt1";

/* A page of its own, so that lanes begin on pages. */
struct counters_head {
    char magic[8];
    uint64_t lanes, beat_ns;
};

enum { HEAD_BYTES = 4096 };

struct counters_file {
    uint32_t lanes;
    size_t size;
    char *map;
};

static size_t lane_bytes(void) {
    return (sizeof(struct counters_lane) + HEAD_BYTES - 1) / HEAD_BYTES * HEAD_BYTES;
}
static size_t file_bytes(uint32_t lanes) { return HEAD_BYTES + lanes * lane_bytes(); }

enum err counters_create(uint32_t lanes, int *ret_fd) {
    check(lanes >= 1 && lanes <= COUNTERS_LANES);
    struct counters_head head = {.lanes = lanes};
    memcpy(head.magic, magic, sizeof magic);
    int fd = memfd_create("cusp counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return err_from_errno(errno);
    if (ftruncate(fd, (off_t)file_bytes(lanes)) || pwrite(fd, &head, sizeof head, 0) != sizeof head ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
        enum err e = err_from_errno(errno);
        close(fd);
        return e;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static void clear_gauges(struct counters_lane *lane) {
#define GAUGE(block, field) gauge(&lane->block.field, 0);
#define COUNTER(block, field)
#define X(field, metric, type, unit, help) type(lane, field)
    COUNTERS_LANE_TABLE(X)
#undef X
#define X(field, metric, type, unit, help) type(edge, field)
    COUNTERS_EDGE_TABLE(X)
#undef X
#undef GAUGE
#undef COUNTER
    size_t high = counters_isolates_high(lane);
    memset(lane->isolates, 0, high * sizeof *lane->isolates);
    gauge(&lane->isolates_high, 0);
    gauge(&lane->alive, 0);
}

static uint64_t *beat_of(const struct counters_file *f) {
    return &((struct counters_head *)(void *)f->map)->beat_ns;
}

enum err counters_open(int fd, bool write, struct counters_file **ret) {
    struct stat info;
    struct counters_head head;
    if (fstat(fd, &info)) return err_from_errno(errno);
    if (pread(fd, &head, sizeof head, 0) != sizeof head || memcmp(head.magic, magic, sizeof magic) != 0 ||
        head.lanes < 1 || head.lanes > COUNTERS_LANES ||
        (uint64_t)info.st_size != file_bytes((uint32_t)head.lanes))
        return ERR_INVALID;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK)) return ERR_INVALID; /* a reader could be made to fault */
    void *map =
        mmap(NULL, (size_t)info.st_size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return err_from_errno(errno);
    struct counters_file *f = NEW(struct counters_file);
    *f = (struct counters_file){(uint32_t)head.lanes, (size_t)info.st_size, map};
    for (uint32_t i = 0; write && i < f->lanes; i++) clear_gauges(counters_lane(f, i));
    if (write) gauge(beat_of(f), 0);
    *ret = f;
    return ERR_OK;
}

struct counters_file *counters_private(uint32_t lanes) {
    check(lanes >= 1 && lanes <= COUNTERS_LANES);
    struct counters_file *f = NEW(struct counters_file);
    *f = (struct counters_file){.lanes = lanes, .size = file_bytes(lanes)};
    f->map = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(f->map != MAP_FAILED);
    return f;
}

struct counters_file *counters_adopt(int fd, uint32_t lanes) {
    struct counters_file *f;
    if (counters_open(fd, true, &f)) return counters_private(lanes);
    close(fd);
    if (f->lanes >= lanes) return f;
    counters_close(f);
    return counters_private(lanes);
}

void counters_close(struct counters_file *f) {
    if (!f) return;
    munmap(f->map, f->size);
    mem_free(f);
}

uint32_t counters_lanes(const struct counters_file *f) { return f->lanes; }

void counters_beat(struct counters_file *f) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    gauge(beat_of(f), (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

uint64_t counters_beat_ns(const struct counters_file *f) { return counter_read(beat_of(f)); }

struct counters_lane *counters_lane(const struct counters_file *f, uint32_t lane) {
    if (lane >= f->lanes) return NULL;
    return (struct counters_lane *)(void *)(f->map + HEAD_BYTES + lane * lane_bytes());
}

/* -- The writer ------------------------------------------------------------------------------------------------- */

struct counters {
    struct counters_lane *lane;
    struct map *rows; /* number + 1 -> struct counters_row */
    size_t isolate_hint;
};

struct counters *counters_take(struct counters_lane *lane) {
    struct counters *c = NEW(struct counters);
    *c = (struct counters){.lane = lane, .rows = map_new()};
    size_t used = counters_rows_used(lane);
    for (size_t i = 0; i < used; i++) map_put_u64(c->rows, (uint32_t)lane->rows[i].worker, &lane->rows[i]);
    if (!used) { /* row 0: others */
        map_put_u64(c->rows, 0, &lane->rows[0]);
        gauge(&lane->rows_used, 1);
    }
    gauge(&lane->alive, 1);
    return c;
}

void counters_give(struct counters *c) {
    if (!c) return;
    clear_gauges(c->lane);
    map_free(c->rows);
    mem_free(c);
}

struct counters_lane *counters_of(const struct counters *c) {
    return c->lane;
}

struct counters_row *counters_row(struct counters *c, uint32_t worker) {
    struct counters_row *row = map_get_u64(c->rows, worker);
    if (row) return row;
    size_t used = counters_rows_used(c->lane);
    if (used == COUNTERS_ROWS) return &c->lane->rows[0];
    row = &c->lane->rows[used];
    row->worker = worker;
    __atomic_store_n(&c->lane->rows_used, used + 1, __ATOMIC_RELEASE);
    map_put_u64(c->rows, worker, row);
    return row;
}

static struct counters_isolate *free_slot(struct counters *c) {
    for (size_t n = 0; n < COUNTERS_ISOLATES; n++) {
        size_t at = (c->isolate_hint + n) % COUNTERS_ISOLATES;
        if (!c->lane->isolates[at].used) {
            c->isolate_hint = at + 1;
            return &c->lane->isolates[at];
        }
    }
    return NULL;
}

/* Low slots first while there are few, so that readers look at few. */
struct counters_isolate *counters_isolate_take(struct counters *c, uint32_t worker, const char *version) {
    size_t high = counters_isolates_high(c->lane);
    if (c->isolate_hint >= high) c->isolate_hint = 0;
    struct counters_isolate *i = free_slot(c);
    if (!i) return NULL;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *i = (struct counters_isolate){.worker = worker,
                                   .born_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000};
    memcpy(i->version, version, strnlen(version, sizeof i->version));
    size_t at = (size_t)(i - c->lane->isolates);
    if (at >= high) __atomic_store_n(&c->lane->isolates_high, at + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&i->used, 1, __ATOMIC_RELEASE);
    return i;
}

void counters_isolate_give(struct counters_isolate *i) {
    if (i) __atomic_store_n(&i->used, 0, __ATOMIC_RELEASE);
}

/* -- The reader ------------------------------------------------------------------------------------------------- */

static size_t bounded(const uint64_t *n, size_t most) {
    uint64_t value = __atomic_load_n(n, __ATOMIC_ACQUIRE);
    return value < most ? (size_t)value : most;
}

size_t counters_rows_used(const struct counters_lane *lane) {
    return bounded(&lane->rows_used, COUNTERS_ROWS);
}

size_t counters_isolates_high(const struct counters_lane *lane) {
    return bounded(&lane->isolates_high, COUNTERS_ISOLATES);
}
