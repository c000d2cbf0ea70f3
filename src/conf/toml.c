/* TOML 1.1 (toml.io/en/v1.1.0): recursive descent, in place. TOML 1.0 documents are TOML 1.1 documents. */
#include "conf/tree.h"

#include "base/limits.h"

/* How a table or array came to be, which decides what may still be added to it. */
enum state {
    OPEN_IMPLICIT, /* named on the way to another by a [header]: may still get a header of its own */
    OPEN_HEADER,   /* has had its [header], or is the root */
    OPEN_DOTTED,   /* made by a dotted key: more dotted keys may follow, a header may not */
    CLOSED,        /* { inline } and [ literal ]: complete */
    OF_TABLES,     /* made by [[header]] */
};

enum { KEY_PARTS = 64 }; /* of a dotted key */

struct key {
    struct span *parts;
    size_t count;
    const char *where;
};

static struct conf *parse_value(struct conf_parse *p);

static void skip_space(struct conf_parse *p) {
    while (*p->at == ' ' || *p->at == '\t') p->at++;
}

static bool is_newline(const struct conf_parse *p) {
    return *p->at == '\n' || (*p->at == '\r' && p->at[1] == '\n');
}

static void skip_newline(struct conf_parse *p) {
    p->at += *p->at == '\r' ? 2 : 1;
    conf_next_line(p);
}

static bool is_control(char c) { return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f; }

static bool skip_comment(struct conf_parse *p) {
    char found[16];
    if (*p->at != '#') return true;
    while (p->at < p->end && !is_newline(p)) {
        if (is_control(*p->at))
            return conf_fail(p, p->at, "a comment may not hold the control character %s",
                             conf_found(p, p->at, found));
        p->at++;
    }
    return true;
}

/* Spaces, newlines, comments. */
static bool skip_blank(struct conf_parse *p) {
    for (;;) {
        skip_space(p);
        if (!skip_comment(p)) return false;
        if (!is_newline(p)) return true;
        skip_newline(p);
    }
}

/* -- Strings -- */

static bool is_triple(const struct conf_parse *p, char quote) {
    return p->end - p->at >= 3 && p->at[0] == quote && p->at[1] == quote && p->at[2] == quote;
}

/* A backslash at the end of a line eats white space up to the next character. False: it was not one. */
static bool skip_line_ending_backslash(struct conf_parse *p) {
    char *before = p->at;
    p->at++;
    skip_space(p);
    if (!is_newline(p)) return p->at = before, false;
    while (is_newline(p)) {
        skip_newline(p);
        skip_space(p);
    }
    return true;
}

/* At the backslash. */
static bool parse_escape(struct conf_parse *p, char **to) {
    static const char names[] = "\"\\bfnrte", values[] = "\"\\\b\f\n\r\t\x1b";
    char letter = p->at[1];
    const char *name = letter ? strchr(names, letter) : NULL;
    if (name) {
        *(*to)++ = values[name - names];
        p->at += 2;
        return true;
    }
    unsigned digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    uint32_t code;
    if (!digits)
        return conf_fail(p, p->at,
                         "expected an escape (one of \\\" \\\\ \\b \\e \\f \\n \\r \\t \\x \\u \\U); for a "
                         "plain backslash write \\\\ or use single quotes");
    if (!conf_hex(p->at + 2, p->end, digits, &code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return conf_fail(p, p->at, "expected %u hexadecimal digits of a Unicode character after \\%c", digits,
                         letter);
    *to = conf_put_utf8(*to, code);
    p->at += 2 + digits;
    return true;
}

/* After the opening quotes, up to and with the closing ones. */
static bool parse_triple(struct conf_parse *p, char quote, struct span *ret) {
    struct conf_parse opened = *p;
    if (is_newline(p)) skip_newline(p);
    char *start = p->at, *to = start, found[16];
    for (;;) {
        if (is_triple(p, quote)) {
            p->at += 3; /* one or two quotes before the closing three belong to the string */
            for (int more = 0; more < 2 && *p->at == quote; more++, p->at++) *to++ = quote;
            break;
        }
        if (p->at >= p->end) {
            p->line = opened.line, p->line_start = opened.line_start;
            return conf_fail(p, opened.at - 3, "this string has no end: expected %c%c%c", quote, quote,
                             quote);
        }
        if (quote == '"' && *p->at == '\\') {
            if (!skip_line_ending_backslash(p) && !parse_escape(p, &to)) return false;
        } else if (is_newline(p)) {
            *to++ = '\n'; /* normalised: what an editor does to line ends is not meant */
            skip_newline(p);
        } else if (is_control(*p->at)) {
            return conf_fail(p, p->at, "a string may not hold %s; use an escape",
                             conf_found(p, p->at, found));
        } else {
            *to++ = *p->at++;
        }
    }
    *to = 0;
    *ret = span_make(start, (size_t)(to - start));
    return true;
}

static bool parse_single(struct conf_parse *p, char quote, struct span *ret) {
    char *start = p->at, *to = start, found[16];
    while (p->at < p->end && *p->at != quote) {
        if (quote == '"' && *p->at == '\\') {
            if (!parse_escape(p, &to)) return false;
        } else if (is_newline(p)) {
            break;
        } else if (is_control(*p->at)) {
            return conf_fail(p, p->at, "a string may not hold %s; use an escape",
                             conf_found(p, p->at, found));
        } else {
            *to++ = *p->at++;
        }
    }
    if (p->at >= p->end || *p->at != quote)
        return conf_fail(p, p->at, "expected the closing %c of a string, found %s", quote,
                         conf_found(p, p->at, found));
    p->at++;
    *to = 0;
    *ret = span_make(start, (size_t)(to - start));
    return true;
}

static bool parse_string(struct conf_parse *p, struct span *ret) {
    char quote = *p->at;
    if (is_triple(p, quote)) return p->at += 3, parse_triple(p, quote, ret);
    return p->at++, parse_single(p, quote, ret);
}

/* -- Keys -- */

static bool is_bare(char c) {
    char lower = ascii_lower(c);
    return ascii_is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_' || c == '-';
}

static bool parse_key_part(struct conf_parse *p, struct span *ret) {
    char found[16];
    if (*p->at == '"' || *p->at == '\'') {
        if (is_triple(p, *p->at)) return conf_fail(p, p->at, "a key may not be a string of several lines");
        return parse_string(p, ret);
    }
    char *start = p->at;
    while (is_bare(*p->at)) p->at++;
    if (p->at == start)
        return conf_fail(p, p->at, "expected a key (letters, digits, _ and -, or a quoted string), found %s",
                         conf_found(p, p->at, found));
    *ret = arena_copy(p->arena, span_make(start, (size_t)(p->at - start)));
    return true;
}

/* a.b."c d", and the blanks after it. */
static bool parse_key(struct conf_parse *p, struct key *ret) {
    struct span parts[KEY_PARTS];
    size_t count = 0;
    ret->where = p->at;
    for (;;) {
        if (count == sizeof parts / sizeof *parts)
            return conf_fail(p, p->at, "a key may have %d parts, not more", KEY_PARTS);
        if (!parse_key_part(p, &parts[count++])) return false;
        skip_space(p);
        if (*p->at != '.') break;
        p->at++;
        skip_space(p);
    }
    ret->parts = arena_alloc(p->arena, count * sizeof *parts);
    memcpy(ret->parts, parts, count * sizeof *parts);
    ret->count = count;
    return true;
}

static struct conf *add_table(struct conf_parse *p, struct conf *parent, struct span key, const char *where,
                              enum state state) {
    struct conf *table = conf_new(p, CONF_TABLE);
    table->column = (uint32_t)(where - p->line_start) + 1;
    table->key = key;
    table->state = state;
    conf_add(p, parent, table);
    return table;
}

static struct conf *fail_twice(struct conf_parse *p, const struct key *key, const struct conf *old) {
    return conf_fail(p, key->where, "\"%.*s\" is defined already, in line %u",
                     SPAN_FMT(span_first(old->key, 100)), old->line);
}

/* -- Values -- */

static bool parse_pair(struct conf_parse *p, struct conf *table);

static struct conf *parse_array(struct conf_parse *p) {
    struct conf *array = conf_new(p, CONF_ARRAY);
    array->state = CLOSED;
    p->at++;
    if (!conf_enter(p) || !skip_blank(p)) return NULL;
    bool end = *p->at == ']';
    if (end) p->at++;
    while (!end) {
        struct conf *item = parse_value(p);
        if (!item) return NULL;
        conf_add(p, array, item);
        if (!conf_separator(p, skip_blank, ']', true, &end)) return NULL;
    }
    p->depth--;
    return array;
}

static struct conf *parse_inline_table(struct conf_parse *p) {
    struct conf *table = conf_new(p, CONF_TABLE);
    table->state = CLOSED;
    p->at++;
    if (!conf_enter(p) || !skip_blank(p)) return NULL;
    bool end = *p->at == '}';
    if (end) p->at++;
    while (!end)
        if (!parse_pair(p, table) || !conf_separator(p, skip_blank, '}', true, &end)) return NULL;
    p->depth--;
    return table;
}

static bool is_of_word(char c) { return is_bare(c) || c == '+' || c == '.' || c == ':'; }

static struct conf *parse_scalar(struct conf_parse *p) {
    struct conf *item = conf_new(p, CONF_NULL);
    char *start = p->at, *end = start, found[16];
    while (is_of_word(*end)) end++;
    /* "1979-05-27 07:32:00": a date, one blank, and a digit go on. */
    if (end - start == 10 && start[4] == '-' && start[7] == '-' && *end == ' ' && ascii_is_digit(end[1]))
        for (end++; is_of_word(*end);) end++;
    if (end == start) return conf_fail(p, start, "expected a value, found %s", conf_found(p, start, found));
    const char *expected;
    struct span word = span_make(start, (size_t)(end - start));
    if (!toml_scalar(p, word, item, &expected))
        return conf_fail(p, start, "expected %s, found %.*s", expected, SPAN_FMT(span_first(word, 60)));
    p->at = end;
    return item;
}

static struct conf *parse_value(struct conf_parse *p) {
    char c = *p->at;
    if (c == '[') return parse_array(p);
    if (c == '{') return parse_inline_table(p);
    if (c != '"' && c != '\'') return parse_scalar(p);
    struct conf *item = conf_new(p, CONF_STRING);
    struct span text;
    if (!parse_string(p, &text)) return NULL;
    item->text = text;
    return item;
}

/* The table that the last part of a dotted key goes into. */
static struct conf *walk_dotted(struct conf_parse *p, struct conf *table, const struct key *key) {
    for (size_t i = 0; i + 1 < key->count; i++) {
        struct conf *next = conf_find_own(table, key->parts[i]);
        if (!next)
            next = add_table(p, table, key->parts[i], key->where, OPEN_DOTTED);
        else if (next->type != CONF_TABLE || next->state != OPEN_DOTTED)
            return fail_twice(p, key, next);
        table = next;
    }
    return table;
}

/* key = value */
static bool parse_pair(struct conf_parse *p, struct conf *table) {
    struct key key;
    char found[16];
    unsigned depth = p->depth;
    if (!parse_key(p, &key)) return false;
    if (*p->at != '=')
        return conf_fail(p, p->at, "expected '=' after the key \"%.*s\", found %s",
                         SPAN_FMT(span_first(key.parts[key.count - 1], 100)), conf_found(p, p->at, found));
    p->at++;
    skip_space(p);
    p->depth += (unsigned)key.count - 1;
    table = p->depth <= LIMIT_CONFIG_DEPTH || conf_enter(p) ? walk_dotted(p, table, &key) : NULL;
    if (!table) return false;
    struct span name = key.parts[key.count - 1];
    struct conf *old = conf_find_own(table, name);
    if (old) return fail_twice(p, &key, old);
    struct conf *item = parse_value(p);
    if (!item) return false;
    item->key = name;
    conf_add(p, table, item);
    p->depth = depth;
    return true;
}

/* -- Headers -- */

/* The table that the last part of a header goes into. */
static struct conf *walk_header(struct conf_parse *p, struct conf *table, const struct key *key) {
    for (size_t i = 0; i + 1 < key->count; i++) {
        struct conf *next = conf_find_own(table, key->parts[i]);
        if (!next) next = add_table(p, table, key->parts[i], key->where, OPEN_IMPLICIT);
        if (next->type == CONF_ARRAY && next->state == OF_TABLES) next = next->items.last;
        if (next->type != CONF_TABLE || next->state == CLOSED) return fail_twice(p, key, next);
        table = next;
    }
    return table;
}

static struct conf *open_table(struct conf_parse *p, struct conf *parent, const struct key *key) {
    struct conf *old = conf_find_own(parent, key->parts[key->count - 1]);
    if (!old) return add_table(p, parent, key->parts[key->count - 1], key->where, OPEN_HEADER);
    if (old->type != CONF_TABLE || old->state != OPEN_IMPLICIT) return fail_twice(p, key, old);
    old->state = OPEN_HEADER;
    old->line = p->line;
    old->column = (uint32_t)(key->where - p->line_start) + 1;
    return old;
}

static struct conf *open_table_of_array(struct conf_parse *p, struct conf *parent, const struct key *key) {
    struct span name = key->parts[key->count - 1];
    struct conf *array = conf_find_own(parent, name);
    if (!array) {
        array = conf_new(p, CONF_ARRAY);
        array->key = name;
        array->state = OF_TABLES;
        conf_add(p, parent, array);
    }
    if (array->type != CONF_ARRAY || array->state != OF_TABLES) return fail_twice(p, key, array);
    return add_table(p, array, SPAN_NONE, key->where, OPEN_HEADER);
}

/* Pairs below this header nest from here on. */
static bool is_within_depth(struct conf_parse *p, const struct conf *table) {
    p->depth = 0;
    for (; table->parent; table = table->parent) p->depth++;
    return p->depth <= LIMIT_CONFIG_DEPTH || conf_enter(p);
}

/* [a.b] or [[a.b]]: returns the table that the following pairs go into. */
static struct conf *parse_header(struct conf_parse *p, struct conf *root) {
    struct key key;
    char found[16];
    bool of_array = p->at[1] == '[';
    p->at += of_array ? 2 : 1;
    skip_space(p);
    if (!parse_key(p, &key)) return NULL;
    if (*p->at != ']' || (of_array && p->at[1] != ']'))
        return conf_fail(p, p->at, "expected '%s' after the name of a table, found %s", of_array ? "]]" : "]",
                         conf_found(p, p->at, found));
    struct conf *parent = walk_header(p, root, &key);
    if (!parent) return NULL;
    p->at += of_array ? 2 : 1;
    struct conf *table = of_array ? open_table_of_array(p, parent, &key) : open_table(p, parent, &key);
    return table && is_within_depth(p, table) ? table : NULL;
}

static bool parse_line_end(struct conf_parse *p) {
    char found[16];
    skip_space(p);
    if (!skip_comment(p)) return false;
    if (p->at >= p->end) return true;
    if (!is_newline(p))
        return conf_fail(p, p->at, "expected the end of the line, found %s", conf_found(p, p->at, found));
    skip_newline(p);
    return true;
}

enum err conf_parse_toml(struct arena *arena, const char *file_name, struct span text,
                         const struct conf **ret, struct problem *out) {
    struct conf_parse p;
    enum err e = conf_parse_begin(&p, arena, file_name, text, out);
    if (e) return e;
    struct conf *root = conf_new(&p, CONF_TABLE), *table = root;
    root->state = OPEN_HEADER;
    while (skip_blank(&p) && p.at < p.end) {
        if (*p.at == '[')
            table = parse_header(&p, root);
        else if (!parse_pair(&p, table))
            table = NULL;
        if (!table || !parse_line_end(&p)) break;
    }
    if (p.code) return p.code;
    root->key = arena_copy(arena, span_of(file_name));
    *ret = root;
    return ERR_OK;
}
