/* The inside of a rewriter: what rewriter.c (the flow) and edit.c (what handlers do) share. */
#ifndef HTML_REWRITER_INT_H
#define HTML_REWRITER_INT_H

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "html/matcher.h"
#include "html/rewriter.h"

/* Inserted content, in the document's bytes; or a stream that comes later. */
struct piece {
    struct piece *next;
    bool is_stream;
    uint32_t number;
    size_t len;
    char bytes[];
};

struct edit {
    struct piece *before, *before_last, *replacement, *after;
    bool removed;
};

/* What an element has in store for its end tag. */
struct work {
    struct edit edit;
    bool has_edit, removes_content, has_handler;
    uint32_t handler;
    struct span name; /* owned; ptr NULL: as it is */
};

/* An attribute of a tag that is changed; bytes of the document. */
struct attr {
    struct span name, value;
    struct span raw; /* as it was written; ptr NULL: changed */
};

struct handler {
    unsigned what;
    bool of_document;
    uint32_t text_users, comment_users; /* matching elements that are open */
};

enum phase { RUN, HANDLERS, ENDING, WRITE_BEFORE, WRITE_SELF, WRITE_AFTER, OVER };

struct html_rewriter {
    struct html_names names;
    struct html_tokenizer tokens;
    struct matcher matcher;
    struct charset charset;
    struct arena selectors, token_arena;
    struct handler *handlers;
    uint32_t handler_count;
    bool started, has_selectors;

    struct buf window, out;
    size_t kept;    /* bytes at the start of the window were fed before */
    size_t written; /* bytes of the window that are in `out` or dropped */
    size_t content_bytes, selector_bytes;
    uint32_t text_users, comment_users, hidden; /* hidden: open elements whose content is removed */
    struct problem problem;
    bool failed;

    /* The token at hand. */
    enum phase phase;
    enum html_event event; /* which handlers it is for */
    uint32_t *list, list_count, list_cap, list_at;
    bool wanted; /* what on_name() said of the start tag */
    bool visible, has_content, text_last, is_changed, self_closing;
    struct edit edit;
    struct work *work; /* of the element at hand; it hangs on its frame */
    struct work **ending;
    uint32_t ending_count, ending_cap, ending_at;
    bool ending_handler_done;
    struct span name;   /* of a tag, when it is changed */
    struct attr *attrs; /* ditto */
    size_t attr_count, attr_cap;
    struct span comment;
};

/* edit.c */
void piece_free(struct html_rewriter *rw, struct piece *p);
void edit_clear(struct html_rewriter *rw, struct edit *e);
void work_free(struct html_rewriter *rw, struct work *w);
void write_start_tag(struct html_rewriter *rw, struct buf *to);

static inline struct span raw_of(const struct html_rewriter *rw) {
    return span_make(rw->window.ptr + rw->tokens.start, rw->tokens.end - rw->tokens.start);
}

#endif
