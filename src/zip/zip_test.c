/* Round trips through every format, in pieces of every small size; damage and truncation. Could pass wrongly if
 * encoder and decoder shared a mistake: so one known stream of each format, made elsewhere, is decoded too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "zip/zip.h"

/* Feeds `in` in pieces of `piece`, takes output in pieces of `room`. True: the stream ended. */
static bool run(struct zip *z, struct span in, size_t piece, size_t room, struct buf *out,
                enum err *ret_err) {
    bool end = false;
    while (!end) {
        struct span now = span_first(in, piece);
        struct span left = now;
        bool last = now.len == in.len;
        size_t len;
        *ret_err = zip_run(z, &left, last ? ZIP_END : ZIP_MORE, buf_reserve(out, room), room, &len, &end);
        if (*ret_err) return false;
        buf_added(out, len);
        in = span_from(in, now.len - left.len);
        if (!in.len) in.len = 0;
        if (last && now.len == left.len && !len && !end) return false; /* cut short */
    }
    return in.len == 0;
}

static struct buf sample(void) {
    struct buf b = BUF_INIT;
    for (unsigned i = 0; i < 3000; i++) buf_printf(&b, "line %u of the sample; ", i * 7919 % 1000);
    return b;
}

static void round_trips(void **state) {
    struct buf text = sample();
    static const size_t pieces[] = {1, 2, 7, 100, 4096, 1 << 20};
    for (int format = ZIP_GZIP; format < ZIP_FORMAT_COUNT; format++) {
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            struct buf packed = BUF_INIT, plain = BUF_INIT;
            enum err e;
            struct zip *z = zip_encoder(format, 5);
            assert_true(run(z, buf_span(&text), pieces[i], 64, &packed, &e));
            zip_free(z);
            assert_true(packed.len < text.len / 3);
            z = zip_decoder(format);
            assert_true(run(z, buf_span(&packed), pieces[i], 1000, &plain, &e));
            zip_free(z);
            assert_true(span_eq(buf_span(&plain), buf_span(&text)));
            buf_free(&packed);
            buf_free(&plain);
        }
    }
    buf_free(&text);
}

static void decodes_known_streams(void **state) {
    static const struct {
        enum zip_format format;
        struct span bytes;
    } known[] = {
        {ZIP_GZIP, SPAN("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36"
                        "\x05\x00\x00\x00")},
        {ZIP_DEFLATE, SPAN("\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15")},
        {ZIP_DEFLATE_RAW, SPAN("\xcb\x48\xcd\xc9\xc9\x07\x00")},
        {ZIP_BR, SPAN("\x0b\x02\x80hello\x03")},
        {ZIP_ZSTD, SPAN("\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello")}, /* one raw block */
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct buf plain = BUF_INIT;
        enum err e;
        struct zip *z = zip_decoder(known[i].format);
        assert_true(run(z, known[i].bytes, 3, 2, &plain, &e));
        assert_true(span_eq(buf_span(&plain), SPAN("hello")));
        zip_free(z);
        buf_free(&plain);
    }
}

static void sees_damage(void **state) {
    struct buf text = sample();
    for (int format = ZIP_GZIP; format < ZIP_FORMAT_COUNT; format++) {
        struct buf packed = BUF_INIT, plain = BUF_INIT;
        enum err e;
        struct zip *z = zip_encoder(format, 5);
        assert_true(run(z, buf_span(&text), 1 << 20, 64, &packed, &e));
        zip_free(z);
        z = zip_decoder(format); /* cut short */
        assert_false(run(z, span_first(buf_span(&packed), packed.len - 4), 100, 1000, &plain, &e));
        zip_free(z);
        buf_add_char(&packed, 'x'); /* something after the end */
        z = zip_decoder(format);
        assert_false(run(z, buf_span(&packed), 1 << 20, 1 << 20, &plain, &e));
        zip_free(z);
        buf_free(&packed);
        buf_free(&plain);
    }
    struct buf out = BUF_INIT;
    enum err e = ERR_OK;
    struct zip *z = zip_decoder(ZIP_GZIP);
    assert_false(run(z, SPAN("this is not gzip"), 100, 100, &out, &e));
    assert_int_equal(e, ERR_CORRUPT);
    zip_free(z);
    buf_free(&out);
    buf_free(&text);
}

static void joins_gzip_members(void **state) {
    static const struct span two = SPAN(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00"
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00"
        "\x00");
    struct buf out = BUF_INIT;
    struct zip *z = zip_decoder(ZIP_GZIP);
    struct span in = two;
    while (in.len) {
        size_t len;
        bool end;
        assert_int_equal(zip_run(z, &in, ZIP_END, buf_reserve(&out, 64), 64, &len, &end), ERR_OK);
        buf_added(&out, len);
    }
    assert_true(span_eq(buf_span(&out), SPAN("hellohello")));
    zip_free(z);
    buf_free(&out);
}

static void says_what_it_holds(void **state) {
    for (int format = ZIP_GZIP; format < ZIP_FORMAT_COUNT; format++) {
        struct buf text = sample(), packed = BUF_INIT;
        enum err e;
        struct zip *z = zip_encoder(format, 5);
        assert_true(run(z, buf_span(&text), 1 << 20, 64, &packed, &e));
        assert_in_range(zip_memory_bytes(z), 10 * 1000, 4 * 1000 * 1000);
        zip_free(z);
        buf_free(&packed);
        buf_free(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),        cmocka_unit_test(decodes_known_streams),
        cmocka_unit_test(sees_damage),        cmocka_unit_test(joins_gzip_members),
        cmocka_unit_test(says_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
