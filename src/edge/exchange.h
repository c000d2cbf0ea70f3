/* An exchange: one stream of a link, with its (at most) two bodies and their credit. A request, a fetch and a
 * cache operation each embed one. It is both a sink (a body that goes to the Worker) and a source (a body that
 * comes from it), see edge/body.h and link/messages.h. Loop's thread. */
#ifndef EDGE_EXCHANGE_H
#define EDGE_EXCHANGE_H

#include "base/list.h"
#include "edge/body.h"
#include "edge/encoding.h"
#include "link/credit.h"
#include "link/link.h"

struct peer;
struct exchange;

/* What the owner is told. None may be NULL. */
struct exchange_owner {
    /* Somebody wants the body that waits in x->to_worker, for the first time: the Worker, or who is spliced. */
    void (*wanted)(struct exchange *x);
    /* A message that is not about bodies: RESPONSE, FAILED, DONE. ERR_PROTOCOL: it has no place here. */
    enum err (*message)(struct exchange *x, const struct message *m);
    /* CANCEL came; the body to the Worker is stopped already. */
    void (*cancelled)(struct exchange *x);
    /* A body has ended or gone elsewhere: time to see whether the exchange is over. Not told of bodies that end because the link is
     * down: gone() comes then. */
    void (*quiet)(struct exchange *x);
    /* The link is down. Both bodies are broken already, but a to_worker that nobody has begun to read is left to the owner when it
     * keeps() it; x->peer is NULL. */
    void (*gone)(struct exchange *x);
    bool (*keeps)(struct exchange *x); /* may be NULL: no */
};

struct exchange {
    struct peer *peer; /* NULL once it has no link any more */
    const struct exchange_owner *owner;
    uint64_t stream;
    struct list node; /* in peer->exchanges */
    struct body *to_worker, *from_worker;
    struct credit_sender credit_out;
    struct credit_receiver credit_in;
    bool wanted;                /* credit has come for to_worker */
    bool breaking;              /* its bodies are being ended: the owner knows, or is told by gone() */
    enum content_coding coding; /* of to_worker: the Worker gets it decoded, a splice as it is */
};

/* Joins the peer; the stream id is the caller's business. */
void exchange_open(struct exchange *x, struct peer *peer, const struct exchange_owner *owner,
                   uint64_t stream);
/* Leaves it: what still moves is stopped. Silent: sends nothing, calls no owner. Fine when it never opened. */
void exchange_close(struct exchange *x);
/* A body from the Worker follows: makes it. Its credit begins at LIMIT_STREAM_WINDOW_BYTES. */
struct body *exchange_receive(struct exchange *x, uint64_t length);
/* BODY, BODY_END, BODY_ERROR, CREDIT, CANCEL, or for the owner. */
MUST_USE enum err exchange_message(struct exchange *x, const struct message *m);
/* Takes the body that waits for the Worker away to be connected elsewhere; NULL when there is none or the
 * Worker has begun to read it. The exchange may be over with that, and freed. */
struct body *exchange_splice(struct exchange *x);
/* For peer: the link is down. */
void exchange_link_down(struct exchange *x);

static inline bool exchange_is_quiet(const struct exchange *x) { return !x->to_worker && !x->from_worker; }

#endif
