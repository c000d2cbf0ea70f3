/* Structured fields by the vectors of the HTTP working group. Each field is parsed, its structure compared, and written again;
 * what is only written is built from the vector's structure. It could pass wrongly if rows were skipped (they are counted), or
 * if reading and writing a structure shared a mistake: the canonical text is compared too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/structured_fields.h"
#include "test/support/tsv.h"

/* --- Structures as text: tools/vectors.mjs, structured() --- */

static void dump_hex(struct span s, struct buf *to) {
    for (size_t i = 0; i < s.len; i++) buf_printf(to, "%02x", (unsigned char)s.ptr[i]);
}

static void dump_value(const struct sf_value *v, struct buf *to) {
    static const char kinds[] = {
        [SF_INTEGER] = 'i', [SF_DECIMAL] = 'd', [SF_STRING] = 's', [SF_TOKEN] = 't',
        [SF_BYTES] = 'b',   [SF_BOOLEAN] = 'o', [SF_DATE] = '@',   [SF_DISPLAY_STRING] = 'u'};
    buf_add_char(to, kinds[v->type]);
    if (strchr("ido@", kinds[v->type]))
        buf_printf(to, "%lld", (long long)v->number);
    else
        dump_hex(v->text, to);
}

static void dump_member(const struct sf_item *m, struct buf *to) {
    if (m->is_list) {
        buf_add_char(to, '(');
        for (const struct sf_item *i = m->items; i; i = i->next) {
            dump_member(i, to);
            if (i->next) buf_add_char(to, ' ');
        }
        buf_add_char(to, ')');
    } else {
        dump_value(&m->value, to);
    }
    for (const struct sf_param *p = m->params; p; p = p->next) {
        buf_add_char(to, ';');
        dump_hex(p->key, to);
        buf_add_char(to, '=');
        dump_value(&p->value, to);
    }
}

static void dump(const struct sf_item *first, bool keyed, struct buf *to) {
    for (const struct sf_item *m = first; m; m = m->next) {
        if (keyed) dump_hex(m->key, to), buf_add_char(to, ':');
        dump_member(m, to);
        if (m->next) buf_add_char(to, ',');
    }
}

struct builder {
    struct arena *a;
    struct span s;
};

static char next(const struct builder *b) { return b->s.len ? b->s.ptr[0] : 0; }
static bool eat(struct builder *b, char c) {
    if (next(b) != c || !b->s.len) return false;
    b->s = (struct span){b->s.ptr + 1, b->s.len - 1};
    return true;
}

static struct span build_hex(struct builder *b) {
    char *to = arena_alloc(b->a, b->s.len + 1);
    size_t len = 0;
    for (unsigned byte;
         b->s.len >= 2 && sscanf(b->s.ptr, "%2x", &byte) == 1 && strchr("0123456789abcdef", b->s.ptr[0]);) {
        to[len++] = (char)byte;
        b->s = (struct span){b->s.ptr + 2, b->s.len - 2};
    }
    return span_make(to, len);
}

static struct sf_value build_value(struct builder *b) {
    char kind = next(b);
    eat(b, kind);
    struct sf_value v = {SF_INTEGER, 0, SPAN_NONE};
    if (strchr("idDo@", kind)) {
        struct span text = arena_copy(b->a, b->s);
        char *end;
        double d = strtod(text.ptr, &end);
        v.number = kind == 'D' ? sf_decimal(d) : strtoll(text.ptr, NULL, 10);
        v.type = kind == 'i' ? SF_INTEGER : kind == 'o' ? SF_BOOLEAN : kind == '@' ? SF_DATE : SF_DECIMAL;
        b->s = span_from(b->s, (size_t)(end - text.ptr));
    } else {
        v.text = build_hex(b);
        v.type = kind == 's'   ? SF_STRING
                 : kind == 't' ? SF_TOKEN
                 : kind == 'b' ? SF_BYTES
                               : SF_DISPLAY_STRING;
    }
    return v;
}

static void build_member(struct builder *b, struct sf_item *m) {
    if (eat(b, '(')) {
        m->is_list = true;
        for (struct sf_item **end = &m->items; !eat(b, ')'); end = &(*end)->next) {
            eat(b, ' ');
            *end = ARENA_NEW(b->a, struct sf_item);
            build_member(b, *end);
        }
    } else {
        m->value = build_value(b);
    }
    for (struct sf_param **end = &m->params; eat(b, ';'); end = &(*end)->next) {
        *end = ARENA_NEW(b->a, struct sf_param);
        (*end)->key = build_hex(b);
        eat(b, '=');
        (*end)->value = build_value(b);
    }
}

static struct sf_item *build(struct arena *a, struct span s, bool keyed) {
    struct builder b = {a, s};
    struct sf_item *first = NULL;
    for (struct sf_item **end = &first; b.s.len; end = &(*end)->next) {
        eat(&b, ',');
        *end = ARENA_NEW(a, struct sf_item);
        if (keyed) (*end)->key = build_hex(&b), eat(&b, ':');
        build_member(&b, *end);
    }
    return first;
}

/* --- The vectors --- */

static enum err parse(struct arena *a, struct span kind, struct span text, struct sf_item **ret) {
    if (span_eq(kind, SPAN("list"))) return sf_parse_list(a, text, ret);
    if (span_eq(kind, SPAN("dictionary"))) return sf_parse_dictionary(a, text, ret);
    struct sf_item *item = ARENA_NEW(a, struct sf_item);
    enum err e = sf_parse_item(a, text, item);
    return *ret = item, e;
}

static enum err write(struct span kind, const struct sf_item *first, struct buf *to) {
    if (span_eq(kind, SPAN("list"))) return sf_write_list(first, to);
    if (span_eq(kind, SPAN("dictionary"))) return sf_write_dictionary(first, to);
    return sf_write_item(first, to);
}

static unsigned wrong(const struct tsv *t, const char *what, struct span got) {
    fprintf(stderr, "line %u, %.*s: %s: %.*s\n", t->line, SPAN_FMT(t->fields[0]), what, SPAN_FMT(got));
    return 1;
}

static unsigned check_row(const struct tsv *t) {
    struct span kind = t->fields[1], raw = t->fields[2], outcome = t->fields[3];
    bool keyed = span_eq(kind, SPAN("dictionary"));
    struct arena a = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct sf_item *first = NULL;
    unsigned bad = 0;
    enum err e = raw.ptr ? parse(&a, kind, raw, &first) : ERR_OK;
    if (!raw.ptr) first = build(&a, t->fields[4], keyed);
    if (raw.ptr && !e && t->fields[4].ptr) {
        dump(first, keyed, &text);
        if (!span_eq(buf_span(&text), t->fields[4])) bad = wrong(t, "structure", buf_span(&text));
        text.len = 0;
    }
    if (!e) e = write(kind, first, &text);
    if (span_eq(outcome, SPAN("must fail"))) {
        if (!e) bad = wrong(t, "accepted", raw);
    } else if (e) {
        if (!span_eq(outcome, SPAN("can fail"))) bad = wrong(t, "refused", raw);
    } else if (!span_eq(buf_span(&text), t->fields[5])) {
        bad = wrong(t, "written", buf_span(&text));
    }
    buf_free(&text);
    arena_free(&a);
    return bad;
}

static void fields_are_as_the_vectors_say(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0, bad = 0;
    for (tsv_open(&t, VECTORS "/http/structured_fields.tsv"); tsv_next(&t); rows++) bad += check_row(&t);
    tsv_close(&t);
    assert_int_equal(bad, 0);
    assert_int_equal(rows, 2135);
}

static void members_and_parameters_are_found(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct sf_item *priority, *cache;
    assert_int_equal(sf_parse_dictionary(&a, SPAN("u=2, i"), &priority), ERR_OK);
    assert_int_equal(sf_member(priority, SPAN("u"))->value.number, 2);
    assert_true(sf_member(priority, SPAN("i"))->value.number);
    assert_null(sf_member(priority, SPAN("x")));
    assert_int_equal(sf_parse_list(&a, SPAN("ExampleCache; hit; ttl=376"), &cache), ERR_OK);
    assert_int_equal(sf_param(cache, SPAN("ttl"))->number, 376);
    assert_null(sf_param(cache, SPAN("fwd")));
    arena_free(&a);
}

static void counts_are_bounded(void **state) {
    (void)state;
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct sf_item *list;
    for (unsigned i = 0; i < 3000; i++) buf_printf(&b, "%sa%u", i ? ", " : "", i);
    assert_int_equal(sf_parse_list(&a, buf_span(&b), &list), ERR_TOO_LARGE);
    assert_int_equal(sf_parse_dictionary(&a, buf_span(&b), &list), ERR_TOO_LARGE);
    b.len = 0;
    for (unsigned i = 0; i < 3000; i++) buf_printf(&b, "%ca%u", i ? ';' : '*', i);
    assert_int_equal(sf_parse_list(&a, buf_span(&b), &list), ERR_TOO_LARGE);
    buf_free(&b);
    arena_free(&a);
}

static void decimals_are_rounded(void **state) {
    (void)state;
    assert_int_equal(sf_decimal(1.0005), 1000);
    assert_int_equal(sf_decimal(-2.5), -2500);
    assert_int_equal(sf_decimal((double)NAN), INT64_MAX);
    assert_int_equal(sf_decimal(1e300), INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_as_the_vectors_say),
        cmocka_unit_test(members_and_parameters_are_found),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(decimals_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
