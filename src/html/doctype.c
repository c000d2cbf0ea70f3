#include "html/tokenizer.h"

/* The states of 13.2.5.53 and on, over a doctype that is complete: `at` walks over its bytes behind "<!doctype". */
struct walk {
    const unsigned char *b;
    size_t at, end;
};

static void spaces(struct walk *w) {
    while (w->at < w->end && html_space(w->b[w->at])) w->at++;
}

/* A quoted string, or nothing. False: it has no closing quote. */
static bool quoted(struct walk *w, bool *ret_has, struct html_range *ret) {
    if (w->at == w->end || (w->b[w->at] != '"' && w->b[w->at] != '\'')) return true;
    unsigned char quote = w->b[w->at++];
    *ret_has = true;
    ret->start = w->at;
    while (w->at < w->end && w->b[w->at] != quote) w->at++;
    ret->end = w->at;
    return w->at++ < w->end;
}

static bool keyword(struct walk *w, struct span word) {
    if (w->end - w->at < word.len || !span_eq_nocase(span_make(w->b + w->at, word.len), word)) return false;
    w->at += word.len;
    return true;
}

/* PUBLIC and SYSTEM. False: the document is in quirks mode by force. */
static bool identifiers(struct walk *w, struct html_doctype *d) {
    if (w->at == w->end) return true;
    if (keyword(w, SPAN("public"))) {
        spaces(w);
        if (!quoted(w, &d->has_public, &d->public_id) || !d->has_public) return false;
        spaces(w);
        if (w->at == w->end) return true;
        if (!quoted(w, &d->has_system, &d->system_id)) return false;
        return d->has_system; /* what follows it is ignored */
    }
    if (!keyword(w, SPAN("system"))) return false;
    spaces(w);
    return quoted(w, &d->has_system, &d->system_id) && d->has_system;
}

void html_doctype(struct span raw, struct html_doctype *ret) {
    struct html_doctype d = {0};
    bool closed = raw.len && raw.ptr[raw.len - 1] == '>';
    struct walk w = {(const unsigned char *)raw.ptr, 9, raw.len - closed};
    spaces(&w);
    if (w.at < w.end) {
        d.has_name = true;
        d.name.start = w.at;
        while (w.at < w.end && !html_space(w.b[w.at])) w.at++;
        d.name.end = w.at;
        spaces(&w);
    }
    bool fine = d.has_name && identifiers(&w, &d);
    if (fine && d.has_system) spaces(&w);
    /* Behind a system identifier anything goes, even the end of the document. */
    d.force_quirks = !fine || (!closed && !(d.has_system && w.at < w.end));
    *ret = d;
}
