/* A component's pattern as parts, and parts as the normal pattern and as a regular expression. */
#include "http/urlpattern_int.h"

struct parser {
    struct arena *a;
    struct component *c;
    struct tokens tokens;
    size_t at;
    struct buf pending; /* literal text that is not in a part yet */
    unsigned next_number;
    bool failed;
};

static struct token *try_token(struct parser *p, enum token_type type) {
    struct token *t = &p->tokens.list[p->at];
    if (t->type != type) return NULL;
    p->at++;
    return t;
}

static struct token *try_modifier(struct parser *p) {
    struct token *t = try_token(p, TOKEN_OTHER_MODIFIER);
    return t ? t : try_token(p, TOKEN_ASTERISK);
}

static struct token *try_matcher(struct parser *p, const struct token *name) {
    struct token *t = try_token(p, TOKEN_REGEXP);
    return t || name ? t : try_token(p, TOKEN_ASTERISK);
}

/* Letters up to something else, unescaped. */
static struct span consume_text(struct parser *p) {
    struct buf b = BUF_INIT;
    for (struct token *t;;) {
        t = try_token(p, TOKEN_CHAR);
        if (!t) t = try_token(p, TOKEN_ESCAPED_CHAR);
        if (!t) break;
        buf_add(&b, t->value);
    }
    struct span s = arena_copy(p->a, buf_span(&b));
    buf_free(&b);
    return s;
}

static struct span canonical(struct parser *p, struct span s) {
    struct span made = SPAN("");
    if (!p->c->canon(p->a, s, &made)) p->failed = true;
    return made;
}

static struct part *new_part(struct parser *p, enum part_type type, enum part_modifier modifier) {
    struct part *part = &p->c->parts[p->c->part_count++];
    *part = (struct part){type, modifier, SPAN(""), SPAN(""), SPAN(""), SPAN("")};
    return part;
}

static void flush_pending(struct parser *p) {
    if (!p->pending.len) return;
    struct span text = arena_copy(p->a, buf_span(&p->pending));
    p->pending.len = 0;
    new_part(p, PART_FIXED, ONCE)->value = canonical(p, text);
}

/* "[^\/]+?", in which the delimiter is escaped as regular expressions want it. */
static struct span segment_regexp(const struct component *c) {
    return c->options.delimiter == '/'   ? SPAN("[^\\/]+?")
           : c->options.delimiter == '.' ? SPAN("[^\\.]+?")
                                         : SPAN("[^]+?");
}

static struct span name_of(struct parser *p, const struct token *name) {
    struct span s = name ? name->value : arena_printf(p->a, "%u", p->next_number++);
    for (size_t i = 0; i < p->c->name_count; i++)
        if (span_eq(p->c->names[i], s)) p->failed = true;
    p->c->names[p->c->name_count++] = s;
    return s;
}

static enum part_modifier modifier_of(const struct token *t) {
    if (!t) return ONCE;
    return t->value.ptr[0] == '?' ? OPTIONAL : t->value.ptr[0] == '*' ? ANY_NUMBER : ONE_OR_MORE;
}

static void add_part(struct parser *p, struct span prefix, const struct token *name,
                     const struct token *matcher, struct span suffix, const struct token *modifier_token) {
    enum part_modifier modifier = modifier_of(modifier_token);
    if (!name && !matcher && modifier == ONCE) {
        buf_add(&p->pending, prefix);
        return;
    }
    flush_pending(p);
    if (!name && !matcher) {
        if (!prefix.len) return;
        struct span value = canonical(p, prefix);
        new_part(p, PART_FIXED, modifier)->value = value;
        return;
    }
    struct span expression = !matcher                          ? segment_regexp(p->c)
                             : matcher->type == TOKEN_ASTERISK ? SPAN(".*")
                                                               : matcher->value;
    struct part *part = new_part(p, PART_REGEXP, modifier);
    if (span_eq(expression, segment_regexp(p->c)))
        part->type = PART_SEGMENT_WILDCARD;
    else if (span_eq(expression, SPAN(".*")))
        part->type = PART_FULL_WILDCARD;
    else
        part->value = expression;
    part->name = name_of(p, name);
    part->prefix = canonical(p, prefix);
    part->suffix = canonical(p, suffix);
    p->c->has_regexp |= part->type == PART_REGEXP;
}

/* ":name", "(regexp)", "*", with the letter in front of it that may be its prefix. */
static bool parse_matcher(struct parser *p, struct token **ret_char) {
    struct token *letter = *ret_char = try_token(p, TOKEN_CHAR);
    struct token *name = try_token(p, TOKEN_NAME), *matcher = try_matcher(p, name);
    if (!name && !matcher) return false;
    struct span prefix = letter ? letter->value : SPAN("");
    if (prefix.len && !(prefix.len == 1 && prefix.ptr[0] == p->c->options.prefix)) {
        buf_add(&p->pending, prefix);
        prefix = SPAN("");
    }
    flush_pending(p);
    add_part(p, prefix, name, matcher, SPAN(""), try_modifier(p));
    return true;
}

/* After '{'. */
static void parse_group(struct parser *p) {
    struct span prefix = consume_text(p);
    struct token *name = try_token(p, TOKEN_NAME), *matcher = try_matcher(p, name);
    struct span suffix = consume_text(p);
    if (!try_token(p, TOKEN_CLOSE))
        p->failed = true;
    else
        add_part(p, prefix, name, matcher, suffix, try_modifier(p));
}

static void parse_parts(struct parser *p) {
    while (p->at < p->tokens.count && !p->failed) {
        struct token *letter;
        if (parse_matcher(p, &letter)) continue;
        if (!letter) letter = try_token(p, TOKEN_ESCAPED_CHAR);
        if (letter) {
            buf_add(&p->pending, letter->value);
        } else if (try_token(p, TOKEN_OPEN)) {
            parse_group(p);
        } else {
            flush_pending(p);
            if (!try_token(p, TOKEN_END)) p->failed = true;
        }
    }
}

/* --- Out ------------------------------------------------------------------------------------------------------------- */

static void add_escaped(struct buf *b, struct span s, const char *special) {
    for (size_t i = 0; i < s.len; i++) {
        if (strchr(special, s.ptr[i]) && s.ptr[i]) buf_add_char(b, '\\');
        buf_add_char(b, s.ptr[i]);
    }
}
static void add_regexp_escaped(struct buf *b, struct span s) { add_escaped(b, s, ".+*?^${}()[]|/\\"); }
static void add_pattern_escaped(struct buf *b, struct span s) { add_escaped(b, s, "+*?:{}()\\"); }

struct span urlpattern_escape(struct arena *a, struct span s) {
    struct buf b = BUF_INIT;
    add_pattern_escaped(&b, s);
    struct span made = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return made;
}

static struct span modifier_text(enum part_modifier m) {
    return m == OPTIONAL ? SPAN("?") : m == ANY_NUMBER ? SPAN("*") : m == ONE_OR_MORE ? SPAN("+") : SPAN("");
}

static void add_part_regexp(struct buf *b, const struct component *c, const struct part *part) {
    if (part->type == PART_FIXED) {
        if (part->modifier != ONCE) buf_lit(b, "(?:");
        add_regexp_escaped(b, part->value);
        if (part->modifier != ONCE) buf_add_char(b, ')');
        buf_add(b, modifier_text(part->modifier));
        return;
    }
    struct span value = part->type == PART_SEGMENT_WILDCARD ? segment_regexp(c)
                        : part->type == PART_FULL_WILDCARD  ? SPAN(".*")
                                                            : part->value;
    bool repeats = part->modifier == ANY_NUMBER || part->modifier == ONE_OR_MORE;
    bool bare = !part->prefix.len && !part->suffix.len;
    if (!bare) buf_lit(b, "(?:");
    add_regexp_escaped(b, part->prefix);
    buf_add(b, repeats ? SPAN("((?:") : SPAN("("));
    buf_add(b, value);
    buf_add_char(b, ')');
    if (repeats && bare) {
        buf_add(b, modifier_text(part->modifier));
        buf_add_char(b, ')');
        return;
    }
    if (repeats) {
        buf_lit(b, "(?:");
        add_regexp_escaped(b, part->suffix);
        add_regexp_escaped(b, part->prefix);
        buf_lit(b, "(?:");
        buf_add(b, value);
        buf_lit(b, "))*)");
    }
    add_regexp_escaped(b, part->suffix);
    if (!bare) buf_add_char(b, ')');
    buf_add(b, !repeats                       ? modifier_text(part->modifier)
               : part->modifier == ANY_NUMBER ? SPAN("?")
                                              : SPAN(""));
}

static struct span regexp_of(struct arena *a, const struct component *c) {
    struct buf b = BUF_INIT;
    buf_add_char(&b, '^');
    for (size_t i = 0; i < c->part_count; i++) add_part_regexp(&b, c, &c->parts[i]);
    buf_add_char(&b, '$');
    struct span made = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return made;
}

static bool is_custom_name(const struct part *part) {
    return part->name.len && !ascii_is_digit(part->name.ptr[0]);
}

static bool begins_as_name(struct span s) {
    size_t len;
    return s.len && urlpattern_is_name_char(s, false, &len);
}

/* Does it need braces, so that it is read as the same part again? */
static bool needs_grouping(const struct component *c, size_t i) {
    const struct part *part = &c->parts[i], *before = i ? part - 1 : NULL,
                      *after = i + 1 < c->part_count ? part + 1 : NULL;
    char prefix = c->options.prefix;
    bool own_prefix = part->prefix.len == 1 && prefix && part->prefix.ptr[0] == prefix;
    if (part->suffix.len || (part->prefix.len && !own_prefix)) return true;
    if (is_custom_name(part) && part->type == PART_SEGMENT_WILDCARD && part->modifier == ONCE && after &&
        !after->prefix.len && !after->suffix.len) {
        bool joins = after->type == PART_FIXED ? begins_as_name(after->value) : !is_custom_name(after);
        if (joins) return true;
    }
    return !part->prefix.len && before && before->type == PART_FIXED && prefix && before->value.len &&
           before->value.ptr[before->value.len - 1] == prefix;
}

static void add_part_pattern(struct buf *b, const struct component *c, size_t i) {
    const struct part *part = &c->parts[i], *before = i ? part - 1 : NULL;
    if (part->type == PART_FIXED) {
        if (part->modifier != ONCE) buf_add_char(b, '{');
        add_pattern_escaped(b, part->value);
        if (part->modifier != ONCE) buf_add_char(b, '}');
        buf_add(b, modifier_text(part->modifier));
        return;
    }
    bool custom = is_custom_name(part), grouping = needs_grouping(c, i);
    if (grouping) buf_add_char(b, '{');
    add_pattern_escaped(b, part->prefix);
    if (custom) {
        buf_add_char(b, ':');
        buf_add(b, part->name);
    }
    if (part->type == PART_FULL_WILDCARD) {
        bool star = !custom && (!before || before->type == PART_FIXED || before->modifier != ONCE ||
                                grouping || part->prefix.len);
        buf_add(b, star ? SPAN("*") : SPAN("(.*)"));
    } else if (part->type == PART_REGEXP || !custom) {
        buf_add_char(b, '(');
        buf_add(b, part->type == PART_REGEXP ? part->value : segment_regexp(c));
        buf_add_char(b, ')');
    }
    if (part->type == PART_SEGMENT_WILDCARD && custom && begins_as_name(part->suffix)) buf_add_char(b, '\\');
    add_pattern_escaped(b, part->suffix);
    if (grouping) buf_add_char(b, '}');
    buf_add(b, modifier_text(part->modifier));
}

static struct span text_of(struct arena *a, const struct component *c) {
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < c->part_count; i++) add_part_pattern(&b, c, i);
    struct span made = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return made;
}

enum err urlpattern_compile(struct arena *a, struct span text, canon_fn *canon,
                            struct pattern_options options, struct component *ret) {
    *ret = (struct component){.options = options, .canon = canon};
    struct parser p = {.a = a, .c = ret, .pending = BUF_INIT};
    /* Tokens, and so names and expressions, are slices of it. */
    enum err e = urlpattern_tokenize(a, arena_copy(a, text), false, &p.tokens);
    if (e) return e;
    ret->parts = arena_alloc(a, (p.tokens.count + 1) * sizeof *ret->parts);
    ret->names = arena_alloc(a, (p.tokens.count + 1) * sizeof *ret->names);
    parse_parts(&p);
    buf_free(&p.pending);
    if (p.failed) return ERR_INVALID;
    ret->text = text_of(a, ret);
    if (ret->has_regexp)
        ret->regexp = regexp_of(a, ret);
    else
        urlpattern_program(a, ret);
    return ERR_OK;
}
