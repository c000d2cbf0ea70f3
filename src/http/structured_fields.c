#include "http/structured_fields.h"

#include "base/limits.h"
#include "text/base64.h"
#include "text/utf8.h"

struct reader {
    struct arena *a;
    const char *at, *end;
};

static bool is_end(const struct reader *r) { return r->at == r->end; }
static char peek(const struct reader *r) { return is_end(r) ? 0 : *r->at; }
static bool take(struct reader *r, char c) {
    if (peek(r) != c || is_end(r)) return false;
    r->at++;
    return true;
}
static void skip_spaces(struct reader *r) {
    while (peek(r) == ' ') r->at++;
}
static void skip_blanks(struct reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t') r->at++;
}
static struct span since(const struct reader *r, const char *start) {
    return (struct span){start, (size_t)(r->at - start)};
}

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_alpha(char c) { return is_lower(ascii_lower(c)); }
static bool is_one_of(char c, const char *set) { return c && strchr(set, c); }

/* --- Bare items (sections 4.2.3.1 to 4.2.10) --- */

static enum err read_number(struct reader *r, struct sf_value *ret) {
    bool negative = take(r, '-');
    int64_t number = 0;
    unsigned digits = 0, places = 0;
    bool decimal = false;
    for (;; r->at++) {
        char c = peek(r);
        if (ascii_is_digit(c)) {
            if (++digits > 15 || (decimal && ++places > 3)) return ERR_INVALID;
            number = number * 10 + (c - '0');
        } else if (c == '.' && !decimal && digits) {
            if (digits > 12) return ERR_INVALID;
            decimal = true;
        } else {
            break;
        }
    }
    if (!digits || (decimal && !places)) return ERR_INVALID;
    for (unsigned i = places; decimal && i < 3; i++) number *= 10;
    *ret = (struct sf_value){decimal ? SF_DECIMAL : SF_INTEGER, negative ? -number : number, SPAN_NONE};
    return ERR_OK;
}

static enum err read_string(struct reader *r, struct sf_value *ret) {
    char *to = arena_alloc(r->a, (size_t)(r->end - r->at)), *out = to;
    for (r->at++; !is_end(r); r->at++) {
        char c = *r->at;
        if (c == '"') {
            r->at++;
            *ret = (struct sf_value){SF_STRING, 0, span_make(to, (size_t)(out - to))};
            return ERR_OK;
        }
        if (c == '\\') {
            if (++r->at == r->end || !is_one_of(*r->at, "\"\\")) return ERR_INVALID;
            c = *r->at;
        } else if (c < 0x20 || c > 0x7E) {
            return ERR_INVALID;
        }
        *out++ = c;
    }
    return ERR_INVALID;
}

static bool is_token_char(char c) {
    return is_alpha(c) || ascii_is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~:/");
}

static void read_token(struct reader *r, struct sf_value *ret) {
    const char *start = r->at;
    while (is_token_char(peek(r))) r->at++;
    *ret = (struct sf_value){SF_TOKEN, 0, since(r, start)};
}

static enum err read_bytes(struct reader *r, struct sf_value *ret) {
    const char *start = ++r->at;
    while (is_alpha(peek(r)) || ascii_is_digit(peek(r)) || is_one_of(peek(r), "+/=")) r->at++;
    struct span coded = since(r, start);
    if (!take(r, ':')) return ERR_INVALID;
    char *to = arena_alloc(r->a, base64_decoded_max(coded.len));
    size_t len;
    if (base64_decode(coded, to, &len)) return ERR_INVALID;
    *ret = (struct sf_value){SF_BYTES, 0, span_make(to, len)};
    return ERR_OK;
}

static enum err read_boolean(struct reader *r, struct sf_value *ret) {
    r->at++;
    if (peek(r) != '0' && peek(r) != '1') return ERR_INVALID;
    *ret = (struct sf_value){SF_BOOLEAN, *r->at++ == '1', SPAN_NONE};
    return ERR_OK;
}

static enum err read_date(struct reader *r, struct sf_value *ret) {
    struct sf_value number;
    r->at++;
    if (read_number(r, &number) || number.type != SF_INTEGER) return ERR_INVALID;
    *ret = (struct sf_value){SF_DATE, number.number, SPAN_NONE};
    return ERR_OK;
}

static int lower_hex(char c) {
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err read_display_string(struct reader *r, struct sf_value *ret) {
    char *to = arena_alloc(r->a, (size_t)(r->end - r->at)), *out = to;
    r->at++;
    if (!take(r, '"')) return ERR_INVALID;
    for (; !is_end(r); r->at++) {
        char c = *r->at;
        if (c == '"') {
            struct span text = span_make(to, (size_t)(out - to));
            if (!utf8_valid(text)) return ERR_INVALID;
            r->at++;
            *ret = (struct sf_value){SF_DISPLAY_STRING, 0, text};
            return ERR_OK;
        }
        if (c < 0x20 || c > 0x7E) return ERR_INVALID;
        if (c == '%') {
            if (r->end - r->at < 3 || lower_hex(r->at[1]) < 0 || lower_hex(r->at[2]) < 0) return ERR_INVALID;
            c = (char)(lower_hex(r->at[1]) << 4 | lower_hex(r->at[2]));
            r->at += 2;
        }
        *out++ = c;
    }
    return ERR_INVALID;
}

static enum err read_value(struct reader *r, struct sf_value *ret) {
    char c = peek(r);
    if (ascii_is_digit(c) || c == '-') return read_number(r, ret);
    if (is_alpha(c) || c == '*') return read_token(r, ret), ERR_OK;
    switch (c) {
    case '"': return read_string(r, ret);
    case ':': return read_bytes(r, ret);
    case '?': return read_boolean(r, ret);
    case '@': return read_date(r, ret);
    case '%': return read_display_string(r, ret);
    default: return ERR_INVALID;
    }
}

/* --- Keys, parameters, items, inner lists --- */

static enum err read_key(struct reader *r, struct span *ret) {
    const char *start = r->at;
    if (!is_lower(peek(r)) && peek(r) != '*') return ERR_INVALID;
    while (is_lower(peek(r)) || ascii_is_digit(peek(r)) || is_one_of(peek(r), "_-.*")) r->at++;
    *ret = since(r, start);
    return ERR_OK;
}

static enum err read_params(struct reader *r, struct sf_param **ret) {
    struct sf_param **end = ret;
    unsigned count = 0;
    *ret = NULL;
    while (take(r, ';')) {
        struct sf_value value = {SF_BOOLEAN, 1, SPAN_NONE};
        struct span key;
        skip_spaces(r);
        enum err e = read_key(r, &key);
        if (!e && take(r, '=')) e = read_value(r, &value);
        if (e) return e;
        struct sf_param *p = *ret;
        while (p && !span_eq(p->key, key)) p = p->next;
        if (!p) {
            if (++count > LIMIT_SF_MEMBERS) return ERR_TOO_LARGE;
            p = *end = ARENA_NEW(r->a, struct sf_param);
            p->key = key;
            end = &p->next;
        }
        p->value = value;
    }
    return ERR_OK;
}

static enum err read_item(struct reader *r, struct sf_item *ret) {
    enum err e = read_value(r, &ret->value);
    return e ? e : read_params(r, &ret->params);
}

static enum err read_inner_list(struct reader *r, struct sf_item *ret) {
    struct sf_item **end = &ret->items;
    ret->is_list = true;
    for (unsigned count = 0;; count++) {
        skip_spaces(r);
        if (take(r, ')')) return read_params(r, &ret->params);
        if (count == LIMIT_SF_MEMBERS) return ERR_TOO_LARGE;
        struct sf_item *item = *end = ARENA_NEW(r->a, struct sf_item);
        end = &item->next;
        enum err e = read_item(r, item);
        if (e) return e;
        if (peek(r) != ' ' && peek(r) != ')') return ERR_INVALID;
    }
}

static enum err read_item_or_list(struct reader *r, struct sf_item *ret) {
    return take(r, '(') ? read_inner_list(r, ret) : read_item(r, ret);
}

/* "key", "key=member" */
static enum err read_dictionary_member(struct reader *r, struct sf_item *ret) {
    if (take(r, '=')) return read_item_or_list(r, ret);
    ret->value = (struct sf_value){SF_BOOLEAN, 1, SPAN_NONE};
    return read_params(r, &ret->params);
}

/* A new member at the end; or, in a dictionary, the one that has the key already, emptied. */
static enum err place(struct reader *r, bool keyed, struct sf_item **first, struct sf_item ***end,
                      unsigned *count, struct sf_item **ret) {
    struct span key = SPAN_NONE;
    if (keyed && read_key(r, &key)) return ERR_INVALID;
    struct sf_item *m = keyed ? *first : NULL;
    while (m && !span_eq(m->key, key)) m = m->next;
    if (!m) {
        if (++*count > LIMIT_SF_MEMBERS) return ERR_TOO_LARGE;
        m = **end = ARENA_NEW(r->a, struct sf_item);
        *end = &m->next;
    }
    *m = (struct sf_item){.key = key, .next = m->next};
    return *ret = m, ERR_OK;
}

static enum err read_members(struct arena *a, struct span s, bool keyed, struct sf_item **ret_first) {
    struct reader r = {a, s.ptr, s.len ? s.ptr + s.len : s.ptr};
    struct sf_item *first = NULL, **end = &first, *member;
    unsigned count = 0;
    skip_spaces(&r);
    while (!is_end(&r)) {
        enum err e = place(&r, keyed, &first, &end, &count, &member);
        if (!e) e = keyed ? read_dictionary_member(&r, member) : read_item_or_list(&r, member);
        if (e) return e;
        skip_blanks(&r);
        if (is_end(&r)) break;
        if (!take(&r, ',')) return ERR_INVALID;
        skip_blanks(&r);
        if (is_end(&r)) return ERR_INVALID; /* a comma at the end */
    }
    *ret_first = first;
    return ERR_OK;
}

enum err sf_parse_item(struct arena *a, struct span s, struct sf_item *ret) {
    struct reader r = {a, s.ptr, s.len ? s.ptr + s.len : s.ptr};
    struct sf_item item = {0};
    skip_spaces(&r);
    enum err e = read_item(&r, &item);
    if (e) return e;
    skip_spaces(&r);
    if (!is_end(&r)) return ERR_INVALID;
    *ret = item;
    return ERR_OK;
}

enum err sf_parse_list(struct arena *a, struct span s, struct sf_item **ret_first) {
    return read_members(a, s, false, ret_first);
}
enum err sf_parse_dictionary(struct arena *a, struct span s, struct sf_item **ret_first) {
    return read_members(a, s, true, ret_first);
}

const struct sf_item *sf_member(const struct sf_item *dictionary, struct span key) {
    while (dictionary && !span_eq(dictionary->key, key)) dictionary = dictionary->next;
    return dictionary;
}

const struct sf_value *sf_param(const struct sf_item *item, struct span key) {
    for (const struct sf_param *p = item->params; p; p = p->next)
        if (span_eq(p->key, key)) return &p->value;
    return NULL;
}
