/* For the tests of this room: an edge on loopback, a scripted worker at the other end of its link, raw clients, and
 * an origin, all on one loop in one thread. */
#ifndef EDGE_TEST_WORLD_H
#define EDGE_TEST_WORLD_H

#include "edge/inside.h"
#include "link/head.h"
#include "link/messages.h"
#include "loop/tcp.h"

struct world;

/* What the worker got, in order. Spans live in the world's arena. */
struct heard {
    uint8_t type, flags;
    uint64_t stream;
    struct span payload;
    struct head head; /* of REQUEST and FETCH_HEAD */
    struct span rest; /* what follows it: an inline body */
};

struct world {
    struct loop *loop;
    struct edge *edge;
    struct edge_config config;
    struct link *worker; /* the worker's end; NULL when closed */
    struct arena arena;
    struct timer *tick;
    struct heard heard[4096];
    size_t heard_count, heard_read;
    /* Called for every message, after it was recorded; may be NULL. */
    void (*script)(struct world *w, const struct heard *m);
    void *user;
    unsigned prepares, link_downs;
    struct edge_request_log last_log;
    unsigned logs;
    bool drained;
    /* the origin */
    struct tcp_listener *origin;
    uint16_t origin_port;
    void (*origin_script)(struct world *w, struct stream *conn, struct span request);
    struct buf origin_got;
};

/* `ready` false: the Worker (number 1, account 1, default) must be prepared; there is no link yet. */
struct world *world_new(const struct edge_config *config, const char *origin, bool ready);
void world_free(struct world *w);
void world_link_up(struct world *w);
/* Turns the loop until `done` says so; fails the test after 10 s. */
void world_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg);
void world_turn(struct world *w, unsigned ms);

/* The next message of that type (skipping others); waits for it. */
const struct heard *world_hear(struct world *w, enum message_type type);
/* Whether one has come so far. */
bool world_heard(struct world *w, enum message_type type);
void world_send(struct world *w, enum message_type type, uint8_t flags, uint64_t stream, const void *bytes,
                size_t len);
void world_send_head(struct world *w, enum message_type type, uint8_t flags, uint64_t stream,
                     const struct head *head, struct span rest);
/* RESPONSE with these fields ("a: b\r\n..." form) and an inline body, then DONE. */
void world_respond(struct world *w, uint64_t stream, int status, const char *fields, struct span body);
void world_done(struct world *w, uint64_t stream);
void world_credit(struct world *w, uint64_t stream, uint64_t bytes);
void world_fetch(struct world *w, uint64_t stream, const char *method, const char *url, const char *fields,
                 uint8_t flags, uint16_t head_flags, struct span rest);
/* A field of a recorded head, or ptr NULL. */
struct span heard_field(const struct heard *h, const char *name);

/* A client: a raw, non-blocking socket. */
struct client {
    int fd;
    struct buf got;
    bool closed, reset;
};
struct client client_open(struct world *w);
void client_send(struct world *w, struct client *c, struct span bytes);
/* Reads what is there; true when `text` is in what was got so far. */
void client_expect(struct world *w, struct client *c, const char *text);
void client_expect_closed(struct world *w, struct client *c);
void client_read(struct client *c, size_t most);
void client_close(struct client *c);
/* Sends a request and gives all that came back until the connection closed. */
struct span ask(struct world *w, const char *request);

#endif
