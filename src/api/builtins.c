#include "api/builtins.h"

#include "api_js.h"

static const struct js_builtin_natives natives[] = {
#define X(name) {#name, api_natives_##name},
    API_NATIVES(X)
#undef X
    {NULL, NULL},
};

/* name, built-in, enumerable (functions and attributes: yes; interfaces: no) */
#define GLOBALS(X)                                                                                           \
    X("AbortController", "events", false)                                                                    \
    X("AbortSignal", "events", false)                                                                        \
    X("Blob", "form", false)                                                                                 \
    X("ByteLengthQueuingStrategy", "streams", false)                                                         \
    X("CompressionStream", "compression", false)                                                             \
    X("CountQueuingStrategy", "streams", false)                                                              \
    X("CustomEvent", "events", false)                                                                        \
    X("DOMException", "events", false)                                                                       \
    X("DecompressionStream", "compression", false)                                                           \
    X("Event", "events", false)                                                                              \
    X("EventTarget", "events", false)                                                                        \
    X("ExecutionContext", "core", false)                                                                     \
    X("FetchEvent", "worker", false)                                                                         \
    X("File", "form", false)                                                                                 \
    X("FixedLengthStream", "streams", false)                                                                 \
    X("FormData", "form", false)                                                                             \
    X("Headers", "headers", false)                                                                           \
    X("IdentityTransformStream", "streams", false)                                                           \
    X("PromiseRejectionEvent", "worker", false)                                                              \
    X("ReadableByteStreamController", "streams", false)                                                      \
    X("ReadableStream", "streams", false)                                                                    \
    X("ReadableStreamBYOBReader", "streams", false)                                                          \
    X("ReadableStreamBYOBRequest", "streams", false)                                                         \
    X("ReadableStreamDefaultController", "streams", false)                                                   \
    X("ReadableStreamDefaultReader", "streams", false)                                                       \
    X("Request", "request", false)                                                                           \
    X("Response", "response", false)                                                                         \
    X("ScheduledEvent", "worker", false)                                                                     \
    X("TextDecoder", "encoding", false)                                                                      \
    X("TextDecoderStream", "encoding", false)                                                                \
    X("TextEncoder", "encoding", false)                                                                      \
    X("TextEncoderStream", "encoding", false)                                                                \
    X("TransformStream", "streams", false)                                                                   \
    X("TransformStreamDefaultController", "streams", false)                                                  \
    X("URL", "url", false)                                                                                   \
    X("URLSearchParams", "url", false)                                                                       \
    X("WritableStream", "streams", false)                                                                    \
    X("WritableStreamDefaultController", "streams", false)                                                   \
    X("WritableStreamDefaultWriter", "streams", false)                                                       \
    X("addEventListener", "worker", true)                                                                    \
    X("atob", "base64", true)                                                                              \
    X("btoa", "base64", true)                                                                              \
    X("console", "console", true)                                                                            \
    X("dispatchEvent", "worker", true)                                                                       \
    X("fetch", "fetch", true)                                                                                \
    X("navigator", "navigator", true)                                                                        \
    X("performance", "performance", true)                                                                    \
    X("removeEventListener", "worker", true)                                                                 \
    X("structuredClone", "clone", true)

static const struct js_lazy_global globals[] = {
#define X(name, builtin, enumerable) {name, builtin, enumerable},
    GLOBALS(X)
#undef X
    {NULL, NULL, false},
};

static const char *const eager[] = {"core", NULL};

void api_builtins(struct js_builtins *ret) {
    *ret = (struct js_builtins){.sources = api_sources,
                                .source_count = api_sources_count,
                                .natives = natives,
                                .globals = globals,
                                .eager = eager};
}
