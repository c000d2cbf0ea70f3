#include "api/core.h"

static void send_number(struct stream *s, unsigned type, uint64_t value, size_t bytes) {
    struct span part = span_make(&value, bytes);
    link_send(s->api->config.link, (uint8_t)type, 0, s->id, &part, 1);
}
static void send_nothing(struct stream *s, unsigned type) {
    link_send(s->api->config.link, (uint8_t)type, 0, s->id, NULL, 0);
}

struct stream *stream_new(struct api *api) {
    struct stream *s = NEW(struct stream);
    s->api = api;
    s->refs = 1;
    return s;
}

void stream_unref(struct stream *s) {
    if (!s || --s->refs) return;
    buf_free(&s->in);
    buf_free(&s->out);
    buf_free(&s->answer);
    mem_free(s);
}

void stream_open(struct stream *s, uint64_t id) {
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

void stream_close(struct stream *s, enum err why) {
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
    stream_unref(s);
}

/* A stream that this isolate opened is over when edge has answered and both bodies have ended. */
void stream_settle(struct stream *s) {
    if (s->open && s->is_fetch && s->answer_type && (s->in_ended || s->in_gone || s->in_error) && !s->out_open)
        stream_close(s, ERR_CLOSED);
}

void stream_in(struct stream *s, unsigned flags, uint64_t length, struct span inline_body) {
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

void stream_reset(struct stream *s) {
    struct buf in = s->in, out = s->out, answer = s->answer;
    *s = (struct stream){.api = s->api, .refs = s->refs, .in = in, .out = out, .answer = answer};
    if (s->in.cap > 64 * 1024) buf_free(&s->in);
    if (s->out.cap > 64 * 1024) buf_free(&s->out);
    s->in.len = s->out.len = s->answer.len = 0;
}

/* --- In --- */

void stream_flow(struct stream *s) {
    s->in_touched = true;
    if (s->in_flowing || s->in_ended || !s->open) return;
    s->in_flowing = true;
    credit_receiver_init(&s->in_credit, LIMIT_STREAM_WINDOW_BYTES);
    send_number(s, MESSAGE_CREDIT, LIMIT_STREAM_WINDOW_BYTES, 8);
}

void stream_consumed(struct stream *s, size_t bytes) {
    if (!s->in_flowing || s->in_ended || !s->open) return;
    uint32_t grant = credit_consumed(&s->in_credit, (uint32_t)bytes);
    if (grant) send_number(s, MESSAGE_CREDIT, grant, 8);
}

void stream_cancel(struct stream *s) {
    if (s->in_gone) return;
    s->in_gone = true;
    buf_free(&s->in);
    if (s->open && !s->request && !s->in_ended) {
        send_nothing(s, MESSAGE_CANCEL);
        stream_close(s, ERR_CANCELLED);
    }
}

static void in_bytes(struct stream *s, struct span bytes) {
    if (!s->in_flowing || s->in_gone || s->in_ended || s->in_error) return;
    if (credit_received(&s->in_credit, (uint32_t)bytes.len) != ERR_OK) {
        s->in_error = ERR_PROTOCOL;
    } else if (s->collecting && s->in.len + bytes.len > LIMIT_WORKER_COLLECT_BYTES) {
        s->in_error = ERR_TOO_LARGE;
        send_nothing(s, MESSAGE_CANCEL);
    } else {
        buf_add(&s->in, bytes);
        if (s->collecting) {
            stream_consumed(s, bytes.len);
            return;
        }
    }
    wake(&s->read_op);
}

static void in_end(struct stream *s, enum err why) {
    if (s->in_ended) return;
    if (why == ERR_OK)
        s->in_ended = true;
    else
        s->in_error = why;
    wake(&s->read_op);
    stream_settle(s);
}

/* --- Out --- */

void stream_out_begin(struct stream *s) {
    s->out_open = true;
    s->out_ending = s->out_cancelled = false;
    s->out.len = s->out_at = 0;
    credit_sender_init(&s->out_credit, LIMIT_STREAM_WINDOW_BYTES);
}

/* Sends of `bytes` what credit allows; returns how much. */
static size_t out_some(struct stream *s, struct span bytes) {
    size_t sent = 0;
    while (sent < bytes.len) {
        size_t want = bytes.len - sent < 64 * 1024 ? bytes.len - sent : 64 * 1024;
        uint32_t n = credit_take(&s->out_credit, (uint32_t)want);
        if (!n) break;
        struct span part = span_make(bytes.ptr + sent, n);
        link_send(s->api->config.link, MESSAGE_BODY, 0, s->id, &part, 1);
        sent += n;
    }
    return sent;
}

void stream_out_flush(struct stream *s) {
    if (!s->out_open) return;
    s->out_at += out_some(s, span_from(buf_span(&s->out), s->out_at));
    if (s->out_at < s->out.len) return;
    s->out.len = s->out_at = 0;
    if (s->out_ending) {
        send_nothing(s, MESSAGE_BODY_END);
        s->out_open = false;
    }
    wake(&s->write_op);
    stream_settle(s);
}

void stream_send(struct stream *s, struct span bytes) {
    if (!s->out_open || s->out_ending) return;
    size_t sent = s->out.len ? 0 : out_some(s, bytes);
    buf_add(&s->out, span_from(bytes, sent));
}

void stream_send_end(struct stream *s) {
    if (!s->out_open || s->out_ending) return;
    s->out_ending = true;
    stream_out_flush(s);
}

void stream_send_error(struct stream *s, enum err why) {
    if (!s->out_open) return;
    send_number(s, MESSAGE_BODY_ERROR, why, 4);
    s->out_open = false;
    s->out.len = s->out_at = 0;
    wake(&s->write_op);
    stream_settle(s);
}

bool stream_full(const struct stream *s) { return s->out_open && s->out_at < s->out.len; }

static void out_cancel(struct stream *s) {
    if (!s->out_open) return;
    s->out_cancelled = true;
    s->out_open = false;
    s->out.len = s->out_at = 0;
    wake(&s->write_op);
    stream_settle(s);
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

/* FETCH_HEAD: the head is kept packed, as JavaScript will see it. */
static void answered(struct stream *s, const struct message *m) {
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct span rest;
    if (head_read(m->payload, fields, FIELDS_CAP, &h, &rest) != ERR_OK) {
        s->failed = ERR_PROTOCOL;
    } else {
        s->answer.len = 0;
        stream_in(s, m->flags, h.body_length, rest);
        head_pack(&h, s->in_kind, &s->answer);
    }
}

static void answer(struct stream *s, const struct message *m) {
    if (s->answer_type || s->failed || !s->is_fetch) return;
    s->answer_type = m->type;
    s->in_ended = true; /* unless a head says otherwise */
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
    stream_settle(s);
}

void stream_message(struct stream *s, const struct message *m) {
    switch (m->type) {
    case MESSAGE_BODY: in_bytes(s, m->payload); break;
    case MESSAGE_BODY_END: in_end(s, ERR_OK); break;
    case MESSAGE_BODY_ERROR: in_end(s, err_of(m->payload)); break;
    case MESSAGE_CREDIT: {
        uint64_t more = number_of(m->payload, 8);
        if (!s->out_open) break;
        if (more > UINT32_MAX || credit_granted(&s->out_credit, (uint32_t)more) != ERR_OK) break;
        stream_out_flush(s);
        break;
    }
    case MESSAGE_CANCEL: out_cancel(s); break;
    default: answer(s, m); break;
    }
}

void stream_drop_dead(struct api *api) {
    while (api->dropped) {
        struct stream *s = api->dropped;
        api->dropped = s->next_dropped;
        s->in_dropped = false;
        if (!s->handles) stream_cancel(s);
        stream_unref(s);
    }
}
