#include "api/core.h"

static void send_number(struct flow *s, unsigned type, uint64_t value, size_t bytes) {
    struct span part = span_make(&value, bytes);
    link_send(s->api->config.link, (uint8_t)type, 0, s->id, &part, 1);
}
static void send_nothing(struct flow *s, unsigned type) {
    link_send(s->api->config.link, (uint8_t)type, 0, s->id, NULL, 0);
}

struct flow *flow_new(struct api *api) {
    struct flow *s = NEW(struct flow);
    s->api = api;
    s->refs = 1;
    return s;
}

struct flow *flow_ask(struct api *api) {
    struct flow *s = flow_new(api);
    s->is_fetch = true;
    s->in_kind = BODY_NULL;
    flow_open(s, api->config.stream_open(api->config.arg, api));
    api->stats.subrequests++;
    count(&api_row(api)->subrequests, 1);
    return s;
}

void flow_unref(struct flow *s) {
    if (!s || --s->refs) return;
    buf_free(&s->in);
    buf_free(&s->out);
    buf_free(&s->answer);
    mem_free(s);
}

static void drop_head_op(struct op *op) { flow_unref(LIST_ITEM(op, struct flow, head_op)); }
static void drop_read_op(struct op *op) { flow_unref(LIST_ITEM(op, struct flow, read_op)); }
static void drop_write_op(struct op *op) { flow_unref(LIST_ITEM(op, struct flow, write_op)); }

uint32_t flow_op(struct flow *s, struct op *op, js_val (*make)(js_ctx c, struct op *op, js_val *exc)) {
    s->refs++;
    return op_begin(s->api, op, make,
                    op == &s->head_op   ? drop_head_op
                    : op == &s->read_op ? drop_read_op
                                        : drop_write_op);
}

js_val flow_op_end(struct flow *s, js_val result) {
    flow_unref(s);
    return result;
}

void flow_open(struct flow *s, uint64_t id) {
    check(!s->open);
    s->id = id;
    s->open = true;
    s->refs++;
    map_put_u64(s->api->streams, id, s);
}

/* Whoever waits on s is told; the reason is in in_error, failed or out_cancelled. */
static void wake(struct op *op) {
    if (op_under_way(op) && !op->finished) op_finish(op);
}

void flow_close(struct flow *s, enum err why) {
    if (!s->open) return;
    s->open = false;
    map_remove_u64(s->api->streams, s->id);
    if (s->is_fetch && s->api->config.stream_close) s->api->config.stream_close(s->api->config.arg, s->id);
    if (!s->in_ended && !s->in_error) s->in_error = why;
    if (!s->failed && !s->answer_type) s->failed = why;
    s->out_cancelled = s->out_open;
    s->out_open = false;
    wake(&s->head_op);
    wake(&s->read_op);
    wake(&s->write_op);
    flow_unref(s);
}

/* A stream that this isolate opened is over when edge has answered and both bodies have ended. */
void flow_settle(struct flow *s) {
    if (s->open && s->is_fetch && s->answer_type && (s->in_ended || s->in_gone || s->in_error) &&
        !s->out_open)
        flow_close(s, ERR_CLOSED);
}

void flow_in(struct flow *s, unsigned flags, uint64_t length, struct span inline_body) {
    s->in_length = length;
    s->in_kind = flags & MESSAGE_BODY_INLINE   ? BODY_INLINE
                 : flags & MESSAGE_BODY_STREAM ? BODY_STREAM
                                               : BODY_NULL;
    s->in.len = 0;
    if (s->in_kind == BODY_INLINE) buf_add(&s->in, inline_body);
    s->in_ended = s->in_kind != BODY_STREAM;
    s->in_touched = s->in_gone = s->in_flowing = s->collecting = false;
    s->in_error = ERR_OK;
}

void flow_reset(struct flow *s) {
    struct buf in = s->in, out = s->out, answer = s->answer;
    *s = (struct flow){.api = s->api, .refs = s->refs, .in = in, .out = out, .answer = answer};
    if (s->in.cap > 64 * 1024) buf_free(&s->in);
    if (s->out.cap > 64 * 1024) buf_free(&s->out);
    s->in.len = s->out.len = s->answer.len = 0;
}

/* --- In --- */

void flow_start(struct flow *s) {
    s->in_touched = true;
    if (s->in_flowing || s->in_ended || !s->open) return;
    s->in_flowing = true;
    credit_receiver_init(&s->in_credit, LIMIT_STREAM_WINDOW_BYTES, 0);
    send_number(s, MESSAGE_CREDIT, credit_open(&s->in_credit), 8);
}

void flow_consumed(struct flow *s, size_t bytes) {
    if (!s->in_flowing || s->in_ended || !s->open) return;
    uint64_t grant = credit_consumed(&s->in_credit, bytes);
    if (grant) send_number(s, MESSAGE_CREDIT, grant, 8);
}

void flow_cancel(struct flow *s) {
    if (s->in_gone) return;
    s->in_gone = true;
    buf_free(&s->in);
    if (s->open && !s->request && !s->in_ended) {
        send_nothing(s, MESSAGE_CANCEL);
        flow_close(s, ERR_CANCELLED);
    }
}

static void in_bytes(struct flow *s, struct span bytes) {
    if (!s->in_flowing || s->in_gone || s->in_ended || s->in_error) return;
    if (credit_received(&s->in_credit, bytes.len) != ERR_OK) {
        s->in_error = ERR_PROTOCOL;
    } else if (s->collecting && s->in.len + bytes.len > LIMIT_WORKER_COLLECT_BYTES) {
        s->in_error = ERR_TOO_LARGE;
        send_nothing(s, MESSAGE_CANCEL);
    } else {
        buf_add(&s->in, bytes);
        if (s->collecting) {
            flow_consumed(s, bytes.len);
            return;
        }
    }
    wake(&s->read_op);
}

static void in_end(struct flow *s, enum err why) {
    if (s->in_ended) return;
    if (why == ERR_OK)
        s->in_ended = true;
    else
        s->in_error = why;
    wake(&s->read_op);
    flow_settle(s);
}

/* --- Out --- */

void flow_out_begin(struct flow *s) {
    s->out_open = !s->out_unwanted;
    s->out_ending = false;
    s->out_cancelled = s->out_unwanted;
    s->out.len = s->out_at = 0;
    credit_sender_init(&s->out_credit, LIMIT_STREAM_WINDOW_BYTES);
}

/* Sends of `bytes` what credit allows; returns how much. */
static size_t out_some(struct flow *s, struct span bytes) {
    size_t sent = 0;
    while (sent < bytes.len) {
        size_t want = bytes.len - sent < 64 * 1024 ? bytes.len - sent : 64 * 1024;
        uint64_t n = credit_take(&s->out_credit, want);
        if (!n) break;
        struct span part = span_make(bytes.ptr + sent, n);
        link_send(s->api->config.link, MESSAGE_BODY, 0, s->id, &part, 1);
        sent += n;
    }
    return sent;
}

void flow_out_flush(struct flow *s) {
    if (!s->out_open) return;
    s->out_at += out_some(s, span_from(buf_span(&s->out), s->out_at));
    if (s->out_at < s->out.len) return;
    s->out.len = s->out_at = 0;
    if (s->out_ending) {
        send_nothing(s, MESSAGE_BODY_END);
        s->out_open = false;
    }
    wake(&s->write_op);
    flow_settle(s);
}

void flow_send(struct flow *s, struct span bytes) {
    if (!s->out_open || s->out_ending) return;
    size_t sent = s->out.len ? 0 : out_some(s, bytes);
    buf_add(&s->out, span_from(bytes, sent));
}

void flow_send_end(struct flow *s) {
    if (!s->out_open || s->out_ending) return;
    s->out_ending = true;
    flow_out_flush(s);
}

void flow_send_error(struct flow *s, enum err why) {
    if (!s->out_open) return;
    send_number(s, MESSAGE_BODY_ERROR, why, 4);
    s->out_open = false;
    s->out.len = s->out_at = 0;
    wake(&s->write_op);
    flow_settle(s);
}

bool flow_full(const struct flow *s) { return s->out_open && s->out_at < s->out.len; }

static void out_cancel(struct flow *s) {
    s->out_unwanted = true;
    if (!s->out_open) return;
    s->out_cancelled = true;
    s->out_open = false;
    s->out.len = s->out_at = 0;
    wake(&s->write_op);
    flow_settle(s);
}

static uint64_t number_of(struct span payload, size_t bytes) {
    uint64_t value = 0;
    if (payload.len >= bytes) memcpy(&value, payload.ptr, bytes);
    return value;
}

static enum err err_of(struct span payload) {
    uint64_t code = number_of(payload, 4);
    return code && code < ERR_COUNT ? (enum err)code : ERR_INTERNAL;
}

/* FETCH_HEAD: the head is kept as it came; JavaScript gets it when it looks (head()), or passes it on (forward()). */
static void answered(struct flow *s, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct span rest;
    if (head_read(m->payload, fields, FIELDS_CAP, &h, &rest) != ERR_OK) {
        s->failed = ERR_PROTOCOL;
    } else {
        s->answer.len = 0;
        flow_in(s, m->flags, h.body_length, rest);
        if (h.flags & HEAD_UPGRADE && s->in_kind == BODY_STREAM) flow_out_begin(s);
        buf_add(&s->answer, span_first(m->payload, m->payload.len - rest.len));
    }
}

/* SOCKET_OPEN: bytes may go both ways from now on; the second one says that TLS is ready. */
static void socket_opened(struct flow *s, const struct message *m) {
    s->answer.len = 0;
    buf_add(&s->answer, m->payload);
    s->answer_type = m->type;
    if (!s->socket) {
        s->socket = true;
        flow_in(s, MESSAGE_BODY_STREAM, HEAD_LENGTH_UNKNOWN, SPAN_NONE);
        flow_out_begin(s);
    }
    wake(&s->head_op);
}

static void answer(struct flow *s, const struct message *m) {
    if (s->answer_type || s->failed || !s->is_fetch) return;
    if (m->type == MESSAGE_SOCKET_OPEN) {
        socket_opened(s, m);
        return;
    }
    s->answer_type = m->type;
    if (s->socket) s->in_error = ERR_CLOSED; /* startTls() has failed */
    s->in_ended = true;                      /* unless a head says otherwise */
    if (m->type == MESSAGE_FETCH_HEAD) {
        answered(s, m);
    } else {
        s->answer.len = 0;
        if (m->type == MESSAGE_FETCH_FAILED) {
            s->failed = err_of(m->payload);
            buf_add(&s->answer, span_from(m->payload, 4));
        } else {
            buf_add(&s->answer, m->payload);
        }
        s->out_cancelled = s->out_open;
        s->out_open = false;
        wake(&s->write_op);
    }
    wake(&s->head_op);
    wake(&s->read_op);
    flow_settle(s);
}

void flow_message(struct flow *s, const struct message *m) {
    switch (m->type) {
    case MESSAGE_BODY: in_bytes(s, m->payload); break;
    case MESSAGE_BODY_END: in_end(s, ERR_OK); break;
    case MESSAGE_BODY_ERROR: in_end(s, err_of(m->payload)); break;
    case MESSAGE_CREDIT: {
        uint64_t more = number_of(m->payload, 8);
        if (!s->out_open) break;
        if (credit_granted(&s->out_credit, more) != ERR_OK) break;
        flow_out_flush(s);
        break;
    }
    case MESSAGE_CANCEL: out_cancel(s); break;
    default: answer(s, m); break;
    }
}

void flow_drop_dead(struct api *api) {
    while (api->dropped) {
        struct flow *s = api->dropped;
        api->dropped = s->next_dropped;
        s->in_dropped = false;
        if (!s->handles) flow_cancel(s);
        flow_unref(s);
    }
}
