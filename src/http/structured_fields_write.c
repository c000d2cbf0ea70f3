/* Structured fields out (RFC 9651 section 4.1). */
#include "http/structured_fields.h"
#include "text/base64.h"
#include "text/utf8.h"

enum { MOST = 999999999 }; /* times a million, plus 999,999 */
static const int64_t most = MOST * 1000000ll + 999999;

int64_t sf_decimal(double d) {
    double thousandths = d * 1000;
    if (!(thousandths < (double)most + 1 && thousandths > -(double)most - 1)) return INT64_MAX;
    int64_t whole = (int64_t)thousandths; /* towards zero */
    double rest = thousandths - (double)whole, size = rest < 0 ? -rest : rest;
    if (size > 0.5 || (size == 0.5 && whole % 2)) whole += rest < 0 ? -1 : 1;
    return whole;
}

static bool write_integer(int64_t n, struct buf *to) {
    if (n > most || n < -most) return false;
    buf_printf(to, "%lld", (long long)n);
    return true;
}

static bool write_decimal(int64_t n, struct buf *to) {
    if (n > most || n < -most) return false;
    unsigned long long size = (unsigned long long)(n < 0 ? -n : n), part = size % 1000;
    buf_printf(to, "%s%llu.", n < 0 ? "-" : "", size / 1000);
    if (part % 10)
        buf_printf(to, "%03llu", part);
    else if (part % 100)
        buf_printf(to, "%02llu", part / 10);
    else
        buf_printf(to, "%llu", part / 100);
    return true;
}

static bool write_string(struct span s, struct buf *to) {
    buf_add_char(to, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c < 0x20 || c > 0x7E) return false;
        if (c == '"' || c == '\\') buf_add_char(to, '\\');
        buf_add_char(to, c);
    }
    buf_add_char(to, '"');
    return true;
}

static bool is_alpha(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

static bool write_token(struct span s, struct buf *to) {
    if (!s.len || (!is_alpha(s.ptr[0]) && s.ptr[0] != '*')) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!is_alpha(c) && !ascii_is_digit(c) && !(c && strchr("!#$%&'*+-.^_`|~:/", c))) return false;
    }
    buf_add(to, s);
    return true;
}

static bool write_key(struct span s, struct buf *to) {
    if (!s.len || !((s.ptr[0] >= 'a' && s.ptr[0] <= 'z') || s.ptr[0] == '*')) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && !(c && strchr("_-.*", c))) return false;
    }
    buf_add(to, s);
    return true;
}

static bool write_bytes(struct span s, struct buf *to) {
    buf_add_char(to, ':');
    buf_added(to, base64_encode(s, buf_reserve(to, base64_encoded_length(s.len))));
    buf_add_char(to, ':');
    return true;
}

static bool write_display_string(struct span s, struct buf *to) {
    if (!utf8_valid(s)) return false;
    buf_lit(to, "%\"");
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '%' || c == '"' || c < 0x20 || c > 0x7E)
            buf_printf(to, "%%%02x", c);
        else
            buf_add_char(to, (char)c);
    }
    buf_add_char(to, '"');
    return true;
}

static bool write_value(const struct sf_value *v, struct buf *to) {
    switch (v->type) {
    case SF_INTEGER: return write_integer(v->number, to);
    case SF_DECIMAL: return write_decimal(v->number, to);
    case SF_STRING: return write_string(v->text, to);
    case SF_TOKEN: return write_token(v->text, to);
    case SF_BYTES: return write_bytes(v->text, to);
    case SF_BOOLEAN: return buf_add(to, v->number ? SPAN("?1") : SPAN("?0")), true;
    case SF_DATE: return buf_add_char(to, '@'), write_integer(v->number, to);
    case SF_DISPLAY_STRING: return write_display_string(v->text, to);
    }
    return false;
}

static bool is_true(const struct sf_value *v) { return v->type == SF_BOOLEAN && v->number; }

static bool write_params(const struct sf_param *p, struct buf *to) {
    for (; p; p = p->next) {
        buf_add_char(to, ';');
        if (!write_key(p->key, to)) return false;
        if (is_true(&p->value)) continue;
        buf_add_char(to, '=');
        if (!write_value(&p->value, to)) return false;
    }
    return true;
}

static bool write_member(const struct sf_item *m, struct buf *to) {
    if (!m->is_list) return write_value(&m->value, to) && write_params(m->params, to);
    buf_add_char(to, '(');
    for (const struct sf_item *i = m->items; i; i = i->next) {
        if (i->is_list || !write_member(i, to)) return false;
        if (i->next) buf_add_char(to, ' ');
    }
    buf_add_char(to, ')');
    return write_params(m->params, to);
}

static bool write_members(const struct sf_item *m, bool keyed, struct buf *to) {
    for (; m; m = m->next) {
        if (keyed && !write_key(m->key, to)) return false;
        if (keyed && !m->is_list && is_true(&m->value)) {
            if (!write_params(m->params, to)) return false;
        } else {
            if (keyed) buf_add_char(to, '=');
            if (!write_member(m, to)) return false;
        }
        if (m->next) buf_lit(to, ", ");
    }
    return true;
}

static enum err outcome(bool good, size_t before, struct buf *to) {
    if (!good) to->len = before;
    return good ? ERR_OK : ERR_INVALID;
}

enum err sf_write_item(const struct sf_item *item, struct buf *to) {
    size_t before = to->len;
    return outcome(!item->is_list && write_member(item, to), before, to);
}
enum err sf_write_list(const struct sf_item *first, struct buf *to) {
    size_t before = to->len;
    return outcome(write_members(first, false, to), before, to);
}
enum err sf_write_dictionary(const struct sf_item *first, struct buf *to) {
    size_t before = to->len;
    return outcome(write_members(first, true, to), before, to);
}
