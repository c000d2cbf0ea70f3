/* State machines that take a byte at a time, in the words of the standard: "prepend" is feeding bytes again. What is
 * waiting for its other half is in d->pending. Runs of ASCII, most of any markup, go by vectors. */
#include "text/legacy.h"

#include "base/check.h"
#include "text/legacy_tables.h"
#include "text/utf8_step.h"

enum {
    HALF_KATAKANA = 0xFF61, /* what 0xA1 is in Shift_JIS, 0x8E 0xA1 in EUC-JP, 0x21 in ISO-2022-JP */
    TWO_CODES = 0x40000000  /* of pair(): a letter in bits 16 to 29 and a combining mark */
};

struct out {
    uint16_t *at;
    bool failed;
};

static void put(struct out *o, uint32_t code) {
    if (code & TWO_CODES) {
        *o->at++ = (uint16_t)(code >> 16 & 0x3FFF);
        *o->at++ = (uint16_t)code;
    } else {
        o->at += utf16_put(code, o->at);
    }
}

static void put_error(const struct decoder *d, struct out *o) {
    if (d->fatal)
        o->failed = true;
    else
        *o->at++ = UTF8_REPLACEMENT;
}

static bool in(unsigned byte, unsigned from, unsigned to) { return byte >= from && byte <= to; }

/* An index has an entry there: "index code point". 0: null. */
#define LOOK_UP(name, pointer) ((pointer) < text_##name##_count ? text_##name[pointer] : 0)

/* --- Two bytes to a code point; 0: there is none ------------------------------------------------------------------ */

static uint32_t pair_gb18030(unsigned lead, unsigned byte) {
    if (!in(byte, 0x40, 0x7E) && !in(byte, 0x80, 0xFE)) return 0;
    return LOOK_UP(gb18030, (lead - 0x81) * 190 + byte - (byte < 0x7F ? 0x40 : 0x41));
}

static uint32_t pair_big5(unsigned lead, unsigned byte) {
    if (!in(byte, 0x40, 0x7E) && !in(byte, 0xA1, 0xFE)) return 0;
    size_t pointer = (lead - 0x81) * 157 + byte - (byte < 0x7F ? 0x40 : 0x62);
    switch (pointer) {
    case 1133: return TWO_CODES | 0xCA << 16 | 0x304;
    case 1135: return TWO_CODES | 0xCA << 16 | 0x30C;
    case 1164: return TWO_CODES | 0xEA << 16 | 0x304;
    case 1166: return TWO_CODES | 0xEA << 16 | 0x30C;
    default: break;
    }
    uint32_t low = LOOK_UP(big5, pointer);
    bool plane2 = low && text_big5_plane2[pointer >> 4] >> (pointer & 15) & 1;
    return plane2 ? 0x20000 | low : low;
}

static uint32_t pair_jis(unsigned lead, unsigned byte, bool jis0212) {
    if (!in(lead, 0xA1, 0xFE) || !in(byte, 0xA1, 0xFE)) return 0;
    size_t pointer = (lead - 0xA1) * 94 + byte - 0xA1;
    return jis0212 ? LOOK_UP(jis0212, pointer) : LOOK_UP(jis0208, pointer);
}

static uint32_t pair_euc_jp(unsigned lead, unsigned byte) {
    if (lead == 0x8E) return in(byte, 0xA1, 0xDF) ? HALF_KATAKANA - 0xA1 + byte : 0;
    return pair_jis(lead, byte, false);
}

static uint32_t pair_shift_jis(unsigned lead, unsigned byte) {
    if (!in(byte, 0x40, 0x7E) && !in(byte, 0x80, 0xFC)) return 0;
    size_t pointer = (lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + byte - (byte < 0x7F ? 0x40 : 0x41);
    if (pointer >= 8836 && pointer <= 10715) return (uint32_t)(0xE000 - 8836 + pointer); /* private use */
    return LOOK_UP(jis0208, pointer);
}

static uint32_t pair_euc_kr(unsigned lead, unsigned byte) {
    if (!in(byte, 0x41, 0xFE)) return 0;
    return LOOK_UP(euc_kr, (lead - 0x81) * 190 + byte - 0x41);
}

static uint32_t pair(enum text_encoding e, unsigned lead, unsigned byte) {
    switch (e) {
    case TEXT_BIG5: return pair_big5(lead, byte);
    case TEXT_EUC_JP: return pair_euc_jp(lead, byte);
    case TEXT_SHIFT_JIS: return pair_shift_jis(lead, byte);
    case TEXT_EUC_KR: return pair_euc_kr(lead, byte);
    default: return pair_gb18030(lead, byte);
    }
}

/* One byte above 0x7F that stands for itself; 0: it does not. */
static uint32_t single(enum text_encoding e, unsigned byte) {
    switch (e) {
    case TEXT_SHIFT_JIS: return byte == 0x80 ? 0x80 : in(byte, 0xA1, 0xDF) ? HALF_KATAKANA - 0xA1 + byte : 0;
    case TEXT_GBK:
    case TEXT_GB18030: return byte == 0x80 ? 0x20AC : 0;
    default: return 0;
    }
}

static bool is_lead(enum text_encoding e, unsigned byte) {
    if (e == TEXT_SHIFT_JIS) return in(byte, 0x81, 0x9F) || in(byte, 0xE0, 0xFC);
    if (e == TEXT_EUC_JP) return byte == 0x8E || byte == 0x8F || in(byte, 0xA1, 0xFE);
    return in(byte, 0x81, 0xFE);
}

/* "Index gb18030 ranges code point"; 0: null. */
static uint32_t four_bytes(const unsigned char *b, unsigned last) {
    uint32_t pointer = ((b[0] - 0x81u) * 10 + b[1] - 0x30u) * 1260 + (b[2] - 0x81u) * 10 + last - 0x30;
    if ((pointer > 39419 && pointer < 189000) || pointer > 1237575) return 0;
    if (pointer >= 189000) return pointer - 189000 + 0x10000;
    if (pointer == 7457) return 0xE7C7;
    size_t low = 0, high = text_gb18030_ranges_count / 2;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (text_gb18030_ranges[2 * middle] <= pointer)
            low = middle;
        else
            high = middle;
    }
    return text_gb18030_ranges[2 * low + 1] + pointer - text_gb18030_ranges[2 * low];
}

/* --- The state machines ----------------------------------------------------------------------------------------------- */

static void feed(struct decoder *d, struct out *o, unsigned byte);

/* A mistake: the first byte of what is pending is dropped, the rest is read again. */
static void again(struct decoder *d, struct out *o, unsigned byte) {
    unsigned char held[4];
    unsigned count = d->pending_len;
    memcpy(held, d->pending, sizeof held);
    d->pending_len = 0;
    put_error(d, o);
    for (unsigned i = 1; i < count; i++) feed(d, o, held[i]);
    feed(d, o, byte);
}

static void keep(struct decoder *d, unsigned byte) { d->pending[d->pending_len++] = (unsigned char)byte; }

/* gb18030 after two or three bytes of four. */
static void feed_four(struct decoder *d, struct out *o, unsigned byte) {
    if (d->pending_len == 2) {
        if (in(byte, 0x81, 0xFE))
            keep(d, byte);
        else
            again(d, o, byte);
        return;
    }
    if (!in(byte, 0x30, 0x39)) {
        again(d, o, byte);
        return;
    }
    uint32_t code = four_bytes(d->pending, byte);
    d->pending_len = 0;
    if (code)
        put(o, code);
    else
        put_error(d, o);
}

static void feed_pair(struct decoder *d, struct out *o, unsigned byte) {
    bool three = d->encoding == TEXT_EUC_JP && d->pending_len == 2; /* 0x8F and two of JIS X 0212 */
    uint32_t code = three ? pair_jis(d->pending[1], byte, true) : pair(d->encoding, d->pending[0], byte);
    d->pending_len = 0;
    if (code) {
        put(o, code);
        return;
    }
    put_error(d, o);
    if (byte < 0x80) put(o, byte);
}

static void feed(struct decoder *d, struct out *o, unsigned byte) {
    bool gb = d->encoding == TEXT_GBK || d->encoding == TEXT_GB18030;
    if (d->pending_len == 0) {
        uint32_t code = byte < 0x80 ? byte : single(d->encoding, byte);
        if (code || byte == 0)
            put(o, code);
        else if (is_lead(d->encoding, byte))
            keep(d, byte);
        else
            put_error(d, o);
    } else if (gb && d->pending_len > 1) {
        feed_four(d, o, byte);
    } else if ((gb && in(byte, 0x30, 0x39)) || (d->encoding == TEXT_EUC_JP && d->pending_len == 1 &&
                                                d->pending[0] == 0x8F && in(byte, 0xA1, 0xFE))) {
        keep(d, byte);
    } else {
        feed_pair(d, o, byte);
    }
}

static void add_multi_byte(struct decoder *d, struct span piece, struct out *o) {
    const unsigned char *p = (const unsigned char *)piece.ptr;
    for (size_t i = 0; i < piece.len && !o->failed;) {
        if (d->pending_len == 0 && p[i] < 0x80) {
            size_t run = ascii_widen(p + i, piece.len - i, o->at);
            o->at += run;
            i += run;
        } else {
            feed(d, o, p[i++]);
        }
    }
}

/* --- ISO-2022-JP -------------------------------------------------------------------------------------------------------- */

enum jp_state { JP_ASCII, JP_ROMAN, JP_KATAKANA, JP_LEAD, JP_TRAIL, JP_ESCAPE_START, JP_ESCAPE };

static void jp_feed(struct decoder *d, struct out *o, unsigned byte);

/* Not an escape sequence: an error, then what followed the ESC, in the state of before. */
static void jp_no_escape(struct decoder *d, struct out *o, unsigned byte, bool at_end) {
    bool lead = d->state == JP_ESCAPE;
    unsigned first = d->pending[0];
    d->after_escape = false;
    d->state = d->state_out;
    put_error(d, o);
    if (lead) jp_feed(d, o, first);
    if (!at_end) jp_feed(d, o, byte);
}

static void jp_escape(struct decoder *d, struct out *o, unsigned byte) {
    unsigned first = d->pending[0];
    int state = first == '(' && byte == 'B'                    ? JP_ASCII
                : first == '(' && byte == 'J'                  ? JP_ROMAN
                : first == '(' && byte == 'I'                  ? JP_KATAKANA
                : first == '$' && (byte == '@' || byte == 'B') ? JP_LEAD
                                                               : -1;
    if (state < 0) {
        jp_no_escape(d, o, byte, false);
        return;
    }
    d->state = d->state_out = (unsigned char)state;
    bool twice = d->after_escape; /* two of them and nothing between */
    d->after_escape = true;
    if (twice) put_error(d, o);
}

/* The states in which a byte is a letter. */
static void jp_letter(struct decoder *d, struct out *o, unsigned byte) {
    uint32_t code = 0;
    if (d->state == JP_ASCII || d->state == JP_ROMAN)
        code = byte == 0x0E || byte == 0x0F || byte > 0x7F ? 0 : byte;
    if (d->state == JP_ROMAN && (byte == 0x5C || byte == 0x7E)) code = byte == 0x5C ? 0xA5 : 0x203E;
    if (d->state == JP_KATAKANA && in(byte, 0x21, 0x5F)) code = HALF_KATAKANA - 0x21 + byte;
    d->after_escape = false;
    if (code || (byte == 0 && d->state < JP_KATAKANA))
        put(o, code);
    else
        put_error(d, o);
}

static void jp_trail(struct decoder *d, struct out *o, unsigned byte) {
    uint32_t code = 0;
    if (in(byte, 0x21, 0x7E)) code = LOOK_UP(jis0208, (d->pending[0] - 0x21u) * 94 + byte - 0x21);
    d->state = byte == 0x1B ? JP_ESCAPE_START : JP_LEAD;
    if (code)
        put(o, code);
    else
        put_error(d, o);
}

static void jp_feed(struct decoder *d, struct out *o, unsigned byte) {
    if (d->state == JP_TRAIL) {
        jp_trail(d, o, byte);
    } else if (d->state == JP_ESCAPE) {
        jp_escape(d, o, byte);
    } else if (d->state == JP_ESCAPE_START) {
        d->pending[0] = (unsigned char)byte;
        if (byte == '$' || byte == '(')
            d->state = JP_ESCAPE;
        else
            jp_no_escape(d, o, byte, false);
    } else if (byte == 0x1B) {
        d->state = JP_ESCAPE_START;
    } else if (d->state == JP_LEAD && in(byte, 0x21, 0x7E)) {
        d->after_escape = false;
        d->pending[0] = (unsigned char)byte;
        d->state = JP_TRAIL;
    } else {
        jp_letter(d, o, byte);
    }
}

static void jp_end(struct decoder *d, struct out *o) {
    /* A lead byte that is read again may be pending itself: then it is one error more. */
    while (d->state == JP_TRAIL || d->state >= JP_ESCAPE_START) {
        if (d->state == JP_TRAIL) {
            d->state = JP_LEAD;
            put_error(d, o);
        } else {
            jp_no_escape(d, o, 0, true);
        }
    }
}

/* --- One byte is one code point, or none -------------------------------------------------------------------------------- */

static void add_single_byte(const struct decoder *d, struct span piece, struct out *o) {
    const unsigned char *p = (const unsigned char *)piece.ptr;
    unsigned row = d->encoding == TEXT_ISO_8859_8_I ? TEXT_ISO_8859_8 : (unsigned)d->encoding;
    const uint16_t *table = text_single_byte + (size_t)(row - TEXT_IBM866) * 128;
    uint16_t *at = o->at;
    for (size_t i = 0; i < piece.len && !o->failed;) {
        size_t run = ascii_widen(p + i, piece.len - i, at);
        at += run;
        i += run;
        for (unsigned plain = 0; i < piece.len && plain < 8; i++) {
            plain = p[i] < 0x80 ? plain + 1 : 0;
            uint16_t unit = p[i] < 0x80 ? p[i] : table[p[i] - 0x80];
            o->failed |= !unit && p[i] && d->fatal;
            *at++ = unit || !p[i] ? unit : UTF8_REPLACEMENT;
        }
    }
    o->at = at;
}

static void add_user_defined(struct span piece, struct out *o) {
    for (size_t i = 0; i < piece.len; i++) {
        unsigned byte = (unsigned char)piece.ptr[i];
        *o->at++ = (uint16_t)(byte < 0x80 ? byte : 0xF780 + byte - 0x80);
    }
}

enum err legacy_add(struct decoder *d, struct span piece, bool last, uint16_t **at) {
    struct out o = {.at = *at};
    if (d->encoding == TEXT_REPLACEMENT) { /* one error in all */
        if (piece.len && !d->state) {
            d->state = 1;
            put_error(d, &o);
        }
    } else if (d->encoding == TEXT_X_USER_DEFINED) {
        add_user_defined(piece, &o);
    } else if (d->encoding == TEXT_ISO_2022_JP) {
        for (size_t i = 0; i < piece.len && !o.failed; i++) jp_feed(d, &o, (unsigned char)piece.ptr[i]);
        if (last && !o.failed) jp_end(d, &o);
    } else if (d->encoding <= TEXT_ISO_8859_8_I) {
        add_single_byte(d, piece, &o);
    } else {
        add_multi_byte(d, piece, &o);
        if (last && d->pending_len) put_error(d, &o);
    }
    if (o.failed) return ERR_INVALID;
    *at = o.at;
    return ERR_OK;
}
