/* What the transports of a link share; private to link*.c. */
#ifndef LINK_INSIDE_H
#define LINK_INSIDE_H

#include "base/buf.h"
#include "link/frame.h"
#include "loop/stream.h"

struct link {
    struct loop *loop;
    const struct link_events *events; /* NULL before link_start() */
    void *arg;

    struct buf out;        /* complete messages, then the one that is being written */
    bool building;         /* between link_begin() and link_commit() */
    struct frame_header h; /* of that one */
    size_t payload_max;
    struct deferred flush; /* hands `out` to the transport */

    enum err down; /* ERR_OK while up */
    const char *down_reason;
    struct deferred down_event;
    bool told; /* on_down was called */

    bool closed;           /* by its owner */
    struct deferred ended; /* frees it, outside all callbacks */

    /* Memory transport: `peer` is the other end, NULL when that has ended. */
    struct link *peer;
    struct buf in;          /* the peer's former `out`, read in place */
    struct deferred arrive; /* reads what came before link_start() */

    /* Bridge transport (uses `in` and `arrive` too). */
    struct bridge_side *bridge;

    /* Descriptor transport, when `stream` is not NULL. rx[rx_from, rx_to) is received and not yet parsed. */
    struct stream *stream;
    char *rx;
    size_t rx_cap, rx_from, rx_to;
};

struct link *link_new(struct loop *loop, void (*flush)(void *arg));
/* Nothing is sent or received any more; the owner hears of it from the loop. */
void link_go_down(struct link *l, enum err why, const char *reason);
/* Delivers the complete messages at the front of `bytes`, then on_batch; returns how many bytes they took. Takes the link
 * down when one is malformed. *ret_wanted is the size of the incomplete message behind them. */
size_t link_deliver(struct link *l, struct span bytes, size_t *ret_wanted);

void link_memory_ended(struct link *l);

void link_bridge_ended(struct link *l);
size_t link_bridge_waiting(const struct link *l); /* bytes that the other side has not taken */

void link_fd_flush(void *arg);
void link_fd_start(struct link *l);
void link_fd_close(struct link *l);

#endif
