#include "link/credit.h"

#include "base/check.h"

static const uint64_t CREDIT_MAX = 1ull << 62;

void credit_sender_init(struct credit_sender *s, uint64_t start_bytes) { s->available_bytes = start_bytes; }

uint64_t credit_take(struct credit_sender *s, uint64_t wanted) {
    uint64_t n = wanted < s->available_bytes ? wanted : s->available_bytes;
    s->available_bytes -= n;
    return n;
}

enum err credit_granted(struct credit_sender *s, uint64_t bytes) {
    if (bytes == 0 || bytes > CREDIT_MAX - s->available_bytes) return ERR_PROTOCOL;
    s->available_bytes += bytes;
    return ERR_OK;
}

void credit_receiver_init(struct credit_receiver *r, uint64_t window_bytes, uint64_t start_bytes) {
    check(start_bytes <= window_bytes && window_bytes > 0 && window_bytes <= CREDIT_MAX);
    *r = (struct credit_receiver){
        .window_bytes = window_bytes, .open_bytes = start_bytes, .opened = start_bytes == window_bytes};
}

uint64_t credit_open(struct credit_receiver *r) {
    if (r->opened) return 0;
    r->opened = true;
    uint64_t n = r->window_bytes - r->open_bytes;
    r->open_bytes += n;
    return n;
}

enum err credit_received(struct credit_receiver *r, uint64_t bytes) {
    if (bytes > r->open_bytes) return ERR_PROTOCOL;
    r->open_bytes -= bytes;
    return ERR_OK;
}

uint64_t credit_consumed(struct credit_receiver *r, uint64_t bytes) {
    r->consumed_bytes += bytes;
    if (r->consumed_bytes * 2 < r->window_bytes) return 0;
    uint64_t n = r->consumed_bytes;
    r->consumed_bytes = 0;
    r->open_bytes += n;
    return n;
}
