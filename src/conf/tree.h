/* Inside the room: what the parsers share. A parse works in place on its own copy of the text: strings are
 * decoded where they stand (decoding never makes them longer) and end with a NUL over their closing quote. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include "conf/conf.h"

struct conf_parse {
    struct arena *arena;
    const char *file_name;
    char *at, *end;   /* *end is NUL */
    char *line_start; /* of the line that `at` is in */
    uint32_t line;
    unsigned depth;
    bool lenient; /* JSON with comments */
    enum err code;
    struct problem *problem;
};

/* Copies the text, checks size and UTF-8, skips a byte order mark. */
MUST_USE enum err conf_parse_begin(struct conf_parse *p, struct arena *arena, const char *file_name,
                                   struct span text, struct problem *problem);
/* A value that begins at `at`. */
struct conf *conf_new(struct conf_parse *p, enum conf_type type);
/* Appends to a table (with its key set) or array. The key must not be there yet. */
void conf_add(struct conf_parse *p, struct conf *parent, struct conf *item);
struct conf *conf_find_own(const struct conf *table, struct span key);
/* One level deeper; false (with the problem filled) when that is too deep. */
bool conf_enter(struct conf_parse *p);
/* "file:line:column: ...", at `where` (in the current line). Always returns NULL. The first failure stays. */
void *conf_fail(struct conf_parse *p, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* How to name the byte at `where` in an error: "'x'", "the end of the line", ... */
const char *conf_found(const struct conf_parse *p, const char *where, char out[16]);

/* After an item of a list that ends with `closing`: a comma or the end, and with comma_may_end both. `skip_blank` is the language's own.
 * False on failure. */
bool conf_separator(struct conf_parse *p, bool (*skip_blank)(struct conf_parse *p), char closing,
                    bool comma_may_end, bool *ret_end);

/* After a newline at at[-1]. */
static inline void conf_next_line(struct conf_parse *p) {
    p->line++;
    p->line_start = p->at;
}
/* Writes the code point's UTF-8 and returns the end; at most 4 bytes. */
char *conf_put_utf8(char *to, uint32_t code);
/* Exactly `digits` hex digits at `at`; false when they are not. */
bool conf_hex(const char *at, const char *end, unsigned digits, uint32_t *ret);

/* toml_scalar.c: numbers, booleans, dates. False with what was expected in *ret_expected. */
bool toml_scalar(struct conf_parse *p, struct span word, struct conf *into, const char **ret_expected);

#endif
