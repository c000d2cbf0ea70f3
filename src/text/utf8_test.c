/* UTF-8 and UTF-16. It could pass wrongly if the vector path and the scalar path shared a mistake, so the
 * expected values come from a decoder written here by the letter of the standard's state machine, one byte at
 * a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/decoder.h"
#include "text/utf8.h"

enum { LONGEST = 400 };

/* WHATWG Encoding section 8.1.1, step by step. Returns the units; *ret_errors counts the replacements. */
static size_t plain_decode(struct span s, uint16_t *to, size_t *ret_errors) {
    uint32_t code = 0;
    unsigned seen = 0, needed = 0, low = 0x80, high = 0xBF;
    size_t units = 0, errors = 0;
    for (size_t i = 0; i <= s.len; i++) {
        if (i == s.len) {
            if (needed) to[units++] = 0xFFFD, errors++;
            break;
        }
        unsigned byte = (unsigned char)s.ptr[i];
        if (needed == 0) {
            if (byte < 0x80) {
                to[units++] = (uint16_t)byte;
            } else if (byte >= 0xC2 && byte <= 0xDF) {
                needed = 1, code = byte & 0x1F;
            } else if (byte >= 0xE0 && byte <= 0xEF) {
                if (byte == 0xE0) low = 0xA0;
                if (byte == 0xED) high = 0x9F;
                needed = 2, code = byte & 0xF;
            } else if (byte >= 0xF0 && byte <= 0xF4) {
                if (byte == 0xF0) low = 0x90;
                if (byte == 0xF4) high = 0x8F;
                needed = 3, code = byte & 7;
            } else {
                to[units++] = 0xFFFD, errors++;
            }
            continue;
        }
        if (byte < low || byte > high) {
            code = needed = seen = 0, low = 0x80, high = 0xBF;
            to[units++] = 0xFFFD, errors++;
            i--; /* the byte again */
            continue;
        }
        low = 0x80, high = 0xBF;
        code = code << 6 | (byte & 0x3F);
        if (++seen != needed) continue;
        if (code >= 0x10000) {
            to[units++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            to[units++] = (uint16_t)(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            to[units++] = (uint16_t)code;
        }
        code = needed = seen = 0;
    }
    *ret_errors = errors;
    return units;
}

/* Everything that can be said about these bytes must agree with plain_decode(). */
static void agree(struct span s) {
    uint16_t expected[LONGEST + 8], got[LONGEST + 8];
    char back[3 * LONGEST + 8], valid[3 * LONGEST + 8];
    size_t errors, units = plain_decode(s, expected, &errors), n = 0;
    assert_int_equal(utf8_valid(s), errors == 0);
    assert_int_equal(utf8_valid_long(s), errors == 0);
    assert_int_equal(utf8_valid_prefix(s) == s.len, errors == 0);
    assert_int_equal(utf8_to_utf16_length(s), units);
    assert_int_equal(utf8_to_utf16(s, got), units);
    assert_memory_equal(got, expected, units * 2);
    assert_int_equal(utf8_to_utf16_fatal(s, got, &n), errors ? ERR_INVALID : ERR_OK);
    if (!errors) assert_int_equal(n, units);
    size_t bytes = utf16_to_utf8(expected, units, back);
    assert_int_equal(utf16_to_utf8_length(expected, units), bytes);
    if (!errors) assert_true(span_eq(s, span_make(back, bytes)));
    assert_true(span_eq(span_make(valid, utf8_to_utf8(s, valid)), span_make(back, bytes)));
    for (int fatal = 0; fatal < 2; fatal++) { /* in pieces, cut anywhere */
        struct decoder d;
        decoder_init(&d, TEXT_UTF_8, fatal, true);
        size_t total = 0;
        enum err e = ERR_OK;
        for (size_t at = 0; !e && at <= s.len;) {
            size_t len = (size_t)(rand() % 5);
            struct span piece = span_first(span_from(s, at), len);
            at += len;
            e = decoder_add(&d, piece, at > s.len, got + total, &n);
            if (!e) total += n;
        }
        assert_int_equal(e, fatal && errors ? ERR_INVALID : ERR_OK);
        if (e) continue;
        assert_int_equal(total, units);
        assert_memory_equal(got, expected, units * 2);
    }
}

static void every_short_sequence_decodes_as_the_standard_says(void **state) {
    (void)state;
    static const unsigned char interesting[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                                0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                                0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
    enum { N = sizeof interesting };
    char all[4];
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++)
            for (int c = 0; c < N; c++)
                for (int d = 0; d < N; d++) {
                    all[0] = (char)interesting[a], all[1] = (char)interesting[b],
                    all[2] = (char)interesting[c];
                    all[3] = (char)interesting[d];
                    uint16_t expected[8], got[8];
                    size_t errors, units = plain_decode(span_make(all, 4), expected, &errors);
                    assert_int_equal(utf8_to_utf16(span_make(all, 4), got), units);
                    assert_memory_equal(expected, got, units * 2);
                    assert_int_equal(utf8_valid(span_make(all, 4)), errors == 0);
                }
}

/* Mostly well-formed, of all lengths, with damage: errors must be seen at every offset of a vector block. */
static void long_text_agrees_too(void **state) {
    (void)state;
    static const char *const points[] = {"a",
                                         "z",
                                         "\x7f",
                                         "é",
                                         "ß",
                                         "€",
                                         "\xed\x9f\xbf",
                                         "\xee\x80\x80",
                                         "語",
                                         "😀",
                                         "\xf4\x8f\xbf\xbf",
                                         "\xf0\x90\x80\x80"};
    char text[LONGEST];
    srand(11);
    for (int round = 0; round < 20000; round++) {
        size_t len = 0, want = (size_t)(rand() % (LONGEST - 4));
        int ascii = rand() % 3;
        while (len < want) {
            const char *point = points[rand() % (ascii ? 12 : 3)];
            if (ascii == 2 && rand() % 8) point = "x";
            size_t n = strlen(point);
            memcpy(text + len, point, n);
            len += n;
        }
        for (int damage = rand() % 3; len && damage > 0; damage--) text[(size_t)rand() % len] = (char)rand();
        if (len && rand() % 4 == 0) len--;
        agree(span_make(text, len));
    }
}

static void lone_surrogates_are_replaced(void **state) {
    (void)state;
    static const uint16_t units[] = {0xD800, 'a', 0xDC00, 0xD83D, 0xDE00, 0xD83D};
    char to[18];
    struct span expected = SPAN("\xef\xbf\xbd"
                                "a"
                                "\xef\xbf\xbd"
                                "😀"
                                "\xef\xbf\xbd");
    assert_int_equal(utf16_to_utf8_length(units, 6), expected.len);
    assert_true(span_eq(span_make(to, utf16_to_utf8(units, 6, to)), expected));
    assert_false(utf16_is_ascii(units, 6));
    assert_true(utf16_is_ascii(units + 1, 1));
}

/* Random units, most of them in short runs of a kind, held against one code point at a time. */
static void any_utf16_becomes_utf8(void **state) {
    (void)state;
    static const uint16_t kinds[] = {'a',    0x7F,   0x80,   0x7FF,  0x800,  0xD7FF,
                                     0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF};
    uint16_t units[LONGEST], back[LONGEST];
    char expected[3 * LONGEST], got[3 * LONGEST];
    srand(23);
    for (int round = 0; round < 20000; round++) {
        size_t count = (size_t)rand() % LONGEST, bytes = 0, read = 0;
        for (size_t i = 0; i < count; i++)
            units[i] = i && rand() % 4 ? units[i - 1] : kinds[rand() % (round % 2 ? 12 : 6)];
        bool ascii = true;
        for (size_t i = 0; i < count; i++) {
            bool pair = (units[i] & 0xFC00) == 0xD800 && i + 1 < count && (units[i + 1] & 0xFC00) == 0xDC00;
            size_t n = utf16_to_utf8(units + i, pair ? 2 : 1, expected + bytes);
            assert_int_equal(n, units[i] < 0x80 ? 1 : units[i] < 0x800 ? 2 : pair ? 4 : 3);
            bytes += n;
            ascii = ascii && units[i] < 0x80;
            i += pair;
        }
        assert_int_equal(utf16_to_utf8_length(units, count), bytes);
        assert_int_equal(utf16_to_utf8(units, count, got), bytes);
        assert_memory_equal(got, expected, bytes);
        assert_int_equal(utf16_is_ascii(units, count), ascii);
        assert_true(utf8_valid(span_make(got, bytes)));
        size_t cap = bytes ? (size_t)rand() % bytes : 0,
               some = utf16_to_utf8_some(units, count, got, cap, &read);
        assert_true(some <= cap && cap - some < 4);
        assert_memory_equal(got, expected, some);
        assert_int_equal(utf16_to_utf8_length(units, read), some);
        latin1_to_utf16(span_make(expected, bytes < LONGEST ? bytes : LONGEST), back);
        for (size_t i = 0; i < bytes && i < LONGEST; i++)
            assert_int_equal(back[i], (unsigned char)expected[i]);
    }
}

static void encode_into_never_cuts_a_code_point(void **state) {
    (void)state;
    static const uint16_t units[] = {'a', 0xE9, 0x20AC, 0xD83D, 0xDE00, 'b'};
    static const size_t read_at[] = {0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 5, 6},
                        written_at[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t cap = 0; cap <= 11; cap++) {
        char to[12];
        size_t read = 99;
        assert_int_equal(utf16_to_utf8_some(units, 6, to, cap, &read), written_at[cap]);
        assert_int_equal(read, read_at[cap]);
    }
}

static void latin1_is_widened(void **state) {
    (void)state;
    struct span s = SPAN("plain and long enough \xe9\xff");
    char to[64];
    uint16_t units[64];
    assert_int_equal(latin1_to_utf8_length(s), s.len + 2);
    assert_true(span_eq(span_make(to, latin1_to_utf8(s, to)), SPAN("plain and long enough éÿ")));
    latin1_to_utf16(s, units);
    assert_int_equal(units[s.len - 1], 0xFF);
}

static size_t decode_in(struct decoder *d, struct span s, size_t step, uint16_t *to) {
    size_t total = 0, n = 0;
    for (size_t at = 0; at <= s.len; at += step) {
        assert_int_equal(
            decoder_add(d, span_first(span_from(s, at), step), at + step > s.len, to + total, &n), ERR_OK);
        total += n;
    }
    return total;
}

static void byte_order_marks_are_dropped_once(void **state) {
    (void)state;
    static const struct {
        enum text_encoding encoding;
        struct span bytes;
    } rows[] = {{TEXT_UTF_8,
                 {"\xef\xbb\xbf\xef\xbb\xbf"
                  "a",
                  7}},
                {TEXT_UTF_16LE,
                 {"\xff\xfe\xff\xfe"
                  "a\0",
                  6}},
                {TEXT_UTF_16BE, {"\xfe\xff\xfe\xff\0a", 6}}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t step = 1; step < 8; step++) {
            struct decoder d;
            uint16_t to[16];
            decoder_init(&d, rows[i].encoding, true, false);
            for (int again = 0; again < 2; again++) { /* the end of a stream makes it new */
                assert_int_equal(decode_in(&d, rows[i].bytes, step, to), 2);
                assert_int_equal(to[0], 0xFEFF);
                assert_int_equal(to[1], 'a');
            }
            decoder_init(&d, rows[i].encoding, true, true);
            assert_int_equal(decode_in(&d, rows[i].bytes, step, to), 3);
        }
    }
}

static void utf16_streams_survive_cuts(void **state) {
    (void)state;
    struct span bytes = {"\x3d\xd8\x00\xde"
                         "\x3d\xd8"
                         "a\0"
                         "\x00\xdc"
                         "\x3d\xd8"
                         "\x01",
                         13};
    static const uint16_t expected[] = {0xD83D, 0xDE00, 0xFFFD, 'a', 0xFFFD, 0xFFFD};
    for (size_t step = 1; step < 14; step++) {
        struct decoder d;
        uint16_t to[32];
        decoder_init(&d, TEXT_UTF_16LE, false, false);
        assert_int_equal(decode_in(&d, bytes, step, to), 6);
        assert_memory_equal(to, expected, sizeof expected);
    }
    struct decoder d;
    uint16_t to[32];
    size_t n = 77;
    decoder_init(&d, TEXT_UTF_16LE, true, false);
    assert_int_equal(decoder_add(&d, bytes, true, to, &n), ERR_INVALID);
    assert_int_equal(n, 77);
}

static void labels_name_encodings(void **state) {
    (void)state;
    enum text_encoding e = TEXT_UTF_16BE;
    assert_true(text_encoding_of(SPAN("\n UTF8\t"), &e));
    assert_string_equal(text_encoding_name(e), "utf-8");
    assert_true(text_encoding_of(SPAN("UTF-16"), &e));
    assert_string_equal(text_encoding_name(e), "utf-16le");
    assert_false(text_encoding_of(SPAN("utf-7"), &e));
    assert_false(text_encoding_of(SPAN(""), &e));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_sequence_decodes_as_the_standard_says),
        cmocka_unit_test(long_text_agrees_too),
        cmocka_unit_test(lone_surrogates_are_replaced),
        cmocka_unit_test(any_utf16_becomes_utf8),
        cmocka_unit_test(encode_into_never_cuts_a_code_point),
        cmocka_unit_test(latin1_is_widened),
        cmocka_unit_test(byte_order_marks_are_dropped_once),
        cmocka_unit_test(utf16_streams_survive_cuts),
        cmocka_unit_test(labels_name_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
