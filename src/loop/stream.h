/* A stream of bytes in both directions: a TCP connection (loop/tcp.h) or one end of a socket pair or pipe
 * (loop/channel.h). What works on both is here. Loop's thread only.
 *
 * Reading. on_read gets bytes in the loop's shared 64 KB buffer: they are valid during the call only, so
 * parse them at once or copy. stream_pause() stops on_read; the kernel's buffers fill and the peer is slowed
 * (backpressure).
 *
 * Writing. stream_write() copies small writes (up to STREAM_CORK_BYTES) into a pooled buffer, and all written
 * in one iteration leaves in one write at its end. Larger writes go to the kernel at once, together with what
 * was waiting (writev). What the kernel does not take is copied, and sent when the socket is writable. Writes
 * cannot fail where they stand: when the peer is gone, or more than LIMIT_STREAM_QUEUE_BYTES would wait, the
 * stream is broken, on_end says so from the loop, and later writes are dropped. Who writes bodies watches
 * stream_queued_bytes() and waits for on_drain.
 *
 * Ending. on_end(ERR_OK): the peer has finished sending; writing still works. on_end(other): the stream is
 * broken, nothing more can be sent or received. Either way the owner must still call stream_close() sometime.
 * on_end comes at most twice (ERR_OK, then broken). While reading is paused the end is noticed only by
 * writing. */
#ifndef LOOP_STREAM_H
#define LOOP_STREAM_H

#include "loop/loop.h"

struct stream;

enum { STREAM_CORK_BYTES = 16 * 1024, STREAM_READ_BYTES = 64 * 1024 };

/* Any may be NULL. The table must outlive the stream; usually it is static const. */
struct stream_events {
    void (*on_open)(void *arg); /* an outgoing connection is established (tcp_connect) */
    void (*on_read)(void *arg, struct span bytes);
    void (*on_end)(void *arg, enum err why);
    void (*on_drain)(void *arg); /* the queue has fallen to the low-water mark after having been above it */
    void (*on_closed)(
        void *arg); /* after stream_close(): last callback; the stream is gone when it returns */
    /* Reads into the owner's memory instead of the shared buffer: sets where, and how much fits (not 0). Not
     * called inside another callback of this stream. on_read then gets a span that starts there. */
    void (*on_buffer)(void *arg, char **ret_ptr, size_t *ret_cap);
};

/* Says who gets the callbacks and starts reading. Called once when the stream is new, and again to hand the
 * stream to another owner (a protocol upgrade). Does not undo stream_pause(). */
void stream_start(struct stream *s, const struct stream_events *events, void *arg);
void *stream_arg(const struct stream *s);
struct loop *stream_loop(const struct stream *s);

/* Cheap: a pause that is undone before more bytes arrive costs no system call. */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);

/* Sends all parts, in order. The bytes are the caller's again when it returns. Never calls back. */
void stream_write(struct stream *s, const struct span *parts, size_t count);
/* The same without the pooled buffer: for who has batched already (link/). */
void stream_write_now(struct stream *s, const struct span *parts, size_t count);
/* Sends what waits in the pooled buffer now rather than at the end of the iteration. */
void stream_flush(struct stream *s);
/* Accepted by stream_write() but not yet by the kernel. */
size_t stream_queued_bytes(const struct stream *s);
/* Given to the kernel since the beginning; a slow reader's progress is seen in it. */
uint64_t stream_sent_bytes(const struct stream *s);
uint64_t stream_received_bytes(const struct stream *s);
void stream_set_low_water(struct stream *s, size_t bytes);   /* default 64 KB */
void stream_set_queue_limit(struct stream *s, size_t bytes); /* default LIMIT_STREAM_QUEUE_BYTES */

/* Sends all that is queued, then the end of the stream (FIN). Later writes are dropped. */
void stream_shutdown(struct stream *s);
/* Closes: offers what is queued to the kernel once, discards the rest. on_closed follows. */
void stream_close(struct stream *s);
/* Closes politely: sends all that is queued and FIN, then reads and discards until the peer closes, so that
 * an early error response is not lost to a reset (RFC 9112 section 9.6). Bounded by LIMIT_LINGER_MS and
 * LIMIT_LINGER_BYTES. No callback but on_closed follows. */
void stream_close_lingering(struct stream *s);
/* False once broken, shut down or closing: writes would be dropped. */
bool stream_writable(const struct stream *s);

#endif
