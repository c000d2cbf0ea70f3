#include "cli/serve_profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "loop/timer.h"

/* Longer than a process waits for an isolate, and then some for writing. */
enum { ANSWER_MS = 15000 };

struct waiting {
    struct serve_profiles *profiles;
    uint32_t worker, account;
    int fd;
    char *name;
    struct admin_reply *reply;
    struct timer *timer;
};

struct serve_profiles {
    struct loop *loop;
    struct serve_pipe *pipe;
    struct map *waiting; /* account -> struct waiting */
};

struct serve_profiles *serve_profiles_new(struct loop *loop, struct serve_pipe *pipe) {
    struct serve_profiles *p = NEW(struct serve_profiles);
    *p = (struct serve_profiles){loop, pipe, map_new()};
    return p;
}

static void waiting_free(struct waiting *w) {
    map_remove_u64(w->profiles->waiting, w->account);
    timer_free(w->timer);
    if (w->fd >= 0) close(w->fd);
    mem_free(w->name);
    mem_free(w);
}

static void on_late(void *arg) {
    struct waiting *w = arg;
    admin_reply_error(w->reply, 504, "the worker process did not answer");
    waiting_free(w);
}

/* Of a fixed size: whoever writes it can neither grow it nor make its reader fault. */
static enum err profile_file(int *ret_fd) {
    int fd = memfd_create("cusp profile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return err_from_errno(errno);
    if (ftruncate(fd, (off_t)LIMIT_PROFILE_BYTES) ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
        enum err e = err_from_errno(errno);
        close(fd);
        return e;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static struct span base_name(struct span name) {
    size_t slash = span_index(name, '/');
    return slash < name.len ? span_from(name, slash + 1) : name;
}

void serve_profiles_ask(struct serve_profiles *p, uint32_t worker, uint32_t account, const char *name,
                        uint32_t duration_ms, struct admin_reply *reply) {
    int fd;
    if (map_get_u64(p->waiting, account)) {
        admin_reply_error(reply, 409,
                          "another profile of this account is being taken; try again when it is done");
        return;
    }
    enum err e = profile_file(&fd);
    if (e) {
        admin_reply_error(reply, 500, err_sentence(e));
        return;
    }
    struct waiting *w = NEW(struct waiting);
    struct timer *timer = timer_new(p->loop, on_late, w);
    *w = (struct waiting){p, worker, account, fd, mem_cstr(base_name(span_of(name))), reply, timer};
    timer_start(w->timer, duration_ms + ANSWER_MS, 0);
    map_put_u64(p->waiting, account, w);
    struct serve_message m = {.type = SERVE_PROFILE, .number = worker, .lane = account, .ms = duration_ms};
    serve_pipe_send(p->pipe, &m, &fd, 1);
}

void serve_profiles_answered(struct serve_profiles *p, const struct serve_message *m) {
    struct waiting *w = map_get_u64(p->waiting, m->lane);
    char text[256];
    if (!w || w->worker != m->number) return; /* too late */
    if (m->err || m->ms > LIMIT_PROFILE_BYTES) {
        int status = m->err == ERR_IN_USE || m->err == ERR_NOT_FOUND ? 409 : 500;
        snprintf(text, sizeof text, "no profile: %.*s", m->err ? (int)span_first(m->text, 200).len : 0,
                 m->text.ptr);
        admin_reply_error(w->reply, status, text);
    } else {
        snprintf(text, sizeof text, "%.100s.cpuprofile", w->name);
        admin_reply_file(w->reply, w->fd, m->ms, "application/json", text);
        w->fd = -1;
    }
    waiting_free(w);
}

void serve_profiles_free(struct serve_profiles *p) {
    if (!p) return;
    for (;;) {
        size_t at = 0;
        void *each;
        if (!map_each(p->waiting, &at, NULL, &each)) break;
        struct waiting *w = each;
        admin_reply_error(w->reply, 503, "control stops");
        waiting_free(w);
    }
    map_free(p->waiting);
    mem_free(p);
}
