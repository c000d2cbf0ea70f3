#include "text/decoder.h"

#include "base/check.h"
#include "text/legacy.h"
#include "text/utf8.h"
#include "text/utf8_step.h"

void decoder_init(struct decoder *d, enum text_encoding encoding, bool fatal, bool ignore_bom) {
    check(encoding < TEXT_ENCODING_COUNT);
    *d = (struct decoder){.encoding = encoding, .fatal = fatal, .ignore_bom = ignore_bom};
}

/* Bytes at the end of s that are the start of a sequence whose rest may still come. */
static size_t cut_tail(struct span s) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    for (size_t back = 1; back <= 3 && back <= s.len; back++) {
        unsigned lead = p[s.len - back];
        if ((lead & 0xC0) == 0x80) continue;
        size_t whole = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        uint32_t code;
        return whole > back && utf8_step(p + s.len - back, back, &code) == -(int)back ? back : 0;
    }
    return 0;
}

/* All of s, or ERR_INVALID. */
static enum err put_utf8(const struct decoder *d, struct span s, uint16_t **at) {
    size_t units = 0;
    if (!d->fatal) {
        units = utf8_to_utf16(s, *at);
    } else {
        enum err e = utf8_to_utf16_fatal(s, *at, &units);
        if (e) return e;
    }
    *at += units;
    return ERR_OK;
}

/* Completes, or finds malformed, the sequence that the last piece ended in. */
static enum err finish_pending(struct decoder *d, struct span *piece, uint16_t **at) {
    while (d->pending_len && piece->len) {
        d->pending[d->pending_len] = (unsigned char)piece->ptr[0];
        uint32_t code = UTF8_REPLACEMENT;
        int step = utf8_step(d->pending, d->pending_len + 1, &code);
        if (step == -(int)(d->pending_len + 1)) { /* still a start, and now one byte longer */
            d->pending_len++;
            *piece = span_from(*piece, 1);
            continue;
        }
        if (step < 0 && d->fatal) return ERR_INVALID;
        if (step > 0) *piece = span_from(*piece, 1); /* else the byte begins something of its own */
        d->pending_len = 0;
        *at += utf16_put(code, *at);
    }
    return ERR_OK;
}

static enum err add_utf8(struct decoder *d, struct span piece, bool last, uint16_t **at) {
    enum err e = finish_pending(d, &piece, at);
    if (e) return e;
    size_t tail = piece.len ? cut_tail(piece) : 0;
    e = put_utf8(d, span_first(piece, piece.len - tail), at);
    if (e) return e;
    if (tail) {
        memcpy(d->pending, piece.ptr + piece.len - tail, tail);
        d->pending_len = (unsigned)tail;
    }
    if (!last || !d->pending_len) return ERR_OK;
    if (d->fatal) return ERR_INVALID;
    *(*at)++ = UTF8_REPLACEMENT; /* one: what is pending is one maximal subpart */
    return ERR_OK;
}

/* One unit of UTF-16; a high surrogate waits in pending[0..1] (in host order) for its partner. `pending_len`
 * is 1 for half a unit, 2 for a high surrogate, 3 for both. */
static enum err put_unit(struct decoder *d, uint16_t unit, bool *waits, uint16_t *high, uint16_t **at) {
    bool is_low = (unit & 0xFC00) == 0xDC00;
    if (*waits && is_low) {
        *(*at)++ = *high;
        *(*at)++ = unit;
        *waits = false;
        return ERR_OK;
    }
    if (*waits || is_low) {
        if (d->fatal) return ERR_INVALID;
        *(*at)++ = UTF8_REPLACEMENT;
        *waits = false;
        if (is_low) return ERR_OK;
    }
    if ((unit & 0xFC00) == 0xD800) {
        *high = unit;
        *waits = true;
    } else {
        *(*at)++ = unit;
    }
    return ERR_OK;
}

static enum err add_utf16(struct decoder *d, struct span piece, bool last, uint16_t **at) {
    const unsigned char *p = (const unsigned char *)piece.ptr;
    bool waits = d->pending_len & 2, half = d->pending_len & 1;
    uint16_t high = (uint16_t)(d->pending[0] | d->pending[1] << 8);
    unsigned char first = d->pending[2];
    for (size_t i = 0; i < piece.len; i++) {
        if (!half) {
            first = p[i];
            half = true;
            continue;
        }
        half = false;
        unsigned unit =
            d->encoding == TEXT_UTF_16LE ? first | (unsigned)p[i] << 8 : (unsigned)first << 8 | p[i];
        enum err e = put_unit(d, (uint16_t)unit, &waits, &high, at);
        if (e) return e;
    }
    if (last && (half || waits)) {
        if (d->fatal) return ERR_INVALID;
        *(*at)++ = UTF8_REPLACEMENT; /* one, even when both are pending (shared UTF-16 decoder, step 1) */
        half = waits = false;
    }
    d->pending[0] = (unsigned char)high;
    d->pending[1] = (unsigned char)(high >> 8);
    d->pending[2] = first;
    d->pending_len = (waits ? 2u : 0u) + half;
    return ERR_OK;
}

enum err decoder_add(struct decoder *d, struct span piece, bool last, uint16_t *to, size_t *ret_units) {
    uint16_t *at = to;
    bool legacy = d->encoding > TEXT_UTF_16BE;
    enum err e = legacy                      ? legacy_add(d, piece, last, &at)
                 : d->encoding == TEXT_UTF_8 ? add_utf8(d, piece, last, &at)
                                             : add_utf16(d, piece, last, &at);
    if (!e && at > to && !d->bom_seen && !legacy) {
        d->bom_seen = true;
        if (!d->ignore_bom && to[0] == 0xFEFF) memmove(to, to + 1, (size_t)(--at - to) * sizeof *to);
    }
    if (e || last) decoder_init(d, d->encoding, d->fatal, d->ignore_bom);
    if (e) return e;
    *ret_units = (size_t)(at - to);
    return ERR_OK;
}
