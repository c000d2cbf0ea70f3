#include "js/scan.h"

#include "base/check.h"
#include "base/limits.h"

/* What is on the stack of brackets: the kind in the low bits, and how many `?` wait for their `:` above. */
enum {
    IN_PAREN,
    IN_HEAD,
    IN_SQUARE,
    IN_BLOCK,
    IN_OBJECT,
    IN_TEMPLATE,
    IN_BODY,
    IN_CLAUSE,
    KIND_MASK = 7,
    TERNARY = 8
};

enum { C_OTHER, C_SPACE, C_NEWLINE, C_WORD, C_DIGIT };

static const unsigned char classes[256] = {
    ['\t'] = C_SPACE,       ['\v'] = C_SPACE,        ['\f'] = C_SPACE,        [' '] = C_SPACE,
    ['\n'] = C_NEWLINE,     ['\r'] = C_NEWLINE,      ['0' ... '9'] = C_DIGIT, ['a' ... 'z'] = C_WORD,
    ['A' ... 'Z'] = C_WORD, ['_'] = C_WORD,          ['$'] = C_WORD,          ['\\'] = C_WORD,
    ['#'] = C_WORD,         [0x80 ... 0xff] = C_WORD};
static inline unsigned char class_of(char c) { return classes[(unsigned char)c]; }

void scan_open(struct scan *s, struct span text) {
    *s = (struct scan){.start = text.ptr, .at = text.ptr, .end = text.ptr + text.len, .block_follows = true};
}
void scan_close(struct scan *s) { buf_free(&s->stack); }

uint32_t scan_line(const struct scan *s, const char *at) {
    uint32_t line = 1;
    for (const char *p = s->start; p < at; p++)
        line += *p == '\n' || (*p == '\r' && !(p + 1 < s->end && p[1] == '\n'));
    return line;
}

static enum scan_kind fail(struct scan *s, const char *at, const char *why) {
    s->error = why;
    s->token = span_make(at, 0);
    s->at = s->end;
    return s->kind = SCAN_ERROR;
}

static enum scan_kind finish(struct scan *s, enum scan_kind kind, const char *from, bool value) {
    s->token = span_make(from, (size_t)(s->at - from));
    s->value = value;
    s->brace = s->dot = s->head_follows = s->clause_follows = s->block_follows = s->body_follows = false;
    return s->kind = kind;
}

/* --- What may stand between tokens ---------------------------------------------------------------------------- */

static bool skip_block_comment(struct scan *s) {
    const char *p = s->at + 2;
    for (; p + 1 < s->end; p++) {
        if (*p == '\n' || *p == '\r') s->after_newline = true;
        if (*p == '*' && p[1] == '/') return s->at = p + 2, true;
    }
    fail(s, s->at, "a comment does not end");
    return false;
}

static void skip_line(struct scan *s) {
    while (s->at < s->end && class_of(*s->at) != C_NEWLINE) s->at++;
}

static bool skip_blanks(struct scan *s) {
    s->after_newline = s->at == s->start;
    for (; s->at < s->end; s->at++) {
        unsigned char class = class_of(*s->at);
        if (class == C_SPACE) continue;
        if (class == C_NEWLINE) {
            s->after_newline = true;
            continue;
        }
        if (*s->at != '/' || s->at + 1 == s->end) return true;
        if (s->at[1] == '/')
            skip_line(s);
        else if (s->at[1] != '*')
            return true;
        else if (!skip_block_comment(s))
            return false;
        s->at--;
    }
    return true;
}

/* --- Literals ---------------------------------------------------------------------------------------------------- */

static enum scan_kind read_string(struct scan *s) {
    const char *from = s->at++, quote = *from;
    for (; s->at < s->end; s->at++) {
        if (*s->at == quote) return s->at++, finish(s, SCAN_STRING, from, true);
        if (*s->at == '\\' && s->at + 1 < s->end)
            s->at++;
        else if (*s->at == '\n')
            break;
    }
    return fail(s, from, "a string does not end");
}

/* From after the ` or the } on to the closing ` or the next ${. */
static enum scan_kind read_template(struct scan *s, const char *from) {
    for (; s->at < s->end; s->at++) {
        if (*s->at == '`') return s->at++, finish(s, SCAN_TEMPLATE, from, true);
        if (*s->at == '\\' && s->at + 1 < s->end)
            s->at++;
        else if (*s->at == '$' && s->at + 1 < s->end && s->at[1] == '{') {
            s->at += 2;
            buf_add_char(&s->stack, IN_TEMPLATE);
            return finish(s, SCAN_TEMPLATE, from, false);
        }
    }
    return fail(s, from, "a template does not end");
}

static enum scan_kind read_regexp(struct scan *s) {
    const char *from = s->at++;
    bool in_class = false;
    for (; s->at < s->end && class_of(*s->at) != C_NEWLINE; s->at++) {
        if (*s->at == '\\' && s->at + 1 < s->end && class_of(s->at[1]) != C_NEWLINE)
            s->at++;
        else if (*s->at == '[')
            in_class = true;
        else if (*s->at == ']')
            in_class = false;
        else if (*s->at == '/' && !in_class) {
            do s->at++;
            while (s->at < s->end && class_of(*s->at) >= C_WORD);
            return finish(s, SCAN_REGEXP, from, true);
        }
    }
    return fail(s, from, "a regular expression does not end");
}

static enum scan_kind read_number(struct scan *s) {
    const char *from = s->at;
    bool decimal = !(*from == '0' && s->at + 1 < s->end && class_of(from[1]) == C_WORD);
    for (s->at++; s->at < s->end; s->at++) {
        bool exponent = decimal && (s->at[-1] | 0x20) == 'e' && (*s->at == '+' || *s->at == '-');
        if (class_of(*s->at) < C_WORD && *s->at != '.' && !exponent) break;
    }
    return finish(s, SCAN_NUMBER, from, true);
}

/* --- Words ------------------------------------------------------------------------------------------------------- */

enum { W_VALUE, W_OPERATOR, W_HEAD, W_BLOCK };

static int word_class(struct span w) {
#define IS(literal) span_eq(w, SPAN(literal))
    if (w.len < 2 || w.len > 10) return W_VALUE;
    switch (*w.ptr) {
    case 'a': return IS("await") ? W_OPERATOR : W_VALUE;
    case 'c': return IS("case") ? W_OPERATOR : W_VALUE;
    case 'd': return IS("do") ? W_BLOCK : IS("delete") || IS("default") ? W_OPERATOR : W_VALUE;
    case 'e': return IS("else") ? W_BLOCK : IS("extends") ? W_OPERATOR : W_VALUE;
    case 'f': return IS("for") ? W_HEAD : IS("finally") ? W_BLOCK : W_VALUE;
    case 'i': return IS("if") ? W_HEAD : IS("in") || IS("instanceof") ? W_OPERATOR : W_VALUE;
    case 'n': return IS("new") ? W_OPERATOR : W_VALUE;
    case 'o': return IS("of") ? W_OPERATOR : W_VALUE;
    case 'r': return IS("return") ? W_OPERATOR : W_VALUE;
    case 't': return IS("try") ? W_BLOCK : IS("typeof") || IS("throw") ? W_OPERATOR : W_VALUE;
    case 'v': return IS("void") ? W_OPERATOR : W_VALUE;
    case 'w': return IS("while") || IS("with") ? W_HEAD : W_VALUE;
    case 'y': return IS("yield") ? W_OPERATOR : W_VALUE;
    default: return W_VALUE;
    }
#undef IS
}

static enum scan_kind read_word(struct scan *s) {
    const char *from = s->at;
    bool property = s->dot, had_value = s->value;
    do s->at++;
    while (s->at < s->end && class_of(*s->at) >= C_WORD);
    int class = property ? W_VALUE : word_class(span_make(from, (size_t)(s->at - from)));
    /* `of` is an operator only where a value stands before it; a name elsewhere */
    if (class == W_OPERATOR && *from == 'o' && !had_value) class = W_VALUE;
    finish(s, SCAN_WORD, from, class == W_VALUE);
    s->head_follows = class == W_HEAD;
    s->block_follows = class == W_BLOCK || class == W_VALUE; /* class X {, static { */
    if (!property && s->token.len == 5)
        s->clause_follows = scan_word(s, "await") || scan_word(s, "catch"); /* `for await (` */
    else if (!property && scan_word(s, "switch"))
        s->clause_follows = true;
    else if (!property && scan_word(s, "extends"))
        s->class_depth = s->stack.len + 1;
    return SCAN_WORD;
}

/* --- Punctuation --------------------------------------------------------------------------------------------------- */

static unsigned char *top(struct scan *s) {
    return s->stack.len ? (unsigned char *)&s->stack.ptr[s->stack.len - 1] : NULL;
}

/* Of a `{`. */
static unsigned char kind_of_brace(struct scan *s) {
    if (!s->block_follows) return IN_OBJECT;
    if (s->class_depth == s->stack.len + 1) { /* class A extends b() { */
        s->class_depth = 0;
        return IN_BLOCK;
    }
    return s->body_follows && !s->after_newline ? IN_BODY : IN_BLOCK;
}

static enum scan_kind open_bracket(struct scan *s, char c) {
    const char *from = s->at++;
    unsigned char kind = c == '['            ? IN_SQUARE
                         : c == '{'          ? kind_of_brace(s)
                         : s->head_follows   ? IN_HEAD
                         : s->clause_follows ? IN_CLAUSE
                                             : IN_PAREN;
    if (s->stack.len >= LIMIT_JS_BRACKETS) return fail(s, from, "brackets are nested too deep");
    buf_add_char(&s->stack, (char)kind);
    finish(s, SCAN_PUNCT, from, false);
    s->bodies += kind == IN_BODY;
    s->block_follows = kind == IN_BLOCK || kind == IN_BODY;
    return SCAN_PUNCT;
}

static enum scan_kind close_bracket(struct scan *s, char c) {
    const char *from = s->at++;
    if (!s->stack.len) return fail(s, from, "a bracket closes that was not opened");
    unsigned char kind = *top(s) & KIND_MASK;
    bool paren = kind <= IN_HEAD || kind == IN_CLAUSE, block = kind == IN_BLOCK || kind == IN_BODY;
    bool fits = c == ')' ? paren : c == ']' ? kind == IN_SQUARE : !paren && kind != IN_SQUARE;
    if (!fits) return fail(s, from, "brackets do not match");
    s->stack.len--;
    s->bodies -= kind == IN_BODY;
    if (kind == IN_TEMPLATE) return read_template(s, from);
    finish(s, SCAN_PUNCT, from, kind != IN_HEAD && !block);
    s->brace = c == '}';
    s->block_follows = c == ')' || block;
    s->body_follows = kind == IN_PAREN;
    return SCAN_PUNCT;
}

static void read_colon(struct scan *s) {
    unsigned char *t = top(s);
    bool ternary = t && *t >= TERNARY;
    if (ternary) *t = (unsigned char)(*t - TERNARY);
    /* a label or a case: a block may follow; a property or a conditional: a value */
    unsigned char kind = t ? *t & KIND_MASK : IN_BLOCK;
    s->block_follows = !ternary && (kind == IN_BLOCK || kind == IN_BODY);
}

static enum scan_kind read_operator(struct scan *s) {
    const char *from = s->at++;
    char c = *from, next = s->at < s->end ? *s->at : 0;
    bool value = s->value;
    if ((c == '+' || c == '-') && next == c) return s->at++, finish(s, SCAN_PUNCT, from, value); /* a++ / b */
    if (c == '=' && next == '>') {
        s->at++;
        finish(s, SCAN_PUNCT, from, false);
        return s->block_follows = s->body_follows = true, SCAN_PUNCT;
    }
    if (c == '?' && next == '.' && !(s->at + 1 < s->end && class_of(s->at[1]) == C_DIGIT)) {
        s->at++;
        finish(s, SCAN_PUNCT, from, false);
        return s->dot = true, SCAN_PUNCT;
    }
    if (c == '?' && next == '?') return s->at++, finish(s, SCAN_PUNCT, from, false);
    finish(s, SCAN_PUNCT, from, false);
    if (c == '.') s->dot = true;
    if (c == '.' && next == '.') { /* ...rest */
        while (s->at < s->end && *s->at == '.') s->at++;
        s->dot = false;
    }
    if (c == '?' && top(s) && *top(s) < 256 - TERNARY) *top(s) = (unsigned char)(*top(s) + TERNARY);
    if (c == ':') read_colon(s);
    if (c == ';') s->block_follows = true;
    s->token.len = (size_t)(s->at - from);
    return SCAN_PUNCT;
}

enum scan_kind scan_next(struct scan *s) {
    s->previous_value = s->value;
    s->previous_brace = s->brace;
    s->after_dot = s->dot;
    if (s->kind == SCAN_ERROR || !skip_blanks(s)) return SCAN_ERROR;
    if (s->at >= s->end) return s->token = span_make(s->end, 0), s->kind = SCAN_END;
    char c = *s->at;
    unsigned char class = class_of(c);
    if (class == C_WORD) return read_word(s);
    if (class == C_DIGIT) return read_number(s);
    switch (c) {
    case '"':
    case '\'': return read_string(s);
    case '`': return s->at++, read_template(s, s->at - 1);
    case '(':
    case '[':
    case '{': return open_bracket(s, c);
    case ')':
    case ']':
    case '}': return close_bracket(s, c);
    case '.':
        if (s->at + 1 < s->end && class_of(s->at[1]) == C_DIGIT) return read_number(s);
        return read_operator(s);
    case '/':
        if (!s->value) return read_regexp(s);
        return read_operator(s);
    default: return read_operator(s);
    }
}
