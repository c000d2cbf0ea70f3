/* Any bytes as frames of either role, with and without compression, in pieces: the reader ends, stays in bounds, gives
 * text that is UTF-8, and says the same however the bytes are cut. And any bytes as an offer and as an answer. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "http/websocket.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 200 * 1000 };

static void read_all(uint8_t how, struct span input, size_t step, struct buf *said) {
    struct ws_deflate deflate = {how & 2, how & 4, how & 8, 9 + 6 * (how >> 4 & 1), 9 + 6 * (how >> 5 & 1)};
    struct ws_reader r;
    struct buf text = BUF_INIT;
    char out[512];
    ws_reader_init(&r, how & 1 ? WS_CLIENT : WS_SERVER, &deflate, MESSAGE_MAX, 1000);
    while (input.len) {
        struct span piece = span_first(input, step), rest = piece;
        enum ws_event e;
        while ((e = ws_read(&r, &rest, out, sizeof out)) != WS_NEED_MORE) {
            check(rest.len <= piece.len && r.bytes.len <= sizeof out);
            if (e == WS_DATA) buf_add(&text, r.bytes);
            if (e == WS_DATA && r.fin) {
                check(text.len <= MESSAGE_MAX && (r.kind != WS_TEXT || utf8_valid(buf_span(&text))));
                buf_printf(said, "%d:", r.kind);
                buf_add(said, buf_span(&text));
                text.len = 0;
            }
            if (e == WS_PING || e == WS_PONG) check(r.bytes.len <= WS_CONTROL_BYTES);
            if (e == WS_CLOSE) check(r.code == WS_CODE_NONE || ws_code_valid(r.code));
            if (e == WS_CLOSE || e == WS_ERROR) goto over;
        }
        check(!rest.len);
        input = span_from(input, piece.len);
    }
over:
    ws_reader_free(&r);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    struct buf whole = BUF_INIT, cut = BUF_INIT, answer = BUF_INIT;
    struct span input = span_make(data + 2, size - 2);
    struct ws_deflate d;
    read_all(data[0], input, input.len + 1, &whole);
    read_all(data[0], input, data[1] % 16 + 1u, &cut);
    /* zlib takes a distance beyond a small window when its target happens to be in the same output. */
    if (!(data[0] & 2) || (data[0] & 0x30) == 0x30) check(span_eq(buf_span(&whole), buf_span(&cut)));
    ws_offers_choose(input, &d, &answer);
    check(!d.on || (d.server_bits >= 9 && d.server_bits <= 15 && d.client_bits >= 8 && d.client_bits <= 15));
    struct ws_deflate same;
    if (d.on) check(!ws_answer_read(buf_span(&answer), &same) && same.server_bits == d.server_bits);
    (void)!ws_answer_read(input, &d);
    buf_free(&whole);
    buf_free(&cut);
    buf_free(&answer);
    return 0;
}
