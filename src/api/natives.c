/* The C functions of the built-in "core". */
#include "api/natives.h"
#include "api/core.h"
#include "http/url.h"
#include "loop/clock.h"
#include "text/utf8.h"

/* shared(): [events, out, bytes] */
static JS_NATIVE(native_shared) {
    struct api *api = api_here();
    js_obj events = js_buffer_over(c, api->events, EVENT_ROWS * EVENT_INTS * 4, NULL, NULL, exc);
    js_obj out = events ? js_buffer_over(c, api->out, OUT_INTS * 4, NULL, NULL, exc) : NULL;
    js_obj bytes = out ? js_buffer_over(c, api->bytes, OUT_BYTES, NULL, NULL, exc) : NULL;
    if (!bytes) return NULL;
    js_val items[3] = {js_int32_of_buffer(c, events, 0, EVENT_ROWS * EVENT_INTS, exc),
                       js_int32_of_buffer(c, out, 0, OUT_INTS, exc),
                       js_uint8_of_buffer(c, bytes, 0, OUT_BYTES, exc)};
    return *exc ? NULL : js_array(c, 3, items, exc);
}

/* entries(turn, hung, start, rejected, prepare, rehearsed): the functions that C calls. */
static JS_NATIVE(native_entries) {
    struct api *api = api_here();
    js_obj *to[] = {&api->turn, &api->hung, &api->start, &api->rejected, &api->prepare, &api->rehearsed};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        js_val v = js_arg(c, argc, argv, i);
        if (*to[i] || !js_is_function(c, v)) return js_throw_type(c, exc, "entries");
        js_protect(c, v);
        *to[i] = js_as_object(v);
    }
    return NULL;
}

static JS_NATIVE(native_flush) {
    if (!event_flush(api_here())) return js_throw_error(c, exc, "a wrong row");
    return NULL;
}

/* put(text, offset): writes it into `bytes` as UTF-8; returns how many, or -1: too large for an inline body. */
static JS_NATIVE(native_put) {
    struct api *api = api_here();
    struct js_chars chars;
    int32_t at;
    if (!js_arg_int(c, argc, argv, 1, &at, exc)) return NULL;
    if (at < 0 || at > OUT_BYTES || !js_chars_open(c, argv[0], &chars, exc)) return js_int(c, -1);
    size_t len = chars.count > LIMIT_BODY_INLINE_BYTES ? SIZE_MAX : js_chars_utf8_len(&chars);
    bool fits = len <= LIMIT_BODY_INLINE_BYTES && len <= OUT_BYTES - (size_t)at;
    if (fits) js_chars_utf8(&chars, (char *)api->bytes + at);
    js_chars_close(&chars);
    return js_int(c, fits ? (int32_t)len : -1);
}

/* drain(): the microtasks of the current event; the next row is another's. */
static JS_NATIVE(native_drain) {
    isolate_drain(isolate_current());
    meter_switch(api_here());
    return NULL;
}

/* armTimer(ms): one EVENT_TIMER that many ms from now; below 0: none. */
static JS_NATIVE(native_arm_timer) {
    struct api *api = api_here();
    double ms;
    if (!js_arg_number(c, argc, argv, 0, &ms, exc)) return NULL;
    if (ms < 0)
        timer_stop(api->timer);
    else
        timer_start(api->timer, (uint64_t)ms, 0);
    return NULL;
}

static JS_NATIVE(native_set_dom_exception) {
    js_val v = js_arg(c, argc, argv, 0);
    if (!js_is_function(c, v)) return js_throw_type(c, exc, "a function is needed");
    isolate_set_dom_exception(isolate_current(), js_as_object(v));
    return NULL;
}

/* parseURL(text): the serialised URL; TypeError. */
static JS_NATIVE(native_parse_url) {
    struct arena a = ARENA_INIT;
    struct span text;
    struct url url = URL_INIT;
    js_val v = NULL;
    if (!js_to_utf8_arena(c, js_arg(c, argc, argv, 0), &a, &text, exc)) {
    } else if (url_parse(text, NULL, &url) != ERR_OK) {
        js_throw_type(c, exc, "Invalid URL: %.*s", SPAN_FMT(span_first(text, 512)));
    } else {
        v = js_str(c, url_href(&url));
    }
    url_free(&url);
    arena_free(&a);
    return v;
}

static JS_NATIVE(native_encode) {
    struct js_chars chars;
    if (!js_chars_open(c, js_arg(c, argc, argv, 0), &chars, exc)) return NULL;
    char *bytes;
    struct bytes *b = bytes_new(js_chars_utf8_len(&chars), &bytes);
    js_chars_utf8(&chars, bytes);
    js_chars_close(&chars);
    return js_uint8_take_bytes(c, b, exc);
}

static JS_NATIVE(native_decode) {
    struct span bytes;
    if (!js_bytes_of(c, js_arg(c, argc, argv, 0), &bytes, exc)) return NULL;
    if (span_starts(bytes, SPAN("\xEF\xBB\xBF"))) bytes = span_from(bytes, 3);
    return js_str(c, bytes);
}

/* cf(ticket): request.cf as JSON; undefined when there is none, and when the event has ended. */
static JS_NATIVE(native_cf) {
    int32_t ticket;
    if (!js_arg_int(c, argc, argv, 0, &ticket, exc)) return NULL;
    const struct slot *s = slot_of(api_here(), ticket);
    return s && s->cf.len ? js_str(c, buf_span(&s->cf)) : js_undefined(c);
}

/* fail(ticket, error, pass through, kind): kind 0: the error was thrown; 1: hung, 2: waited too long (no error). */
static JS_NATIVE(native_fail) {
    struct api *api = api_here();
    int32_t ticket, kind;
    if (!js_arg_int(c, argc, argv, 0, &ticket, exc) || !js_arg_int(c, argc, argv, 3, &kind, exc)) return NULL;
    struct slot *s = slot_of(api, ticket);
    if (!s || s->state != SLOT_OPEN) return NULL;
    struct arena a = ARENA_INIT;
    event_flush(api);
    static const enum err errors[] = {ERR_WORKER_EXCEPTION, ERR_WORKER_HUNG, ERR_WORKER_WAIT};
    struct span text =
        kind == 1   ? SPAN("The Workers runtime canceled this request because it detected that your Worker's "
                             "code had hung and would "
                             "never generate a response.")
        : kind == 2 ? arena_printf(&a, "Worker exceeded its time for waiting: no response after %u ms.",
                                   api->limits.wait_ms)
                    : report_text(api, c, js_arg(c, argc, argv, 1), true, &a);
    if (isolate_verdict(api->iso) ==
        JS_FINE) /* else a getter of that error ran for ever: it fails for that */
        event_fail(api, s, errors[kind == 1 || kind == 2 ? kind : 0], text,
                   js_to_bool(c, js_arg(c, argc, argv, 2)));
    arena_free(&a);
    return NULL;
}

/* log(level, text, ticket) */
static JS_NATIVE(native_log) {
    struct arena a = ARENA_INIT;
    struct span text;
    int32_t level, ticket;
    if (!js_arg_int(c, argc, argv, 0, &level, exc) || !js_arg_int(c, argc, argv, 2, &ticket, exc))
        return NULL;
    if (level < LOG_DEBUG || level > LOG_ERROR) level = LOG_INFO;
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 1), &a, &text, exc))
        report_log(api_here(), (enum log_level)level, slot_of(api_here(), ticket), text);
    arena_free(&a);
    return NULL;
}

/* errorText(error): name, message and stack with original positions. */
static JS_NATIVE(native_error_text) {
    struct arena a = ARENA_INIT;
    js_val v = js_str(c, report_text(api_here(), c, js_arg(c, argc, argv, 0), false, &a));
    arena_free(&a);
    return v;
}

/* logError(level, text before, error, ticket) */
static JS_NATIVE(native_log_error) {
    struct arena a = ARENA_INIT;
    struct span before;
    int32_t level, ticket;
    if (!js_arg_int(c, argc, argv, 0, &level, exc) || !js_arg_int(c, argc, argv, 3, &ticket, exc))
        return NULL;
    if (js_to_utf8_arena(c, js_arg(c, argc, argv, 1), &a, &before, exc)) {
        struct span text =
            report_text(api_here(), c, js_arg(c, argc, argv, 2), level == LOG_WARN || level == LOG_ERROR, &a);
        report_log(api_here(), (enum log_level)level, slot_of(api_here(), ticket),
                   arena_printf(&a, "%.*s%.*s", SPAN_FMT(before), SPAN_FMT(text)));
    }
    arena_free(&a);
    return NULL;
}

const struct js_native_row api_natives_core[] = {
    {"shared", native_shared, 0},
    {"entries", native_entries, 5},
    {"flush", native_flush, 0},
    {"drain", native_drain, 0},
    {"put", native_put, 2},
    {"armTimer", native_arm_timer, 1},
    {"setDOMException", native_set_dom_exception, 1},
    {"opResult", native_op_result, 1},
    {"parseURL", native_parse_url, 1},
    {"encode", native_encode, 1},
    {"decode", native_decode, 1},
    {"respond", native_respond, 8},
    {"cf", native_cf, 1},
    {"fail", native_fail, 4},
    {"log", native_log, 3},
    {"logError", native_log_error, 4},
    {"errorText", native_error_text, 1},
    {"fetch", native_fetch, 8},
    {"answer", native_answer, 1},
    {"head", native_head, 1},
    {"forward", native_forward, 3},
    {"cancel", native_cancel, 1},
    {"bindings", native_bindings, 0},
    {"started", native_started, 1},
    {"config", native_config, 0},
    {"flag", native_flag, 1},
    {"requestStream", native_request_stream, 1},
    {"bodyLength", native_body_length, 1},
    {"bodyRead", native_body_read, 1},
    {"bodyCollect", native_body_collect, 2},
    {"bodyCancel", native_body_cancel, 1},
    {"send", native_send, 2},
    {"sendable", native_sendable, 1},
    {"sendEnd", native_send_end, 1},
    {"sendError", native_send_error, 1},
    {0},
};
