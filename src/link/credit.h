/* Credit: flow control for one direction of one byte stream inside a link (a request body, a response body).
 *
 * The receiver lets the sender run ahead by a window of bytes. The sender subtracts what it sends and stops
 * at zero. The receiver grants more when its own reader has taken half a window, so that grants are few and
 * the pipe does not run dry. A slow client thus slows the Worker, and each stream buffers at most one window.
 * Pure arithmetic; one owner. The peer is not trusted: a sender that exceeds its credit, or a receiver whose
 * grants overflow, broke the protocol. */
#ifndef LINK_CREDIT_H
#define LINK_CREDIT_H

#include "base/err.h"

struct credit_sender {
    uint64_t available_bytes;
};
struct credit_receiver {
    uint64_t window_bytes;
    uint64_t open_bytes;     /* granted and not yet received */
    uint64_t consumed_bytes; /* taken by the reader, not yet granted again */
    bool opened;             /* the whole window has been granted once */
};

/* `start_bytes`: what may be sent before any grant (link/messages.h: 0, or LIMIT_STREAM_WINDOW_BYTES). */
void credit_sender_init(struct credit_sender *s, uint64_t start_bytes);
/* How many of `wanted` bytes may be sent now; subtracts them. */
uint64_t credit_take(struct credit_sender *s, uint64_t wanted);
/* A grant has come. ERR_PROTOCOL when it is 0 or the sum passes 2^62. */
MUST_USE enum err credit_granted(struct credit_sender *s, uint64_t bytes);

/* `start_bytes`: 0 or the window, as the sender's. */
void credit_receiver_init(struct credit_receiver *r, uint64_t window_bytes, uint64_t start_bytes);
/* A reader has come: returns what to grant so that a whole window is open; 0 when that was done before. */
uint64_t credit_open(struct credit_receiver *r);
/* Bytes have come. ERR_PROTOCOL when the sender had no credit for them. */
MUST_USE enum err credit_received(struct credit_receiver *r, uint64_t bytes);
/* The reader has taken bytes that were received. Returns what to grant now: 0, or at least half a window. */
uint64_t credit_consumed(struct credit_receiver *r, uint64_t bytes);

#endif
