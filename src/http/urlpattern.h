/* URLPattern (https://urlpattern.spec.whatwg.org/): a pattern for each of the eight components of a URL.
 *
 * Everything but regular expressions that users write is done here: constructor strings, patterns, canonical forms, matching.
 * A component with such an expression (has_regexp) gives its whole source in the engine's language, and the caller asks the
 * engine. Patterns are immutable once compiled: any thread may match. Inputs are UTF-8 of scalar values.
 *
 * Matching takes time in proportion to pattern times input, whatever they are: a (state, position) is tried once. */
#ifndef HTTP_URLPATTERN_H
#define HTTP_URLPATTERN_H

#include "base/arena.h"
#include "base/err.h"
#include "http/url.h"

enum urlpattern_at {
    URLPATTERN_PROTOCOL,
    URLPATTERN_USERNAME,
    URLPATTERN_PASSWORD,
    URLPATTERN_HOSTNAME,
    URLPATTERN_PORT,
    URLPATTERN_PATHNAME,
    URLPATTERN_SEARCH,
    URLPATTERN_HASH,
    URLPATTERN_COMPONENTS,
    URLPATTERN_BASE = URLPATTERN_COMPONENTS,
    URLPATTERN_FIELDS
};

/* A URLPatternInit: what is absent has ptr NULL, what is empty has not. */
struct urlpattern_init {
    struct span field[URLPATTERN_FIELDS];
};

struct urlpattern;

/* What the engine says of a protocol that has a regular expression: whether it matches one of the special schemes. */
enum urlpattern_special { URLPATTERN_ASK, URLPATTERN_SPECIAL, URLPATTERN_NOT_SPECIAL };

struct urlpattern_failure {
    const char *why; /* ERR_INVALID: a sentence */
    struct span
        question; /* ERR_UNSUPPORTED: the protocol's regular expression, in `a`. Call again with the answer */
};

/* `string` (ptr not NULL) is a constructor string, whose base URL is in init->field[URLPATTERN_BASE]; else `init` is all. `a` is
 * scratch memory for failures. ERR_INVALID: TypeError. ERR_UNSUPPORTED: a question, see above. */
MUST_USE enum err urlpattern_new(struct span string, const struct urlpattern_init *init, bool ignore_case,
                                 enum urlpattern_special special, struct arena *a, struct urlpattern **ret,
                                 struct urlpattern_failure *ret_failure);
void urlpattern_free(struct urlpattern *p); /* NULL is fine */
size_t urlpattern_memory_bytes(const struct urlpattern *p);

/* The normal form of a component's pattern. */
struct span urlpattern_text(const struct urlpattern *p, enum urlpattern_at at);
bool urlpattern_has_regexp(const struct urlpattern *p, enum urlpattern_at at);
/* For the engine, flags "v" or "vi". */
struct span urlpattern_regexp(const struct urlpattern *p, enum urlpattern_at at);
bool urlpattern_ignores_case(const struct urlpattern *p, enum urlpattern_at at);
size_t urlpattern_group_count(const struct urlpattern *p, enum urlpattern_at at);
struct span urlpattern_group_name(const struct urlpattern *p, enum urlpattern_at at, size_t i);

/* What is matched: the canonical components. The spans are in `a`. */
struct urlpattern_input {
    struct span part[URLPATTERN_COMPONENTS];
};
/* ERR_INVALID: no URL, so nothing matches. */
MUST_USE enum err urlpattern_input_url(struct arena *a, struct span url, struct span base,
                                       struct urlpattern_input *ret);
MUST_USE enum err urlpattern_input_init(struct arena *a, const struct urlpattern_init *init,
                                        struct urlpattern_input *ret);

/* Does it match, and by which groups (as many as urlpattern_group_count(); ptr NULL: undefined; `groups` may be NULL)? Not for
 * a component with a regular expression. ERR_TOO_LARGE: pattern times input is beyond LIMIT_URLPATTERN_STEPS. */
MUST_USE enum err urlpattern_match(const struct urlpattern *p, enum urlpattern_at at, struct span input,
                                   struct span *groups, bool *ret_matches);

/* The component that `value(name)` makes: literal text and named groups only. ERR_INVALID where that cannot be. */
MUST_USE enum err urlpattern_generate(const struct urlpattern *p, enum urlpattern_at at, struct arena *a,
                                      struct span (*value)(void *data, struct span name), void *data,
                                      struct span *ret);
/* -1, 0, 1: which of two is the more specific (1: the left one is). */
int urlpattern_compare(const struct urlpattern *left, const struct urlpattern *right, enum urlpattern_at at);

#endif
