/* Compressed bytes: gzip and deflate (zlib), br (Brotli), zstd, as streams, sans I/O. One owner; any thread.
 *
 * Input and output are whatever the caller has: each call takes some bytes of the input (the span moves on) and
 * writes some of the output. When it wrote nothing and the input is empty, it wants more input. A small input
 * may make a huge output: the caller decides how much it takes at a time. */
#ifndef ZIP_ZIP_H
#define ZIP_ZIP_H

#include "base/err.h"

enum zip_format {
    ZIP_GZIP,        /* RFC 1952; several members after one another are one stream */
    ZIP_DEFLATE,     /* RFC 1950 (zlib), as HTTP and CompressionStream mean "deflate" */
    ZIP_DEFLATE_RAW, /* RFC 1951 */
    ZIP_BR,          /* RFC 7932 */
    ZIP_ZSTD,        /* RFC 8878; several frames after one another are one stream */
    ZIP_FORMAT_COUNT
};

struct zip;

struct zip *zip_decoder(enum zip_format format);
/* `level` 0 to 9 (br: 0 to 11, zstd: 1 to 22). */
struct zip *zip_encoder(enum zip_format format, int level);
/* ZIP_DEFLATE_RAW with a window of 2^bits bytes, for protocols that agree on one (RFC 7692). Decoder 8 to 15, encoder 9 to
 * 15; `memory_level` 1 to 9 is zlib's, for the encoder's hash table: 8 is 128 KB, one less is half of it. */
struct zip *zip_raw_decoder(unsigned bits);
struct zip *zip_raw_encoder(int level, unsigned bits, int memory_level);
/* As new: the next input begins another stream, without a window. gzip and deflate only. */
void zip_reset(struct zip *z);
void zip_free(struct zip *z); /* NULL is fine */
/* What it holds now. Some formats take more as they go: a Brotli decoder up to 17 MB, zstd 9 MB, the others 0.3 MB. */
size_t zip_memory_bytes(const struct zip *z);

/* How far a call may go: more input will come; push out what is there, more may come; this was all. */
enum zip_flush { ZIP_MORE, ZIP_FLUSH, ZIP_END };

/* Writes up to `cap` bytes. *ret_end: the stream is complete (decoder: its end mark was read; encoder: all was
 * written after ZIP_END). Input after the end is left; ERR_CORRUPT: not a stream of that format, or a call with
 * bytes after its end (that are not one more member or frame). After a failure only
 * zip_free() is left. Decoders: ZIP_END and no progress means that the input is cut short: the caller sees it
 * as !*ret_end with nothing written. */
MUST_USE enum err zip_run(struct zip *z, struct span *input, enum zip_flush flush, char *out, size_t cap,
                          size_t *ret_len, bool *ret_end);

#endif
