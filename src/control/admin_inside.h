/* What admin.c (connections) and admin_routes.c (what is asked and answered) share. */
#ifndef CONTROL_ADMIN_INSIDE_H
#define CONTROL_ADMIN_INSIDE_H

#include "base/arena.h"
#include "base/list.h"
#include "control/admin.h"
#include "http/h1.h"
#include "loop/deadline.h"
#include "loop/tcp.h"

/* One connection, which is one request. */
struct admin_conn {
    struct list node;
    struct admin *admin;
    struct stream *stream;
    struct h1 h1;
    struct arena arena; /* what is kept of the head */
    enum http_method method;
    struct span path, query;
    int refused;     /* a status, when the head is enough to say no */
    const char *why; /* and a sentence */
    int minor;
    bool head_read, answered, finishing;
    struct admin_reply *reply; /* owed by the host */
    /* The body of the answer: what `out` has, then what the source gives. */
    struct buf out;
    struct buf text;
    size_t text_at;
    struct metrics_shot *shot;
    int fd; /* -1: none */
    uint64_t fd_at, fd_end;
    bool chunked;
    struct deadline due;
    struct deferred more;
};

struct admin {
    struct admin_config config;
    char *token; /* NULL: none */
    size_t token_len;
    struct tcp_listener *listener;
    struct h1_limits limits;
    struct list conns;
    size_t count;
    struct deadline_queue *arriving, *sending;
};

struct admin_reply {
    struct admin_conn *conn; /* NULL: nobody listens any more */
};

/* admin.c: begins an answer. `length` H1_LENGTH_UNKNOWN: in chunks. Then the sources in conn are sent. */
void admin_answer(struct admin_conn *c, int status, const char *content_type, const char *file_name,
                  uint64_t length);
void admin_say(struct admin_conn *c, int status, const char *text);

/* admin_routes.c */
/* The head is there: keeps what is needed of it, or sets c->refused. */
void admin_take_head(struct admin_conn *c, const struct h1_head *head);
/* The request is complete: answers, now or later. */
void admin_route(struct admin_conn *c);

#endif
