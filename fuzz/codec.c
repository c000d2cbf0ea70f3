/* Any bytes to any decoder with any window and dictionary, in pieces, with any flush: it ends, in bounds. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "zip/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum codec_mode modes[] = {CODEC_INFLATE, CODEC_GUNZIP,        CODEC_INFLATE_RAW,
                                            CODEC_UNZIP,   CODEC_BROTLI_DECODE, CODEC_ZSTD_DECOMPRESS,
                                            CODEC_DEFLATE, CODEC_ZSTD_COMPRESS};
    if (size < 5) return 0;
    struct codec *c = codec_new(modes[data[0] % (sizeof modes / sizeof *modes)]);
    size_t piece = data[1] + 1u, total = 0, words = data[3] % 8;
    struct codec_options o = {.window_bits = data[2] % 17, .level = 1, .memory_level = 1};
    if (words && size > 4 + words) o.dictionary = span_make(data + 4, words);
    struct span in = span_make(data + 4, size - 4);
    char out[500];
    if (codec_begin(c, &o)) {
        for (unsigned turn = 0; total < 1 << 20; turn++) {
            struct span now = span_first(in, piece), left = now;
            size_t len = 0;
            if (codec_run(c, (data[3] >> 3) + (int)(turn % 3), &left, out, sizeof out, &len).message) {
                if (codec_reset(c).message) break;
            }
            check(len <= sizeof out && left.len <= now.len);
            if (!len && left.len == now.len) break;
            total += len;
            in = span_from(in, now.len - left.len);
        }
    }
    codec_free(c);
    return 0;
}
