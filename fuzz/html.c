/* A document cut in pieces, a selector and edits, all out of the input. Whatever comes: the same bytes whole and in pieces give
 * the same output, and without handlers the output is the input. */
#include "base/check.h"
#include "html/rewriter.h"

struct plan {
    struct span selector, html;
    uint8_t edits, piece;
    bool edit;
};

static void edit(struct html_rewriter *rw, const struct plan *p, enum html_event event) {
    struct span content = SPAN("<b>\xC3\xA9&"), value;
    uint8_t e = p->edits;
    struct problem problem;
    bool last;
    if (event == HTML_ON_TEXT) {
        (void)html_text(rw, &last);
        return; /* how text is cut shows in edits of it */
    }
    if (event == HTML_ON_ELEMENT) {
        if (e & 1) (void)!html_attr_set(rw, SPAN("Href"), SPAN("a\"b"), &problem);
        if (e & 2) html_attr_remove(rw, SPAN("class"));
        if (e & 4) (void)!html_name_set(rw, SPAN("zz"), &problem);
        if (e & 8) html_remove(rw);
        if (e & 16) (void)!html_insert(rw, HTML_INNER, content, false);
        (void)html_attr(rw, SPAN("id"), &value);
        (void)html_on_end_tag(rw, 7);
    }
    if (e & 32) (void)!html_insert(rw, (enum html_place)(e >> 6), content, true);
    if (e & 64) html_insert_stream(rw, HTML_AFTER, 3);
    if (event == HTML_ON_COMMENT && e & 1) (void)!html_comment_set(rw, SPAN("c"), &problem);
    if (event == HTML_ON_END_TAG && e & 2) html_remove(rw);
}

static bool run(struct html_rewriter *rw, const struct plan *p, struct buf *out) {
    for (;;) {
        uint32_t number;
        enum html_event event = html_next(rw, &number);
        if (event == HTML_FULL || event == HTML_MORE || event == HTML_DONE || event == HTML_FAILED) {
            buf_add(out, buf_span(html_output(rw)));
            html_output(rw)->len = 0;
            if (event != HTML_FULL) return event != HTML_FAILED;
        } else if (event == HTML_STREAM) {
            html_write(rw, SPAN("<stream>"), number & 1);
        } else if (p->edit) {
            edit(rw, p, event);
        }
    }
}

static bool rewrite(const struct plan *p, size_t piece, struct buf *out) {
    struct html_rewriter *rw;
    struct problem problem;
    check(html_rewriter_new(p->edits & 128 ? SPAN("shift_jis") : SPAN("utf-8"), &rw) == ERR_OK);
    (void)!html_on(rw, p->selector, HTML_ELEMENTS | HTML_TEXTS | HTML_COMMENTS, &problem);
    html_on_document(rw, p->edits & 1 ? HTML_ENDS : HTML_DOCTYPES | HTML_TEXTS);
    bool fine = true;
    for (struct span left = p->html; left.len && fine; left = span_from(left, piece)) {
        html_feed(rw, span_first(left, piece));
        fine = run(rw, p, out);
    }
    if (fine) {
        html_finish(rw);
        fine = run(rw, p, out);
    }
    html_rewriter_free(rw);
    return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3 || size > 64 * 1024) return 0;
    struct plan p = {.edits = data[0], .piece = data[1], .edit = true};
    struct span rest = span_make(data + 2, size - 2);
    p.selector = span_cut(&rest, '\n');
    p.html = rest;
    struct buf whole = BUF_INIT, cut = BUF_INIT, same = BUF_INIT;
    bool fine = rewrite(&p, p.html.len + 1, &whole), also = rewrite(&p, (size_t)p.piece % 32 + 1, &cut);
    check(fine == also);
    check(!fine || span_eq(buf_span(&whole), buf_span(&cut)));
    p.edit = false;
    if (rewrite(&p, (size_t)p.piece % 32 + 1, &same)) check(span_eq(buf_span(&same), p.html));
    buf_free(&whole), buf_free(&cut), buf_free(&same);
    return 0;
}
