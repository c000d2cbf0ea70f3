/* The C side of node/util_types.js: what only the engine knows of an object. */
#include "api/builtins.h"

/* proxyTarget(v): the target of a Proxy; undefined when v is none */
static JS_NATIVE(native_proxy_target) {
    js_obj target;
    if (argc < 1 || !js_proxy_target(c, argv[0], &target)) return NULL;
    return target;
}

const struct js_native_row api_natives_node_util_types[] = {{"proxyTarget", native_proxy_target, 1},
                                                            {NULL, NULL, 0}};
