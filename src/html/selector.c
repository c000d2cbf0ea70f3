#include "html/selector.h"
#include "base/limits.h"
#include "html/tokenizer.h"

enum { NESTING = 32 }; /* of :not() in :not() */

struct parser {
    struct span s; /* what is left */
    struct arena *arena;
    struct problem *problem;
    char *room; /* where the next name or string is put: what is left of twice the selector's length */
    unsigned depth;
};

static enum err invalid(struct parser *p, const char *what) {
    return problem(p->problem, ERR_INVALID, "%s", what);
}
static enum err unsupported(struct parser *p, const char *what) {
    return problem(p->problem, ERR_UNSUPPORTED, "%s", what);
}

static int peek(const struct parser *p, size_t at) {
    return at < p->s.len ? (unsigned char)p->s.ptr[at] : -1;
}
static void skip(struct parser *p, size_t n) { p->s = span_from(p->s, n); }
static bool take(struct parser *p, char c) {
    if (peek(p, 0) != (unsigned char)c) return false;
    skip(p, 1);
    return true;
}

/* White space and comments. True when there was any. */
static bool blanks(struct parser *p) {
    size_t before = p->s.len;
    for (;;) {
        if (p->s.len && html_space((unsigned char)*p->s.ptr)) {
            skip(p, 1);
        } else if (span_starts(p->s, SPAN("/*"))) {
            size_t end = span_find(span_from(p->s, 2), SPAN("*/"));
            skip(p, 2 + end + 2);
        } else {
            return p->s.len < before;
        }
    }
}

static bool ident_char(int c) {
    return c >= 0x80 || c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}
static bool escape_at(const struct parser *p, size_t at) {
    int next = peek(p, at + 1);
    return peek(p, at) == '\\' && next >= 0 && next != '\n' && next != '\f' && next != '\r';
}
/* Would an identifier start here (CSS Syntax 4.3.9)? */
static bool ident_here(const struct parser *p) {
    size_t at = peek(p, 0) == '-';
    int c = peek(p, at);
    if (at && c == '-') return true;
    return (ident_char(c) && c != '-' && !(c >= '0' && c <= '9')) || escape_at(p, at);
}

static size_t put_utf8(uint32_t c, char *to) {
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) return to[0] = (char)(0xC0 | c >> 6), to[1] = (char)(0x80 | (c & 0x3F)), 2;
    if (c < 0x10000)
        return to[0] = (char)(0xE0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 0x3F)),
               to[2] = (char)(0x80 | (c & 0x3F)), 3;
    to[0] = (char)(0xF0 | c >> 18), to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F)), to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Behind a backslash (4.3.7). */
static size_t escaped(struct parser *p, char *to) {
    uint32_t code = 0;
    size_t n = 0;
    for (; n < 6; n++) {
        int c = peek(p, n);
        int lower = c | 0x20;
        if (c >= '0' && c <= '9')
            code = code * 16 + (uint32_t)(c - '0');
        else if (c > 0 && lower >= 'a' && lower <= 'f')
            code = code * 16 + (uint32_t)(lower - 'a' + 10);
        else
            break;
    }
    if (!n) {
        to[0] = *p->s.ptr;
        skip(p, 1);
        return 1;
    }
    skip(p, n);
    if (span_starts(p->s, SPAN("\r\n")))
        skip(p, 2);
    else if (p->s.len && html_space((unsigned char)*p->s.ptr))
        skip(p, 1);
    return put_utf8(code, to);
}

/* An escape is at most a byte shorter than what it stands for ("\0" is U+FFFD), hence twice the room. */
static struct span ident(struct parser *p) {
    char *to = p->room;
    size_t len = 0;
    for (;;) {
        if (ident_char(peek(p, 0))) {
            to[len++] = *p->s.ptr;
            skip(p, 1);
        } else if (escape_at(p, 0)) {
            skip(p, 1);
            len += escaped(p, to + len);
        } else {
            p->room += len;
            return span_make(to, len);
        }
    }
}
static struct span lower(struct span s) {
    char *at = (char *)(uintptr_t)s.ptr;
    for (size_t i = 0; i < s.len; i++) at[i] = ascii_lower(at[i]);
    return s;
}

static enum err string(struct parser *p, struct span *ret) {
    char quote = *p->s.ptr, *to = p->room;
    size_t len = 0;
    skip(p, 1);
    while (p->s.len && *p->s.ptr != quote) {
        if (*p->s.ptr == '\n') return invalid(p, "a string in the selector is broken by the end of a line");
        if (take(p, '\\')) {
            if (take(p, '\n') || !p->s.len) continue;
            len += escaped(p, to + len);
        } else {
            to[len++] = *p->s.ptr;
            skip(p, 1);
        }
    }
    skip(p, 1);
    p->room += len;
    *ret = span_make(to, len);
    return ERR_OK;
}

static struct selector_test *add_test(struct parser *p, struct selector_compound *c,
                                      enum selector_kind kind) {
    struct selector_test *t = ARENA_NEW(p->arena, struct selector_test), **at = &c->tests;
    t->kind = kind;
    while (*at) at = &(*at)->next;
    return *at = t;
}

/* --- [attributes] --- */

/* Attributes of HTML whose values have no case in selectors (HTML standard, 4.17.2). */
static bool no_case_in_html(struct span name) {
    struct span rest =
        SPAN("accept accept-charset align alink axis bgcolor charset checked clear codetype color compact "
             "declare defer dir direction disabled enctype face frame hreflang http-equiv lang language "
             "link media method multiple nohref noresize noshade nowrap readonly rel rev rules scope "
             "scrolling selected shape target text type valign valuetype vlink");
    while (rest.ptr) {
        if (span_eq(span_cut(&rest, ' '), name)) return true;
    }
    return false;
}

static enum err operator(struct parser *p, struct selector_test *t) {
    static const struct {char c; enum selector_kind kind;}
kinds[] = {{'~', SELECTOR_INCLUDES},
           {'|', SELECTOR_DASH},
           {'^', SELECTOR_PREFIX},
           {'$', SELECTOR_SUFFIX},
           {'*', SELECTOR_SUBSTRING}};
if (take(p, '=')) return t->kind = SELECTOR_EQUAL, ERR_OK;
for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (peek(p, 0) == kinds[i].c && peek(p, 1) == '=') return skip(p, 2), t->kind = kinds[i].kind, ERR_OK;
}
return invalid(p, "an attribute selector has an unexpected character behind its name");
}

static enum err attribute_value(struct parser *p, struct selector_test *t) {
    enum err e = operator(p, t);
    if (e) return e;
    blanks(p);
    if (peek(p, 0) == '"' || peek(p, 0) == '\'') {
        e = string(p, &t->value);
        if (e) return e;
    } else if (ident_here(p)) {
        t->value = ident(p);
    } else {
        return invalid(p, "an attribute selector needs a name or a string as its value");
    }
    blanks(p);
    t->letters = no_case_in_html(t->name) ? CASE_NONE_IN_HTML : CASE_SENSITIVE;
    if (ident_here(p)) {
        struct span flag = lower(ident(p));
        if (!span_eq(flag, SPAN("i")) && !span_eq(flag, SPAN("s")))
            return invalid(p, "an attribute selector has an unknown flag");
        t->letters = flag.ptr[0] == 'i' ? CASE_NONE : CASE_SENSITIVE;
        blanks(p);
    }
    bool blank = false;
    for (size_t i = 0; i < t->value.len; i++) blank |= html_space((unsigned char)t->value.ptr[i]);
    if (t->value.len == 0 && t->kind >= SELECTOR_PREFIX) t->kind = SELECTOR_NEVER;
    if (t->kind == SELECTOR_INCLUDES && (blank || t->value.len == 0)) t->kind = SELECTOR_NEVER;
    return ERR_OK;
}

static enum err attribute(struct parser *p, struct selector_compound *c) {
    struct selector_test *t = add_test(p, c, SELECTOR_HAS);
    blanks(p);
    if (peek(p, 0) == '*' && peek(p, 1) == '|')
        return unsupported(p, "namespaces are not supported in selectors");
    if (peek(p, 0) == '|' && peek(p, 1) != '=') skip(p, 1); /* no namespace: as attributes of HTML are */
    if (!ident_here(p)) return invalid(p, "an attribute selector has no name");
    t->name = lower(ident(p));
    if (peek(p, 0) == '|' && peek(p, 1) != '=')
        return unsupported(p, "namespaces are not supported in selectors");
    blanks(p);
    if (peek(p, 0) != ']' && p->s.len) {
        enum err e = attribute_value(p, t);
        if (e) return e;
    }
    if (!take(p, ']') && p->s.len) return invalid(p, "an attribute selector does not end with ]");
    return ERR_OK;
}

/* --- :pseudo-classes --- */

static bool digits(struct parser *p, int32_t *ret) {
    int64_t n = 0;
    size_t at = 0;
    for (; peek(p, at) >= '0' && peek(p, at) <= '9'; at++) {
        if (n < INT32_MAX) n = n * 10 + peek(p, at) - '0';
    }
    skip(p, at);
    *ret = n > INT32_MAX ? INT32_MAX : (int32_t)n;
    return at > 0;
}

/* an+b (CSS Syntax 6). */
static enum err nth(struct parser *p, struct selector_test *t) {
    blanks(p);
    struct parser ahead = *p;
    if (ident_here(&ahead)) {
        struct span word = lower(ident(&ahead));
        bool odd = span_eq(word, SPAN("odd"));
        if (odd || span_eq(word, SPAN("even"))) {
            t->step = 2, t->offset = odd;
            *p = ahead;
            return ERR_OK;
        }
    }
    bool minus = take(p, '-');
    if (!minus) take(p, '+');
    int32_t n;
    bool any = digits(p, &n);
    if (peek(p, 0) != 'n' && peek(p, 0) != 'N') {
        if (!any) return invalid(p, "this is not a position (like 2n+1) in the selector");
        t->step = 0, t->offset = minus ? -n : n;
        return ERR_OK;
    }
    skip(p, 1);
    t->step = any ? (minus ? -n : n) : minus ? -1 : 1;
    blanks(p);
    minus = take(p, '-');
    if (!minus && !take(p, '+')) return ERR_OK;
    blanks(p);
    if (!digits(p, &n)) return invalid(p, "this is not a position (like 2n+1) in the selector");
    t->offset = minus ? -n : n;
    return ERR_OK;
}

static enum err list(struct parser *p, bool compounds_only, struct selector_compound **ret);

static enum err pseudo(struct parser *p, struct selector_compound *c) {
    if (peek(p, 0) == ':') return unsupported(p, "pseudo-elements are not supported in selectors");
    if (!ident_here(p)) return invalid(p, "a name is missing behind : in the selector");
    struct span name = lower(ident(p));
    bool call = take(p, '(');
    if (!call && span_eq(name, SPAN("first-child")))
        return add_test(p, c, SELECTOR_NTH_CHILD)->offset = 1, ERR_OK;
    if (!call && span_eq(name, SPAN("first-of-type")))
        return add_test(p, c, SELECTOR_NTH_OF_TYPE)->offset = 1, ERR_OK;
    enum err e;
    if (call && span_eq(name, SPAN("nth-child")))
        e = nth(p, add_test(p, c, SELECTOR_NTH_CHILD));
    else if (call && span_eq(name, SPAN("nth-of-type")))
        e = nth(p, add_test(p, c, SELECTOR_NTH_OF_TYPE));
    else if (call && span_eq(name, SPAN("not"))) {
        if (++p->depth > NESTING) return unsupported(p, "the selector nests too deeply");
        e = list(p, true, &add_test(p, c, SELECTOR_NOT)->inner);
        p->depth--;
    } else {
        return unsupported(p, "this pseudo-class is not supported in selectors");
    }
    if (e) return e;
    blanks(p);
    if (!take(p, ')') && p->s.len)
        return unsupported(p, "this pseudo-class takes less than is between its brackets");
    return ERR_OK;
}

/* --- Compounds, selectors, lists --- */

/* E, *, *|E, |E. */
static enum err type(struct parser *p, struct selector_compound *c, bool *ret_any) {
    if (peek(p, 0) == '*' && peek(p, 1) == '|' && peek(p, 2) != '=') {
        skip(p, 2);
        if (peek(p, 0) != '*' && !ident_here(p))
            return invalid(p, "a name is missing behind | in the selector");
    } else if (peek(p, 0) == '|' && peek(p, 1) != '=') {
        skip(p, 1); /* elements without a namespace: HTML has none */
        if (peek(p, 0) != '*' && !ident_here(p))
            return invalid(p, "a name is missing behind | in the selector");
        /* In :not() it is E in any namespace, so that nothing gets through that was meant to be kept out. */
        if (!p->depth) add_test(p, c, SELECTOR_NEVER);
    }
    if (take(p, '*')) return *ret_any = true, ERR_OK;
    if (!ident_here(p)) return ERR_OK;
    c->name = lower(ident(p));
    *ret_any = true;
    if (peek(p, 0) == '|') return unsupported(p, "namespaces are not supported in selectors");
    return ERR_OK;
}

static enum err compound(struct parser *p, struct selector_compound **ret) {
    struct selector_compound *c = ARENA_NEW(p->arena, struct selector_compound);
    bool any = false;
    enum err e = type(p, c, &any);
    for (; !e; any = true) {
        if (take(p, '.') || peek(p, 0) == '#') {
            enum selector_kind kind = take(p, '#') ? SELECTOR_ID : SELECTOR_CLASS;
            if (!ident_here(p)) return invalid(p, "a name in the selector is missing or must be escaped");
            struct span value = ident(p);
            add_test(p, c, kind)->value = value;
        } else if (take(p, '[')) {
            e = attribute(p, c);
        } else if (take(p, ':')) {
            e = pseudo(p, c);
        } else {
            break;
        }
    }
    if (e) return e;
    if (!any)
        return invalid(p,
                       p->s.len ? "the selector has an unexpected character" : "the selector ends too early");
    *ret = c;
    return ERR_OK;
}

static enum err complex(struct parser *p, bool compounds_only, struct selector_compound **ret) {
    struct selector_compound *first, *c;
    enum err e = compound(p, &first);
    for (c = first; !e;) {
        bool space = blanks(p);
        int next = peek(p, 0);
        if (next < 0 || next == ',' || (next == ')' && p->depth)) break;
        if (next == '+' || next == '~')
            return unsupported(p, "the combinators + and ~ are not supported in selectors");
        if (next != '>' && !space) return invalid(p, "the selector has an unexpected character");
        if (compounds_only) return unsupported(p, ":not() takes no selectors with combinators");
        c->combinator = take(p, '>') ? '>' : ' ';
        blanks(p);
        e = compound(p, &c->next);
        c = c->next;
    }
    if (!e) *ret = first;
    return e;
}

static enum err list(struct parser *p, bool compounds_only, struct selector_compound **ret) {
    struct selector_compound **at = ret;
    for (;;) {
        blanks(p);
        enum err e = complex(p, compounds_only, at);
        if (e) return e;
        blanks(p);
        if (!take(p, ',')) return ERR_OK;
        at = &(*at)->next_in_list;
    }
}

enum err selector_parse(struct span text, struct arena *a, struct selector_compound **ret_list,
                        struct problem *p) {
    struct parser parser = {text, a, p, NULL, 0};
    struct selector_compound *all = NULL;
    if (text.len > LIMIT_HTML_SELECTOR_BYTES)
        return problem(p, ERR_TOO_LARGE, "the selector is longer than %llu bytes",
                       (unsigned long long)LIMIT_HTML_SELECTOR_BYTES);
    parser.room = arena_alloc(a, text.len * 2 + 8);
    blanks(&parser);
    if (!parser.s.len) return invalid(&parser, "the selector is empty");
    enum err e = list(&parser, false, &all);
    if (!e && parser.s.len) e = invalid(&parser, "the selector has an unexpected character");
    if (!e) *ret_list = all;
    return e;
}
