#include "wasm/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

struct reader reader_make(struct span module, struct problem *p) {
    const uint8_t *start = (const uint8_t *)module.ptr;
    return (struct reader){start, start, start + module.len, WASM_NO_FUNCTION, ERR_OK, p};
}

struct reader reader_part(struct reader *r, size_t len) {
    struct reader part = *r;
    struct span bytes = read_bytes(r, len);
    part.at = bytes.len ? (const uint8_t *)bytes.ptr : r->at;
    part.end = part.at + bytes.len;
    part.failed = r->failed;
    return part;
}

void reader_close(struct reader *outer, const struct reader *part) {
    if (!outer->failed) outer->failed = part->failed;
}

void reader_fail(struct reader *r, enum err code, const char *format, ...) {
    if (r->failed) return;
    r->failed = code;
    r->end = r->at;
    char what[256], where[64] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (r->function != WASM_NO_FUNCTION) snprintf(where, sizeof where, " in function %u", r->function);
    (void)problem(r->problem, code, "%s (at byte 0x%zx%s)", what, (size_t)(r->at - r->start), where);
}

uint8_t read_byte(struct reader *r) {
    if (r->at >= r->end) {
        reader_fail(r, ERR_INVALID, "it ends in the middle of something");
        return 0;
    }
    return *r->at++;
}

struct span read_bytes(struct reader *r, size_t len) {
    if (len > reader_left(r)) {
        reader_fail(r, ERR_INVALID, "it ends in the middle of something");
        return SPAN_NONE;
    }
    struct span bytes = span_make(r->at, len);
    r->at += len;
    return bytes;
}

uint32_t read_u32(struct reader *r) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = read_byte(r);
        if (shift == 28 && byte > 0x0f) break;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    reader_fail(r, ERR_INVALID, "a number is longer than 32 bits");
    return 0;
}

int64_t read_signed(struct reader *r, unsigned bits) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        uint8_t byte = read_byte(r);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte >= 0x80) continue;
        unsigned used = shift + 7;
        if (used > bits) { /* what does not fit must be copies of the sign */
            unsigned over = (unsigned)(byte & 0x7f) >> (bits - shift - 1), all = 0x7fu >> (bits - shift - 1);
            if (over != 0 && over != all) break;
        }
        if (used < 64 && byte & 0x40) value |= ~(uint64_t)0 << used;
        return (int64_t)value;
    }
    reader_fail(r, ERR_INVALID, "a number is longer than %u bits", bits);
    return 0;
}

int32_t read_s32(struct reader *r) { return (int32_t)read_signed(r, 32); }

uint32_t read_index(struct reader *r, uint32_t count, const char *what) {
    uint32_t index = read_u32(r);
    if (index < count) return index;
    reader_fail(r, ERR_INVALID, "there is no %s %u", what, index);
    return 0;
}

uint32_t read_count(struct reader *r, uint64_t most, const char *what) {
    uint32_t count = read_u32(r);
    if (count > reader_left(r))
        reader_fail(r, ERR_INVALID, "it ends before the last of %u %s", count, what);
    else if (count > most)
        reader_fail(r, ERR_TOO_LARGE, "%u %s are more than the limit of %llu", count, what,
                    (unsigned long long)most);
    return r->failed ? 0 : count;
}

struct span read_name(struct reader *r) {
    return read_bytes(r, read_u32(r));
}

void read_zero(struct reader *r) {
    if (read_byte(r) != 0) reader_fail(r, ERR_UNSUPPORTED, "more than one memory is not supported");
}

void write_u32(struct buf *b, uint32_t value) {
    char *at = buf_reserve(b, 5);
    size_t n = 0;
    do at[n++] = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    while (value >>= 7);
    buf_added(b, n);
}

void write_s32(struct buf *b, int32_t value) {
    for (;;) {
        uint8_t low = value & 0x7f;
        value >>= 7; /* arithmetic: gcc and clang */
        bool last = (value == 0 && !(low & 0x40)) || (value == -1 && low & 0x40);
        buf_add_char(b, (char)(last ? low : low | 0x80));
        if (last) return;
    }
}
