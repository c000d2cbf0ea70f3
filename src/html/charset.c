#include "html/charset.h"
#include "text/utf8.h"

enum err charset_init(struct charset *c, struct span label) {
    enum text_encoding encoding;
    if (!text_encoding_of(label, &encoding)) return ERR_NOT_FOUND;
    if (encoding == TEXT_UTF_16LE || encoding == TEXT_UTF_16BE || encoding == TEXT_ISO_2022_JP ||
        encoding == TEXT_REPLACEMENT)
        return ERR_UNSUPPORTED;
    c->encoding = encoding;
    c->has_table = false;
    return ERR_OK;
}

static bool multi_byte(enum text_encoding e) {
    return e == TEXT_GBK || e == TEXT_GB18030 || e == TEXT_BIG5 || e == TEXT_EUC_JP || e == TEXT_SHIFT_JIS ||
           e == TEXT_EUC_KR;
}

static size_t cut_utf8(struct span s) {
    for (size_t back = 1; back <= 3 && back <= s.len; back++) {
        unsigned char c = (unsigned char)s.ptr[s.len - back];
        if (c < 0x80) return 0;
        if (c >= 0xC0) return (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) > back ? back : 0;
    }
    return 0;
}

/* Bytes of the character that begins with `lead`, once `second` is known (0: not yet). */
static size_t length_of(enum text_encoding e, unsigned lead, unsigned second) {
    if (lead < 0x81 || lead == 0xFF) return 1;
    if (e == TEXT_SHIFT_JIS && lead >= 0xA0 && lead <= 0xDF) return 1;
    if (e == TEXT_EUC_JP && lead == 0x8F) return 3;
    if ((e == TEXT_GB18030 || e == TEXT_GBK) && second >= '0' && second <= '9') return 4;
    return 2;
}

size_t charset_cut(const struct charset *c, struct span text) {
    if (c->encoding == TEXT_UTF_8) return cut_utf8(text);
    if (!multi_byte(c->encoding)) return 0;
    for (size_t at = 0; at < text.len;) {
        unsigned second = at + 1 < text.len ? (unsigned char)text.ptr[at + 1] : 0;
        size_t len = length_of(c->encoding, (unsigned char)text.ptr[at], second);
        if (at + len > text.len) return text.len - at;
        at += len;
    }
    return 0;
}

static void learn(struct charset *c) {
    for (unsigned i = 0; i < 128 && !multi_byte(c->encoding); i++) {
        char byte = (char)(0x80 + i);
        uint16_t units[8];
        size_t count = 0;
        struct decoder d;
        decoder_init(&d, c->encoding, true, true);
        c->upper[i] =
            decoder_add(&d, span_make(&byte, 1), true, units, &count) == ERR_OK && count == 1 ? units[0] : 0;
    }
    c->has_table = true;
}

static bool put(struct charset *c, uint32_t code, bool references, struct buf *to) {
    for (unsigned i = 0; i < 128 && !multi_byte(c->encoding); i++) {
        if (c->upper[i] == code) return buf_add_char(to, (char)(0x80 + i)), true;
    }
    if (references) buf_printf(to, "&#%u;", code);
    return references;
}

/* Well-formed UTF-8 is expected. */
static uint32_t next_code(struct span *s) {
    const unsigned char *p = (const unsigned char *)s->ptr;
    size_t len = *p < 0x80 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4;
    uint32_t code = len == 1 ? *p : len == 2 ? *p & 0x1F : len == 3 ? *p & 0xF : *p & 7;
    if (len > s->len) len = s->len;
    for (size_t i = 1; i < len; i++) code = code << 6 | (p[i] & 0x3F);
    *s = span_from(*s, len);
    return code;
}

bool charset_encode(struct charset *c, struct span utf8, bool references, struct buf *to) {
    if (charset_is_utf8(c) || utf8_is_ascii(utf8)) return buf_add(to, utf8), true;
    if (!c->has_table) learn(c);
    size_t before = to->len;
    while (utf8.len) {
        uint32_t code = next_code(&utf8);
        if (code < 0x80) {
            buf_add_char(to, (char)code);
        } else if (!put(c, code, references, to)) {
            to->len = before;
            return false;
        }
    }
    return true;
}
