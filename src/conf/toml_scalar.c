/* TOML's unquoted scalars: booleans, integers, floats, dates and times (toml.io/en/v1.1.0). Each takes a
 * whole word and says whether all of it is one. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "conf/tree.h"

static int digit_value(char c) {
    c = ascii_lower(c);
    if (ascii_is_digit(c)) return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Digits with single underscores between them, without these in `out`; false when malformed. */
static bool take_digits(struct span s, int base, struct buf *out) {
    bool after_digit = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '_') {
            if (!after_digit) return false;
            after_digit = false;
        } else if (digit_value(c) < base) {
            buf_add_char(out, c);
            after_digit = true;
        } else {
            return false;
        }
    }
    return after_digit;
}

static bool take_sign(struct span *s, char *ret) {
    if (!s->len || (*s->ptr != '+' && *s->ptr != '-')) return false;
    *ret = *s->ptr;
    *s = span_from(*s, 1);
    return true;
}

static bool fold_digits(struct span digits, int base, uint64_t most, uint64_t *ret) {
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint64_t digit = (uint64_t)digit_value(digits.ptr[i]);
        if (value > (most - digit) / (uint64_t)base) return false;
        value = value * (uint64_t)base + digit;
    }
    *ret = value;
    return true;
}

static int base_of(struct span s) {
    if (s.len < 2 || s.ptr[0] != '0') return 10;
    return s.ptr[1] == 'x' ? 16 : s.ptr[1] == 'o' ? 8 : s.ptr[1] == 'b' ? 2 : 10;
}

static bool parse_integer(struct span s, struct conf *into, const char **expected) {
    char sign = 0;
    bool has_sign = take_sign(&s, &sign);
    int base = base_of(s);
    if (base != 10 && has_sign) return false;
    if (base != 10) s = span_from(s, 2);
    if (base == 10 && s.len > 1 && s.ptr[0] == '0') return false;
    struct buf digits = BUF_INIT;
    uint64_t value = 0, most = (uint64_t)INT64_MAX + (sign == '-');
    bool good = take_digits(s, base, &digits);
    bool fits = good && fold_digits(buf_span(&digits), base, most, &value);
    buf_free(&digits);
    if (good && !fits) *expected = "an integer of at most 64 bits";
    into->type = CONF_INTEGER;
    into->integer = sign == '-' ? (int64_t)(0 - value) : (int64_t)value;
    return fits;
}

/* Splits at the first of two characters; without one, *ret_tail has ptr NULL. */
static struct span split(struct span s, char a, char b, struct span *ret_tail) {
    size_t at = 0;
    while (at < s.len && s.ptr[at] != a && s.ptr[at] != b) at++;
    *ret_tail = at < s.len ? span_make(s.ptr + at + 1, s.len - at - 1) : SPAN_NONE;
    return span_first(s, at);
}

static bool build_float(struct span s, struct buf *out) {
    struct span exponent, fraction, mantissa = split(s, 'e', 'E', &exponent);
    struct span whole = split(mantissa, '.', '.', &fraction);
    char sign;
    if (!exponent.ptr && !fraction.ptr) return false;
    if (take_sign(&whole, &sign)) buf_add_char(out, sign);
    if (whole.len > 1 && whole.ptr[0] == '0') return false;
    if (!take_digits(whole, 10, out)) return false;
    if (fraction.ptr) {
        buf_add_char(out, '.');
        if (!take_digits(fraction, 10, out)) return false;
    }
    if (!exponent.ptr) return true;
    buf_add_char(out, 'e');
    if (take_sign(&exponent, &sign)) buf_add_char(out, sign);
    return take_digits(exponent, 10, out);
}

static bool parse_float(struct span s, struct conf *into) {
    struct span name = s;
    char sign = 0;
    into->type = CONF_FLOAT;
    take_sign(&name, &sign);
    bool inf = span_eq(name, SPAN("inf"));
    if (inf || span_eq(name, SPAN("nan"))) {
        into->number = copysign(inf ? (double)INFINITY : (double)NAN, sign == '-' ? -1.0 : 1.0);
        return true;
    }
    struct buf text = BUF_INIT;
    bool good = build_float(s, &text);
    if (good) into->number = strtod(buf_cstr(&text), NULL); /* the program keeps the C locale */
    buf_free(&text);
    return good;
}

/* Exactly `count` digits, between the two bounds. */
static bool take_number(struct span *s, unsigned count, unsigned least, unsigned most, unsigned *ret) {
    unsigned value = 0;
    if (s->len < count) return false;
    for (unsigned i = 0; i < count; i++) {
        if (!ascii_is_digit(s->ptr[i])) return false;
        value = value * 10 + (unsigned)(s->ptr[i] - '0');
    }
    *s = span_from(*s, count);
    *ret = value;
    return value >= least && value <= most;
}

static bool take_char(struct span *s, const char *any) {
    if (!s->len || !*s->ptr || !strchr(any, *s->ptr)) return false;
    *s = span_from(*s, 1);
    return true;
}

static bool take_date(struct span *s) {
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (!take_number(s, 4, 0, 9999, &year) || !take_char(s, "-")) return false;
    if (!take_number(s, 2, 1, 12, &month) || !take_char(s, "-")) return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return take_number(s, 2, 1, days[month - 1] + (month == 2 && leap), &day);
}

/* Seconds may be left out (TOML 1.1). 60 is a leap second. */
static bool take_time(struct span *s) {
    unsigned n;
    if (!take_number(s, 2, 0, 23, &n) || !take_char(s, ":") || !take_number(s, 2, 0, 59, &n)) return false;
    if (!take_char(s, ":")) return true;
    if (!take_number(s, 2, 0, 60, &n)) return false;
    if (!take_char(s, ".")) return true;
    if (!take_number(s, 1, 0, 9, &n)) return false;
    while (s->len && ascii_is_digit(*s->ptr)) *s = span_from(*s, 1);
    return true;
}

static bool take_offset(struct span *s) {
    unsigned n;
    if (take_char(s, "zZ")) return true;
    return take_char(s, "+-") && take_number(s, 2, 0, 23, &n) && take_char(s, ":") &&
           take_number(s, 2, 0, 59, &n);
}

static bool is_datetime(struct span s) {
    if (s.len >= 3 && s.ptr[2] == ':') return take_time(&s) && s.len == 0;
    if (!take_date(&s)) return false;
    if (s.len == 0) return true;
    if (!take_char(&s, "tT ") || !take_time(&s)) return false;
    return s.len == 0 || (take_offset(&s) && s.len == 0);
}

bool toml_scalar(struct conf_parse *p, struct span word, struct conf *into, const char **ret_expected) {
    *ret_expected = "a value (strings need quotes)";
    if (span_eq(word, SPAN("true")) || span_eq(word, SPAN("false"))) {
        into->type = CONF_BOOL;
        into->boolean = word.len == 4;
        return true;
    }
    bool dated = word.len >= 5 && (word.ptr[2] == ':' || (word.ptr[4] == '-' && ascii_is_digit(word.ptr[0])));
    if (dated && is_datetime(word)) {
        into->type = CONF_DATETIME;
        into->text = arena_copy(p->arena, word);
        return true;
    }
    if (word.len && (ascii_is_digit(word.ptr[0]) || word.ptr[0] == '+' || word.ptr[0] == '-'))
        *ret_expected = dated ? "a date or time" : "a number";
    return parse_integer(word, into, ret_expected) || parse_float(word, into);
}
