/* Requests that a Worker makes, and answers that need more than a row in `out`. */
#include "api/core.h"
#include "api/fields.h"
#include "api/natives.h"

bool fields_read(js_ctx c, js_val text, struct arena *a, struct http_field *fields, size_t cap,
                 size_t *ret_count, js_val *exc) {
    struct buf bytes = BUF_INIT;
    bool ok = js_to_latin1_buf(c, text, &bytes, exc);
    struct span rest = ok ? arena_copy(a, buf_span(&bytes)) : SPAN_NONE;
    size_t n = 0;
    buf_free(&bytes);
    while (rest.len && n < cap) {
        fields[n].name = span_cut(&rest, '\n');
        fields[n].value = span_cut(&rest, '\n');
        fields[n++].id = HTTP_NAME_OTHER;
    }
    if (ok && rest.len) return js_throw_type(c, exc, "too many headers"), false;
    *ret_count = n;
    return ok;
}

/* respond(ticket, status, flags, reason, headers, kind, value, length): true when the body is still leaving
 * (wait for sendable(ticket)) or JavaScript sends it. */
JS_NATIVE(native_respond) {
    struct api *api = api_here();
    struct http_field fields[FIELDS_CAP];
    struct head h = {.fields = fields};
    struct out_body body;
    struct arena a = ARENA_INIT;
    int32_t ticket, status, flags;
    bool more = false;
    if (!js_arg_int(c, argc, argv, 0, &ticket, exc) || !js_arg_int(c, argc, argv, 1, &status, exc) ||
        !js_arg_int(c, argc, argv, 2, &flags, exc))
        return NULL;
    event_flush(api);
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 3), &a, &h.reason, exc) &&
        fields_read(c, js_arg(c, argc, argv, 4), &a, fields, FIELDS_CAP, &h.field_count, exc) &&
        out_body_read(c, argc, argv, 5, &body, exc)) {
        struct slot *s = slot_of(api, ticket);
        h.status = (uint16_t)status;
        h.flags = (uint16_t)flags;
        h.reason = span_first(h.reason, UINT16_MAX);
        if (s && s->state == SLOT_OPEN && !s->scheduled) {
            s->state = SLOT_ANSWERED;
            more = out_body_send(s->stream, MESSAGE_RESPONSE, NULL, &h, &body);
            if (h.flags & HEAD_UPGRADE && body.flags == MESSAGE_BODY_STREAM)
                flow_in(s->stream, MESSAGE_BODY_STREAM, HEAD_LENGTH_UNKNOWN, SPAN_NONE);
        }
        out_body_free(&body);
    }
    arena_free(&a);
    return js_bool(c, more);
}

/* fetch(method, url, headers, flags, cf, kind, value, length, service): a handle. service: of HEAD_SERVICE (edge/service.h). */
JS_NATIVE(native_fetch) {
    struct api *api = api_here();
    struct http_field fields[FIELDS_CAP];
    struct head h = {.worker = api->config.worker, .fields = fields};
    struct out_body body;
    struct arena a = ARENA_INIT;
    int32_t flags;
    js_obj handle = NULL;
    if (!js_arg_int(c, argc, argv, 3, &flags, exc)) return NULL;
    if (!link_room(api->config.link)) return js_throw_err(c, exc, ERR_OVERLOAD, NULL);
    event_flush(api);
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 0), &a, &h.method, exc) &&
        js_to_utf8_arena(c, js_arg(c, argc, argv, 1), &a, &h.url, exc) &&
        fields_read(c, js_arg(c, argc, argv, 2), &a, fields, FIELDS_CAP, &h.field_count, exc) &&
        js_to_utf8_arena(c, js_arg(c, argc, argv, 4), &a, &h.extra, exc) &&
        (argc < 9 || js_to_utf8_arena(c, argv[8], &a, &h.reason, exc)) &&
        out_body_read(c, argc, argv, 5, &body, exc)) {
        h.flags = (uint16_t)flags;
        if (head_size(&h) + LIMIT_BODY_INLINE_BYTES > LIMIT_LINK_MESSAGE_BYTES || h.method.len > 1024 ||
            h.reason.len > UINT16_MAX) {
            js_throw_err(c, exc, ERR_TOO_LARGE, "request head");
        } else {
            struct flow *s = flow_ask(api);
            handle = flow_handle(c, s);
            out_body_send(s, MESSAGE_FETCH, NULL, &h, &body);
            flow_unref(s);
        }
        out_body_free(&body);
    }
    arena_free(&a);
    return handle;
}

static js_val failed(js_ctx c, struct flow *s, js_val *exc) {
    struct span text = buf_span(&s->answer);
    if (text.len) return js_throw_type(c, exc, "%.*s", SPAN_FMT(text));
    if (s->failed == ERR_CANCELLED) return js_throw_dom(c, exc, "AbortError", "The operation was aborted");
    if (s->failed == ERR_CLOSED) return js_throw_type(c, exc, "Network connection lost.");
    return js_throw_err(c, exc, s->failed, NULL);
}

static js_val answered(js_ctx c, struct flow *s, js_val *exc) {
    if (s->failed) return failed(c, s, exc);
    if (s->answer_type != MESSAGE_FETCH_HEAD) return js_int(c, s->answer_type);
    return js_bool(c, true);
}

static js_val answer_make(js_ctx c, struct op *op, js_val *exc) {
    struct flow *s = LIST_ITEM(op, struct flow, head_op);
    return flow_op_end(s, answered(c, s, exc));
}

/* The head that came; its fields point into s->answer. */
static bool answer_head(js_ctx c, struct flow *s, struct http_field *fields, struct head *ret, js_val *exc) {
    struct span rest;
    if (s->answer_type == MESSAGE_FETCH_HEAD &&
        head_read(buf_span(&s->answer), fields, FIELDS_CAP, ret, &rest) == ERR_OK)
        return true;
    return js_throw_type(c, exc, "no head"), false;
}

/* head(handle): the packed head (packed.h) of the response that came. */
JS_NATIVE(native_head) {
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct buf text = BUF_INIT;
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s || !answer_head(c, s, fields, &h, exc)) return NULL;
    head_pack(&h, s->in_kind, &text);
    js_val v = js_str_utf16(c, (const uint16_t *)(const void *)text.ptr, text.len / 2);
    buf_free(&text);
    return v;
}

/* forward(ticket, SEND_NATIVE, handle): the response that came is the answer, head and body as they are. As respond(). */
JS_NATIVE(native_forward) {
    struct api *api = api_here();
    struct http_field fields[FIELDS_CAP];
    struct head h;
    struct out_body body = {.length = 0};
    int32_t ticket;
    struct flow *from = flow_arg(c, argc, argv, 2, exc);
    if (!from || !js_arg_int(c, argc, argv, 0, &ticket, exc) || !answer_head(c, from, fields, &h, exc))
        return NULL;
    if (from->in_kind != BODY_NULL && !out_body_read(c, argc, argv, 1, &body, exc)) return NULL;
    event_flush(api);
    struct slot *s = slot_of(api, ticket);
    if (!s || s->state != SLOT_OPEN || s->scheduled) return js_bool(c, false);
    s->state = SLOT_ANSWERED;
    h.worker = 0;
    h.flags &= HEAD_UPGRADE;
    h.url = SPAN_NONE;
    return js_bool(c, out_body_send(s->stream, MESSAGE_RESPONSE, NULL, &h, &body));
}

/* answer(handle): an operation that gives true, when a response has come (see head()), or the number of the
 * message that came instead of one. */
JS_NATIVE(native_answer) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    if (op_under_way(&s->head_op)) return js_throw_type(c, exc, "waits already");
    uint32_t id = flow_op(s, &s->head_op, answer_make);
    if (s->failed || s->answer_type) op_finish(&s->head_op);
    return js_int(c, (int32_t)id);
}

/* cancel(handle): aborted; what waits on it fails. */
JS_NATIVE(native_cancel) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s || !s->open || s->request) return NULL;
    event_flush(s->api);
    link_send(s->api->config.link, MESSAGE_CANCEL, 0, s->id, NULL, 0);
    flow_close(s, ERR_CANCELLED);
    return NULL;
}
