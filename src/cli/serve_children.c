/* Children of the parent: start, notice their death, start again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/serve_parent.h"
#include "cli/serve_spare.h"
#include "cli/serve_supervise.h"
#include "loop/channel.h"

/* Room in the counters of a worker process for threads that are not one of edge's lanes. */
enum { SERVE_MORE_LANES = 64 };

/* A child that lived this long was well: the next death is its first. */
enum { WELL_AFTER_MS = 10000, RESPAWN_FIRST_MS = 100, RESPAWN_MOST_MS = 10000 };

static uint64_t respawn_delay_ms(unsigned deaths) {
    if (deaths <= 1) return 0;
    uint64_t delay = RESPAWN_FIRST_MS;
    for (unsigned i = 2; i < deaths && delay < RESPAWN_MOST_MS; i++) delay *= 2;
    return delay < RESPAWN_MOST_MS ? delay : RESPAWN_MOST_MS;
}

static void respawn(void *arg) { child_start(arg); }

static void on_exit_of(void *arg, int status, int signal_number) {
    struct child *c = arg;
    struct serve *s = c->serve;
    process_free(c->process);
    c->process = NULL;
    serve_pipe_close(c->pipe);
    c->pipe = NULL;
    show_process(c);
    if (c->role == SERVE_ROLE_WORKER && !c->hidden) show_unprofiled(c->arg);
    if (s->stopping) {
        serve_child_gone(s);
        return;
    }
    if (s->draining && c == s->edge) { /* what it was to finish is gone with it */
        serve_finish(s);
        return;
    }
    bool explained = c->on_death && c->on_death(c, status, signal_number);
    bool was_well = loop_now_ms(s->loop) - c->started_ms >= WELL_AFTER_MS;
    c->deaths = was_well || explained ? 1 : c->deaths + 1;
    uint64_t delay_ms = respawn_delay_ms(c->deaths);
    LOG(LOG_ERROR, "a process died, starting it again", LOG_S("process", span_of(c->name)),
        LOG_N("status", status), LOG_N("signal", signal_number), LOG_N("in_ms", delay_ms));
    timer_start(c->respawn, delay_ms, 0);
}

static void on_pipe_down(void *arg) {} /* its exit follows, and is what counts */

struct child *child_new(struct serve *s, const char *name, const char *const *argv, size_t argc,
                        serve_message_fn *on_message, void (*on_up)(struct child *c), enum serve_role role,
                        uint32_t number, uint32_t lanes) {
    struct child *c = NEW(struct child);
    *c = (struct child){.serve = s,
                        .name = mem_cstr(span_of(name)),
                        .on_message = on_message,
                        .on_up = on_up,
                        .role = role,
                        .number = number,
                        .counters = -1};
    enum err e = lanes ? counters_create(lanes, &c->counters) : ERR_OK;
    if (e)
        LOG(LOG_ERROR, "a process will not be counted", LOG_S("process", span_of(name)),
            LOG_S("why", span_of(err_sentence(e))));
    check(argc < CHILD_ARGS);
    for (size_t i = 0; i < argc; i++) c->argv[i] = mem_cstr(span_of(argv[i]));
    c->env = s->child_env;
    c->respawn = timer_new(s->loop, respawn, c);
    return c;
}

/* Pages of its own for each process: what the last one wrote is evidence until the next one starts. */
static enum err new_pulse(struct child *c, int *ret_fd) {
    struct pulse *fresh;
    enum err e = pulse_create(&fresh, ret_fd);
    if (e) return e;
    pulse_unmap(c->pulse);
    c->pulse = fresh;
    return ERR_OK;
}

static void started(struct child *c) {
    c->started_ms = loop_now_ms(c->serve->loop);
    c->starts++;
    c->on_up(c);
    show_process(c);
}

void child_start(struct child *c) {
    struct serve *s = c->serve;
    struct problem p = {0};
    int fds[2], pulse = -1;
    if (c->process || s->stopping) return;
    if (c->on_death && spares_take(s->spares, c->arg)) return;
    enum err e = fdpass_socketpair(fds);
    if (!e) {
        struct process_fd pass[3] = {{fds[1], SERVE_PIPE_FD}};
        size_t passed = 1;
        if (c->has_pulse) e = new_pulse(c, &pulse);
        if (pulse >= 0) pass[passed++] = (struct process_fd){pulse, SERVE_PULSE_FD};
        if (c->counters >= 0) pass[passed++] = (struct process_fd){c->counters, SERVE_COUNTERS_FD};
        struct process_options options = {
            .path = "/proc/self/exe",
            .argv = (const char *const *)c->argv,
            .env = c->env,
            .fds = pass,
            .fd_count = passed,
            .new_group = true,
            .on_exit = on_exit_of,
            .arg = c,
        };
        if (!e) e = process_spawn(s->loop, &options, &c->process, &p);
        close(fds[1]);
        if (pulse >= 0) close(pulse);
        if (e)
            close(fds[0]);
        else
            e = serve_pipe_open(s->loop, fds[0], c->on_message, on_pipe_down, c, &c->pipe);
    }
    if (e) {
        LOG(LOG_ERROR, "a process can't be started", LOG_S("process", span_of(c->name)),
            LOG_S("problem", span_of(p.text[0] ? p.text : err_sentence(e))));
        timer_start(c->respawn, respawn_delay_ms(++c->deaths + 1), 0);
        return;
    }
    started(c);
}

void child_take_over(struct child *c, struct child *from) {
    pulse_unmap(c->pulse);
    c->process = from->process;
    c->pipe = from->pipe;
    c->pulse = from->pulse;
    from->process = NULL;
    from->pipe = NULL;
    from->pulse = NULL;
    process_hand_over(c->process, c);
    serve_pipe_hand_over(c->pipe, c->on_message, c);
    started(c);
}

void child_send(struct child *c, const struct serve_message *m, const int *fds, size_t fd_count) {
    if (c->pipe) serve_pipe_send(c->pipe, m, fds, fd_count);
}

void child_free(struct child *c) {
    if (!c) return;
    timer_free(c->respawn);
    serve_pipe_close(c->pipe);
    process_free(c->process);
    pulse_unmap(c->pulse);
    if (c->counters >= 0) close(c->counters);
    for (size_t i = 0; i < CHILD_ARGS; i++) mem_free(c->argv[i]);
    mem_free(c->name);
    mem_free(c);
}

/* -- Links between edge and a worker process ----------------------------------------------------------------- */

static void link_lane(struct serve *s, struct account *a, uint32_t lane) {
    int fds[2];
    enum err e = channel_socketpair(fds);
    if (e) {
        LOG(LOG_ERROR, "no socket pair for a link", LOG_S("why", span_of(err_sentence(e))));
        return;
    }
    struct serve_message m = {.type = SERVE_LINK, .number = a->number, .lane = lane};
    child_send(a->child, &m, &fds[0], 1);
    child_send(s->edge, &m, &fds[1], 1);
    close(fds[0]);
    close(fds[1]);
}

void account_link(struct account *a) {
    struct serve *s = a->serve;
    if (!a->child->pipe || !s->edge->pipe) return; /* whichever comes up later links them */
    for (uint32_t lane = 0; lane < s->config.threads; lane++) link_lane(s, a, lane);
}

static void on_worker_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    for (size_t i = 0; i < fd_count; i++) close(fds[i]);
    if (m->type == SERVE_PROFILED) {
        show_profiled(((struct child *)arg)->arg, m);
        return;
    }
    LOG(LOG_ERROR, "a worker process spoke out of turn", LOG_N("type", m->type));
}

static void give_ceiling(struct account *a) {
    struct serve *s = a->serve;
    uint64_t bytes = serve_memory_of(&s->config, a->number);
    child_send(a->child, &(struct serve_message){.type = SERVE_MEMORY, .number = (uint32_t)(bytes >> 20)},
               NULL, 0);
    ceilings_put(s->ceilings, a->number, process_pid(a->child->process), bytes);
}

static void on_worker_up(struct child *c) {
    struct account *a = c->arg;
    give_ceiling(a);
    supervise_birth(c->serve->supervision, a);
    account_link(a);
    spares_want(c->serve->spares, a);
}

static bool on_worker_death(struct child *c, int status, int signal_number) {
    return supervise_death(c->serve->supervision, c->arg, status, signal_number);
}

struct account *account_new(struct serve *s, uint32_t number) {
    struct span name = s->config.accounts[number];
    struct buf label = BUF_INIT;
    char walls[SERVE_WALLS_BYTES], lanes[16], *account = mem_cstr(name), *state = mem_cstr(s->config.state),
                                              *colo = mem_cstr(s->config.colo);
    serve_walls_write(&s->config.walls, walls);
    snprintf(lanes, sizeof lanes, "%u", s->config.threads);
    buf_printf(&label, "worker %s", account);
    const char *argv[] = {
        "cusp", "@worker", account, state, lanes, colo, s->config.log_json ? "json" : "text", walls};
    struct account *a = NEW(struct account);
    *a = (struct account){.serve = s, .number = number};
    a->child = child_new(s, buf_cstr(&label), argv, sizeof argv / sizeof *argv, on_worker_message,
                         on_worker_up, SERVE_ROLE_WORKER, number, s->config.threads + SERVE_MORE_LANES);
    a->child->arg = a;
    a->child->has_pulse = true;
    a->child->on_death = on_worker_death;
    a->child->env = s->worker_env;
    buf_free(&label);
    mem_free(account);
    mem_free(state);
    mem_free(colo);
    return a;
}
