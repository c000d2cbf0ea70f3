/* The table of built-ins: which C functions each JavaScript file gets, which globals users see, what is loaded
 * at start (builtins.c). Constant, process lifetime. */
#ifndef API_BUILTINS_H
#define API_BUILTINS_H

#include "js/builtins.h"

/* One a line: the built-in whose C functions are `api_natives_NAME`. Sorted. */
#define API_NATIVES(X)                                                                                       \
    X(base64)                                                                                                \
    X(cache)                                                                                                 \
    X(cloudflare)                                                                                            \
    X(compression)                                                                                           \
    X(core)                                                                                                  \
    X(crypto)                                                                                                \
    X(encoding)                                                                                              \
    X(htmlrewriter)                                                                                          \
    X(kv)                                                                                                    \
    X(modules)                                                                                               \
    X(sockets)                                                                                               \
    X(subtle)                                                                                                \
    X(subtle_import)                                                                                         \
    X(tests)                                                                                                 \
    X(url)                                                                                                   \
    X(urlpattern)                                                                                            \
    X(webassembly)                                                                                           \
    X(websocket)

/* The same for the files in node/: `api_natives_node_NAME`. Sorted. */
#define API_NODE_NATIVES(X)                                                                                  \
    X(buffer)                                                                                                \
    X(crypto_base)                                                                                           \
    X(crypto_jobs)                                                                                           \
    X(crypto_x509)                                                                                           \
    X(fs_volume)                                                                                             \
    X(util_types)                                                                                            \
    X(zlib)

#define X(name) extern const struct js_native_row api_natives_##name[];
API_NATIVES(X)
#undef X
#define X(name) extern const struct js_native_row api_natives_node_##name[];
API_NODE_NATIVES(X)
#undef X

/* All of it as isolate_new() wants it; *ret must live as long as the isolate. */
void api_builtins(struct js_builtins *ret);

#endif
