/* The C functions of the built-in "core" that live in files of their own; natives.c has the table, and each
 * function its description. */
#ifndef API_NATIVES_H
#define API_NATIVES_H

#include "js/value.h"

#define API_CORE_NATIVES(X)                                                                                  \
    X(op_result)                                                                                             \
    X(respond)                                                                                               \
    X(fetch)                                                                                                 \
    X(answer)                                                                                                \
    X(head)                                                                                                  \
    X(forward)                                                                                               \
    X(cancel)                                                                                                \
    X(bindings)                                                                                              \
    X(started)                                                                                               \
    X(config)                                                                                                \
    X(flag)                                                                                                  \
    X(request_stream)                                                                                        \
    X(body_length)                                                                                           \
    X(body_read)                                                                                             \
    X(body_collect)                                                                                          \
    X(body_cancel)                                                                                           \
    X(send)                                                                                                  \
    X(sendable)                                                                                              \
    X(send_end)                                                                                              \
    X(send_error)

#define X(name) JS_NATIVE(native_##name);
API_CORE_NATIVES(X)
#undef X

#endif
