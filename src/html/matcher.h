/* Which selectors match, tag by tag: the stack of open elements, and selectors as an automaton over it.
 *
 * A selector of several compounds (E F > G) is a chain of positions. Where E has matched, F may match anything inside; so
 * an open element carries two sets of positions, those that its children may match and those that all its descendants
 * may, the latter inherited. Without combinators there are no sets, and a stack entry is 32 bytes. An end tag closes the nearest
 * open element of its name and whatever is open inside that; one without such an element is ignored.
 *
 * Two steps a tag. matcher_name() is told the name and says whether more of the tag is needed; matcher_start() is told of the
 * whole start tag. A tag that it said no to goes to matcher_push() alone.
 *
 * One owner, one thread. Selectors first, then the document. */
#ifndef HTML_MATCHER_H
#define HTML_MATCHER_H

#include "html/selector.h"
#include "html/tokenizer.h"

struct matcher_position {
    struct selector_compound *compound;
    uint32_t handler; /* whose selector ends here */
    bool is_last;
};

struct matcher_frame {
    html_id id;
    uint32_t children;      /* start tags seen in it */
    uint32_t typed;         /* entries of `types` below it */
    uint32_t matched, many; /* handlers that match it: from `matched_list[matched]` on */
    bool has_jumps;
    void *work; /* the owner's */
};

struct matcher_type {
    html_id id;
    uint32_t depth, count, next; /* next: index + 1 in its bucket's chain */
};

struct matcher {
    struct html_names *names;
    struct matcher_position *positions;
    uint32_t position_count, position_cap;
    uint32_t *roots, root_count, root_cap; /* positions that begin a selector and name no element */
    uint32_t **named; /* by the value of a HTML_TAG_SELECTED slot - 1: count, then positions */
    uint32_t named_count;
    bool has_jumps, counts_types, counts_children;
    uint32_t words; /* of a set of positions */

    struct matcher_frame *frames;
    uint32_t depth, frame_cap;
    uint64_t *sets; /* of each frame: those of its descendants, those of its children */
    uint32_t *matched_list, matched_count, matched_cap;
    struct matcher_type *types;
    uint32_t type_count, type_cap, *buckets, bucket_cap;
    uint32_t root_children;

    uint64_t *next_sets; /* of the element at hand */
    bool next_jumps;
    uint32_t *hits, hit_count, hit_cap; /* its handlers */
    uint8_t open_names[256];            /* how many open elements have such a name, up to 255 */
};

void matcher_init(struct matcher *m, struct html_names *names);
void matcher_free(struct matcher *m);
/* `list` must live as long; its names become numbers. */
void matcher_add(struct matcher *m, struct selector_compound *list, uint32_t handler);
/* All selectors are there. */
void matcher_ready(struct matcher *m);

/* A start tag's name: counts it as a child. True: the whole tag is needed. */
bool matcher_name(struct matcher *m, html_id id, const struct html_name_slot *slot);
/* The tag that `t` has found: fills `hits` with the handlers that match, each once, in order. */
void matcher_start(struct matcher *m, const struct html_tokenizer *t);
/* It has content: now it is the innermost open element. `matched`: matcher_start() was called for it. */
struct matcher_frame *matcher_push(struct matcher *m, html_id id, bool matched);
/* The index of the element that an end tag closes; -1: none. */
int64_t matcher_find(const struct matcher *m, html_id id);
/* The innermost one is closed. */
void matcher_pop(struct matcher *m);
/* What it keeps, for LIMIT_HTML_MEMORY_BYTES. */
size_t matcher_bytes(const struct matcher *m);

static inline struct matcher_frame *matcher_top(struct matcher *m) {
    return m->depth ? &m->frames[m->depth - 1] : NULL;
}

#endif
