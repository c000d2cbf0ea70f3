#include "cli/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/serve_known.h"
#include "cli/serve_parent.h"
#include "cli/serve_plan.h"
#include "cli/serve_spare.h"
#include "cli/serve_supervise.h"
#include "loop/file.h"
#include "loop/local.h"
#include "loop/signals.h"
#include "loop/tcp.h"

static void send_plan(struct serve *s, struct child *to) {
    struct problem p;
    int fd;
    enum err e = serve_plan_file(&s->config, &fd, &p);
    if (e) {
        LOG(LOG_ERROR, "the plan can't be handed over", LOG_S("problem", span_of(p.text)));
        return;
    }
    child_send(to, &(struct serve_message){.type = SERVE_PLAN}, &fd, 1);
    close(fd);
}

/* -- edge ---------------------------------------------------------------------------------------------------- */

static void on_edge_up(struct child *c) {
    struct serve *s = c->serve;
    send_plan(s, c);
    for (uint32_t lane = 0; lane < s->config.threads; lane++) {
        struct serve_message m = {.type = SERVE_LISTEN, .lane = lane};
        size_t each = s->socket_count / s->config.threads;
        child_send(c, &m, s->sockets + lane * each, each);
    }
    supervise_tell_edge(s->supervision);
    size_t at = 0;
    void *account;
    while (map_each(s->accounts, &at, NULL, &account)) account_link(account);
}

static void print_ready(struct serve *s) {
    for (size_t i = 0; i < s->config.listen_count; i++) {
        struct span host;
        uint16_t port;
        if (serve_parse_address(s->config.listen[i], &host, &port)) continue;
        port = tcp_bound_port(s->sockets[i]);
        bool any = host.len == 0 || span_eq(host, SPAN("0.0.0.0")) || span_eq(host, SPAN("::")) ||
                   span_eq(host, SPAN("*"));
        bool v6 = span_index(host, ':') < host.len;
        if (any) host = SPAN("localhost"), v6 = false;
        printf("Ready on http://%s%.*s%s:%u\n", v6 ? "[" : "", SPAN_FMT(host), v6 ? "]" : "", port);
    }
    fflush(stdout);
}

/* `why`: its link broke, and how. */
static void want_account(struct serve *s, uint32_t number, enum err why) {
    if (number == 0 || number >= s->config.account_count) return;
    struct account *a = map_get_u64(s->accounts, number);
    if (!a) {
        a = account_new(s, number);
        map_put_u64(s->accounts, number, a);
    }
    if (why == ERR_PROTOCOL) supervise_distrust(s->supervision, a);
    if (!a->child->process && !timer_active(a->child->respawn)) child_start(a->child);
}

static void stop_children(struct serve *s, void (*stop)(struct child *c)) {
    size_t at = 0;
    void *account;
    while (map_each(s->accounts, &at, NULL, &account)) stop(((struct account *)account)->child);
    stop(s->edge);
    stop(s->control);
    spares_each(s->spares, stop);
}

static void ask_to_stop(struct child *c) {
    child_send(c, &(struct serve_message){.type = SERVE_STOP}, NULL, 0);
}

static void kill_child(struct child *c) {
    if (!c->process) return;
    LOG(LOG_WARN, "a process does not stop, killing it", LOG_S("process", span_of(c->name)));
    process_kill(c->process, SIGKILL);
}

static void kill_children(void *arg) { stop_children(arg, kill_child); }

void serve_finish(struct serve *s) {
    if (s->stopping) return;
    s->stopping = true;
    stop_children(s, ask_to_stop);
    s->kill = timer_new(s->loop, kill_children, s);
    timer_start(s->kill, SERVE_STOP_MS, 0);
    serve_child_gone(s);
}

static void on_edge_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct serve *s = ((struct child *)arg)->serve;
    for (size_t i = 0; i < fd_count; i++) close(fds[i]);
    if (m->type == SERVE_WANT_ACCOUNT)
        want_account(s, m->number, (enum err)m->err);
    else if (m->type == SERVE_PREPARE) {
        map_put_u64(s->preparing, m->number, s);
        child_send(s->control, m, NULL, 0);
    } else if (m->type == SERVE_DRAINED)
        serve_finish(s);
    else if (m->type == SERVE_UP && !s->up) {
        s->up = true;
        print_ready(s);
    }
}

/* -- control --------------------------------------------------------------------------------------------------- */

static void on_control_up(struct child *c) {
    send_plan(c->serve, c);
    show_all(c->serve);
    size_t at = 0;
    struct span key;
    void *ignored;
    while (map_each(c->serve->preparing, &at, &key, &ignored)) {
        uint64_t number;
        memcpy(&number, key.ptr, sizeof number);
        child_send(c, &(struct serve_message){.type = SERVE_PREPARE, .number = (uint32_t)number}, NULL, 0);
    }
}

/* Some accounts are likely to be asked for soon: their processes start now. */
static void on_known(struct serve *s, const struct serve_message *m) {
    child_send(s->edge, m, NULL, 0);
    struct known_version v;
    for (size_t i = 0; i + sizeof v <= m->text.len; i += sizeof v) {
        if (map_count(s->accounts) >= LIMIT_BOOT_PROCESSES) return;
        memcpy(&v, m->text.ptr + i, sizeof v);
        if (v.id[0] && !map_get_u64(s->accounts, v.account)) want_account(s, v.account, ERR_OK);
    }
}

static void on_control_message(void *arg, const struct serve_message *m, const int *fds, size_t fd_count) {
    struct serve *s = ((struct child *)arg)->serve;
    if (m->type == SERVE_PROFILE && fd_count == 1) show_profile(s, m, fds[0]);
    for (size_t i = 0; i < fd_count; i++) close(fds[i]);
    if (m->type == SERVE_KNOWN) {
        on_known(s, m);
        return;
    }
    if (m->type != SERVE_READY && m->type != SERVE_FAILED) return;
    map_remove_u64(s->preparing, m->number);
    if (m->type == SERVE_READY) supervise_version(s->supervision, m->number, m->text);
    child_send(s->edge, m, NULL, 0);
}

/* -- signals ----------------------------------------------------------------------------------------------------- */

static bool same_list(const struct span *a, size_t a_count, const struct span *b, size_t b_count) {
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++) same = span_eq(a[i], b[i]);
    return same;
}

/* What processes get once, when they start. */
static bool same_at_start(const struct serve_config *a, const struct serve_config *b) {
    return same_list(a->listen, a->listen_count, b->listen, b->listen_count) &&
           same_list(a->allow, a->allow_count, b->allow, b->allow_count) && a->threads == b->threads &&
           a->deny_private == b->deny_private && span_eq(a->state, b->state) && span_eq(a->colo, b->colo) &&
           span_eq(a->ca_file, b->ca_file) && span_eq(a->admin, b->admin) && a->walls.uid == b->walls.uid &&
           a->walls.gid == b->walls.gid && a->walls.must_become == b->walls.must_become &&
           a->walls.namespaces == b->walls.namespaces;
}

static void log_lines(enum log_level level, const char *event, struct span lines) {
    while (lines.len) {
        struct span line = span_cut(&lines, '\n');
        if (line.len) LOG(level, event, LOG_S("text", line));
    }
}

static void reload(void *arg, int signal_number) {
    struct serve *s = arg;
    struct arena arena = ARENA_INIT;
    struct serve_config config;
    struct buf warnings = BUF_INIT;
    struct problem p;
    enum err e = serve_config_read(s->config_path, &s->numbers, &arena, &config, &warnings, &p);
    if (!e && !same_at_start(&s->config, &config))
        e = problem(&p, ERR_UNSUPPORTED,
                    "`listen`, `threads`, `state`, `colo`, `egress`, `sandbox` and `admin.listen` change at "
                    "a restart only");
    log_lines(LOG_WARN, "configuration", buf_span(&warnings));
    buf_free(&warnings);
    if (e) {
        LOG(LOG_ERROR, "reload refused, the earlier configuration stays", LOG_S("problem", span_of(p.text)));
        arena_free(&arena);
        return;
    }
    config.log_json = s->config.log_json;
    arena_free(&s->arena);
    s->arena = arena;
    s->config = config;
    send_plan(s, s->control);
    send_plan(s, s->edge);
    LOG(LOG_INFO, "configuration reloaded", LOG_N("workers", config.worker_count));
}

static void on_stop_signal(void *arg, int signal_number) {
    struct serve *s = arg;
    if (s->stopping) kill_children(s);
    if (s->draining || !s->up || !s->edge->pipe) {
        serve_finish(s);
        return;
    }
    s->draining = true;
    for (size_t i = 0; i < s->socket_count; i++) close(s->sockets[i]);
    s->socket_count = 0;
    child_send(s->edge, &(struct serve_message){.type = SERVE_DRAIN, .ms = SERVE_DRAIN_MS}, NULL, 0);
}

/* -- start and end ------------------------------------------------------------------------------------------------- */

void serve_child_gone(struct serve *s) {
    size_t at = 0,
           alive = (s->edge->process != NULL) + (s->control->process != NULL) + spares_each(s->spares, NULL);
    void *account;
    while (map_each(s->accounts, &at, NULL, &account))
        alive += ((struct account *)account)->child->process != NULL;
    if (!alive) loop_stop(s->loop);
}

static enum err bind_sockets(struct serve *s, struct problem *p) {
    const struct serve_config *c = &s->config;
    struct tcp_bind_options options = {.reuse_port = c->threads > 1};
    s->sockets = mem_array(c->listen_count * c->threads, sizeof(int));
    uint16_t ports[FDPASS_FDS] = {0};
    if (c->listen_count > FDPASS_FDS)
        return problem(p, ERR_TOO_LARGE, "`listen` has more than %d addresses", FDPASS_FDS);
    for (unsigned lane = 0; lane < c->threads; lane++) {
        for (size_t i = 0; i < c->listen_count; i++) {
            struct span host;
            uint16_t port;
            enum err e = serve_parse_address(c->listen[i], &host, &port);
            if (!e && lane == 0 && options.reuse_port &&
                port) { /* is it somebody else's? SO_REUSEPORT would hide it */
                int probe;
                e = tcp_bind(host, port, NULL, &probe, p);
                if (!e) close(probe);
            }
            if (lane) port = ports[i]; /* port 0: the other threads share the one that the kernel chose */
            if (!e) e = tcp_bind(host, port, &options, &s->sockets[s->socket_count], p);
            if (e) return e;
            ports[i] = tcp_bound_port(s->sockets[s->socket_count++]);
        }
    }
    return ERR_OK;
}

static enum err bind_admin(struct serve *s, struct problem *p) {
    struct span admin = s->config.admin, host;
    uint16_t port;
    if (!admin.len) return ERR_OK;
    if (admin.ptr[0] == '/') return local_bind(admin, &s->admin_fd, p);
    enum err e = serve_parse_address(admin, &host, &port);
    return e ? e : tcp_bind(host, port, NULL, &s->admin_fd, p);
}

static enum err check_state(struct serve *s, struct problem *p) {
    char *state = mem_cstr(s->config.state);
    enum err e = file_mkdirs(state, 0700, p);
    if (!e && access(state, R_OK | W_OK | X_OK))
        e = problem(p, ERR_PERMISSION,
                    "state directory %s: this user may not read and write it; `chown` it or set `state`",
                    state);
    mem_free(state);
    return e;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED)
static const char *const sanitizer_options[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL};
#else
static const char *const sanitizer_options[] = {NULL};
#endif

static void keep(struct serve *s, const char **env, const char *name) {
    const char *value = getenv(name);
    if (!value) return;
    struct buf pair = BUF_INIT;
    buf_printf(&pair, "%s=%s", name, value);
    env[s->child_env_owned++] = buf_cstr(&pair);
}

/* Children get what they need and nothing else: no secrets of the shell that started us. Worker processes get the end of the list,
 * which is empty unless this is a sanitizer's build. */
static void child_environment(struct serve *s) {
    static const char *const kept[] = {"PATH", "HOME", "LANG", "CUSP_ESBUILD"};
    const char **env = mem_array(
        sizeof kept / sizeof *kept + sizeof sanitizer_options / sizeof *sanitizer_options + 2, sizeof *env);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) keep(s, env, kept[i]);
    env[s->child_env_owned++] = mem_cstr(SPAN("TZ=UTC"));
    env[s->child_env_owned++] = mem_cstr(SPAN("UV_USE_IO_URING=0")); /* the sandbox has no such calls */
    s->worker_env = env + s->child_env_owned;
    for (const char *const *name = sanitizer_options; *name; name++) keep(s, env, *name);
    s->child_env = env;
}

static enum err open_signals(struct serve *s) {
    enum err e = signals_open(s->loop, SIGHUP, reload, s, &s->signals[0]);
    if (!e) e = signals_open(s->loop, SIGTERM, on_stop_signal, s, &s->signals[1]);
    if (!e) e = signals_open(s->loop, SIGINT, on_stop_signal, s, &s->signals[2]);
    return e;
}

static enum err start(struct serve *s, struct problem *p) {
    struct buf warnings = BUF_INIT;
    enum err e = serve_config_read(s->config_path, &s->numbers, &s->arena, &s->config, &warnings, p);
    log_setup("parent", LOG_INFO, s->config.log_set ? s->config.log_json : !isatty(STDERR_FILENO));
    s->config.log_json = s->config.log_set ? s->config.log_json : !isatty(STDERR_FILENO);
    log_lines(LOG_WARN, "configuration", buf_span(&warnings));
    buf_free(&warnings);
    if (!e) e = check_state(s, p);
    if (!e) e = bind_sockets(s, p);
    if (!e) e = bind_admin(s, p);
    if (!e) e = open_signals(s);
    if (e) return e;
    s->ceilings = ceilings_new("", getpid());
    bool groups = ceilings_layer(s->ceilings) == MEMORY_LAYER_CGROUP;
    LOG(LOG_INFO, "memory ceilings",
        LOG_S("kept_by", groups ? SPAN("control groups") : SPAN("the processes themselves")),
        LOG_S("why", span_of(ceilings_why(s->ceilings))));
    child_environment(s);
    show_open(s);
    s->supervision = supervise_start(s);
    s->spares = spares_new(s);
    static const char *const edge[] = {"cusp", "@edge"}, *const control[] = {"cusp", "@control"};
    s->edge =
        child_new(s, "edge", edge, 2, on_edge_message, on_edge_up, SERVE_ROLE_EDGE, 0, s->config.threads);
    s->control =
        child_new(s, "control", control, 2, on_control_message, on_control_up, SERVE_ROLE_CONTROL, 0, 0);
    child_start(s->edge); /* first: what control then hears first is that edge is there (show_all) */
    child_start(s->control);
    return ERR_OK;
}

/* Also after a start that failed half way. Children that still run are killed. */
static void serve_close(struct serve *s) {
    size_t at = 0;
    void *each;
    while (map_each(s->accounts, &at, NULL, &each)) {
        child_free(((struct account *)each)->child);
        mem_free(each);
    }
    child_free(s->edge);
    child_free(s->control);
    spares_free(s->spares);
    supervise_stop(s->supervision);
    show_close(s);
    timer_free(s->kill);
    for (size_t i = 0; i < sizeof s->signals / sizeof *s->signals; i++) signals_close(s->signals[i]);
    loop_free(s->loop);
    for (size_t i = 0; i < s->socket_count; i++) close(s->sockets[i]);
    mem_free(s->sockets);
    if (s->admin_fd >= 0) close(s->admin_fd);
    for (size_t i = 0; i < s->child_env_owned; i++) mem_free((char *)s->child_env[i]);
    mem_free((void *)s->child_env);
    map_free(s->accounts);
    map_free(s->preparing);
    ceilings_free(s->ceilings);
    serve_numbers_free(&s->numbers);
    arena_free(&s->arena);
}

static int usage(void) {
    fputs("usage: cusp serve --config cusp.toml\n", stderr);
    return 2;
}

int serve_main(int argc, char **argv) {
    struct serve s = {.arena = ARENA_INIT, .counters_fd = -1, .admin_fd = -1};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            s.config_path = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            s.config_path = argv[i] + 9;
        else
            return usage();
    }
    if (!s.config_path) return usage();
    struct problem p = {0};
    s.accounts = map_new();
    s.preparing = map_new();
    serve_numbers_init(&s.numbers);
    s.loop = loop_new();
    enum err e = start(&s, &p);
    if (e) {
        fprintf(stderr, "cusp: %s\n", p.text[0] ? p.text : err_sentence(e));
        s.exit_status = 1;
    } else {
        loop_run(s.loop);
    }
    serve_close(&s);
    return s.exit_status;
}
