/* WebSocket frames. It could pass wrongly if reader and writer shared a mistake: so frames are also written here byte by
 * byte as the standard shows them (RFC 6455 section 5.7, RFC 7692 section 7.2.3), and everything is fed whole and cut
 * everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/websocket.h"
#include "zip/zip.h"

#define BYTES(...) span_make((const char[]){__VA_ARGS__}, sizeof((const char[]){__VA_ARGS__}))

static const struct ws_deflate full = {true, false, false, 15, 15};

/* All events as text: "text(Hello)" at the end of a message, "ping(..)", "close(1000,bye)", "error(1002)". */
static void describe(struct ws_reader *r, struct span input, size_t step, struct buf *to) {
    char out[512];
    struct buf text = BUF_INIT;
    while (input.len) {
        struct span piece = span_first(input, step), rest = piece;
        enum ws_event e;
        while ((e = ws_read(r, &rest, out, sizeof out)) != WS_NEED_MORE) {
            if (e == WS_DATA) {
                buf_add(&text, r->bytes);
                if (!r->fin) continue;
                buf_printf(to, "%s(%.*s)", r->kind == WS_TEXT ? "text" : "binary", SPAN_FMT(buf_span(&text)));
                text.len = 0;
            }
            if (e == WS_PING || e == WS_PONG)
                buf_printf(to, "%s(%.*s)", e == WS_PING ? "ping" : "pong", SPAN_FMT(r->bytes));
            if (e == WS_CLOSE) buf_printf(to, "close(%u,%.*s)", r->code, SPAN_FMT(r->bytes));
            if (e == WS_ERROR) buf_printf(to, "error(%u)", r->code);
            if (e == WS_ERROR) assert_non_null(r->sentence);
            if (e == WS_CLOSE || e == WS_ERROR) goto over;
        }
        assert_int_equal(rest.len, 0);
        input = span_from(input, piece.len);
    }
over:
    buf_free(&text);
}

static void read_as(enum ws_role role, const struct ws_deflate *deflate, struct span input,
                    const char *expected) {
    for (size_t step = input.len ? input.len : 1; step; step = step > 8 ? step / 2 : step - 1) {
        struct ws_reader r;
        struct buf said = BUF_INIT;
        ws_reader_init(&r, role, deflate, 100000, 100);
        describe(&r, input, step, &said);
        assert_string_equal(buf_cstr(&said), expected);
        ws_reader_free(&r);
        buf_free(&said);
    }
}

#define client_reads(input, expected) read_as(WS_CLIENT, NULL, input, expected)

static void the_examples_of_the_standard(void **state) {
    (void)state;
    client_reads(BYTES((char)0x81, 5, 'H', 'e', 'l', 'l', 'o'), "text(Hello)");
    read_as(WS_SERVER, NULL,
            BYTES((char)0x81, (char)0x85, 0x37, (char)0xfa, 0x21, 0x3d, 0x7f, (char)0x9f, 0x4d, 0x51, 0x58),
            "text(Hello)");
    client_reads(BYTES(1, 3, 'H', 'e', 'l', (char)0x80, 2, 'l', 'o'), "text(Hello)");
    client_reads(BYTES((char)0x89, 5, 'H', 'e', 'l', 'l', 'o'), "ping(Hello)");
    read_as(WS_SERVER, NULL,
            BYTES((char)0x8a, (char)0x85, 0x37, (char)0xfa, 0x21, 0x3d, 0x7f, (char)0x9f, 0x4d, 0x51, 0x58),
            "pong(Hello)");
    /* RFC 7692 section 7.2.3: compressed; in two frames; with the window of the message before; a stored block; a final
     * block; two blocks. */
    read_as(WS_CLIENT, &full,
            BYTES((char)0xc1, 7, (char)0xf2, 0x48, (char)0xcd, (char)0xc9, (char)0xc9, 7, 0), "text(Hello)");
    read_as(WS_CLIENT, &full,
            BYTES(0x41, 3, (char)0xf2, 0x48, (char)0xcd, (char)0x80, 4, (char)0xc9, (char)0xc9, 7, 0),
            "text(Hello)");
    read_as(WS_CLIENT, &full,
            BYTES((char)0xc1, 7, (char)0xf2, 0x48, (char)0xcd, (char)0xc9, (char)0xc9, 7, 0, (char)0xc1, 5,
                  (char)0xf2, 0, 0x11, 0, 0),
            "text(Hello)text(Hello)");
    read_as(WS_CLIENT, &full,
            BYTES((char)0xc1, 11, 0, 5, 0, (char)0xfa, (char)0xff, 'H', 'e', 'l', 'l', 'o', 0),
            "text(Hello)");
    read_as(WS_CLIENT, &full,
            BYTES((char)0xc1, 8, (char)0xf3, 0x48, (char)0xcd, (char)0xc9, (char)0xc9, 7, 0, 0),
            "text(Hello)");
    read_as(WS_CLIENT, &full,
            BYTES((char)0xc1, 13, (char)0xf2, 0x48, 5, 0, 0, 0, (char)0xff, (char)0xff, (char)0xca,
                  (char)0xc9, (char)0xc9, 7, 0),
            "text(Hello)");
    read_as(WS_CLIENT, &full, BYTES((char)0xc1, 1, 0), "text()");
}

static void broken_rules(void **state) {
    (void)state;
    client_reads(BYTES((char)0xc1, 0), "error(1002)");                       /* rsv1 without the extension */
    client_reads(BYTES((char)0xa1, 0), "error(1002)");                       /* rsv2 */
    client_reads(BYTES((char)0x91, 0), "error(1002)");                       /* rsv3 */
    read_as(WS_CLIENT, &full, BYTES((char)0xc9, 0), "error(1002)");          /* rsv1 on a ping */
    read_as(WS_CLIENT, &full, BYTES(0x41, 0, (char)0xc0, 0), "error(1002)"); /* and on a continuation */
    for (int op = 3; op < 16; op++)
        if (op < 8 || op > 10) client_reads(BYTES((char)(0x80 | op), 0), "error(1002)");
    client_reads(BYTES(9, 0), "error(1002)");                               /* a ping in pieces */
    client_reads(BYTES((char)0x89, 126, 0, 126), "error(1002)");            /* a long ping */
    client_reads(BYTES((char)0x80, 0), "error(1002)");                      /* continues nothing */
    client_reads(BYTES(1, 0, (char)0x81, 0), "error(1002)");                /* begins while another goes on */
    client_reads(BYTES((char)0x81, (char)0x80, 1, 2, 3, 4), "error(1002)"); /* a masked frame of a server */
    read_as(WS_SERVER, NULL, BYTES((char)0x81, 0), "error(1002)");          /* an unmasked one of a client */
    client_reads(BYTES((char)0x82, 126, 0, 125), "error(1002)"); /* lengths that could be shorter */
    client_reads(BYTES((char)0x82, 127, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xff), "error(1002)");
    client_reads(BYTES((char)0x82, 127, (char)0x80, 0, 0, 0, 0, 0, 0, 0), "error(1002)");
    client_reads(BYTES((char)0x82, 127, 0, 0, 0, 0, 0, 1, (char)0x86, (char)0xa1),
                 "error(1009)"); /* 100001 */
    client_reads(BYTES((char)0x88, 1, 3), "error(1002)");
    client_reads(BYTES((char)0x88, 3, 3, (char)0xe8, (char)0xff), "error(1007)");
}

static void closing(void **state) {
    (void)state;
    client_reads(BYTES((char)0x88, 0), "close(1005,)");
    client_reads(BYTES((char)0x88, 5, 3, (char)0xe8, 'b', 'y', 'e', (char)0x81, 0), "close(1000,bye)");
    client_reads(BYTES(2, 1, 'x', (char)0x88, 0), "close(1005,)"); /* inside of a message */
    for (unsigned code = 0; code < 6000; code++) {
        char expected[32];
        bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                    (code >= 3000 && code <= 4999);
        struct ws_reader r;
        struct buf said = BUF_INIT;
        char frame[] = {(char)0x88, 2, (char)(code >> 8), (char)code};
        snprintf(expected, sizeof expected, good ? "close(%u,)" : "error(1002)", code);
        ws_reader_init(&r, WS_CLIENT, NULL, 100, 100);
        describe(&r, span_make(frame, 4), 4, &said);
        assert_string_equal(buf_cstr(&said), expected);
        buf_free(&said);
    }
}

static void control_between_frames(void **state) {
    (void)state;
    client_reads(BYTES(1, 1, 'a', (char)0x89, 1, 'p', 0, 1, 'b', (char)0x8a, 0, (char)0x80, 0),
                 "ping(p)pong()text(ab)");
    read_as(WS_CLIENT, &full,
            BYTES(0x41, 3, (char)0xf2, 0x48, (char)0xcd, (char)0x89, 1, 'p', (char)0x80, 4, (char)0xc9,
                  (char)0xc9, 7, 0),
            "ping(p)text(Hello)");
}

/* Each string as one frame, and cut into two at each place. */
static void text_as(const char *bytes, size_t len, bool good) {
    for (size_t cut = 0; cut <= len; cut++) {
        struct buf in = BUF_INIT, said = BUF_INIT;
        struct ws_reader r;
        char head[] = {1, (char)cut, (char)0x80, (char)(len - cut)};
        buf_add(&in, span_make(head, 2));
        buf_add(&in, span_make(bytes, cut));
        buf_add(&in, span_make(head + 2, 2));
        buf_add(&in, span_make(bytes + cut, len - cut));
        for (size_t step = 1; step < 4; step++) {
            ws_reader_init(&r, WS_CLIENT, NULL, 1000, 100);
            said.len = 0;
            describe(&r, buf_span(&in), step, &said);
            assert_true(span_ends(buf_span(&said), good ? SPAN(")") : SPAN("error(1007)")));
            assert_true(good == !span_ends(buf_span(&said), SPAN("error(1007)")));
        }
        buf_free(&in);
        buf_free(&said);
    }
}

static void text_is_checked_as_it_comes(void **state) {
    (void)state;
    static const char *const good[] = {"",
                                       "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbd",
                                       "\xf0\x90\x80\x80",
                                       "\xc2\x80"};
    static const char *const bad[] = {"\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\x80",
                                      "a\xff",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "\xce",
                                      "\xc3\x28",
                                      "\xf5\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) text_as(good[i], strlen(good[i]), true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) text_as(bad[i], strlen(bad[i]), false);
    /* At once, not at the end of the message: nothing that could follow would help. */
    client_reads(BYTES((char)0x81, 100, 'a', (char)0xed, (char)0xa0), "error(1007)");
    client_reads(BYTES((char)0x81, 100, (char)0xf4, (char)0x90), "error(1007)");
}

static void bounds(void **state) {
    (void)state;
    struct buf in = BUF_INIT, said = BUF_INIT;
    struct ws_reader r;
    for (int i = 0; i < 101; i++) buf_add(&in, i ? BYTES(0, 0) : BYTES(1, 0));
    client_reads(buf_span(&in), "error(1009)");
    /* A megabyte of zeros in a kilobyte. */
    struct ws_writer w;
    static const char zeros[1 << 20];
    ws_writer_init(&w, WS_SERVER, &full, 1);
    in.len = 0;
    ws_write(&w, &in, WS_BINARY, span_make(zeros, sizeof zeros), true);
    assert_true(in.len < 8000);
    ws_reader_init(&r, WS_CLIENT, &full, 100000, 100);
    describe(&r, buf_span(&in), in.len, &said);
    assert_true(span_ends(buf_span(&said), SPAN("error(1009)")));
    ws_reader_free(&r);
    ws_writer_free(&w);
    buf_free(&in);
    buf_free(&said);
    read_as(WS_CLIENT, &full, BYTES((char)0xc2, 4, (char)0xff, (char)0xff, (char)0xff, (char)0xff),
            "error(1007)");
}

/* Random messages, in random pieces, through writer and reader. */
static void both_ways(enum ws_role from, const struct ws_deflate *deflate) {
    struct ws_writer w;
    struct ws_reader r;
    struct buf wire = BUF_INIT, sent = BUF_INIT, got = BUF_INIT;
    unsigned seed = 42;
    ws_writer_init(&w, from, deflate, 7);
    ws_reader_init(&r, from == WS_CLIENT ? WS_SERVER : WS_CLIENT, deflate, 1 << 20, 100);
    for (int n = 0; n < 60; n++) {
        size_t pieces = (size_t)(rand_r(&seed) % 4 + 1);
        sent.len = got.len = wire.len = 0;
        for (size_t i = 1; i <= pieces; i++) {
            size_t len = (size_t)rand_r(&seed) % (n % 3 ? 300 : 70000), start = sent.len;
            char *to = buf_reserve(&sent, len + 1);
            for (size_t k = 0; k < len; k++) to[k] = (char)(n % 2 ? rand_r(&seed) : "abcd"[k * k / 3 % 4]);
            buf_added(&sent, len);
            ws_write(&w, &wire, WS_BINARY, span_make(sent.ptr + start, len), i == pieces);
        }
        struct span in = buf_span(&wire);
        bool fin = false;
        char out[1000];
        while (!fin) {
            assert_int_equal(ws_read(&r, &in, out, sizeof out), WS_DATA);
            buf_add(&got, r.bytes);
            fin = r.fin;
        }
        assert_int_equal(in.len, 0);
        assert_int_equal(got.len, sent.len);
        assert_memory_equal(got.ptr, sent.ptr, sent.len);
    }
    ws_writer_free(&w);
    ws_reader_free(&r);
    buf_free(&wire);
    buf_free(&sent);
    buf_free(&got);
}

static void what_is_written_can_be_read(void **state) {
    (void)state;
    static const struct ws_deflate kinds[] = {{false, false, false, 0, 0},
                                              {true, false, false, 15, 15},
                                              {true, true, true, 12, 9},
                                              {true, false, true, 9, 12}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        both_ways(WS_CLIENT, &kinds[i]);
        both_ways(WS_SERVER, &kinds[i]);
    }
}

static void closes_are_written(void **state) {
    (void)state;
    struct ws_writer w;
    struct buf out = BUF_INIT;
    char reason[200];
    ws_writer_init(&w, WS_SERVER, NULL, 1);
    ws_write_close(&w, &out, 1000, SPAN("bye"));
    assert_true(span_eq(buf_span(&out), BYTES((char)0x88, 5, 3, (char)0xe8, 'b', 'y', 'e')));
    out.len = 0;
    ws_write_close(&w, &out, WS_CODE_NONE, SPAN("bye"));
    assert_true(span_eq(buf_span(&out), BYTES((char)0x88, 0)));
    out.len = 0;
    for (size_t i = 0; i < sizeof reason; i += 2) memcpy(reason + i, "\xc3\xa4", 2);
    ws_write_close(&w, &out, 4000, span_make(reason, sizeof reason));
    assert_int_equal(out.len, 2 + 2 + 122); /* 123 would cut a character */
    buf_free(&out);
}

static void choose(const char *offers, const char *answer) {
    struct ws_deflate d;
    struct buf out = BUF_INIT;
    ws_offers_choose(span_of(offers), &d, &out);
    assert_string_equal(buf_cstr(&out), answer);
    assert_int_equal(d.on, answer[0] != 0);
    buf_free(&out);
}

static void negotiation(void **state) {
    (void)state;
    struct ws_deflate d;
    choose("", "");
    choose("x-webkit-deflate-frame", "");
    choose("permessage-deflate", "permessage-deflate; server_max_window_bits=12");
    choose("PERMESSAGE-DEFLATE ; client_max_window_bits",
           "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
    choose("permessage-deflate; client_max_window_bits=10; server_max_window_bits=9",
           "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10");
    choose("permessage-deflate; server_no_context_takeover; client_no_context_takeover",
           "permessage-deflate; server_max_window_bits=12; server_no_context_takeover; "
           "client_no_context_takeover");
    choose("foo, permessage-deflate; bar, permessage-deflate; server_max_window_bits=\"11\"",
           "permessage-deflate; server_max_window_bits=11");
    static const char *const refused[] = {"; server_max_window_bits",
                                          "; server_max_window_bits=8",
                                          "; server_max_window_bits=16",
                                          "; server_max_window_bits=010",
                                          "; client_max_window_bits=7",
                                          "; server_no_context_takeover=1",
                                          "; unknown",
                                          "; server_no_context_takeover; server_no_context_takeover",
                                          ";"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char offer[200];
        snprintf(offer, sizeof offer, "permessage-deflate%s", refused[i]);
        choose(offer, "");
    }
    assert_int_equal(ws_answer_read(SPAN(""), &d), ERR_OK);
    assert_false(d.on);
    assert_int_equal(ws_answer_read(SPAN("permessage-deflate; client_max_window_bits=10"), &d), ERR_OK);
    assert_int_equal(d.client_bits, 10);
    assert_int_equal(d.server_bits, 15);
    assert_int_equal(ws_answer_read(SPAN("foo"), &d), ERR_PROTOCOL);
    assert_int_equal(ws_answer_read(SPAN("permessage-deflate, permessage-deflate"), &d), ERR_PROTOCOL);
    assert_int_equal(ws_answer_read(SPAN("permessage-deflate; client_max_window_bits"), &d), ERR_PROTOCOL);
    assert_true(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZQ==")));
    assert_false(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZQ=")));
    assert_false(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZQ=======")));
    assert_false(ws_key_valid(SPAN("*GhlIHNhbXBsZSBub25jZQ==")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(broken_rules),
        cmocka_unit_test(closing),
        cmocka_unit_test(control_between_frames),
        cmocka_unit_test(text_is_checked_as_it_comes),
        cmocka_unit_test(bounds),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(closes_are_written),
        cmocka_unit_test(negotiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
