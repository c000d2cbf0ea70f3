/* The C functions of the built-in "tests". */
#include "api/core.h"
#include "api/natives.h"

/* names(ticket, text): TESTS. */
static JS_NATIVE(native_names) {
    struct api *api = api_here();
    struct arena a = ARENA_INIT;
    struct span text;
    int32_t ticket;
    if (!js_arg_int(c, argc, argv, 0, &ticket, exc)) return NULL;
    struct slot *s = slot_of(api, ticket);
    if (s && js_to_utf8_arena(c, js_arg(c, argc, argv, 1), &a, &text, exc)) {
        text = span_first(text, LIMIT_LINK_MESSAGE_BYTES);
        link_send(api->config.link, MESSAGE_TESTS, 0, s->stream->id, &text, 1);
    }
    arena_free(&a);
    return NULL;
}

static JS_NATIVE(native_collect) {
    isolate_collect(isolate_current());
    return NULL;
}

const struct js_native_row api_natives_tests[] = {
    {"names", native_names, 2}, {"collect", native_collect, 0}, {0}};
