/* An edge whose Worker answers with a constant, at the other end of an in-memory link: what the edge alone costs.
 *     edge_bench [port [seconds]]        then, on another core: wrk -t1 -c32 -d3s http://127.0.0.1:<port>/
 * Prints requests and requests per second of CPU when it ends. */
#include <stdio.h>
#include <stdlib.h>

#include "edge/edge.h"
#include "edge/routes.h"
#include "link/head.h"
#include "link/messages.h"
#include "loop/clock.h"
#include "loop/tcp.h"
#include "loop/timer.h"

struct bench {
    struct loop *loop;
    struct link *worker;
    char *answer;
    size_t answer_bytes;
};

static void on_message(void *arg, const struct message *m) {
    struct bench *b = arg;
    if (m->type != MESSAGE_REQUEST) return;
    char *to = link_begin(b->worker, MESSAGE_RESPONSE, MESSAGE_BODY_INLINE, m->stream, b->answer_bytes);
    memcpy(to, b->answer, b->answer_bytes);
    link_commit(b->worker, b->answer_bytes);
    static const uint64_t times[2] = {1000, 1000};
    struct span part = span_make(times, sizeof times);
    link_send(b->worker, MESSAGE_DONE, 0, m->stream, &part, 1);
}

static void on_down(void *arg, enum err why, const char *reason) {}

static const struct link_events events = {MESSAGE_TYPES, on_message, NULL, on_down};

static void make_answer(struct bench *b) {
    struct http_field field = {SPAN("Content-Type"), SPAN("text/plain;charset=UTF-8"),
                               HTTP_NAME_CONTENT_TYPE};
    struct head head = {.status = 200, .body_length = 13, .fields = &field, .field_count = 1};
    b->answer_bytes = head_size(&head) + 13;
    b->answer = malloc(b->answer_bytes);
    memcpy(head_write(&head, b->answer), "Hello, World!", 13);
}

static void stop(void *arg) { loop_stop(arg); }

static void set_routes(struct edge *edge) {
    struct routes_builder *builder = routes_builder_new();
    const struct routes *routes;
    struct routes_worker worker = {.number = 1,
                                   .account = 1,
                                   .name = SPAN("bench"),
                                   .state = ROUTES_READY,
                                   .version_id = SPAN("00000000000000000000000000000000")};
    struct problem p;
    if (routes_add_worker(builder, &worker, &p)) exit(1);
    routes_set_default(builder, 1);
    if (routes_build(builder, &routes, &p)) exit(1);
    edge_set_routes(edge, routes);
    routes_unref(routes);
}

int main(int argc, char **argv) {
    uint16_t port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 8790);
    uint64_t seconds = argc > 2 ? (uint64_t)atoi(argv[2]) : 10;
    struct bench b = {.loop = loop_new()};
    make_answer(&b);
    struct edge_config config = {.loop = b.loop, .colo = "DEV"};
    struct edge *edge = edge_new(&config);
    set_routes(edge);
    struct link *near;
    link_pair(b.loop, &near, &b.worker);
    link_start(b.worker, &events, &b);
    edge_link_up(edge, 1, near);
    int fd;
    struct problem p;
    if (tcp_bind(SPAN("127.0.0.1"), port, NULL, &fd, &p) || edge_listen(edge, fd, &p)) {
        fprintf(stderr, "%s\n", p.text);
        return 1;
    }
    struct timer *t = timer_new(b.loop, stop, b.loop);
    timer_start(t, seconds * 1000, 0);
    loop_run(b.loop);
    struct edge_stats stats;
    edge_stats(edge, &stats);
    double cpu = (double)clock_process_cpu_ns() / 1e9;
    printf("%llu requests, %.2f s of CPU, %.0f requests per CPU-second\n", (unsigned long long)stats.requests,
           cpu, (double)stats.requests / cpu);
    edge_free(edge);
    timer_free(t);
    loop_turn(b.loop, false);
    link_close(b.worker);
    loop_turn(b.loop, false);
    loop_free(b.loop);
    free(b.answer);
    return 0;
}
