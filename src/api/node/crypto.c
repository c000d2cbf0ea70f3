/* The C side of node:crypto (crypto*.js). What can fail gives a number where a result would be: enum answer, the same in
 * crypto_base.js, which makes the errors of Node.js of them. */
#include "api/node/crypto.h"
#include "api/builtins.h"
#include "api/subtle.h"
#include "base/limits.h"
#include "crypto/derive.h"
#include "crypto/named.h"
#include "crypto/pem.h"
#include "crypto/random.h"

js_val node_crypto_answer(js_ctx c, enum err e) {
    return js_int(c, e == ERR_UNSUPPORTED ? NODE_CRYPTO_UNSUPPORTED
                     : e == ERR_CORRUPT   ? NODE_CRYPTO_CORRUPT
                     : e == ERR_TOO_LARGE ? NODE_CRYPTO_TOO_LARGE
                                          : NODE_CRYPTO_INVALID);
}

js_val node_crypto_bytes(js_ctx c, enum err e, struct buf *out, js_val *exc) {
    js_val v = e == ERR_OK ? (js_val)js_uint8_copy(c, buf_span(out), exc) : node_crypto_answer(c, e);
    if (out->len) crypto_wipe(out->ptr, out->len);
    buf_free(out);
    return v;
}

bool node_crypto_name(js_ctx c, js_val v, char room[NODE_CRYPTO_NAME], struct span *ret, js_val *exc) {
    *ret = SPAN_NONE;
    if (js_is_nullish(c, v)) return true;
    struct arena a = ARENA_INIT;
    struct span text;
    bool ok = js_to_utf8_arena(c, v, &a, &text, exc);
    if (ok) {
        bool fits = text.len < NODE_CRYPTO_NAME;
        size_t len = fits ? text.len : 1;
        memcpy(room, fits ? text.ptr : "?", len); /* nothing is called so */
        *ret = span_make(room, len);
    }
    arena_free(&a);
    return ok;
}

/* --- Digests ------------------------------------------------------------------------------------------------------ */

static void hasher_gone(void *data) { crypto_hasher_free(data); }
static const struct js_kind hasher_kind = {"Hasher", hasher_gone};

static struct crypto_hasher *hasher_arg(js_ctx c, js_val v, js_val *exc) {
    struct crypto_hasher *h = js_handle_get(c, v, &hasher_kind);
    if (!h) js_throw_type(c, exc, "Illegal invocation");
    return h;
}

/* hashNew(name) */
static JS_NATIVE(native_hash_new) {
    char room[NODE_CRYPTO_NAME];
    struct span name;
    struct crypto_hasher *h = NULL;
    if (!NAME(0, room, &name)) return NULL;
    enum err e = crypto_hasher_new(name, &h);
    return e == ERR_OK ? (js_val)js_handle_new(c, &hasher_kind, h) : node_crypto_answer(c, e);
}
/* hmacNew(name, secret key) */
static JS_NATIVE(native_hmac_new) {
    char room[NODE_CRYPTO_NAME];
    struct span name;
    struct crypto_hasher *h = NULL;
    struct crypto_key *key = KEY(1);
    if (!key || !NAME(0, room, &name)) return NULL;
    enum err e = crypto_hasher_new_hmac(name, crypto_key_secret(key), &h);
    return e == ERR_OK ? (js_val)js_handle_new(c, &hasher_kind, h) : node_crypto_answer(c, e);
}
/* hashCopy(h) */
static JS_NATIVE(native_hash_copy) {
    struct crypto_hasher *h = hasher_arg(c, ARG(0), exc), *copy = h ? crypto_hasher_copy(h) : NULL;
    if (!h) return NULL;
    return copy ? (js_val)js_handle_new(c, &hasher_kind, copy) : node_crypto_answer(c, ERR_INVALID);
}
/* hashAdd(h, bytes) */
static JS_NATIVE(native_hash_add) {
    struct crypto_hasher *h = hasher_arg(c, ARG(0), exc);
    struct span data;
    if (h && js_bytes_of(c, ARG(1), &data, exc)) crypto_hasher_add(h, data);
    return NULL;
}
/* hashFinish(h, bytes of output or -1): the handle is closed. */
static JS_NATIVE(native_hash_finish) {
    double bytes;
    struct buf out = BUF_INIT;
    if (!js_arg_number(c, argc, argv, 1, &bytes, exc)) return NULL;
    struct crypto_hasher *h = js_handle_close(c, ARG(0), &hasher_kind);
    if (!h) return js_throw_type(c, exc, "Illegal invocation");
    size_t len = bytes >= 0 && bytes <= 1e9 ? (size_t)bytes : bytes < 0 ? SIZE_MAX : (size_t)1e9;
    enum err e = crypto_hasher_finish(h, len, &out);
    crypto_hasher_free(h);
    return node_crypto_bytes(c, e, &out, exc);
}
/* digestBytes(name): 0 when there is none */
static JS_NATIVE(native_digest_bytes) {
    char room[NODE_CRYPTO_NAME];
    struct span name;
    if (!NAME(0, room, &name)) return NULL;
    return js_int(c, (int32_t)crypto_named_digest_bytes(name));
}

/* --- Ciphers ------------------------------------------------------------------------------------------------------ */

static void flow_gone(void *data) { crypto_flow_free(data); }
static const struct js_kind flow_kind = {"Cipher", flow_gone};

static struct crypto_flow *flow_arg(js_ctx c, js_val v, js_val *exc) {
    struct crypto_flow *f = js_handle_get(c, v, &flow_kind);
    if (!f) js_throw_type(c, exc, "Illegal invocation");
    return f;
}

static size_t size_or_own(double n) { return n >= 0 && n < 1e9 ? (size_t)n : n < 0 ? SIZE_MAX : (size_t)1e9; }

/* cipherOf(name, bytes of key or -1, of iv or -1): [name, mode, nid, key, iv, block, authenticated] */
static JS_NATIVE(native_cipher_of) {
    char room[NODE_CRYPTO_NAME];
    struct span name;
    struct crypto_named_cipher found;
    double key, iv;
    if (!NAME(0, room, &name) || !js_arg_number(c, argc, argv, 1, &key, exc) ||
        !js_arg_number(c, argc, argv, 2, &iv, exc))
        return NULL;
    enum err e = crypto_cipher_of(name, size_or_own(key), size_or_own(iv), &found);
    if (e) return node_crypto_answer(c, e);
    js_val items[] = {js_str(c, span_of(found.name)),
                      js_str(c, span_of(found.mode)),
                      js_int(c, found.nid),
                      js_int(c, (int32_t)found.key_bytes),
                      js_int(c, (int32_t)found.iv_bytes),
                      js_int(c, (int32_t)found.block_bytes),
                      js_bool(c, found.authenticated)};
    return js_array(c, sizeof items / sizeof *items, items, exc);
}
/* flowNew(name, encrypt, secret key, iv, bytes of the tag) */
static JS_NATIVE(native_flow_new) {
    char room[NODE_CRYPTO_NAME];
    struct span name, iv;
    int32_t tag;
    struct crypto_flow *f = NULL;
    struct crypto_key *key = KEY(2);
    if (!key || !NAME(0, room, &name) || !BYTES(3, &iv) || !ENUM(4, 17, &tag)) return NULL;
    enum err e = crypto_flow_new(name, js_to_bool(c, ARG(1)), crypto_key_secret(key), iv, (size_t)tag, &f);
    return e == ERR_OK ? (js_val)js_handle_new(c, &flow_kind, f) : node_crypto_answer(c, e);
}
/* flowPadding(f, on) */
static JS_NATIVE(native_flow_padding) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    if (f) crypto_flow_padding(f, js_to_bool(c, ARG(1)));
    return NULL;
}
/* flowAad(f, bytes), flowExpect(f, tag): undefined, or what is wrong */
static JS_NATIVE(native_flow_aad) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    struct span bytes;
    if (!f || !js_bytes_of(c, ARG(1), &bytes, exc)) return NULL;
    enum err e = crypto_flow_aad(f, bytes);
    return e ? node_crypto_answer(c, e) : NULL;
}
static JS_NATIVE(native_flow_expect) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    struct span bytes;
    if (!f || !js_bytes_of(c, ARG(1), &bytes, exc)) return NULL;
    enum err e = crypto_flow_expect(f, bytes);
    return e ? node_crypto_answer(c, e) : NULL;
}
/* flowAdd(f, bytes), flowFinish(f), flowTag(f): bytes */
static JS_NATIVE(native_flow_add) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    struct span bytes;
    struct buf out = BUF_INIT;
    if (!f || !js_bytes_of(c, ARG(1), &bytes, exc)) return NULL;
    enum err e = crypto_flow_add(f, bytes, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
static JS_NATIVE(native_flow_finish) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    struct buf out = BUF_INIT;
    if (!f) return NULL;
    enum err e = crypto_flow_finish(f, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
static JS_NATIVE(native_flow_tag) {
    struct crypto_flow *f = flow_arg(c, ARG(0), exc);
    struct buf out = BUF_INIT;
    if (!f) return NULL;
    enum err e = crypto_flow_tag(f, &out);
    return node_crypto_bytes(c, e, &out, exc);
}

/* --- Keys ---------------------------------------------------------------------------------------------------------- */

/* keyRead(private, pem, form, bytes, passphrase) */
static JS_NATIVE(native_key_read) {
    int32_t form;
    struct span bytes, pass;
    struct crypto_key *key = NULL;
    if (!ENUM(2, CRYPTO_FORM_SEC1 + 1, &form) || !js_bytes_of(c, ARG(3), &bytes, exc) || !BYTES(4, &pass))
        return NULL;
    if (!pass.len && !js_is_nullish(c, ARG(4))) pass = SPAN("");
    enum err e = crypto_pem_read(js_to_bool(c, ARG(0)), js_to_bool(c, ARG(1)), (enum crypto_key_form)form,
                                 bytes, pass, &key);
    return e == ERR_OK ? (js_val)subtle_key_handle(c, key) : node_crypto_answer(c, e);
}
/* keyWrite(key, pem, form, cipher, passphrase) */
static JS_NATIVE(native_key_write) {
    int32_t form;
    char room[NODE_CRYPTO_NAME];
    struct span cipher, pass;
    struct buf out = BUF_INIT;
    struct crypto_key *key = KEY(0);
    if (!key || !ENUM(2, CRYPTO_FORM_SEC1 + 1, &form) || !NAME(3, room, &cipher) || !BYTES(4, &pass))
        return NULL;
    enum err e = crypto_pem_write(key, js_to_bool(c, ARG(1)), (enum crypto_key_form)form, cipher, pass, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* keyInfo(key): [type, private, bits, curve, bits of the divisor] */
static JS_NATIVE(native_key_info) {
    struct crypto_key *key = KEY(0);
    if (!key) return NULL;
    js_val items[] = {js_int(c, (int32_t)crypto_key_type(key)), js_bool(c, crypto_key_is_private(key)),
                      js_int(c, (int32_t)crypto_key_bits(key)), js_int(c, (int32_t)crypto_key_curve(key)),
                      js_int(c, (int32_t)crypto_key_divisor_bits(key))};
    return js_array(c, sizeof items / sizeof *items, items, exc);
}
/* keySame(a, b) */
static JS_NATIVE(native_key_same) {
    struct crypto_key *a = KEY(0), *b = a ? KEY(1) : NULL;
    return b ? js_bool(c, crypto_key_same(a, b)) : NULL;
}
/* keySecret(key): its bytes */
static JS_NATIVE(native_key_secret) {
    struct crypto_key *key = KEY(0);
    return key ? (js_val)js_uint8_copy(c, crypto_key_secret(key), exc) : NULL;
}
/* agree(own, peer) */
static JS_NATIVE(native_agree) {
    struct crypto_key *own = KEY(0), *peer = own ? KEY(1) : NULL;
    struct buf out = BUF_INIT;
    if (!peer) return NULL;
    enum err e = crypto_agree(own, peer, &out);
    return node_crypto_bytes(c, e, &out, exc);
}

enum { SIGN_PSS = 1, SIGN_RAW = 2, SIGN_HASHED = 4 };
/* key, digest, flags, salt */
static bool sign_args(js_ctx c, size_t argc, const js_val argv[], struct crypto_key **key,
                      char room[NODE_CRYPTO_NAME], struct crypto_pem_sign *how, js_val *exc) {
    int32_t flags;
    double salt;
    *key = KEY(0);
    if (!*key || !NAME(1, room, &how->digest) || !ENUM(2, 8, &flags) ||
        !js_arg_number(c, argc, argv, 3, &salt, exc))
        return false;
    how->pss = flags & SIGN_PSS;
    how->raw_ecdsa = flags & SIGN_RAW;
    how->hashed = flags & SIGN_HASHED;
    how->salt_bytes = salt >= -2 && salt <= 4096 ? (int)salt : 4096;
    return true;
}
/* sign(key, digest, flags, salt, data) */
static JS_NATIVE(native_sign) {
    char room[NODE_CRYPTO_NAME];
    struct crypto_key *key;
    struct crypto_pem_sign how = {0};
    struct span data;
    struct buf out = BUF_INIT;
    if (!sign_args(c, argc, argv, &key, room, &how, exc) || !js_bytes_of(c, ARG(4), &data, exc)) return NULL;
    enum err e = crypto_pem_sign(key, &how, data, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* verify(key, digest, flags, salt, data, signature) */
static JS_NATIVE(native_verify) {
    char room[NODE_CRYPTO_NAME];
    struct crypto_key *key;
    struct crypto_pem_sign how = {0};
    struct span data, signature;
    bool valid = false;
    if (!sign_args(c, argc, argv, &key, room, &how, exc) || !js_bytes_of(c, ARG(4), &data, exc) ||
        !js_bytes_of(c, ARG(5), &signature, exc))
        return NULL;
    enum err e = crypto_pem_verify(key, &how, data, signature, &valid);
    return e ? node_crypto_answer(c, e) : js_bool(c, valid);
}
/* rsa(key, step, padding, digest of OAEP, label, data) */
static JS_NATIVE(native_rsa) {
    int32_t step, padding;
    char room[NODE_CRYPTO_NAME];
    struct span digest, label, data;
    struct buf out = BUF_INIT;
    struct crypto_key *key = KEY(0);
    if (!key || !ENUM(1, CRYPTO_PUBLIC_DECRYPT + 1, &step) || !ENUM(2, 8, &padding) ||
        !NAME(3, room, &digest) || !BYTES(4, &label) || !js_bytes_of(c, ARG(5), &data, exc))
        return NULL;
    enum err e = crypto_rsa_crypt(key, (enum crypto_rsa_step)step, padding, digest, label, data, &out);
    return node_crypto_bytes(c, e, &out, exc);
}

/* --- SPKAC ------------------------------------------------------------------------------------------------------------ */

/* spkacVerify(text), spkacPublic(text), spkacChallenge(text) */
static JS_NATIVE(native_spkac_verify) {
    struct span text;
    return BYTES(0, &text) ? js_bool(c, crypto_spkac_verify(text)) : NULL;
}
static JS_NATIVE(native_spkac_public) {
    struct span text;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &text)) return NULL;
    enum err e = crypto_spkac_public(text, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
static JS_NATIVE(native_spkac_challenge) {
    struct span text;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &text)) return NULL;
    enum err e = crypto_spkac_challenge(text, &out);
    return node_crypto_bytes(c, e, &out, exc);
}

const struct js_native_row api_natives_node_crypto_base[] = {{"hashNew", native_hash_new, 1},
                                                             {"hmacNew", native_hmac_new, 2},
                                                             {"hashCopy", native_hash_copy, 1},
                                                             {"hashAdd", native_hash_add, 2},
                                                             {"hashFinish", native_hash_finish, 2},
                                                             {"digestBytes", native_digest_bytes, 1},
                                                             {"cipherOf", native_cipher_of, 3},
                                                             {"flowNew", native_flow_new, 5},
                                                             {"flowPadding", native_flow_padding, 2},
                                                             {"flowAad", native_flow_aad, 2},
                                                             {"flowExpect", native_flow_expect, 2},
                                                             {"flowAdd", native_flow_add, 2},
                                                             {"flowFinish", native_flow_finish, 1},
                                                             {"flowTag", native_flow_tag, 1},
                                                             {"keyRead", native_key_read, 5},
                                                             {"keyWrite", native_key_write, 5},
                                                             {"keyInfo", native_key_info, 1},
                                                             {"keySame", native_key_same, 2},
                                                             {"keySecret", native_key_secret, 1},
                                                             {"agree", native_agree, 2},
                                                             {"sign", native_sign, 5},
                                                             {"verify", native_verify, 6},
                                                             {"rsa", native_rsa, 6},
                                                             {"spkacVerify", native_spkac_verify, 1},
                                                             {"spkacPublic", native_spkac_public, 1},
                                                             {"spkacChallenge", native_spkac_challenge, 1},
                                                             {NULL, NULL, 0}};
