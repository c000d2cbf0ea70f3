/* TLS as a client (1.2 and 1.3), sans I/O: bytes of the wire in and out, plain bytes in and out. What sockets use that no
 * library drives: connect(), WebSockets. Certificates are verified, the name too; there is no way to turn that off.
 *
 *     tls_feed() what came from the peer -> tls_run() -> tls_out() is to be sent -> plain bytes
 *     tls_write() plain bytes, once it is open -> tls_out()
 *
 * A `struct tls_trust` is the authorities that are believed; any thread, it is counted by its sessions. One session belongs
 * to one thread. */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include "base/buf.h"
#include "base/err.h"

struct tls_trust;
struct tls;

/* `ca_file` in PEM; NULL: the system's authorities. ERR_NOT_FOUND: it can't be read. */
MUST_USE enum err tls_trust_new(const char *ca_file, struct tls_trust **ret);
void tls_trust_free(struct tls_trust *t); /* NULL is fine; sessions keep what they need */

/* `host`: what the certificate must be for, a name (sent as SNI) or an IP address. `alpn`: one protocol to ask for
 * ("http/1.1"); empty: none. ERR_INVALID: not a host. */
MUST_USE enum err tls_new(struct tls_trust *trust, struct span host, struct span alpn, struct tls **ret);
void tls_free(struct tls *t); /* NULL is fine */

void tls_feed(struct tls *t, struct span wire);
/* Goes on with the handshake, then decrypts: appends at most `max` plain bytes. Call it again while it gives some.
 * ERR_TLS: it has failed; tls_fault() says why. */
MUST_USE enum err tls_run(struct tls *t, struct buf *plain, size_t max);
bool tls_is_open(const struct tls *t);  /* the handshake is over */
bool tls_is_ended(const struct tls *t); /* the peer has said that nothing follows */
/* Only when open. */
void tls_write(struct tls *t, struct span plain);
/* Tells the peer that nothing follows. */
void tls_end(struct tls *t);
/* Takes what is to be sent now. */
void tls_out(struct tls *t, struct buf *wire);
const char *tls_fault(const struct tls *t);

#endif
