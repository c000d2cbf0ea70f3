/* crypto.subtle: what computes. A job is one computation over borrowed bytes; a short one is done inside the native,
 * a long one (see is_long) copies its inputs and goes to the pool as an operation (op.h): the native then returns the
 * operation's number instead of the result. */
#include "api/subtle.h"

#include "api/core.h"
#include "base/priority.h"
#include "crypto/checksum.h"
#include "crypto/cipher.h"
#include "crypto/derive.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "crypto/xof.h"
#include "loop/work.h"

enum {
    LONG_BYTES = 128 * 1024,
    LONG_DIGEST_BYTES = 32 * 1024,
    LONG_RSA_BITS = 4096,
    LONG_ITERATIONS = 100,
    JOB_NICE = 10
};

enum task { DIGEST, SPONGE, SIGN, VERIFY, ENCRYPT, DECRYPT, HKDF, PBKDF2, AGREE, GENERATE, GENERATE_RSA };

struct job {
    struct op op;
    struct meter_job meter; /* when it goes to the pool */
    enum task task;
    struct crypto_key *key, *peer;
    enum crypto_hash hash;
    struct crypto_sign sign;
    struct crypto_cipher cipher;
    struct span data, second, info; /* second: signature, salt, public exponent, customization */
    uint64_t iterations;
    unsigned bits; /* SPONGE */
    size_t bytes;  /* of what is derived; bits of RSA */
    enum crypto_key_type type;
    enum crypto_curve curve;
    struct arena copies; /* of the spans, when it goes to the pool */
    /* result */
    enum err result;
    bool valid;
    struct buf out;
    struct crypto_key *made;
};

/* --- Keys and arguments --- */

static void key_gone(void *data) { crypto_key_free(data); }
static const struct js_kind key_kind = {"CryptoKey", key_gone};

js_obj subtle_key_handle(js_ctx c, struct crypto_key *key) { return js_handle_new(c, &key_kind, key); }

struct crypto_key *subtle_key_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, js_val *exc) {
    struct crypto_key *key = js_handle_get(c, js_arg(c, argc, argv, i), &key_kind);
    if (!key) js_throw_type(c, exc, "Illegal invocation");
    return key;
}

bool subtle_bytes_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, struct span *ret, js_val *exc) {
    js_val v = js_arg(c, argc, argv, i);
    *ret = SPAN_NONE;
    return js_is_nullish(c, v) || js_bytes_of(c, v, ret, exc);
}

bool subtle_enum_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, int32_t count, int32_t *ret,
                     js_val *exc) {
    if (!js_arg_int(c, argc, argv, i, ret, exc)) return false;
    if (*ret >= 0 && *ret < count) return true;
    return js_throw_type(c, exc, "Illegal invocation"), false;
}

static bool hash_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, enum crypto_hash *ret,
                     js_val *exc) {
    int32_t n;
    if (!subtle_enum_arg(c, argc, argv, i, CRYPTO_HASH_COUNT, &n, exc)) return false;
    *ret = (enum crypto_hash)n;
    return true;
}

/* --- Jobs --- */

static void job_run(void *arg) {
    struct job *j = arg;
    unsigned char digest[CRYPTO_DIGEST_MAX];
    switch (j->task) {
    case DIGEST:
        buf_add(&j->out, span_make(digest, crypto_digest(j->hash, j->data, digest)));
        j->result = ERR_OK;
        break;
    case SPONGE: j->result = crypto_cshake(j->bits, j->info, j->second, j->data, j->bytes, &j->out); break;
    case SIGN: j->result = crypto_sign(j->key, &j->sign, j->data, &j->out); break;
    case VERIFY: j->result = crypto_verify(j->key, &j->sign, j->data, j->second, &j->valid); break;
    case ENCRYPT: j->result = crypto_encrypt(j->key, &j->cipher, j->data, &j->out); break;
    case DECRYPT: j->result = crypto_decrypt(j->key, &j->cipher, j->data, &j->out); break;
    case HKDF:
        j->result = crypto_hkdf(j->hash, crypto_key_secret(j->key), j->second, j->info, j->bytes, &j->out);
        break;
    case PBKDF2:
        j->result =
            crypto_pbkdf2(j->hash, crypto_key_secret(j->key), j->second, j->iterations, j->bytes, &j->out);
        break;
    case AGREE: j->result = crypto_agree(j->key, j->peer, &j->out); break;
    case GENERATE: j->result = crypto_key_generate(j->type, j->curve, &j->made); break;
    case GENERATE_RSA: j->result = crypto_key_generate_rsa(j->bytes, j->second, &j->made); break;
    }
}

/* HMACs that a derivation takes. */
static uint64_t rounds(const struct job *j) {
    uint64_t blocks = j->bytes / crypto_hash_bytes(j->hash) + 1;
    return j->task == PBKDF2 ? blocks * j->iterations : blocks;
}

static size_t input_bytes(const struct job *j) {
    size_t secret = j->key ? crypto_key_secret(j->key).len : 0;
    size_t info = j->task == HKDF ? j->info.len * (size_t)rounds(j) : 0;
    return j->data.len + j->second.len + secret + info;
}

/* Curves for which the library has no fast code; it has for P-256. */
static bool is_slow(const struct crypto_key *key) {
    switch (crypto_key_type(key)) {
    case CRYPTO_KEY_EC: return crypto_key_curve(key) != CRYPTO_P256;
    case CRYPTO_KEY_ED448:
    case CRYPTO_KEY_X448: return true;
    default: return false;
    }
}

/* Hashing all the data is what takes the time. */
static bool is_hashing(const struct job *j) {
    return j->task == DIGEST || j->task == SPONGE || j->task == SIGN || j->task == VERIFY;
}

/* Above about 50 us. */
static bool is_long(const struct job *j) {
    if (input_bytes(j) > (is_hashing(j) ? LONG_DIGEST_BYTES : LONG_BYTES)) return true;
    bool rsa = j->key && crypto_key_type(j->key) == CRYPTO_KEY_RSA, slow = j->key && is_slow(j->key);
    switch (j->task) {
    case DIGEST: return false;
    case SPONGE: return j->bytes > LONG_DIGEST_BYTES;
    case SIGN:
    case DECRYPT: return rsa || slow || j->sign.out_bytes > LONG_DIGEST_BYTES;
    case VERIFY:
        return slow || (rsa && crypto_key_bits(j->key) > LONG_RSA_BITS) ||
               j->sign.out_bytes > LONG_DIGEST_BYTES;
    case ENCRYPT: return rsa && crypto_key_bits(j->key) > LONG_RSA_BITS;
    case AGREE: return slow;
    case HKDF: return rounds(j) > LONG_ITERATIONS;
    case PBKDF2: return rounds(j) > LONG_ITERATIONS;
    case GENERATE:
        return (j->type == CRYPTO_KEY_EC && j->curve != CRYPTO_P256) || j->type == CRYPTO_KEY_ED448 ||
               j->type == CRYPTO_KEY_X448;
    case GENERATE_RSA: return true;
    }
    return true;
}

static void job_free(struct job *j) {
    if (j->out.len) crypto_wipe(j->out.ptr, j->out.len);
    buf_free(&j->out);
    crypto_key_free(j->made);
    crypto_key_free(j->key);
    crypto_key_free(j->peer);
    arena_free(&j->copies);
    mem_free(j);
}

static js_val failure(js_ctx c, const struct job *j, js_val *exc) {
    if (j->result == ERR_UNSUPPORTED)
        return js_throw_dom(c, exc, "NotSupportedError", "The algorithm is not supported.");
    if (j->result == ERR_TOO_LARGE)
        return js_throw_dom(c, exc, "NotSupportedError",
                            "The operation is larger than this platform allows.");
    if (j->task == DECRYPT)
        return js_throw_dom(
            c, exc, "OperationError",
            "Decryption failed: the key, the parameters and the ciphertext do not go together.");
    return js_throw_dom(c, exc, "OperationError",
                        "The operation failed: the key or a parameter does not allow it.");
}

/* The result; what it holds of j passes over to JavaScript. */
static js_val job_value(js_ctx c, struct job *j, js_val *exc) {
    if (j->result != ERR_OK) return failure(c, j, exc);
    if (j->task == VERIFY) return js_bool(c, j->valid);
    if (j->made) {
        struct crypto_key *key = j->made;
        j->made = NULL;
        return subtle_key_handle(c, key);
    }
    if (j->out.len < 512) return js_buffer_copy(c, buf_span(&j->out), exc);
    struct buf out = j->out;
    j->out = BUF_INIT;
    return js_buffer_take_malloc(c, out.ptr, out.len, exc);
}

static js_val job_make(js_ctx c, struct op *op, js_val *exc) {
    struct job *j = (struct job *)op;
    js_val v = job_value(c, j, exc);
    job_free(j);
    return v;
}
static void job_drop(struct op *op) { job_free((struct job *)op); }
static void job_done(void *arg) {
    struct job *j = arg;
    meter_job_bill(&j->meter);
    op_finish(&j->op);
}

void subtle_stand_back(void) {
    static _Thread_local bool behind;
    if (!behind) priority_behind(JOB_NICE);
    behind = true;
}

static void job_run_behind(void *arg) {
    subtle_stand_back();
    struct job *j = arg;
    if (!meter_job_begins(&j->meter)) return;
    job_run(j);
    meter_job_ends(&j->meter);
}

static js_val job_post(js_ctx c, const struct job *from, js_val *exc) {
    struct api *api = api_here();
    struct job *j = NEW(struct job);
    *j = *from;
    struct span *spans[] = {&j->data,      &j->second,     &j->info,
                            &j->cipher.iv, &j->cipher.aad, &j->sign.customization};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (spans[i]->len) *spans[i] = arena_copy(&j->copies, *spans[i]);
    if (j->key) crypto_key_ref(j->key);
    if (j->peer) crypto_key_ref(j->peer);
    uint32_t id = op_begin(api, &j->op, job_make, job_drop);
    j->meter = meter_job_new(api);
    enum err e = work_run(api->config.loop, job_run_behind, job_done, j);
    if (e == ERR_OK) return js_int(c, (int32_t)id);
    meter_job_bill(&j->meter); /* nothing */
    op_drop(&j->op);
    job_free(j);
    return js_throw_err(c, exc, e, NULL);
}

static js_val job_go(js_ctx c, struct job *j, js_val *exc) {
    if (is_long(j)) return job_post(c, j, exc);
    job_run(j);
    js_val v = job_value(c, j, exc);
    buf_free(&j->out);
    crypto_key_free(j->made);
    return v;
}

/* --- Natives. Each returns its result, or the number of an operation. --- */

/* digest(hash, data) */
static JS_NATIVE(native_digest) {
    struct job j = {.task = DIGEST};
    if (!hash_arg(c, argc, argv, 0, &j.hash, exc) || !js_bytes_of(c, js_arg(c, argc, argv, 1), &j.data, exc))
        return NULL;
    return job_go(c, &j, exc);
}

/* sponge(128 or 256, function's name, customization, bytes of output, data) */
static JS_NATIVE(native_sponge) {
    struct job j = {.task = SPONGE};
    int32_t bits, bytes;
    if (!subtle_enum_arg(c, argc, argv, 0, 257, &bits, exc) ||
        !subtle_bytes_arg(c, argc, argv, 1, &j.info, exc) ||
        !subtle_bytes_arg(c, argc, argv, 2, &j.second, exc) ||
        !subtle_enum_arg(c, argc, argv, 3, (int32_t)LIMIT_CRYPTO_XOF_BYTES + 1, &bytes, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 4), &j.data, exc))
        return NULL;
    j.bits = bits == 128 ? 128 : 256;
    j.bytes = (size_t)bytes;
    return job_go(c, &j, exc);
}

/* key, scheme, hash, length of the salt or the output, customization */
static bool sign_args(js_ctx c, size_t argc, const js_val argv[], struct job *j, js_val *exc) {
    int32_t scheme, number;
    struct span customization;
    j->key = subtle_key_arg(c, argc, argv, 0, exc);
    if (!j->key || !subtle_enum_arg(c, argc, argv, 1, CRYPTO_SIGN_SCHEMES, &scheme, exc) ||
        !hash_arg(c, argc, argv, 2, &j->hash, exc) ||
        !subtle_enum_arg(c, argc, argv, 3, (int32_t)LIMIT_CRYPTO_XOF_BYTES + 1, &number, exc) ||
        !subtle_bytes_arg(c, argc, argv, 4, &customization, exc))
        return false;
    j->sign = (struct crypto_sign){.scheme = (enum crypto_sign_scheme)scheme,
                                   .hash = j->hash,
                                   .salt_bytes = (size_t)number,
                                   .out_bytes = (size_t)number,
                                   .customization = customization};
    return true;
}

/* sign(key, scheme, hash, number, customization, data) */
static JS_NATIVE(native_sign) {
    struct job j = {.task = SIGN};
    if (!sign_args(c, argc, argv, &j, exc) || !js_bytes_of(c, js_arg(c, argc, argv, 5), &j.data, exc))
        return NULL;
    return job_go(c, &j, exc);
}

/* verify(key, scheme, hash, number, customization, signature, data) */
static JS_NATIVE(native_verify) {
    struct job j = {.task = VERIFY};
    if (!sign_args(c, argc, argv, &j, exc) || !js_bytes_of(c, js_arg(c, argc, argv, 5), &j.second, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 6), &j.data, exc))
        return NULL;
    return job_go(c, &j, exc);
}

/* crypt(encrypt, key, scheme, iv, aad, bytes of the tag or bits of the counter, hash, data) */
static JS_NATIVE(native_crypt) {
    struct job j = {.task = js_to_bool(c, js_arg(c, argc, argv, 0)) ? ENCRYPT : DECRYPT};
    int32_t scheme, number;
    j.key = subtle_key_arg(c, argc, argv, 1, exc);
    if (!j.key || !subtle_enum_arg(c, argc, argv, 2, CRYPTO_CIPHERS, &scheme, exc) ||
        !subtle_bytes_arg(c, argc, argv, 3, &j.cipher.iv, exc) ||
        !subtle_bytes_arg(c, argc, argv, 4, &j.cipher.aad, exc) ||
        !subtle_enum_arg(c, argc, argv, 5, 129, &number, exc) || !hash_arg(c, argc, argv, 6, &j.hash, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 7), &j.data, exc))
        return NULL;
    j.cipher.scheme = (enum crypto_cipher_scheme)scheme;
    j.cipher.hash = j.hash;
    j.cipher.tag_bytes = j.cipher.counter_bits = (unsigned)number;
    return job_go(c, &j, exc);
}

/* derive(HKDF 0, PBKDF2 1; hash, key, salt, info, iterations, bytes) */
static JS_NATIVE(native_derive) {
    struct job j = {.task = js_to_bool(c, js_arg(c, argc, argv, 0)) ? PBKDF2 : HKDF};
    uint64_t bytes;
    j.key = subtle_key_arg(c, argc, argv, 2, exc);
    if (!j.key || !hash_arg(c, argc, argv, 1, &j.hash, exc) ||
        !subtle_bytes_arg(c, argc, argv, 3, &j.second, exc) ||
        !subtle_bytes_arg(c, argc, argv, 4, &j.info, exc) ||
        !js_arg_u64(c, argc, argv, 5, &j.iterations, exc) || !js_arg_u64(c, argc, argv, 6, &bytes, exc))
        return NULL;
    j.bytes = bytes;
    if (bytes > LIMIT_CRYPTO_PBKDF2_BYTES || j.iterations > LIMIT_CRYPTO_PBKDF2_ITERATIONS ||
        rounds(&j) > LIMIT_CRYPTO_PBKDF2_ITERATIONS)
        return j.result = j.task == PBKDF2 ? ERR_TOO_LARGE : ERR_INVALID, failure(c, &j, exc);
    return job_go(c, &j, exc);
}

/* agree(own, peer): the whole shared secret */
static JS_NATIVE(native_agree) {
    struct job j = {.task = AGREE};
    j.key = subtle_key_arg(c, argc, argv, 0, exc);
    j.peer = j.key ? subtle_key_arg(c, argc, argv, 1, exc) : NULL;
    return j.peer ? job_go(c, &j, exc) : NULL;
}

/* generate(type, curve): a private key */
static JS_NATIVE(native_generate) {
    struct job j = {.task = GENERATE};
    int32_t type, curve;
    if (!subtle_enum_arg(c, argc, argv, 0, CRYPTO_KEY_DSA, &type, exc) ||
        !subtle_enum_arg(c, argc, argv, 1, CRYPTO_P521 + 1, &curve, exc))
        return NULL;
    j.type = (enum crypto_key_type)type;
    j.curve = (enum crypto_curve)curve;
    return job_go(c, &j, exc);
}

/* generateRsa(bits, exponent): a private key */
static JS_NATIVE(native_generate_rsa) {
    struct job j = {.task = GENERATE_RSA};
    uint64_t bits;
    if (!js_arg_u64(c, argc, argv, 0, &bits, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 1), &j.second, exc))
        return NULL;
    j.bytes = bits;
    return job_go(c, &j, exc);
}

/* generateSecret(bytes): at once */
static JS_NATIVE(native_generate_secret) {
    int32_t len;
    if (!subtle_enum_arg(c, argc, argv, 0, (int32_t)LIMIT_CRYPTO_KEY_BYTES + 1, &len, exc)) return NULL;
    return subtle_key_handle(c, crypto_key_generate_secret((size_t)len));
}

/* equal(a, b): of the same length, in constant time */
static JS_NATIVE(native_equal) {
    struct span a, b;
    if (!js_bytes_of(c, js_arg(c, argc, argv, 0), &a, exc) ||
        !js_bytes_of(c, js_arg(c, argc, argv, 1), &b, exc))
        return NULL;
    return js_bool(c, crypto_equal(a, b));
}

/* --- DigestStream --- */

/* A digest, or a checksum (d is NULL). */
struct running {
    struct crypto_digest *d;
    enum crypto_checksum kind;
    uint64_t sum;
};
enum { FIRST_CHECKSUM = 32 }; /* their numbers in subtle_stream.js begin there */

static void running_gone(void *data) {
    struct running *r = data;
    crypto_digest_free(r->d);
    mem_free(r);
}
static const struct js_kind digest_kind = {"Digest", running_gone};

/* digestNew(hash, or FIRST_CHECKSUM and on): a handle */
static JS_NATIVE(native_digest_new) {
    int32_t n;
    if (!subtle_enum_arg(c, argc, argv, 0, FIRST_CHECKSUM + CRYPTO_CHECKSUMS, &n, exc)) return NULL;
    if (n >= CRYPTO_HASH_COUNT && n < FIRST_CHECKSUM) return js_throw_type(c, exc, "Illegal invocation");
    struct running *r = NEW(struct running);
    if (n < FIRST_CHECKSUM)
        r->d = crypto_digest_new((enum crypto_hash)n);
    else
        r->kind = (enum crypto_checksum)(n - FIRST_CHECKSUM);
    return js_handle_new(c, &digest_kind, r);
}
/* digestAdd(handle, bytes) */
static JS_NATIVE(native_digest_add) {
    struct running *r = js_handle_get(c, js_arg(c, argc, argv, 0), &digest_kind);
    struct span bytes;
    if (!r) return js_throw_type(c, exc, "Illegal invocation");
    if (!js_bytes_of(c, js_arg(c, argc, argv, 1), &bytes, exc)) return NULL;
    if (r->d)
        crypto_digest_add(r->d, bytes);
    else
        r->sum = crypto_checksum_add(r->kind, r->sum, bytes);
    return NULL;
}
/* digestFinish(handle): an ArrayBuffer; the handle is closed. */
static JS_NATIVE(native_digest_finish) {
    unsigned char to[CRYPTO_DIGEST_MAX];
    struct running *r = js_handle_close(c, js_arg(c, argc, argv, 0), &digest_kind);
    if (!r) return js_throw_type(c, exc, "Illegal invocation");
    size_t len = r->d ? crypto_digest_finish(r->d, to) : crypto_checksum_bytes(r->kind);
    for (size_t i = 0; !r->d && i < len; i++) to[i] = (unsigned char)(r->sum >> (8 * (len - 1 - i)));
    running_gone(r);
    return js_buffer_copy(c, span_make(to, len), exc);
}

const struct js_native_row api_natives_subtle[] = {{"digest", native_digest, 2},
                                                   {"sponge", native_sponge, 5},
                                                   {"sign", native_sign, 6},
                                                   {"verify", native_verify, 7},
                                                   {"crypt", native_crypt, 8},
                                                   {"derive", native_derive, 7},
                                                   {"agree", native_agree, 2},
                                                   {"generate", native_generate, 2},
                                                   {"generateRsa", native_generate_rsa, 2},
                                                   {"generateSecret", native_generate_secret, 1},
                                                   {"equal", native_equal, 2},
                                                   {"digestNew", native_digest_new, 1},
                                                   {"digestAdd", native_digest_add, 2},
                                                   {"digestFinish", native_digest_finish, 1},
                                                   {NULL, NULL, 0}};
