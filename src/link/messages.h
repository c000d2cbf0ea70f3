/* Every message between an edge process (E) and a worker process (W), in one table. A process handles exactly
 * the rows that name it as receiver; anything else takes the link down.
 *
 * Streams. A stream id names one exchange: a request that edge received (born in E) or something that a
 * Worker asked for (born in W: top bit set, STREAM_FROM_WORKER). An exchange has at most one body in each
 * direction, and each body is: inline with its head (MESSAGE_BODY_INLINE), or streamed on the same id as
 * BODY* then BODY_END or BODY_ERROR, or spliced, or absent (no flag: the JavaScript body is null).
 *
 * Credit. The sender of a streamed body may have sent at most the sum of its CREDITs. From E to W the sum
 * starts at 0: a body that no script reads never crosses the link. From W to E it starts at
 * LIMIT_STREAM_WINDOW_BYTES.
 *
 * Splice. A head that travels from W to E with MESSAGE_BODY_SPLICE carries 8 bytes instead of a body: the id
 * of a stream whose E-to-W body is still untouched (no credit given). Edge connects the two itself, so that
 * proxied bytes are never copied into a worker process. Afterwards that body no longer belongs to W: it sends
 * no CREDIT or CANCEL for it.
 *
 * Encoded bodies. The body of FETCH_HEAD is as the origin sent it while it stays in E (spliced, it is passed on
 * as it is); the first CREDIT has E take off a Content-Encoding of gzip, br or zstd, and W gets decoded bytes. The
 * fields are left alone. Such a body is never inline, and its body_length is HEAD_LENGTH_UNKNOWN. The other way
 * round a RESPONSE (or CACHE_PUT) whose fields say gzip, br or zstd and whose body is a script's is encoded by E, unless
 * HEAD_ENCODED says that it is already.
 *
 * WebSockets. A RESPONSE with status 101 and HEAD_UPGRADE turns the exchange into two streams of bytes: it has MESSAGE_BODY_STREAM,
 * and from then on the E-to-W body of the REQUEST (which had none) is a streamed one too. Both carry records (link/socket.h).
 * A FETCH_HEAD with HEAD_UPGRADE does the same for the exchange of a FETCH that had HEAD_UPGRADE and no body: W may send, with
 * the credit that a body from W begins with. Until W gives credit, E keeps the connection as it is; a RESPONSE with HEAD_UPGRADE
 * and MESSAGE_BODY_SPLICE of that stream connects the client to it, both ways, and W never sees a frame.
 *
 * Sockets. SOCKET opens an exchange without heads: after SOCKET_OPEN its two bodies are the connection's bytes. The end of one
 * leaves the other (half open).
 *
 * Ends. CANCEL says "I no longer want what you send me on this stream" (E to W on a request: the client went
 * away; W to E on a fetch: aborted, or nobody holds the response any more). It may cross the end of the
 * stream; a receiver ignores messages for streams it does not know. A REQUEST ends with DONE, which W sends
 * when the response has been handed over entirely and every waitUntil() promise has settled; then the id may
 * be reused by E. A stream born in W ends when both bodies have ended, or with FETCH_FAILED, or with CANCEL.
 *
 * Heads are written by link/head.h. Numbers are little-endian. */
#ifndef LINK_MESSAGES_H
#define LINK_MESSAGES_H

// clang-format off
/*    name          from  payload and meaning */
#define MESSAGES_TABLE(X)                                                                                                  \
    X(DEFINE,       "E",  "u32 worker, u32 reserved, 32 bytes version id (hex), name: this number now means that version") \
    X(FORGET,       "E",  "u32 worker: no new request will name it; its isolates may go when idle")                        \
    X(WARM,         "E",  "u32 worker: its first request is near; an isolate should be there by then")                       \
    X(REQUEST,      "E",  "head [+ inline body]: run the Worker head.worker's fetch handler")                              \
    X(SCHEDULED,    "E",  "u32 worker, u32 reserved, u64 time (ms since 1970), cron text: run the scheduled handler; DONE or FAILED answers") \
    X(TEST,         "E",  "u32 worker, u32 reserved, u64 0, name of an export: run its test handler; DONE or FAILED answers. Without a name: which exports have one? TESTS, then DONE") \
    X(TESTS,        "W",  "names of exports, each with a line feed behind it: the answer to a TEST without a name")       \
    X(RESPONSE,     "W",  "head [+ inline body | u64 spliced stream]: the answer to a REQUEST")                            \
    X(FAILED,       "W",  "u32 enum err, text for a developer: the handler threw or never answered; MESSAGE_PASS_THROUGH asks edge to try the origin") \
    X(DONE,         "W",  "u64 CPU ns, u64 wall ns: the event is over, waitUntil() included")                              \
    X(BODY,         "EW", "bytes of a streamed body")                                                                      \
    X(BODY_END,     "EW", "nothing: the body is complete")                                                                 \
    X(BODY_ERROR,   "EW", "u32 enum err: the body will never be complete")                                                 \
    X(CREDIT,       "EW", "u64: that many more bytes may be sent to me on this stream")                                    \
    X(CANCEL,       "EW", "nothing: I want no more of this stream")                                                        \
    X(FETCH,        "W",  "head [+ inline body | u64 spliced stream]: a subrequest; head.worker says whose")               \
    X(FETCH_HEAD,   "E",  "head [+ inline body]: a subrequest's response; head.url is the final URL, HEAD_REDIRECTED if it moved") \
    X(FETCH_FAILED, "E",  "u32 enum err, text: the subrequest (or cache operation) failed")                                \
    X(CACHE_MATCH,  "W",  "head of the request, head.extra is the cache's name: answered by FETCH_HEAD or CACHE_MISS")     \
    X(CACHE_PUT,    "W",  "head of the request, head of the response [+ inline body | u64 spliced stream]: CACHE_DONE or FETCH_FAILED answers") \
    X(CACHE_DELETE, "W",  "head of the request: answered by CACHE_DONE")                                                   \
    X(SOCKET,       "W",  "u32 worker, u16 port, u8 TLS from the beginning, u8 reserved, host: connect(); SOCKET_OPEN or FETCH_FAILED answers, then both bodies are streams") \
    X(SOCKET_TLS,   "W",  "host: TLS from now on, answered in the same way; nothing is sent before the answer")               \
    X(SOCKET_OPEN,  "E",  "u16 port of the peer, u16 port here, u32 bytes of the first address, both addresses")                \
    X(CACHE_MISS,   "E",  "nothing: match() gives undefined")                                                              \
    X(CACHE_DONE,   "E",  "u8: delete() found something; always 1 after put()")                                            \
    X(LOG,          "W",  "u32 worker, u8 enum log_level, 3 bytes reserved, text: a console line (stream: the request it belongs to, or 0)")
// clang-format on

enum message_type {
    MESSAGE_NONE, /* 0 is never sent */
#define X(name, from, meaning) MESSAGE_##name,
    MESSAGES_TABLE(X)
#undef X
        MESSAGE_TYPES
};

/* struct message.flags of REQUEST, RESPONSE, FETCH, FETCH_HEAD, CACHE_PUT: where the body is. */
enum {
    MESSAGE_BODY_INLINE = 1,  /* the rest of the payload is the whole body (possibly empty, but not null) */
    MESSAGE_BODY_STREAM = 2,  /* BODY messages follow */
    MESSAGE_BODY_SPLICE = 4,  /* the rest of the payload is the u64 id of the stream to take it from */
    MESSAGE_PASS_THROUGH = 8, /* FAILED: passThroughOnException() was called */
};

#define STREAM_FROM_WORKER (UINT64_C(1) << 63)

#endif
