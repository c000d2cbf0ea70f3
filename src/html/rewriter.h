/* A rewriter: HTML in, in pieces of any size; the same bytes out, but for what handlers change.
 *
 * Nothing is called back. The owner feeds bytes and asks html_next() what there is to do, which may be to run a handler:
 * "handler 3, for an element". The element stays at hand until html_next() is called again, however long that
 * takes, so a handler may wait for whatever it likes. In between the html_ functions below read and change it.
 *
 *     html_feed(rw, bytes);
 *     for (;;) switch (html_next(rw, &n)) {
 *         case HTML_ON_ELEMENT: html_attr_set(rw, ...); continue;   // as handler n wants
 *         case HTML_FULL: send(html_output(rw)), html_output(rw)->len = 0; continue;
 *         case HTML_MORE: ...                                       // feed more, or html_finish()
 *
 * What no handler wants to see is copied in long runs. A token that has to be looked at as a whole is kept until it is
 * whole; it and the stack of open elements may take LIMIT_HTML_MEMORY_BYTES, beyond which the rewriter fails (HTML_FAILED, and
 * html_problem()), as it does where HTML cannot be read without a tree (context.h).
 *
 * Edits follow the order that HTMLRewriter documents: before() and append() add behind what was added before, after() and
 * prepend() in front of it. An element that is closed by the end tag of another one has that for its end: the edits of
 * the outermost count.
 *
 * Text is UTF-8 on this side; html/charset.h makes it the document's. One owner, one thread. */
#ifndef HTML_REWRITER_H
#define HTML_REWRITER_H

#include "base/buf.h"
#include "base/err.h"
#include "html/charset.h"
#include "html/tokenizer.h"

struct html_rewriter;

enum html_what { HTML_ELEMENTS = 1, HTML_COMMENTS = 2, HTML_TEXTS = 4, HTML_DOCTYPES = 8, HTML_ENDS = 16 };

enum html_event {
    HTML_MORE,
    HTML_FULL,   /* much output waits: take it first */
    HTML_STREAM, /* content stream `number` has its place here: html_write() it, then go on */
    HTML_ON_ELEMENT,
    HTML_ON_TEXT,
    HTML_ON_COMMENT,
    HTML_ON_DOCTYPE,
    HTML_ON_END_TAG, /* `number` is what html_on_end_tag() was given */
    HTML_ON_END,
    HTML_DONE,
    HTML_FAILED,
    HTML_GO_ON, /* for its own use */
};

/* ERR_NOT_FOUND, ERR_UNSUPPORTED: charset_init(). */
MUST_USE enum err html_rewriter_new(struct span charset, struct html_rewriter **ret);
void html_rewriter_free(struct html_rewriter *rw); /* NULL is fine */

/* Handlers are numbered from 0 in the order in which they are added, those of the document among them. `what`: HTML_ELEMENTS, ...
 * ERR_INVALID, ERR_UNSUPPORTED, ERR_TOO_LARGE: selector_parse(). Before the first html_feed(). */
MUST_USE enum err html_on(struct html_rewriter *rw, struct span selector, unsigned what, struct problem *p);
void html_on_document(struct html_rewriter *rw, unsigned what);

/* After HTML_MORE only; the bytes are copied. */
void html_feed(struct html_rewriter *rw, struct span bytes);
/* The same without a copy where possible: takes what *bytes holds and leaves it empty. */
void html_feed_buf(struct html_rewriter *rw, struct buf *bytes);
void html_finish(struct html_rewriter *rw);
enum html_event html_next(struct html_rewriter *rw, uint32_t *ret_number);
/* The owner empties or takes it. */
struct buf *html_output(struct html_rewriter *rw);
const struct problem *html_problem(const struct html_rewriter *rw);
struct charset *html_charset(struct html_rewriter *rw);

/* --- What is at hand --- */

enum html_place { HTML_BEFORE, HTML_AFTER, HTML_PREPEND, HTML_APPEND, HTML_REPLACE, HTML_INNER };

/* ERR_TOO_LARGE: LIMIT_HTML_CONTENT_BYTES. A place that the thing does not have (inside of <br>) is ignored. */
MUST_USE enum err html_insert(struct html_rewriter *rw, enum html_place place, struct span utf8,
                              bool is_html);
/* Content that comes later, when its place has been reached: HTML_STREAM with `number`. */
void html_insert_stream(struct html_rewriter *rw, enum html_place place, uint32_t number);
/* During HTML_STREAM. */
void html_write(struct html_rewriter *rw, struct span utf8, bool is_html);
void html_remove(struct html_rewriter *rw);
void html_remove_keep(struct html_rewriter *rw); /* an element's tags, not its content */
bool html_removed(const struct html_rewriter *rw);

/* Bytes of the document as they are written; valid until the next change of the thing. */
struct span html_name(const struct html_rewriter *rw); /* of an element or an end tag, in any case */
/* ERR_INVALID with a sentence in *p. */
MUST_USE enum err html_name_set(struct html_rewriter *rw, struct span utf8, struct problem *p);
const char *html_namespace(const struct html_rewriter *rw);
bool html_has_content(const struct html_rewriter *rw); /* may have an end tag */
size_t html_attr_count(struct html_rewriter *rw);
void html_attr_at(struct html_rewriter *rw, size_t index, struct span *ret_name, struct span *ret_value);
bool html_attr(struct html_rewriter *rw, struct span utf8_name, struct span *ret_value);
MUST_USE enum err html_attr_set(struct html_rewriter *rw, struct span utf8_name, struct span utf8_value,
                                struct problem *p);
void html_attr_remove(struct html_rewriter *rw, struct span utf8_name);
/* Called at its end tag, if one comes; a later call replaces an earlier one. False: it has none. `number` below 2^31. */
bool html_on_end_tag(struct html_rewriter *rw, uint32_t number);

struct span html_text(const struct html_rewriter *rw,
                      bool *ret_last); /* last: the text node has ended, and it is empty */
struct span html_comment(const struct html_rewriter *rw);
MUST_USE enum err html_comment_set(struct html_rewriter *rw, struct span utf8, struct problem *p);
struct span html_doctype_raw(const struct html_rewriter *rw);

#endif
