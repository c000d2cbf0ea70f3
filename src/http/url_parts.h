/* A URL taken apart: what the parser, the setters and the serialiser of url.h hand to each other. Private to
 * src/http/url*.c. Spans point into the input, a url's href, or scratch memory; a part that the standard calls null
 * has ptr NULL, one that is empty has not. */
#ifndef HTTP_URL_PARTS_H
#define HTTP_URL_PARTS_H

#include "base/arena.h"
#include "base/limits.h"
#include "http/url.h"

struct url_parts {
    enum url_scheme scheme;
    struct span scheme_name; /* lower case, without ':' */
    struct span user, pass;
    struct span host; /* normalised; null with URL_HOST_NONE */
    enum url_host host_kind;
    int32_t port;
    bool opaque_path;
    struct span path; /* every segment with its '/' in front */
    struct span query, hash;
};

/* url.c */
void url_take_apart(const struct url *u, struct url_parts *ret);
/* Writes the href into a fresh buffer, so parts may point into *u. ERR_TOO_LARGE leaves *u alone. */
enum err url_put_together(const struct url_parts *parts, struct url *u);

/* url_parse.c: the basic URL parser without state override (section 4.4), and its pieces for the setters. */
enum err url_parse_parts(struct arena *a, struct span input, const struct url *base, struct url_parts *ret);
struct span url_strip_newlines(struct arena *a, struct span s);
enum url_scheme url_scheme_of(struct span lower_case_name);
int32_t url_default_port(enum url_scheme scheme); /* -1: has none */
/* Length of the scheme before ':', or 0. Lower-cases it into the arena. */
size_t url_scan_scheme(struct arena *a, struct span s, struct span *ret_name);
size_t url_authority_end(struct span s, bool special);
/* The ':' before a port, not one inside brackets; s.len when there is none. */
size_t url_port_colon(struct span s);
bool url_is_slash(char c, bool special);
enum err url_host_part(struct arena *a, struct span s, struct url_parts *u);
enum err url_file_host_part(struct arena *a, struct span s, struct url_parts *u);
/* Segments of s after those in u->path. With `whole`, '?' and '#' belong to the path; else returns where it ended. */
size_t url_path_part(struct arena *a, struct span s, bool whole, struct url_parts *u);
struct span url_encode_part(struct arena *a, struct span s, enum url_set set); /* never null */
enum url_set url_query_set(const struct url_parts *u);

/* url_host.c. Appends; *to is as before on failure. */
enum err url_host_parse(struct span s, bool special, struct buf *to, enum url_host *ret_kind);

/* url_percent.c */
size_t url_percent_encode_to(struct span s, enum url_set set, char *to); /* at most 3 bytes a byte */
extern const unsigned char url_set_bits[256];                            /* a bit a set: 1 << enum url_set */
static inline bool url_in_set(unsigned char c, enum url_set set) { return url_set_bits[c] >> set & 1; }
size_t url_percent_decode_to(struct span s, char *to);
/* Bits of url_plain_chars[]: characters that normalisation leaves alone in that part of an http URL. */
enum { URL_PLAIN_HOST = 1, URL_PLAIN_SEGMENT = 2, URL_PLAIN_QUERY = 4, URL_PLAIN_HASH = 8 };
extern const unsigned char url_plain_chars[256];

#endif
