/* Base64 and the UTF-16 decoder. What decodes must encode back to the same bytes' text, in place or not, strict within
 * forgiving; a stream of UTF-16 in pieces must be the same as whole. The first byte chooses the cuts. */
#include "text/base64.h"
#include "base/check.h"
#include "base/mem.h"
#include "text/decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void base64(struct span s) {
    char *to = mem_alloc(base64_decoded_max(s.len)), *again = mem_alloc(base64_encoded_length(s.len) + 8);
    size_t len = 0, back = 0;
    if (base64url_decode(s, to, &len) == ERR_OK) {
        check(len <= base64_decoded_max(s.len) && base64url_encoded_length(len) == s.len);
        check(span_eq(span_make(again, base64url_encode(span_make(to, len), again)),
                      s)); /* strict: one spelling */
    }
    if (base64_decode(s, to, &len) == ERR_OK) {
        check(len <= base64_decoded_max(s.len));
        size_t size = base64_encode(span_make(to, len), again);
        check(size == base64_encoded_length(len));
        check(base64_decode(span_make(again, size), again, &back) == ERR_OK); /* in place */
        check(span_eq(span_make(again, back), span_make(to, len)));
    }
    mem_free(to);
    mem_free(again);
}

static size_t decode(struct span s, size_t step, bool fatal, enum err *ret_err, uint16_t *to) {
    struct decoder d;
    decoder_init(&d, TEXT_UTF_16BE, fatal, false);
    size_t total = 0, n = 0;
    *ret_err = ERR_OK;
    for (size_t at = 0; at <= s.len && !*ret_err; at += step) {
        struct span piece = span_first(span_from(s, at), step);
        uint16_t *out = mem_array(decoder_room(&d, piece.len), sizeof *out);
        *ret_err = decoder_add(&d, piece, at + step > s.len, out, &n);
        if (!*ret_err) {
            memcpy(to + total, out, n * sizeof *to);
            total += n;
        }
        mem_free(out);
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 4096) return 0;
    struct span s = span_make(data + 1, size - 1);
    base64(s);
    uint16_t *whole = mem_array(s.len + 4, sizeof *whole), *pieces = mem_array(s.len + 4, sizeof *pieces);
    for (int fatal = 0; fatal < 2; fatal++) {
        enum err e, f;
        size_t n = decode(s, s.len + 1, fatal, &e, whole), m = decode(s, 1 + data[0] % 7, fatal, &f, pieces);
        check(e == f);
        if (!e) check(n == m && memcmp(whole, pieces, n * sizeof *whole) == 0);
    }
    mem_free(whole);
    mem_free(pieces);
    return 0;
}
