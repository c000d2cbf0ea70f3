/* The inside of urlpattern.h: what src/http/urlpattern*.c hand to each other. */
#ifndef HTTP_URLPATTERN_INT_H
#define HTTP_URLPATTERN_INT_H

#include "base/buf.h"
#include "base/limits.h"
#include "http/url_parts.h"
#include "http/urlpattern.h"

/* --- urlpattern_token.c: the tokenizer (section 2.1.2) --- */
enum token_type {
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_REGEXP,
    TOKEN_NAME,
    TOKEN_CHAR,
    TOKEN_ESCAPED_CHAR,
    TOKEN_OTHER_MODIFIER,
    TOKEN_ASTERISK,
    TOKEN_END,
    TOKEN_INVALID_CHAR
};
struct token {
    enum token_type type;
    size_t index; /* of its first byte */
    struct span value;
};
struct tokens {
    struct token *list; /* the last is TOKEN_END */
    size_t count;
};
/* Lenient: mistakes become TOKEN_INVALID_CHAR. Strict: ERR_INVALID. */
enum err urlpattern_tokenize(struct arena *a, struct span input, bool lenient, struct tokens *ret);
bool urlpattern_is_name_char(struct span s, bool first, size_t *ret_len); /* at its start; s is not empty */

/* --- urlpattern_parse.c: parts (section 2.1) --- */
enum part_type {
    PART_FULL_WILDCARD,
    PART_SEGMENT_WILDCARD,
    PART_REGEXP,
    PART_FIXED
}; /* rising specificity */
enum part_modifier { ANY_NUMBER, OPTIONAL, ONE_OR_MORE, ONCE };
struct part {
    enum part_type type;
    enum part_modifier modifier;
    struct span value, name, prefix, suffix;
};

/* How a component's text becomes normal; false: it cannot. */
typedef bool canon_fn(struct arena *a, struct span value, struct span *ret);

struct pattern_options {
    char delimiter, prefix; /* 0: none */
    bool ignore_case;
};

struct op;
struct component {
    struct span text, regexp; /* regexp only when has_regexp */
    struct part *parts;
    size_t part_count;
    struct span *names;
    size_t name_count;
    struct pattern_options options;
    canon_fn *canon;
    bool has_regexp;
    struct op *program; /* urlpattern_match.c */
    size_t op_count;
};
enum err urlpattern_compile(struct arena *a, struct span text, canon_fn *canon,
                            struct pattern_options options, struct component *ret);
/* "Escape a pattern string". */
struct span urlpattern_escape(struct arena *a, struct span s);

/* --- urlpattern_match.c --- */
void urlpattern_program(struct arena *a, struct component *c);
enum err urlpattern_run(const struct component *c, struct span input, struct span *groups, bool *ret_matches);
/* Does the protocol match any of the special schemes? Not for one with a regular expression. */
bool urlpattern_is_special(const struct component *protocol);

/* --- urlpattern_canon.c: section 3, and URLPatternInit (section 2.3) --- */
extern canon_fn urlpattern_canon_protocol, urlpattern_canon_username, urlpattern_canon_password,
    urlpattern_canon_hostname, urlpattern_canon_ipv6, urlpattern_canon_port, urlpattern_canon_pathname,
    urlpattern_canon_opaque, urlpattern_canon_search, urlpattern_canon_hash;
/* Absent fields of *ret stay as they are. */
enum err urlpattern_process(struct arena *a, const struct urlpattern_init *init, bool is_pattern,
                            struct urlpattern_init *ret, const char **ret_why);
bool urlpattern_special_name(struct span scheme);

/* --- urlpattern_string.c: constructor strings (section 2.2) --- */
/* ERR_UNSUPPORTED: see urlpattern_new(). */
enum err urlpattern_parse_string(struct arena *a, struct span input, enum urlpattern_special special,
                                 struct urlpattern_init *ret, struct span *ret_question);

/* A span that is there though it be empty. */
static inline struct span urlpattern_there(struct span s) { return s.ptr ? s : SPAN(""); }

#endif
