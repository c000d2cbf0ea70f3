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
#include "js/memory.h"
#include "loop/file.h"
#include "loop/thread.h"
#include "loop/timer.h"
#include "worker/crash.h"
#include "worker/pressure.h"
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
    struct crew *crew;
    unsigned slow_count;
    struct counters *slow_counters[64]; /* at least LIMIT_LANES_SLOW */
    struct counters_file *counters;     /* of all lanes */
    char *title;                        /* its name in argv */
    bool active, log_json;
    const char *who; /* in the log */
    unsigned layers; /* of the sandbox, so far */
    const char *colo;
    struct lane *lanes;
    size_t lane_count;
    int exit_status;
    struct pressure pressure;
    struct retirement retirement;
    struct timer *looks;
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
        .crew = lane->process->crew,
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

static enum err start_crew(struct process_state *s) {
    for (unsigned i = 0; i < s->slow_count; i++)
        s->slow_counters[i] = counters_take(counters_lane(s->counters, (uint32_t)s->lane_count + i));
    struct crew_config config = {.code_dir = "code",
                                 .kv = s->kv,
                                 .colo = s->colo,
                                 .pool = s->pool,
                                 .slow_lanes = s->slow_count,
                                 .counters = s->slow_counters,
                                 .desk = s->desk};
    return crew_new(&config, &s->crew);
}

/* The first link makes it the account's process; until then it may be a spare one, beside another that uses the account's store
 * and counters (cli/serve_spare.h). So the store is opened here, and the last wall, which lets nothing be opened, goes up behind
 * it: no user code has been read so far. */
static enum err activate(struct process_state *s) {
    struct problem p = {0};
    if (s->active) return ERR_OK;
    s->active = true;
    memcpy(s->title, "@worker", strlen(s->title));
    s->counters = counters_adopt(SERVE_COUNTERS_FD, (uint32_t)s->lane_count + s->slow_count);
    for (size_t i = 0; i < s->lane_count; i++)
        s->lanes[i].counters = counters_take(counters_lane(s->counters, (uint32_t)i));
    enum err e = kv_open("kv", NULL, &s->kv, &p);
    if (!e) e = start_crew(s);
    if (!e) e = sandbox_calls(s->who, s->log_json, &s->layers, &p);
    if (e)
        LOG(LOG_ERROR, "worker process can't start", LOG_S("why", span_of(err_sentence(e))),
            LOG_S("problem", span_of(p.text)));
    if (e) return e;
    char layers[128];
    sandbox_layers_text(s->layers, layers, sizeof layers);
    LOG(LOG_DEBUG, "worker process is up", LOG_S("sandbox", span_of(layers)));
    return ERR_OK;
}

static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct process_state *s = arg;
    if (m->type == SERVE_LINK && fd_count == 1 && m->lane < s->lane_count) {
        if (activate(s)) {
            close(fds[0]);
            s->exit_status = 1;
            loop_stop(s->loop);
            return;
        }
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
    if (m->type == SERVE_MEMORY)
        s->pressure.ceiling_bytes = (uint64_t)m->number << 20;
    else if (m->type == SERVE_STOP)
        loop_stop(s->loop);
    else
        LOG(LOG_ERROR, "unexpected message from the parent", LOG_N("type", m->type));
}

static void beat(void *arg) {
    struct process_state *s = arg;
    pulse_beat();
    if (s->counters) counters_beat(s->counters);
}

/* -- The memory ceiling ------------------------------------------------------------------------------------ */

static uint64_t largest_isolate_bytes(const struct process_state *s) {
    uint64_t largest = 0;
    for (uint32_t i = 0; s->counters && i < counters_lanes(s->counters); i++) {
        const struct counters_lane *lane = counters_lane(s->counters, i);
        for (size_t j = 0; j < counters_isolates_high(lane); j++) {
            uint64_t bytes = counter_read(&lane->isolates[j].heap_bytes);
            if (counter_read(&lane->isolates[j].used) && bytes > largest) largest = bytes;
        }
    }
    return largest;
}

static void relieve_half(void *arg) {
    struct lane *lane = arg;
    if (lane->worker) worker_relieve(lane->worker, false);
}

static void relieve_all(void *arg) {
    struct lane *lane = arg;
    if (lane->worker) worker_relieve(lane->worker, true);
}

static void act_on_pressure(struct process_state *s, uint64_t rss_bytes, bool changed) {
    struct pressure *p = &s->pressure;
    uint64_t hog_bytes = pressure_hog_bytes(p, largest_isolate_bytes(s));
    memory_give_up_above(hog_bytes);
    if (changed)
        LOG(p->level ? LOG_WARN : LOG_INFO, "memory pressure",
            LOG_S("level", span_of(pressure_text(p->level))), LOG_N("process_mb", rss_bytes >> 20),
            LOG_N("ceiling_mb", p->ceiling_bytes >> 20), LOG_N("ended_above_mb", hog_bytes >> 20));
    if (p->level == PRESSURE_LOST) _exit(SERVE_EXIT_MEMORY);
    if (p->level == PRESSURE_NONE) return;
    for (size_t i = 0; s->lanes && i < s->lane_count; i++)
        loop_post(s->lanes[i].loop, p->level == PRESSURE_TIGHT ? relieve_half : relieve_all, &s->lanes[i]);
    crew_relieve(s->crew, p->level != PRESSURE_TIGHT);
    js_engine_trim();
}

static void retire_idle(struct process_state *s, uint64_t rss_bytes) {
    struct retirement *r = &s->retirement;
    size_t most = retirement_look(r, rss_bytes);
    if (most && retirement_done(r, most, crew_retire(s->crew, r->rest_ms, most))) js_engine_trim();
}

static void look_at_memory(void *arg) {
    struct process_state *s = arg;
    enum pressure_level before = s->pressure.level;
    uint64_t rss_bytes = js_engine_rss_bytes();
    if (pressure_look(&s->pressure, rss_bytes)) act_on_pressure(s, rss_bytes, s->pressure.level != before);
    retire_idle(s, rss_bytes);
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
    crew_stop(s->crew);
    for (size_t i = 0; i < s->lane_count; i++) counters_give(s->lanes[i].counters);
    for (unsigned i = 0; i < s->slow_count; i++) counters_give(s->slow_counters[i]);
    counters_close(s->counters);
    api_pool_free(s->pool);
    kv_close(s->kv); /* its last writes are told to the loops */
    for (size_t i = 0; i < s->lane_count && s->lanes[i].loop; i++) loop_free(s->lanes[i].loop);
    crew_free(s->crew);
    mem_free(s->lanes);
}

int serve_worker_main(int argc, char **argv) {
    struct serve_walls walls;
    if (argc != 6 || serve_walls_parse(argv[5], &walls)) return 2;
    struct process_state s = {.colo = argv[3], .lane_count = (size_t)atoi(argv[2]), .title = argv[-1]};
    /* The process starts without an environment. Set before the first loop and the first isolate. */
    setenv("TZ", "UTC", 1);
    setenv("UV_USE_IO_URING", "0", 1); /* the sandbox has no such calls */
    struct problem p = {0};
    struct buf who = BUF_INIT;
    buf_printf(&who, "worker %s", argv[0]);
    s.who = buf_cstr(&who);
    s.log_json = strcmp(argv[4], "json") == 0;
    log_setup(s.who, LOG_INFO, s.log_json);
    check(s.lane_count >= 1 && s.lane_count <= 64);
    crash_watch();
    enum err e = pulse_adopt(SERVE_PULSE_FD);
    s.slow_count = crew_slow_default();
    if (!e) e = open_state(&s, argv[1], argv[0], &walls, &s.layers, &p);
    s.loop = loop_new();
    if (!e) e = serve_pipe_open(s.loop, SERVE_PIPE_FD, on_message, on_parent_gone, &s, &s.pipe);
    s.desk = profile_desk_new();
    if (!e) s.profile = serve_profile_new(s.loop, s.pipe, s.desk);
    if (!e) e = start_lanes(&s);
    if (e) {
        LOG(LOG_ERROR, "worker process can't start", LOG_S("why", span_of(err_sentence(e))),
            LOG_S("problem", span_of(p.text)));
        return 1;
    }
    struct timer *beats = timer_new(s.loop, beat, &s);
    timer_start(beats, 0, LIMIT_PULSE_BEAT_MS);
    s.looks = timer_new(s.loop, look_at_memory, &s);
    timer_start(s.looks, PRESSURE_LOOK_MS, PRESSURE_LOOK_MS);
    loop_run(s.loop);
    timer_free(s.looks);
    timer_free(beats);
    stop_lanes(&s);
    serve_profile_close(s.profile);
    serve_pipe_close(s.pipe);
    loop_free(s.loop);
    serve_profile_free(s.profile);
    profile_desk_free(s.desk);
    buf_free(&who);
    return s.exit_status;
}
