/* What may be cached, how long, and for whom: RFC 9111 (caching), RFC 5861 (stale-*), RFC 9110 sections 13
 * and 14 (conditional and range requests), and the rules of the Workers Cache API. Decisions only: the store
 * is elsewhere.
 *
 * Times are seconds since 1970, durations seconds. Field lists are read, never changed. Values are parsed
 * leniently where RFC 9111 asks for it and err on the side of "stale". Pure functions, any thread. */
#ifndef HTTP_CACHE_RULES_H
#define HTTP_CACHE_RULES_H

#include "base/arena.h"
#include "base/buf.h"
#include "http/fields.h"

/* --- Cache-Control -----------------------------------------------------------------------------------------
 */

#define HTTP_AGE_MAX  2147483648 /* RFC 9111 section 1.2.2: larger delta-seconds count as this */
#define HTTP_AGE_NONE (-1)       /* the directive is absent */

struct http_cache_control {
    bool no_store, no_cache, private, public, must_revalidate, proxy_revalidate, must_understand, immutable;
    bool no_transform, only_if_cached;
    bool max_stale_any; /* max-stale without a value */
    /* no-cache="a, b" and private="a, b": only these fields are meant; then the bool above stays false. Raw
     * lists of names (http_list_next), as they stood between the quotes, or ptr NULL. The first one of each
     * counts. */
    struct span no_cache_fields, private_fields;
    /* HTTP_AGE_NONE when absent; 0 when the value is malformed (stale); the first one counts. */
    int64_t max_age, s_maxage, stale_while_revalidate, stale_if_error, min_fresh, max_stale;
};

/* All Cache-Control fields of a message. Unknown directives are ignored. */
void http_cache_control_parse(const struct http_fields *fields, struct http_cache_control *ret);
/* A single value, for example of CDN-Cache-Control; *cc starts as http_cache_control_none. */
void http_cache_control_add(struct http_cache_control *cc, struct span value);
extern const struct http_cache_control http_cache_control_none;

/* --- storing and freshness ---------------------------------------------------------------------------------
 */

struct http_cached { /* a response, as a cache sees it */
    int status;
    const struct http_fields *fields;
    int64_t request_time_s, response_time_s; /* when it was asked for, when its head arrived */
};

struct http_cache_policy {
    bool shared;     /* false: a private cache */
    bool heuristics; /* guess a lifetime (10% of the time since Last-Modified, at most a day) when none is
                        given */
};

/* May this response to this request be stored? RFC 9111 section 3. Only GET; 206 and 304 never. A shared cache does
 * not store what holds private="..." fields, rather than store it without them. */
bool http_may_store(struct http_cache_policy policy, struct span method, const struct http_fields *request,
                    const struct http_cached *response);
/* Freshness lifetime, section 4.2.1; 0 when there is none. *ret_explicit (NULL is fine): the response gave
 * one. */
int64_t http_freshness_lifetime(struct http_cache_policy policy, const struct http_cached *response,
                                bool *ret_explicit);
/* Section 4.2.3, at `now_s`. Never negative. */
int64_t http_current_age(const struct http_cached *response, int64_t now_s);

enum http_reuse {
    HTTP_REUSE_FRESH, /* answer from the cache */
    HTTP_REUSE_STALE, /* answer from the cache now, revalidate in the background (stale-while-revalidate) */
    HTTP_REUSE_IF_ERROR,   /* revalidate; when the origin fails (5xx, unreachable), answer from the cache */
    HTTP_REUSE_REVALIDATE, /* ask the origin before answering */
};
/* Section 4.2.4 and 5.2.1 and RFC 5861: the request's Cache-Control (and Pragma) counts too. s-maxage implies
 * proxy-revalidate, except that an explicit stale-* beside it is taken at its word. */
enum http_reuse http_may_reuse(struct http_cache_policy policy, const struct http_cached *stored,
                               const struct http_fields *request, int64_t now_s);

/* --- Vary --------------------------------------------------------------------------------------------------
 */

/* Does the stored response, got with `stored_request`, answer `request` too? Section 4.1. `Vary: *` never
 * does. */
bool http_vary_matches(const struct http_fields *response, const struct http_fields *stored_request,
                       const struct http_fields *request);
/* Appends to `out` what a request has for the names in Vary, as a key for a lookup: equal keys, equal
 * selection. False (nothing appended) for `Vary: *`. */
bool http_vary_key(const struct http_fields *response, const struct http_fields *request, struct buf *out);

/* --- conditional and range requests ------------------------------------------------------------------------
 */

/* entity-tag = [ W/ ] DQUOTE *etagc DQUOTE */
bool http_etag_valid(struct span tag);
bool http_etag_equal_weak(struct span a, struct span b);
bool http_etag_equal_strong(struct span a, struct span b);

/* True: answer 304. What a cache evaluates for GET and HEAD with a stored 200 (RFC 9110 section 13.2.2):
 * If-None-Match (weak), else If-Modified-Since. `now_s` is for two-digit years. */
bool http_not_modified(const struct http_fields *request, const struct http_fields *response, int64_t now_s);

enum http_range_kind {
    HTTP_RANGE_WHOLE,         /* no Range, or one to disregard: answer 200 */
    HTTP_RANGE_PART,          /* answer 206 with `first` to `last` */
    HTTP_RANGE_UNSATISFIABLE, /* answer 416 */
};
struct http_range {
    enum http_range_kind kind;
    uint64_t first, last; /* both inclusive */
};
/* For a GET with a stored 200 of `total` bytes. If-Range is honoured (strong comparison, or the exact
 * Last-Modified date when that is a strong validator). Several ranges, other units and malformed values give
 * WHOLE. */
struct http_range http_range_for(const struct http_fields *request, const struct http_fields *response,
                                 uint64_t total, int64_t now_s);
/* "bytes 0-4/10", or "bytes *" "/10" for 416. */
struct span http_content_range(struct arena *a, struct http_range range, uint64_t total);

/* --- the Cache API of Workers ------------------------------------------------------------------------------
 */

enum http_put {
    HTTP_PUT_STORE,
    HTTP_PUT_STORE_WITHOUT_COOKIES, /* Cache-Control: private=Set-Cookie: drop Set-Cookie, then store */
    HTTP_PUT_SKIP,                  /* the response forbids it: put() resolves, nothing is stored */
    HTTP_PUT_NOT_GET,               /* put() throws TypeError */
    HTTP_PUT_PARTIAL,               /* put() throws: status 206 */
    HTTP_PUT_VARY_STAR,             /* put() throws: Vary: * */
};
/* cache.put(): GET only; needs an explicit lifetime (s-maxage, max-age, Expires) that its age has not used up;
 * no-store, no-cache, private, private="..." of anything but Set-Cookie, and a Set-Cookie that is not declared private
 * forbid. *ret_fresh_s is set when stored: how long from `now_s` it is fresh. stale-* directives have no effect on
 * what put() stored, as with Workers. */
enum http_put http_cache_put(struct span method, const struct http_cached *response, int64_t now_s,
                             int64_t *ret_fresh_s);

#endif
