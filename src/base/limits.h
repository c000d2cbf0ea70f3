/* Everything that a client or a tenant can make grow, in one table: name, default, unit, why.
 * LIMIT_x is the default as a constant. Those that an operator may change are fields of `struct limits`,
 * which each process is given at its start; code that takes a limit takes it from there. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "base/span.h"

// clang-format off
/*      name                     default              unit     why                                              */
#define LIMITS_TABLE(X)                                                                                           \
    X(HTTP_TARGET_BYTES,         16 * 1024,           "bytes", "request target; longer is 414")                   \
    X(HTTP_HEAD_BYTES,           64 * 1024,           "bytes", "whole header section; larger is 431")             \
    X(HTTP_FIELDS,               256,                 "fields", "header lines of one message; more is 431")       \
    X(HTTP_TRAILER_BYTES,        8 * 1024,            "bytes", "trailer section")                                 \
    X(HTTP_CHUNK_EXT_BYTES,      1024,                "bytes", "chunk extensions of one chunk")                   \
    X(HTTP_BODY_BYTES,           100u * 1024 * 1024,  "bytes", "request body; larger is 413")                     \
    X(HTTP_HEAD_MS,              15000,               "ms",    "from the first byte to the end of the head; 408") \
    X(HTTP_BODY_IDLE_MS,         30000,               "ms",    "a body may pause this long; 408")                 \
    X(HTTP_IDLE_MS,              60000,               "ms",    "keep-alive without a request")                    \
    X(HTTP_WRITE_IDLE_MS,        60000,               "ms",    "a client may refuse to read this long")           \
    X(CONNECTIONS,               20000,               "connections", "per edge process")                          \
    X(STREAM_WINDOW_BYTES,       256 * 1024,          "bytes", "credit a body may run ahead of its reader")       \
    X(BODY_INLINE_BYTES,         32 * 1024,           "bytes", "a body this small travels with its head")         \
    X(STREAM_QUEUE_BYTES, 8 * 1024 * 1024, "bytes", "written to one connection and not yet sent; it is cut") \
    X(LINGER_MS, 2000, "ms", "a refused client is read on this long, so that it sees the answer")            \
    X(LINGER_BYTES, 1024 * 1024, "bytes", "and this much")                                                   \
    X(WORK_QUEUE, 1024, "pieces", "work off the loop, waiting or running, per loop")                         \
    X(WATCH_PATHS, 8192, "paths", "files and directories watched for changes")                               \
    X(LINK_MESSAGE_BYTES,        1024 * 1024,         "bytes", "one message between processes")                   \
    X(LINK_QUEUE_BYTES,          64 * 1024 * 1024,    "bytes", "queued to one process; above it requests are shed") \
    X(LINK_STREAMS,              1024 * 1024,         "streams", "numbers of exchanges on one link")                  \
    X(WORKERS,                   1024 * 1024,         "Workers", "numbers that one edge may hand out")               \
    X(ROUTES,                    1000 * 1000,         "routes", "patterns of one snapshot") \
    X(ROUTE_BYTES,               2048,                "bytes", "one route pattern") \
    X(EDGE_REQUESTS,             20000,               "requests", "in flight in one edge thread; more get 503") \
    X(EDGE_WORKER_REQUESTS,      4096,                "requests", "of one Worker in flight in one edge thread; more get 503") \
    X(EDGE_ACCOUNT_REQUESTS,     8192,                "requests", "of one account in flight in one edge thread; more get 503") \
    X(EDGE_WARM,                 16,                  "Workers", "of one account are started anew with its process") \
    X(EDGE_WARM_MS,              60000,               "ms",    "since its last request: such a Worker is started anew") \
    X(EDGE_WAITING,              1024,                "requests", "wait for one account to start; more get 503") \
    X(EDGE_PREPARE_MS,           30000,               "ms",    "a request waits this long for its Worker to start") \
    X(EDGE_DISCARD_BYTES,        256 * 1024,          "bytes", "of a body nobody reads, to keep its connection") \
    X(EDGE_LOOPS, 16, "times", "a request may come back to the edge that sent it") \
    X(EDGE_AHEAD_BYTES,          64 * 1024,           "bytes", "a body is read ahead of whoever takes it") \
    X(EDGE_CLIENT_BYTES,         128 * 1024,          "bytes", "of a response waiting in a client's socket") \
    X(EDGE_SUBREQUESTS,          16384,               "requests", "fetch and cache calls of one worker process") \
    X(WORKER_REQUESTS,           1024,                "requests", "in flight in one isolate; more get 503")       \
    X(WORKER_SUBREQUESTS,        1000,                "requests", "fetch() and cache calls of one event")          \
    X(WORKER_SCRIPT_BYTES,       64u * 1024 * 1024,   "bytes", "all modules of one version")                      \
    X(WORKER_STARTUP_CPU_MS,     400,                 "ms",    "CPU of the top level of a script")                \
    X(WORKER_CPU_MS,             50,                  "ms",    "CPU of one request, its waitUntil() included")    \
    X(WORKER_CPU_MOST_MS,        30000,               "ms",    "the most that may be allowed for that")           \
    X(WORKER_BACKGROUND_CPU_MS,  30000,               "ms",    "CPU of one cron trigger")                         \
    X(WORKER_BACKGROUND_CPU_MOST_MS, 300000,          "ms",    "the most that may be allowed for that")           \
    X(WORKER_WAIT_MS,            900000,              "ms",    "an event may go on this long without an answer")  \
    X(WORKER_WAIT_UNTIL_MS,      30000,               "ms",    "waitUntil() after the response has ended")        \
    X(WORKER_TIMERS,             10000,               "timers", "armed in one isolate")                           \
    X(WORKER_LOG_BYTES,          256 * 1024,          "bytes", "console output of one event")                     \
    X(WORKER_LOG_RATE_BYTES,     128 * 1024,          "bytes", "console output of one isolate each second, on average") \
    X(WORKER_LOG_BURST_BYTES,    1024 * 1024,         "bytes", "console output of one isolate at once")             \
    X(LOG_BEHIND_BYTES,          4u * 1024 * 1024,    "bytes", "log lines of edge that wait for whoever reads stderr") \
    X(WORKER_COLLECT_BYTES,      128u * 1024 * 1024,  "bytes", "a body read whole by text(), arrayBuffer(), ...")   \
    X(WORKER_MEMORY_BYTES,       128u * 1024 * 1024,  "bytes", "heap of one isolate")                              \
    X(ZIP_BYTES,                 64u * 1024 * 1024,   "bytes", "that open CompressionStreams and DecompressionStreams of one isolate hold") \
    X(FS_BYTES,                  128u * 1024 * 1024,  "bytes", "files in /tmp of one event (node:fs)") \
    X(FS_FILE_BYTES,             128u * 1024 * 1024,  "bytes", "one file in /tmp") \
    X(FS_ENTRIES,                16384,               "entries", "files, directories and links in /tmp of one event") \
    X(FS_DESCRIPTORS,            1024,                "descriptors", "open in one event (node:fs)") \
    X(POOL_LEAST,                4,                   "isolates", "made ahead in a process at rest")               \
    X(POOL_MOST,                 32,                  "isolates", "made ahead while many Workers start")           \
    X(POOL_REST_MS,              10000,               "ms",    "without a start, and half of those made ahead go") \
    X(LANES_SLOW,                16,                  "threads", "of low priority, for what is not proven short, in one worker process") \
    X(LANE_WAITING,              8192,                "events", "wait for their turn in one lane; more get 503")     \
    X(WORKER_WAITING,            1000,                "events", "of one Worker wait for a slow lane; more get 503") \
    X(LANE_WAIT_MS,              5000,                "ms",    "an event that would wait longer for a slow lane gets 503") \
    X(TRIM_PAUSE_MS,             1000,                "ms",    "between two times that free memory is given back to the system") \
    X(MEMORY_CEILING_LEAST_BYTES, 256u * 1024 * 1024, "bytes", "smallest default ceiling of a worker process") \
    X(ISOLATES,                  2000,                "isolates", "alive in one worker process; LRU goes first")  \
    X(IDLE_PROCESS_BYTES,        512u * 1024 * 1024,  "bytes", "of a worker process; above that isolates idle for long go, LRU first") \
    X(IDLE_MS,                   60000,               "ms",    "without an event is idle for long")               \
    X(IDLE_PROCESS_MOST_BYTES,   768u * 1024 * 1024,  "bytes", "of a worker process; above that isolates idle for a moment go, LRU first") \
    X(IDLE_MOMENT_MS,            3000,                "ms",    "without an event is idle for a moment")           \
    X(WORKER_FDS,                4096,                "descriptors", "of one worker process: links, versions, loops")  \
    X(WORKER_THREADS,            1024,                "threads", "of one worker process that has a user namespace")   \
    X(FETCH_CONNECTIONS,         4096,                "connections", "outgoing, per edge thread")                 \
    X(FETCH_ACCOUNT,             512,                 "requests", "under way to the world for one account, per edge thread; more wait") \
    X(FETCH_KEPT,                256,                 "connections", "outgoing, idle, kept for the next request, per edge thread") \
    X(FETCH_REDIRECTS,           20,                  "redirects", "followed by one fetch() (Fetch standard)")    \
    X(WEBSOCKET_MESSAGE_BYTES,   32 * 1024 * 1024,    "bytes", "a WebSocket message from a client or an origin; larger is closed with 1009") \
    X(WEBSOCKET_FRAGMENTS,       32 * 1024,           "frames", "of one WebSocket message; more is closed with 1009") \
    X(WEBSOCKET_RECORD_BYTES,    64 * 1024,           "bytes", "a Worker's message becomes frames of this size")  \
    X(WEBSOCKET_BUFFER_BYTES,    16 * 1024 * 1024,    "bytes", "sent by a Worker and not yet taken by a slow client; more fails the WebSocket") \
    X(WEBSOCKET_PING_MS,         30000,               "ms",    "a silent WebSocket is sent a ping, and is cut when it is as long silent after it") \
    X(WEBSOCKET_CLOSE_MS,        5000,                "ms",    "the other side of a WebSocket may take this long to answer a close") \
    X(RPC_STUBS,                 4096,                "stubs", "functions, objects and streams that one call has on loan, in each direction") \
    X(RPC_CALLS,                 1024,                "calls", "of stubs under way in one session, in each direction") \
    X(RPC_DEPTH,                 64,                  "names", "path of one call of a stub")                        \
    X(RPC_MESSAGE_BYTES,         32 * 1024 * 1024,    "bytes", "arguments or result of one call of a stub")         \
    X(RPC_QUEUE_BYTES,           64 * 1024 * 1024,    "bytes", "RPC messages that the other Worker has not taken; more ends the session") \
    X(SOCKET_CONNECTIONS,        512,                 "connections", "outgoing sockets and WebSockets of one account, per edge thread") \
    X(DNS_LOOKUPS,               128,                 "lookups", "of host names at once, per edge thread")         \
    X(DNS_ACCOUNT_LOOKUPS,       16,                  "lookups", "of those for one account; more wait")            \
    X(DNS_NAMES,                 4096,                "names", "whose addresses, or failure, are remembered")      \
    X(DNS_KEEP_MS,               60000,               "ms",    "an answer is good for this long")                  \
    X(DNS_FAILED_MS,             5000,                "ms",    "and a failure for this long")                      \
    X(FETCH_CONNECT_MS,          10000,               "ms",    "connecting to an origin")                         \
    X(FETCH_IDLE_MS,             100000,              "ms",    "an origin may stay silent this long")             \
    X(PULSE_BEAT_MS,             250,                 "ms",    "a worker process says that it lives (base/pulse.h)") \
    X(WATCH_LOOK_MS,             100,                 "ms",    "the parent looks at the pulse of its worker processes") \
    X(WATCH_SILENT_MS,           3000,                "ms",    "a worker process without a heartbeat is killed")  \
    X(WATCH_START_MS,            30000,               "ms",    "and before its first one")                        \
    X(WATCH_GRACE_MS,            5000,                "ms",    "CPU beyond its limit that one entry may take before its process is killed") \
    X(WATCH_BLOCKED_MS,          60000,               "ms",    "wall time beyond its limit, without CPU")         \
    X(BOOT_PROCESSES,            4,                   "processes", "of accounts with Workers known from before, started at the boot") \
    X(SPARE_PROCESSES,           4,                   "processes", "accounts with a spare worker process, those that started last") \
    X(SPARE_PAUSE_MS,            500,                 "ms",    "after the start of a worker process its spare one is started") \
    X(QUARANTINE_FIRST_MS,       1000,                "ms",    "a Worker that brought its process down is held back; twice as long each time") \
    X(QUARANTINE_MOST_MS,        300000,              "ms",    "and at most")                                     \
    X(QUARANTINE_FORGET_MS,      600000,              "ms",    "free for so long, it is forgiven")                \
    X(KV_KEY_BYTES,              512,                 "bytes", "a KV key, as Workers KV has it")                  \
    X(KV_VALUE_BYTES,            25 * 1024 * 1024,    "bytes", "a KV value, as Workers KV has it")                \
    X(KV_METADATA_BYTES,         1024,                "bytes", "KV metadata as JSON, as Workers KV has it")       \
    X(KV_LIST_KEYS,              1000,                "keys",  "one page of list()")                              \
    X(KV_BULK_KEYS,              100,                 "keys",  "one bulk get()")                                  \
    X(KV_TTL_MIN_S,              60,                  "s",     "shortest expirationTtl")                          \
    X(KV_STORE_BYTES,            64ull << 30,         "bytes", "address space of one account's KV map")           \
    X(KV_NAMESPACE_BYTES,        64,                  "bytes", "the id of a KV namespace")                        \
    X(KV_VIEWS,                  254,                 "views", "KV reads open at once in one store")              \
    X(KV_QUEUE_OPS,              65536,               "ops",   "KV writes that wait for their commit")            \
    X(KV_QUEUE_BYTES,            128 * 1024 * 1024,   "bytes", "the values of those")                             \
    X(CACHE_MEMORY_BYTES,        64 * 1024 * 1024,    "bytes", "cached bodies in memory")                         \
    X(CACHE_DISK_BYTES,          1024u * 1024 * 1024, "bytes", "cached bodies on disk")                           \
    X(CACHE_OBJECT_BYTES,        512u * 1024 * 1024,  "bytes", "one cached response")                             \
    X(URL_BYTES,                 32 * 1024 * 1024,    "bytes", "a URL and its normalised form; data: may be long") \
    X(SF_MEMBERS,                1024,                "members", "of a structured field, of an inner list, parameters of an item") \
    X(URLPATTERN_BYTES,          16 * 1024,           "bytes", "the pattern of one component, or a constructor string") \
    X(URLPATTERN_STEPS,          64u * 1024 * 1024,   "steps", "matching one component may take: instructions times bytes") \
    X(PERFORMANCE_ENTRIES,       10000,               "entries", "marks and measures an isolate keeps; the oldest goes") \
    X(HOST_BYTES,                8 * 1024,            "bytes", "a host outside ASCII: Punycode is quadratic")     \
    X(CRYPTO_RSA_BITS,           16384,               "bits",  "RSA modulus; larger ones stall a thread")         \
    X(CRYPTO_RSA_EXPONENT_BITS,  64,                  "bits",  "RSA public exponent; larger ones stall verifying") \
    X(CRYPTO_KEY_BYTES,          64 * 1024,           "bytes", "a key in DER")                                     \
    X(CRYPTO_GCM_IV_BYTES,       64 * 1024,           "bytes", "AES-GCM iv")                                      \
    X(CRYPTO_HKDF_INFO_BYTES,    64 * 1024,           "bytes", "HKDF info, hashed again for every block")         \
    X(CRYPTO_PBKDF2_ITERATIONS,  10000000,            "iterations", "PBKDF2; more stall a thread")               \
    X(CRYPTO_XOF_BYTES,          1024 * 1024,         "bytes", "output of cSHAKE and KMAC")                        \
    X(CRYPTO_SCRYPT_COST,        1024 * 1024,         "",      "scrypt: N times r times p")                       \
    X(CRYPTO_SYNC_ITERATIONS,    1000000,             "iterations", "pbkdf2Sync(): more keep an isolate too long") \
    X(CRYPTO_SYNC_RSA_BITS,      4096,                "bits",  "generateKeyPairSync()")                           \
    X(CRYPTO_SYNC_PRIME_BITS,    2048,                "bits",  "generatePrimeSync(); half of it for safe primes") \
    X(CRYPTO_SCRYPT_BYTES,       64 * 1024 * 1024,    "bytes", "memory of one scrypt")                            \
    X(CRYPTO_PRIME_BITS,         8192,                "bits",  "a prime to generate or to check")                 \
    X(CRYPTO_PBKDF2_BYTES,       1024 * 1024,         "bytes", "PBKDF2 output")                                   \
    X(CACHE_OBJECTS,             128 * 1024,          "objects", "cached responses, memory and disk")             \
    X(CACHE_KEY_BYTES,           18 * 1024,           "bytes", "zone and name of a cached response")              \
    X(CACHE_VARIANT_BYTES,       4096,                "bytes", "what Vary adds to the key")                       \
    X(CACHE_HEAD_BYTES,          128 * 1024,          "bytes", "the stored head of a response")                   \
    X(CACHE_VARIANTS,            16,                  "objects", "variants of one key; the oldest goes")          \
    X(CACHE_MEMORY_OBJECT_BYTES, 1024 * 1024,         "bytes", "largest body that the memory tier takes")         \
    X(WASM_MEMORY_BYTES,         128u * 1024 * 1024,  "bytes", "a WebAssembly memory; memory.grow says -1 beyond") \
    X(WASM_TABLE_ENTRIES,        1000 * 1000,         "entries", "a WebAssembly table; table.grow says -1 beyond") \
    X(WASM_FUNCTION_BYTES,       7654321,             "bytes", "a WebAssembly function; the engine takes no more")  \
    X(WASM_LOCALS,               50000,               "locals", "of a WebAssembly function; the engine takes no more") \
    X(WASM_PARAMETERS,           1000,                "types", "parameters or results of a WebAssembly function, as browsers have it") \
    X(WASM_FIELDS,               10000,               "fields", "of a WebAssembly structure, as browsers have it")  \
    X(WASM_TYPES,                1000 * 1000,         "types", "of a WebAssembly module, as browsers have it")      \
    X(WASM_ENTRIES,              1000 * 1000,         "entries", "of one section of a WebAssembly module, as browsers have it") \
    X(WASM_NESTING,              20000,               "blocks", "open at once in a WebAssembly function")           \
    X(WASM_CONST_ELEMENTS,       1024 * 1024,         "elements", "of arrays that a WebAssembly module makes before it starts") \
    X(HTML_MEMORY_BYTES,         3 * 1024 * 1024,     "bytes", "a tag, comment or doctype in HTMLRewriter, and what it keeps of open elements") \
    X(HTML_CONTENT_BYTES,        32 * 1024 * 1024,    "bytes", "inserted by handlers of HTMLRewriter and not yet in its place") \
    X(HTML_SELECTOR_BYTES,       64 * 1024,           "bytes", "a selector of HTMLRewriter")                      \
    X(HTML_SELECTORS_BYTES,      1024 * 1024,         "bytes", "all selectors of one HTMLRewriter")               \
    X(JS_BRACKETS,               64 * 1024,           "brackets", "open at once in a module's text")              \
    X(SOURCEMAP_BYTES,           16 * 1024 * 1024,    "bytes", "a source map")                                    \
    X(BUNDLER_OUTPUT_BYTES,      64 * 1024,           "bytes", "messages of one run of the bundler")              \
    X(ADMIN_CONNECTIONS,         32,                  "connections", "to the admin listener; more wait")            \
    X(ADMIN_HEAD_BYTES,          8 * 1024,            "bytes", "of a request to the admin listener")              \
    X(ADMIN_HEAD_MS,             10000,               "ms",    "for a request to the admin listener to arrive")   \
    X(ADMIN_SEND_MS,             60000,               "ms",    "for the admin listener's answer to be taken")     \
    X(ADMIN_TOKEN_BYTES,         4096,                "bytes", "the file with the admin listener's token")        \
    X(PROFILE_SECONDS,           60,                  "s",     "the longest CPU profile")                         \
    X(PROFILE_NODES,             20000,               "nodes", "call frames of a CPU profile; deeper ones are (other)") \
    X(PROFILE_SAMPLES,           100000,              "samples", "of a CPU profile, one a millisecond")            \
    X(PROFILE_BYTES,             64 * 1024 * 1024,    "bytes", "a CPU profile")                                   \
    X(CONFIG_BYTES,              16 * 1024 * 1024,    "bytes", "a configuration file")                            \
    X(CONFIG_DEPTH,              64,                  "levels", "nesting of a configuration file")
// clang-format on

enum {
#define X(name, value, unit, why) LIMIT_##name##_row,
    LIMITS_TABLE(X)
#undef X
        LIMITS_COUNT
};

#define X(name, value, unit, why) static const uint64_t LIMIT_##name = (value);
LIMITS_TABLE(X)
#undef X

struct limit_row {
    const char *name;
    uint64_t value;
    const char *unit, *why;
};
extern const struct limit_row limit_rows[LIMITS_COUNT];

#endif
