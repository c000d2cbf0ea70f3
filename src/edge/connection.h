/* A client's connection: reads, feeds the parser, hands out requests one at a time and in order. What a client
 * sends ahead (pipelining) waits here, at most LIMIT_EDGE_AHEAD_BYTES; then reading pauses. Private to edge/;
 * loop's thread. */
#ifndef EDGE_CONNECTION_H
#define EDGE_CONNECTION_H

#include "edge/body.h"
#include "edge/inside.h"
#include "http/h1.h"
#include "loop/tcp.h"

struct connection {
    struct edge *edge;
    struct stream *stream;
    struct list node;
    struct h1 parser;
    struct span input; /* what is to be parsed next: in `kept`, or what is just being read */
    struct buf kept;
    struct request *request; /* the one whose turn it is */
    struct body *body;       /* of the message that is being read, while somebody may want it */
    uint64_t discarded;
    bool in_message; /* a head was begun and its message has not ended */
    bool body_paused, reading_paused, busy, peer_finished, closing;
    bool tunnel; /* upgraded: what comes is no HTTP any more, and goes to `body` as it is */
    struct deadline read_deadline, write_deadline;
    uint64_t write_mark; /* stream_sent_bytes() when write_deadline was set */
    uint64_t requests;

    /* facts about the client, asked for once */
    struct tcp_address peer;
    bool has_peer;
    uint32_t rtt_ms;
    struct buf cf; /* request.cf as JSON, for cf_minor and cf_encoding */
    struct buf cf_encoding;
    int cf_minor;

    /* the last Host field, and what became of it: "http://example.com:8080", whose host is `host` */
    struct buf authority, base;
    struct span host;

    /* the last route, while the host sends all its paths to one Worker */
    uint64_t route_generation;
    struct buf route_host;
    struct edge_worker *route_worker;
};

void connection_accept(void *listener, struct stream *stream);
/* The response is out: on to the next request, or the end. */
void connection_request_done(struct connection *c, bool close);
/* Cuts it: what was sent must not look complete. */
void connection_abort(struct connection *c);
void connection_write(struct connection *c, const struct span *parts, size_t count);
/* Bytes of a response that may be written now. */
size_t connection_room(const struct connection *c);
/* Begins a body whose source is this connection. */
struct body *connection_body(struct connection *c, uint64_t length);
/* The protocol changes: a body of all bytes that come from now on, until the client has finished sending. The response is written
 * by the caller; connection_request_done() with `close` follows it. */
struct body *connection_tunnel(struct connection *c);
/* Passes on what has come already. */
void connection_tunnel_start(struct connection *c);
/* No request under way and none expected. */
bool connection_idle(const struct connection *c);
void connection_close_idle(struct connection *c);
/* edge_free(): at once. */
void connection_kill(struct connection *c);

extern const struct stream_events connection_events;
/* Timeouts of edge->*_timeout. */
void connection_read_due(void *edge, struct deadline *d);
void connection_write_due(void *edge, struct deadline *d);

#endif
