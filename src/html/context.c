#include "html/context.h"
#include "base/mem.h"
#include "html/tokenizer.h"

static void enter(struct html_context *c, enum html_ns ns) {
    if (c->depth == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 16;
        c->outer = mem_resize(c->outer, c->cap);
    }
    c->outer[c->depth++] = (uint8_t)c->ns;
    c->ns = ns;
}

static void leave(struct html_context *c) {
    if (c->depth) c->ns = c->outer[--c->depth];
}

/* A tag of HTML in foreign content: all of that ends, up to HTML or an integration point. */
static void break_out(struct html_context *c) {
    while (c->ns != HTML_NS_HTML) leave(c);
}

static bool any_attr(struct html_tokenizer *t, const char *const names[]) {
    for (uint32_t i = 0; i < t->attr_count; i++) {
        for (const char *const *name = names; *name; name++) {
            if (span_eq_nocase(html_bytes(t, t->attrs[i].name), span_of(*name))) return true;
        }
    }
    return false;
}

static bool is_html_annotation(struct html_tokenizer *t) {
    for (uint32_t i = 0; i < t->attr_count; i++) {
        if (!span_eq_nocase(html_bytes(t, t->attrs[i].name), SPAN("encoding"))) continue;
        struct span value = html_bytes(t, t->attrs[i].value);
        return span_eq_nocase(value, SPAN("text/html")) ||
               span_eq_nocase(value, SPAN("application/xhtml+xml"));
    }
    return false;
}

static void start_in_foreign(struct html_tokenizer *t, uint32_t flags) {
    static const char *const font[] = {"color", "face", "size", NULL};
    struct html_context *c = &t->context;
    if (flags & HTML_TAG_BREAKOUT || (flags & HTML_TAG_FONT && any_attr(t, font))) break_out(c);
    c->tag_ns = c->ns;
    if (t->self_closing || c->ns == HTML_NS_HTML) return;
    if (c->ns == HTML_NS_SVG ? flags & HTML_TAG_SVG_POINT : flags & HTML_TAG_MATH_POINT)
        enter(c, HTML_NS_HTML);
    else if (c->ns == HTML_NS_MATHML && flags & HTML_TAG_ANNOTATION && is_html_annotation(t))
        enter(c, HTML_NS_HTML);
}

/* The insertion modes "in select" and "in frameset" ignore tags that elsewhere begin text; which mode it is cannot be known
 * for sure. <script> is fine in a select, <noframes> behind a frameset. */
static bool ambiguous(struct html_tokenizer *t, uint32_t flags) {
    struct html_context *c = &t->context;
    struct span name = html_bytes(t, t->name);
    bool is_select = span_eq_nocase(name, SPAN("select")),
         is_template = span_eq_nocase(name, SPAN("template"));
    switch (c->guard) {
    case GUARD_NONE:
        if (is_select) c->guard = GUARD_SELECT;
        if (span_eq_nocase(name, SPAN("frameset"))) c->guard = GUARD_FRAMESET;
        return false;
    case GUARD_SELECT:
        if (is_select || span_eq_nocase(name, SPAN("textarea")) || span_eq_nocase(name, SPAN("input")) ||
            span_eq_nocase(name, SPAN("keygen"))) {
            c->guard = GUARD_NONE;
        } else if (is_template) {
            c->guard = GUARD_TEMPLATE;
            c->templates = 1;
        } else {
            return flags & HTML_TAG_TEXT && !(flags & HTML_TAG_SCRIPT);
        }
        return false;
    case GUARD_TEMPLATE:
        if (is_template) c->templates++;
        return flags & HTML_TAG_TEXT;
    case GUARD_FRAMESET: return flags & HTML_TAG_TEXT && !span_eq_nocase(name, SPAN("noframes"));
    }
    return false;
}

enum context_answer context_start(struct html_tokenizer *t, uint32_t flags) {
    struct html_context *c = &t->context;
    if (flags & HTML_TAG_GUARD && ambiguous(t, flags)) return CONTEXT_AMBIGUOUS;
    if (flags & (HTML_TAG_SVG | HTML_TAG_MATH)) {
        c->tag_ns = flags & HTML_TAG_SVG ? HTML_NS_SVG : HTML_NS_MATHML;
        /* <svg/> is over at once. */
        if (!t->self_closing) enter(c, c->tag_ns);
    } else if (c->ns != HTML_NS_HTML) {
        start_in_foreign(t, flags);
    } else {
        c->tag_ns = HTML_NS_HTML;
        if (flags & HTML_TAG_TEXT) return CONTEXT_TEXT;
    }
    return CONTEXT_GO_ON;
}

static void guard_end(struct html_context *c, bool is_select, bool is_template) {
    if (c->guard == GUARD_SELECT && is_select) c->guard = GUARD_NONE;
    if (c->guard == GUARD_TEMPLATE && is_template && --c->templates == 0) c->guard = GUARD_SELECT;
}

void context_end(struct html_context *c, uint32_t flags) {
    if (flags & HTML_TAG_GUARD) guard_end(c, flags & HTML_TAG_SELECT, flags & HTML_TAG_TEMPLATE);
    if (!c->depth) return;
    enum html_ns around = c->outer[c->depth - 1];
    switch (c->ns) {
    case HTML_NS_HTML: /* in an integration point: its own end tag */
        if ((around == HTML_NS_SVG && flags & HTML_TAG_SVG_POINT) ||
            (around == HTML_NS_MATHML && flags & (HTML_TAG_MATH_POINT | HTML_TAG_ANNOTATION)))
            leave(c);
        break;
    case HTML_NS_SVG:
        if (flags & HTML_TAG_SVG) leave(c);
        if (flags & HTML_TAG_P_BR) break_out(c);
        break;
    case HTML_NS_MATHML:
        if (flags & HTML_TAG_MATH) leave(c);
        if (flags & HTML_TAG_P_BR) break_out(c);
        break;
    }
}

void context_free(struct html_context *c) {
    mem_free(c->outer);
    *c = (struct html_context){0};
}
