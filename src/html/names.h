/* Names of tags as numbers, and what the tokenizer's surroundings must know of each.
 *
 * A name of up to seven bytes is its own number: the bytes in lower case, the length above them. Longer ones are kept once in a
 * table, and their number is the place there, so two names are equal exactly when their numbers are. The table also says
 * of every element that HTML treats in a special way which way that is (HTML_TAG_...), and of those that a selector
 * names that it does (HTML_TAG_SELECTED).
 *
 * One owner (a rewriter), one thread. What a page can make grow, longer names, counts in size_bytes; the owner bounds it. */
#ifndef HTML_NAMES_H
#define HTML_NAMES_H

#include "base/span.h"

typedef uint64_t html_id; /* 0: none */

enum html_tag_flags {
    HTML_TAG_VOID = 1 << 0,       /* has no content and no end tag */
    HTML_TAG_RCDATA = 1 << 1,     /* its content is text with character references */
    HTML_TAG_RAWTEXT = 1 << 2,    /* text without */
    HTML_TAG_SCRIPT = 1 << 3,     /* a script's text */
    HTML_TAG_PLAINTEXT = 1 << 4,  /* text up to the end of the document */
    HTML_TAG_SVG = 1 << 5,        /* <svg> */
    HTML_TAG_MATH = 1 << 6,       /* <math> */
    HTML_TAG_BREAKOUT = 1 << 7,   /* ends foreign content ("in foreign content", the list with b, big, ...) */
    HTML_TAG_SVG_POINT = 1 << 8,  /* HTML integration point of SVG */
    HTML_TAG_MATH_POINT = 1 << 9, /* text integration point of MathML */
    HTML_TAG_FONT = 1 << 10,      /* ends foreign content with color, face or size */
    HTML_TAG_ANNOTATION = 1 << 11, /* annotation-xml: integration point by its encoding */
    HTML_TAG_P_BR = 1 << 12,       /* as an end tag ends foreign content */
    HTML_TAG_GUARD = 1 << 13,      /* context.h looks at it: select, frameset, template, input, ... */
    HTML_TAG_SELECT = 1 << 14,     /* <select> */
    HTML_TAG_TEMPLATE = 1 << 15,   /* <template> */
    HTML_TAG_SELECTED = 1 << 16,   /* some selector names it */
};
#define HTML_TAG_TEXT (HTML_TAG_RCDATA | HTML_TAG_RAWTEXT | HTML_TAG_SCRIPT | HTML_TAG_PLAINTEXT)

struct html_name_slot {
    html_id id;
    uint32_t flags;
    uint32_t value; /* the owner's: of HTML_TAG_SELECTED */
};

struct html_names {
    struct html_name_slot *slots; /* open addressing, a power of two */
    uint32_t cap, count;
    char **longs; /* NUL-terminated; number n is longs[n] */
    uint32_t long_count, long_cap;
    uint32_t *buckets; /* hash -> index + 1 */
    uint32_t bucket_cap;
    size_t size_bytes; /* of the longer names that were added after html_names_init() */
};

void html_names_init(struct html_names *n);
void html_names_free(struct html_names *n);
/* Any case; never 0. A longer name that is new is added. */
html_id html_names_id(struct html_names *n, const char *name, size_t len);
/* What is known of it; NULL: nothing. */
static inline struct html_name_slot *html_names_find(const struct html_names *n, html_id id) {
    uint32_t mask = n->cap - 1, i = (uint32_t)(id * 0x9E3779B97F4A7C15ull >> 40) & mask;
    while (n->slots[i].id) {
        if (n->slots[i].id == id) return &n->slots[i];
        i = (i + 1) & mask;
    }
    return NULL;
}
/* The same, made if need be. Valid until the next one is made. */
struct html_name_slot *html_names_slot(struct html_names *n, html_id id);

#endif
