/* The worker process of one account: a thread, a loop and a struct worker for each lane, sandboxed before the
 * first byte of user code is read. The main thread only listens to the parent, so that a busy isolate never
 * delays a new link. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pulse.h"
#include "cli/serve_children.h"
#include "cli/serve_messages.h"
#include "cli/serve_profile.h"
#include "cli/serve_sandbox.h"
#include "js/engine.h"
#include "loop/file.h"
#include "loop/thread.h"
#include "loop/timer.h"
#include "worker/crash.h"
#include "worker/worker.h"

struct process_state;

struct lane {
    struct process_state *process;
    struct loop *loop;
    struct thread *thread;
    struct counters *counters;
    struct worker *worker; /* NULL while there is no link */
};

struct process_state {
    struct loop *loop;
    struct serve_pipe *pipe;
    struct kv_store *kv;
    struct api_pool *pool;
    struct profile_desk *desk;
    struct serve_profile *profile;
    struct counters_file *counters; /* of all lanes */
    const char *colo;
    struct lane *lanes;
    size_t lane_count;
};

/* -- On a lane's thread ------------------------------------------------------------------------------------
 */

static void lane_down(void *arg) {
    struct lane *lane = arg;
    worker_free(lane->worker);
    lane->worker = NULL;
}

struct attach {
    struct lane *lane;
    int fd;
};

static void lane_attach(void *arg) {
    struct attach *a = arg;
    struct lane *lane = a->lane;
    struct link *link;
    lane_down(lane); /* edge started anew before the old link was seen to break */
    enum err e = link_open(lane->loop, a->fd, &link);
    mem_free(a);
    if (e) {
        LOG(LOG_ERROR, "link refused", LOG_S("why", span_of(err_sentence(e))));
        return;
    }
    struct worker_config config = {
        .loop = lane->loop,
        .link = link,
        .code_dir = "code",
        .kv = lane->process->kv,
        .colo = lane->process->colo,
        .pool = lane->process->pool,
        .counters = lane->counters,
        .desk = lane->process->desk,
        .on_down = lane_down,
        .arg = lane,
    };
    lane->worker = worker_new(&config);
}

static void lane_stop(void *arg) {
    struct lane *lane = arg;
    lane_down(lane);
    loop_stop(lane->loop);
}

static void lane_run(void *arg) {
    struct lane *lane = arg;
    check(pulse_join() == ERR_OK); /* before the first user code */
    loop_run(lane->loop);
}

/* -- On the main thread ------------------------------------------------------------------------------------
 */

static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct process_state *s = arg;
    if (m->type == SERVE_LINK && fd_count == 1 && m->lane < s->lane_count) {
        struct attach *a = NEW(struct attach);
        *a = (struct attach){&s->lanes[m->lane], fds[0]};
        loop_post(a->lane->loop, lane_attach, a);
        return;
    }
    if (m->type == SERVE_PROFILE && fd_count == 1) {
        serve_profile_ask(s->profile, m, fds[0]);
        return;
    }
    for (size_t i = 0; i < fd_count; i++) close(fds[i]);
    if (m->type == SERVE_STOP)
        loop_stop(s->loop);
    else
        LOG(LOG_ERROR, "unexpected message from the parent", LOG_N("type", m->type));
}

static void beat(void *arg) {
    pulse_beat();
    counters_beat(((struct process_state *)arg)->counters);
}

static void on_parent_gone(void *arg) {
    struct process_state *s = arg;
    loop_stop(s->loop);
}

/* The order is the sandbox's: directories, walls, then whatever makes threads. */
static enum err open_state(struct process_state *s, const char *state_dir, const char *account,
                           const struct serve_walls *walls, unsigned *layers, struct problem *p) {
    static const char *const names[] = {"code", "kv"};
    struct arena arena = ARENA_INIT;
    struct span dir = arena_printf(&arena, "%s/accounts/%s", state_dir, account);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < sizeof names / sizeof *names; i++)
        e = file_mkdirs(file_join(&arena, dir, span_of(names[i])).ptr, 0700, p);
    if (!e) e = serve_walls_worker(walls, dir.ptr, layers, p);
    arena_free(&arena);
    if (!e) e = js_engine_init(NULL, p);
    if (!e) e = kv_open("kv", NULL, &s->kv, p);
    return e;
}

static enum err start_lanes(struct process_state *s) {
    enum err e = api_pool_new(&s->pool);
    if (e) return e;
    s->lanes = mem_array(s->lane_count, sizeof *s->lanes);
    for (size_t i = 0; i < s->lane_count; i++) {
        struct lane *lane = &s->lanes[i];
        char name[32];
        lane->process = s;
        lane->loop = loop_new();
        lane->counters = counters_take(counters_lane(s->counters, (uint32_t)i));
        snprintf(name, sizeof name, "lane %zu", i);
        e = thread_start(name, 0, lane_run, lane, &lane->thread);
        if (e) return e;
    }
    return ERR_OK;
}

static void stop_lanes(struct process_state *s) {
    for (size_t i = 0; i < s->lane_count && s->lanes[i].thread; i++)
        loop_post(s->lanes[i].loop, lane_stop, &s->lanes[i]);
    for (size_t i = 0; i < s->lane_count && s->lanes[i].thread; i++) thread_join(s->lanes[i].thread);
    for (size_t i = 0; i < s->lane_count; i++) counters_give(s->lanes[i].counters);
    counters_close(s->counters);
    api_pool_free(s->pool);
    kv_close(s->kv); /* its last writes are told to the loops */
    for (size_t i = 0; i < s->lane_count && s->lanes[i].loop; i++) loop_free(s->lanes[i].loop);
    mem_free(s->lanes);
}

int serve_worker_main(int argc, char **argv) {
    struct serve_walls walls;
    if (argc != 6 || serve_walls_parse(argv[5], &walls)) return 2;
    struct process_state s = {.colo = argv[3], .lane_count = (size_t)atoi(argv[2])};
    /* The process starts without an environment. Set before the first loop and the first isolate. */
    setenv("TZ", "UTC", 1);
    setenv("UV_USE_IO_URING", "0", 1); /* the sandbox has no such calls */
    struct problem p = {0};
    struct buf who = BUF_INIT;
    buf_printf(&who, "worker %s", argv[0]);
    log_setup(buf_cstr(&who), LOG_INFO, strcmp(argv[4], "json") == 0);
    check(s.lane_count >= 1 && s.lane_count <= 64);
    unsigned layers = 0;
    crash_watch();
    enum err e = pulse_adopt(SERVE_PULSE_FD);
    s.counters = counters_adopt(SERVE_COUNTERS_FD, (uint32_t)s.lane_count);
    if (!e) e = open_state(&s, argv[1], argv[0], &walls, &layers, &p);
    s.loop = loop_new();
    if (!e) e = serve_pipe_open(s.loop, SERVE_PIPE_FD, on_message, on_parent_gone, &s, &s.pipe);
    s.desk = profile_desk_new();
    if (!e) s.profile = serve_profile_new(s.loop, s.pipe, s.desk);
    if (!e) e = start_lanes(&s);
    if (!e) e = sandbox_calls(buf_cstr(&who), strcmp(argv[4], "json") == 0, &layers, &p);
    if (e) {
        LOG(LOG_ERROR, "worker process can't start", LOG_S("why", span_of(err_sentence(e))),
            LOG_S("problem", span_of(p.text)));
        return 1;
    }
    char layers_text[128];
    sandbox_layers_text(layers, layers_text, sizeof layers_text);
    LOG(LOG_DEBUG, "worker process is up", LOG_S("sandbox", span_of(layers_text)));
    struct timer *beats = timer_new(s.loop, beat, &s);
    timer_start(beats, 0, LIMIT_PULSE_BEAT_MS);
    loop_run(s.loop);
    timer_free(beats);
    stop_lanes(&s);
    serve_profile_close(s.profile);
    serve_pipe_close(s.pipe);
    loop_free(s.loop);
    serve_profile_free(s.profile);
    profile_desk_free(s.desk);
    buf_free(&who);
    return 0;
}
