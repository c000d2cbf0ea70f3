#include "crypto/named.h"

#include <openssl/core_names.h>
#include <pthread.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/evp.h"

enum { NAME_MAX_BYTES = 64, MAC_MAX = EVP_MAX_MD_SIZE };

/* --- Digests and HMACs ---------------------------------------------------------------------------------------- */

struct crypto_hasher {
    EVP_MD_CTX *md; /* one of the two */
    EVP_MAC_CTX *mac;
};

static EVP_MAC *hmac; /* written once, before anyone reads it */
static pthread_once_t hmac_once = PTHREAD_ONCE_INIT;
static void fetch_hmac(void) {
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    check(hmac != NULL);
}

static bool name_of(struct span name, char to[NAME_MAX_BYTES]) {
    if (!name.len || name.len >= NAME_MAX_BYTES || memchr(name.ptr, 0, name.len)) return false;
    memcpy(to, name.ptr, name.len);
    to[name.len] = 0;
    return true;
}

EVP_MD *evp_digest_named(struct span name) {
    char text[NAME_MAX_BYTES];
    if (!name_of(name, text)) return NULL;
    EVP_MD *md = EVP_MD_fetch(NULL, text, NULL);
    if (!md) { /* "RSA-SHA256" and its kin are aliases that fetching does not know */
        const EVP_MD *old = EVP_get_digestbyname(text);
        if (old) md = EVP_MD_fetch(NULL, EVP_MD_get0_name(old), NULL);
    }
    ERR_clear_error();
    return md;
}

enum err crypto_hasher_new(struct span name, struct crypto_hasher **ret_hasher) {
    EVP_MD *md = evp_digest_named(name);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    check(ctx != NULL);
    bool ok = md && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
    EVP_MD_free(md); /* the context has it */
    if (!ok) return EVP_MD_CTX_free(ctx), evp_done(false, ERR_UNSUPPORTED);
    struct crypto_hasher *h = NEW(struct crypto_hasher);
    h->md = ctx;
    *ret_hasher = h;
    return ERR_OK;
}

enum err crypto_hasher_new_hmac(struct span name, struct span key, struct crypto_hasher **ret_hasher) {
    pthread_once(&hmac_once, fetch_hmac);
    EVP_MD *md = evp_digest_named(name);
    if (!md) return ERR_UNSUPPORTED;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)EVP_MD_get0_name(md), 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
    check(ctx != NULL);
    bool ok = EVP_MAC_init(ctx, evp_bytes(key), key.len, params) == 1;
    EVP_MD_free(md);
    if (!ok) return EVP_MAC_CTX_free(ctx), evp_done(false, ERR_UNSUPPORTED);
    struct crypto_hasher *h = NEW(struct crypto_hasher);
    h->mac = ctx;
    *ret_hasher = h;
    return ERR_OK;
}

struct crypto_hasher *crypto_hasher_copy(const struct crypto_hasher *h) {
    if (!h->md) return NULL;
    struct crypto_hasher *copy = NEW(struct crypto_hasher);
    copy->md = EVP_MD_CTX_new();
    check(copy->md && EVP_MD_CTX_copy_ex(copy->md, h->md) == 1);
    return copy;
}

void crypto_hasher_add(struct crypto_hasher *h, struct span data) {
    check((h->md ? EVP_DigestUpdate(h->md, data.ptr, data.len)
                 : EVP_MAC_update(h->mac, evp_bytes(data), data.len)) == 1);
}

static bool finish_digest(EVP_MD_CTX *ctx, size_t out_bytes, struct buf *to) {
    const EVP_MD *md = EVP_MD_CTX_get0_md(ctx);
    size_t own = (size_t)EVP_MD_get_size(md);
    bool sponge = EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF;
    if (out_bytes == SIZE_MAX) out_bytes = own;
    if (out_bytes == 0 && sponge) return true;
    if (out_bytes != own && (!sponge || out_bytes > LIMIT_CRYPTO_XOF_BYTES)) return false;
    unsigned len = 0;
    unsigned char *start = (unsigned char *)buf_reserve(to, out_bytes > own ? out_bytes : own);
    bool ok =
        sponge ? EVP_DigestFinalXOF(ctx, start, out_bytes) == 1 : EVP_DigestFinal_ex(ctx, start, &len) == 1;
    if (ok) buf_added(to, out_bytes);
    return ok;
}

enum err crypto_hasher_finish(struct crypto_hasher *h, size_t out_bytes, struct buf *to) {
    if (h->md) return evp_done(finish_digest(h->md, out_bytes, to), ERR_INVALID);
    size_t len = 0;
    check(EVP_MAC_final(h->mac, (unsigned char *)buf_reserve(to, MAC_MAX), &len, MAC_MAX) == 1);
    buf_added(to, len);
    return ERR_OK;
}

void crypto_hasher_free(struct crypto_hasher *h) {
    if (!h) return;
    EVP_MD_CTX_free(h->md);
    EVP_MAC_CTX_free(h->mac);
    mem_free(h);
}

/* --- Ciphers --------------------------------------------------------------------------------------------------- */

struct crypto_flow {
    EVP_CIPHER_CTX *ctx;
    bool encrypt, authenticated, ccm, expects, finished;
    size_t tag_bytes;
};

static const char *mode_of(const EVP_CIPHER *cipher) {
    switch (EVP_CIPHER_get_mode(cipher)) {
    case EVP_CIPH_ECB_MODE: return "ecb";
    case EVP_CIPH_CBC_MODE: return "cbc";
    case EVP_CIPH_CFB_MODE: return "cfb";
    case EVP_CIPH_OFB_MODE: return "ofb";
    case EVP_CIPH_CTR_MODE: return "ctr";
    case EVP_CIPH_GCM_MODE: return "gcm";
    case EVP_CIPH_OCB_MODE: return "ocb";
    case EVP_CIPH_WRAP_MODE: return "wrap";
    case EVP_CIPH_STREAM_CIPHER: return "stream";
    default: return NULL; /* CCM wants to know lengths before, XTS is for disks */
    }
}

static EVP_CIPHER *cipher_named(struct span name) {
    char text[NAME_MAX_BYTES];
    if (!name_of(name, text)) return NULL;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, text, NULL);
    if (!cipher) { /* "id-aes256-GCM", "aes256" */
        const EVP_CIPHER *old = EVP_get_cipherbyname(text);
        if (old) cipher = EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(old), NULL);
    }
    ERR_clear_error();
    if (cipher && mode_of(cipher)) return cipher;
    EVP_CIPHER_free(cipher);
    return NULL;
}

static bool is_authenticated(const EVP_CIPHER *cipher) {
    return EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER;
}

static bool iv_fits(const EVP_CIPHER *cipher, size_t len) {
    size_t own = (size_t)EVP_CIPHER_get_iv_length(cipher);
    if (!is_authenticated(cipher)) return len == own;
    if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE) return len && len <= 128; /* the library's limit */
    return EVP_CIPHER_get_mode(cipher) == EVP_CIPH_OCB_MODE ? len && len <= 15 : len && len <= 12;
}

enum err crypto_cipher_of(struct span name, size_t key_bytes, size_t iv_bytes,
                          struct crypto_named_cipher *ret_cipher) {
    EVP_CIPHER *cipher = cipher_named(name);
    if (!cipher) return ERR_UNSUPPORTED;
    struct crypto_named_cipher c = {.mode = mode_of(cipher),
                                    .nid = EVP_CIPHER_get_nid(cipher),
                                    .key_bytes = (size_t)EVP_CIPHER_get_key_length(cipher),
                                    .iv_bytes = (size_t)EVP_CIPHER_get_iv_length(cipher),
                                    .block_bytes = (size_t)EVP_CIPHER_get_block_size(cipher),
                                    .authenticated = is_authenticated(cipher)};
    const char *text = EVP_CIPHER_get0_name(cipher);
    for (size_t i = 0; text[i] && i + 1 < sizeof c.name; i++) c.name[i] = ascii_lower(text[i]);
    bool fits = (key_bytes == SIZE_MAX || key_bytes == c.key_bytes) &&
                (iv_bytes == SIZE_MAX || iv_fits(cipher, iv_bytes));
    if (fits && iv_bytes != SIZE_MAX) c.iv_bytes = iv_bytes;
    EVP_CIPHER_free(cipher);
    if (!fits) return ERR_INVALID;
    *ret_cipher = c;
    return ERR_OK;
}

static bool tag_fits(size_t len) { return len == 4 || len == 8 || (len >= 12 && len <= 16); }

static bool flow_begin(struct crypto_flow *f, const EVP_CIPHER *cipher, struct span key, struct span iv) {
    int mode = EVP_CIPHER_get_mode(cipher);
    if (mode == EVP_CIPH_WRAP_MODE) EVP_CIPHER_CTX_set_flags(f->ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (EVP_CipherInit_ex(f->ctx, cipher, NULL, NULL, NULL, f->encrypt) != 1) return false;
    if (f->authenticated && EVP_CIPHER_CTX_ctrl(f->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv.len, NULL) != 1)
        return false;
    if (mode == EVP_CIPH_OCB_MODE &&
        EVP_CIPHER_CTX_ctrl(f->ctx, EVP_CTRL_AEAD_SET_TAG, (int)f->tag_bytes, NULL) != 1)
        return false;
    return EVP_CipherInit_ex(f->ctx, NULL, NULL, evp_bytes(key), iv.len ? evp_bytes(iv) : NULL, f->encrypt) ==
           1;
}

enum err crypto_flow_new(struct span name, bool encrypt, struct span key, struct span iv, size_t tag_bytes,
                         struct crypto_flow **ret_flow) {
    EVP_CIPHER *cipher = cipher_named(name);
    if (!cipher) return ERR_UNSUPPORTED;
    struct crypto_flow *f = NEW(struct crypto_flow);
    *f = (struct crypto_flow){.ctx = EVP_CIPHER_CTX_new(),
                              .encrypt = encrypt,
                              .authenticated = is_authenticated(cipher),
                              .tag_bytes = tag_bytes ? tag_bytes : 16};
    check(f->ctx != NULL);
    bool ok = key.len == (size_t)EVP_CIPHER_get_key_length(cipher) && iv_fits(cipher, iv.len) &&
              tag_fits(f->tag_bytes) && flow_begin(f, cipher, key, iv);
    EVP_CIPHER_free(cipher);
    if (!ok) return crypto_flow_free(f), evp_done(false, ERR_INVALID);
    *ret_flow = f;
    return ERR_OK;
}

void crypto_flow_free(struct crypto_flow *f) {
    if (!f) return;
    EVP_CIPHER_CTX_free(f->ctx);
    mem_free(f);
}

void crypto_flow_padding(struct crypto_flow *f, bool on) { EVP_CIPHER_CTX_set_padding(f->ctx, on); }

static enum err update(struct crypto_flow *f, struct span data, bool aad, struct buf *to) {
    while (data.len) {
        struct span piece = span_first(data, EVP_LARGEST);
        int n = 0;
        unsigned char *start =
            aad ? NULL : (unsigned char *)buf_reserve(to, piece.len + 2 * EVP_MAX_BLOCK_LENGTH);
        if (EVP_CipherUpdate(f->ctx, start, &n, evp_bytes(piece), (int)piece.len) != 1)
            return evp_done(false, f->encrypt ? ERR_INVALID : ERR_CORRUPT);
        if (!aad) buf_added(to, (size_t)n);
        data = span_from(data, piece.len);
    }
    return ERR_OK;
}

enum err crypto_flow_aad(struct crypto_flow *f, struct span aad) {
    if (!f->authenticated || f->finished) return ERR_INVALID;
    return update(f, aad, true, NULL);
}

enum err crypto_flow_expect(struct crypto_flow *f, struct span tag) {
    if (!f->authenticated || f->encrypt || f->finished || f->expects || !tag_fits(tag.len))
        return ERR_INVALID;
    unsigned char copy[16];
    memcpy(copy, tag.ptr, tag.len);
    f->expects = EVP_CIPHER_CTX_ctrl(f->ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, copy) == 1;
    return evp_done(f->expects, ERR_INVALID);
}

enum err crypto_flow_add(struct crypto_flow *f, struct span data, struct buf *to) {
    if (f->finished) return ERR_INVALID;
    return update(f, data, false, to);
}

enum err crypto_flow_finish(struct crypto_flow *f, struct buf *to) {
    if (f->finished) return ERR_INVALID;
    f->finished = true;
    if (f->authenticated && !f->encrypt && !f->expects) return ERR_CORRUPT; /* never without a tag */
    int n = 0;
    bool ok = EVP_CipherFinal_ex(f->ctx, (unsigned char *)buf_reserve(to, 2 * EVP_MAX_BLOCK_LENGTH), &n) == 1;
    if (ok) buf_added(to, (size_t)n);
    return evp_done(ok, f->encrypt ? ERR_INVALID : ERR_CORRUPT);
}

enum err crypto_flow_tag(const struct crypto_flow *f, struct buf *to) {
    if (!f->authenticated || !f->encrypt || !f->finished) return ERR_INVALID;
    bool ok = EVP_CIPHER_CTX_ctrl(f->ctx, EVP_CTRL_AEAD_GET_TAG, (int)f->tag_bytes, buf_reserve(to, 16)) == 1;
    if (ok) buf_added(to, f->tag_bytes);
    return evp_done(ok, ERR_INVALID);
}
