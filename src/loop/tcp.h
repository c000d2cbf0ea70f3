/* TCP: listening sockets and connections. A connection is a struct stream (loop/stream.h); what is special to
 * TCP is here. Addresses are literal IPv4 or IPv6; "localhost" is 127.0.0.1, "" and "*" are all addresses (::
 * with IPv4 too, or 0.0.0.0 where the machine has no IPv6). Names are not resolved.
 *
 * Binding and accepting are apart, so that a parent can bind and its children accept: tcp_bind() makes a
 * listening descriptor without any loop, a listener accepts from one on a loop. Several threads or processes
 * may share the port in two ways: listeners over duplicates of one descriptor (whoever wakes first accepts;
 * load is uneven), or several binds with reuse_port (the kernel spreads connections evenly; closing one
 * descriptor resets what waits in its backlog). Loop's thread, but tcp_bind(): any. */
#ifndef LOOP_TCP_H
#define LOOP_TCP_H

#include "loop/stream.h"

struct tcp_listener;

struct tcp_bind_options {
    int backlog; /* 0: 4096 */
    bool
        reuse_port; /* SO_REUSEPORT: mind that another program of the same user may then share it unnoticed */
};

/* Makes a bound, listening, non-blocking, close-on-exec socket that the caller owns. `options` may be NULL.
 * Port 0: the kernel chooses. ERR_IN_USE, ERR_PERMISSION, ERR_INVALID (address) with a problem that names
 * address and port. */
MUST_USE enum err tcp_bind(struct span host, uint16_t port, const struct tcp_bind_options *options,
                           int *ret_fd, struct problem *p);
/* The port a socket is bound to; 0 when it is none. */
uint16_t tcp_bound_port(int fd);

/* Accepts on `fd`, which it owns from then on (also when it fails). `on_accept` must stream_start() or
 * stream_close() each connection; TCP_NODELAY is set already. */
MUST_USE enum err tcp_listener_open(struct loop *loop, int fd,
                                    void (*on_accept)(void *arg, struct stream *conn), void *arg,
                                    struct tcp_listener **ret_listener, struct problem *p);
/* Stops accepting for a while (too many connections): newcomers wait in the backlog. */
void tcp_listener_pause(struct tcp_listener *l);
void tcp_listener_resume(struct tcp_listener *l);
uint16_t tcp_listener_port(const struct tcp_listener *l);
int tcp_listener_fd(const struct tcp_listener *l); /* still the listener's */
void tcp_listener_close(struct tcp_listener *l);

/* Begins to connect; stream_start() must follow in the same callback. Then on_open, or on_end(ERR_REFUSED,
 * ERR_TIMEOUT, ...). Writes before on_open are queued. */
MUST_USE enum err tcp_connect(struct loop *loop, struct span host, uint16_t port, struct stream **ret_stream,
                              struct problem *p);

enum { TCP_ADDRESS_BYTES = 46 };
struct tcp_address {
    char host[TCP_ADDRESS_BYTES]; /* literal; an IPv4 client of an IPv6 socket is shown as IPv4 */
    uint16_t port;
};
/* False when the peer is gone already. One system call. */
bool tcp_peer(const struct stream *s, struct tcp_address *ret_address);
bool tcp_local(const struct stream *s, struct tcp_address *ret_address);
/* Smoothed round-trip time as the kernel sees it (TCP_INFO), microseconds; 0 when unknown. One system call.
 */
uint32_t tcp_rtt_us(const struct stream *s);
void tcp_set_nodelay(struct stream *s, bool on);
void tcp_set_keepalive(struct stream *s, unsigned idle_s); /* 0: off */
/* The next close sends RST instead of FIN (a response cut short must not look complete). */
void tcp_set_reset_on_close(struct stream *s);

#endif
