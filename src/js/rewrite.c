#include "js/modules.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "js/scan.h"
#include "text/utf8.h"
#include <stdio.h>

/* The text becomes
 *
 *     (function($m,$im__meta__,$impt_){"use strict";$m.x({get a(){return a},...});const $m0=$m.i("x",["b"]),...;BODY
 *     })
 *
 * and `async function` where an `await` may stand outside of all functions: that makes the engine read the text once more,
 * so it is done only then. An `await` counts as one inside of a function when a `{` that certainly begins a function's body
 * is open; a doubtful one costs some time and nothing else.
 *
 * where BODY is the source with its import and export syntax overwritten in place by text of the same length: so that
 * lines and columns stay, a copy of the source is patched and only the prologue on line 1 is new. A blanked statement
 * leaves a `;`, because the end of a line may have ended the statement before it only thanks to the word `import`. */

struct rewrite {
    struct scan scan;
    char *copy;         /* the body, of the source's length */
    struct buf exports; /* get a(){return a}, */
    struct buf imports; /* const $m0=$m.i("x",["b"]),{"b":c}=$m0; */
    struct buf stars;   /* $m1,$m4 */
    struct buf names;   /* js_rewritten.imports */
    uint32_t modules;
    bool awaits;      /* at the top level, perhaps */
    bool has_default; /* export default EXPRESSION: the value is in $dflt__ */
    /* an `import (` whose `)` is waited for: it may turn out to be a method's name */
    size_t import_depth;
    char *import_at;
    bool in_declaration; /* export const a = 1, ...: at depth 0, commas bring more names */
    const char *error;
    const char *error_at;
};

#define FAIL(r, why) ((r)->error = (why), (r)->error_at = (r)->scan.token.ptr, false)

static char *copy_of(struct rewrite *r, const char *at) { return r->copy + (at - r->scan.start); }
static void add(struct buf *b, struct span s) { buf_add(b, s); }

static void blank(struct rewrite *r, const char *from, const char *to) {
    for (char *p = copy_of(r, from), *end = copy_of(r, to); p < end; p++)
        if (*p != '\n' && *p != '\r') *p = ' ';
}

static void blank_statement(struct rewrite *r, const char *from, const char *to) {
    blank(r, from, to);
    *copy_of(r, from) = ';';
}

static bool next(struct rewrite *r) {
    enum scan_kind kind = scan_next(&r->scan);
    if (kind == SCAN_WORD && !r->scan.bodies && !r->scan.after_dot && scan_word(&r->scan, "await"))
        r->awaits = true;
    if (kind != SCAN_ERROR) return true;
    r->error = r->scan.error;
    r->error_at = r->scan.token.ptr;
    return false;
}

/* A name of an import or export as a string literal: it may be one already ("a b"). */
static void add_name(struct buf *b, struct span name) {
    bool quoted = name.len && (*name.ptr == '"' || *name.ptr == '\'');
    if (!quoted) buf_add_char(b, '"');
    add(b, name);
    if (!quoted) buf_add_char(b, '"');
}

static void add_export(struct rewrite *r, struct span name, struct span value) {
    buf_lit(&r->exports, "get ");
    add_name(&r->exports, name);
    buf_lit(&r->exports, "(){return ");
    add(&r->exports, value);
    buf_lit(&r->exports, "},");
}

/* --- The clauses in braces -------------------------------------------------------------------------------------- */

struct pair {
    struct span from, to; /* import { from as to }, export { from as to } */
};

struct clause {
    struct pair *pairs;
    size_t count, cap;
};

static bool is_name(const struct scan *s) { return s->kind == SCAN_WORD || s->kind == SCAN_STRING; }

static void clause_add(struct clause *c, struct span from, struct span to) {
    if (c->count == c->cap) c->pairs = mem_resize(c->pairs, (c->cap = c->cap * 2 + 8) * sizeof *c->pairs);
    c->pairs[c->count++] = (struct pair){from, to};
}

/* After the `{`: up to and with the `}`. */
static bool read_clause(struct rewrite *r, struct clause *c) {
    struct scan *s = &r->scan;
    for (;;) {
        if (!next(r)) return false;
        if (scan_is(s, '}')) return true;
        if (!is_name(s)) return FAIL(r, "a name is expected in the braces of an import or export");
        struct span from = s->token, to = from;
        if (!next(r)) return false;
        if (scan_word(s, "as")) {
            if (!next(r)) return false;
            if (!is_name(s)) return FAIL(r, "a name is expected after `as`");
            to = s->token;
            if (!next(r)) return false;
        }
        clause_add(c, from, to);
        if (scan_is(s, '}')) return true;
        if (!scan_is(s, ',')) return FAIL(r, "`,` or `}` is expected in an import or export");
    }
}

/* The rest of `from "x" with {...};` after `from`: *ret_end is where the statement ends. The next token is read. */
static bool read_from(struct rewrite *r, struct span *ret_specifier, const char **ret_end) {
    struct scan *s = &r->scan;
    if (s->kind != SCAN_STRING) return FAIL(r, "a module name in quotes is expected");
    *ret_specifier = s->token;
    *ret_end = s->at;
    if (!next(r)) return false;
    if (scan_word(s, "with") || (scan_word(s, "assert") && !s->after_newline)) {
        if (!next(r)) return false;
        if (!scan_is(s, '{')) return FAIL(r, "`{` is expected after `with`");
        for (size_t depth = scan_depth(s); scan_depth(s) >= depth;)
            if (!next(r))
                return false;
            else if (s->kind == SCAN_END)
                return FAIL(r, "import attributes do not end");
        *ret_end = s->at;
        if (!next(r)) return false;
    }
    if (!scan_is(s, ';')) return true;
    *ret_end = s->at;
    return next(r);
}

/* A string literal. One with escapes is left out: its module is found when the body asks for it. */
static void add_specifier(struct rewrite *r, struct span literal) {
    struct span name = span_first(span_from(literal, 1), literal.len - 2);
    if (literal.len < 2 || span_index(name, '\\') < name.len) return;
    add(&r->names, name);
    buf_add_char(&r->names, '\n');
}

/* const $m7=$m.i("x",["a","b"]) and the bindings. Returns the module's number. */
static uint32_t add_import(struct rewrite *r, struct span specifier, const struct clause *names, bool bind) {
    struct buf *b = &r->imports;
    uint32_t number = r->modules++;
    add_specifier(r, specifier);
    buf_printf(b, "const $m%u=$m.i(", number);
    add(b, specifier);
    buf_lit(b, ",[");
    for (size_t i = 0; i < names->count; i++) add_name(b, names->pairs[i].from), buf_add_char(b, ',');
    buf_lit(b, "])");
    for (size_t i = 0; bind && i < names->count; i++) {
        buf_add_char(b, ',');
        add(b, names->pairs[i].to);
        buf_printf(b, "=$m%u[", number);
        add_name(b, names->pairs[i].from);
        buf_add_char(b, ']');
    }
    buf_add_char(b, ';');
    return number;
}

/* --- import --------------------------------------------------------------------------------------------------------- */

static bool read_import_names(struct rewrite *r, struct clause *c, struct span *star) {
    struct scan *s = &r->scan;
    if (s->kind == SCAN_WORD) {
        clause_add(c, SPAN("default"), s->token);
        if (!next(r)) return false;
        if (!scan_is(s, ',')) return true;
        if (!next(r)) return false;
    }
    if (scan_is(s, '*')) {
        if (!next(r) || !scan_word(s, "as") || !next(r) || s->kind != SCAN_WORD)
            return FAIL(r, "`* as name` is expected in an import");
        *star = s->token;
        return next(r);
    }
    if (!scan_is(s, '{')) return FAIL(r, "names are expected after `import`");
    return read_clause(r, c) && next(r);
}

/* At the token after `import`, which starts at `from`. Leaves the token after the statement. */
static bool read_import(struct rewrite *r, const char *from) {
    struct scan *s = &r->scan;
    struct clause c = {0};
    struct span star = SPAN_NONE, specifier;
    const char *end = NULL;
    bool fine = true;
    if (s->kind != SCAN_STRING) {
        fine = read_import_names(r, &c, &star);
        if (fine && !scan_word(s, "from")) fine = FAIL(r, "`from` is expected in an import");
        if (fine) fine = next(r);
    }
    fine = fine && read_from(r, &specifier, &end);
    if (fine) {
        uint32_t number = add_import(r, specifier, &c, true);
        if (star.len) buf_printf(&r->imports, "const %.*s=$m%u;", SPAN_FMT(star), number);
        blank_statement(r, from, end);
    }
    mem_free(c.pairs);
    return fine;
}

/* --- export --------------------------------------------------------------------------------------------------------- */

static bool export_clause(struct rewrite *r, const char *from, const struct clause *c) {
    struct scan *s = &r->scan;
    const char *end = s->at;
    struct span specifier;
    if (!next(r)) return false;
    if (scan_word(s, "from")) {
        if (!next(r) || !read_from(r, &specifier, &end)) return false;
        uint32_t number = add_import(r, specifier, c, false);
        for (size_t i = 0; i < c->count; i++) {
            struct buf value = BUF_INIT;
            buf_printf(&value, "$m%u[", number);
            add_name(&value, c->pairs[i].from);
            buf_add_char(&value, ']');
            add_export(r, c->pairs[i].to, buf_span(&value));
            buf_free(&value);
        }
    } else {
        for (size_t i = 0; i < c->count; i++) add_export(r, c->pairs[i].to, c->pairs[i].from);
        if (scan_is(s, ';')) {
            end = s->at;
            if (!next(r)) return false;
        }
    }
    blank_statement(r, from, end);
    return true;
}

/* export * from "x", export * as ns from "x"; at the `*`. */
static bool export_star(struct rewrite *r, const char *from) {
    struct scan *s = &r->scan;
    struct span as = SPAN_NONE, specifier;
    const char *end;
    if (!next(r)) return false;
    if (scan_word(s, "as")) {
        if (!next(r)) return false;
        if (!is_name(s)) return FAIL(r, "a name is expected after `as`");
        as = s->token;
        if (!next(r)) return false;
    }
    if (!scan_word(s, "from")) return FAIL(r, "`from` is expected after `export *`");
    if (!next(r) || !read_from(r, &specifier, &end)) return false;
    uint32_t number = add_import(r, specifier, &(struct clause){0}, false);
    char value[24];
    int n = snprintf(value, sizeof value, "$m%u", number);
    if (as.len)
        add_export(r, as, span_make(value, (size_t)n));
    else
        buf_printf(&r->stars, "%s,", value);
    blank_statement(r, from, end);
    return true;
}

/* Overwrites [from, to) by `text` and blanks. Words cannot be cut, so the room must be on one line. */
static bool overwrite(struct rewrite *r, const char *from, const char *to, struct span text) {
    const char *at = from;
    for (const char *p = from; p < to && (size_t)(p - at) < text.len; p++)
        if (*p == '\n' || *p == '\r') at = p + 1;
    if ((size_t)(to - at) < text.len)
        return FAIL(r, "`export default` and `import.meta` must stand on one line");
    blank(r, from, to);
    memcpy(copy_of(r, at), text.ptr, text.len);
    return true;
}

/* export default [async] function: at `function`. A declaration without a name gets one, in the room that
 * `export default` leaves. */
static bool export_default_function(struct rewrite *r, const char *from, const char *after_default,
                                    bool async) {
    struct scan *s = &r->scan;
    const char *to = s->at; /* after `function` */
    bool generator = false;
    if (!next(r)) return false;
    if (scan_is(s, '*')) {
        generator = true;
        to = s->at;
        if (!next(r)) return false;
    }
    if (s->kind == SCAN_WORD) {
        add_export(r, SPAN("default"), s->token);
        blank_statement(r, from, after_default);
        return true;
    }
    r->has_default = true;
    if (async)
        return overwrite(r, from, to,
                         generator ? SPAN(";async function*$dflt__") : SPAN(";async function $dflt__"));
    return overwrite(r, from, to, generator ? SPAN(";function*$dflt__") : SPAN(";function $dflt__"));
}

/* After `async`: does `function` follow on the same line? */
static bool function_follows(const struct scan *s) {
    struct span rest = span_make(s->at, (size_t)(s->end - s->at));
    while (rest.len && (*rest.ptr == ' ' || *rest.ptr == '\t')) rest = span_from(rest, 1);
    return span_starts(rest, SPAN("function")) &&
           !(rest.len > 8 && (ascii_is_digit(rest.ptr[8]) || rest.ptr[8] == '_' || rest.ptr[8] == '$' ||
                              (ascii_lower(rest.ptr[8]) >= 'a' && ascii_lower(rest.ptr[8]) <= 'z')));
}

static bool export_default_class(struct rewrite *r, const char *from, const char *after_default) {
    struct scan *s = &r->scan;
    const char *to = s->at;
    if (!next(r)) return false;
    if (s->kind == SCAN_WORD && !scan_word(s, "extends")) {
        add_export(r, SPAN("default"), s->token);
        blank_statement(r, from, after_default);
        return true;
    }
    r->has_default = true;
    return overwrite(r, from, to, SPAN(";class $dflt__"));
}

static bool export_default(struct rewrite *r, const char *from) {
    struct scan *s = &r->scan;
    const char *after_default = s->at;
    if (!next(r)) return false;
    if (scan_word(s, "function")) return export_default_function(r, from, after_default, false);
    if (scan_word(s, "async") && function_follows(s))
        return next(r) && export_default_function(r, from, after_default, true);
    if (scan_word(s, "class")) return export_default_class(r, from, after_default);
    r->has_default = true;
    return overwrite(r, from, after_default, SPAN("let $dflt__  ="));
}

/* --- export const a = 1, {b, c: [d]} = x ---------------------------------------------------------------------------- */

/* Reads an expression up to a `,` or a closing bracket at the level `depth`; leaves that token. */
static bool skip_expression(struct rewrite *r, size_t depth) {
    struct scan *s = &r->scan;
    for (;;) {
        if (s->kind == SCAN_END) return FAIL(r, "a pattern does not end");
        if (scan_depth(s) < depth || (scan_depth(s) == depth && scan_is(s, ','))) return true;
        if (!next(r)) return false;
    }
}

static bool read_binding(struct rewrite *r, int level);

/* Inside [ or {: the elements up to the closing bracket, which stays the current token. */
static bool read_pattern(struct rewrite *r, bool object, int level) {
    struct scan *s = &r->scan;
    size_t depth = scan_depth(s);
    if (level > 64) return FAIL(r, "a pattern is nested too deep");
    if (!next(r)) return false;
    while (scan_depth(s) >= depth) {
        if (s->kind == SCAN_END) return FAIL(r, "a pattern does not end");
        if (scan_is(s, ',')) {
            if (!next(r)) return false;
            continue;
        }
        if (s->kind == SCAN_PUNCT && span_eq(s->token, SPAN("..."))) {
            if (!next(r) || !read_binding(r, level + 1)) return false;
        } else if (object) {
            bool word = s->kind == SCAN_WORD;
            struct span key = s->token;
            size_t before = scan_depth(s);
            if (scan_is(s, '['))
                while (scan_depth(s) >= before) {
                    if (s->kind == SCAN_END) return FAIL(r, "a pattern does not end");
                    if (!next(r)) return false;
                }
            if (!next(r)) return false;
            if (scan_is(s, ':')) {
                if (!next(r) || !read_binding(r, level + 1)) return false;
            } else if (word) {
                add_export(r, key, key);
            } else {
                return FAIL(r, "`:` is expected in a pattern");
            }
        } else if (!read_binding(r, level + 1)) {
            return false;
        }
        if (!skip_expression(r, depth)) return false; /* its default value */
    }
    return true;
}

/* A name or a pattern; leaves the token after it. */
static bool read_binding(struct rewrite *r, int level) {
    struct scan *s = &r->scan;
    if (s->kind == SCAN_WORD)
        add_export(r, s->token, s->token);
    else if (scan_is(s, '{') || scan_is(s, '[')) {
        if (!read_pattern(r, scan_is(s, '{'), level)) return false;
    } else
        return FAIL(r, "a name or a pattern is expected after `export const`");
    return next(r);
}

/* Does the current token, at depth 0 after a line break, start a new statement? (ECMAScript, 12.10) */
static bool ends_declaration(const struct scan *s) {
    if (scan_is(s, ';') || s->kind == SCAN_END) return true;
    if (!s->after_newline || !(s->previous_value || s->previous_brace)) return false;
    switch (s->kind) {
    case SCAN_WORD: return !s->after_dot && !scan_word(s, "in") && !scan_word(s, "instanceof");
    case SCAN_NUMBER:
    case SCAN_STRING:
    case SCAN_REGEXP: return true;
    case SCAN_PUNCT:
        return span_eq(s->token, SPAN("++")) || span_eq(s->token, SPAN("--")) || *s->token.ptr == '{' ||
               *s->token.ptr == '@' || *s->token.ptr == '~' ||
               (*s->token.ptr == '!' && !(s->at < s->end && *s->at == '='));
    default: return false;
    }
}

/* export const|let|var|function|class|async; at that word. */
static bool export_declaration(struct rewrite *r, const char *from) {
    struct scan *s = &r->scan;
    blank_statement(r, from, from + 6);
    if (scan_word(s, "const") || scan_word(s, "let") || scan_word(s, "var")) {
        r->in_declaration = true;
        return next(r) && read_binding(r, 0);
    }
    if (scan_word(s, "async") && !next(r)) return false;
    if (!scan_word(s, "function") && !scan_word(s, "class"))
        return FAIL(r, "a declaration is expected after `export`");
    if (!next(r)) return false;
    if (scan_is(s, '*') && !next(r)) return false;
    if (s->kind != SCAN_WORD) return FAIL(r, "a name is expected in an exported declaration");
    add_export(r, s->token, s->token);
    return next(r);
}

static bool read_export(struct rewrite *r, const char *from) {
    struct scan *s = &r->scan;
    if (scan_is(s, '{')) {
        struct clause c = {0};
        bool fine = read_clause(r, &c) && export_clause(r, from, &c);
        mem_free(c.pairs);
        return fine;
    }
    if (scan_is(s, '*')) return export_star(r, from);
    if (scan_word(s, "default")) return export_default(r, from);
    return export_declaration(r, from);
}

/* --- The whole ------------------------------------------------------------------------------------------------------- */

/* At the token after a word `import` that is not a property name. *ret_done: it was a statement and has been read. */
static bool read_import_word(struct rewrite *r, const char *from, size_t depth, bool esm, bool *ret_done) {
    struct scan *s = &r->scan;
    *ret_done = false;
    if (scan_is(s, '(')) {
        memcpy(copy_of(r, from), "$impt_", 6);
        r->import_at = copy_of(r, from);
        r->import_depth = depth;
    } else if (scan_is(s, '.')) {
        if (!next(r)) return false;
        if (!esm || !scan_word(s, "meta")) return FAIL(r, "only import.meta and import() are supported");
        const char *end = s->at;
        if (!overwrite(r, from, end, SPAN("$im__meta__"))) return false;
    } else if (esm && depth == 0) {
        *ret_done = true;
        return read_import(r, from);
    }
    return true;
}

/* import(a) { ... } is a method with that name: take the change back. */
static void check_method(struct rewrite *r) {
    struct scan *s = &r->scan;
    if (!r->import_at || !scan_is(s, ')') || scan_depth(s) != r->import_depth) return;
    const char *p = s->at;
    while (p < s->end && (*p == ' ' || *p == '\t')) p++;
    if (p < s->end && *p == '{') memcpy(r->import_at, "import", 6);
    r->import_at = NULL;
}

static bool scan_all(struct rewrite *r, bool esm) {
    struct scan *s = &r->scan;
    if (!next(r)) return false;
    while (s->kind != SCAN_END) {
        bool done = false;
        if (s->kind == SCAN_PUNCT) check_method(r);
        if (r->in_declaration && scan_depth(s) == 0) {
            if (scan_is(s, ',')) {
                if (!next(r) || !read_binding(r, 0)) return false;
                continue;
            }
            if (ends_declaration(s)) r->in_declaration = false;
        }
        if (s->kind == SCAN_WORD && !s->after_dot && s->token.len == 6) {
            const char *from = s->token.ptr;
            size_t depth = scan_depth(s);
            if (*from == 'i' && memcmp(from, "import", 6) == 0) {
                if (!next(r) || !read_import_word(r, from, depth, esm, &done)) return false;
                continue; /* the token at hand has not been looked at */
            }
            if (esm && depth == 0 && memcmp(from, "export", 6) == 0) {
                if (!next(r) || !read_export(r, from)) return false;
                continue;
            }
        }
        if (!next(r)) return false;
    }
    return scan_depth(s) == 0 || FAIL(r, "a bracket is not closed");
}

static void compose(struct rewrite *r, bool esm, size_t length, struct js_rewritten *ret) {
    struct buf b = BUF_INIT;
    if (!esm) {
        buf_lit(&b, "(function(exports,require,module,__filename,__dirname,$impt_){");
    } else {
        if (r->awaits)
            buf_lit(&b, "(async function");
        else
            buf_lit(&b, "(function");
        buf_lit(&b, "($m,$im__meta__,$impt_){\"use strict\";$m.x({");
        add(&b, buf_span(&r->exports));
        if (r->has_default) buf_lit(&b, "get default(){return $dflt__}");
        buf_lit(&b, "});");
        add(&b, buf_span(&r->imports));
        if (r->stars.len) {
            buf_lit(&b, "$m.s([");
            add(&b, buf_span(&r->stars));
            buf_lit(&b, "]);");
        }
    }
    ret->prologue_columns = (uint32_t)b.len;
    add(&b, span_make(r->copy, length));
    buf_lit(&b, "\n})");
    ret->kind = esm ? JS_MODULE_ESM : JS_MODULE_COMMONJS;
    ret->is_ascii = utf8_is_ascii(buf_span(&b));
    ret->text = bytes_copy(buf_span(&b));
    ret->imports = bytes_copy(buf_span(&r->names));
    buf_free(&b);
}

enum err js_module_rewrite(struct span source, enum js_module_kind kind, struct js_rewritten *ret,
                           struct problem *p) {
    if (source.len > LIMIT_WORKER_SCRIPT_BYTES) return problem(p, ERR_TOO_LARGE, "the module is too large");
    if (span_starts(source, SPAN("\xef\xbb\xbf"))) source = span_from(source, 3);
    bool esm = kind == JS_MODULE_ESM;
    struct rewrite r = {.copy = mem_alloc(source.len + 1)};
    if (source.len) memcpy(r.copy, source.ptr, source.len);
    struct span text = source.len ? source : SPAN(" ");
    if (span_starts(text, SPAN("#!"))) memcpy(r.copy, "//", 2);
    scan_open(&r.scan, text);
    if (span_starts(text, SPAN("#!"))) r.scan.at += span_index(text, '\n');
    bool fine = scan_all(&r, esm);
    if (fine)
        compose(&r, esm, source.len, ret);
    else
        problem(p, ERR_INVALID, "line %u: %s", scan_line(&r.scan, r.error_at), r.error);
    scan_close(&r.scan);
    buf_free(&r.exports);
    buf_free(&r.imports);
    buf_free(&r.stars);
    buf_free(&r.names);
    mem_free(r.copy);
    return fine ? ERR_OK : ERR_INVALID;
}

void js_rewritten_free(struct js_rewritten *r) {
    bytes_unref(r->text);
    bytes_unref(r->imports);
    r->text = r->imports = NULL;
}
