/* Tokens of a pattern. Indexes are of bytes, which changes nothing: all that has a meaning is ASCII. */
#include "http/urlpattern_int.h"
#include "text/ident.h"
#include "text/utf8.h"

/* One code point of well-formed UTF-8. */
static size_t code_at(struct span s, uint32_t *ret) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (len > s.len) len = 1;
    uint32_t code = len == 1 ? p[0] : len == 2 ? p[0] & 0x1Fu : len == 3 ? p[0] & 0xFu : p[0] & 7u;
    for (size_t i = 1; i < len; i++) code = code << 6 | (p[i] & 0x3Fu);
    *ret = code;
    return len;
}

bool urlpattern_is_name_char(struct span s, bool first, size_t *ret_len) {
    uint32_t code;
    *ret_len = code_at(s, &code);
    return first ? text_is_ident_start(code) : text_is_ident_part(code);
}

struct tokenizer {
    struct span input;
    size_t at;
    bool lenient;
    struct tokens *out;
};

static void add(struct tokenizer *t, enum token_type type, size_t next, size_t value, size_t value_len) {
    t->out->list[t->out->count++] =
        (struct token){type, t->at, (struct span){t->input.ptr + value, value_len}};
    t->at = next;
}

static bool mistake(struct tokenizer *t, size_t next, size_t value) {
    if (t->lenient) add(t, TOKEN_INVALID_CHAR, next, value, next - value);
    return t->lenient;
}

/* After '(': the length of the expression without its ')', or SIZE_MAX. */
static size_t regexp_length(struct span s) {
    size_t depth = 1;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x80 || (i == 0 && c == '?')) return SIZE_MAX;
        if (c == '\\') {
            if (i + 1 == s.len || (unsigned char)s.ptr[i + 1] >= 0x80) return SIZE_MAX;
            i++;
        } else if (c == ')') {
            if (--depth == 0) return i ? i : SIZE_MAX;
        } else if (c == '(') {
            depth++;
            if (i + 1 == s.len || s.ptr[i + 1] != '?') return SIZE_MAX; /* it would capture */
        }
    }
    return SIZE_MAX;
}

static size_t name_length(struct span s) {
    size_t len = 0, step;
    while (len < s.len && urlpattern_is_name_char(span_from(s, len), len == 0, &step)) len += step;
    return len;
}

/* One token. False: a mistake, and no lenience. */
static bool step(struct tokenizer *t) {
    struct span rest = span_from(t->input, t->at);
    size_t here = t->at, next = here + 1, len;
    uint32_t code;
    switch (rest.ptr[0]) {
    case '*': return add(t, TOKEN_ASTERISK, next, here, 1), true;
    case '+':
    case '?': return add(t, TOKEN_OTHER_MODIFIER, next, here, 1), true;
    case '{': return add(t, TOKEN_OPEN, next, here, 1), true;
    case '}': return add(t, TOKEN_CLOSE, next, here, 1), true;
    case '\\':
        if (rest.len == 1) return mistake(t, next, here);
        len = code_at(span_from(rest, 1), &code);
        return add(t, TOKEN_ESCAPED_CHAR, next + len, next, len), true;
    case ':':
        len = name_length(span_from(rest, 1));
        if (len == 0) return mistake(t, next, here);
        return add(t, TOKEN_NAME, next + len, next, len), true;
    case '(':
        len = regexp_length(span_from(rest, 1));
        if (len == SIZE_MAX) return mistake(t, next, here);
        return add(t, TOKEN_REGEXP, next + len + 1, next, len), true;
    default: len = code_at(rest, &code); return add(t, TOKEN_CHAR, here + len, here, len), true;
    }
}

enum err urlpattern_tokenize(struct arena *a, struct span input, bool lenient, struct tokens *ret) {
    if (input.len > LIMIT_URLPATTERN_BYTES) return ERR_TOO_LARGE;
    *ret = (struct tokens){.list = arena_alloc(a, (input.len + 1) * sizeof *ret->list)};
    struct tokenizer t = {.input = input, .lenient = lenient, .out = ret};
    while (t.at < input.len)
        if (!step(&t)) return ERR_INVALID;
    add(&t, TOKEN_END, t.at, t.at, 0);
    return ERR_OK;
}
