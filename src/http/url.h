/* The WHATWG URL Standard (https://url.spec.whatwg.org/): parser, serialiser, setters, origin.
 *
 * A struct url is one normalised string (its href) and offsets into it, so every getter is a slice and
 * nothing is ever serialised twice. It owns that string: start with URL_INIT, end with url_free(). Parsing
 * into one that holds a URL already reuses its memory. Slices are valid until the url is next parsed into,
 * set or freed. One owner at a time; reading from many threads is fine.
 *
 * Inputs are UTF-8 made of scalar values (utf16_to_utf8() makes such). Failure leaves the url as it was:
 * ERR_INVALID where the standard says failure, ERR_TOO_LARGE beyond LIMIT_URL_BYTES. Ordinary lower-case
 * ASCII http(s) and ws(s) URLs are recognised in one scan and copied once. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/buf.h"
#include "base/err.h"

enum url_scheme { URL_OTHER, URL_HTTP, URL_HTTPS, URL_WS, URL_WSS, URL_FTP, URL_FILE };

enum url_host {
    URL_HOST_NONE,
    URL_HOST_EMPTY,
    URL_HOST_DOMAIN,
    URL_HOST_IPV4,
    URL_HOST_IPV6,
    URL_HOST_OPAQUE
};

/*  https://user:pass@example.com:8080/a/b?q=1#top
 *       |      |   | |          |    |   |   |
 *       |      |   | |          |    path_start, query_start ('?'), hash_start ('#')
 *       |      |   host_start   host_end (':' of the port or the path)
 *       |      |   pass_end (at '@')
 *       |      user_end
 *       scheme_end (at ':')
 * Parts that are absent are empty at the place where they would be. */
struct url {
    struct buf href;
    uint32_t scheme_end, user_start, user_end, pass_end, host_start, host_end, path_start, query_start,
        hash_start;
    int32_t port; /* -1: none, or the scheme's own */
    enum url_scheme scheme;
    enum url_host host_kind;
    bool opaque_path; /* "mailto:x": the path is one string, not segments */
};

#define URL_INIT ((struct url){.port = -1})

/* `base` is NULL or a parsed URL; it may be *url itself. */
MUST_USE enum err url_parse(struct span input, const struct url *base, struct url *url);
/* True when `s` is an http(s) or ws(s) URL in its normal form, as most are, but perhaps without the '/' of an empty path
 * (then path_start == query_start): where its parts are, without a copy. ret->href is left alone. */
bool url_scan_normal(struct span s, struct url *ret);
/* URL.canParse(). */
bool url_can_parse(struct span input, const struct url *base);
void url_copy(struct url *to, const struct url *from);
void url_free(struct url *url); /* leaves it as URL_INIT */

static inline struct span url_slice_(const struct url *u, size_t from, size_t to) {
    return (struct span){u->href.ptr + from, to - from};
}
static inline struct span url_href(const struct url *u) { return buf_span(&u->href); }
/* "https:" */
static inline struct span url_protocol(const struct url *u) { return url_slice_(u, 0, u->scheme_end + 1u); }
static inline struct span url_username(const struct url *u) {
    return url_slice_(u, u->user_start, u->user_end);
}
static inline struct span url_password(const struct url *u) {
    return u->pass_end > u->user_end ? url_slice_(u, u->user_end + 1u, u->pass_end) : SPAN_NONE;
}
/* "example.com"; IPv6 with its brackets. */
static inline struct span url_hostname(const struct url *u) {
    return url_slice_(u, u->host_start, u->host_end);
}
/* "8080" or empty. */
struct span url_port(const struct url *u);
/* "example.com:8080" */
struct span url_host(const struct url *u);
static inline struct span url_pathname(const struct url *u) {
    return url_slice_(u, u->path_start, u->query_start);
}
/* "?q=1", and empty for a lone "?". */
static inline struct span url_search(const struct url *u) {
    return u->hash_start - u->query_start > 1 ? url_slice_(u, u->query_start, u->hash_start) : SPAN_NONE;
}
/* What URLSearchParams parses: the same without the "?". */
static inline struct span url_query(const struct url *u) { return span_from(url_search(u), 1); }
/* "#top", and empty for a lone "#". */
static inline struct span url_hash(const struct url *u) {
    return u->href.len - u->hash_start > 1 ? url_slice_(u, u->hash_start, u->href.len) : SPAN_NONE;
}
/* Path and query: what goes into a request line. */
static inline struct span url_target(const struct url *u) {
    return url_slice_(u, u->path_start, u->hash_start);
}
/* The port to connect to: the explicit one, else the scheme's own, else -1. */
int url_port_effective(const struct url *u);
/* Everything but the fragment (Request.url of fetch, a cache key). */
static inline struct span url_without_hash(const struct url *u) { return url_slice_(u, 0, u->hash_start); }

/* Appends "https://example.com:8080", or "null" for an opaque origin. blob: looks inside (section 4.7). */
void url_origin(const struct url *u, struct buf *to);
/* Same scheme, host and port, neither opaque. */
bool url_same_origin(const struct url *a, const struct url *b);

/* The setters of the URL class (section 6.1). Only href may fail; the others ignore what they cannot use. */
MUST_USE enum err url_set_href(struct url *u, struct span value);
void url_set_protocol(struct url *u, struct span value);
void url_set_username(struct url *u, struct span value);
void url_set_password(struct url *u, struct span value);
void url_set_host(struct url *u, struct span value);
void url_set_hostname(struct url *u, struct span value);
void url_set_port(struct url *u, struct span value);
void url_set_pathname(struct url *u, struct span value);
void url_set_search(struct url *u, struct span value);
void url_set_hash(struct url *u, struct span value);

/* The host parser by itself, for a special scheme (section 3.5): appends the normalised host. For URLPattern,
 * and for Host: header fields. */
MUST_USE enum err url_parse_host(struct span input, struct buf *to, enum url_host *ret_kind);

/* The percent-encode sets (section 1.3); URL_SET_URLENCODED does not make '+' of spaces. */
enum url_set {
    URL_SET_C0,
    URL_SET_FRAGMENT,
    URL_SET_QUERY,
    URL_SET_SPECIAL_QUERY,
    URL_SET_PATH,
    URL_SET_USERINFO,
    URL_SET_COMPONENT,
    URL_SET_URLENCODED,
};
void url_percent_encode(struct span s, enum url_set set, struct buf *to);
/* Bytes out, not necessarily UTF-8. A '%' that two hex digits do not follow stays. */
void url_percent_decode(struct span s, struct buf *to);

#endif
