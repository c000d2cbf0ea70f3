#include "base/check.h"
#include "http/websocket.h"
#include "text/utf8.h"
#include "zip/zip.h"

enum state { HEAD, DATA, CONTROL, TAIL, OVER };

enum { BIT_FIN = 0x80, BIT_RSV1 = 0x40, BITS_RSV = 0x70, BIT_MASK = 0x80 };

/* What a sender takes off the end of each compressed message (RFC 7692 section 7.2.1). */
static const char end_marker[4] = {0, 0, (char)0xff, (char)0xff};

void ws_reader_init(struct ws_reader *r, enum ws_role role, const struct ws_deflate *deflate,
                    uint64_t message_max, uint64_t fragments_max) {
    *r = (struct ws_reader){.role = role, .message_max = message_max, .fragments_max = fragments_max};
    if (deflate) r->deflate = *deflate;
}

void ws_reader_free(struct ws_reader *r) {
    zip_free(r->inflate);
    r->inflate = NULL;
}

bool ws_code_valid(unsigned code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

void ws_mask(char *bytes, size_t len, const uint8_t mask[4], unsigned at) {
    uint8_t turned[8];
    uint64_t eight, word;
    for (unsigned i = 0; i < 8; i++) turned[i] = mask[(at + i) & 3];
    memcpy(&eight, turned, 8);
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        memcpy(&word, bytes + i, 8);
        word ^= eight;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < len; i++) bytes[i] = (char)((uint8_t)bytes[i] ^ turned[i & 7]);
}

static enum ws_event broken(struct ws_reader *r, unsigned code, const char *sentence) {
    r->state = OVER;
    r->code = code;
    r->sentence = sentence;
    return WS_ERROR;
}

/* --- Heads --- */

static unsigned head_need(const struct ws_reader *r) {
    if (r->head_len < 2) return 2;
    unsigned length = r->head[1] & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (r->head[1] & BIT_MASK ? 4 : 0);
}

static uint64_t head_length(const struct ws_reader *r, unsigned *ret_after) {
    unsigned length = r->head[1] & 0x7f, wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    uint64_t n = 0;
    *ret_after = 2 + wide;
    if (!wide) return length;
    for (unsigned i = 0; i < wide; i++) n = n << 8 | r->head[2 + i];
    return n;
}

/* The first byte and the order of frames (sections 5.2, 5.4, 5.5). */
static const char *first_byte_fault(const struct ws_reader *r, uint8_t first) {
    unsigned opcode = first & 15;
    bool control = opcode >= 8, rsv1 = first & BIT_RSV1;
    if (first & BITS_RSV & ~BIT_RSV1) return "a reserved bit is set";
    if (rsv1 && (!r->deflate.on || control || opcode == WS_CONTINUE)) return "a reserved bit is set";
    if ((opcode > WS_BINARY && opcode < WS_OP_CLOSE) || opcode > WS_OP_PONG) return "a reserved opcode";
    if (control && !(first & BIT_FIN)) return "a control frame in pieces";
    if (!control && (opcode == WS_CONTINUE) != (r->message != 0))
        return r->message ? "a new message before the last one has ended" : "a continuation of nothing";
    return NULL;
}

static enum ws_event begin_data(struct ws_reader *r, unsigned opcode, bool rsv1) {
    if (opcode != WS_CONTINUE) {
        r->message = (uint8_t)opcode;
        r->compressed = rsv1;
        r->size = r->fragments = 0;
        r->text_len = 0;
        r->tail = 0;
        r->stage_at = r->stage_len = 0;
    }
    if (++r->fragments > r->fragments_max)
        return broken(r, WS_CODE_TOO_LARGE, "a message of too many frames");
    if (r->left > r->message_max || (!r->compressed && r->size + r->left > r->message_max))
        return broken(r, WS_CODE_TOO_LARGE, "a message that is too large");
    r->state = DATA;
    return WS_NEED_MORE;
}

/* WS_NEED_MORE: fine. */
static enum ws_event begin_frame(struct ws_reader *r) {
    unsigned after, first = r->head[0];
    const char *fault = first_byte_fault(r, (uint8_t)first);
    if (fault) return broken(r, WS_CODE_PROTOCOL, fault);
    r->opcode = first & 15;
    r->frame_fin = first & BIT_FIN;
    r->masked = r->head[1] & BIT_MASK;
    r->left = head_length(r, &after);
    if (r->masked != (r->role == WS_SERVER))
        return broken(r, WS_CODE_PROTOCOL,
                      r->masked ? "a server's frame is masked" : "a client's frame is not masked");
    if (r->left >> 63 || (after == 4 && r->left < 126) || (after == 10 && r->left <= UINT16_MAX))
        return broken(r, WS_CODE_PROTOCOL, "a length that is not in its shortest form");
    if (r->masked) memcpy(r->mask, r->head + after, 4);
    r->mask_at = 0;
    r->head_len = 0;
    if (r->opcode < WS_OP_CLOSE) return begin_data(r, r->opcode, first & BIT_RSV1);
    if (r->left > WS_CONTROL_BYTES) return broken(r, WS_CODE_PROTOCOL, "a control frame that is too long");
    r->control_len = 0;
    r->state = CONTROL;
    return WS_NEED_MORE;
}

/* True: there was a whole head, *ret_event says what came of it. */
static bool read_head(struct ws_reader *r, struct span *input, enum ws_event *ret_event) {
    *ret_event = WS_NEED_MORE;
    for (;;) {
        unsigned need = head_need(r), missing = need - r->head_len;
        struct span piece = span_first(*input, missing);
        if (piece.len) memcpy(r->head + r->head_len, piece.ptr, piece.len);
        r->head_len += (uint8_t)piece.len;
        *input = span_from(*input, piece.len);
        /* A bad first byte is told without waiting for the rest. */
        const char *fault = r->head_len ? first_byte_fault(r, r->head[0]) : NULL;
        if (fault) return *ret_event = broken(r, WS_CODE_PROTOCOL, fault), true;
        if (r->head_len < need) return false;
        if (head_need(r) == need) break;
    }
    *ret_event = begin_frame(r);
    return true;
}

/* --- Control frames --- */

static enum ws_event on_close(struct ws_reader *r) {
    struct span payload = span_make(r->control, r->control_len);
    r->state = OVER;
    r->code = WS_CODE_NONE;
    r->bytes = SPAN_NONE;
    if (!payload.len) return WS_CLOSE;
    if (payload.len == 1) return broken(r, WS_CODE_PROTOCOL, "a close frame of one byte");
    r->code = (unsigned)r->control[0] << 8 | r->control[1];
    r->bytes = span_from(payload, 2);
    if (!ws_code_valid(r->code)) return broken(r, WS_CODE_PROTOCOL, "a close code that may not be sent");
    if (!utf8_valid(r->bytes)) return broken(r, WS_CODE_INVALID, "a close reason that is not UTF-8");
    return WS_CLOSE;
}

static enum ws_event read_control(struct ws_reader *r, struct span *input) {
    struct span piece = span_first(*input, r->left);
    if (piece.len) memcpy(r->control + r->control_len, piece.ptr, piece.len);
    r->control_len += (uint8_t)piece.len;
    r->left -= piece.len;
    *input = span_from(*input, piece.len);
    if (r->left) return WS_NEED_MORE;
    if (r->masked) ws_mask((char *)r->control, r->control_len, r->mask, 0);
    r->state = HEAD;
    if (r->opcode == WS_OP_CLOSE) return on_close(r);
    r->bytes = span_make(r->control, r->control_len);
    return r->opcode == WS_OP_PING ? WS_PING : WS_PONG;
}

/* --- Text --- */

/* How many bytes the character has whose beginning (1 to 3 bytes) this is; 0: it is the beginning of none. */
static unsigned character_length(const uint8_t *p, size_t len) {
    unsigned lead = p[0], need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    if (len > 1 && (p[1] < low || p[1] > high)) return 0;
    if (len > 2 && (p[2] & 0xc0) != 0x80) return 0;
    return need;
}

/* Completes the character that was cut by the border between two pieces. False: it can't be one. */
static bool text_join(struct ws_reader *r, struct span *s) {
    while (r->text_len && s->len) {
        uint8_t c[4];
        memcpy(c, r->text, r->text_len);
        unsigned need = character_length(c, r->text_len), have = r->text_len;
        c[have++] = (uint8_t)*s->ptr;
        *s = span_from(*s, 1);
        if (have == need) {
            if (!utf8_valid(span_make(c, have))) return false;
            r->text_len = 0;
        } else {
            if (!character_length(c, have)) return false;
            memcpy(r->text, c, have);
            r->text_len = (uint8_t)have;
        }
    }
    return true;
}

static bool text_fits(struct ws_reader *r, struct span s, bool last) {
    if (!text_join(r, &s)) return false;
    s = span_from(s, utf8_valid_prefix(s));
    if (s.len) {
        unsigned need = s.len < 4 ? character_length((const uint8_t *)s.ptr, s.len) : 0;
        if (need <= s.len) return false;
        memcpy(r->text, s.ptr, s.len);
        r->text_len = (uint8_t)s.len;
    }
    return !last || !r->text_len;
}

/* --- Data --- */

/* `len` bytes of the message are in `out`. */
static enum ws_event give(struct ws_reader *r, char *out, size_t len, bool last) {
    r->size += len;
    if (r->size > r->message_max) return broken(r, WS_CODE_TOO_LARGE, "a message that is too large");
    r->kind = r->message;
    r->bytes = span_make(out, len);
    r->fin = last;
    if (r->kind == WS_TEXT && !text_fits(r, r->bytes, last))
        return broken(r, WS_CODE_INVALID, "text that is not UTF-8");
    if (last) r->message = 0;
    if (last) r->state = HEAD;
    return WS_DATA;
}

/* Payload, unmasked, to `to`. */
static size_t take(struct ws_reader *r, struct span *input, char *to, size_t cap) {
    struct span piece = span_first(*input, r->left < cap ? r->left : cap);
    if (piece.len) memcpy(to, piece.ptr, piece.len);
    if (r->masked) ws_mask(to, piece.len, r->mask, r->mask_at);
    r->mask_at = (r->mask_at + (unsigned)piece.len) & 3;
    r->left -= piece.len;
    *input = span_from(*input, piece.len);
    return piece.len;
}

static enum ws_event read_plain(struct ws_reader *r, struct span *input, char *out, size_t cap) {
    size_t len = take(r, input, out, cap);
    bool last = !r->left && r->frame_fin;
    if (!r->left) r->state = HEAD;
    return len || last ? give(r, out, len, last) : WS_NEED_MORE;
}

static uint8_t bits_in(const struct ws_reader *r) {
    return r->role == WS_SERVER ? r->deflate.client_bits : r->deflate.server_bits;
}

/* The message has been inflated entirely. */
static enum ws_event end_compressed(struct ws_reader *r, char *out, size_t len) {
    if (r->role == WS_SERVER ? r->deflate.client_no_takeover : r->deflate.server_no_takeover)
        zip_reset(r->inflate);
    return give(r, out, len, true);
}

/* What goes to the inflater next: staged payload, then the marker. */
static struct span next_staged(const struct ws_reader *r) {
    if (r->state == TAIL) return span_make(end_marker + sizeof end_marker - r->tail, r->tail);
    return span_make(r->stage + r->stage_at, r->stage_len - r->stage_at);
}

static enum ws_event read_compressed(struct ws_reader *r, struct span *input, char *out, size_t cap) {
    size_t len = 0;
    if (!r->inflate) r->inflate = zip_raw_decoder(bits_in(r));
    for (;;) {
        if (r->state == DATA && r->stage_at == r->stage_len) {
            r->stage_at = 0;
            r->stage_len = (unsigned)take(r, input, (char *)r->stage, sizeof r->stage);
            if (!r->stage_len && r->left) return len ? give(r, out, len, false) : WS_NEED_MORE;
            if (!r->stage_len && !r->frame_fin) {
                r->state = HEAD;
                return len ? give(r, out, len, false) : WS_NEED_MORE;
            }
            if (!r->stage_len) {
                r->state = TAIL;
                r->tail = sizeof end_marker;
            }
        }
        struct span in = next_staged(r), rest = in;
        size_t made = 0;
        bool end = false;
        if (zip_run(r->inflate, &rest, ZIP_FLUSH, out + len, cap - len, &made, &end))
            return broken(r, WS_CODE_INVALID, "a message that can't be inflated");
        if (end) zip_reset(r->inflate); /* a final block: the next one begins anew */
        size_t used = in.len - rest.len;
        len += made;
        if (r->state == TAIL)
            r->tail -= (unsigned)used;
        else
            r->stage_at += (unsigned)used;
        if (r->state == TAIL && !r->tail && len < cap) return end_compressed(r, out, len);
        if (len == cap) return give(r, out, len, false);
        if (!used && !made && !end && in.len)
            return broken(r, WS_CODE_INVALID, "a message that can't be inflated");
    }
}

enum ws_event ws_read(struct ws_reader *r, struct span *input, char *out, size_t cap) {
    check(cap >= 512);
    for (;;) {
        enum ws_event e = WS_NEED_MORE;
        switch ((enum state)r->state) {
        case HEAD:
            if (!read_head(r, input, &e)) return WS_NEED_MORE;
            break;
        case CONTROL:
            e = read_control(r, input);
            if (e == WS_NEED_MORE) return e;
            break;
        case DATA:
            e = r->compressed ? read_compressed(r, input, out, cap) : read_plain(r, input, out, cap);
            if (e == WS_NEED_MORE && r->state == DATA) return e;
            break;
        case TAIL: e = read_compressed(r, input, out, cap); break;
        case OVER: return WS_NEED_MORE;
        }
        if (e != WS_NEED_MORE) return e;
    }
}
