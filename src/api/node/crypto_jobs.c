/* The C side of node:crypto: what may take long, and large numbers. What may take long has `later` as its first argument: true gives
 * the number of an operation (op.h), done on the pool; false does it at once, within bounds that an isolate's thread can
 * bear (about a second). */
#include "api/core.h"
#include "api/node/crypto.h"
#include "crypto/numbers.h"
#include "crypto/pem.h"
#include "crypto/random.h"
#include "loop/work.h"

enum task { PBKDF2, HKDF, SCRYPT, PRIME, PRIME_CHECK, GENERATE, GENERATE_RSA };
struct job {
    struct op op;
    struct meter_job meter;
    enum task task;
    char room[NODE_CRYPTO_NAME];
    struct span digest, a, b, c; /* password, salt, info; add, rem; number; exponent */
    uint64_t n, r, p;            /* iterations; N, r, p; bits, safe; type, curve */
    size_t len;
    struct arena copies;
    enum err result;
    bool yes;
    struct buf out;
    struct crypto_key *key;
};

static void run(struct job *j) {
    switch (j->task) {
    case PBKDF2: j->result = crypto_named_pbkdf2(j->digest, j->a, j->b, j->n, j->len, &j->out); break;
    case HKDF: j->result = crypto_named_hkdf(j->digest, j->a, j->b, j->c, j->len, &j->out); break;
    case SCRYPT: j->result = crypto_scrypt(j->a, j->b, j->n, j->r, j->p, j->len, &j->out); break;
    case PRIME: j->result = crypto_prime_new(j->n, j->r != 0, j->a, j->b, &j->out); break;
    case PRIME_CHECK: j->result = crypto_prime_check(j->a, &j->yes); break;
    case GENERATE:
        j->result = crypto_key_generate((enum crypto_key_type)j->n, (enum crypto_curve)j->r, &j->key);
        break;
    case GENERATE_RSA: j->result = crypto_key_generate_rsa(j->n, j->a, &j->key); break;
    }
}
static void run_on_pool(void *arg) {
    struct job *j = arg;
    subtle_stand_back();
    if (!meter_job_begins(&j->meter)) return;
    run(j);
    meter_job_ends(&j->meter);
}
static void on_done(void *arg) {
    struct job *j = arg;
    meter_job_bill(&j->meter);
    op_finish(&j->op);
}

static js_val value_of(js_ctx c, struct job *j, js_val *exc) {
    if (j->result) return node_crypto_answer(c, j->result);
    if (j->task == PRIME_CHECK) return js_bool(c, j->yes);
    if (!j->key) return js_uint8_copy(c, buf_span(&j->out), exc);
    struct crypto_key *key = j->key;
    j->key = NULL;
    return subtle_key_handle(c, key);
}
static void job_free(struct job *j) {
    if (j->out.len) crypto_wipe(j->out.ptr, j->out.len);
    buf_free(&j->out);
    crypto_key_free(j->key);
    arena_free(&j->copies);
    mem_free(j);
}
static js_val job_make(js_ctx c, struct op *op, js_val *exc) {
    struct job *j = (struct job *)op;
    js_val v = value_of(c, j, exc);
    job_free(j);
    return v;
}
static void job_drop(struct op *op) { job_free((struct job *)op); }

static bool is_brief(const struct job *j) {
    switch (j->task) {
    case PBKDF2: return j->n * (j->len / 20 + 1) <= LIMIT_CRYPTO_SYNC_ITERATIONS;
    case PRIME: return j->n <= (j->r ? LIMIT_CRYPTO_SYNC_PRIME_BITS / 2 : LIMIT_CRYPTO_SYNC_PRIME_BITS);
    case PRIME_CHECK: return j->a.len <= LIMIT_CRYPTO_SYNC_PRIME_BITS / 4;
    case GENERATE_RSA: return j->n <= LIMIT_CRYPTO_SYNC_RSA_BITS;
    default: return true;
    }
}

static js_val post(js_ctx c, struct job *j, js_val *exc) {
    struct span *spans[] = {&j->a, &j->b, &j->c};
    for (size_t i = 0; i < 3; i++)
        if (spans[i]->len) *spans[i] = arena_copy(&j->copies, *spans[i]);
    struct api *api = api_here();
    uint32_t id = op_begin(api, &j->op, job_make, job_drop);
    j->meter = meter_job_new(api);
    enum err e = work_run(api->config.loop, run_on_pool, on_done, j);
    if (e == ERR_OK) return js_int(c, (int32_t)id);
    meter_job_bill(&j->meter); /* nothing */
    op_drop(&j->op);
    job_free(j);
    return js_throw_err(c, exc, e, NULL);
}

static js_val go(js_ctx c, bool later, const struct job *from, js_val *exc) {
    struct job *j = NEW(struct job);
    *j = *from;
    if (j->digest.len) j->digest = span_make(j->room, j->digest.len);
    if (later) return post(c, j, exc);
    j->result = ERR_TOO_LARGE;
    if (is_brief(j)) run(j);
    js_val v = value_of(c, j, exc);
    job_free(j);
    return v;
}

/* pbkdf2(later, digest, password, salt, iterations, bytes) */
static JS_NATIVE(native_pbkdf2) {
    struct job j = {.task = PBKDF2};
    uint64_t len;
    if (!NAME(1, j.room, &j.digest) || !BYTES(2, &j.a) || !BYTES(3, &j.b) ||
        !js_arg_u64(c, argc, argv, 4, &j.n, exc) || !js_arg_u64(c, argc, argv, 5, &len, exc))
        return NULL;
    j.len = len;
    if (len > LIMIT_CRYPTO_PBKDF2_BYTES || j.n > LIMIT_CRYPTO_PBKDF2_ITERATIONS ||
        j.n * (len / 20 + 1) > LIMIT_CRYPTO_PBKDF2_ITERATIONS)
        return node_crypto_answer(c, ERR_TOO_LARGE);
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* hkdf(later, digest, secret, salt, info, bytes) */
static JS_NATIVE(native_hkdf) {
    struct job j = {.task = HKDF};
    uint64_t len;
    if (!NAME(1, j.room, &j.digest) || !BYTES(2, &j.a) || !BYTES(3, &j.b) || !BYTES(4, &j.c) ||
        !js_arg_u64(c, argc, argv, 5, &len, exc))
        return NULL;
    j.len = len;
    if (len > LIMIT_CRYPTO_PBKDF2_BYTES) return node_crypto_answer(c, ERR_TOO_LARGE);
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* scrypt(later, password, salt, N, r, p, bytes) */
static JS_NATIVE(native_scrypt) {
    struct job j = {.task = SCRYPT};
    const uint64_t most = LIMIT_CRYPTO_SCRYPT_COST;
    uint64_t len;
    if (!BYTES(1, &j.a) || !BYTES(2, &j.b) || !js_arg_u64(c, argc, argv, 3, &j.n, exc) ||
        !js_arg_u64(c, argc, argv, 4, &j.r, exc) || !js_arg_u64(c, argc, argv, 5, &j.p, exc) ||
        !js_arg_u64(c, argc, argv, 6, &len, exc))
        return NULL;
    j.len = len;
    bool small = j.n <= most && j.r <= most && j.p <= most && j.n * j.r <= most && j.n * j.r * j.p <= most;
    if (!small || len > LIMIT_CRYPTO_PBKDF2_BYTES) return node_crypto_answer(c, ERR_TOO_LARGE);
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* prime(later, bits, safe, add, rem) */
static JS_NATIVE(native_prime) {
    struct job j = {.task = PRIME, .r = js_to_bool(c, ARG(2))};
    if (!js_arg_u64(c, argc, argv, 1, &j.n, exc) || !BYTES(3, &j.a) || !BYTES(4, &j.b)) return NULL;
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* isPrime(later, number) */
static JS_NATIVE(native_is_prime) {
    struct job j = {.task = PRIME_CHECK};
    if (!js_bytes_of(c, ARG(1), &j.a, exc)) return NULL;
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* generate(later, type, curve) */
static JS_NATIVE(native_generate) {
    struct job j = {.task = GENERATE};
    int32_t type, curve;
    if (!ENUM(1, CRYPTO_KEY_DSA, &type) || !ENUM(2, CRYPTO_CURVES, &curve)) return NULL;
    j.n = (uint64_t)type;
    j.r = (uint64_t)curve;
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}
/* generateRsa(later, bits, exponent) */
static JS_NATIVE(native_generate_rsa) {
    struct job j = {.task = GENERATE_RSA};
    if (!js_arg_u64(c, argc, argv, 1, &j.n, exc) || !js_bytes_of(c, ARG(2), &j.a, exc)) return NULL;
    return go(c, js_to_bool(c, ARG(0)), &j, exc);
}

/* --- Diffie-Hellman, curves ---------------------------------------------------------------------------------------- */

/* dhGroup(name) */
static JS_NATIVE(native_dh_group) {
    char room[NODE_CRYPTO_NAME];
    struct span name;
    struct buf out = BUF_INIT;
    if (!NAME(0, room, &name)) return NULL;
    enum err e = crypto_dh_group(name, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* dhCheck(prime, generator): a number of DH_CHECK_* bits */
static JS_NATIVE(native_dh_check) {
    struct span p, g;
    if (!BYTES(0, &p) || !BYTES(1, &g)) return NULL;
    return js_int(c, p.len > LIMIT_CRYPTO_SYNC_PRIME_BITS / 4 ? 1 : crypto_dh_check(p, g));
}
/* dhPrivate(prime) */
static JS_NATIVE(native_dh_private) {
    struct span p;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &p)) return NULL;
    enum err e = crypto_dh_private(p, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* dhPower(base, exponent, prime, padded) */
static JS_NATIVE(native_dh_power) {
    struct span base, x, p;
    struct buf out = BUF_INIT;
    if (!BYTES(0, &base) || !BYTES(1, &x) || !BYTES(2, &p)) return NULL;
    enum err e = crypto_dh_power(base, x, p, js_to_bool(c, ARG(3)), &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* dhRange(prime, public): -1, 0, 1 */
static JS_NATIVE(native_dh_range) {
    struct span p, y;
    return BYTES(0, &p) && BYTES(1, &y) ? js_int(c, crypto_dh_public_range(p, y)) : NULL;
}

static enum crypto_point_form form_of(int32_t form) {
    return form == CRYPTO_POINT_COMPRESSED || form == CRYPTO_POINT_HYBRID ? (enum crypto_point_form)form
                                                                          : CRYPTO_POINT_UNCOMPRESSED;
}
/* curvePrivate(curve) */
static JS_NATIVE(native_curve_private) {
    char room[NODE_CRYPTO_NAME];
    struct span curve;
    struct buf out = BUF_INIT;
    if (!NAME(0, room, &curve)) return NULL;
    enum err e = crypto_curve_private(curve, &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* curvePublic(curve, private, form), curvePoint(curve, point, form) */
static JS_NATIVE(native_curve_public) {
    char room[NODE_CRYPTO_NAME];
    struct span curve, x;
    int32_t form;
    struct buf out = BUF_INIT;
    if (!NAME(0, room, &curve) || !BYTES(1, &x) || !ENUM(2, CRYPTO_POINT_HYBRID + 1, &form)) return NULL;
    enum err e = crypto_curve_public(curve, x, form_of(form), &out);
    return node_crypto_bytes(c, e, &out, exc);
}
static JS_NATIVE(native_curve_point) {
    char room[NODE_CRYPTO_NAME];
    struct span curve, point;
    int32_t form;
    struct buf out = BUF_INIT;
    if (!NAME(0, room, &curve) || !BYTES(1, &point) || !ENUM(2, CRYPTO_POINT_HYBRID + 1, &form)) return NULL;
    enum err e = crypto_curve_point(curve, point, form_of(form), &out);
    return node_crypto_bytes(c, e, &out, exc);
}
/* curveAgree(curve, private, point) */
static JS_NATIVE(native_curve_agree) {
    char room[NODE_CRYPTO_NAME];
    struct span curve, x, point;
    struct buf out = BUF_INIT;
    if (!NAME(0, room, &curve) || !BYTES(1, &x) || !BYTES(2, &point)) return NULL;
    enum err e = crypto_curve_agree(curve, x, point, &out);
    return node_crypto_bytes(c, e, &out, exc);
}

const struct js_native_row api_natives_node_crypto_jobs[] = {{"pbkdf2", native_pbkdf2, 6},
                                                             {"hkdf", native_hkdf, 6},
                                                             {"scrypt", native_scrypt, 7},
                                                             {"prime", native_prime, 5},
                                                             {"isPrime", native_is_prime, 2},
                                                             {"generate", native_generate, 3},
                                                             {"generateRsa", native_generate_rsa, 3},
                                                             {"dhGroup", native_dh_group, 1},
                                                             {"dhCheck", native_dh_check, 2},
                                                             {"dhPrivate", native_dh_private, 1},
                                                             {"dhPower", native_dh_power, 4},
                                                             {"dhRange", native_dh_range, 2},
                                                             {"curvePrivate", native_curve_private, 1},
                                                             {"curvePublic", native_curve_public, 3},
                                                             {"curvePoint", native_curve_point, 3},
                                                             {"curveAgree", native_curve_agree, 3},
                                                             {NULL, NULL, 0}};
