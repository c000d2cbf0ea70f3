/* The legacy encodings. Whole streams of every pair of bytes, of all four-byte sequences, and of random bytes are decoded and
 * their checksums compared with those that another implementation of the standard (test/vectors/SOURCES.md) has made of
 * the same streams. It could pass wrongly if the pieces of a stream were never cut inside a sequence: they are of many
 * lengths; or if a row were skipped: they are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "test/support/tsv.h"
#include "text/decoder.h"

static uint32_t next(uint32_t *x) { return *x = *x * 1664525u + 1013904223u; }

static void put(struct buf *b, unsigned byte) { buf_add_char(b, (char)byte); }

static void make_pairs(struct buf *b) {
    for (unsigned lead = 0; lead < 256; lead++)
        for (unsigned trail = 0; trail < 256; trail++) put(b, lead), put(b, trail), put(b, 10);
}

static void make_four(struct buf *b) {
    for (unsigned w = 0x81; w <= 0xFE; w++)
        for (unsigned x = 0x30; x <= 0x39; x++)
            for (unsigned y = 0x81; y <= 0xFE; y += 3)
                for (unsigned z = 0x30; z <= 0x3A; z++) put(b, w), put(b, x), put(b, y), put(b, z);
}

static void make_three(struct buf *b) {
    for (unsigned x = 0xA0; x <= 0xFF; x++)
        for (unsigned y = 0x9F; y <= 0xFF; y++) put(b, 0x8F), put(b, x), put(b, y), put(b, 10);
}

static void make_random(struct buf *b) {
    uint32_t x = 1;
    for (unsigned i = 0; i < 100000; i++) put(b, next(&x) >> 24);
}

static void make_escapes(struct buf *b) {
    static const char *const tokens[] = {"\x1b(B", "\x1b(J", "\x1b(I", "\x1b$@", "\x1b$B", "\x1b",
                                         "\x1b$",  "\x1b(",  "!",      "0",      "~",      "\\",
                                         "\x0e",   "\x80",   "\n",     "A"};
    uint32_t x = 1;
    for (unsigned i = 0; i < 100000; i++) buf_add(b, span_of(tokens[next(&x) >> 28]));
}

static void make(struct span name, struct buf *b) {
    static const struct {
        const char *name;
        void (*make)(struct buf *);
    } makers[] = {{"pairs", make_pairs},
                  {"four", make_four},
                  {"three", make_three},
                  {"random", make_random},
                  {"escapes", make_escapes}};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (span_eq(name, span_of(makers[i].name))) {
            makers[i].make(b);
            return;
        }
    fail_msg("no input %.*s", SPAN_FMT(name));
}

/* Pieces of `step` bytes and a bit. */
static uint64_t checksum(enum text_encoding encoding, struct span s, size_t step, size_t *ret_units) {
    struct decoder d;
    uint64_t h = 0xcbf29ce484222325u;
    decoder_init(&d, encoding, false, true);
    uint16_t *to = mem_array(decoder_room(&d, s.len), sizeof *to);
    *ret_units = 0;
    for (size_t at = 0, turn = 0; at <= s.len; turn++) {
        struct span piece = span_first(span_from(s, at), step + turn % 3);
        size_t n;
        bool last = at + piece.len == s.len;
        assert_int_equal(decoder_add(&d, piece, last, to, &n), ERR_OK);
        assert_true(n <= decoder_room(&d, piece.len));
        for (size_t i = 0; i < n; i++) h = (h ^ to[i]) * 0x100000001b3u;
        *ret_units += n;
        at += piece.len;
        if (last) break;
    }
    mem_free(to);
    return h;
}

static void streams_decode_as_the_vectors_say(void **state) {
    static const size_t steps[] = {1, 2, 5, 61, 10 * 1000 * 1000};
    struct tsv t;
    unsigned rows = 0, wrong = 0;
    for (tsv_open(&t, VECTORS "/text/legacy.tsv"); tsv_next(&t); rows++) {
        enum text_encoding encoding;
        struct buf input = BUF_INIT;
        assert_true(text_encoding_of(t.fields[0], &encoding));
        assert_true(span_eq(t.fields[0], span_of(text_encoding_name(encoding))));
        make(t.fields[1], &input);
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            size_t units;
            char got[64];
            uint64_t h = checksum(encoding, buf_span(&input), steps[i], &units);
            snprintf(got, sizeof got, "%zu %016llx", units, (unsigned long long)h);
            struct buf expected = BUF_INIT;
            buf_add(&expected, t.fields[2]);
            buf_add_char(&expected, ' ');
            buf_add(&expected, t.fields[3]);
            if (!span_eq(buf_span(&expected), span_of(got))) {
                fprintf(stderr, "%.*s %.*s by %zu: %s, not %.*s\n", SPAN_FMT(t.fields[0]),
                        SPAN_FMT(t.fields[1]), steps[i], got, (int)expected.len, expected.ptr);
                wrong++;
            }
            buf_free(&expected);
        }
        buf_free(&input);
    }
    tsv_close(&t);
    assert_int_equal(wrong, 0);
    assert_int_equal(rows, 80);
}

static void fatal_stops_at_the_first_mistake(void **state) {
    static const struct {
        const char *label;
        struct span good, bad;
    } rows[] = {
        {"windows-1253", SPAN("a\xE1"), SPAN("a\xD2")},
        {"gbk", SPAN("\x81\x40"), SPAN("\x81")},
        {"gb18030", SPAN("\x81\x30\x81\x30"), SPAN("\x81\x30\x81")},
        {"big5", SPAN("\xA4\x40"), SPAN("\x80")},
        {"euc-jp", SPAN("\x8F\xA2\xAF"), SPAN("\x8F\xA2")},
        {"iso-2022-jp", SPAN("\x1b$B!!\x1b(B"), SPAN("\x1b$B!")},
        {"shift_jis", SPAN("\x81\x40"), SPAN("\xFD")},
        {"euc-kr", SPAN("\xB0\xA1"), SPAN("\xFF")},
        {"replacement", SPAN(""), SPAN("a")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum text_encoding encoding;
        struct decoder d;
        uint16_t to[64];
        size_t n;
        assert_true(text_encoding_of(span_of(rows[i].label), &encoding));
        decoder_init(&d, encoding, true, false);
        assert_int_equal(decoder_add(&d, rows[i].good, true, to, &n), ERR_OK);
        assert_int_equal(decoder_add(&d, rows[i].bad, true, to, &n), ERR_INVALID);
        assert_int_equal(decoder_add(&d, rows[i].good, true, to, &n), ERR_OK); /* as new */
    }
}

static void labels_are_trimmed_and_known_in_any_case(void **state) {
    enum text_encoding e;
    assert_true(text_encoding_of(SPAN(" \t Shift-JIS\r\n"), &e));
    assert_int_equal(e, TEXT_SHIFT_JIS);
    assert_true(text_encoding_of(SPAN("iso_8859-1:1987"), &e));
    assert_int_equal(e, TEXT_WINDOWS_1252);
    assert_false(text_encoding_of(SPAN("utf-8\0"), &e));
    assert_false(text_encoding_of(SPAN(""), &e));
    assert_false(text_encoding_of(SPAN("\vutf-8"), &e));
    assert_false(text_encoding_of(SPAN("no such label that is longer than any"), &e));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_decode_as_the_vectors_say),
        cmocka_unit_test(fatal_stops_at_the_first_mistake),
        cmocka_unit_test(labels_are_trimmed_and_known_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
