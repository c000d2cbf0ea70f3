/* Compressed bytes with all the knobs of zlib, Brotli and Zstandard, as node:zlib has them: window, level, memory level,
 * strategy, dictionary, every flush mode, parameters by number. Sans I/O; one owner; any thread. Who only wants a
 * stream of a format takes zip/zip.h.
 *
 * Life: codec_new(), codec_set() for each parameter (Brotli, zstd), codec_begin(), then codec_run() any number of times.
 * Nothing given is kept but the dictionary, which is copied. After a failed codec_run(): codec_reset() or codec_free(). */
#ifndef ZIP_CODEC_H
#define ZIP_CODEC_H

#include "base/err.h"

/* The numbers are those of node:zlib's constants (DEFLATE, INFLATE, ...). */
enum codec_mode {
    CODEC_DEFLATE = 1,
    CODEC_INFLATE,
    CODEC_GZIP,
    CODEC_GUNZIP,
    CODEC_DEFLATE_RAW,
    CODEC_INFLATE_RAW,
    CODEC_UNZIP, /* gzip or zlib, as the first bytes say */
    CODEC_BROTLI_DECODE,
    CODEC_BROTLI_ENCODE,
    CODEC_ZSTD_COMPRESS,
    CODEC_ZSTD_DECOMPRESS,
};

/* For zlib's modes only. */
struct codec_options {
    int window_bits; /* 8 to 15; 0: inflaters take the stream's */
    int level;       /* -1 (default) to 9 */
    int memory_level;
    int strategy;
    struct span dictionary; /* zstd too */
};

/* What went wrong, in the libraries' words. `message` NULL: nothing. Strings are static, or the codec's until its next run. */
struct codec_problem {
    const char *message;
    const char *code; /* "Z_DATA_ERROR", "ERR_BROTLI_DECODER_..." */
    int number;
};

struct codec;

struct codec *codec_new(enum codec_mode mode);
void codec_free(struct codec *c); /* NULL is fine */
/* A parameter of Brotli or zstd by its number, before codec_begin(). False: no such one, or not this value. */
MUST_USE bool codec_set(struct codec *c, unsigned key, int value);
/* zstd: so many bytes will come. Before codec_begin(). */
MUST_USE bool codec_pledge(struct codec *c, uint64_t size_bytes);
/* A second call begins anew with the other options. False: they are out of range. */
MUST_USE bool codec_begin(struct codec *c, const struct codec_options *options);
bool codec_begun(const struct codec *c);

/* Takes some of the input (the span moves on), writes up to `cap` bytes. `flush` is the library's own number: Z_NO_FLUSH ..
 * Z_BLOCK, BROTLI_OPERATION_x, ZSTD_e_x; others count as "process". */
struct codec_problem codec_run(struct codec *c, int flush, struct span *input, char *out, size_t cap,
                               size_t *ret_len);
/* Level and strategy of a deflater, from here on. Others: nothing happens. */
struct codec_problem codec_params(struct codec *c, int level, int strategy);
/* As after codec_begin(), with its dictionary. */
struct codec_problem codec_reset(struct codec *c);
size_t codec_memory_bytes(const struct codec *c);

/* CRC-32 (ISO 3309) of more bytes after those that gave `seed`; 0 first. */
uint32_t codec_crc32(uint32_t seed, struct span bytes);

#endif
