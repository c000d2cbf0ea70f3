/* CSS selectors, those that a stream of tags can decide: what an element is, and what is open around it.
 *
 *   *  E  .class  #id  [a]  [a=v] [a=v i] [a=v s]  [a~=v]  [a^=v]  [a$=v]  [a*=v]  [a|=v]  :not(list of compounds)
 *   :nth-child(an+b)  :first-child  :nth-of-type(an+b)  :first-of-type  E F  E > F  and lists of them
 *
 * Everything that looks ahead (:last-child, E + F, :has) or at the world (:hover) is refused, as are namespaces but *|E and
 * |E. Names of elements and attributes have no case; ids, classes and values have, but for values of the attributes that
 * the HTML standard lists ([type=TEXT]) and with the flag i. */
#ifndef HTML_SELECTOR_H
#define HTML_SELECTOR_H

#include "base/arena.h"
#include "base/err.h"
#include "html/names.h"

enum selector_kind {
    SELECTOR_ID,
    SELECTOR_CLASS,
    SELECTOR_HAS,       /* [name] */
    SELECTOR_EQUAL,     /* = */
    SELECTOR_INCLUDES,  /* ~= */
    SELECTOR_DASH,      /* |= */
    SELECTOR_PREFIX,    /* ^= */
    SELECTOR_SUFFIX,    /* $= */
    SELECTOR_SUBSTRING, /* *= */
    SELECTOR_NTH_CHILD,
    SELECTOR_NTH_OF_TYPE,
    SELECTOR_NOT,
    SELECTOR_NEVER,
};

struct selector_compound;
struct selector_test {
    enum selector_kind kind;
    enum { CASE_SENSITIVE, CASE_NONE, CASE_NONE_IN_HTML } letters;
    struct span name, value;         /* name in lower case */
    int32_t step, offset;            /* of an+b */
    struct selector_compound *inner; /* of :not(), a list by next_in_list */
    struct selector_test *next;
};

struct selector_compound {
    struct span name; /* in lower case; empty: any */
    html_id id;       /* the same once names are known, 0: any */
    struct selector_test *tests;
    char combinator;                        /* what stands between it and `next`: ' ' or '>' */
    struct selector_compound *next;         /* to the right in the same selector */
    struct selector_compound *next_in_list; /* of the first of each selector: the next in the list */
};

/* All of it lies in *a. ERR_INVALID or ERR_UNSUPPORTED with a sentence in *p. ERR_TOO_LARGE beyond LIMIT_HTML_SELECTOR_BYTES. */
MUST_USE enum err selector_parse(struct span text, struct arena *a, struct selector_compound **ret_list,
                                 struct problem *p);

#endif
