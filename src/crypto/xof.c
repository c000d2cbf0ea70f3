/* cSHAKE and KMAC. OpenSSL has no cSHAKE, but the sponge that its KMAC is made of (KECCAK-KMAC: Keccak with cSHAKE's
 * padding), to which the prefix is given here. */
#include "crypto/xof.h"

#include <openssl/core_names.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/evp.h"

/* left_encode() of NIST SP 800-185 section 2.3.1: how many bytes the number has, then the number. */
static void left_encode(struct buf *to, uint64_t n) {
    unsigned bytes = 1;
    while (bytes < 8 && n >> (8 * bytes)) bytes++;
    buf_add_char(to, (char)bytes);
    while (bytes--) buf_add_char(to, (char)(n >> (8 * bytes)));
}
static void encode_string(struct buf *to, struct span s) {
    left_encode(to, (uint64_t)s.len * 8);
    buf_add(to, s);
}

/* bytepad(encode_string(N) || encode_string(S), rate) */
static void prefix(struct buf *to, struct span function, struct span customization, size_t rate) {
    left_encode(to, rate);
    encode_string(to, function);
    encode_string(to, customization);
    while (to->len % rate) buf_add_char(to, 0);
}

enum err crypto_cshake(unsigned bits, struct span function, struct span customization, struct span data,
                       size_t out_bytes, struct buf *to) {
    check(bits == 128 || bits == 256);
    if (out_bytes > LIMIT_CRYPTO_XOF_BYTES) return ERR_INVALID;
    bool plain = !function.len && !customization.len;
    EVP_MD *md = EVP_MD_fetch(NULL,
                              plain ? (bits == 128 ? "SHAKE128" : "SHAKE256")
                                    : (bits == 128 ? "KECCAK-KMAC-128" : "KECCAK-KMAC-256"),
                              NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    struct buf head = BUF_INIT;
    check(md && ctx);
    if (!plain) prefix(&head, function, customization, bits == 128 ? 168 : 136);
    bool ok = EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, head.ptr, head.len) == 1 &&
              EVP_DigestUpdate(ctx, evp_bytes(data), data.len) == 1;
    if (ok && out_bytes) { /* the library calls no bytes an error */
        ok = EVP_DigestFinalXOF(ctx, (unsigned char *)buf_reserve(to, out_bytes), out_bytes) == 1;
        if (ok) buf_added(to, out_bytes);
    }
    buf_free(&head);
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
    return evp_done(ok, ERR_INTERNAL);
}

/* right_encode(): the number, then how many bytes it has. */
static void right_encode(struct buf *to, uint64_t n) {
    unsigned bytes = 1;
    while (bytes < 8 && n >> (8 * bytes)) bytes++;
    for (unsigned i = bytes; i--;) buf_add_char(to, (char)(n >> (8 * i)));
    buf_add_char(to, (char)bytes);
}

/* KMAC is cSHAKE over the key, padded to the rate, the data, and the length of the output. Keys of any length. */
enum err evp_kmac(unsigned bits, struct span key, struct span customization, struct span data,
                  size_t out_bytes, struct buf *to) {
    size_t rate = bits == 128 ? 168 : 136;
    struct buf all = BUF_INIT;
    left_encode(&all, rate);
    encode_string(&all, key);
    while (all.len % rate) buf_add_char(&all, 0);
    buf_add(&all, data);
    right_encode(&all, (uint64_t)out_bytes * 8);
    enum err e = crypto_cshake(bits, SPAN("KMAC"), customization, buf_span(&all), out_bytes, to);
    OPENSSL_cleanse(all.ptr, all.len);
    buf_free(&all);
    return e;
}
