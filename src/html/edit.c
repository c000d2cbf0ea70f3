/* What handlers do to the thing at hand. */
#include "html/rewriter_int.h"

/* --- Content ----------------------------------------------------------------------------------------------------- */

void piece_free(struct html_rewriter *rw, struct piece *p) {
    if (!p) return;
    rw->content_bytes -= sizeof *p + p->len;
    mem_free(p);
}

static void pieces_clear(struct html_rewriter *rw, struct piece **list) {
    while (*list) {
        struct piece *p = *list;
        *list = p->next;
        piece_free(rw, p);
    }
}

void edit_clear(struct html_rewriter *rw, struct edit *e) {
    pieces_clear(rw, &e->before);
    pieces_clear(rw, &e->replacement);
    pieces_clear(rw, &e->after);
    *e = (struct edit){0};
}

void work_free(struct html_rewriter *rw, struct work *w) {
    if (!w) return;
    edit_clear(rw, &w->edit);
    mem_free((void *)(uintptr_t)w->name.ptr);
    mem_free(w);
}

static struct work *work_of(struct html_rewriter *rw) {
    if (!rw->work) matcher_top(&rw->matcher)->work = rw->work = NEW(struct work);
    return rw->work;
}
static struct edit *end_edit(struct html_rewriter *rw) {
    struct work *w = work_of(rw);
    w->has_edit = true;
    return &w->edit;
}

static void push_back(struct edit *e, struct piece *p) {
    if (e->before)
        e->before_last->next = p;
    else
        e->before = p;
    e->before_last = p;
}
static void push_front(struct edit *e, struct piece *p) {
    p->next = e->after;
    e->after = p;
}

static void clear_before(struct html_rewriter *rw, struct edit *e) {
    pieces_clear(rw, &e->before);
    e->before_last = NULL;
}

/* An element's content, what was put into it included. */
static void remove_content(struct html_rewriter *rw) {
    pieces_clear(rw, &rw->edit.after);
    if (rw->work && rw->work->has_edit) clear_before(rw, &rw->work->edit);
    work_of(rw)->removes_content = true;
}

static void replace(struct html_rewriter *rw, struct piece *p) {
    rw->edit.removed = true;
    pieces_clear(rw, &rw->edit.replacement);
    rw->edit.replacement = p;
    if (rw->event != HTML_ON_ELEMENT || !rw->has_content) return;
    remove_content(rw);
    end_edit(rw)->removed = true;
}

/* Inside of an element: <svg/> has to be opened for it. */
static void inside(struct html_rewriter *rw) { rw->self_closing = false; }

static void place_piece(struct html_rewriter *rw, enum html_place place, struct piece *p) {
    bool is_element = rw->event == HTML_ON_ELEMENT, inner = is_element && rw->has_content;
    if (place >= HTML_PREPEND && place != HTML_REPLACE && !inner) {
        piece_free(rw, p);
        return;
    }
    switch (place) {
    case HTML_BEFORE: push_back(&rw->edit, p); break;
    case HTML_AFTER: push_front(inner ? end_edit(rw) : &rw->edit, p); break;
    case HTML_PREPEND: inside(rw), push_front(&rw->edit, p); break;
    case HTML_APPEND: inside(rw), push_back(end_edit(rw), p); break;
    case HTML_REPLACE: replace(rw, p); break;
    case HTML_INNER: inside(rw), remove_content(rw), push_front(&rw->edit, p); break;
    }
}

static void escape_text(struct span s, struct buf *to) {
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c != '<' && c != '>' && c != '&') continue;
        buf_add(to, span_make(s.ptr + from, i - from));
        buf_add(to, c == '<' ? SPAN("&lt;") : c == '>' ? SPAN("&gt;") : SPAN("&amp;"));
        from = i + 1;
    }
    buf_add(to, span_from(s, from));
}

static void put_content(struct html_rewriter *rw, struct span utf8, bool is_html, struct buf *to) {
    if (is_html) {
        (void)charset_encode(&rw->charset, utf8, true, to);
    } else if (charset_is_utf8(&rw->charset)) {
        escape_text(utf8, to);
    } else {
        struct buf escaped = BUF_INIT;
        escape_text(utf8, &escaped);
        (void)charset_encode(&rw->charset, buf_span(&escaped), true, to);
        buf_free(&escaped);
    }
}

enum err html_insert(struct html_rewriter *rw, enum html_place place, struct span utf8, bool is_html) {
    struct buf bytes = BUF_INIT;
    if (utf8.len > LIMIT_HTML_CONTENT_BYTES) return ERR_TOO_LARGE;
    put_content(rw, utf8, is_html, &bytes);
    size_t size = sizeof(struct piece) + bytes.len;
    if (rw->content_bytes + size > LIMIT_HTML_CONTENT_BYTES) return buf_free(&bytes), ERR_TOO_LARGE;
    struct piece *p = mem_alloc(size);
    p->len = bytes.len;
    if (bytes.len) memcpy(p->bytes, bytes.ptr, bytes.len);
    buf_free(&bytes);
    rw->content_bytes += size;
    place_piece(rw, place, p);
    return ERR_OK;
}

void html_insert_stream(struct html_rewriter *rw, enum html_place place, uint32_t number) {
    struct piece *p = NEW(struct piece);
    p->is_stream = true;
    p->number = number;
    rw->content_bytes += sizeof *p;
    place_piece(rw, place, p);
}

void html_write(struct html_rewriter *rw, struct span utf8, bool is_html) {
    if (rw->visible) put_content(rw, utf8, is_html, &rw->out);
}

void html_remove(struct html_rewriter *rw) {
    rw->edit.removed = true;
    if (rw->event != HTML_ON_ELEMENT || !rw->has_content) return;
    remove_content(rw);
    end_edit(rw)->removed = true;
}

void html_remove_keep(struct html_rewriter *rw) {
    rw->edit.removed = true;
    if (rw->event == HTML_ON_ELEMENT && rw->has_content) end_edit(rw)->removed = true;
}

bool html_removed(const struct html_rewriter *rw) { return rw->edit.removed; }

/* --- Names ------------------------------------------------------------------------------------------------------- */

struct span html_name(const struct html_rewriter *rw) {
    return rw->name.ptr ? rw->name : html_bytes(&rw->tokens, rw->tokens.name);
}

/* In the document's bytes, in the token's memory. False: there are none for it. */
static bool encode(struct html_rewriter *rw, struct span utf8, bool references, struct span *ret) {
    struct buf bytes = BUF_INIT;
    bool fine = charset_encode(&rw->charset, utf8, references, &bytes);
    if (fine) *ret = arena_copy(&rw->token_arena, buf_span(&bytes));
    buf_free(&bytes);
    return fine;
}

static int forbidden(struct span s, const char *more) {
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (html_space(c) || c == '/' || c == '>' || (*more && c == (unsigned char)*more)) return c;
    }
    return -1;
}

enum err html_name_set(struct html_rewriter *rw, struct span utf8, struct problem *p) {
    if (rw->event == HTML_ON_ELEMENT) {
        if (!utf8.len) return problem(p, ERR_INVALID, "The tag name can't be empty.");
        char first = ascii_lower(utf8.ptr[0]);
        if (first < 'a' || first > 'z')
            return problem(p, ERR_INVALID, "The tag name must begin with an ASCII letter.");
        int c = forbidden(utf8, "");
        if (c >= 0) return problem(p, ERR_INVALID, "`%c` character is forbidden in the tag name", c);
    }
    struct span name;
    if (!encode(rw, utf8, false, &name))
        return problem(p, ERR_INVALID,
                       "The tag name has a character that the document's encoding does not have.");
    rw->name = name;
    rw->is_changed = true;
    if (rw->event == HTML_ON_ELEMENT && rw->has_content) {
        struct work *w = work_of(rw);
        mem_free((void *)(uintptr_t)w->name.ptr);
        w->name = span_make(mem_cstr(name), name.len);
    }
    return ERR_OK;
}

const char *html_namespace(const struct html_rewriter *rw) {
    switch (rw->tokens.context.tag_ns) {
    case HTML_NS_SVG: return "http://www.w3.org/2000/svg";
    case HTML_NS_MATHML: return "http://www.w3.org/1998/Math/MathML";
    default: return "http://www.w3.org/1999/xhtml";
    }
}
bool html_has_content(const struct html_rewriter *rw) { return rw->has_content; }

bool html_on_end_tag(struct html_rewriter *rw, uint32_t number) {
    if (!rw->has_content) return false;
    work_of(rw)->has_handler = true;
    rw->work->handler = number;
    return true;
}

/* --- Attributes -------------------------------------------------------------------------------------------------- */

size_t html_attr_count(struct html_rewriter *rw) {
    return rw->attrs ? rw->attr_count : rw->tokens.attr_count;
}

void html_attr_at(struct html_rewriter *rw, size_t index, struct span *ret_name, struct span *ret_value) {
    check(index < html_attr_count(rw));
    if (rw->attrs) {
        *ret_name = rw->attrs[index].name;
        *ret_value = rw->attrs[index].value;
    } else {
        *ret_name = html_bytes(&rw->tokens, rw->tokens.attrs[index].name);
        *ret_value = html_bytes(&rw->tokens, rw->tokens.attrs[index].value);
    }
}

/* The first of that name; -1: none. */
static int64_t find(struct html_rewriter *rw, struct span name) {
    for (size_t i = 0; i < html_attr_count(rw); i++) {
        struct span found, value;
        html_attr_at(rw, i, &found, &value);
        if (span_eq_nocase(found, name)) return (int64_t)i;
    }
    return -1;
}

bool html_attr(struct html_rewriter *rw, struct span utf8_name, struct span *ret_value) {
    struct span name = utf8_name, found;
    if (!charset_is_utf8(&rw->charset) && !encode(rw, utf8_name, false, &name)) return false;
    int64_t at = find(rw, name);
    if (at < 0) return false;
    html_attr_at(rw, (size_t)at, &found, ret_value);
    return true;
}

/* From now on the tag is made of `attrs`. */
static void own_attrs(struct html_rewriter *rw) {
    struct html_tokenizer *t = &rw->tokens;
    rw->is_changed = true;
    if (rw->attrs) return;
    rw->attr_cap = t->attr_count + 4;
    rw->attrs = mem_array(rw->attr_cap, sizeof *rw->attrs);
    rw->attr_count = t->attr_count;
    for (uint32_t i = 0; i < t->attr_count; i++) {
        struct html_attr *a = &t->attrs[i];
        rw->attrs[i] = (struct attr){html_bytes(t, a->name), html_bytes(t, a->value),
                                     html_bytes(t, (struct html_range){a->name.start, a->raw_end})};
    }
}

enum err html_attr_set(struct html_rewriter *rw, struct span utf8_name, struct span utf8_value,
                       struct problem *p) {
    struct span name, value;
    if (!utf8_name.len) return problem(p, ERR_INVALID, "The attribute name can't be empty.");
    int c = forbidden(utf8_name, "=");
    if (c >= 0) return problem(p, ERR_INVALID, "`%c` character is forbidden in the attribute name", c);
    if (rw->token_arena.used_bytes + utf8_name.len + utf8_value.len > LIMIT_HTML_CONTENT_BYTES)
        return problem(p, ERR_TOO_LARGE, "The attributes are too large.");
    if (!encode(rw, utf8_name, false, &name))
        return problem(p, ERR_INVALID,
                       "The attribute name has a character that the document's encoding does not have.");
    char *lower = (char *)(uintptr_t)name.ptr;
    for (size_t i = 0; i < name.len; i++) lower[i] = ascii_lower(lower[i]);
    (void)encode(rw, utf8_value, true, &value);
    int64_t at = find(rw, name);
    own_attrs(rw);
    if (at >= 0) {
        rw->attrs[at].value = value;
        rw->attrs[at].raw = SPAN_NONE;
        return ERR_OK;
    }
    if (rw->attr_count == rw->attr_cap)
        rw->attrs = mem_resize(rw->attrs, (rw->attr_cap *= 2) * sizeof *rw->attrs);
    rw->attrs[rw->attr_count++] = (struct attr){name, value, SPAN_NONE};
    return ERR_OK;
}

void html_attr_remove(struct html_rewriter *rw, struct span utf8_name) {
    struct span name = utf8_name;
    if (!charset_is_utf8(&rw->charset) && !encode(rw, utf8_name, false, &name)) return;
    if (find(rw, name) < 0) return;
    own_attrs(rw);
    size_t kept = 0;
    for (size_t i = 0; i < rw->attr_count; i++) {
        if (!span_eq_nocase(rw->attrs[i].name, name)) rw->attrs[kept++] = rw->attrs[i];
    }
    rw->attr_count = kept;
}

static void write_attr(struct span name, struct span value, struct buf *to) {
    buf_add(to, name);
    buf_lit(to, "=\"");
    for (struct span quoted = value; quoted.ptr;) {
        buf_add(to, span_cut(&quoted, '"'));
        if (quoted.ptr) buf_lit(to, "&quot;");
    }
    buf_lit(to, "\"");
}

/* A tag that was changed. A blank before "/>": else it would be part of a value without quotes. */
void write_start_tag(struct html_rewriter *rw, struct buf *to) {
    buf_add_char(to, '<');
    buf_add(to, html_name(rw));
    size_t count = html_attr_count(rw);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(to, ' ');
        if (!rw->attrs) {
            const struct html_attr *a = &rw->tokens.attrs[i];
            buf_add(to, html_bytes(&rw->tokens, (struct html_range){a->name.start, a->raw_end}));
        } else if (rw->attrs[i].raw.ptr) {
            buf_add(to, rw->attrs[i].raw);
        } else {
            write_attr(rw->attrs[i].name, rw->attrs[i].value, to);
        }
    }
    if (count && rw->self_closing) buf_add_char(to, ' ');
    buf_add(to, rw->self_closing ? SPAN("/>") : SPAN(">"));
}

/* --- The other things -------------------------------------------------------------------------------------------- */

struct span html_text(const struct html_rewriter *rw, bool *ret_last) {
    *ret_last = rw->text_last;
    return raw_of(rw);
}

struct span html_comment(const struct html_rewriter *rw) {
    return rw->comment.ptr ? rw->comment : html_bytes(&rw->tokens, rw->tokens.text);
}

enum err html_comment_set(struct html_rewriter *rw, struct span utf8, struct problem *p) {
    if (span_find(utf8, SPAN("-->")) < utf8.len || span_find(utf8, SPAN("--!>")) < utf8.len ||
        span_starts(utf8, SPAN(">")) || span_starts(utf8, SPAN("->")))
        return problem(p, ERR_INVALID, "Comment text shouldn't contain a comment-closing sequence.");
    if (utf8.len > LIMIT_HTML_CONTENT_BYTES) return problem(p, ERR_TOO_LARGE, "The comment is too large.");
    struct span text;
    if (!encode(rw, utf8, false, &text))
        return problem(p, ERR_INVALID,
                       "The comment has a character that the document's encoding does not have.");
    rw->comment = text;
    return ERR_OK;
}

struct span html_doctype_raw(const struct html_rewriter *rw) {
    return raw_of(rw);
}
