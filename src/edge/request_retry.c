/* Another try, when a worker process died with requests in it that are not to blame.
 *
 * A request is sent once more, over the account's next link, when nothing of a response has reached the client, when its method
 * is idempotent (RFC 9110, 9.2.2: to do it twice is as good as once) and when its body is still here: it has none, or it came
 * inline, or no script had begun to read it. Once: a request that meets two deaths may be their cause. The Worker may have done
 * half of its work the first time (a KV write, a fetch); that is what idempotent methods promise to bear. Requests of the Worker
 * that is to blame are not tried again: edge_worker_quarantine() comes before the next link. */
#include "edge/request.h"

#include "link/messages.h"

static bool is_idempotent(struct span method) {
    static const char *const names[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_eq(method, span_of(names[i]))) return true;
    return false;
}

void request_remember(struct request *r, uint8_t flags, struct span payload) {
    if (r->retried || !r->edge->config.on_link_down || !is_idempotent(r->method)) return;
    r->sent = arena_copy(&r->arena, payload);
    r->sent_flags = flags;
}

bool request_may_retry(const struct request *r) {
    return r->state == JOURNEY_DISPATCH && r->sent.ptr && !r->retried && !r->answered && !r->edge->freeing &&
           !worker_held_ms(r->edge, r->worker) && !(r->streams_body && r->x.wanted);
}

void request_retry(struct request *r) {
    slab_remove(&r->edge->requests, r->x.stream);
    r->x.stream = 0;
    r->retried = true;
    request_go(r, worker_dispatchable(r->edge, r->worker) ? JOURNEY_DISPATCH : JOURNEY_START);
}

void request_send_again(struct request *r) {
    struct peer *p = r->worker->account->peer;
    struct body *streamed = r->x.to_worker;
    exchange_open(&r->x, p, &request_owner, slab_add(&r->edge->requests, &r->x));
    r->x.to_worker = streamed;
    link_send(p->link, MESSAGE_REQUEST, r->sent_flags, r->x.stream, &r->sent, 1);
}
