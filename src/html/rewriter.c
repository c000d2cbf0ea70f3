/* The flow: tokens in, events and bytes out. */
#include "html/rewriter_int.h"

enum { OUTPUT_MUCH = 128 * 1024 }; /* waiting output of which HTML_FULL tells */

static bool on_name(void *owner, html_id id, const struct html_name_slot *slot, bool is_end_tag);

/* The tokenizer asks where text may be cut; charset.h knows. */
static size_t cut(void *owner, struct span text) {
    return charset_cut(&((struct html_rewriter *)owner)->charset, text);
}

enum err html_rewriter_new(struct span charset, struct html_rewriter **ret) {
    struct charset c;
    enum err e = charset_init(&c, charset);
    if (e) return e;
    struct html_rewriter *rw = NEW(struct html_rewriter);
    rw->charset = c;
    html_names_init(&rw->names);
    tokenizer_init(&rw->tokens, &rw->names);
    matcher_init(&rw->matcher, &rw->names);
    rw->tokens.owner = rw;
    rw->tokens.on_name = on_name;
    rw->tokens.cut = cut;
    return *ret = rw, ERR_OK;
}

static void token_clear(struct html_rewriter *rw) {
    if (rw->edit.before || rw->edit.replacement || rw->edit.after || rw->edit.removed)
        edit_clear(rw, &rw->edit);
    if (rw->token_arena.used_bytes) arena_reset(&rw->token_arena);
    if (rw->attrs) mem_free(rw->attrs);
    rw->attrs = NULL;
    rw->name = rw->comment = SPAN_NONE;
    rw->is_changed = false;
    rw->work = NULL;
}

void html_rewriter_free(struct html_rewriter *rw) {
    if (!rw) return;
    token_clear(rw);
    for (uint32_t i = rw->ending_at; i < rw->ending_count; i++) work_free(rw, rw->ending[i]);
    for (uint32_t i = 0; i < rw->matcher.depth; i++) work_free(rw, rw->matcher.frames[i].work);
    mem_free(rw->ending);
    mem_free(rw->list);
    mem_free(rw->handlers);
    matcher_free(&rw->matcher);
    tokenizer_free(&rw->tokens);
    html_names_free(&rw->names);
    arena_free(&rw->selectors);
    arena_free(&rw->token_arena);
    buf_free(&rw->window);
    buf_free(&rw->out);
    mem_free(rw);
}

/* --- Handlers ---------------------------------------------------------------------------------------------------- */

static void add_handler(struct html_rewriter *rw, unsigned what, bool of_document) {
    check(!rw->started);
    rw->handlers = mem_resize(rw->handlers, (rw->handler_count + 1) * sizeof *rw->handlers);
    rw->handlers[rw->handler_count++] = (struct handler){.what = what, .of_document = of_document};
    if (!of_document) return;
    rw->text_users += (what & HTML_TEXTS) != 0;
    rw->comment_users += (what & HTML_COMMENTS) != 0;
    if (what & HTML_DOCTYPES) rw->tokens.want_doctypes = true;
}

/* Names and values in the document's bytes: what is compared with what stands there. */
static void encode_selector(struct html_rewriter *rw, struct selector_compound *c) {
    for (; c; c = c->next) {
        for (struct selector_test *t = c->tests; t; t = t->next) {
            struct buf value = BUF_INIT;
            if (t->value.len && !charset_encode(&rw->charset, t->value, false, &value))
                t->kind = SELECTOR_NEVER;
            else if (t->value.len)
                t->value = arena_copy(&rw->selectors, buf_span(&value));
            buf_free(&value);
            for (struct selector_compound *in = t->inner; in; in = in->next_in_list) encode_selector(rw, in);
        }
    }
}

enum err html_on(struct html_rewriter *rw, struct span selector, unsigned what, struct problem *p) {
    struct selector_compound *list;
    rw->selector_bytes += selector.len;
    if (rw->selector_bytes > LIMIT_HTML_SELECTORS_BYTES)
        return problem(p, ERR_TOO_LARGE, "the selectors of one HTMLRewriter are too many");
    enum err e = selector_parse(selector, &rw->selectors, &list, p);
    if (e) return e;
    if (!charset_is_utf8(&rw->charset)) {
        for (struct selector_compound *c = list; c; c = c->next_in_list) encode_selector(rw, c);
    }
    matcher_add(&rw->matcher, list, rw->handler_count);
    rw->has_selectors = true;
    add_handler(rw, what, false);
    return ERR_OK;
}

void html_on_document(struct html_rewriter *rw, unsigned what) { add_handler(rw, what, true); }

static void update_wants(struct html_rewriter *rw) {
    rw->tokens.want_text = rw->text_users > 0;
    rw->tokens.want_comments = rw->comment_users > 0;
}

static void list_add(struct html_rewriter *rw, uint32_t number) {
    if (rw->list_count == rw->list_cap) {
        rw->list_cap = rw->list_cap ? rw->list_cap * 2 : 16;
        rw->list = mem_resize(rw->list, rw->list_cap * sizeof *rw->list);
    }
    rw->list[rw->list_count++] = number;
}

/* Text and comments: handlers of elements first, then those of the document. */
static void list_active(struct html_rewriter *rw, unsigned what) {
    for (int of_document = 0; of_document < 2; of_document++) {
        for (uint32_t i = 0; i < rw->handler_count; i++) {
            const struct handler *h = &rw->handlers[i];
            uint32_t users = what == HTML_TEXTS ? h->text_users : h->comment_users;
            if (h->what & what && h->of_document == of_document && (of_document || users)) list_add(rw, i);
        }
    }
}
static void list_of_document(struct html_rewriter *rw, unsigned what) {
    for (uint32_t i = 0; i < rw->handler_count; i++) {
        if (rw->handlers[i].of_document && rw->handlers[i].what & what) list_add(rw, i);
    }
}
/* Those of the end run the other way round. */
static void list_ends(struct html_rewriter *rw) {
    for (uint32_t i = rw->handler_count; i-- > 0;) {
        if (rw->handlers[i].of_document && rw->handlers[i].what & HTML_ENDS) list_add(rw, i);
    }
}

/* Handlers of text and comments of an element that opens (+1) or closes (-1). */
static void users(struct html_rewriter *rw, const struct matcher_frame *f, int by) {
    for (uint32_t i = 0; i < f->many; i++) {
        struct handler *h = &rw->handlers[rw->matcher.matched_list[f->matched + i]];
        if (h->what & HTML_TEXTS) h->text_users += (uint32_t)by, rw->text_users += (uint32_t)by;
        if (h->what & HTML_COMMENTS) h->comment_users += (uint32_t)by, rw->comment_users += (uint32_t)by;
    }
    if (f->many) update_wants(rw);
}

/* --- The window and the output ----------------------------------------------------------------------------------- */

static void copy_to(struct html_rewriter *rw, size_t to) {
    if (to <= rw->written) return;
    /* The owner takes the buffer away each time: then at once as large as it will probably become. */
    if (!rw->out.cap && !rw->hidden) buf_reserve(&rw->out, rw->window.len - rw->written + 256);
    if (!rw->hidden) buf_add(&rw->out, span_make(rw->window.ptr + rw->written, to - rw->written));
    rw->written = to;
}

/* The window shrinks to what the tokenizer still needs; that has not been written, or it would be gone. */
static size_t shrink(struct html_rewriter *rw) {
    size_t keep = tokenizer_keep(&rw->tokens);
    copy_to(rw, tokenizer_passed(&rw->tokens));
    buf_drop(&rw->window, keep);
    rw->written -= keep;
    return keep;
}

static void start(struct html_rewriter *rw) {
    if (rw->started) return;
    rw->started = true;
    matcher_ready(&rw->matcher);
    rw->tokens.report_skipped = rw->has_selectors;
    update_wants(rw);
}

void html_feed_buf(struct html_rewriter *rw, struct buf *bytes) {
    start(rw);
    size_t dropped = shrink(rw);
    if (!rw->window.len) {
        struct buf empty = rw->window;
        rw->window = *bytes;
        *bytes = empty;
        bytes->len = 0;
    } else {
        buf_add(&rw->window, buf_span(bytes));
        bytes->len = 0;
    }
    tokenizer_window(&rw->tokens, buf_span(&rw->window), dropped);
}

void html_feed(struct html_rewriter *rw, struct span bytes) {
    start(rw);
    size_t dropped = shrink(rw);
    buf_add(&rw->window, bytes);
    tokenizer_window(&rw->tokens, buf_span(&rw->window), dropped);
}

void html_finish(struct html_rewriter *rw) {
    start(rw);
    tokenizer_end(&rw->tokens);
}

struct buf *html_output(struct html_rewriter *rw) {
    return &rw->out;
}
const struct problem *html_problem(const struct html_rewriter *rw) { return &rw->problem; }
struct charset *html_charset(struct html_rewriter *rw) {
    return &rw->charset;
}

static enum html_event fail(struct html_rewriter *rw, enum err e, const char *text) {
    rw->failed = true;
    (void)problem(&rw->problem, e, "%s", text);
    return HTML_FAILED;
}

/* --- Tags -------------------------------------------------------------------------------------------------------- */

static void close_top(struct html_rewriter *rw) {
    struct matcher_frame *f = matcher_top(&rw->matcher);
    struct work *w = f->work;
    users(rw, f, -1);
    if (w) {
        if (rw->ending_count == rw->ending_cap) {
            rw->ending_cap = rw->ending_cap ? rw->ending_cap * 2 : 8;
            rw->ending = mem_resize(rw->ending, rw->ending_cap * sizeof(struct work *));
        }
        rw->ending[rw->ending_count++] = w;
    }
    matcher_pop(&rw->matcher);
}

/* True: the end tag is needed whole, because something that it closes has plans for it. */
static bool end_name(struct html_rewriter *rw, html_id id) {
    int64_t at = matcher_find(&rw->matcher, id);
    if (at < 0) return false;
    for (int64_t i = at; i < rw->matcher.depth; i++) {
        if (rw->matcher.frames[i].work) return true;
    }
    while (rw->matcher.depth > (uint64_t)at) close_top(rw);
    return false;
}

static bool on_name(void *owner, html_id id, const struct html_name_slot *slot, bool is_end_tag) {
    struct html_rewriter *rw = owner;
    rw->wanted = false;
    if (!rw->has_selectors) return false;
    if (is_end_tag) return rw->wanted = end_name(rw, id);
    return rw->wanted = matcher_name(&rw->matcher, id, slot);
}

static bool can_have_content(const struct html_rewriter *rw) {
    const struct html_tokenizer *t = &rw->tokens;
    if (t->context.tag_ns == HTML_NS_HTML) return !(t->slot && t->slot->flags & HTML_TAG_VOID);
    return !t->self_closing;
}

static void begin(struct html_rewriter *rw, enum html_event event) {
    token_clear(rw);
    rw->event = event;
    rw->phase = HANDLERS;
    rw->list_count = rw->list_at = 0;
    rw->visible = !rw->hidden;
}

/* What LIMIT_HTML_MEMORY_BYTES is for: the piece of a token that waits for its rest, open elements, names. */
static size_t kept_bytes(const struct html_rewriter *rw) {
    const struct html_tokenizer *t = &rw->tokens;
    return rw->window.len - tokenizer_keep(t) + t->attr_count * sizeof *t->attrs + t->context.cap +
           matcher_bytes(&rw->matcher);
}

static enum html_event push_checked(struct html_rewriter *rw, bool matched) {
    users(rw, matcher_push(&rw->matcher, rw->tokens.id, matched), 1);
    if (matcher_bytes(&rw->matcher) + rw->tokens.context.cap > LIMIT_HTML_MEMORY_BYTES)
        return fail(rw, ERR_TOO_LARGE, "The memory limit has been exceeded.");
    return HTML_GO_ON;
}

static enum html_event start_tag(struct html_rewriter *rw) {
    bool content = can_have_content(rw);
    if (!rw->has_selectors) return HTML_GO_ON;
    if (!rw->wanted) return content ? push_checked(rw, false) : HTML_GO_ON;
    matcher_start(&rw->matcher, &rw->tokens);
    if (content && push_checked(rw, true) == HTML_FAILED) return HTML_FAILED;
    if (!rw->matcher.hit_count) return HTML_GO_ON;
    begin(rw, HTML_ON_ELEMENT);
    rw->has_content = content;
    rw->self_closing = rw->tokens.self_closing;
    rw->edit.removed = rw->hidden > 0;
    for (uint32_t i = 0; i < rw->matcher.hit_count; i++) {
        if (rw->handlers[rw->matcher.hits[i]].what & HTML_ELEMENTS) list_add(rw, rw->matcher.hits[i]);
    }
    if (!rw->list_count) rw->phase = RUN;
    return HTML_GO_ON;
}

static void end_tag(struct html_rewriter *rw) {
    if (!rw->wanted) return;
    int64_t at = matcher_find(&rw->matcher, rw->tokens.id);
    copy_to(rw, rw->tokens.start);
    rw->ending_count = rw->ending_at = 0;
    while (at >= 0 && rw->matcher.depth > (uint64_t)at) close_top(rw);
    for (uint32_t i = 0; i < rw->ending_count; i++) {
        if (rw->ending[i]->removes_content) {
            rw->ending[i]->removes_content = false;
            rw->hidden--;
        }
    }
    begin(rw, HTML_ON_END_TAG);
    rw->phase = ENDING;
    rw->ending_handler_done = true;
}

/* The innermost element that ends here first: each puts its plans in place of those before it, then its handler runs. */
static enum html_event ending(struct html_rewriter *rw, uint32_t *ret_number) {
    while (rw->ending_at < rw->ending_count) {
        struct work *w = rw->ending[rw->ending_at];
        rw->ending[rw->ending_at++] = NULL;
        if (w->name.ptr) {
            rw->name = arena_copy(&rw->token_arena, w->name);
            rw->is_changed = true;
        }
        if (w->has_edit) {
            edit_clear(rw, &rw->edit);
            rw->edit = w->edit;
            w->edit = (struct edit){0};
        }
        bool has_handler = w->has_handler;
        *ret_number = w->handler;
        work_free(rw, w);
        if (has_handler) return HTML_ON_END_TAG;
    }
    rw->phase = WRITE_BEFORE;
    return HTML_GO_ON;
}

/* --- Writing the token at hand ----------------------------------------------------------------------------------- */

/* Pieces up to the first stream, whose turn it is then. */
static bool write_pieces(struct html_rewriter *rw, struct piece **list, uint32_t *ret_number) {
    while (*list) {
        struct piece *p = *list;
        bool is_stream = p->is_stream;
        *ret_number = p->number;
        *list = p->next;
        if (!is_stream && rw->visible) buf_add(&rw->out, span_make(p->bytes, p->len));
        piece_free(rw, p);
        if (is_stream && rw->visible) return true;
    }
    return false;
}

static void write_self(struct html_rewriter *rw) {
    rw->written = rw->tokens.end;
    if (!rw->visible || rw->edit.removed) return;
    if (rw->event == HTML_ON_ELEMENT && rw->is_changed) {
        write_start_tag(rw, &rw->out);
    } else if (rw->event == HTML_ON_END_TAG && rw->is_changed) {
        buf_lit(&rw->out, "</");
        buf_add(&rw->out, html_name(rw));
        buf_add_char(&rw->out, '>');
    } else if (rw->event == HTML_ON_COMMENT && rw->comment.ptr) {
        buf_lit(&rw->out, "<!--");
        buf_add(&rw->out, rw->comment);
        buf_lit(&rw->out, "-->");
    } else {
        buf_add(&rw->out, raw_of(rw));
    }
}

static bool untouched(const struct html_rewriter *rw) {
    const struct edit *e = &rw->edit;
    return !rw->is_changed && !e->removed && !e->before && !e->after && !rw->comment.ptr;
}

static enum html_event write_token(struct html_rewriter *rw, uint32_t *ret_number) {
    if (rw->phase == WRITE_BEFORE) {
        if (untouched(rw)) {
            rw->phase = WRITE_AFTER;
        } else {
            if (rw->event != HTML_ON_END_TAG) copy_to(rw, rw->tokens.start);
            if (write_pieces(rw, &rw->edit.before, ret_number)) return HTML_STREAM;
            rw->phase = WRITE_SELF;
        }
    }
    if (rw->phase == WRITE_SELF) {
        if (write_pieces(rw, &rw->edit.replacement, ret_number)) return HTML_STREAM;
        write_self(rw);
        rw->phase = WRITE_AFTER;
    }
    if (write_pieces(rw, &rw->edit.after, ret_number)) return HTML_STREAM;
    if (rw->event == HTML_ON_ELEMENT && rw->work && rw->work->removes_content) {
        copy_to(rw, rw->tokens.end);
        rw->hidden++;
    }
    rw->phase = rw->event == HTML_ON_END ? OVER : RUN;
    token_clear(rw);
    return HTML_GO_ON;
}

/* --- The loop ---------------------------------------------------------------------------------------------------- */

static void document_end(struct html_rewriter *rw) {
    copy_to(rw, rw->window.len);
    begin(rw, HTML_ON_END);
    rw->visible = true;
    rw->written = rw->tokens.start = rw->tokens.end = rw->window.len;
    list_ends(rw);
}

static void text(struct html_rewriter *rw, bool last) {
    begin(rw, HTML_ON_TEXT);
    rw->text_last = last;
    list_active(rw, HTML_TEXTS);
}

static enum html_event token(struct html_rewriter *rw) {
    switch (html_token(&rw->tokens)) {
    case HTML_NEED:
        if (kept_bytes(rw) > LIMIT_HTML_MEMORY_BYTES)
            return fail(rw, ERR_TOO_LARGE, "The memory limit has been exceeded.");
        copy_to(rw, tokenizer_passed(&rw->tokens));
        return HTML_MORE;
    case HTML_TEXT: text(rw, false); return HTML_GO_ON;
    case HTML_TEXT_END: text(rw, true); return HTML_GO_ON;
    case HTML_SKIPPED:
    case HTML_START_TAG: return start_tag(rw);
    case HTML_END_TAG: end_tag(rw); return HTML_GO_ON;
    case HTML_COMMENT:
        begin(rw, HTML_ON_COMMENT);
        list_active(rw, HTML_COMMENTS);
        return HTML_GO_ON;
    case HTML_DOCTYPE:
        begin(rw, HTML_ON_DOCTYPE);
        list_of_document(rw, HTML_DOCTYPES);
        return HTML_GO_ON;
    case HTML_AMBIGUOUS:
        return fail(rw, ERR_UNSUPPORTED,
                    "A tag whose content would be text (like <style>) stands where a browser may ignore it "
                    "(in <select>, behind "
                    "<frameset>), so what follows it cannot be told to be text or markup.");
    case HTML_END: document_end(rw); return HTML_GO_ON;
    }
    return HTML_GO_ON;
}

enum html_event html_next(struct html_rewriter *rw, uint32_t *ret_number) {
    enum html_event event;
    while (!rw->failed) {
        switch (rw->phase) {
        case RUN:
            if (rw->out.len >= OUTPUT_MUCH) return HTML_FULL;
            event = token(rw);
            if (event != HTML_GO_ON) return event;
            break;
        case HANDLERS:
            if (rw->list_at < rw->list_count) return *ret_number = rw->list[rw->list_at++], rw->event;
            rw->phase = WRITE_BEFORE;
            break;
        case ENDING:
            event = ending(rw, ret_number);
            if (event != HTML_GO_ON) return event;
            break;
        case OVER: return rw->out.len ? HTML_FULL : HTML_DONE;
        default:
            event = write_token(rw, ret_number);
            if (event != HTML_GO_ON) return event;
        }
    }
    return HTML_FAILED;
}
