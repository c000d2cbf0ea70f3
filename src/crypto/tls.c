#include "crypto/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/check.h"
#include "base/mem.h"

enum { HOST_BYTES = 256, ALPN_BYTES = 32, PIECE_BYTES = 16 * 1024 };

struct tls_trust {
    SSL_CTX *ctx;
};

struct tls {
    SSL *ssl;
    BIO *in, *out; /* the SSL's */
    bool open, ended;
    const char *fault;
};

enum err tls_trust_new(const char *ca_file, struct tls_trust **ret) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    check(ctx != NULL);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
    int good =
        ca_file ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL) : SSL_CTX_set_default_verify_paths(ctx);
    ERR_clear_error();
    if (!good) {
        SSL_CTX_free(ctx);
        return ERR_NOT_FOUND;
    }
    struct tls_trust *t = NEW(struct tls_trust);
    t->ctx = ctx;
    *ret = t;
    return ERR_OK;
}

void tls_trust_free(struct tls_trust *t) {
    if (!t) return;
    SSL_CTX_free(t->ctx);
    mem_free(t);
}

/* The name that the certificate must have. */
static bool set_host(SSL *ssl, struct span host) {
    char name[HOST_BYTES];
    if (!host.len || host.len >= sizeof name || span_index(host, '\0') < host.len) return false;
    memcpy(name, host.ptr, host.len);
    name[host.len] = 0;
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name)) return true;
    ERR_clear_error();
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

static bool set_alpn(SSL *ssl, struct span alpn) {
    unsigned char list[ALPN_BYTES + 1];
    if (!alpn.len) return true;
    if (alpn.len > ALPN_BYTES) return false;
    list[0] = (unsigned char)alpn.len;
    memcpy(list + 1, alpn.ptr, alpn.len);
    return SSL_set_alpn_protos(ssl, list, (unsigned)alpn.len + 1) == 0;
}

enum err tls_new(struct tls_trust *trust, struct span host, struct span alpn, struct tls **ret) {
    SSL *ssl = SSL_new(trust->ctx);
    check(ssl != NULL);
    if (!set_host(ssl, host) || !set_alpn(ssl, alpn)) {
        SSL_free(ssl);
        ERR_clear_error();
        return ERR_INVALID;
    }
    struct tls *t = NEW(struct tls);
    t->ssl = ssl;
    check((t->in = BIO_new(BIO_s_mem())) && (t->out = BIO_new(BIO_s_mem())));
    BIO_set_mem_eof_return(t->in, -1);
    SSL_set_bio(ssl, t->in, t->out);
    SSL_set_connect_state(ssl);
    *ret = t;
    return ERR_OK;
}

void tls_free(struct tls *t) {
    if (!t) return;
    SSL_free(t->ssl);
    mem_free(t);
}

void tls_feed(struct tls *t, struct span wire) {
    while (wire.len) {
        int n = BIO_write(t->in, wire.ptr, wire.len < 1 << 20 ? (int)wire.len : 1 << 20);
        check(n > 0);
        wire = span_from(wire, (size_t)n);
    }
}

/* Of a call that gave `n`: wants more input, the peer has ended, or failed. */
static enum err judge(struct tls *t, int n) {
    int why = SSL_get_error(t->ssl, n);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return ERR_OK;
    if (why == SSL_ERROR_ZERO_RETURN) {
        t->ended = true;
        return ERR_OK;
    }
    long verified = SSL_get_verify_result(t->ssl);
    unsigned long code = ERR_peek_error();
    t->fault = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
               : code                ? ERR_reason_error_string(code)
                                     : "the connection was cut";
    if (!t->fault) t->fault = "the peer broke the protocol";
    ERR_clear_error();
    return ERR_TLS;
}

static enum err shake_hands(struct tls *t) {
    ERR_clear_error();
    int n = SSL_do_handshake(t->ssl);
    if (n != 1) return judge(t, n);
    t->open = true;
    return ERR_OK;
}

enum err tls_run(struct tls *t, struct buf *plain, size_t max) {
    if (t->fault) return ERR_TLS;
    if (!t->open) {
        enum err e = shake_hands(t);
        if (e || !t->open) return e;
    }
    while (max && !t->ended) {
        size_t room = max < PIECE_BYTES ? max : PIECE_BYTES;
        ERR_clear_error();
        int n = SSL_read(t->ssl, buf_reserve(plain, room), (int)room);
        if (n <= 0) return judge(t, n);
        buf_added(plain, (size_t)n);
        max -= (size_t)n;
    }
    return ERR_OK;
}

bool tls_is_open(const struct tls *t) { return t->open; }
bool tls_is_ended(const struct tls *t) { return t->ended; }
const char *tls_fault(const struct tls *t) { return t->fault; }

void tls_write(struct tls *t, struct span plain) {
    check(t->open);
    while (plain.len && !t->fault) {
        ERR_clear_error();
        int n = SSL_write(t->ssl, plain.ptr, plain.len < 1 << 20 ? (int)plain.len : 1 << 20);
        if (n <= 0) { /* memory takes all; only a session that is broken does not */
            t->fault = "the session is broken";
            return;
        }
        plain = span_from(plain, (size_t)n);
    }
}

void tls_end(struct tls *t) {
    if (!t->open || t->fault) return;
    ERR_clear_error();
    SSL_shutdown(t->ssl);
    ERR_clear_error();
}

void tls_out(struct tls *t, struct buf *wire) {
    char *bytes;
    long len = BIO_get_mem_data(t->out, &bytes);
    if (len <= 0) return;
    buf_add(wire, span_make(bytes, (size_t)len));
    check(BIO_reset(t->out) == 1);
}
