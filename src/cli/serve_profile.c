#include "cli/serve_profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "js/cpuprofile.h"
#include "loop/clock.h"
#include "loop/timer.h"

/* An isolate in the middle of a long event hands in at its end: so much longer it is waited for. */
enum { GRACE_MS = 3000 };

struct serve_profile {
    struct loop *loop;
    struct serve_pipe *pipe;
    struct profile_desk *desk;
    struct timer *timer;
    /* of the one that is under way */
    uint64_t nth; /* counts them; odd: one is */
    uint32_t worker, account, ms;
    int fd;
    bool late, rest;
    uint64_t start_us;
    const struct version *version; /* NULL until the first samples */
    struct sourcemap *map;
    struct cpuprofile *profile;
};

/* What an isolate's thread hands in. */
struct batch {
    struct serve_profile *p;
    uint64_t nth;
    uint32_t prologue_columns;
    const struct version *version;
    struct buf traces;
    bool rest;
};

static void answer(struct serve_profile *p, const struct serve_message *asked, enum err e, const char *text,
                   size_t size) {
    struct serve_message m = {.type = SERVE_PROFILED,
                              .number = asked->number,
                              .lane = asked->lane,
                              .err = e,
                              .ms = (uint32_t)size,
                              .text = span_of(text)};
    serve_pipe_send(p->pipe, &m, NULL, 0);
}

static enum err write_all(int fd, struct span bytes) {
    size_t done = 0;
    if (bytes.len > LIMIT_PROFILE_BYTES) return ERR_TOO_LARGE;
    while (done < bytes.len) {
        ssize_t n = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)done);
        if (n <= 0) return n < 0 ? err_from_errno(errno) : ERR_IO;
        done += (size_t)n;
    }
    return ERR_OK;
}

static void forget(struct serve_profile *p) {
    if (p->nth % 2 == 0) return;
    profile_desk_close(p->desk); /* isolates' threads read nth until then */
    p->nth++;
    timer_stop(p->timer);
    cpuprofile_free(p->profile);
    sourcemap_free(p->map);
    version_unref(p->version);
    close(p->fd);
    p->profile = NULL;
    p->map = NULL;
    p->version = NULL;
}

static void finish(struct serve_profile *p) {
    struct serve_message asked = {.number = p->worker, .lane = p->account};
    struct buf json = BUF_INIT;
    profile_desk_close(p->desk);
    if (!p->profile || !cpuprofile_samples(p->profile)) {
        answer(p, &asked, ERR_NOT_FOUND, "no code of the Worker ran meanwhile", 0);
    } else {
        cpuprofile_write(p->profile, clock_monotonic_ns() / 1000, &json);
        enum err e = write_all(p->fd, buf_span(&json));
        answer(p, &asked, e, e ? err_sentence(e) : "", json.len);
    }
    buf_free(&json);
    forget(p);
}

static void on_time(void *arg) {
    struct serve_profile *p = arg;
    if (p->late || p->rest || !p->profile) {
        finish(p);
        return;
    }
    p->late = true; /* somebody is in the middle of something */
    timer_start(p->timer, GRACE_MS, 0);
}

/* -- Samples ------------------------------------------------------------------------------------------------------- */

static void begin(struct serve_profile *p, const struct batch *b) {
    const struct version_module *main = &b->version->modules[b->version->main_module];
    p->version = version_ref(b->version);
    if (main->source_map.len && sourcemap_open(main->source_map, &p->map) != ERR_OK) p->map = NULL;
    struct cpuprofile_module module = {main->name, b->prologue_columns, p->map};
    p->profile = cpuprofile_new(&module, p->start_us);
}

/* On the main thread: reading some hundred samples takes milliseconds, which no isolate shall wait for. */
static void take_batch(void *arg) {
    struct batch *b = arg;
    struct serve_profile *p = b->p;
    struct problem why;
    if (b->nth == p->nth &&
        (!p->version || p->version == b->version)) { /* of another version: not in this one */
        if (!p->profile) begin(p, b);
        p->rest = b->rest;
        bool read = !b->traces.len || cpuprofile_add(p->profile, buf_span(&b->traces), &why) == ERR_OK;
        if (p->late || !read) finish(p);
    }
    version_unref(b->version);
    buf_free(&b->traces);
    mem_free(b);
}

static void on_samples(void *arg, uint32_t prologue_columns, const struct version *version,
                       struct buf *traces, bool rest) {
    struct serve_profile *p = arg;
    struct batch *b = NEW(struct batch);
    *b = (struct batch){p, p->nth, prologue_columns, version_ref(version), *traces, rest};
    *traces = BUF_INIT;
    loop_post(p->loop, take_batch, b);
}

void serve_profile_ask(struct serve_profile *p, const struct serve_message *m, int fd) {
    struct profile_desk_events events = {on_samples, p};
    if (p->nth % 2) {
        answer(p, m, ERR_IN_USE, "another profile of this account is being taken", 0);
        close(fd);
        return;
    }
    p->nth++; /* before the desk opens: isolates' threads read it */
    p->worker = m->number;
    p->account = m->lane;
    p->ms = m->ms;
    p->fd = fd;
    p->late = p->rest = false;
    p->start_us = clock_monotonic_ns() / 1000;
    if (profile_desk_open(p->desk, m->number, &events)) { /* ours is the only one that opens it */
        answer(p, m, ERR_IN_USE, "another profile is being taken", 0);
        forget(p);
        return;
    }
    timer_start(p->timer, m->ms, 0);
}

struct serve_profile *serve_profile_new(struct loop *loop, struct serve_pipe *pipe,
                                        struct profile_desk *desk) {
    struct serve_profile *p = NEW(struct serve_profile);
    *p = (struct serve_profile){.loop = loop, .pipe = pipe, .desk = desk, .fd = -1};
    p->timer = timer_new(loop, on_time, p);
    return p;
}

void serve_profile_close(struct serve_profile *p) {
    forget(p);
    timer_free(p->timer);
}

void serve_profile_free(struct serve_profile *p) { mem_free(p); }
