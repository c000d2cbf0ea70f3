/* The control process: turns Workers into versions when the edge first asks for them, a few at a time. After a reload it looks
 * again at those that were asked for, so that changed code goes live without a restart. */
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/serve_children.h"
#include "cli/serve_known.h"
#include "cli/serve_messages.h"
#include "cli/serve_plan.h"
#include "cli/serve_profiles.h"
#include "control/admin.h"
#include "control/prepare.h"
#include "loop/file.h"

enum { AT_ONCE = 4 }; /* bundlers that run at the same time */

struct process_state;

/* A Worker that was asked for at least once. */
struct job {
    struct list node; /* in waiting, or in none */
    struct process_state *process;
    uint32_t number;
    struct prepare *running;
    bool again; /* asked anew while running */
    struct arena arena;
};

struct process_state {
    struct loop *loop;
    struct serve_pipe *pipe;
    struct serve_plan *plan;
    struct map *jobs; /* by Worker number */
    struct list waiting;
    size_t running;
    struct known *known;
    struct metrics *metrics;
    struct serve_profiles *profiles;
    struct admin *admin; /* NULL: not wanted */
};

static void start_waiting(struct process_state *s);

static void report(struct job *j, const struct prepared *r) {
    struct serve_message m = {.type = r->err ? SERVE_FAILED : SERVE_READY,
                              .number = j->number,
                              .err = r->err ? ERR_WORKER_START : ERR_OK};
    m.text = r->err ? r->text : span_of(r->id);
    const struct serve_worker *w = serve_plan_worker(j->process->plan, j->number);
    struct span name = w ? w->name : SPAN("?");
    for (size_t i = 0; i < r->warning_count; i++)
        LOG(LOG_WARN, "configuration", LOG_S("worker", name), LOG_S("warning", span_of(r->warnings[i])));
    if (r->err) {
        LOG(LOG_ERROR, "worker can't run", LOG_S("worker", name), LOG_S("problem", m.text));
    } else {
        known_note(j->process->known, j->number, m.text);
        LOG(LOG_INFO, "worker prepared", LOG_S("worker", name), LOG_S("version", m.text));
    }
    serve_pipe_send(j->process->pipe, &m, NULL, 0);
}

static void on_done(void *arg, const struct prepared *result) {
    struct job *j = arg;
    struct process_state *s = j->process;
    j->running = NULL;
    s->running--;
    report(j, result);
    arena_reset(&j->arena);
    if (j->again) {
        j->again = false;
        list_push(&s->waiting, &j->node);
    }
    start_waiting(s);
}

static void fail(struct job *j, enum err e, const char *text) {
    struct prepared failed = {.err = e, .text = span_of(text)};
    report(j, &failed);
    arena_reset(&j->arena);
}

static void start(struct job *j) {
    struct process_state *s = j->process;
    const struct serve_config *c = serve_plan_config(s->plan);
    const struct serve_worker *w = serve_plan_worker(s->plan, j->number);
    struct problem p;
    if (!w) {
        fail(j, ERR_NOT_FOUND, "the Worker is no longer in the configuration");
        return;
    }
    struct prepare_request request = known_request(c, w, &j->arena);
    const char *memos = arena_copy(&j->arena, file_dirname(span_of(request.memo_file))).ptr;
    enum err e = file_mkdirs(request.code_dir, 0700, &p);
    if (!e) e = file_mkdirs(memos, 0700, &p);
    if (e) {
        fail(j, e, p.text);
        return;
    }
    s->running++;
    j->running = prepare_start(s->loop, &request, on_done, j);
}

static void start_waiting(struct process_state *s) {
    struct list *node;
    while (s->running < AT_ONCE && (node = list_first(&s->waiting))) {
        list_remove(node);
        start(LIST_ITEM(node, struct job, node));
    }
}

static void ask(struct process_state *s, uint32_t number) {
    struct job *j = map_get_u64(s->jobs, number);
    if (!j) {
        j = NEW(struct job);
        *j = (struct job){.process = s, .number = number, .arena = ARENA_INIT};
        list_init(&j->node);
        map_put_u64(s->jobs, number, j);
    }
    if (j->running)
        j->again = true;
    else if (j->node.next == &j->node)
        list_push(&s->waiting, &j->node);
    start_waiting(s);
}

/* -- Numbers ------------------------------------------------------------------------------------------------------ */

static bool who(void *arg, uint32_t number, struct metrics_worker *ret) {
    const struct process_state *s = arg;
    const struct serve_worker *w = s->plan ? serve_plan_worker(s->plan, number) : NULL;
    if (!w) return false;
    *ret = (struct metrics_worker){w->account, serve_plan_config(s->plan)->accounts[w->account], w->name};
    return true;
}

/* "account/name", or a name that one account only has. */
static const struct serve_worker *worker_named(const struct serve_config *c, struct span name,
                                               bool *ret_several) {
    const struct serve_worker *found = NULL;
    *ret_several = false;
    for (size_t i = 0; i < c->worker_count; i++) {
        const struct serve_worker *w = &c->workers[i];
        struct span account = c->accounts[w->account], rest = span_from(name, account.len + 1);
        if (span_starts(name, account) && name.len > account.len && name.ptr[account.len] == '/' &&
            span_eq(rest, w->name))
            return w;
        if (!span_eq(name, w->name)) continue;
        if (found) *ret_several = true;
        found = w;
    }
    return *ret_several ? NULL : found;
}

static void on_profile(void *arg, const char *name, uint32_t duration_ms, struct admin_reply *reply) {
    struct process_state *s = arg;
    bool several;
    const struct serve_worker *w = worker_named(serve_plan_config(s->plan), span_of(name), &several);
    if (w)
        serve_profiles_ask(s->profiles, w->number, w->account, name, duration_ms, reply);
    else
        admin_reply_error(reply, 404,
                          several ? "several accounts have a Worker of that name: write ACCOUNT/NAME"
                                  : "there is no Worker of that name");
}

/* The token is read anew with each plan. */
static enum err read_token(struct process_state *s, struct buf *ret, struct problem *p) {
    struct span file = serve_plan_config(s->plan)->admin_token_file;
    if (!file.len) return ERR_OK;
    char *path = mem_cstr(file);
    enum err e = file_read(path, LIMIT_ADMIN_TOKEN_BYTES, ret, p);
    mem_free(path);
    if (!e && !ask_token_of(buf_span(ret)).len) e = problem(p, ERR_INVALID, "the token file is empty");
    return e;
}

static void on_admin(struct process_state *s, int fd) {
    struct problem p;
    struct buf token = BUF_INIT;
    enum err e = s->admin || !s->plan ? problem(&p, ERR_INVALID, "it comes once, after the plan")
                                      : read_token(s, &token, &p);
    struct admin_config config = {.loop = s->loop,
                                  .metrics = s->metrics,
                                  .profile = on_profile,
                                  .token = ask_token_of(buf_span(&token)),
                                  .arg = s};
    if (!e)
        e = admin_open(&config, fd, &s->admin, &p);
    else
        close(fd);
    if (e) LOG(LOG_ERROR, "no admin listener", LOG_S("problem", span_of(p.text)));
    buf_free(&token);
}

/* A token that can't be read any more leaves the earlier one in force. */
static void renew_token(struct process_state *s) {
    struct problem p;
    struct buf token = BUF_INIT;
    enum err e = read_token(s, &token, &p);
    if (e)
        LOG(LOG_ERROR, "the earlier token of the admin listener stays", LOG_S("problem", span_of(p.text)));
    else
        admin_set_token(s->admin, ask_token_of(buf_span(&token)));
    buf_free(&token);
}

/* What is bundled is other people's code, and so is much of what the bundler reads. */
static enum err enter_walls(struct process_state *s, struct problem *p) {
    char *state = mem_cstr(serve_plan_config(s->plan)->state), text[128];
    unsigned layers = 0;
    enum err e = serve_walls_control(state, &layers, p);
    mem_free(state);
    sandbox_layers_text(layers, text, sizeof text);
    if (!e) LOG(LOG_DEBUG, "control is behind its walls", LOG_S("sandbox", span_of(text)));
    return e;
}

static void on_plan(struct process_state *s, int fd) {
    struct problem p;
    struct serve_plan *plan;
    enum err e = serve_plan_receive(fd, &plan, &p);
    if (e) {
        LOG(LOG_ERROR, "the plan can't be read", LOG_S("problem", span_of(p.text)));
        return;
    }
    bool first = !s->plan;
    struct serve_plan *old = s->plan;
    s->plan = plan;
    if (s->admin) renew_token(s);
    if (first && (e = enter_walls(s, &p))) {
        LOG(LOG_ERROR, "control can't start", LOG_S("problem", span_of(p.text)));
        loop_stop(s->loop);
        return;
    }
    log_setup("control", LOG_INFO, serve_plan_config(plan)->log_json);
    known_scan(s->known, plan); /* makes threads: after the walls */
    serve_plan_free(old);
    size_t at = 0;
    void *job;
    struct buf numbers = BUF_INIT; /* ask() must not be called while the map is walked */
    while (map_each(s->jobs, &at, NULL, &job))
        buf_add(&numbers, span_make(&((struct job *)job)->number, sizeof(uint32_t)));
    for (size_t i = 0; i + sizeof(uint32_t) <= numbers.len; i += sizeof(uint32_t)) {
        uint32_t number;
        memcpy(&number, numbers.ptr + i, sizeof number);
        if (serve_plan_worker(plan, number)) ask(s, number);
    }
    buf_free(&numbers);
}

static void on_known(void *arg, const struct known_version *list, size_t count) {
    struct process_state *s = arg;
    struct serve_message m = {.type = SERVE_KNOWN, .text = span_make(list, count * sizeof *list)};
    serve_pipe_send(s->pipe, &m, NULL, 0);
}

static void on_stale(void *arg, uint32_t number) {
    struct known_version gone = {.worker = number};
    on_known(arg, &gone, 1);
}

static const struct known_events known_events = {on_known, on_stale};

static void on_process(struct process_state *s, const struct serve_message *m) {
    struct span rest = m->text;
    uint64_t pid = 0, starts = 0;
    if (m->lane >= SERVE_ROLES || !span_to_u64(span_cut(&rest, ' '), &pid) || !span_to_u64(rest, &starts))
        return;
    metrics_process(s->metrics, (enum metrics_role)m->lane, m->number, (int)pid, starts);
}

static void on_counters(struct process_state *s, const struct serve_message *m, int fd) {
    if (m->lane < SERVE_ROLES)
        metrics_counters(s->metrics, (enum metrics_role)m->lane, m->number, m->text, fd);
    else if (fd >= 0)
        close(fd);
}

static void on_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct process_state *s = arg;
    if (m->type == SERVE_PLAN && fd_count == 1)
        on_plan(s, fds[0]);
    else if (m->type == SERVE_PREPARE && s->plan)
        ask(s, m->number);
    else if (m->type == SERVE_ADMIN && fd_count == 1)
        on_admin(s, fds[0]);
    else if (m->type == SERVE_COUNTERS && fd_count <= 1)
        on_counters(s, m, fd_count ? fds[0] : -1);
    else if (m->type == SERVE_PROFILED)
        serve_profiles_answered(s->profiles, m);
    else if (m->type == SERVE_PROCESS)
        on_process(s, m);
    else if (m->type == SERVE_STOP)
        loop_stop(s->loop);
    else {
        for (size_t i = 0; i < fd_count; i++) close(fds[i]);
        LOG(LOG_ERROR, "unexpected message from the parent", LOG_N("type", m->type));
    }
}

static void on_parent_gone(void *arg) { loop_stop(((struct process_state *)arg)->loop); }

int serve_control_main(void) {
    struct process_state s = {.loop = loop_new(), .jobs = map_new()};
    s.metrics = metrics_new(who, &s);
    s.known = known_new(s.loop, &known_events, &s);
    list_init(&s.waiting);
    log_setup("control", LOG_INFO, false);
    enum err e = serve_pipe_open(s.loop, SERVE_PIPE_FD, on_message, on_parent_gone, &s, &s.pipe);
    if (e) return 1;
    s.profiles = serve_profiles_new(s.loop, s.pipe);
    loop_run(s.loop);
    serve_profiles_free(s.profiles);
    size_t at = 0;
    void *each;
    while (map_each(s.jobs, &at, NULL, &each)) {
        struct job *j = each;
        prepare_cancel(j->running);
        arena_free(&j->arena);
        mem_free(j);
    }
    admin_close(s.admin);
    metrics_free(s.metrics);
    known_free(s.known);
    serve_pipe_close(s.pipe);
    loop_free(s.loop);
    map_free(s.jobs);
    serve_plan_free(s.plan);
    return 0;
}
