/* The streams of the link for JavaScript: reading, collecting, sending (stream.h). */
#include "api/core.h"
#include "api/natives.h"
#include "text/utf8.h"

/* During a collection: no JavaScript, no message; the turn's end deals with it. */
static void handle_gone(void *data) {
    struct flow *s = data;
    if (--s->handles == 0 && s->api && s->open && !s->request && !s->in_dropped) {
        s->in_dropped = true;
        s->next_dropped = s->api->dropped;
        s->api->dropped = s; /* with the handle's reference */
        return;
    }
    flow_unref(s);
}

const struct js_kind flow_kind = {"Stream", handle_gone};

js_obj flow_handle(js_ctx c, struct flow *s) {
    s->refs++;
    s->handles++;
    return js_handle_new(c, &flow_kind, s);
}

struct flow *flow_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, js_val *exc) {
    struct flow *s = js_handle_get(c, js_arg(c, argc, argv, i), &flow_kind);
    if (!s || !s->api) return js_throw_type(c, exc, "Illegal invocation"), NULL;
    return s;
}

/* A ticket or a handle. */
static struct flow *body_arg(js_ctx c, size_t argc, const js_val argv[], js_val *exc) {
    int32_t ticket;
    if (!js_is_int(js_arg(c, argc, argv, 0), &ticket)) return flow_arg(c, argc, argv, 0, exc);
    struct slot *slot = slot_of(api_here(), ticket);
    if (!slot)
        return js_throw_type(c, exc, "Can't read from request stream after response has been sent."), NULL;
    return slot->stream;
}

/* requestStream(ticket): the handle of a request's stream. */
JS_NATIVE(native_request_stream) {
    struct flow *s = body_arg(c, argc, argv, exc);
    return s ? flow_handle(c, s) : NULL;
}

/* bodyLength(handle or ticket): bytes, or -1. */
JS_NATIVE(native_body_length) {
    struct flow *s = body_arg(c, argc, argv, exc);
    if (!s) return NULL;
    if (s->in_kind == BODY_INLINE) return js_number(c, (double)s->in.len);
    return js_number(c, s->in_length == HEAD_LENGTH_UNKNOWN ? -1 : (double)s->in_length);
}

static js_val failed_read(js_ctx c, struct flow *s, js_val *exc) {
    if (s->in_error == ERR_CLOSED || s->in_error == ERR_CANCELLED)
        return js_throw_type(c, exc, "Network connection lost.");
    return js_throw_err(c, exc, s->in_error, NULL);
}

static js_val wait_make(js_ctx c, struct op *op, js_val *exc) {
    return flow_op_end(LIST_ITEM(op, struct flow, read_op), js_undefined(c));
}

/* The bytes that are here, without a copy. */
static js_obj take_buffer(js_ctx c, struct flow *s, js_val *exc) {
    struct buf all = s->in;
    s->in = BUF_INIT;
    if (!all.len) return buf_free(&all), js_buffer_copy(c, SPAN_NONE, exc);
    /* A buffer that is mostly room would be kept by JavaScript as a whole. */
    if (all.cap > 4096 && all.cap / 2 > all.len) all.ptr = mem_resize(all.ptr, all.len);
    return js_buffer_take_malloc(c, all.ptr, all.len, exc);
}

/* bodyRead(handle): a Uint8Array, null at the end, or the number of an operation after which to ask again. */
JS_NATIVE(native_body_read) {
    struct flow *s = body_arg(c, argc, argv, exc);
    if (!s) return NULL;
    s->in_touched = true;
    if (s->in.len && !s->in_gone) {
        size_t len = s->in.len;
        js_obj buffer = take_buffer(c, s, exc);
        flow_consumed(s, len);
        return buffer ? js_uint8_of_buffer(c, buffer, 0, len, exc) : NULL;
    }
    if (s->in_error) return failed_read(c, s, exc);
    if (s->in_ended || s->in_gone) {
        s->in_gone = true;
        flow_settle(s);
        return js_null(c);
    }
    if (op_under_way(&s->read_op)) return js_throw_type(c, exc, "a read is pending already");
    flow_start(s);
    return js_int(c, (int32_t)flow_op(s, &s->read_op, wait_make));
}

enum flow_got flow_take(js_ctx c, struct flow *s, struct buf *into, uint32_t *ret_op, js_val *exc) {
    s->in_touched = true;
    if (s->in.len && !s->in_gone) {
        *into = s->in;
        s->in = BUF_INIT;
        flow_consumed(s, into->len);
        return FLOW_BYTES;
    }
    if (s->in_error) return failed_read(c, s, exc), FLOW_THREW;
    if (s->in_ended || s->in_gone) {
        s->in_gone = true;
        flow_settle(s);
        return FLOW_END;
    }
    if (op_under_way(&s->read_op)) return js_throw_type(c, exc, "a read is pending already"), FLOW_THREW;
    flow_start(s);
    *ret_op = flow_op(s, &s->read_op, wait_make);
    return FLOW_WAIT;
}

static js_val collected(js_ctx c, struct flow *s, js_val *exc) {
    if (s->in_error) return failed_read(c, s, exc);
    s->in_gone = true;
    flow_settle(s);
    if (s->collect_how == COLLECT_TEXT) {
        struct span text = buf_span(&s->in);
        if (span_starts(text, SPAN("\xEF\xBB\xBF"))) text = span_from(text, 3);
        js_val v = js_str(c, text);
        if (s->in.cap > 64 * 1024) buf_free(&s->in);
        s->in.len = 0;
        return v;
    }
    size_t len = s->in.len;
    js_obj buffer = take_buffer(c, s, exc);
    if (!buffer || s->collect_how == COLLECT_BUFFER) return buffer;
    return js_uint8_of_buffer(c, buffer, 0, len, exc);
}

static js_val collect_make(js_ctx c, struct op *op, js_val *exc) {
    struct flow *s = LIST_ITEM(op, struct flow, read_op);
    return flow_op_end(s, collected(c, s, exc));
}

/* bodyCollect(handle or ticket, enum collect): the whole body, or the number of an operation that gives it. */
JS_NATIVE(native_body_collect) {
    int32_t how;
    struct flow *s = body_arg(c, argc, argv, exc);
    if (!s || !js_arg_int(c, argc, argv, 1, &how, exc)) return NULL;
    if (s->in_gone || op_under_way(&s->read_op)) return js_throw_type(c, exc, "Body has already been used.");
    s->collect_how = (uint8_t)how;
    s->in_touched = true;
    if (s->in_ended || s->in_error) return collected(c, s, exc);
    s->collecting = true;
    flow_start(s);
    return js_int(c, (int32_t)flow_op(s, &s->read_op, collect_make));
}

JS_NATIVE(native_body_cancel) {
    struct flow *s = body_arg(c, argc, argv, exc);
    if (s) flow_cancel(s);
    return NULL;
}

/* send(handle, bytes): true when more may follow at once, false: wait for sendable() first, null: nobody wants
 * it any more. */
JS_NATIVE(native_send) {
    struct span bytes;
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    if (s->out_cancelled || !s->out_open) return js_null(c);
    if (!js_bytes_of(c, js_arg(c, argc, argv, 1), &bytes, exc)) return NULL;
    event_flush(s->api);
    flow_send(s, bytes);
    return js_bool(c, !flow_full(s));
}

static js_val sendable_make(js_ctx c, struct op *op, js_val *exc) {
    struct flow *s = LIST_ITEM(op, struct flow, write_op);
    return flow_op_end(s, js_bool(c, !s->out_cancelled));
}

/* sendable(handle or ticket): 0 when all has left, else an operation: true, or false when it was cancelled. */
JS_NATIVE(native_sendable) {
    struct flow *s = body_arg(c, argc, argv, exc);
    if (!s) return NULL;
    if (!flow_full(s)) return js_int(c, 0);
    if (op_under_way(&s->write_op)) return js_throw_type(c, exc, "a write is pending already");
    return js_int(c, (int32_t)flow_op(s, &s->write_op, sendable_make));
}

/* sendEnd(handle), sendError(handle) */
JS_NATIVE(native_send_end) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    event_flush(s->api);
    flow_send_end(s);
    return NULL;
}
JS_NATIVE(native_send_error) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    event_flush(s->api);
    flow_send_error(s, ERR_WORKER_EXCEPTION);
    return NULL;
}

/* --- Bodies on their way out --- */

static bool native_body(js_ctx c, js_val v, struct out_body *ret, js_val *exc) {
    js_val argv[] = {v};
    struct flow *s = body_arg(c, 1, argv, exc);
    if (!s) return false;
    if (s->in_touched || s->in_gone) {
        js_throw_type(c, exc, "Body has already been used.");
        return false;
    }
    ret->source = s;
    ret->length = s->in_length;
    if (!s->in_ended && s->open) {
        ret->flags = MESSAGE_BODY_SPLICE;
        return true;
    }
    ret->bytes = buf_span(&s->in);
    ret->flags = MESSAGE_BODY_INLINE;
    return true;
}

static bool text_body(js_ctx c, js_val v, struct out_body *ret, js_val *exc) {
    struct js_chars chars;
    if (!js_chars_open(c, v, &chars, exc)) return false;
    size_t len = js_chars_utf8_len(&chars);
    buf_reserve(&ret->text, len + 1);
    buf_added(&ret->text, js_chars_utf8(&chars, ret->text.ptr));
    js_chars_close(&chars);
    ret->bytes = buf_span(&ret->text);
    ret->flags = MESSAGE_BODY_INLINE;
    return true;
}

bool out_body_read(js_ctx c, size_t argc, const js_val argv[], size_t i, struct out_body *ret, js_val *exc) {
    int32_t kind;
    double length = -1;
    js_val v = js_arg(c, argc, argv, i + 1);
    *ret = (struct out_body){.length = 0};
    if (!js_arg_int(c, argc, argv, i, &kind, exc)) return false;
    switch (kind) {
    case SEND_NULL: return true;
    case SEND_STRING: return text_body(c, v, ret, exc);
    case SEND_BYTES: ret->flags = MESSAGE_BODY_INLINE; return js_bytes_of(c, v, &ret->bytes, exc);
    case SEND_NATIVE: return native_body(c, v, ret, exc);
    case SEND_SCRIPT:
        if (!js_arg_number(c, argc, argv, i + 2, &length, exc)) return false;
        ret->flags = MESSAGE_BODY_STREAM;
        ret->length = length >= 0 ? (uint64_t)length : HEAD_LENGTH_UNKNOWN;
        return true;
    default: return js_throw_type(c, exc, "no such kind of body"), false;
    }
}

bool out_body_send(struct flow *s, unsigned type, const struct head *first, struct head *h,
                   struct out_body *b) {
    struct link *link = s->api->config.link;
    struct span now = SPAN_NONE;
    uint64_t splice = b->source ? b->source->id : 0;
    bool rest = b->flags == MESSAGE_BODY_INLINE && b->bytes.len > LIMIT_BODY_INLINE_BYTES;
    if (b->flags == MESSAGE_BODY_INLINE) b->length = b->bytes.len;
    if (rest) b->flags = MESSAGE_BODY_STREAM;
    if (b->flags == MESSAGE_BODY_INLINE) now = b->bytes;
    if (b->flags == MESSAGE_BODY_SPLICE) now = span_make(&splice, sizeof splice);
    h->body_length = b->length;
    size_t size = (first ? head_size(first) : 0) + head_size(h) + now.len;
    char *to = link_begin(link, (uint8_t)type, (uint8_t)b->flags, s->id, size);
    if (first) to = head_write(first, to);
    to = head_write(h, to);
    if (now.len) memcpy(to, now.ptr, now.len);
    link_commit(link, size);
    if (b->flags == MESSAGE_BODY_STREAM) flow_out_begin(s);
    if (rest) flow_send(s, b->bytes), flow_send_end(s);
    if (b->source) {
        b->source->in_touched = b->source->in_gone = true;
        b->source->out_open = false; /* a WebSocket is spliced both ways */
        flow_settle(b->source);
    }
    return s->out_open;
}

void out_body_free(struct out_body *b) { buf_free(&b->text); }
