/* What tree construction tells the tokenizer (HTML standard, 13.2.6), without a tree.
 *
 * Which tags switch the tokenizer to another way of reading text is nearly always clear from the tags alone: <script>
 * makes a script, unless it stands in SVG or MathML ("foreign content"), whose beginning, end and integration points tags
 * show as well. Scripting counts as enabled, so the content of <noscript> is text.
 *
 * Where it is not clear (<style> and the like in <select> or behind <frameset>, where a browser may ignore the tag), what a
 * rewriter took for text could be markup in a browser: a hole for whoever smuggles scripts past filters. Then the
 * answer is CONTEXT_AMBIGUOUS, and the owner must give up rather than guess. */
#ifndef HTML_CONTEXT_H
#define HTML_CONTEXT_H

#include "html/names.h"

enum html_ns { HTML_NS_HTML, HTML_NS_SVG, HTML_NS_MATHML };

struct html_context {
    enum html_ns tag_ns; /* of the start tag at hand */
    enum html_ns ns;     /* of what follows it */
    uint8_t *outer;      /* those around it */
    uint32_t depth, cap;
    enum { GUARD_NONE, GUARD_SELECT, GUARD_TEMPLATE, GUARD_FRAMESET } guard;
    uint32_t templates; /* open in a select */
};

enum context_answer { CONTEXT_GO_ON, CONTEXT_TEXT, CONTEXT_AMBIGUOUS };

struct html_attr;
struct html_tokenizer;

/* A start tag with these flags (enum html_tag_flags) is complete. CONTEXT_TEXT: what follows is text as the flags say. */
enum context_answer context_start(struct html_tokenizer *t, uint32_t flags);
void context_end(struct html_context *c, uint32_t flags);
/* Whether its attributes or its being self-closing matter here. */
static inline bool context_wants(const struct html_context *c, uint32_t flags) {
    return c->ns != HTML_NS_HTML && flags & (HTML_TAG_FONT | HTML_TAG_ANNOTATION);
}
void context_free(struct html_context *c);

#endif
