#include "zip/zip.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <malloc.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/check.h"
#include "base/mem.h"

struct zip {
    enum zip_format format;
    bool encodes, ended;
    size_t taken; /* memory of the library's, zstd apart, which says by itself */
    union {
        z_stream deflate;
        BrotliDecoderState *br_in;
        BrotliEncoderState *br_out;
        ZSTD_DCtx *zstd_in;
        ZSTD_CCtx *zstd_out;
    };
};

/* Windows: 256 KB for what we make (a stream costs about 1 MB, not 4); what is read may ask for 8 MB, which RFC 8878 wants
 * every decoder to support and RFC 9659 every HTTP encoder to stay under. */
enum { BR_WINDOW_LOG = 18, ZSTD_WINDOW_LOG = 18, ZSTD_WINDOW_LOG_MOST = 23 };

/* zlib's way to say which wrapping: 15 zlib, +16 gzip, negative raw. */
static int window_bits(enum zip_format format) {
    return format == ZIP_GZIP ? 15 + 16 : format == ZIP_DEFLATE ? 15 : -15;
}

/* Memory for zlib and Brotli, counted. */
static void *take(void *opaque, size_t size) {
    struct zip *z = opaque;
    void *p = malloc(size);
    if (p) z->taken += malloc_usable_size(p);
    return p;
}
static void give_back(void *opaque, void *p) {
    struct zip *z = opaque;
    if (p) z->taken -= malloc_usable_size(p);
    free(p);
}
static void *take_items(void *opaque, unsigned count, unsigned size) {
    return take(opaque, (size_t)count * size);
}

size_t zip_memory_bytes(const struct zip *z) {
    if (z->format != ZIP_ZSTD) return sizeof *z + z->taken;
    return sizeof *z + (z->encodes ? ZSTD_sizeof_CCtx(z->zstd_out) : ZSTD_sizeof_DCtx(z->zstd_in));
}

struct zip *zip_decoder(enum zip_format format) {
    struct zip *z = NEW(struct zip);
    z->format = format;
    if (format == ZIP_BR) {
        check((z->br_in = BrotliDecoderCreateInstance(take, give_back, z)) != NULL);
    } else if (format == ZIP_ZSTD) {
        check((z->zstd_in = ZSTD_createDCtx()) != NULL);
        check(!ZSTD_isError(ZSTD_DCtx_setParameter(z->zstd_in, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MOST)));
    } else {
        z->deflate = (z_stream){.zalloc = take_items, .zfree = give_back, .opaque = z};
        check(inflateInit2(&z->deflate, window_bits(format)) == Z_OK);
    }
    return z;
}

struct zip *zip_encoder(enum zip_format format, int level) {
    struct zip *z = NEW(struct zip);
    z->format = format;
    z->encodes = true;
    if (format == ZIP_BR) {
        check((z->br_out = BrotliEncoderCreateInstance(take, give_back, z)) != NULL);
        BrotliEncoderSetParameter(z->br_out, BROTLI_PARAM_QUALITY, (uint32_t)level);
        BrotliEncoderSetParameter(z->br_out, BROTLI_PARAM_LGWIN, BR_WINDOW_LOG);
    } else if (format == ZIP_ZSTD) {
        check((z->zstd_out = ZSTD_createCCtx()) != NULL);
        ZSTD_CCtx_setParameter(z->zstd_out, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(z->zstd_out, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
        ZSTD_CCtx_setParameter(z->zstd_out, ZSTD_c_checksumFlag, 1); /* damage is found, as in gzip */
    } else {
        z->deflate = (z_stream){.zalloc = take_items, .zfree = give_back, .opaque = z};
        check(deflateInit2(&z->deflate, level, Z_DEFLATED, window_bits(format), 8, Z_DEFAULT_STRATEGY) ==
              Z_OK);
    }
    return z;
}

struct zip *zip_raw_decoder(unsigned bits) {
    struct zip *z = NEW(struct zip);
    z->format = ZIP_DEFLATE_RAW;
    check(inflateInit2(&z->deflate, -(int)bits) == Z_OK);
    return z;
}

struct zip *zip_raw_encoder(int level, unsigned bits, int memory_level) {
    struct zip *z = NEW(struct zip);
    z->format = ZIP_DEFLATE_RAW;
    z->encodes = true;
    check(deflateInit2(&z->deflate, level, Z_DEFLATED, -(int)bits, memory_level, Z_DEFAULT_STRATEGY) == Z_OK);
    return z;
}

void zip_reset(struct zip *z) {
    check(z->format == ZIP_GZIP || z->format == ZIP_DEFLATE || z->format == ZIP_DEFLATE_RAW);
    z->ended = false;
    check((z->encodes ? deflateReset(&z->deflate) : inflateReset(&z->deflate)) == Z_OK);
}

void zip_free(struct zip *z) {
    if (!z) return;
    if (z->format == ZIP_BR && z->encodes)
        BrotliEncoderDestroyInstance(z->br_out);
    else if (z->format == ZIP_BR)
        BrotliDecoderDestroyInstance(z->br_in);
    else if (z->format == ZIP_ZSTD && z->encodes)
        ZSTD_freeCCtx(z->zstd_out);
    else if (z->format == ZIP_ZSTD)
        ZSTD_freeDCtx(z->zstd_in);
    else if (z->encodes)
        deflateEnd(&z->deflate);
    else
        inflateEnd(&z->deflate);
    mem_free(z);
}

enum { STEP_BYTES = 1 << 30 }; /* zlib counts in unsigned int */

static unsigned step(size_t n) { return n < STEP_BYTES ? (unsigned)n : STEP_BYTES; }

/* A gzip stream may be several members; what follows the last must be one more, or nothing. */
static bool next_member(struct zip *z, const struct span *input) {
    return z->format == ZIP_GZIP && !z->encodes && input->len && inflateReset(&z->deflate) == Z_OK;
}

static enum err run_deflate(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                            size_t *ret_len) {
    static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *s = &z->deflate;
    if (z->ended && input->len) {
        if (!next_member(z, input)) return ERR_CORRUPT;
        z->ended = false;
    }
    s->next_in = (Bytef *)(uintptr_t)input->ptr;
    s->avail_in = step(input->len);
    s->next_out = (Bytef *)out;
    s->avail_out = step(cap);
    unsigned in_before = s->avail_in, out_before = s->avail_out;
    int status = Z_OK;
    if (!z->ended)
        status = z->encodes ? deflate(s, input->len > STEP_BYTES ? Z_NO_FLUSH : flushes[flush])
                            : inflate(s, Z_SYNC_FLUSH);
    *input = (struct span){input->ptr + (in_before - s->avail_in), input->len - (in_before - s->avail_in)};
    *ret_len = out_before - s->avail_out;
    if (status == Z_STREAM_END) z->ended = true;
    return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR ? ERR_OK : ERR_CORRUPT;
}

static enum err run_br(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                       size_t *ret_len) {
    static const BrotliEncoderOperation ops[] = {BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH,
                                                 BROTLI_OPERATION_FINISH};
    const uint8_t *in = (const uint8_t *)input->ptr;
    uint8_t *to = (uint8_t *)out;
    size_t in_left = input->len, out_left = cap;
    bool good;
    if (z->ended && input->len) return ERR_CORRUPT;
    if (z->encodes) {
        good = BrotliEncoderCompressStream(z->br_out, ops[flush], &in_left, &in, &out_left, &to, NULL);
        z->ended = BrotliEncoderIsFinished(z->br_out);
    } else {
        BrotliDecoderResult r = BrotliDecoderDecompressStream(z->br_in, &in_left, &in, &out_left, &to, NULL);
        z->ended = r == BROTLI_DECODER_RESULT_SUCCESS;
        good = r != BROTLI_DECODER_RESULT_ERROR;
    }
    *input = (struct span){(const char *)in, in_left};
    *ret_len = cap - out_left;
    return good ? ERR_OK : ERR_CORRUPT;
}

/* A zstd stream may be several frames, as a gzip stream members. */
static enum err run_zstd(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                         size_t *ret_len) {
    static const ZSTD_EndDirective ops[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
    ZSTD_inBuffer in = {input->ptr, input->len, 0};
    ZSTD_outBuffer to = {out, cap, 0};
    size_t left = 0; /* what is still to be pushed out, or hoped for */
    if (z->encodes && z->ended) {
        if (input->len) return ERR_CORRUPT;
    } else if (z->encodes) {
        left = ZSTD_compressStream2(z->zstd_out, &to, &in, ops[flush]);
        z->ended = flush == ZIP_END && left == 0;
    } else if (!z->ended || input->len) {
        left = ZSTD_decompressStream(z->zstd_in, &to, &in);
        z->ended = left == 0;
    }
    if (ZSTD_isError(left)) return ERR_CORRUPT;
    *input = (struct span){input->ptr + in.pos, input->len - in.pos};
    *ret_len = to.pos;
    return ERR_OK;
}

enum err zip_run(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                 size_t *ret_len, bool *ret_end) {
    size_t len = 0;
    enum err e = z->format == ZIP_BR     ? run_br(z, input, flush, out, cap, &len)
                 : z->format == ZIP_ZSTD ? run_zstd(z, input, flush, out, cap, &len)
                                         : run_deflate(z, input, flush, out, cap, &len);
    if (e) return e;
    *ret_len = len;
    *ret_end = z->ended;
    return ERR_OK;
}
