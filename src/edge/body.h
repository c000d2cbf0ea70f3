/* A body on its way: one source, one sink, and what has arrived but is not taken yet. Every stream of bytes in
 * the edge is one of these, whatever its ends are: a client's socket, a Worker, an origin, the cache. So
 * backpressure and splicing are written once.
 *
 * The source pushes. When body_push() says false it stops until resume(); what it had pushed is kept, so at
 * most LIMIT_EDGE_AHEAD_BYTES and one piece wait here. The sink takes as much as its room() says, and calls
 * body_pull() when there is room again. Without a sink the body waits.
 *
 * Lives until both ends have let go: the source with body_end(), the sink by receiving end() or with
 * body_stop(). After that an end gets no callback and must forget the pointer. body_attach(), body_pull(),
 * body_push() and body_end() may call the other end before they return, also with its end(); so after them
 * the caller of attach and pull must look again whether it still has a body. Loop's thread. */
#ifndef EDGE_BODY_H
#define EDGE_BODY_H

#include "base/err.h"

struct body;

#define BODY_LENGTH_UNKNOWN UINT64_MAX

struct body_source {                        /* any may be NULL */
    void (*resume)(void *arg);              /* after body_push() said false: push again */
    void (*taken)(void *arg, size_t bytes); /* the sink took them */
    void (*stop)(void *arg); /* nobody wants the rest; body_end() need not be called any more */
};
struct body_sink {
    size_t (*room)(void *arg);                  /* bytes that it takes now */
    void (*take)(void *arg, struct span bytes); /* not more than room() said; valid during the call */
    void (*end)(void *arg, enum err why);       /* ERR_OK: complete. The sink has let go with it. */
};

/* `length` is what the source promises, or BODY_LENGTH_UNKNOWN. */
struct body *body_new(const struct body_source *source, void *arg, uint64_t length);
/* For the source. */
MUST_USE bool body_push(struct body *b, struct span bytes);
void body_end(struct body *b, enum err why);
/* For the sink. */
void body_attach(struct body *b, const struct body_sink *sink, void *arg);
void body_pull(struct body *b);
void body_stop(struct body *b); /* also when no sink was ever attached; NULL is fine */

uint64_t body_length(const struct body *b);
/* Everything has arrived, and nothing has been taken: the whole body, for sending it inline. */
bool body_whole(const struct body *b, struct span *ret);
/* Bytes have arrived that the sink has not taken. */
bool body_waits(const struct body *b);
bool body_attached(const struct body *b);
/* How it ended, as far as the source knows: false while it is under way. */
bool body_ended(const struct body *b, enum err *ret_why);

#endif
