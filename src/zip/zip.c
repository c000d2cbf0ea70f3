#include "zip/zip.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>

#include "base/check.h"
#include "base/mem.h"

struct zip {
    enum zip_format format;
    bool encodes, ended;
    union {
        z_stream deflate;
        BrotliDecoderState *br_in;
        BrotliEncoderState *br_out;
    };
};

/* zlib's way to say which wrapping: 15 zlib, +16 gzip, negative raw. */
static int window_bits(enum zip_format format) {
    return format == ZIP_GZIP ? 15 + 16 : format == ZIP_DEFLATE ? 15 : -15;
}

struct zip *zip_decoder(enum zip_format format) {
    struct zip *z = NEW(struct zip);
    z->format = format;
    if (format == ZIP_BR)
        check((z->br_in = BrotliDecoderCreateInstance(NULL, NULL, NULL)) != NULL);
    else
        check(inflateInit2(&z->deflate, window_bits(format)) == Z_OK);
    return z;
}

struct zip *zip_encoder(enum zip_format format, int level) {
    struct zip *z = NEW(struct zip);
    z->format = format;
    z->encodes = true;
    if (format == ZIP_BR) {
        check((z->br_out = BrotliEncoderCreateInstance(NULL, NULL, NULL)) != NULL);
        BrotliEncoderSetParameter(z->br_out, BROTLI_PARAM_QUALITY, (uint32_t)level);
        BrotliEncoderSetParameter(z->br_out, BROTLI_PARAM_LGWIN, 18); /* 256 KB a stream, not 4 MB */
    } else {
        check(deflateInit2(&z->deflate, level, Z_DEFLATED, window_bits(format), 8, Z_DEFAULT_STRATEGY) ==
              Z_OK);
    }
    return z;
}

void zip_free(struct zip *z) {
    if (!z) return;
    if (z->format == ZIP_BR && z->encodes)
        BrotliEncoderDestroyInstance(z->br_out);
    else if (z->format == ZIP_BR)
        BrotliDecoderDestroyInstance(z->br_in);
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
    if (z->encodes) {
        good = BrotliEncoderCompressStream(z->br_out, ops[flush], &in_left, &in, &out_left, &to, NULL);
        z->ended = BrotliEncoderIsFinished(z->br_out);
    } else {
        BrotliDecoderResult r = BrotliDecoderDecompressStream(z->br_in, &in_left, &in, &out_left, &to, NULL);
        z->ended = r == BROTLI_DECODER_RESULT_SUCCESS;
        good = r != BROTLI_DECODER_RESULT_ERROR && !(z->ended && in_left);
    }
    *input = (struct span){(const char *)in, in_left};
    *ret_len = cap - out_left;
    return good ? ERR_OK : ERR_CORRUPT;
}

enum err zip_run(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                 size_t *ret_len, bool *ret_end) {
    size_t len = 0;
    enum err e = z->format == ZIP_BR ? run_br(z, input, flush, out, cap, &len)
                                     : run_deflate(z, input, flush, out, cap, &len);
    if (e) return e;
    *ret_len = len;
    *ret_end = z->ended;
    return ERR_OK;
}
