/* Heads: what is written is read again, exactly; what is malformed in any one place is refused. Could pass wrongly if
 * writer and reader agreed on a wrong format: so one head is compared byte by byte with the layout in head.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "link/head.h"

static const struct http_field two[] = {{SPAN_NONE, SPAN_NONE, 0}, {SPAN_NONE, SPAN_NONE, 0}};

static struct head sample(struct http_field fields[2]) {
    memcpy(fields, two, sizeof two);
    fields[0] = (struct http_field){SPAN("Host"), SPAN("a.example"), HTTP_NAME_HOST};
    fields[1] = (struct http_field){SPAN("X"), SPAN(""), HTTP_NAME_OTHER};
    return (struct head){.worker = 0x01020304,
                         .status = 200,
                         .flags = HEAD_SECURE,
                         .body_length = HEAD_LENGTH_UNKNOWN,
                         .url = SPAN("http://a.example/"),
                         .method = SPAN("GET"),
                         .reason = SPAN("OK"),
                         .extra = SPAN("{}"),
                         .fields = fields,
                         .field_count = 2};
}

static void round_trips(void **state) {
    struct http_field fields[2], read[2];
    struct head h = sample(fields), got;
    struct span rest;
    char bytes[256];
    size_t size = head_size(&h);
    assert_true(size < sizeof bytes - 4);
    assert_ptr_equal(head_write(&h, bytes), bytes + size);
    memcpy(bytes + size, "body", 4);
    assert_int_equal(head_read(span_make(bytes, size + 4), read, 2, &got, &rest), ERR_OK);
    assert_int_equal(got.worker, h.worker);
    assert_int_equal(got.status, 200);
    assert_int_equal(got.flags, HEAD_SECURE);
    assert_true(got.body_length == HEAD_LENGTH_UNKNOWN);
    assert_true(span_eq(got.url, h.url) && span_eq(got.method, h.method));
    assert_true(span_eq(got.reason, h.reason) && span_eq(got.extra, h.extra));
    assert_int_equal(got.field_count, 2);
    assert_ptr_equal(got.fields, read);
    assert_true(span_eq(read[0].name, SPAN("Host")) && span_eq(read[0].value, SPAN("a.example")));
    assert_int_equal(read[0].id, HTTP_NAME_HOST);
    assert_int_equal(read[1].id, HTTP_NAME_OTHER);
    assert_int_equal(read[1].value.len, 0);
    assert_true(span_eq(rest, SPAN("body")));
    assert_int_equal(head_read(span_make(bytes, size), read, 1, &got, &rest), ERR_TOO_LARGE);
}

static void has_the_layout_of_the_header(void **state) {
    struct http_field fields[2];
    struct head h = sample(fields);
    char bytes[256];
    head_write(&h, bytes);
    static const unsigned char fixed[] = {
        4,   3,   2,           1,                       /* worker */
        200, 0,   HEAD_SECURE, 0,                       /* status, flags */
        255, 255, 255,         255, 255, 255, 255, 255, /* body_length */
        17,  0,   0,           0,   2,   0,   0,   0,   /* url, extra */
        3,   0,   2,           0,   2,   0,   0,   0,   /* method, reason, fields, reserved */
        38,  0,   0,           0,   0,   0,   0,   0,   /* text, reserved */
        4,   0,   0,           0,   9,   0,   0,   0,   1, 0, 0, 0, 0, 0, 0, 0, /* the fields' lengths */
    };
    assert_memory_equal(bytes, fixed, sizeof fixed);
    assert_memory_equal(bytes + sizeof fixed, "http://a.example/GETOK{}Hosta.exampleX", 38);
}

static void refuses_every_cut(void **state) {
    struct http_field fields[2], read[2];
    struct head h = sample(fields), got = {.worker = 7};
    struct span rest = SPAN("untouched");
    char bytes[256];
    size_t size = head_size(&h);
    head_write(&h, bytes);
    for (size_t cut = 0; cut < size; cut++) {
        char *exact = malloc(cut + 1); /* so that the sanitizer sees a read too far */
        memcpy(exact, bytes, cut);
        assert_int_equal(head_read(span_make(exact, cut), read, 2, &got, &rest), ERR_INVALID);
        free(exact);
    }
    assert_int_equal(got.worker, 7);
    assert_true(span_eq(rest, SPAN("untouched")));
}

/* Each length made one larger or enormous: the texts no longer add up. */
static void refuses_lengths_that_lie(void **state) {
    static const size_t lengths[] = {16, 20, 24, 26, 32, 40, 44, 48, 52};
    struct http_field fields[2], read[2];
    struct head h = sample(fields), got;
    struct span rest;
    char bytes[256];
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int how = 0; how < 2; how++) {
            head_write(&h, bytes);
            bytes[lengths[i]] = (char)(how ? 0xff : bytes[lengths[i]] + 1);
            if (how) bytes[lengths[i] + 1] = (char)0xff;
            enum err e = head_read(span_make(bytes, head_size(&h)), read, 2, &got, &rest);
            assert_int_equal(e, ERR_INVALID);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(has_the_layout_of_the_header),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_lengths_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
