/* Any bytes, in any format, in pieces: the decoders end, in bounds, and give no more than they were asked for. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "zip/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    struct zip *z = zip_decoder(data[0] % ZIP_FORMAT_COUNT);
    size_t piece = data[1] + 1u, total = 0;
    struct span in = span_make(data + 2, size - 2);
    char out[500];
    while (total < 1 << 20) {
        struct span now = span_first(in, piece), left = now;
        size_t len = 0;
        bool end = false;
        if (zip_run(z, &left, ZIP_MORE, out, sizeof out, &len, &end)) break;
        check(len <= sizeof out && left.len <= now.len);
        if (!len && left.len == now.len) break;
        total += len;
        in = span_from(in, now.len - left.len);
    }
    zip_free(z);
    return 0;
}
