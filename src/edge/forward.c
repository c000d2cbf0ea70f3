/* passThroughOnException(): the Worker has failed, and the request goes to its origin instead, if nothing of
 * the body has been read. */
#include "edge/request.h"

#include "edge/fetch.h"

bool forward_possible(const struct request *r) {
    bool body_here = !r->streams_body || (r->x.to_worker && !r->x.wanted);
    return r->conn && r->kept && r->worker->origin.len && body_here;
}

static void on_head(void *arg, const struct fetch_head *head) {
    struct request *r = arg;
    r->forward = NULL;
    struct response response = {.status = head->status,
                                .reason = head->reason,
                                .fields = head->fields,
                                .bytes = head->bytes,
                                .body = head->body,
                                .length = head->body ? head->length : head->bytes.len};
    struct body *body = response.body;
    if (respond(r, &response) == ERR_OK) return;
    body_stop(body);
    request_fail(r, ERR_PROTOCOL);
}

static void on_failed(void *arg, enum err why, struct span text) {
    struct request *r = arg;
    r->forward = NULL;
    request_fail_with(r, why, 0, arena_copy(&r->arena, text));
}

static const struct fetch_events events = {on_head, on_failed};

void journey_forward(struct request *r) {
    struct http_field fields[REQUEST_FIELDS];
    size_t count = request_fields(r, &r->fields, fields);
    struct span target = span_from(r->url, r->target_at);
    struct fetch_request f = {
        .method = r->method,
        .url = arena_printf(&r->arena, "%.*s%.*s", SPAN_FMT(buf_span(&r->worker->origin)), SPAN_FMT(target)),
        .fields = {fields, count, REQUEST_FIELDS},
        .has_body = r->has_body,
        .bytes = r->inline_body,
        .length = r->length,
        .redirect = FETCH_MANUAL,
        .to_origin = true,
        .account = r->worker->account->number};
    if (r->streams_body) f.body = exchange_splice(&r->x);
    r->forward = fetch_start(r->edge, &f, &events, r);
}

void forward_cancel(struct request *r) {
    struct fetch *f = r->forward;
    r->forward = NULL;
    if (f) fetch_cancel(f);
}
