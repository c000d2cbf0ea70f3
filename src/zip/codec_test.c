/* The knobs of zip/codec.h. Could pass wrongly if both directions shared a mistake: zip_test.c reads streams made elsewhere; here
 * we look at what only a knob changes (sizes, header bytes, which errors). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "zip/codec.h"

static const struct codec_options defaults = {.window_bits = 15, .level = 6, .memory_level = 8};

/* All of `in` through a codec, output in small pieces. The message of what went wrong, or NULL. */
static const char *pass(struct codec *c, int finish, struct span in, struct buf *out) {
    for (;;) {
        size_t len, before = in.len, room = 61;
        struct codec_problem p = codec_run(c, finish, &in, buf_reserve(out, room), room, &len);
        if (p.message) return p.message;
        buf_added(out, len);
        if (len < room && (len == 0 || in.len == before || in.len == 0)) return NULL;
    }
}

static struct buf packed(enum codec_mode mode, struct codec_options o, int finish, struct span text) {
    struct buf b = BUF_INIT;
    struct codec *c = codec_new(mode);
    assert_true(codec_begin(c, &o));
    assert_null(pass(c, finish, text, &b));
    codec_free(c);
    return b;
}

static void expect(enum codec_mode mode, struct codec_options o, int finish, struct span in,
                   const char *message, struct span text) {
    struct buf b = BUF_INIT;
    struct codec *c = codec_new(mode);
    assert_true(codec_begin(c, &o));
    const char *said = pass(c, finish, in, &b);
    if (message) {
        assert_non_null(said);
        assert_string_equal(said, message);
    } else {
        assert_null(said);
        assert_true(span_eq(buf_span(&b), text));
    }
    codec_free(c);
    buf_free(&b);
}

static void unzip_finds_out_which_wrapping(void **state) {
    struct span text = SPAN("the same text, the same text, the same text");
    struct buf gz = packed(CODEC_GZIP, defaults, 4, text), z = packed(CODEC_DEFLATE, defaults, 4, text);
    struct codec_options any = {0};
    expect(CODEC_UNZIP, any, 4, buf_span(&gz), NULL, text);
    expect(CODEC_UNZIP, any, 4, buf_span(&z), NULL, text);
    expect(CODEC_GUNZIP, any, 4, buf_span(&z), "incorrect header check", text);
    expect(CODEC_GUNZIP, any, 4, span_first(buf_span(&gz), gz.len - 9), "unexpected end of file", text);
    buf_add(&gz, SPAN("\0\0\0")); /* padding */
    expect(CODEC_GUNZIP, any, 4, buf_span(&gz), NULL, text);
    buf_free(&gz);
    buf_free(&z);
}

static void a_dictionary_is_asked_for(void **state) {
    struct span text = SPAN("words of a dictionary"), dictionary = SPAN("a dictionary of words");
    struct codec_options with = defaults, wrong = defaults;
    with.dictionary = dictionary;
    wrong.dictionary = SPAN("another");
    struct buf b = packed(CODEC_DEFLATE, with, 4, text), plain = packed(CODEC_DEFLATE, defaults, 4, text);
    assert_true(b.len < plain.len);
    expect(CODEC_INFLATE, with, 4, buf_span(&b), NULL, text);
    expect(CODEC_INFLATE, defaults, 4, buf_span(&b), "Missing dictionary", text);
    expect(CODEC_INFLATE, wrong, 4, buf_span(&b), "Bad dictionary", text);
    buf_free(&b);
    buf_free(&plain);
}

static void window_and_level_are_kept(void **state) {
    struct buf far = BUF_INIT;
    for (unsigned i = 0; i < 4000; i++) buf_printf(&far, "%u,", i * 2654435761u >> 8);
    struct codec_options small = defaults, none = defaults;
    small.window_bits = 9;
    none.level = 0;
    struct buf a = packed(CODEC_DEFLATE, small, 4, buf_span(&far)),
               b = packed(CODEC_DEFLATE, none, 4, buf_span(&far));
    assert_int_equal((uint8_t)a.ptr[0], 0x18); /* RFC 1950: 2^(1 + 8) bytes */
    assert_true(b.len > far.len);              /* stored */
    expect(CODEC_INFLATE, small, 4, buf_span(&a), NULL, buf_span(&far));
    buf_free(&a);
    buf_free(&b);
    buf_free(&far);
}

static void brotli_and_zstd_have_parameters(void **state) {
    struct span text =
        SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct codec_options none = {0};
    struct codec *c = codec_new(CODEC_BROTLI_ENCODE);
    assert_true(codec_set(c, 1, 5));
    assert_false(codec_set(c, 9999, 0));
    codec_free(c);
    c = codec_new(CODEC_ZSTD_COMPRESS);
    assert_true(codec_set(c, 100, 22)); /* as the highest there is room for */
    assert_false(codec_set(c, 101, 31));
    assert_false(codec_set(c, 400, 4)); /* no threads */
    assert_true(codec_pledge(c, text.len));
    codec_free(c);
    struct buf br = packed(CODEC_BROTLI_ENCODE, none, 2, text),
               zstd = packed(CODEC_ZSTD_COMPRESS, none, 2, text);
    expect(CODEC_BROTLI_DECODE, none, 2, buf_span(&br), NULL, text);
    expect(CODEC_ZSTD_DECOMPRESS, none, 2, buf_span(&zstd), NULL, text);
    expect(CODEC_BROTLI_DECODE, none, 2, span_first(buf_span(&br), br.len - 2), "unexpected end of file",
           text);
    expect(CODEC_ZSTD_DECOMPRESS, none, 2, span_first(buf_span(&zstd), zstd.len - 2),
           "unexpected end of file", text);
    expect(CODEC_BROTLI_DECODE, none, 2, SPAN("\xFF\xFF\xFF\xFF"), "Decompression failed", text);
    expect(CODEC_ZSTD_DECOMPRESS, none, 2, SPAN("nonsense here"), "Zstd decompression failed", text);
    buf_free(&br);
    buf_free(&zstd);
}

static void reset_begins_anew(void **state) {
    struct codec_options o = defaults;
    struct buf a = BUF_INIT, b = BUF_INIT;
    o.dictionary = SPAN("abcabc");
    struct codec *c = codec_new(CODEC_DEFLATE_RAW);
    assert_true(codec_begin(c, &o));
    assert_null(pass(c, 4, SPAN("abcabcabc"), &a));
    assert_null(codec_reset(c).message);
    assert_null(codec_params(c, 6, 0).message);
    assert_null(pass(c, 4, SPAN("abcabcabc"), &b));
    assert_true(span_eq(buf_span(&a), buf_span(&b)));
    codec_free(c);
    buf_free(&a);
    buf_free(&b);
    assert_int_equal(codec_crc32(0, SPAN("123456789")), 0xCBF43926);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unzip_finds_out_which_wrapping),
        cmocka_unit_test(a_dictionary_is_asked_for),
        cmocka_unit_test(window_and_level_are_kept),
        cmocka_unit_test(brotli_and_zstd_have_parameters),
        cmocka_unit_test(reset_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
