/* Any bytes, in any encoding, in pieces: what comes out is in bounds, and the same however the stream is cut. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/mem.h"
#include "text/decoder.h"

static size_t decode(enum text_encoding e, bool fatal, struct span s, size_t step, uint16_t *to) {
    struct decoder d;
    decoder_init(&d, e, fatal, true);
    size_t total = 0;
    for (;;) {
        struct span piece = span_first(s, step);
        bool last = piece.len == s.len;
        size_t n = 0;
        if (decoder_add(&d, piece, last, to + total, &n)) return SIZE_MAX;
        check(n <= decoder_room(&d, piece.len));
        total += n;
        s = span_from(s, piece.len);
        if (last) return total;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 4096) return 0;
    enum text_encoding e = data[0] % TEXT_ENCODING_COUNT;
    bool fatal = data[1] & 1;
    size_t step = 1u + (data[1] >> 1) % 16;
    struct span s = span_make(data + 2, size - 2);
    uint16_t *whole = mem_array(s.len + 32, sizeof *whole), *cut = mem_array(s.len + 32, sizeof *cut);
    size_t n = decode(e, fatal, s, s.len, whole), m = decode(e, fatal, s, step, cut);
    check(n == m);
    if (n != SIZE_MAX) check(memcmp(whole, cut, n * sizeof *whole) == 0);
    mem_free(whole);
    mem_free(cut);
    return 0;
}
