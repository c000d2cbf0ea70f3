/* The Cache API's questions to edge, which owns the cache (link/messages.h: CACHE_*). An exchange like that of
 * fetch(): the answer and a body come by flow.h, and core's answer() waits for them. */
#include "api/core.h"
#include "api/fields.h"

/* Arguments i.. : name of the cache, method, URL, headers, flags. `fields` has FIELDS_CAP rows. */
static bool key_read(js_ctx c, size_t argc, const js_val argv[], size_t i, struct arena *a,
                     struct http_field *fields, struct head *ret, js_val *exc) {
    int32_t flags;
    *ret = (struct head){.worker = api_here()->config.worker, .fields = fields};
    if (!link_room(api_here()->config.link)) return js_throw_err(c, exc, ERR_OVERLOAD, NULL), false;
    if (!js_to_utf8_arena(c, js_arg(c, argc, argv, i), a, &ret->extra, exc) ||
        !js_to_utf8_arena(c, js_arg(c, argc, argv, i + 1), a, &ret->method, exc) ||
        !js_to_utf8_arena(c, js_arg(c, argc, argv, i + 2), a, &ret->url, exc) ||
        !fields_read(c, js_arg(c, argc, argv, i + 3), a, fields, FIELDS_CAP, &ret->field_count, exc) ||
        !js_arg_int(c, argc, argv, i + 4, &flags, exc))
        return false;
    ret->flags = (uint16_t)flags;
    if (head_size(ret) <= LIMIT_LINK_MESSAGE_BYTES / 2 && ret->method.len <= UINT16_MAX) return true;
    return js_throw_err(c, exc, ERR_TOO_LARGE, "request head"), false;
}

static js_val ask(js_ctx c, unsigned type, size_t argc, const js_val argv[], js_val *exc) {
    struct http_field fields[FIELDS_CAP];
    struct head key;
    struct out_body none = {.flags = 0};
    struct arena a = ARENA_INIT;
    js_obj handle = NULL;
    if (key_read(c, argc, argv, 0, &a, fields, &key, exc)) {
        event_flush(api_here());
        struct flow *s = flow_ask(api_here());
        handle = flow_handle(c, s);
        out_body_send(s, type, NULL, &key, &none);
        flow_unref(s);
    }
    arena_free(&a);
    return handle;
}

/* match(name, method, url, headers, flags): a handle; answer(handle) gives a packed head or a number (a miss). */
static JS_NATIVE(native_match) { return ask(c, MESSAGE_CACHE_MATCH, argc, argv, exc); }

/* matchPacked(name, text, offset, flags): match() for the request whose packed head (packed.h) lies there. */
static JS_NATIVE(native_match_packed) {
    struct api *api = api_here();
    struct http_field fields[FIELDS_CAP];
    struct head key;
    struct out_body none = {.flags = 0};
    struct arena a = ARENA_INIT;
    struct js_chars text;
    int32_t at, flags;
    js_obj handle = NULL;
    if (!js_arg_int(c, argc, argv, 2, &at, exc) || !js_arg_int(c, argc, argv, 3, &flags, exc)) return NULL;
    if (!link_room(api->config.link)) return js_throw_err(c, exc, ERR_OVERLOAD, NULL);
    if (!js_chars_open(c, js_arg(c, argc, argv, 1), &text, exc)) return NULL;
    bool fits = text.utf16 && at >= 0 &&
                head_unpack(text.utf16, text.count, (size_t)at, &a, fields, FIELDS_CAP, &key);
    js_chars_close(&text);
    if (!fits) {
        js_throw_type(c, exc, "no packed head");
    } else if (js_to_utf8_arena(c, js_arg(c, argc, argv, 0), &a, &key.extra, exc)) {
        key.worker = api->config.worker;
        key.flags = (uint16_t)flags;
        event_flush(api);
        struct flow *s = flow_ask(api);
        handle = flow_handle(c, s);
        out_body_send(s, MESSAGE_CACHE_MATCH, NULL, &key, &none);
        flow_unref(s);
    }
    arena_free(&a);
    return handle;
}

/* remove(name, method, url, headers, flags): a handle; found(handle) after answer(handle). */
static JS_NATIVE(native_remove) { return ask(c, MESSAGE_CACHE_DELETE, argc, argv, exc); }

/* found(handle): what CACHE_DONE said. */
static JS_NATIVE(native_found) {
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    return js_bool(c, s->answer_type == MESSAGE_CACHE_DONE && s->answer.len && s->answer.ptr[0]);
}

/* put(name, method, url, headers, flags, status, reason, headers, flags, kind, value, length): a handle. */
static JS_NATIVE(native_put) {
    struct http_field fields[FIELDS_CAP], response_fields[FIELDS_CAP];
    struct head key, h = {.fields = response_fields};
    struct out_body body;
    struct arena a = ARENA_INIT;
    int32_t status, flags;
    js_obj handle = NULL;
    if (js_arg_int(c, argc, argv, 5, &status, exc) && js_arg_int(c, argc, argv, 8, &flags, exc) &&
        key_read(c, argc, argv, 0, &a, fields, &key, exc) &&
        js_to_utf8_arena(c, js_arg(c, argc, argv, 6), &a, &h.reason, exc) &&
        fields_read(c, js_arg(c, argc, argv, 7), &a, response_fields, FIELDS_CAP, &h.field_count, exc) &&
        out_body_read(c, argc, argv, 9, &body, exc)) {
        h.status = (uint16_t)status;
        h.flags = (uint16_t)flags;
        h.reason = span_first(h.reason, UINT16_MAX);
        if (head_size(&h) + LIMIT_BODY_INLINE_BYTES > LIMIT_LINK_MESSAGE_BYTES / 2) {
            js_throw_err(c, exc, ERR_TOO_LARGE, "response head");
        } else {
            event_flush(api_here());
            struct flow *s = flow_ask(api_here());
            handle = flow_handle(c, s);
            out_body_send(s, MESSAGE_CACHE_PUT, &key, &h, &body);
            flow_unref(s);
        }
        out_body_free(&body);
    }
    arena_free(&a);
    return handle;
}

const struct js_native_row api_natives_cache[] = {
    {"match", native_match, 5},   {"matchPacked", native_match_packed, 4},
    {"remove", native_remove, 5}, {"found", native_found, 1},
    {"put", native_put, 12},      {NULL, NULL, 0}};
