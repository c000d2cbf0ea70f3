/* In dev a person runs the scheduled handler by asking for it, as with `wrangler dev`:
 *
 *     curl 'http://127.0.0.1:8787/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=1700000000000'
 *
 * Both parameters may be left out: no cron text, the time of now (ms since 1970). 200 when it ran to its end, the
 * error page when it failed. It is an exchange like a request's, opened by SCHEDULED in place of REQUEST. */
#include "edge/request.h"

#include "http/urlencoded.h"
#include "link/messages.h"
#include "loop/clock.h"

bool request_is_scheduled(const struct request *r) {
    if (!r->edge->config.dev) return false;
    struct span target = span_from(r->url, r->target_at), path = span_first(target, span_index(target, '?'));
    return span_eq(path, SPAN("/cdn-cgi/handler/scheduled"));
}

void request_send_scheduled(struct request *r) {
    struct span query = span_from(r->url, r->target_at), name, value, cron = SPAN_NONE;
    struct link *link = r->worker->account->peer->link;
    uint64_t time_ms = (uint64_t)clock_realtime_ms();
    span_cut(&query, '?');
    while (urlencoded_next(&r->arena, &query, &name, &value)) {
        uint64_t given;
        if (span_eq(name, SPAN("cron"))) cron = value;
        if (span_eq(name, SPAN("time")) && span_to_u64(value, &given)) time_ms = given;
    }
    struct body *unwanted = r->x.to_worker;
    exchange_open(&r->x, r->worker->account->peer, &request_owner, slab_add(&r->edge->requests, &r->x));
    r->x.to_worker = unwanted;
    uint32_t numbers[2] = {r->worker->number, 0};
    struct span parts[] = {span_make(numbers, sizeof numbers), span_make(&time_ms, sizeof time_ms), cron};
    link_send(link, MESSAGE_SCHEDULED, 0, r->x.stream, parts, 3);
}

void request_scheduled_done(struct request *r) {
    struct http_field type = {SPAN("Content-Type"), SPAN("text/plain; charset=utf-8"),
                              HTTP_NAME_CONTENT_TYPE};
    struct span text = SPAN("ok\n");
    struct response response = {.status = 200, .fields = {&type, 1, 1}, .length = text.len, .bytes = text};
    if (respond(r, &response)) request_go(r, JOURNEY_ABORT);
}
