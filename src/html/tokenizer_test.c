/* The tokenizer against html5lib's vectors, each whole and cut in two at every byte, and byte by byte.
 *
 * The tokenizer tells where things are and leaves them as they are written, so the last steps of the standard (line
 * ends, NUL, character references, attributes given twice) are made here. It could pass wrongly if those steps hid a
 * mistake of the tokenizer: they only ever see one piece of text, name or value. Parse errors are not compared: the
 * tokenizer does not tell any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "html/charset.h"
#include "html/tokenizer.h"
#include "test/support/tsv.h"

enum { ENTITIES = 2300 };
static struct {
    struct tsv file;
    struct span name[ENTITIES], text[ENTITIES];
    size_t count;
} entities;

static void put_code(struct buf *to, uint32_t c) {
    if (c < 0x80) {
        buf_add_char(to, (char)c);
    } else if (c < 0x800) {
        buf_add_char(to, (char)(0xC0 | c >> 6));
        buf_add_char(to, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_add_char(to, (char)(0xE0 | c >> 12));
        buf_add_char(to, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_add_char(to, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_add_char(to, (char)(0xF0 | c >> 18));
        buf_add_char(to, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_add_char(to, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_add_char(to, (char)(0x80 | (c & 0x3F)));
    }
}

/* "&#..." as 13.2.5.80 has it. Bytes it took; 0: it is text. */
static size_t numeric(struct span s, struct buf *to) {
    static const uint16_t windows[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                         0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                         0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                         0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    size_t at = 2;
    bool hex = at < s.len && (s.ptr[at] | 0x20) == 'x';
    if (hex) at++;
    size_t digits = at;
    uint32_t code = 0;
    for (; at < s.len; at++) {
        char c = ascii_lower(s.ptr[at]);
        uint32_t digit;
        if (ascii_is_digit(c))
            digit = (uint32_t)(c - '0');
        else if (hex && c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a' + 10);
        else
            break;
        if (code < 0x110000) code = code * (hex ? 16 : 10) + digit;
    }
    if (at == digits) return 0;
    if (at < s.len && s.ptr[at] == ';') at++;
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
    if (code >= 0x80 && code < 0xA0 && windows[code - 0x80]) code = windows[code - 0x80];
    put_code(to, code);
    return at;
}

static size_t named(struct span s, bool in_attribute, struct buf *to) {
    size_t best = 0, which = 0;
    for (size_t i = 0; i < entities.count; i++) {
        if (entities.name[i].len > best && span_starts(span_from(s, 1), entities.name[i]))
            best = entities.name[i].len, which = i;
    }
    if (!best) return 0;
    if (in_attribute && s.ptr[best] != ';' && best + 1 < s.len) {
        char c = s.ptr[best + 1];
        if (c == '=' || ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z')) return 0;
    }
    buf_add(to, entities.text[which]);
    return best + 1;
}

static void cook(struct span s, bool references, bool in_attribute, bool keep_nul, struct buf *to) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        struct span rest = span_from(s, i);
        size_t took = 0;
        if (c == '\r') {
            buf_add_char(to, '\n');
            if (rest.len > 1 && rest.ptr[1] == '\n') i++;
        } else if (c == '\0' && !keep_nul) {
            put_code(to, 0xFFFD);
        } else if (c == '&' && references && rest.len > 1 &&
                   (took = rest.ptr[1] == '#' ? numeric(rest, to) : named(rest, in_attribute, to))) {
            i += took - 1;
        } else {
            buf_add_char(to, c);
        }
    }
}

static void cook_lower(struct span s, struct buf *to) {
    size_t from = to->len;
    cook(s, false, false, false, to);
    for (size_t i = from; i < to->len; i++) to->ptr[i] = ascii_lower(to->ptr[i]);
}

struct run {
    struct html_names names;
    struct html_tokenizer t;
    struct buf seen, raw; /* what the row expects; the text node at hand */
    bool in_text;
    struct buf text;
    enum html_mode mode;
};

static void flush_node(struct run *r) {
    bool references = r->mode == HTML_DATA || r->mode == HTML_RCDATA;
    cook(buf_span(&r->raw), references, false, r->mode == HTML_DATA || r->mode == HTML_CDATA, &r->text);
    r->raw.len = 0;
}
static void flush_text(struct run *r) {
    flush_node(r);
    if (r->text.len)
        buf_printf(&r->seen, "T"), buf_add(&r->seen, buf_span(&r->text)), buf_add_char(&r->seen, '\n');
    r->text.len = 0;
}

static int by_bytes(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void start_tag(struct run *r) {
    struct html_tokenizer *t = &r->t;
    buf_add_char(&r->seen, 'S');
    cook_lower(html_bytes(t, t->name), &r->seen);
    if (t->self_closing) buf_add_char(&r->seen, '/');
    buf_add_char(&r->seen, '\n');
    struct span lines[64];
    size_t count = 0;
    for (uint32_t i = 0; i < t->attr_count; i++) {
        bool twice = false;
        for (uint32_t k = 0; k < i; k++)
            twice |= span_eq_nocase(html_bytes(t, t->attrs[k].name), html_bytes(t, t->attrs[i].name));
        if (twice) continue;
        struct buf line = BUF_INIT;
        buf_add_char(&line, 'A');
        cook_lower(html_bytes(t, t->attrs[i].name), &line);
        buf_add_char(&line, '=');
        cook(html_bytes(t, t->attrs[i].value), true, true, false, &line);
        buf_add_char(&line, '\n');
        check(count < 64);
        lines[count++] = buf_span(&line);
    }
    qsort(lines, count, sizeof *lines,
          by_bytes); /* as the rows have them: JSON objects do not keep an order */
    for (size_t i = 0; i < count; i++) {
        buf_add(&r->seen, lines[i]);
        mem_free((void *)(uintptr_t)lines[i].ptr);
    }
}

static void id(struct run *r, bool has, struct span raw, struct html_range range, bool lower) {
    if (!has) buf_add_char(&r->seen, '\x1e');
    struct span s = span_first(span_from(raw, range.start), range.end - range.start);
    if (has && lower) cook_lower(s, &r->seen);
    if (has && !lower) cook(s, false, false, false, &r->seen);
    buf_add_char(&r->seen, '\x1f');
}

static void doctype(struct run *r) {
    struct html_doctype d;
    struct span raw = html_bytes(&r->t, (struct html_range){r->t.start, r->t.end});
    html_doctype(raw, &d);
    buf_add_char(&r->seen, 'D');
    id(r, d.has_name, raw, d.name, true);
    id(r, d.has_public, raw, d.public_id, false);
    id(r, d.has_system, raw, d.system_id, false);
    buf_printf(&r->seen, "%d\n", !d.force_quirks);
}

/* Up to HTML_NEED or HTML_END. */
static void take(struct run *r) {
    struct html_tokenizer *t = &r->t;
    for (;;) {
        enum html_token token = html_token(t);
        if (token != HTML_TEXT && token != HTML_NEED && token != HTML_TEXT_END) flush_text(r);
        switch (token) {
        case HTML_TEXT:
            assert_true(t->start < t->end && t->end <= t->limit);
            r->mode = t->mode;
            buf_add(&r->raw, html_bytes(t, (struct html_range){t->start, t->end}));
            break;
        case HTML_TEXT_END: flush_node(r); break;
        case HTML_START_TAG: start_tag(r); break;
        case HTML_END_TAG:
            buf_add_char(&r->seen, 'E');
            cook_lower(html_bytes(t, t->name), &r->seen);
            buf_add_char(&r->seen, '\n');
            break;
        case HTML_COMMENT:
            buf_add_char(&r->seen, 'C');
            cook(html_bytes(t, t->text), false, false, false, &r->seen);
            buf_add_char(&r->seen, '\n');
            break;
        case HTML_DOCTYPE: doctype(r); break;
        default: return;
        }
    }
}

static size_t cut(void *owner, struct span text) {
    (void)owner;
    struct charset utf8 = {.encoding = TEXT_UTF_8};
    return charset_cut(&utf8, text);
}

static void begin(struct run *r, struct span state, struct span last_name) {
    static const struct {
        const char *name;
        enum html_mode mode;
    } modes[] = {{"Data state", HTML_DATA},           {"RCDATA state", HTML_RCDATA},
                 {"RAWTEXT state", HTML_RAWTEXT},     {"Script data state", HTML_SCRIPT_DATA},
                 {"PLAINTEXT state", HTML_PLAINTEXT}, {"CDATA section state", HTML_CDATA}};
    *r = (struct run){0};
    html_names_init(&r->names);
    tokenizer_init(&r->t, &r->names);
    r->t.want_text = r->t.want_comments = r->t.want_doctypes = true;
    r->t.cut = cut;
    r->t.feedback = false;
    size_t i = 0;
    while (!span_eq(span_of(modes[i].name), state)) check(++i < sizeof modes / sizeof *modes);
    r->t.mode = modes[i].mode;
    if (last_name.ptr) {
        memcpy(r->t.last_name, last_name.ptr, last_name.len);
        r->t.last_len = (uint8_t)last_name.len;
    }
}

/* `piece` bytes at a time, but the first piece is `first`. */
static void feed(struct run *r, struct span input, size_t first, size_t piece) {
    struct buf window = BUF_INIT;
    size_t keep = 0;
    for (size_t at = 0, n = first; at < input.len; at += n, n = piece) {
        if (n > input.len - at) n = input.len - at;
        /* A copy of its own each time, so that ASan sees a byte beyond it being read. */
        struct buf next = BUF_INIT;
        buf_add(&next, span_from(buf_span(&window), keep));
        buf_add(&next, span_first(span_from(input, at), n));
        buf_free(&window);
        window = next;
        tokenizer_window(&r->t, buf_span(&window), keep);
        take(r);
        keep = tokenizer_keep(&r->t);
        assert_true(keep <= window.len);
    }
    tokenizer_end(&r->t);
    take(r);
    buf_free(&window);
}

static bool matches(struct tsv *row, size_t first, size_t piece, bool show) {
    struct run r;
    begin(&r, row->fields[2], row->fields[3]);
    feed(&r, row->fields[4], first, piece);
    bool same = span_eq(buf_span(&r.seen), row->fields[5]);
    if (!same && show)
        printf("%.*s: %.*s, cut at %zu (%zu)\n--- expected\n%.*s--- seen\n%.*s", SPAN_FMT(row->fields[0]),
               SPAN_FMT(row->fields[1]), first, piece, SPAN_FMT(row->fields[5]), SPAN_FMT(buf_span(&r.seen)));
    buf_free(&r.seen), buf_free(&r.raw), buf_free(&r.text);
    tokenizer_free(&r.t);
    html_names_free(&r.names);
    return same;
}

static void html5lib(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0, cuts = 0, wrong = 0;
    tsv_open(&t, VECTORS "/html/tokenizer.tsv");
    for (; tsv_next(&t); rows++) {
        size_t len = t.fields[4].len;
        bool same = matches(&t, len + 1, 1, wrong < 10);
        for (size_t cut = 1; same && cut < len; cut++, cuts++) same = matches(&t, cut, len, wrong < 10);
        if (same) same = matches(&t, 1, 1, wrong < 10);
        wrong += !same;
    }
    tsv_close(&t);
    printf("# %u rows, %u cuts, %u wrong\n", rows, cuts, wrong);
    assert_true(rows > 6800);
    assert_int_equal(wrong, 0);
}

static int load_entities(void **state) {
    (void)state;
    tsv_open(&entities.file, VECTORS "/html/entities.tsv");
    for (; tsv_next(&entities.file); entities.count++) {
        check(entities.count < ENTITIES);
        entities.name[entities.count] = entities.file.fields[0];
        entities.text[entities.count] = entities.file.fields[1];
    }
    return 0;
}
static int drop_entities(void **state) {
    (void)state;
    tsv_close(&entities.file);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(html5lib)};
    return cmocka_run_group_tests(tests, load_entities, drop_entities);
}
