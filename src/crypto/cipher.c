#include "crypto/cipher.h"

#include <openssl/rsa.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/evp.h"
#include "crypto/random.h"

enum { AES_BLOCK = 16, LIBRARY_IV_BYTES = 128 };

struct job {
    const struct crypto_key *key;
    const struct crypto_cipher *how;
    bool encrypt;
};

/* A context with key and iv set; NULL when they are of wrong sizes. */
static EVP_CIPHER_CTX *begin(const struct job *j, enum evp_mode mode, const unsigned char *iv,
                             size_t iv_len) {
    bool chacha = j->how->scheme == CRYPTO_CHACHA, sized = mode == EVP_MODE_GCM || mode == EVP_MODE_OCB;
    const EVP_CIPHER *cipher = !chacha                    ? evp_aes(mode, j->key->secret_len)
                               : j->key->secret_len == 32 ? evp_chacha()
                                                          : NULL;
    if (!cipher) return NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    check(ctx != NULL);
    if (mode == EVP_MODE_WRAP) EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool ok = EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, j->encrypt) == 1;
    if (ok && sized) ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_len, NULL) == 1;
    if (ok && mode == EVP_MODE_OCB)
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)j->how->tag_bytes, NULL) == 1;
    if (ok && EVP_CipherInit_ex(ctx, NULL, NULL, j->key->secret, iv, j->encrypt) == 1) return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* Into `to` (NULL: additional data); returns the bytes written, or -1. */
static ptrdiff_t update(EVP_CIPHER_CTX *ctx, unsigned char *to, struct span data) {
    size_t written = 0;
    while (data.len) {
        struct span piece = span_first(data, EVP_LARGEST);
        int n = 0;
        if (EVP_CipherUpdate(ctx, to ? to + written : NULL, &n, evp_bytes(piece), (int)piece.len) != 1)
            return -1;
        written += (size_t)n;
        data = span_from(data, piece.len);
    }
    return (ptrdiff_t)written;
}

static bool finish(EVP_CIPHER_CTX *ctx, unsigned char *start, ptrdiff_t written, struct buf *to) {
    int n = 0;
    if (written < 0 || EVP_CipherFinal_ex(ctx, start + written, &n) != 1) return false;
    buf_added(to, (size_t)(written + n));
    return true;
}

static bool gcm_tag_fits(unsigned tag) { return tag == 4 || tag == 8 || (tag >= 12 && tag <= 16); }

static bool aead_fits(const struct crypto_cipher *how) {
    unsigned tag = how->tag_bytes;
    switch (how->scheme) {
    case CRYPTO_AES_GCM: return gcm_tag_fits(tag) && how->iv.len && how->iv.len <= LIBRARY_IV_BYTES;
    case CRYPTO_AES_OCB: return (tag == 8 || tag == 12 || tag == 16) && how->iv.len && how->iv.len <= 15;
    case CRYPTO_CHACHA: return tag == 16 && how->iv.len == 12;
    default: return false;
    }
}

/* Authenticated: the tag follows the ciphertext. */
static enum err aead(const struct job *j, enum evp_mode mode, struct span data, struct buf *to) {
    unsigned tag = j->how->tag_bytes;
    if (!aead_fits(j->how)) return ERR_INVALID;
    if (!j->encrypt && data.len < tag) return ERR_CORRUPT;
    EVP_CIPHER_CTX *ctx = begin(j, mode, evp_bytes(j->how->iv), j->how->iv.len);
    if (!ctx) return evp_done(false, ERR_INVALID);
    struct span body = j->encrypt ? data : span_first(data, data.len - tag);
    unsigned char *start = (unsigned char *)buf_reserve(to, body.len + AES_BLOCK + tag);
    size_t before = to->len;
    bool ok = update(ctx, NULL, j->how->aad) >= 0;
    if (ok && !j->encrypt) {
        unsigned char expected[16];
        memcpy(expected, data.ptr + body.len, tag);
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag, expected) == 1;
    }
    ok = ok && finish(ctx, start, update(ctx, start, body), to);
    if (ok && j->encrypt) {
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag, to->ptr + to->len) == 1;
        if (ok) buf_added(to, tag);
    }
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) {
        to->len = before;
        crypto_wipe(start, body.len); /* what is not authentic nobody sees */
    }
    return evp_done(ok, ERR_CORRUPT);
}

/* CBC and key wrapping: a whole message under one context. */
static enum err plain_mode(const struct job *j, enum evp_mode mode, struct span data, struct buf *to) {
    EVP_CIPHER_CTX *ctx = begin(j, mode, mode == EVP_MODE_WRAP ? NULL : evp_bytes(j->how->iv), AES_BLOCK);
    if (!ctx) return evp_done(false, ERR_INVALID);
    unsigned char *start = (unsigned char *)buf_reserve(to, data.len + 2 * AES_BLOCK);
    bool ok = finish(ctx, start, update(ctx, start, data), to);
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) crypto_wipe(start, data.len);
    return evp_done(ok, ERR_CORRUPT);
}

static enum err cbc(const struct job *j, struct span data, struct buf *to) {
    if (j->how->iv.len != AES_BLOCK) return ERR_INVALID;
    if (!j->encrypt && (data.len == 0 || data.len % AES_BLOCK)) return ERR_CORRUPT;
    return plain_mode(j, EVP_MODE_CBC, data, to);
}

static enum err key_wrap(const struct job *j, struct span data, struct buf *to) {
    bool size_ok = data.len % 8 == 0 && data.len >= (j->encrypt ? 16 : 24) && data.len < EVP_LARGEST;
    if (!size_ok) return j->encrypt ? ERR_INVALID : ERR_CORRUPT;
    return plain_mode(j, EVP_MODE_WRAP, data, to);
}

static bool ctr_run(const struct job *j, const unsigned char counter[AES_BLOCK], struct span data,
                    struct buf *to) {
    EVP_CIPHER_CTX *ctx = begin(j, EVP_MODE_CTR, counter, AES_BLOCK);
    if (!ctx) return false;
    unsigned char *start = (unsigned char *)buf_reserve(to, data.len + AES_BLOCK);
    bool ok = finish(ctx, start, update(ctx, start, data), to);
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

/* How many blocks until the low `bits` of the counter are zero again; saturates. */
static uint64_t blocks_to_wrap(const unsigned char counter[AES_BLOCK], unsigned bits) {
    uint64_t low = 0;
    bool high_ones = true; /* all counted bits above the low 64 are set */
    for (unsigned i = 0; i < AES_BLOCK; i++) {
        unsigned from = (AES_BLOCK - 1 - i) * 8; /* weight of the byte's lowest bit */
        unsigned mask = bits >= from + 8 ? 0xFF : bits > from ? (1u << (bits - from)) - 1 : 0;
        if (from >= 64)
            high_ones = high_ones && (counter[i] & mask) == mask;
        else
            low = low << 8 | (counter[i] & mask);
    }
    if (bits < 64) return (1ull << bits) - low;
    return high_ones && low ? -low : UINT64_MAX;
}

/* Only `counter_bits` of the block count; OpenSSL counts all 128, so a counter that wraps is run in two parts. */
static enum err ctr(const struct job *j, struct span data, struct buf *to) {
    unsigned bits = j->how->counter_bits;
    if (j->how->iv.len != AES_BLOCK || bits < 1 || bits > 128) return ERR_INVALID;
    unsigned char counter[AES_BLOCK];
    memcpy(counter, j->how->iv.ptr, AES_BLOCK);
    uint64_t blocks = data.len / AES_BLOCK + (data.len % AES_BLOCK != 0);
    if (bits < 64 && blocks > 1ull << bits) return ERR_INVALID;
    uint64_t first = blocks_to_wrap(counter, bits);
    size_t before = to->len;
    struct span head = blocks > first ? span_first(data, first * AES_BLOCK) : data;
    bool ok = ctr_run(j, counter, head, to);
    if (ok && head.len < data.len) {
        for (unsigned i = 0; i < bits; i++) counter[AES_BLOCK - 1 - i / 8] &= (unsigned char)~(1u << i % 8);
        ok = ctr_run(j, counter, span_from(data, head.len), to);
    }
    if (!ok) to->len = before;
    return evp_done(ok, ERR_INVALID);
}

static bool oaep_params(EVP_PKEY_CTX *ctx, const struct crypto_cipher *how) {
    const EVP_MD *md = evp_hash(how->hash);
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1) return false;
    const EVP_MD *mgf1 = how->has_mgf1 ? evp_hash(how->mgf1) : md;
    if (EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf1) != 1)
        return false;
    if (!how->aad.len) return true;
    if (how->aad.len > EVP_LARGEST) return false;
    void *label = OPENSSL_memdup(how->aad.ptr, how->aad.len);
    check(label != NULL);
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, (int)how->aad.len) == 1)
        return true; /* it took the label */
    OPENSSL_free(label);
    return false;
}

static enum err oaep(const struct job *j, struct span data, struct buf *to) {
    if (j->key->type != CRYPTO_KEY_RSA || (!j->encrypt && !j->key->is_private)) return ERR_INVALID;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, j->key->pkey, NULL);
    check(ctx != NULL);
    size_t len = (size_t)EVP_PKEY_get_size(j->key->pkey);
    unsigned char *start = (unsigned char *)buf_reserve(to, len);
    bool ok = (j->encrypt ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) == 1 &&
              oaep_params(ctx, j->how);
    ok = ok && (j->encrypt ? EVP_PKEY_encrypt(ctx, start, &len, evp_bytes(data), data.len)
                           : EVP_PKEY_decrypt(ctx, start, &len, evp_bytes(data), data.len)) == 1;
    if (ok) buf_added(to, len);
    EVP_PKEY_CTX_free(ctx);
    return evp_done(ok, j->encrypt ? ERR_INVALID : ERR_CORRUPT);
}

/* --- AES-GCM with a long iv ----------------------------------------------------------------------------------------- */

/* GHASH of NIST SP 800-38D over additional data and text. The library gives it away in its tags: that of a message under the
 * iv of zeros is GHASH xor a block that is the tag of the empty message, and the message is chosen so that its
 * ciphertext is `text`. */
static bool ghash(const struct job *j, struct span aad, struct span text, unsigned char to[AES_BLOCK]) {
    static const char zeros[12];
    struct crypto_cipher how = {
        .scheme = CRYPTO_AES_GCM, .iv = span_make(zeros, sizeof zeros), .tag_bytes = AES_BLOCK};
    struct job g = {j->key, &how, true};
    struct buf stream = BUF_INIT, tagged = BUF_INIT, mask = BUF_INIT;
    char *message = mem_alloc(text.len + 1);
    memset(message, 0, text.len + 1);
    bool ok = aead(&g, EVP_MODE_GCM, span_make(message, text.len), &stream) == ERR_OK;
    for (size_t i = 0; ok && i < text.len; i++) message[i] = (char)(stream.ptr[i] ^ text.ptr[i]);
    ok = ok && aead(&g, EVP_MODE_GCM, SPAN_NONE, &mask) == ERR_OK;
    how.aad = aad;
    ok = ok && aead(&g, EVP_MODE_GCM, span_make(message, text.len), &tagged) == ERR_OK;
    for (size_t i = 0; ok && i < AES_BLOCK; i++)
        to[i] = (unsigned char)(tagged.ptr[text.len + i] ^ mask.ptr[i]);
    crypto_wipe(message, text.len);
    mem_free(message);
    buf_free(&stream);
    buf_free(&tagged);
    buf_free(&mask);
    return ok;
}

static bool counted(const struct job *j, const unsigned char counter[AES_BLOCK], struct span data,
                    struct buf *to) {
    struct crypto_cipher how = {
        .scheme = CRYPTO_AES_CTR, .iv = span_make(counter, AES_BLOCK), .counter_bits = 32};
    return ctr(&(struct job){j->key, &how, true}, data, to) == ERR_OK;
}

/* The library takes 128 bytes of iv. Longer ones are hashed, and the mode is put together of its parts. */
static enum err gcm_long_iv(const struct job *j, struct span data, struct buf *to) {
    unsigned tag_bytes = j->how->tag_bytes;
    unsigned char first[AES_BLOCK], next[AES_BLOCK], tag[AES_BLOCK];
    if (j->how->iv.len > LIMIT_CRYPTO_GCM_IV_BYTES || !gcm_tag_fits(tag_bytes)) return ERR_INVALID;
    if (!j->encrypt && data.len < tag_bytes) return ERR_CORRUPT;
    struct span body = j->encrypt ? data : span_first(data, data.len - tag_bytes);
    if (!ghash(j, SPAN_NONE, j->how->iv, first)) return ERR_INVALID;
    memcpy(next, first, AES_BLOCK);
    for (int i = AES_BLOCK - 1; i >= AES_BLOCK - 4 && !++next[i]; i--) {
    }
    struct buf text = BUF_INIT, mask = BUF_INIT;
    static const char zeros[AES_BLOCK];
    bool ok = counted(j, next, body, &text) && counted(j, first, span_make(zeros, AES_BLOCK), &mask) &&
              ghash(j, j->how->aad, j->encrypt ? buf_span(&text) : body, tag);
    for (size_t i = 0; ok && i < AES_BLOCK; i++) tag[i] ^= (unsigned char)mask.ptr[i];
    if (ok && !j->encrypt) ok = crypto_equal(span_make(tag, tag_bytes), span_from(data, body.len));
    if (ok) buf_add(to, buf_span(&text));
    if (ok && j->encrypt) buf_add(to, span_make(tag, tag_bytes));
    if (text.len) crypto_wipe(text.ptr, text.len);
    buf_free(&text);
    buf_free(&mask);
    return ok ? ERR_OK : j->encrypt ? ERR_INVALID : ERR_CORRUPT;
}

static enum err run(const struct job *j, struct span data, struct buf *to) {
    if (j->how->scheme == CRYPTO_RSA_OAEP) return oaep(j, data, to);
    if (j->key->type != CRYPTO_KEY_SECRET) return ERR_INVALID;
    switch (j->how->scheme) {
    case CRYPTO_AES_GCM:
        if (j->how->iv.len > LIBRARY_IV_BYTES) return gcm_long_iv(j, data, to);
        return aead(j, EVP_MODE_GCM, data, to);
    case CRYPTO_CHACHA: return aead(j, EVP_MODE_GCM, data, to);
    case CRYPTO_AES_OCB: return aead(j, EVP_MODE_OCB, data, to);
    case CRYPTO_AES_CBC: return cbc(j, data, to);
    case CRYPTO_AES_CTR: return ctr(j, data, to);
    case CRYPTO_AES_KW: return key_wrap(j, data, to);
    case CRYPTO_RSA_OAEP:
    case CRYPTO_CIPHERS: break;
    }
    unreachable();
}

enum err crypto_encrypt(const struct crypto_key *key, const struct crypto_cipher *how, struct span data,
                        struct buf *to) {
    return run(&(struct job){key, how, true}, data, to);
}

enum err crypto_decrypt(const struct crypto_key *key, const struct crypto_cipher *how, struct span data,
                        struct buf *to) {
    return run(&(struct job){key, how, false}, data, to);
}
