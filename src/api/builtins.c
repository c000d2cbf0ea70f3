#include "api/builtins.h"

#include "api_js.h"

static const struct js_builtin_natives natives[] = {
#define X(name) {#name, api_natives_##name},
    API_NATIVES(X)
#undef X
#define X(name) {"node/" #name, api_natives_node_##name},
        API_NODE_NATIVES(X)
#undef X
            {NULL, NULL},
};

/* name, built-in, enumerable (functions and attributes: yes; interfaces: no) */
#define GLOBALS(X)                                                                                           \
    X("AbortController", "abort", false)                                                                     \
    X("AbortSignal", "abort", false)                                                                         \
    X("Blob", "blob", false)                                                                                 \
    X("BroadcastChannel", "broadcast", false)                                                                \
    X("ByteLengthQueuingStrategy", "streams_strategies", false)                                              \
    X("Cache", "cache", false)                                                                               \
    X("CacheStorage", "cache", false)                                                                        \
    X("CloseEvent", "events_kinds", false)                                                                   \
    X("Cloudflare", "cloudflare", false)                                                                     \
    X("CompressionStream", "compression", false)                                                             \
    X("CountQueuingStrategy", "streams_strategies", false)                                                   \
    X("Crypto", "crypto", false)                                                                             \
    X("CryptoKey", "subtle_key", false)                                                                      \
    X("CustomEvent", "events_kinds", false)                                                                  \
    X("DOMException", "domexception", false)                                                                 \
    X("DecompressionStream", "compression", false)                                                           \
    X("ErrorEvent", "events_kinds", false)                                                                   \
    X("Event", "events", false)                                                                              \
    X("EventSource", "eventsource", false)                                                                   \
    X("EventTarget", "events", false)                                                                        \
    X("ExecutionContext", "core", false)                                                                     \
    X("Fetcher", "service", false)                                                                           \
    X("FetchEvent", "worker", false)                                                                         \
    X("File", "blob", false)                                                                                 \
    X("FileReader", "file_reader", false)                                                                    \
    X("FixedLengthStream", "streams_identity", false)                                                        \
    X("FormData", "form", false)                                                                             \
    X("HTMLRewriter", "htmlrewriter", false)                                                                 \
    X("Headers", "headers", false)                                                                           \
    X("IdentityTransformStream", "streams_identity", false)                                                  \
    X("MessageEvent", "events_kinds", false)                                                                 \
    X("ExtendableEvent", "worker", false)                                                                    \
    X("MessageChannel", "messages", false)                                                                   \
    X("MessagePort", "messages", false)                                                                      \
    X("Navigator", "navigator", false)                                                                       \
    X("Performance", "performance", false)                                                                   \
    X("PerformanceEntry", "user_timing", false)                                                              \
    X("PerformanceMark", "user_timing", false)                                                               \
    X("PerformanceObserver", "performance_observer", false)                                                  \
    X("PerformanceObserverEntryList", "performance_observer", false)                                         \
    X("PerformanceMeasure", "user_timing", false)                                                            \
    X("PerformanceResourceTiming", "user_timing", false)                                                     \
    X("ProgressEvent", "file_reader", false)                                                                 \
    X("PromiseRejectionEvent", "events_kinds", false)                                                        \
    X("QuotaExceededError", "quota_exceeded", false)                                                         \
    X("ReadableByteStreamController", "streams_byob", false)                                                 \
    X("ReadableStream", "streams_readable", false)                                                           \
    X("ReadableStreamBYOBReader", "streams_byob", false)                                                     \
    X("ReadableStreamBYOBRequest", "streams_byob", false)                                                    \
    X("ReadableStreamDefaultController", "streams_reader", false)                                            \
    X("ReadableStreamDefaultReader", "streams_reader", false)                                                \
    X("Request", "request", false)                                                                           \
    X("Response", "response", false)                                                                         \
    X("ScheduledEvent", "worker", false)                                                                     \
    X("SubtleCrypto", "subtle", false)                                                                       \
    X("TextDecoder", "encoding", false)                                                                      \
    X("TextDecoderStream", "encoding_streams", false)                                                        \
    X("TextEncoder", "encoding", false)                                                                      \
    X("TextEncoderStream", "encoding_streams", false)                                                        \
    X("TransformStream", "streams_transform", false)                                                         \
    X("TransformStreamDefaultController", "streams_transform", false)                                        \
    X("URL", "url", false)                                                                                   \
    X("URLPattern", "urlpattern", false)                                                                     \
    X("URLSearchParams", "urlsearchparams", false)                                                           \
    X("WebSocket", "websocket", false)                                                                       \
    X("WebSocketPair", "websocket", false)                                                                   \
    X("WebAssembly", "webassembly", false)                                                                   \
    X("WritableStream", "streams_writable", false)                                                           \
    X("WritableStreamDefaultController", "streams_writer", false)                                            \
    X("WritableStreamDefaultWriter", "streams_writer", false)                                                \
    X("addEventListener", "worker", true)                                                                    \
    X("atob", "base64", true)                                                                                \
    X("btoa", "base64", true)                                                                                \
    X("caches", "cache", true)                                                                               \
    X("console", "console", false)                                                                           \
    X("crypto", "crypto", true)                                                                              \
    X("dispatchEvent", "worker", true)                                                                       \
    X("fetch", "fetch", true)                                                                                \
    X("navigator", "navigator", true)                                                                        \
    X("performance", "performance", true)                                                                    \
    X("removeEventListener", "worker", true)                                                                 \
    X("clearImmediate", "timers", true)                                                                      \
    X("clearInterval", "timers", true)                                                                       \
    X("clearTimeout", "timers", true)                                                                        \
    X("scheduler", "timers", true)                                                                           \
    X("setImmediate", "timers", true)                                                                        \
    X("setInterval", "timers", true)                                                                         \
    X("setTimeout", "timers", true)                                                                          \
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
