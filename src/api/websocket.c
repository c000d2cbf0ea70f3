/* WebSockets for JavaScript: records (link/socket.h) out of messages, and budgets of messages. */
#include "api/core.h"
#include "link/socket.h"
#include "text/utf8.h"

/* text(bytes): a message as a string. Unlike TextDecoder it keeps a byte order mark. */
static JS_NATIVE(native_text) {
    struct span bytes;
    if (!js_bytes_of(c, js_arg(c, argc, argv, 0), &bytes, exc)) return NULL;
    return js_str(c, bytes);
}

static void send_record(struct flow *s, unsigned kind, bool fin, unsigned code, struct span bytes) {
    struct socket_record head = {.kind = (uint8_t)kind,
                                 .flags = fin ? SOCKET_FIN : 0,
                                 .code = (uint16_t)code,
                                 .bytes = (uint32_t)bytes.len};
    flow_send(s, span_make(&head, sizeof head));
    flow_send(s, bytes);
}

static void send_message(struct flow *s, unsigned kind, unsigned code, struct span bytes) {
    do {
        struct span piece = span_first(bytes, LIMIT_WEBSOCKET_RECORD_BYTES);
        bytes = span_from(bytes, piece.len);
        send_record(s, kind, !bytes.len, code, piece);
    } while (bytes.len);
}

/* send(handle, kind, bytes or string, code): as core's send(). */
static JS_NATIVE(native_send_message) {
    int32_t kind, code;
    struct span bytes;
    struct buf text = BUF_INIT;
    js_val v = js_arg(c, argc, argv, 2);
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s || !js_arg_int(c, argc, argv, 1, &kind, exc) || !js_arg_int(c, argc, argv, 3, &code, exc))
        return NULL;
    if (s->out_cancelled || !s->out_open) return js_null(c);
    if (js_is_string(c, v)) {
        struct js_chars chars;
        if (!js_chars_open(c, v, &chars, exc)) return NULL;
        buf_reserve(&text, js_chars_utf8_len(&chars) + 1);
        buf_added(&text, js_chars_utf8(&chars, text.ptr));
        js_chars_close(&chars);
        bytes = buf_span(&text);
    } else if (!js_bytes_of(c, v, &bytes, exc)) {
        return NULL;
    }
    event_flush(s->api);
    send_message(s, (unsigned)kind, (unsigned)code, bytes);
    buf_free(&text);
    return js_bool(c, !flow_full(s));
}

static js_val again_make(js_ctx c, struct op *op, js_val *exc) {
    return flow_op_end(LIST_ITEM(op, struct flow, read_op), js_undefined(c));
}

/* again(handle): an operation that is over in the next turn. */
static JS_NATIVE(native_again) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    if (op_under_way(&s->read_op)) return js_throw_type(c, exc, "a read is pending already");
    uint32_t id = flow_op(s, &s->read_op, again_make);
    op_finish(&s->read_op);
    return js_int(c, (int32_t)id);
}

/* begins(ticket): a message is an event of its own: from here on it has the whole CPU budget. */
static JS_NATIVE(native_begins) {
    int32_t ticket;
    if (!js_arg_int(c, argc, argv, 0, &ticket, exc)) return NULL;
    meter_fresh(api_here(), ticket);
    return NULL;
}

const struct js_native_row api_natives_websocket[] = {{"text", native_text, 1},
                                                      {"send", native_send_message, 4},
                                                      {"again", native_again, 1},
                                                      {"begins", native_begins, 1},
                                                      {0}};
