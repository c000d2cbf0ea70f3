/* A link: a full-duplex, ordered stream of messages between two processes, or between two rooms in one
 * process. Loop's thread; the two ends of an fd link may live on different loops.
 *
 * On the wire (native byte order: both ends are the same program on the same machine):
 *     u32 payload_bytes; u8 type; u8 flags; u16 reserved (0); u64 stream;   then the payload.
 * Each message begins at a multiple of 8 in memory: a payload can be read in place as a struct of aligned
 * numbers. For that the payload is followed by 0..7 bytes of zero padding on the wire, not counted in
 * payload_bytes.
 *
 * Sending only appends to a buffer. At the end of the loop's iteration (loop_defer) everything written leaves
 * in one write (fd), or is read by the peer in place (memory, bridge). In memory both directions go on within the
 * same iteration until quiet; a bridge wakes the other loop once for all that waits. Receiving: on_message for each, then
 * on_batch once. All transports behave the same.
 *
 * A peer is not trusted. A header that breaks the rules (payload above LIMIT_LINK_MESSAGE_BYTES, type not
 * below type_count, reserved not 0) takes the link down. So does a peer that lets more than
 * LIMIT_LINK_QUEUE_BYTES pile up here; link_room() is false long before that, and who starts new work asks it
 * first and sheds. When a link is down, sends are dropped silently and on_down has been or will be called:
 * once, from the loop. */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "loop/loop.h"

struct link;

enum { LINK_HEADER_BYTES = 16 };

struct message {
    uint8_t type, flags;
    uint64_t stream;
    struct span payload; /* valid during the call; starts 8-byte aligned */
};

/* Must outlive the link; usually static const. */
struct link_events {
    unsigned type_count; /* 1..256: types 0..type_count-1 are known */
    void (*on_message)(void *arg, const struct message *m);
    void (*on_batch)(void *arg); /* may be NULL */
    /* ERR_CLOSED: the peer closed or died. ERR_PROTOCOL, ERR_OVERLOAD: see `reason`, a sentence for the log
     * (static). The owner still calls link_close(), here or later. All complete messages that came before
     * were delivered. */
    void (*on_down)(void *arg, enum err why, const char *reason);
};

/* Two ends in one process, on one loop. */
void link_pair(struct loop *loop, struct link **ret_a, struct link **ret_b);
/* Two ends in one process, each on a loop of its own: from here on an end belongs to its loop's thread. Whoever makes them
 * hands one over (loop_post()). */
void link_bridge(struct loop *loop_a, struct loop *loop_b, struct link **ret_a, struct link **ret_b);
/* One end over a Unix stream socket (channel_socketpair()). Owns fd, also when it fails. */
MUST_USE enum err link_open(struct loop *loop, int fd, struct link **ret_link);
/* Nothing is received before this. Sending may begin earlier. Called again, it hands the link to another
 * owner. */
void link_start(struct link *l, const struct link_events *events, void *arg);
/* Inside any callback too. What was sent before is still delivered (memory), or offered to the kernel once
 * (fd). No callback follows here; the peer gets on_down(ERR_CLOSED). */
void link_close(struct link *l);

/* Begins a message and returns where to write up to payload_max bytes of its payload, 8-byte aligned. Only
 * link_commit() or link_abandon() may follow on this link. payload_max <= LIMIT_LINK_MESSAGE_BYTES. Never
 * NULL, also when the link is down. */
char *link_begin(struct link *l, uint8_t type, uint8_t flags, uint64_t stream, size_t payload_max);
void link_commit(struct link *l, size_t payload_bytes);
void link_abandon(struct link *l);
/* A whole message whose payload is the parts, joined. */
void link_send(struct link *l, uint8_t type, uint8_t flags, uint64_t stream, const struct span *parts,
               size_t count);

/* Sent, not yet delivered (memory) or not yet taken by the kernel (fd). */
size_t link_queued_bytes(const struct link *l);
/* Room for new work: up, and less than a quarter of LIMIT_LINK_QUEUE_BYTES queued. */
bool link_room(const struct link *l);
bool link_up(const struct link *l);
void *link_arg(const struct link *l);

#endif
