#include "base/check.h"
#include "http/websocket.h"
#include "zip/zip.h"

/* Below this, compressing saves nothing worth its time. Level 1 to 9; the memory level is zlib's for its hash table. */
enum { COMPRESS_LEAST_BYTES = 128, LEVEL = 4, MEMORY_LEVEL = 5, STEP_BYTES = 16 * 1024 };

void ws_writer_init(struct ws_writer *w, enum ws_role role, const struct ws_deflate *deflate, uint64_t seed) {
    *w = (struct ws_writer){.role = role, .masks = seed};
    if (deflate) w->deflate = *deflate;
}

void ws_writer_free(struct ws_writer *w) {
    zip_free(w->zip);
    w->zip = NULL;
}

/* splitmix64 */
static void next_mask(struct ws_writer *w, uint8_t mask[4]) {
    uint64_t z = w->masks += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    uint32_t four = (uint32_t)(z >> 32);
    memcpy(mask, &four, 4);
}

static size_t put_head(uint8_t *head, uint8_t first, size_t len, bool masked) {
    size_t n = 2;
    head[0] = first;
    if (len < 126) {
        head[1] = (uint8_t)len;
    } else {
        unsigned wide = len <= UINT16_MAX ? 2 : 8;
        head[1] = wide == 2 ? 126 : 127;
        for (unsigned i = wide; i--;) head[n++] = (uint8_t)((uint64_t)len >> 8 * i);
    }
    if (masked) head[1] |= 0x80;
    return n;
}

static void put_frame(struct ws_writer *w, struct buf *out, uint8_t first, struct span payload) {
    uint8_t head[WS_HEAD_BYTES], mask[4];
    bool masked = w->role == WS_CLIENT;
    size_t n = put_head(head, first, payload.len, masked);
    buf_add(out, span_make(head, n));
    if (masked) {
        next_mask(w, mask);
        buf_add(out, span_make(mask, 4));
    }
    size_t at = out->len;
    buf_add(out, payload);
    if (masked) ws_mask(out->ptr + at, payload.len, mask, 0);
}

static bool no_takeover(const struct ws_writer *w) {
    return w->role == WS_SERVER ? w->deflate.server_no_takeover : w->deflate.client_no_takeover;
}

/* Compresses into `to`, which is the caller's. */
static void compress(struct ws_writer *w, struct span bytes, bool fin, struct buf *to) {
    unsigned bits = w->role == WS_SERVER ? w->deflate.server_bits : w->deflate.client_bits;
    if (!w->zip) w->zip = zip_raw_encoder(LEVEL, bits, MEMORY_LEVEL);
    size_t len;
    do {
        bool end;
        char *at = buf_reserve(to, STEP_BYTES);
        check(!zip_run(w->zip, &bytes, fin ? ZIP_FLUSH : ZIP_MORE, at, STEP_BYTES, &len, &end));
        buf_added(to, len);
    } while (bytes.len || len == STEP_BYTES);
    if (!fin) return;
    /* Flushing ends with an empty block whose 00 00 ff ff is not sent. */
    check(to->len >= 5 && !memcmp(to->ptr + to->len - 4, "\0\0\xff\xff", 4));
    to->len -= 4;
    if (no_takeover(w)) zip_reset(w->zip);
}

void ws_write(struct ws_writer *w, struct buf *out, enum ws_opcode kind, struct span bytes, bool fin) {
    bool first = !w->in_message;
    if (first) w->compressing = w->deflate.on && (!fin || bytes.len >= COMPRESS_LEAST_BYTES);
    uint8_t byte =
        (uint8_t)((fin ? 0x80 : 0) | (first ? kind : WS_CONTINUE) | (first && w->compressing ? 0x40 : 0));
    w->in_message = !fin;
    if (!w->compressing) {
        put_frame(w, out, byte, bytes);
        return;
    }
    struct buf small = BUF_INIT;
    compress(w, bytes, fin, &small);
    put_frame(w, out, byte, buf_span(&small));
    buf_free(&small);
}

void ws_write_control(struct ws_writer *w, struct buf *out, enum ws_opcode opcode, struct span payload) {
    check(opcode >= WS_OP_CLOSE && payload.len <= WS_CONTROL_BYTES);
    put_frame(w, out, (uint8_t)(0x80 | opcode), payload);
}

void ws_write_close(struct ws_writer *w, struct buf *out, unsigned code, struct span reason) {
    uint8_t payload[WS_CONTROL_BYTES] = {(uint8_t)(code >> 8), (uint8_t)code};
    if (code == WS_CODE_NONE) {
        ws_write_control(w, out, WS_OP_CLOSE, SPAN_NONE);
        return;
    }
    size_t len = reason.len;
    if (len > WS_REASON_BYTES)
        for (len = WS_REASON_BYTES; len && ((uint8_t)reason.ptr[len] & 0xc0) == 0x80; len--) continue;
    if (len) memcpy(payload + 2, reason.ptr, len);
    ws_write_control(w, out, WS_OP_CLOSE, span_make(payload, 2 + len));
}
