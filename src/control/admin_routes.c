#include "base/limits.h"
#include "base/mem.h"
#include "control/admin_inside.h"
#include "http/h1_write.h"
#include "http/urlencoded.h"

/* Takes the time of the presented one's length, whatever is in it. */
static bool same_secret(struct span presented, const char *secret, size_t len) {
    volatile unsigned char differs = presented.len != len;
    for (size_t i = 0; i < presented.len; i++)
        differs |= (unsigned char)(presented.ptr[i] ^ secret[len ? i % len : 0]);
    return differs == 0;
}

static bool allowed(const struct admin *a, const struct h1_head *head) {
    struct span value = http_fields_get(&head->fields, HTTP_NAME_AUTHORIZATION);
    if (!a->token) return true;
    if (value.len < 7 || !span_eq_nocase(span_first(value, 7), SPAN("Bearer "))) return false;
    return same_secret(span_trim(span_from(value, 7)), a->token, a->token_len);
}

/* A name could be anybody's that points here (DNS rebinding): addresses and localhost cannot. */
static bool is_own_host(struct span authority) {
    struct span host = authority;
    size_t colon = host.len;
    while (colon && host.ptr[colon - 1] != ':' && host.ptr[colon - 1] != ']') colon--;
    if (colon && host.ptr[colon - 1] == ':') host = span_first(host, colon - 1);
    if (!host.len || span_eq_nocase(host, SPAN("localhost"))) return true;
    if (host.ptr[0] == '[') return true;
    for (size_t i = 0; i < host.len; i++)
        if (!ascii_is_digit(host.ptr[i]) && host.ptr[i] != '.') return false;
    return true;
}

static void refuse(struct admin_conn *c, int status, const char *why) {
    c->refused = status;
    c->why = why;
}

void admin_take_head(struct admin_conn *c, const struct h1_head *head) {
    struct span target = head->path;
    size_t query = span_index(target, '?');
    c->path = arena_copy(&c->arena, span_first(target, query));
    c->query = arena_copy(&c->arena, span_from(target, query + 1));
    bool health = span_eq(c->path, SPAN("/healthz"));
    if (http_fields_get(&head->fields, HTTP_NAME_ORIGIN).ptr ||
        (!c->admin->token && !is_own_host(head->authority)))
        refuse(c, 403, "the admin listener does not talk to web pages");
    else if (!health && !allowed(c->admin, head))
        refuse(c, 401, "a token is needed: Authorization: Bearer TOKEN");
}

static void metrics(struct admin_conn *c) {
    admin_answer(c, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, H1_LENGTH_UNKNOWN);
    c->shot = metrics_take(c->admin->config.metrics);
}

static void top(struct admin_conn *c) {
    struct metrics_shot *shot = metrics_take(c->admin->config.metrics);
    metrics_top(shot, &c->text);
    metrics_shot_free(shot);
    buf_add_char(&c->text, '\n');
    admin_answer(c, 200, "application/json", NULL, c->text.len);
}

static void health(struct admin_conn *c) {
    if (metrics_up(c->admin->config.metrics, METRICS_EDGE))
        admin_say(c, 200, "ok");
    else
        admin_say(c, 503, "edge is down");
}

static void profile(struct admin_conn *c) {
    struct span rest = c->query, name, value, worker = SPAN_NONE;
    uint64_t seconds = 5;
    bool good = true;
    while (urlencoded_next(&c->arena, &rest, &name, &value)) {
        if (span_eq(name, SPAN("worker")))
            worker = arena_copy(&c->arena, value);
        else if (span_eq(name, SPAN("seconds")))
            good = span_to_u64(value, &seconds) && seconds >= 1 && seconds <= LIMIT_PROFILE_SECONDS;
        else
            good = false;
    }
    if (!good || !worker.len || memchr(worker.ptr, 0, worker.len)) {
        admin_say(c, 400, "write POST /profile?worker=NAME&seconds=5 (1 to 60 seconds)");
        return;
    }
    if (!c->admin->config.profile) {
        admin_say(c, 501, "there are no profiles here");
        return;
    }
    c->reply = NEW(struct admin_reply);
    c->reply->conn = c;
    c->admin->config.profile(c->admin->config.arg, worker.ptr, (uint32_t)seconds * 1000, c->reply);
}

struct route {
    struct span path;
    bool post;
    void (*run)(struct admin_conn *c);
};

void admin_route(struct admin_conn *c) {
    const struct route routes[] = {{SPAN("/metrics"), false, metrics},
                                   {SPAN("/top.json"), false, top},
                                   {SPAN("/healthz"), false, health},
                                   {SPAN("/profile"), true, profile}};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!span_eq(c->path, routes[i].path)) continue;
        bool reads = c->method == HTTP_GET || c->method == HTTP_HEAD;
        if (routes[i].post ? c->method == HTTP_POST : reads)
            routes[i].run(c);
        else
            admin_say(c, 405, routes[i].post ? "use POST" : "use GET");
        return;
    }
    admin_say(c, 404, "there are /metrics, /top.json, /healthz and /profile");
}
