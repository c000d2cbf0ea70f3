#include "crypto/pem.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/encoder.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/evp.h"
#include "crypto/random.h"

enum { CIPHER_NAME = 64 };

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* Nobody is at a terminal. */
static int no_passphrase(char *to, int size, int writing, void *data) {
    const struct span *pass = data;
    if (!pass || !pass->ptr || pass->len > (size_t)size) return -1;
    memcpy(to, pass->ptr, pass->len);
    return (int)pass->len;
}

/* How often the passphrase would be hashed; -1 when that cannot be told. The file says it, and it may come from anybody. */
static long rounds_of(const X509_ALGOR *how) {
    const ASN1_OBJECT *object;
    const void *value;
    int type;
    long rounds = -1;
    X509_ALGOR_get0(&object, &type, &value, how);
    if (type != V_ASN1_SEQUENCE) return -1;
    const unsigned char *at = ASN1_STRING_get0_data(value);
    long len = ASN1_STRING_length(value);
    if (OBJ_obj2nid(object) != NID_pbes2) { /* PBES1 and PKCS #12 */
        PBEPARAM *old = d2i_PBEPARAM(NULL, &at, len);
        if (old) rounds = ASN1_INTEGER_get(old->iter);
        PBEPARAM_free(old);
        return rounds;
    }
    PBE2PARAM *param = d2i_PBE2PARAM(NULL, &at, len);
    if (param) X509_ALGOR_get0(&object, &type, &value, param->keyfunc);
    if (param && OBJ_obj2nid(object) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE) {
        at = ASN1_STRING_get0_data(value);
        PBKDF2PARAM *kdf = d2i_PBKDF2PARAM(NULL, &at, ASN1_STRING_length(value));
        if (kdf) rounds = ASN1_INTEGER_get(kdf->iter);
        PBKDF2PARAM_free(kdf);
    }
    PBE2PARAM_free(param);
    return rounds;
}

/* False for an encrypted PKCS #8 that takes longer to open than a thread may be kept. */
static bool opens_soon(bool pem, struct span bytes) {
    BIO *bio = BIO_new_mem_buf(evp_bytes(bytes), (int)bytes.len);
    check(bio != NULL);
    X509_SIG *sealed = pem ? PEM_read_bio_PKCS8(bio, NULL, NULL, NULL) : d2i_PKCS8_bio(bio, NULL);
    const X509_ALGOR *how = NULL;
    if (sealed) X509_SIG_get0(sealed, &how, NULL);
    long rounds = how ? rounds_of(how) : 1;
    X509_SIG_free(sealed);
    BIO_free(bio);
    ERR_clear_error();
    return rounds >= 1 && rounds <= (long)LIMIT_CRYPTO_SYNC_ITERATIONS;
}

static EVP_PKEY *decode(const char *input, int selection, struct span bytes, struct span passphrase) {
    EVP_PKEY *pkey = NULL;
    const unsigned char *at = evp_bytes(bytes);
    size_t left = bytes.len;
    OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, input, NULL, NULL, selection, NULL, NULL);
    check(ctx != NULL);
    OSSL_DECODER_CTX_set_pem_password_cb(ctx, no_passphrase, &passphrase);
    if (OSSL_DECODER_from_data(ctx, &at, &left) != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    OSSL_DECODER_CTX_free(ctx);
    ERR_clear_error();
    return pkey;
}

static EVP_PKEY *of_certificate(bool pem, struct span bytes) {
    BIO *bio = BIO_new_mem_buf(evp_bytes(bytes), (int)bytes.len);
    check(bio != NULL);
    X509 *x509 = pem ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : d2i_X509_bio(bio, NULL);
    EVP_PKEY *pkey = x509 ? X509_get_pubkey(x509) : NULL;
    X509_free(x509);
    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

static bool kind_of(const EVP_PKEY *pkey, enum crypto_key_type *type, enum crypto_curve *curve) {
    char name[32];
    size_t len = 0;
    *curve = CRYPTO_CURVE_NONE;
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA: return *type = CRYPTO_KEY_RSA, true;
    case EVP_PKEY_DSA: return *type = CRYPTO_KEY_DSA, true;
    case EVP_PKEY_ED25519: return *type = CRYPTO_KEY_ED25519, true;
    case EVP_PKEY_X25519: return *type = CRYPTO_KEY_X25519, true;
    case EVP_PKEY_EC: break;
    default: return false;
    }
    *type = CRYPTO_KEY_EC;
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &len) != 1)
        return false;
    for (int i = CRYPTO_P256; i < CRYPTO_CURVES; i++)
        if (strcmp(name, evp_curve_name((enum crypto_curve)i)) == 0)
            return *curve = (enum crypto_curve)i, true;
    return false;
}

/* Takes it over. */
static enum err wrap(EVP_PKEY *pkey, bool is_private, struct crypto_key **ret_key) {
    enum crypto_key_type type;
    enum crypto_curve curve;
    if (!pkey) return ERR_INVALID;
    bool known = kind_of(pkey, &type, &curve);
    ERR_clear_error();
    if (!known) return EVP_PKEY_free(pkey), ERR_INVALID;
    return evp_key_new(type, curve, is_private, pkey, ret_key);
}

/* DER that must be PKCS #8, encrypted or not. */
static EVP_PKEY *read_pkcs8(struct span bytes, struct span passphrase) {
    const unsigned char *at = evp_bytes(bytes);
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)bytes.len);
    EVP_PKEY *pkey = info ? EVP_PKCS82PKEY_ex(info, NULL, NULL) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (pkey || !passphrase.ptr) return pkey;
    BIO *bio = BIO_new_mem_buf(evp_bytes(bytes), (int)bytes.len);
    check(bio != NULL);
    pkey = d2i_PKCS8PrivateKey_bio(bio, NULL, no_passphrase, &passphrase);
    BIO_free(bio);
    return pkey;
}

static EVP_PKEY *read_private(bool pem, enum crypto_key_form form, struct span bytes,
                              struct span passphrase) {
    EVP_PKEY *pkey = !pem && form == CRYPTO_FORM_PKCS8
                         ? read_pkcs8(bytes, passphrase)
                         : decode(pem ? "PEM" : "DER", EVP_PKEY_KEYPAIR, bytes, passphrase);
    PKCS8_PRIV_KEY_INFO *info = pkey ? EVP_PKEY2PKCS8(pkey) : NULL;
    bool really = info != NULL; /* a public key is not private because one asked for it */
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    if (really) return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

enum err crypto_pem_read(bool is_private, bool pem, enum crypto_key_form form, struct span bytes,
                         struct span passphrase, struct crypto_key **ret_key) {
    if (bytes.len > LIMIT_CRYPTO_KEY_BYTES) return ERR_INVALID;
    if (passphrase.ptr && !opens_soon(pem, bytes)) return ERR_INVALID;
    if (is_private) return wrap(read_private(pem, form, bytes, passphrase), true, ret_key);
    EVP_PKEY *pkey = decode(pem ? "PEM" : "DER", EVP_PKEY_PUBLIC_KEY, bytes, passphrase);
    if (!pkey) pkey = of_certificate(pem, bytes);
    if (pkey) return wrap(pkey, false, ret_key);
    struct crypto_key *own = NULL;
    enum err e = wrap(read_private(pem, form, bytes, passphrase), true, &own);
    if (!e) e = crypto_key_public(own, ret_key);
    crypto_key_free(own);
    return e;
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static bool take_bio(BIO *bio, struct buf *to) {
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    if (len > 0) buf_add(to, span_make(data, (size_t)len));
    return len > 0;
}

static int write_pkcs8(BIO *bio, EVP_PKEY *pkey, bool pem, const EVP_CIPHER *cipher, struct span pass) {
    const char *kstr = cipher ? (pass.ptr ? pass.ptr : "") : NULL;
    return pem ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, kstr, (int)pass.len, NULL, NULL)
               : i2d_PKCS8PrivateKey_bio(bio, pkey, cipher, kstr, (int)pass.len, NULL, NULL);
}

/* PKCS #1 and SEC 1: OpenSSL calls both the type's own. */
static int write_own(BIO *bio, const struct crypto_key *key, bool pem, const char *cipher, struct span pass) {
    int selection = key->is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    OSSL_ENCODER_CTX *ctx =
        OSSL_ENCODER_CTX_new_for_pkey(key->pkey, selection, pem ? "PEM" : "DER", "type-specific", NULL);
    bool ok = ctx != NULL;
    if (ok && cipher)
        ok = OSSL_ENCODER_CTX_set_cipher(ctx, cipher, NULL) == 1 &&
             OSSL_ENCODER_CTX_set_passphrase(ctx, evp_bytes(pass), pass.len) == 1;
    ok = ok && OSSL_ENCODER_to_bio(ctx, bio) == 1;
    OSSL_ENCODER_CTX_free(ctx);
    return ok;
}

enum err crypto_pem_write(const struct crypto_key *key, bool pem, enum crypto_key_form form,
                          struct span cipher, struct span passphrase, struct buf *to) {
    char name[CIPHER_NAME] = "";
    EVP_CIPHER *how = NULL;
    if (!key->pkey || cipher.len >= sizeof name || passphrase.len > 1024) return ERR_INVALID;
    if (cipher.len) {
        memcpy(name, cipher.ptr, cipher.len);
        how = EVP_CIPHER_fetch(NULL, name, NULL);
        if (!how) return evp_done(false, ERR_UNSUPPORTED);
    }
    bool fits = form == CRYPTO_FORM_SPKI    ? !key->is_private
                : form == CRYPTO_FORM_PKCS8 ? key->is_private
                : form == CRYPTO_FORM_PKCS1
                    ? key->type == CRYPTO_KEY_RSA
                    : form == CRYPTO_FORM_SEC1 && key->type == CRYPTO_KEY_EC && key->is_private;
    BIO *bio = BIO_new(BIO_s_mem());
    check(bio != NULL);
    bool ok =
        fits && (form == CRYPTO_FORM_SPKI
                     ? (pem ? PEM_write_bio_PUBKEY(bio, key->pkey) : i2d_PUBKEY_bio(bio, key->pkey))
                 : form == CRYPTO_FORM_PKCS8 ? write_pkcs8(bio, key->pkey, pem, how, passphrase)
                                             : write_own(bio, key, pem, how ? name : NULL, passphrase)) == 1;
    ok = ok && take_bio(bio, to);
    BIO_free(bio);
    EVP_CIPHER_free(how);
    return evp_done(ok, ERR_INVALID);
}

bool crypto_key_same(const struct crypto_key *a, const struct crypto_key *b) {
    if (a->type != b->type || a->is_private != b->is_private) return false;
    if (!a->pkey) return crypto_equal(crypto_key_secret(a), crypto_key_secret(b));
    bool same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
    ERR_clear_error();
    return same;
}

size_t crypto_key_divisor_bits(const struct crypto_key *key) {
    BIGNUM *q = NULL;
    if (!key->pkey || !EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_FFC_Q, &q))
        return evp_done(true, 0), (size_t)0;
    size_t bits = (size_t)BN_num_bits(q);
    BN_free(q);
    return bits;
}

/* --- Signatures ---------------------------------------------------------------------------------------------------- */

static bool sign_params(EVP_PKEY_CTX *ctx, const struct crypto_key *key, const struct crypto_pem_sign *how,
                        const EVP_MD *md) {
    if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1) return false;
    if (key->type != CRYPTO_KEY_RSA) return true;
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, how->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
        return false;
    return !how->pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, how->salt_bytes) == 1;
}

/* The digest of data, when it is not that already. */
static bool hashed(const EVP_MD *md, const struct crypto_pem_sign *how, struct span data,
                   unsigned char to[EVP_MAX_MD_SIZE], struct span *ret) {
    unsigned len = 0;
    if (how->hashed) return *ret = data, true;
    if (EVP_Digest(evp_bytes(data), data.len, to, &len, md, NULL) != 1) return false;
    return *ret = span_make(to, len), true;
}

static bool sign_pure(const struct crypto_key *key, struct span data, struct buf *to) {
    size_t len = 64;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    check(ctx != NULL);
    bool ok =
        EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
        EVP_DigestSign(ctx, (unsigned char *)buf_reserve(to, len), &len, evp_bytes(data), data.len) == 1;
    if (ok) buf_added(to, len);
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* DER in, r || s out, in place of what was added since `before`. */
static bool to_raw(const struct crypto_key *key, struct buf *to, size_t before) {
    size_t len = evp_curve_bytes(key->curve);
    const unsigned char *at = (const unsigned char *)to->ptr + before;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)(to->len - before));
    unsigned char raw[2 * 66];
    bool ok = sig && len && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)len) == (int)len &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + len, (int)len) == (int)len;
    ECDSA_SIG_free(sig);
    to->len = before;
    if (ok) buf_add(to, span_make(raw, 2 * len));
    return ok;
}

enum err crypto_pem_sign(const struct crypto_key *key, const struct crypto_pem_sign *how, struct span data,
                         struct buf *to) {
    if (!key->pkey || !key->is_private) return ERR_INVALID;
    if (!how->digest.len) {
        if (key->type != CRYPTO_KEY_ED25519 || how->hashed) return ERR_INVALID;
        return evp_done(sign_pure(key, data, to), ERR_INVALID);
    }
    EVP_MD *md = evp_digest_named(how->digest);
    if (!md) return ERR_UNSUPPORTED;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct span tbs;
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey), before = to->len;
    bool ok = ctx && hashed(md, how, data, digest, &tbs) && EVP_PKEY_sign_init(ctx) == 1 &&
              sign_params(ctx, key, how, md) &&
              EVP_PKEY_sign(ctx, (unsigned char *)buf_reserve(to, len), &len, evp_bytes(tbs), tbs.len) == 1;
    if (ok) buf_added(to, len);
    if (ok && how->raw_ecdsa && key->type == CRYPTO_KEY_EC) ok = to_raw(key, to, before);
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(md);
    return evp_done(ok, ERR_INVALID);
}

static bool from_raw(const struct crypto_key *key, struct span raw, struct buf *der) {
    size_t len = evp_curve_bytes(key->curve);
    if (!len || raw.len != 2 * len) return false;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(evp_bytes(raw), (int)len, NULL),
           *s = BN_bin2bn(evp_bytes(raw) + len, (int)len, NULL);
    check(sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1);
    unsigned char *at = (unsigned char *)buf_reserve(der, 160);
    int size = i2d_ECDSA_SIG(sig, &at);
    if (size > 0) buf_added(der, (size_t)size);
    ECDSA_SIG_free(sig);
    return size > 0;
}

enum err crypto_pem_verify(const struct crypto_key *key, const struct crypto_pem_sign *how, struct span data,
                           struct span signature, bool *ret_valid) {
    if (!key->pkey) return ERR_INVALID;
    if (!how->digest.len) {
        if (key->type != CRYPTO_KEY_ED25519 || how->hashed) return ERR_INVALID;
        EVP_MD_CTX *pure = EVP_MD_CTX_new();
        check(pure != NULL);
        *ret_valid =
            EVP_DigestVerifyInit(pure, NULL, NULL, NULL, key->pkey) == 1 &&
            EVP_DigestVerify(pure, evp_bytes(signature), signature.len, evp_bytes(data), data.len) == 1;
        EVP_MD_CTX_free(pure);
        return evp_done(true, ERR_OK);
    }
    EVP_MD *md = evp_digest_named(how->digest);
    if (!md) return ERR_UNSUPPORTED;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct span tbs;
    struct buf der = BUF_INIT;
    bool ready = ctx && hashed(md, how, data, digest, &tbs) && EVP_PKEY_verify_init(ctx) == 1 &&
                 sign_params(ctx, key, how, md),
         there = true;
    if (ready && how->raw_ecdsa && key->type == CRYPTO_KEY_EC) {
        there = from_raw(key, signature, &der);
        signature = buf_span(&der);
    }
    if (ready)
        *ret_valid =
            there && EVP_PKEY_verify(ctx, evp_bytes(signature), signature.len, evp_bytes(tbs), tbs.len) == 1;
    buf_free(&der);
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(md);
    ERR_clear_error();
    return ready ? ERR_OK : ERR_INVALID;
}

/* --- RSA -------------------------------------------------------------------------------------------------------------- */

static bool rsa_params(EVP_PKEY_CTX *ctx, int padding, struct span oaep_digest, struct span label) {
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, padding) != 1) return false;
    if (padding != CRYPTO_RSA_OAEP_PAD) return true;
    EVP_MD *md = evp_digest_named(oaep_digest);
    bool ok = md && EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1;
    EVP_MD_free(md);
    if (!ok || !label.len) return ok;
    void *copy = OPENSSL_memdup(label.ptr, label.len);
    check(copy != NULL);
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)label.len) == 1) return true;
    OPENSSL_free(copy);
    return false;
}

static bool rsa_step(EVP_PKEY_CTX *ctx, enum crypto_rsa_step step, unsigned char *to, size_t *len,
                     struct span data) {
    const unsigned char *from = evp_bytes(data);
    switch (step) {
    case CRYPTO_PUBLIC_ENCRYPT: return EVP_PKEY_encrypt(ctx, to, len, from, data.len) == 1;
    case CRYPTO_PRIVATE_DECRYPT: return EVP_PKEY_decrypt(ctx, to, len, from, data.len) == 1;
    case CRYPTO_PRIVATE_ENCRYPT: return EVP_PKEY_sign(ctx, to, len, from, data.len) == 1;
    case CRYPTO_PUBLIC_DECRYPT: return EVP_PKEY_verify_recover(ctx, to, len, from, data.len) == 1;
    }
    return false;
}

enum err crypto_rsa_crypt(const struct crypto_key *key, enum crypto_rsa_step step, int padding,
                          struct span oaep_digest, struct span label, struct span data, struct buf *to) {
    bool with_private = step == CRYPTO_PRIVATE_DECRYPT || step == CRYPTO_PRIVATE_ENCRYPT;
    bool oaep_fits = step == CRYPTO_PUBLIC_ENCRYPT || step == CRYPTO_PRIVATE_DECRYPT;
    if (key->type != CRYPTO_KEY_RSA || (with_private && !key->is_private)) return ERR_INVALID;
    if (padding != CRYPTO_RSA_PKCS1_PAD && padding != CRYPTO_RSA_NO_PAD &&
        (padding != CRYPTO_RSA_OAEP_PAD || !oaep_fits))
        return ERR_INVALID;
    if (label.len > EVP_LARGEST) return ERR_INVALID;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    check(ctx != NULL);
    static int (*const begin[])(EVP_PKEY_CTX *) = {EVP_PKEY_encrypt_init, EVP_PKEY_decrypt_init,
                                                   EVP_PKEY_sign_init, EVP_PKEY_verify_recover_init};
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    unsigned char *start = (unsigned char *)buf_reserve(to, len);
    bool ok = begin[step](ctx) == 1 && rsa_params(ctx, padding, oaep_digest, label) &&
              rsa_step(ctx, step, start, &len, data);
    if (ok) buf_added(to, len);
    EVP_PKEY_CTX_free(ctx);
    return evp_done(ok, step == CRYPTO_PUBLIC_ENCRYPT || step == CRYPTO_PRIVATE_ENCRYPT ? ERR_INVALID
                                                                                        : ERR_CORRUPT);
}

/* --- Derivation --------------------------------------------------------------------------------------------------------- */

enum err crypto_scrypt(struct span password, struct span salt, uint64_t n, uint64_t r, uint64_t p, size_t len,
                       struct buf *to) {
    if (!len) return ERR_OK;
    bool ok = EVP_PBE_scrypt((const char *)evp_bytes(password), password.len, evp_bytes(salt), salt.len, n, r,
                             p, LIMIT_CRYPTO_SCRYPT_BYTES, (unsigned char *)buf_reserve(to, len), len) == 1;
    if (ok) buf_added(to, len);
    return evp_done(ok, ERR_INVALID);
}

size_t crypto_named_digest_bytes(struct span digest) {
    EVP_MD *md = evp_digest_named(digest);
    size_t bytes = md ? (size_t)EVP_MD_get_size(md) : 0;
    EVP_MD_free(md);
    return bytes;
}

enum err crypto_named_pbkdf2(struct span digest, struct span password, struct span salt, uint64_t iterations,
                             size_t len, struct buf *to) {
    if (iterations == 0 || password.len > EVP_LARGEST || salt.len > EVP_LARGEST) return ERR_INVALID;
    if (iterations > LIMIT_CRYPTO_PBKDF2_ITERATIONS || len > LIMIT_CRYPTO_PBKDF2_BYTES) return ERR_TOO_LARGE;
    EVP_MD *md = evp_digest_named(digest);
    if (!md) return ERR_UNSUPPORTED;
    bool ok = !len || PKCS5_PBKDF2_HMAC((const char *)evp_bytes(password), (int)password.len, evp_bytes(salt),
                                        (int)salt.len, (int)iterations, md, (int)len,
                                        (unsigned char *)buf_reserve(to, len)) == 1;
    if (ok) buf_added(to, len);
    EVP_MD_free(md);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_named_hkdf(struct span digest, struct span secret, struct span salt, struct span info,
                           size_t len, struct buf *to) {
    if (info.len > LIMIT_CRYPTO_HKDF_INFO_BYTES || salt.len > EVP_LARGEST || secret.len > EVP_LARGEST)
        return ERR_INVALID;
    EVP_MD *md = evp_digest_named(digest);
    EVP_PKEY_CTX *ctx = md ? EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL) : NULL;
    if (!md) return ERR_UNSUPPORTED;
    bool ok = ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_CTX_set_hkdf_md(ctx, md) == 1 &&
              EVP_PKEY_CTX_set1_hkdf_salt(ctx, evp_bytes(salt), (int)salt.len) == 1 &&
              EVP_PKEY_CTX_set1_hkdf_key(ctx, evp_bytes(secret), (int)secret.len) == 1 &&
              EVP_PKEY_CTX_add1_hkdf_info(ctx, evp_bytes(info), (int)info.len) == 1;
    if (ok && len) ok = EVP_PKEY_derive(ctx, (unsigned char *)buf_reserve(to, len), &len) == 1;
    if (ok) buf_added(to, len);
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(md);
    return evp_done(ok, ERR_INVALID);
}

/* --- SPKAC ---------------------------------------------------------------------------------------------------------------- */

static NETSCAPE_SPKI *spkac_of(struct span text) {
    if (text.len > LIMIT_CRYPTO_KEY_BYTES || !text.len) return NULL;
    NETSCAPE_SPKI *spki = NETSCAPE_SPKI_b64_decode(text.ptr, (int)text.len);
    ERR_clear_error();
    return spki;
}

bool crypto_spkac_verify(struct span text) {
    NETSCAPE_SPKI *spki = spkac_of(text);
    EVP_PKEY *pkey = spki ? X509_PUBKEY_get(spki->spkac->pubkey) : NULL;
    bool valid = pkey && NETSCAPE_SPKI_verify(spki, pkey) > 0;
    EVP_PKEY_free(pkey);
    NETSCAPE_SPKI_free(spki);
    ERR_clear_error();
    return valid;
}

enum err crypto_spkac_public(struct span text, struct buf *to) {
    NETSCAPE_SPKI *spki = spkac_of(text);
    EVP_PKEY *pkey = spki ? NETSCAPE_SPKI_get_pubkey(spki) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    check(bio != NULL);
    bool ok = pkey && PEM_write_bio_PUBKEY(bio, pkey) == 1 && take_bio(bio, to);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    NETSCAPE_SPKI_free(spki);
    return evp_done(ok, ERR_INVALID);
}

enum err crypto_spkac_challenge(struct span text, struct buf *to) {
    NETSCAPE_SPKI *spki = spkac_of(text);
    unsigned char *utf8 = NULL;
    int len = spki ? ASN1_STRING_to_UTF8(&utf8, spki->spkac->challenge) : -1;
    if (len > 0) buf_add(to, span_make(utf8, (size_t)len));
    OPENSSL_free(utf8);
    NETSCAPE_SPKI_free(spki);
    return evp_done(len >= 0, ERR_INVALID);
}
