/* UTF-8: the vector path, the scalar path and the streaming decoder must say the same of any bytes. The first
 * byte chooses the cuts of the stream. */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "text/decoder.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stream(struct span s, size_t step, const uint16_t *expected, size_t units) {
    struct decoder d;
    decoder_init(&d, TEXT_UTF_8, false, true);
    uint16_t *to = mem_array(s.len + 4, sizeof *to);
    size_t total = 0, n = 0;
    for (size_t at = 0; at <= s.len; at += step) {
        struct span piece = span_first(span_from(s, at), step);
        uint16_t *out = mem_array(decoder_room(&d, piece.len), sizeof *out);
        check(decoder_add(&d, piece, at + step > s.len, out, &n) == ERR_OK);
        check(total + n <= s.len + 4);
        memcpy(to + total, out, n * sizeof *to);
        mem_free(out);
        total += n;
    }
    check(total == units && memcmp(to, expected, units * sizeof *to) == 0);
    mem_free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    struct span s = span_make(data + 1, size - 1);
    bool valid = utf8_valid_prefix(s) == s.len;
    check(utf8_valid(s) == valid && utf8_valid_long(s) == valid);
    size_t units = utf8_to_utf16_length(s), n = 0;
    uint16_t *to = mem_array(s.len + 1, sizeof *to);
    check(utf8_to_utf16_any(s, to) == units && utf8_to_utf16(s, to) == units);
    check((utf8_to_utf16_fatal(s, to, &n) == ERR_OK) == valid);
    check(utf8_to_utf16(s, to) == units);
    size_t bytes = utf16_to_utf8_length(to, units);
    char *back = mem_alloc(bytes + 1), *fixed = mem_alloc(3 * s.len + 1);
    check(utf16_to_utf8(to, units, back) == bytes && utf8_valid(span_make(back, bytes)));
    check(utf8_to_utf8(s, fixed) == bytes && memcmp(fixed, back, bytes) == 0);
    if (valid) check(span_eq(span_make(back, bytes), s));
    stream(s, 1 + data[0] % 37, to, units);
    mem_free(fixed);
    mem_free(back);
    mem_free(to);
    return 0;
}
