/* The C side of zlib.js: codecs (zip/codec.h) as handles. All of it runs inside the call: what a Worker compresses here it pays
 * for, as for a loop of its own; a piece of output (a chunkSize) ends a call. */
#include "api/builtins.h"
#include "api/core.h"
#include "base/mem.h"
#include "zip/codec.h"

struct press {
    struct codec *codec;
    struct api *api;
    size_t counted; /* of its memory, in api->zip_bytes */
    struct codec_problem problem;
};

static void count_memory(struct press *p, size_t now) {
    p->api->zip_bytes += now - p->counted;
    p->counted = now;
}

/* The isolate's thread, also at its end: struct api outlives its handles. */
static void press_gone(void *data) {
    struct press *p = data;
    count_memory(p, 0);
    codec_free(p->codec);
    mem_free(p);
}
static const struct js_kind press_kind = {"ZlibHandle", press_gone};

static struct press *press_arg(js_ctx c, size_t argc, const js_val argv[], js_val *exc) {
    struct press *p = js_handle_get(c, js_arg(c, argc, argv, 0), &press_kind);
    if (!p) js_throw_type(c, exc, "Illegal invocation");
    return p;
}

/* open(mode) -> handle */
static JS_NATIVE(native_open) {
    int32_t mode;
    if (!js_arg_int(c, argc, argv, 0, &mode, exc)) return NULL;
    if (mode < CODEC_DEFLATE || mode > CODEC_ZSTD_DECOMPRESS)
        return js_throw_type(c, exc, "Invalid zlib mode");
    struct api *api = api_here();
    if (api->zip_bytes > LIMIT_ZIP_BYTES)
        return js_throw_range(c, exc, "Compression streams that are open take more than %u bytes.",
                              (unsigned)LIMIT_ZIP_BYTES);
    struct press *p = NEW(struct press);
    p->codec = codec_new((enum codec_mode)mode);
    p->api = api;
    count_memory(p, codec_memory_bytes(p->codec));
    return js_handle_new(c, &press_kind, p);
}

/* close(handle): its memory, at once */
static JS_NATIVE(native_close) {
    struct press *p = js_handle_close(c, js_arg(c, argc, argv, 0), &press_kind);
    if (!p) return NULL;
    press_gone(p);
    return NULL;
}

/* set(handle, key, value) -> whether the codec takes it */
static JS_NATIVE(native_set) {
    int32_t key, value;
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p || !js_arg_int(c, argc, argv, 1, &key, exc) || !js_arg_int(c, argc, argv, 2, &value, exc))
        return NULL;
    return js_bool(c, key >= 0 && codec_set(p->codec, (unsigned)key, value));
}

/* pledge(handle, bytes) -> whether the codec takes it */
static JS_NATIVE(native_pledge) {
    uint64_t size;
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p || !js_arg_u64(c, argc, argv, 1, &size, exc)) return NULL;
    return js_bool(c, codec_pledge(p->codec, size));
}

/* begin(handle, window bits, level, memory level, strategy, dictionary or undefined) -> whether these are good */
static JS_NATIVE(native_begin) {
    struct codec_options o = {0};
    int *const numbers[] = {&o.window_bits, &o.level, &o.memory_level, &o.strategy};
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p) return NULL;
    for (size_t i = 0; i < 4; i++)
        if (!js_arg_int(c, argc, argv, i + 1, numbers[i], exc)) return NULL;
    if (!js_is_undefined(c, js_arg(c, argc, argv, 5)) && !js_bytes_of(c, argv[5], &o.dictionary, exc))
        return NULL;
    bool good = codec_begin(p->codec, &o);
    count_memory(p, codec_memory_bytes(p->codec));
    return js_bool(c, good);
}

static js_val failed(js_ctx c, js_val *exc, const char *what) {
    return js_throw_error(c, exc, "%s access is not within bounds", what);
}

/* run(handle, flush, input or undefined, offset, length, output, offset, length, Uint32Array(2)) -> whether it went well;
 * the array then has the room left in the output and the input left. */
static JS_NATIVE(native_run) {
    int32_t flush;
    uint64_t n[4];
    static const size_t at[] = {3, 4, 6, 7};
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p || !js_arg_int(c, argc, argv, 1, &flush, exc)) return NULL;
    for (size_t i = 0; i < 4; i++) /* may run the caller's code: before we look at the bytes */
        if (!js_arg_u64(c, argc, argv, at[i], &n[i], exc)) return NULL;
    p = press_arg(c, argc, argv, exc);
    if (!p) return NULL;
    if (!codec_begun(p->codec)) return js_throw_error(c, exc, "The stream has not been initialized");
    struct span in = {0};
    char *out, *state;
    size_t cap, state_len, len = 0;
    if (!js_is_nullish(c, js_arg(c, argc, argv, 2)) && !js_bytes_of(c, argv[2], &in, exc)) return NULL;
    if (!js_bytes_writable(c, js_arg(c, argc, argv, 5), &out, &cap, exc)) return NULL;
    if (n[0] > in.len || n[1] > in.len - n[0]) return failed(c, exc, "Input");
    if (n[2] > cap || n[3] > cap - n[2]) return failed(c, exc, "Output");
    struct span rest = span_make(in.ptr + n[0], n[1]);
    p->problem = codec_run(p->codec, flush, &rest, out + n[2], n[3], &len);
    count_memory(p, codec_memory_bytes(p->codec));
    if (!js_bytes_writable(c, js_arg(c, argc, argv, 8), &state, &state_len, exc)) return NULL;
    uint32_t left[2] = {(uint32_t)(n[3] - len), (uint32_t)rest.len};
    if (state_len < sizeof left) return js_throw_error(c, exc, "Invalid write result buffer");
    memcpy(state, left, sizeof left);
    if (p->api->zip_bytes > LIMIT_ZIP_BYTES)
        return js_throw_range(c, exc, "Compression streams that are open take more than %u bytes.",
                              (unsigned)LIMIT_ZIP_BYTES);
    return js_bool(c, !p->problem.message);
}

/* problem(handle) -> [message, code, number] of the last failure */
static JS_NATIVE(native_problem) {
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p || !p->problem.message) return NULL;
    js_val items[] = {js_str(c, span_of(p->problem.message)), js_str(c, span_of(p->problem.code)),
                      js_int(c, p->problem.number)};
    return js_array(c, 3, items, exc);
}

/* params(handle, level, strategy), reset(handle) -> whether it went well */
static JS_NATIVE(native_params) {
    int32_t level, strategy;
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p || !js_arg_int(c, argc, argv, 1, &level, exc) || !js_arg_int(c, argc, argv, 2, &strategy, exc))
        return NULL;
    p->problem = codec_params(p->codec, level, strategy);
    return js_bool(c, !p->problem.message);
}
static JS_NATIVE(native_reset) {
    struct press *p = press_arg(c, argc, argv, exc);
    if (!p) return NULL;
    p->problem = codec_reset(p->codec);
    count_memory(p, codec_memory_bytes(p->codec));
    return js_bool(c, !p->problem.message);
}

/* crc32(bytes, seed) */
static JS_NATIVE(native_crc32) {
    struct span bytes;
    double seed;
    if (argc < 2 || !js_to_number(c, argv[1], &seed, exc) || !js_bytes_of(c, argv[0], &bytes, exc))
        return NULL;
    return js_number(c, codec_crc32((uint32_t)seed, bytes));
}

const struct js_native_row api_natives_node_zlib[] = {{"open", native_open, 1},
                                                      {"close", native_close, 1},
                                                      {"set", native_set, 3},
                                                      {"pledge", native_pledge, 2},
                                                      {"begin", native_begin, 6},
                                                      {"run", native_run, 9},
                                                      {"params", native_params, 3},
                                                      {"problem", native_problem, 1},
                                                      {"reset", native_reset, 1},
                                                      {"crc32", native_crc32, 2},
                                                      {0}};
