/* What the parent tells control, so that control can show numbers: which processes there are, and where they count. */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/serve_parent.h"

static bool control_up(const struct serve *s) { return s->control && s->control->pipe; }

static void send_counters(struct serve *s, enum serve_role role, uint32_t number, const char *name, int fd) {
    struct serve_message m = {.type = SERVE_COUNTERS, .number = number, .lane = role, .text = span_of(name)};
    child_send(s->control, &m, &fd, fd >= 0);
}

static void send_process(struct serve *s, enum serve_role role, uint32_t number, pid_t pid, uint64_t starts) {
    char text[48];
    snprintf(text, sizeof text, "%d %llu", (int)pid, (unsigned long long)starts);
    struct serve_message m = {.type = SERVE_PROCESS, .number = number, .lane = role, .text = span_of(text)};
    child_send(s->control, &m, NULL, 0);
}

static void show_state(struct child *c) {
    send_process(c->serve, c->role, c->number, c->process ? process_pid(c->process) : 0, c->starts);
}

void show_process(struct child *c) {
    struct serve *s = c->serve;
    if (!control_up(s) || c->hidden) return; /* it is told all when it comes up */
    if (c->starts == 1 && c->process) send_counters(s, c->role, c->number, c->name, c->counters);
    show_state(c);
}

static void show_child(struct child *c) {
    if (!c || !c->starts) return;
    send_counters(c->serve, c->role, c->number, c->name, c->counters);
    show_state(c);
}

void show_all(struct serve *s) {
    send_counters(s, SERVE_ROLE_PARENT, 0, "parent", s->counters_fd);
    send_process(s, SERVE_ROLE_PARENT, 0, getpid(), 1);
    show_child(s->edge);
    show_child(s->control);
    size_t at = 0;
    void *account;
    while (map_each(s->accounts, &at, NULL, &account)) show_child(((struct account *)account)->child);
    /* Last: whoever asks finds it listening only when it knows all this; until then the question waits. */
    if (s->admin_fd >= 0)
        child_send(s->control, &(struct serve_message){.type = SERVE_ADMIN}, &s->admin_fd, 1);
}

static void no_profile(struct serve *s, uint32_t worker, uint32_t account, enum err e, const char *why) {
    struct serve_message m = {
        .type = SERVE_PROFILED, .number = worker, .lane = account, .err = e, .text = span_of(why)};
    child_send(s->control, &m, NULL, 0);
}

void show_profile(struct serve *s, const struct serve_message *m, int fd) {
    struct account *a = map_get_u64(s->accounts, m->lane);
    if (!a || !a->child->pipe) {
        no_profile(s, m->number, m->lane, ERR_NOT_FOUND, "the account's process does not run");
        return;
    }
    a->profiled = m->number;
    child_send(a->child, m, &fd, 1);
}

void show_profiled(struct account *a, const struct serve_message *m) {
    if (m->number != a->profiled || m->lane != a->number)
        return; /* control did not ask, or has been answered */
    if (m->err != ERR_IN_USE) a->profiled = 0;
    child_send(a->serve->control, m, NULL, 0);
}

void show_unprofiled(struct account *a) {
    if (a->profiled)
        no_profile(a->serve, a->profiled, a->number, ERR_WORKER_GONE, "the process died meanwhile");
    a->profiled = 0;
}

void show_open(struct serve *s) {
    enum err e = counters_create(1, &s->counters_fd);
    if (!e) e = counters_open(s->counters_fd, true, &s->counters_file);
    if (e) {
        LOG(LOG_ERROR, "the parent counts for nobody", LOG_S("why", span_of(err_sentence(e))));
        s->counters_file = counters_private(1);
    }
    s->counters = counters_take(counters_lane(s->counters_file, 0));
}

void show_close(struct serve *s) {
    if (s->counters_file) counters_give(s->counters);
    counters_close(s->counters_file);
    if (s->counters_fd >= 0) close(s->counters_fd);
}
