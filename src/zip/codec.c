#include "zip/codec.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "base/mem.h"

struct codec {
    enum codec_mode mode;
    bool begun, gzip; /* gzip: an unzipper has seen 0x1F first */
    bool seen;        /* its first byte */
    bool done;        /* a zstd frame is complete */
    char parked;
    int window_bits;
    size_t taken; /* memory of the library's, zstd apart */
    char *dictionary;
    size_t dictionary_len;
    char code[64]; /* of a Brotli error */
    union {
        z_stream z;
        BrotliDecoderState *br_in;
        BrotliEncoderState *br_out;
        ZSTD_DCtx *zstd_in;
        ZSTD_CCtx *zstd_out;
    };
};

enum { ZSTD_LOG_MOST = 25, ZSTD_LEVEL_MOST = 19 };

static bool is_zlib(const struct codec *c) { return c->mode <= CODEC_UNZIP; }
static bool deflates(const struct codec *c) {
    return c->mode == CODEC_DEFLATE || c->mode == CODEC_GZIP || c->mode == CODEC_DEFLATE_RAW;
}

/* Memory for zlib and Brotli, counted. */
static void *take(void *opaque, size_t size) {
    struct codec *c = opaque;
    void *p = malloc(size);
    if (p) c->taken += malloc_usable_size(p);
    return p;
}
static void give_back(void *opaque, void *p) {
    struct codec *c = opaque;
    if (p) c->taken -= malloc_usable_size(p);
    free(p);
}
static void *take_items(void *opaque, unsigned count, unsigned size) {
    return take(opaque, (size_t)count * size);
}

struct codec *codec_new(enum codec_mode mode) {
    struct codec *c = NEW(struct codec);
    c->mode = mode;
    if (mode == CODEC_BROTLI_DECODE)
        check((c->br_in = BrotliDecoderCreateInstance(take, give_back, c)) != NULL);
    else if (mode == CODEC_BROTLI_ENCODE)
        check((c->br_out = BrotliEncoderCreateInstance(take, give_back, c)) != NULL);
    else if (mode == CODEC_ZSTD_COMPRESS)
        check((c->zstd_out = ZSTD_createCCtx()) != NULL);
    else if (mode == CODEC_ZSTD_DECOMPRESS)
        check((c->zstd_in = ZSTD_createDCtx()) != NULL);
    if (mode == CODEC_ZSTD_DECOMPRESS)
        check(!ZSTD_isError(ZSTD_DCtx_setParameter(c->zstd_in, ZSTD_d_windowLogMax, ZSTD_LOG_MOST)));
    return c;
}

static void end_zlib(struct codec *c) {
    if (!c->begun) return;
    if (deflates(c))
        deflateEnd(&c->z);
    else
        inflateEnd(&c->z);
    c->begun = false;
}

void codec_free(struct codec *c) {
    if (!c) return;
    if (c->mode == CODEC_BROTLI_DECODE)
        BrotliDecoderDestroyInstance(c->br_in);
    else if (c->mode == CODEC_BROTLI_ENCODE)
        BrotliEncoderDestroyInstance(c->br_out);
    else if (c->mode == CODEC_ZSTD_COMPRESS)
        ZSTD_freeCCtx(c->zstd_out);
    else if (c->mode == CODEC_ZSTD_DECOMPRESS)
        ZSTD_freeDCtx(c->zstd_in);
    else
        end_zlib(c);
    mem_free(c->dictionary);
    mem_free(c);
}

size_t codec_memory_bytes(const struct codec *c) {
    size_t more = c->mode == CODEC_ZSTD_COMPRESS     ? ZSTD_sizeof_CCtx(c->zstd_out)
                  : c->mode == CODEC_ZSTD_DECOMPRESS ? ZSTD_sizeof_DCtx(c->zstd_in)
                                                     : c->taken;
    return sizeof *c + c->dictionary_len + more;
}

/* zstd's tables may take a gigabyte if one asks for it. Level 19 is the last whose tables are below 100 MB: more counts as that. */
static bool set_zstd(struct codec *c, unsigned key, int value) {
    if (key == ZSTD_c_nbWorkers && value != 0)
        return false; /* threads of the library's own would be nobody's */
    if (key == ZSTD_c_compressionLevel && value > ZSTD_LEVEL_MOST) value = ZSTD_LEVEL_MOST;
    bool log = key == ZSTD_c_windowLog || key == ZSTD_c_hashLog || key == ZSTD_c_chainLog ||
               key == ZSTD_c_ldmHashLog;
    if (log && value > ZSTD_LOG_MOST) return false;
    return !ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd_out, (ZSTD_cParameter)key, value));
}

bool codec_set(struct codec *c, unsigned key, int value) {
    switch (c->mode) {
    case CODEC_BROTLI_ENCODE:
        return BrotliEncoderSetParameter(c->br_out, (BrotliEncoderParameter)key, (uint32_t)value);
    case CODEC_BROTLI_DECODE:
        return BrotliDecoderSetParameter(c->br_in, (BrotliDecoderParameter)key, (uint32_t)value);
    case CODEC_ZSTD_COMPRESS: return set_zstd(c, key, value);
    case CODEC_ZSTD_DECOMPRESS:
        if (key == ZSTD_d_windowLogMax && value > ZSTD_LOG_MOST) value = ZSTD_LOG_MOST;
        return !ZSTD_isError(ZSTD_DCtx_setParameter(c->zstd_in, (ZSTD_dParameter)key, value));
    default: return false;
    }
}

bool codec_pledge(struct codec *c, uint64_t size_bytes) {
    return c->mode != CODEC_ZSTD_COMPRESS ||
           !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(c->zstd_out, size_bytes));
}

static void keep_dictionary(struct codec *c, struct span dictionary) {
    mem_free(c->dictionary);
    c->dictionary = NULL;
    c->dictionary_len = dictionary.len;
    if (dictionary.len) c->dictionary = memcpy(mem_alloc(dictionary.len), dictionary.ptr, dictionary.len);
}

/* Deflaters want it at the start; a raw inflater too, the others ask for it (Z_NEED_DICT). */
static int set_dictionary(struct codec *c) {
    const Bytef *bytes = (const Bytef *)c->dictionary;
    if (!c->dictionary_len) return Z_OK;
    if (c->mode == CODEC_DEFLATE || c->mode == CODEC_DEFLATE_RAW)
        return deflateSetDictionary(&c->z, bytes, (uInt)c->dictionary_len);
    if (c->mode == CODEC_INFLATE_RAW) return inflateSetDictionary(&c->z, bytes, (uInt)c->dictionary_len);
    return Z_OK;
}

/* zlib's way to say which wrapping. */
static int bits_of(const struct codec *c) {
    switch (c->mode) {
    case CODEC_GZIP:
    case CODEC_GUNZIP: return c->window_bits + 16;
    case CODEC_UNZIP: return c->window_bits + 32;
    case CODEC_DEFLATE_RAW:
    case CODEC_INFLATE_RAW: return -c->window_bits;
    default: return c->window_bits;
    }
}

/* Buffers are the caller's: a later deflateParams() finds no room, not theirs. */
static void park(struct codec *c) {
    c->z.next_in = c->z.next_out = (Bytef *)&c->parked;
    c->z.avail_in = c->z.avail_out = 0;
}

bool codec_begin(struct codec *c, const struct codec_options *o) {
    keep_dictionary(c, o->dictionary);
    if (c->mode == CODEC_ZSTD_COMPRESS || c->mode == CODEC_ZSTD_DECOMPRESS) {
        c->begun = true;
        if (!c->dictionary_len) return true;
        return !ZSTD_isError(c->mode == CODEC_ZSTD_COMPRESS
                                 ? ZSTD_CCtx_loadDictionary(c->zstd_out, c->dictionary, c->dictionary_len)
                                 : ZSTD_DCtx_loadDictionary(c->zstd_in, c->dictionary, c->dictionary_len));
    }
    if (!is_zlib(c)) return c->begun = true;
    end_zlib(c);
    c->z = (z_stream){.zalloc = take_items, .zfree = give_back, .opaque = c};
    c->window_bits = o->window_bits;
    c->gzip = c->seen = false;
    /* A raw deflater cannot do 8 (it would answer with 9, which no inflater of 8 reads): zlib refuses, Node.js takes 9. */
    if (c->mode == CODEC_DEFLATE_RAW && c->window_bits == 8) c->window_bits = 9;
    int status = deflates(c)
                     ? deflateInit2(&c->z, o->level, Z_DEFLATED, bits_of(c), o->memory_level, o->strategy)
                     : inflateInit2(&c->z, bits_of(c));
    c->begun = status == Z_OK;
    if (c->begun) park(c);
    return c->begun && set_dictionary(c) == Z_OK;
}

bool codec_begun(const struct codec *c) { return c->begun; }

/* --- Running: zlib --------------------------------------------------------------------------------------------- */

enum { STEP_BYTES = 1 << 30 }; /* zlib counts in unsigned int */
static unsigned step(size_t n) { return n < STEP_BYTES ? (unsigned)n : STEP_BYTES; }

static const char *z_code(int status) {
    static const char *const names[] = {"Z_ERRNO",     "Z_STREAM_ERROR", "Z_DATA_ERROR",
                                        "Z_MEM_ERROR", "Z_BUF_ERROR",    "Z_VERSION_ERROR"};
    return status == Z_NEED_DICT ? "Z_NEED_DICT" : status < 0 && status >= -6 ? names[-status - 1] : "Z_OK";
}

static struct codec_problem z_problem(const struct codec *c, int status, const char *message) {
    return (struct codec_problem){c->z.msg ? c->z.msg : message, z_code(status), status};
}

static int inflate_more(struct codec *c, int flush) {
    if (c->mode == CODEC_UNZIP && !c->seen && c->z.avail_in) {
        c->seen = true;
        c->gzip = c->z.next_in[0] == 0x1F;
    }
    int status = inflate(&c->z, flush);
    if (status == Z_NEED_DICT && c->dictionary_len && c->mode != CODEC_INFLATE_RAW) {
        status = inflateSetDictionary(&c->z, (const Bytef *)c->dictionary, (uInt)c->dictionary_len);
        if (status == Z_OK)
            status = inflate(&c->z, flush);
        else if (status == Z_DATA_ERROR)
            status = Z_NEED_DICT; /* not the one that was meant */
    }
    /* One more member of a gzip stream; zeros behind the last are padding. */
    bool gzip = c->mode == CODEC_GUNZIP || c->gzip;
    while (gzip && status == Z_STREAM_END && c->z.avail_in && c->z.next_in[0]) {
        if (inflateReset(&c->z) != Z_OK) break;
        status = inflate(&c->z, flush);
    }
    return status;
}

static struct codec_problem run_zlib(struct codec *c, int flush, struct span *input, char *out, size_t cap,
                                     size_t *ret_len) {
    unsigned in = step(input->len), room = step(cap);
    c->z.next_in = (Bytef *)(uintptr_t)input->ptr;
    c->z.avail_in = in;
    c->z.next_out = (Bytef *)out;
    c->z.avail_out = room;
    if (flush < 0 || flush > Z_BLOCK) flush = Z_NO_FLUSH;
    int status = deflates(c) ? deflate(&c->z, flush) : inflate_more(c, flush);
    *input = span_make(input->ptr + (in - c->z.avail_in), input->len - (in - c->z.avail_in));
    *ret_len = room - c->z.avail_out;
    bool full = c->z.avail_out == 0;
    park(c);
    if (status == Z_STREAM_END) return (struct codec_problem){0};
    if (status == Z_OK || status == Z_BUF_ERROR) {
        if (full || flush != Z_FINISH) return (struct codec_problem){0};
        return (struct codec_problem){"unexpected end of file", "Z_BUF_ERROR", Z_BUF_ERROR};
    }
    if (status == Z_NEED_DICT)
        return z_problem(c, status, c->dictionary_len ? "Bad dictionary" : "Missing dictionary");
    return z_problem(c, status, "Zlib error");
}

/* --- Running: Brotli, zstd ------------------------------------------------------------------------------------- */

static struct codec_problem brotli_problem(struct codec *c) {
    BrotliDecoderErrorCode e = BrotliDecoderGetErrorCode(c->br_in);
    const char *name = BrotliDecoderErrorString(e); /* "FORMAT_PADDING_1" or "_ERROR_FORMAT_..." by version */
    if (!strncmp(name, "BROTLI_DECODER", 14)) name += 14;
    while (*name == '_') name++;
    if (!strncmp(name, "ERROR_", 6)) name += 6;
    snprintf(c->code, sizeof c->code, "ERR_BROTLI_DECODER_ERROR_%s", name);
    return (struct codec_problem){"Decompression failed", c->code, (int)e};
}

static struct codec_problem run_brotli(struct codec *c, int flush, struct span *input, char *out, size_t cap,
                                       size_t *ret_len) {
    const uint8_t *in = (const uint8_t *)input->ptr;
    uint8_t *to = (uint8_t *)out;
    size_t in_left = input->len, out_left = cap;
    struct codec_problem problem = {0};
    if (c->mode == CODEC_BROTLI_ENCODE) {
        BrotliEncoderOperation op =
            flush >= 0 && flush <= 3 ? (BrotliEncoderOperation)flush : BROTLI_OPERATION_PROCESS;
        if (!BrotliEncoderCompressStream(c->br_out, op, &in_left, &in, &out_left, &to, NULL))
            problem = (struct codec_problem){"Compression failed", "ERR_BROTLI_COMPRESSION_FAILED", -1};
    } else {
        BrotliDecoderResult r = BrotliDecoderDecompressStream(c->br_in, &in_left, &in, &out_left, &to, NULL);
        if (r == BROTLI_DECODER_RESULT_ERROR)
            problem = brotli_problem(c);
        else if (flush == BROTLI_OPERATION_FINISH && r == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT)
            problem = (struct codec_problem){"unexpected end of file", "Z_BUF_ERROR", Z_BUF_ERROR};
    }
    *input = span_make((const char *)in, in_left);
    *ret_len = cap - out_left;
    return problem;
}

static const char *zstd_code(size_t result) {
    switch (ZSTD_getErrorCode(result)) {
#define X(name)                                                                                              \
    case ZSTD_error_##name: return "ZSTD_error_" #name;
        X(prefix_unknown)
        X(version_unsupported)
        X(frameParameter_unsupported)
        X(frameParameter_windowTooLarge)
        X(corruption_detected)
        X(checksum_wrong)
        X(dictionary_corrupted)
        X(dictionary_wrong)
        X(dictionaryCreation_failed)
        X(parameter_unsupported)
        X(parameter_outOfBound)
        X(tableLog_tooLarge)
        X(maxSymbolValue_tooLarge)
        X(maxSymbolValue_tooSmall)
        X(stage_wrong)
        X(init_missing)
        X(memory_allocation)
        X(workSpace_tooSmall)
        X(dstSize_tooSmall)
        X(srcSize_wrong)
        X(dstBuffer_null)
#undef X
    default: return "ZSTD_error_GENERIC";
    }
}

static struct codec_problem run_zstd(struct codec *c, int flush, struct span *input, char *out, size_t cap,
                                     size_t *ret_len) {
    ZSTD_inBuffer in = {input->ptr, input->len, 0};
    ZSTD_outBuffer to = {out, cap, 0};
    ZSTD_EndDirective op = flush >= 0 && flush <= 2 ? (ZSTD_EndDirective)flush : ZSTD_e_continue;
    if (c->mode == CODEC_ZSTD_DECOMPRESS && c->done && !input->len) return (struct codec_problem){0};
    size_t left = c->mode == CODEC_ZSTD_COMPRESS ? ZSTD_compressStream2(c->zstd_out, &to, &in, op)
                                                 : ZSTD_decompressStream(c->zstd_in, &to, &in);
    *input = span_make(input->ptr + in.pos, input->len - in.pos);
    *ret_len = to.pos;
    c->done = left == 0;
    if (ZSTD_isError(left))
        return (struct codec_problem){c->mode == CODEC_ZSTD_COMPRESS ? "Zstd compression failed"
                                                                     : "Zstd decompression failed",
                                      zstd_code(left), -(int)ZSTD_getErrorCode(left)};
    /* More is expected, all input was taken, and there was room: it was cut short. */
    if (c->mode == CODEC_ZSTD_DECOMPRESS && op == ZSTD_e_end && left && in.pos == in.size && to.pos < to.size)
        return (struct codec_problem){"unexpected end of file", "Z_BUF_ERROR", Z_BUF_ERROR};
    return (struct codec_problem){0};
}

struct codec_problem codec_run(struct codec *c, int flush, struct span *input, char *out, size_t cap,
                               size_t *ret_len) {
    check(c->begun);
    size_t len = 0;
    struct codec_problem p = is_zlib(c)                       ? run_zlib(c, flush, input, out, cap, &len)
                             : c->mode <= CODEC_BROTLI_ENCODE ? run_brotli(c, flush, input, out, cap, &len)
                                                              : run_zstd(c, flush, input, out, cap, &len);
    *ret_len = len;
    return p;
}

struct codec_problem codec_params(struct codec *c, int level, int strategy) {
    if (!c->begun || !is_zlib(c) || !deflates(c)) return (struct codec_problem){0};
    int status = deflateParams(&c->z, level, strategy);
    if (status == Z_OK || status == Z_BUF_ERROR) return (struct codec_problem){0};
    return z_problem(c, status, "Failed to set parameters");
}

/* Brotli has no reset: a new one; its parameters are the caller's to set again. */
struct codec_problem codec_reset(struct codec *c) {
    if (c->mode == CODEC_BROTLI_DECODE) {
        BrotliDecoderDestroyInstance(c->br_in);
        check((c->br_in = BrotliDecoderCreateInstance(take, give_back, c)) != NULL);
    } else if (c->mode == CODEC_BROTLI_ENCODE) {
        BrotliEncoderDestroyInstance(c->br_out);
        check((c->br_out = BrotliEncoderCreateInstance(take, give_back, c)) != NULL);
    } else if (c->mode == CODEC_ZSTD_COMPRESS) {
        ZSTD_CCtx_reset(c->zstd_out, ZSTD_reset_session_only);
    } else if (c->mode == CODEC_ZSTD_DECOMPRESS) {
        ZSTD_DCtx_reset(c->zstd_in, ZSTD_reset_session_only);
        c->done = false;
    } else if (c->begun) {
        c->seen = c->gzip = false;
        int status = deflates(c) ? deflateReset(&c->z) : inflateReset(&c->z);
        if (status == Z_OK) status = set_dictionary(c);
        if (status != Z_OK) return z_problem(c, status, "Failed to reset stream");
    }
    return (struct codec_problem){0};
}

uint32_t codec_crc32(uint32_t seed, struct span bytes) {
    if (!bytes.len) return seed; /* a NULL pointer would ask zlib for its first value */
    return (uint32_t)crc32_z(seed, (const Bytef *)bytes.ptr, bytes.len);
}
