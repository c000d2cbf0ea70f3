/* JSON (RFC 8259), and JSON with comments and trailing commas: recursive descent, in place. */
#include <stdlib.h>

#include "conf/tree.h"

static struct conf *parse_value(struct conf_parse *p);

static bool skip_comment(struct conf_parse *p) {
    char *start = p->at;
    if (p->end - p->at < 2 || (p->at[1] != '/' && p->at[1] != '*'))
        return conf_fail(p, start, "expected a value or a comment, found '/'");
    if (p->at[1] == '/') {
        while (p->at < p->end && *p->at != '\n') p->at++;
        return true;
    }
    struct conf_parse opened = *p;
    for (p->at += 2; p->at < p->end;) {
        char c = *p->at++;
        if (c == '\n') conf_next_line(p);
        if (c == '*' && p->at < p->end && *p->at == '/') return p->at++, true;
    }
    p->line = opened.line, p->line_start = opened.line_start;
    return conf_fail(p, start, "this comment has no end: expected */");
}

/* False only for a broken comment. */
static bool skip_blank(struct conf_parse *p) {
    for (;;) {
        switch (*p->at) {
        case '\n': p->at++, conf_next_line(p); break;
        case ' ':
        case '\t':
        case '\r': p->at++; break;
        case '/':
            if (!p->lenient) return true;
            if (!skip_comment(p)) return false;
            break;
        default: return true; /* also the NUL at the end */
        }
    }
}

static bool is_word_of_plain(const char *at) {
    uint64_t word, ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    memcpy(&word, at, 8);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t special = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20) & ~word);
    return (special & tops) == 0;
}

static char *skip_plain(struct conf_parse *p) {
    char *c = p->at;
    while (p->end - c >= 8 && is_word_of_plain(c)) c += 8;
    while (c < p->end && *c != '"' && *c != '\\' && (unsigned char)*c >= 0x20) c++;
    return c;
}

/* At the u of \uXXXX. Pairs of surrogates are one character; a lone one is U+FFFD. */
static bool parse_unicode_escape(struct conf_parse *p, uint32_t *ret) {
    uint32_t low;
    if (!conf_hex(p->at + 1, p->end, 4, ret))
        return conf_fail(p, p->at - 1, "expected four hexadecimal digits after \\u");
    p->at += 5;
    if (*ret < 0xd800 || *ret > 0xdfff) return true;
    bool pair = *ret < 0xdc00 && p->end - p->at >= 6 && p->at[0] == '\\' && p->at[1] == 'u' &&
                conf_hex(p->at + 2, p->end, 4, &low) && low >= 0xdc00 && low <= 0xdfff;
    if (pair) p->at += 6;
    *ret = pair ? 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
    return true;
}

/* After the backslash. */
static bool parse_escape(struct conf_parse *p, char **to) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    uint32_t code;
    if (p->at < p->end && *p->at == 'u') {
        if (!parse_unicode_escape(p, &code)) return false;
    } else {
        const char *name = p->at < p->end && *p->at ? strchr(names, *p->at) : NULL;
        char found[16];
        if (!name)
            return conf_fail(p, p->at,
                             "expected an escape (one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u), found %s",
                             conf_found(p, p->at, found));
        code = (unsigned char)values[name - names];
        p->at++;
    }
    *to = conf_put_utf8(*to, code);
    return true;
}

/* At the opening quote. */
static bool parse_string(struct conf_parse *p, struct span *ret) {
    char *start = ++p->at, *to = skip_plain(p);
    p->at = to;
    while (p->at < p->end && *p->at == '\\') {
        p->at++;
        if (!parse_escape(p, &to)) return false;
        char *run = p->at;
        p->at = skip_plain(p);
        memmove(to, run, (size_t)(p->at - run));
        to += p->at - run;
    }
    char found[16];
    if (p->at >= p->end || *p->at != '"')
        return conf_fail(p, p->at, "expected the closing quote of a string, found %s",
                         conf_found(p, p->at, found));
    p->at++;
    *to = 0;
    *ret = span_make(start, (size_t)(to - start));
    return true;
}

static const char *skip_digits(const char *c) {
    while (ascii_is_digit(*c)) c++;
    return c;
}

/* Returns the end of a number (RFC 8259 section 6), NULL when it is none. The text ends with NUL. */
static const char *number_end(const char *c, bool *ret_integer) {
    if (*c == '-') c++;
    if (!ascii_is_digit(*c)) return NULL;
    c = *c == '0' ? c + 1 : skip_digits(c);
    *ret_integer = *c != '.' && *c != 'e' && *c != 'E';
    if (*c == '.') {
        if (!ascii_is_digit(*++c)) return NULL;
        c = skip_digits(c);
    }
    if (*c == 'e' || *c == 'E') {
        c++;
        if (*c == '+' || *c == '-') c++;
        if (!ascii_is_digit(*c)) return NULL;
        c = skip_digits(c);
    }
    return c;
}

static bool to_integer(const char *c, const char *end, int64_t *ret) {
    bool negative = *c == '-';
    uint64_t value;
    if (negative) c++;
    if (!span_to_u64(span_make(c, (size_t)(end - c)), &value)) return false;
    if (negative && value == 0) return false; /* -0 is a float */
    *ret = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static struct conf *parse_number(struct conf_parse *p) {
    bool integer;
    const char *end = number_end(p->at, &integer);
    if (!end) return conf_fail(p, p->at, "expected a number as JSON writes it");
    struct conf *item = conf_new(p, CONF_INTEGER);
    if (!integer || !to_integer(p->at, end, &item->integer)) {
        item->type = CONF_FLOAT;
        item->number = strtod(p->at, NULL); /* the program keeps the C locale */
    }
    p->at = (char *)end;
    return item;
}

static struct conf *parse_word(struct conf_parse *p) {
    static const struct {
        struct span word;
        enum conf_type type;
    } words[] = {{{"null", 4}, CONF_NULL}, {{"true", 4}, CONF_BOOL}, {{"false", 5}, CONF_BOOL}};
    struct span rest = span_make(p->at, (size_t)(p->end - p->at));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!span_starts(rest, words[i].word)) continue;
        struct conf *item = conf_new(p, words[i].type);
        if (item->type == CONF_BOOL) item->boolean = words[i].word.len == 4;
        p->at += words[i].word.len;
        return item;
    }
    char found[16];
    return conf_fail(p, p->at, "expected a value, found %s", conf_found(p, p->at, found));
}

static struct conf *parse_array(struct conf_parse *p) {
    struct conf *array = conf_new(p, CONF_ARRAY);
    p->at++;
    if (!conf_enter(p) || !skip_blank(p)) return NULL;
    bool end = *p->at == ']';
    if (end) p->at++;
    while (!end) {
        struct conf *item = parse_value(p);
        if (!item) return NULL;
        conf_add(p, array, item);
        if (!conf_separator(p, skip_blank, ']', p->lenient, &end)) return NULL;
    }
    p->depth--;
    return array;
}

/* JSON.parse: the last of equal keys wins. The older item keeps its place and takes over the value. */
static void replace(struct conf *old, const struct conf *item) {
    const struct conf *next = old->next, *parent = old->parent;
    *old = *item;
    old->next = next;
    old->parent = parent;
    if (old->type != CONF_ARRAY && old->type != CONF_TABLE) return;
    for (struct conf *c = old->items.first; c; c = (struct conf *)c->next) c->parent = old;
}

static bool parse_member(struct conf_parse *p, struct conf *table) {
    char found[16];
    struct span key;
    if (*p->at != '"')
        return conf_fail(p, p->at, "expected a key in double quotes, found %s", conf_found(p, p->at, found));
    if (!parse_string(p, &key) || !skip_blank(p)) return false;
    if (*p->at != ':')
        return conf_fail(p, p->at, "expected ':' after the key \"%.*s\", found %s",
                         SPAN_FMT(span_first(key, 100)), conf_found(p, p->at, found));
    p->at++;
    struct conf *item = skip_blank(p) ? parse_value(p) : NULL;
    if (!item) return false;
    item->key = key;
    struct conf *old = conf_find_own(table, key);
    if (old)
        replace(old, item);
    else
        conf_add(p, table, item);
    return true;
}

static struct conf *parse_object(struct conf_parse *p) {
    struct conf *table = conf_new(p, CONF_TABLE);
    p->at++;
    if (!conf_enter(p) || !skip_blank(p)) return NULL;
    bool end = *p->at == '}';
    if (end) p->at++;
    while (!end)
        if (!parse_member(p, table) || !conf_separator(p, skip_blank, '}', p->lenient, &end)) return NULL;
    p->depth--;
    return table;
}

/* At its first byte. NULL on failure. */
static struct conf *parse_value(struct conf_parse *p) {
    char c = *p->at;
    if (c == '{') return parse_object(p);
    if (c == '[') return parse_array(p);
    if (c == '-' || ascii_is_digit(c)) return parse_number(p);
    if (c != '"') return parse_word(p);
    struct conf *item = conf_new(p, CONF_STRING);
    struct span text;
    if (!parse_string(p, &text)) return NULL;
    item->text = text;
    return item;
}

static enum err parse(struct arena *arena, const char *file_name, struct span text, bool lenient,
                      const struct conf **ret, struct problem *out) {
    struct conf_parse p;
    enum err e = conf_parse_begin(&p, arena, file_name, text, out);
    if (e) return e;
    p.lenient = lenient;
    struct conf *root = skip_blank(&p) ? parse_value(&p) : NULL;
    if (!root || !skip_blank(&p)) return p.code;
    if (p.at < p.end) {
        char found[16];
        conf_fail(&p, p.at, "expected the end of the file after the value, found %s",
                  conf_found(&p, p.at, found));
        return p.code;
    }
    root->key = arena_copy(arena, span_of(file_name));
    *ret = root;
    return ERR_OK;
}

enum err conf_parse_json(struct arena *arena, const char *file_name, struct span text,
                         const struct conf **ret, struct problem *p) {
    return parse(arena, file_name, text, false, ret, p);
}

enum err conf_parse_jsonc(struct arena *arena, const char *file_name, struct span text,
                          const struct conf **ret, struct problem *p) {
    return parse(arena, file_name, text, true, ret, p);
}
