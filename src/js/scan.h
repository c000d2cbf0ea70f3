/* A tokenizer for JavaScript text that is right about what is code and what is a string, template, comment or regular
 * expression, without a syntax tree. Private to the room (modules). Pure.
 *
 * The hard part is `/`. After a value it divides, else it opens a regular expression; what a `)` or `}` ends is known
 * from what stood before its partner (an `if (` is no value, an object literal is one), so brackets are kept on a
 * stack. Where a heuristic is left (a `}` of a function expression followed by a division) real code does not go. */
#ifndef JS_SCAN_H
#define JS_SCAN_H

#include "base/buf.h"
#include "base/err.h"

enum scan_kind {
    SCAN_END,
    SCAN_WORD,
    SCAN_NUMBER,
    SCAN_STRING,
    SCAN_TEMPLATE,
    SCAN_REGEXP,
    SCAN_PUNCT,
    SCAN_ERROR
};

struct scan {
    const char *start, *at, *end;
    /* the token last read */
    enum scan_kind kind;
    struct span token;
    bool after_newline;  /* a line break stood before it */
    bool previous_value; /* what stood before it could end an expression */
    bool previous_brace; /* ... was a `}` */
    bool after_dot;      /* ... was `.` or `?.`: a word is a property name */
    /* state for the next one */
    bool value, brace, dot;
    bool block_follows;  /* a `{` here opens a block */
    bool head_follows;   /* a `(` here belongs to if, while, for, with */
    bool clause_follows; /* ... to switch, catch, `for await` */
    bool body_follows;   /* a `{` here, on this line, begins the body of a function */
    size_t class_depth;  /* where the `{` of a class with `extends` is waited for, + 1; 0: nowhere */
    uint32_t
        bodies; /* of functions that are open: may be too few (a `{` on a line of its own), never too many */
    const char *error; /* why, when SCAN_ERROR */
    struct buf stack;  /* one byte a bracket that is open */
};

void scan_open(struct scan *s, struct span text);
void scan_close(struct scan *s);
enum scan_kind scan_next(struct scan *s);
static inline size_t scan_depth(const struct scan *s) { return s->stack.len; }
static inline bool scan_is(const struct scan *s, char c) {
    return s->kind == SCAN_PUNCT && s->token.len == 1 && *s->token.ptr == c;
}
#define scan_word(s, literal) ((s)->kind == SCAN_WORD && span_eq((s)->token, SPAN(literal)))
/* The line that `at` is in, from 1. */
uint32_t scan_line(const struct scan *s, const char *at);

#endif
