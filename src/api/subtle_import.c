/* Keys in and out of crypto.subtle: DER, raw, and the parts of a JWK as base64url text. Imports return a handle, or
 * null when the key is malformed or not of that kind: JavaScript makes the DataError. */
#include "api/builtins.h"
#include "api/subtle.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "text/base64.h"

enum format { SPKI, PKCS8, RAW, FORMATS };
enum { PARTS_MAX = 8 };

static js_val imported(js_ctx c, enum err e, struct crypto_key *key) {
    return e == ERR_OK ? (js_val)subtle_key_handle(c, key) : js_null(c);
}

/* secret(bytes) */
static JS_NATIVE(native_secret) {
    struct span bytes;
    if (!js_bytes_of(c, js_arg(c, argc, argv, 0), &bytes, exc)) return NULL;
    return subtle_key_handle(c, crypto_key_from_secret(bytes));
}

/* key(format, type, curve, bytes) */
static JS_NATIVE(native_key) {
    int32_t format, type, curve;
    struct span der;
    struct crypto_key *key = NULL;
    if (!subtle_enum_arg(c, argc, argv, 0, FORMATS, &format, exc) ||
        !subtle_enum_arg(c, argc, argv, 1, CRYPTO_KEY_DSA, &type, exc) ||
        !subtle_enum_arg(c, argc, argv, 2, CRYPTO_P521 + 1, &curve, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 3), &der, exc))
        return NULL;
    enum crypto_key_type t = (enum crypto_key_type)type;
    enum crypto_curve k = (enum crypto_curve)curve;
    enum err e = format == SPKI    ? crypto_key_import_spki(t, k, der, &key)
                 : format == PKCS8 ? crypto_key_import_pkcs8(t, k, der, &key)
                                   : crypto_key_import_raw(t, k, der, &key);
    return imported(c, e, key);
}

/* Base64url text in arguments i..; undefined stays SPAN_NONE. False with *exc unset: malformed. */
static bool parts_read(js_ctx c, size_t argc, const js_val argv[], size_t i, size_t count, struct span *parts,
                       struct arena *a, js_val *exc) {
    for (size_t k = 0; k < count; k++) {
        struct span text;
        js_val v = js_arg(c, argc, argv, i + k);
        parts[k] = SPAN_NONE;
        if (js_is_undefined(c, v)) continue;
        if (!js_to_utf8_arena(c, v, a, &text, exc) || text.len > LIMIT_CRYPTO_KEY_BYTES) return false;
        char *to = arena_alloc(a, base64_decoded_max(text.len));
        size_t len;
        if (base64url_decode(text, to, &len) != ERR_OK) return false;
        parts[k] = span_make(to, len);
    }
    return true;
}

static void wipe(struct span *parts, size_t count) {
    for (size_t i = 0; i < count; i++) crypto_wipe((char *)(uintptr_t)parts[i].ptr, parts[i].len);
}

/* Leading zeros are not part of the number. */
static struct span number(struct span s) {
    while (s.len > 1 && !s.ptr[0]) s = span_from(s, 1);
    return s;
}

static enum err from_parts(enum crypto_key_type type, enum crypto_curve curve, const struct span p[PARTS_MAX],
                           struct crypto_key **key) {
    switch (type) {
    case CRYPTO_KEY_SECRET: *key = crypto_key_from_secret(p[0]); return ERR_OK;
    case CRYPTO_KEY_RSA: {
        struct crypto_rsa_parts rsa = {number(p[0]), number(p[1]), number(p[2]), number(p[3]),
                                       number(p[4]), number(p[5]), number(p[6]), number(p[7])};
        return crypto_key_import_rsa(&rsa, key);
    }
    case CRYPTO_KEY_EC: return crypto_key_import_ec(curve, &(struct crypto_ec_parts){p[0], p[1], p[2]}, key);
    default: return crypto_key_import_okp(type, &(struct crypto_okp_parts){p[0], p[1]}, key);
    }
}

/* parts(type, curve, ...): secret k; RSA n, e, d, p, q, dp, dq, qi; EC x, y, d; OKP x, d. */
static JS_NATIVE(native_parts) {
    int32_t type, curve;
    struct span parts[PARTS_MAX] = {{NULL, 0}};
    struct arena a = ARENA_INIT;
    struct crypto_key *key = NULL;
    js_val v = js_null(c);
    if (!subtle_enum_arg(c, argc, argv, 0, CRYPTO_KEY_DSA, &type, exc) ||
        !subtle_enum_arg(c, argc, argv, 1, CRYPTO_P521 + 1, &curve, exc))
        return NULL;
    if (parts_read(c, argc, argv, 2, PARTS_MAX, parts, &a, exc)) {
        enum err e = from_parts((enum crypto_key_type)type, (enum crypto_curve)curve, parts, &key);
        v = imported(c, e, key);
    }
    wipe(parts, PARTS_MAX);
    arena_free(&a);
    return *exc ? NULL : v;
}

/* public(key): the public half. */
static JS_NATIVE(native_public) {
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 0, exc), *half = NULL;
    if (!key) return NULL;
    enum err e = crypto_key_public(key, &half);
    return imported(c, e, half);
}

/* bits(key) */
static JS_NATIVE(native_bits) {
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 0, exc);
    return key ? js_number(c, (double)crypto_key_bits(key)) : NULL;
}
/* isPrivate(key) */
static JS_NATIVE(native_is_private) {
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 0, exc);
    return key ? js_bool(c, crypto_key_is_private(key)) : NULL;
}

/* exponent(key): of an RSA key, as a Uint8Array. */
static JS_NATIVE(native_exponent) {
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 0, exc);
    struct arena a = ARENA_INIT;
    struct crypto_rsa_parts parts;
    js_val v = NULL;
    if (!key) return NULL;
    if (crypto_key_export_rsa(key, &a, &parts) != ERR_OK)
        js_throw_type(c, exc, "not an RSA key");
    else
        v = js_uint8_copy(c, parts.e, exc);
    arena_free(&a);
    return v;
}

/* save(format, key): an ArrayBuffer, or null when the key has no such form. */
static JS_NATIVE(native_save) {
    int32_t format;
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 1, exc);
    struct buf out = BUF_INIT;
    if (!key || !subtle_enum_arg(c, argc, argv, 0, FORMATS, &format, exc)) return NULL;
    enum err e = format == SPKI    ? crypto_key_export_spki(key, &out)
                 : format == PKCS8 ? crypto_key_export_pkcs8(key, &out)
                                   : crypto_key_export_raw(key, &out);
    js_val v = e == ERR_OK ? (js_val)js_buffer_copy(c, buf_span(&out), exc) : js_null(c);
    if (out.len) crypto_wipe(out.ptr, out.len);
    buf_free(&out);
    return v;
}

static js_val text_of(js_ctx c, struct span part, struct arena *a) {
    if (!part.ptr) return js_undefined(c);
    char *to = arena_alloc(a, base64url_encoded_length(part.len) + 1);
    return js_str_latin1(c, span_make(to, base64url_encode(part, to)));
}

static size_t to_parts(const struct crypto_key *key, struct arena *a, struct span parts[PARTS_MAX]) {
    struct crypto_rsa_parts rsa;
    struct crypto_ec_parts ec;
    struct crypto_okp_parts okp;
    switch (crypto_key_type(key)) {
    case CRYPTO_KEY_SECRET: parts[0] = crypto_key_secret(key); return 1;
    case CRYPTO_KEY_RSA:
        if (crypto_key_export_rsa(key, a, &rsa) != ERR_OK) return 0;
        memcpy(parts, (struct span[]){rsa.n, rsa.e, rsa.d, rsa.p, rsa.q, rsa.dp, rsa.dq, rsa.qi},
               8 * sizeof *parts);
        return 8;
    case CRYPTO_KEY_EC:
        if (crypto_key_export_ec(key, a, &ec) != ERR_OK) return 0;
        memcpy(parts, (struct span[]){ec.x, ec.y, ec.d}, 3 * sizeof *parts);
        return 3;
    default:
        if (crypto_key_export_okp(key, a, &okp) != ERR_OK) return 0;
        memcpy(parts, (struct span[]){okp.x, okp.d}, 2 * sizeof *parts);
        return 2;
    }
}

/* saveParts(key): the texts that parts() takes; undefined for what it does not have. */
static JS_NATIVE(native_save_parts) {
    struct crypto_key *key = subtle_key_arg(c, argc, argv, 0, exc);
    struct span parts[PARTS_MAX] = {{NULL, 0}};
    js_val items[PARTS_MAX];
    struct arena a = ARENA_INIT;
    if (!key) return NULL;
    size_t n = to_parts(key, &a, parts);
    if (crypto_key_type(key) == CRYPTO_KEY_SECRET && !parts[0].ptr) parts[0] = SPAN("");
    for (size_t i = 0; i < n; i++) items[i] = text_of(c, parts[i], &a);
    if (crypto_key_type(key) != CRYPTO_KEY_SECRET)
        wipe(parts, n); /* copies; a secret's bytes are the key's own */
    arena_free(&a);
    if (!n) return js_throw_dom(c, exc, "OperationError", "The key could not be exported.");
    return js_array(c, n, items, exc);
}

const struct js_native_row api_natives_subtle_import[] = {{"secret", native_secret, 1},
                                                          {"key", native_key, 4},
                                                          {"parts", native_parts, 10},
                                                          {"public", native_public, 1},
                                                          {"bits", native_bits, 1},
                                                          {"isPrivate", native_is_private, 1},
                                                          {"exponent", native_exponent, 1},
                                                          {"save", native_save, 2},
                                                          {"saveParts", native_save_parts, 1},
                                                          {NULL, NULL, 0}};
