/* connect() of "cloudflare:sockets": SOCKET and its answers (link/messages.h). Bytes go as those of any body. */
#include "api/core.h"

enum { HOST_BYTES = 256 };

/* connect(host, port, TLS from the beginning): a handle; answer() waits for it. */
static JS_NATIVE(native_connect) {
    struct api *api = api_here();
    char room[HOST_BYTES];
    struct span host;
    int32_t port;
    if (!js_to_utf8(c, js_arg(c, argc, argv, 0), room, sizeof room, &host, exc) ||
        !js_arg_int(c, argc, argv, 1, &port, exc))
        return NULL;
    if (!link_room(api->config.link)) return js_throw_err(c, exc, ERR_OVERLOAD, NULL);
    event_flush(api);
    struct {
        uint32_t worker;
        uint16_t port;
        uint8_t tls, reserved;
    } fixed = {api->config.worker, (uint16_t)port, js_to_bool(c, js_arg(c, argc, argv, 2)), 0};
    struct span parts[] = {span_make(&fixed, sizeof fixed), host};
    struct flow *s = flow_ask(api);
    js_obj handle = flow_handle(c, s);
    link_send(api->config.link, MESSAGE_SOCKET, 0, s->id, parts, 2);
    flow_unref(s);
    return handle;
}

/* startTls(handle, host): answer() waits for it again. */
static JS_NATIVE(native_start_tls) {
    char room[HOST_BYTES];
    struct span host;
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s || !js_to_utf8(c, js_arg(c, argc, argv, 1), room, sizeof room, &host, exc)) return NULL;
    if (!s->open || !s->socket || !s->answer_type || op_under_way(&s->head_op))
        return js_throw_type(c, exc, "This socket is not open.");
    event_flush(s->api);
    s->answer_type = 0;
    link_send(s->api->config.link, MESSAGE_SOCKET_TLS, 0, s->id, &host, 1);
    return NULL;
}

/* addresses(handle): "peer:port\nlocal:port" */
static JS_NATIVE(native_addresses) {
    uint16_t ports[2];
    uint32_t first;
    struct buf text = BUF_INIT;
    struct flow *s = flow_arg(c, argc, argv, 0, exc);
    if (!s) return NULL;
    struct span all = buf_span(&s->answer);
    if (s->answer_type != MESSAGE_SOCKET_OPEN || all.len < 8) return js_throw_type(c, exc, "no socket");
    memcpy(ports, all.ptr, sizeof ports);
    memcpy(&first, all.ptr + 4, sizeof first);
    struct span hosts = span_from(all, 8), both[2] = {span_first(hosts, first), span_from(hosts, first)};
    for (int i = 0; i < 2; i++) {
        bool v6 = span_index(both[i], ':') < both[i].len;
        buf_printf(&text, v6 ? "%s[%.*s]:%u" : "%s%.*s:%u", i ? "\n" : "", SPAN_FMT(both[i]), ports[i]);
    }
    js_val v = js_str(c, buf_span(&text));
    buf_free(&text);
    return v;
}

const struct js_native_row api_natives_sockets[] = {{"connect", native_connect, 3},
                                                    {"startTls", native_start_tls, 2},
                                                    {"addresses", native_addresses, 1},
                                                    {0}};
