/* Storing and freshness (RFC 9111 sections 3 and 4), and the Cache API's put(). */
#include "http/cache_rules.h"

#include "http/date.h"
#include "http/status.h"

#define HEURISTIC_MAX_S 86400

static bool date_of(const struct http_fields *fields, enum http_name id, int64_t now_s, int64_t *ret) {
    const struct http_field *f = http_fields_find_id(fields, id);
    return f && http_date_parse(f->value, now_s, ret);
}

/* --- storing --- */

/* What RFC 9111 section 3 calls understood: we know what these do to caching. */
static bool is_understood(int status) {
    return http_status_is_heuristically_cacheable(status) || http_status_is_redirect(status);
}

static bool has_lifetime(struct http_cache_policy policy, const struct http_cached *r,
                         const struct http_cache_control *cc) {
    return cc->public || (cc->private && !policy.shared) || cc->max_age != HTTP_AGE_NONE ||
           (policy.shared && cc->s_maxage != HTTP_AGE_NONE) ||
           http_fields_find_id(r->fields, HTTP_NAME_EXPIRES) ||
           (policy.heuristics && http_status_is_heuristically_cacheable(r->status));
}

bool http_may_store(struct http_cache_policy policy, struct span method, const struct http_fields *request,
                    const struct http_cached *r) {
    struct http_cache_control cc, asked;
    http_cache_control_parse(r->fields, &cc);
    http_cache_control_parse(request, &asked);
    if (http_method_of(method) != HTTP_GET) return false;
    if (r->status < 200 || r->status == 206 || r->status == 304) return false;
    if (cc.must_understand && !is_understood(r->status)) return false;
    if (asked.no_store || (cc.no_store && !cc.must_understand)) return false;
    if (policy.shared && (cc.private || cc.private_fields.ptr)) return false;
    bool authorized = http_fields_find_id(request, HTTP_NAME_AUTHORIZATION);
    bool shareable = cc.must_revalidate || cc.public || cc.s_maxage != HTTP_AGE_NONE;
    if (policy.shared && authorized && !shareable) return false;
    return has_lifetime(policy, r, &cc);
}

/* --- freshness --- */

static int64_t date_value(const struct http_cached *r) {
    int64_t date;
    return date_of(r->fields, HTTP_NAME_DATE, r->response_time_s, &date) ? date : r->response_time_s;
}

static int64_t heuristic_lifetime(const struct http_cached *r) {
    int64_t modified;
    if (!http_status_is_heuristically_cacheable(r->status)) return 0;
    if (!date_of(r->fields, HTTP_NAME_LAST_MODIFIED, r->response_time_s, &modified)) return 0;
    int64_t lifetime = (date_value(r) - modified) / 10;
    if (lifetime < 0) return 0;
    return lifetime < HEURISTIC_MAX_S ? lifetime : HEURISTIC_MAX_S;
}

static int64_t lifetime_of(struct http_cache_policy policy, const struct http_cached *r,
                           const struct http_cache_control *cc, bool *ret_explicit) {
    *ret_explicit = true;
    if (policy.shared && cc->s_maxage != HTTP_AGE_NONE) return cc->s_maxage;
    if (cc->max_age != HTTP_AGE_NONE) return cc->max_age;
    if (http_fields_find_id(r->fields, HTTP_NAME_EXPIRES)) {
        int64_t expires; /* an invalid date, "0" above all, is in the past: section 5.3 */
        if (!date_of(r->fields, HTTP_NAME_EXPIRES, r->response_time_s, &expires)) return 0;
        int64_t lifetime = expires - date_value(r);
        return lifetime > 0 ? lifetime : 0;
    }
    *ret_explicit = false;
    return policy.heuristics ? heuristic_lifetime(r) : 0;
}

int64_t http_freshness_lifetime(struct http_cache_policy policy, const struct http_cached *r,
                                bool *ret_explicit) {
    struct http_cache_control cc;
    bool is_explicit;
    http_cache_control_parse(r->fields, &cc);
    int64_t lifetime = lifetime_of(policy, r, &cc, &is_explicit);
    if (ret_explicit) *ret_explicit = is_explicit;
    return lifetime;
}

static int64_t age_value(const struct http_fields *fields) {
    uint64_t age;
    struct span rest = http_fields_get(fields, HTTP_NAME_AGE), first;
    if (!http_list_next(&rest, &first) || !span_to_u64(first, &age)) return 0;
    return age < HTTP_AGE_MAX ? (int64_t)age : HTTP_AGE_MAX;
}

int64_t http_current_age(const struct http_cached *r, int64_t now_s) {
    int64_t apparent = r->response_time_s - date_value(r);
    int64_t delay = r->response_time_s - r->request_time_s;
    int64_t resident = now_s - r->response_time_s;
    int64_t corrected = age_value(r->fields) + (delay > 0 ? delay : 0);
    int64_t initial = apparent > corrected ? apparent : corrected;
    return initial + (resident > 0 ? resident : 0);
}

/* --- reuse --- */

static bool within(int64_t staleness, int64_t allowed) {
    return allowed != HTTP_AGE_NONE && staleness <= allowed;
}

static bool asks_for_origin(const struct http_fields *request, const struct http_cache_control *asked) {
    if (asked->no_cache || asked->no_cache_fields.ptr) return true;
    if (http_fields_find_id(request, HTTP_NAME_CACHE_CONTROL)) return false;
    return http_fields_list_has(request, HTTP_NAME_PRAGMA, SPAN("no-cache"));
}

static bool may_be_stale(struct http_cache_policy policy, const struct http_cache_control *cc) {
    if (cc->must_revalidate) return false;
    if (!policy.shared) return true;
    if (cc->proxy_revalidate) return false;
    return cc->s_maxage == HTTP_AGE_NONE || cc->stale_while_revalidate != HTTP_AGE_NONE ||
           cc->stale_if_error != HTTP_AGE_NONE;
}

enum http_reuse http_may_reuse(struct http_cache_policy policy, const struct http_cached *r,
                               const struct http_fields *request, int64_t now_s) {
    struct http_cache_control cc, asked;
    bool is_explicit;
    http_cache_control_parse(r->fields, &cc);
    http_cache_control_parse(request, &asked);
    if (cc.no_cache || cc.no_cache_fields.ptr || asks_for_origin(request, &asked))
        return HTTP_REUSE_REVALIDATE;
    int64_t age = http_current_age(r, now_s), lifetime = lifetime_of(policy, r, &cc, &is_explicit);
    if (asked.max_age != HTTP_AGE_NONE && age > asked.max_age) return HTTP_REUSE_REVALIDATE;
    if (asked.min_fresh != HTTP_AGE_NONE && lifetime - age < asked.min_fresh) return HTTP_REUSE_REVALIDATE;
    if (lifetime > age) return HTTP_REUSE_FRESH;
    if (!may_be_stale(policy, &cc)) return HTTP_REUSE_REVALIDATE;
    int64_t staleness = age - lifetime;
    if (asked.max_stale_any || within(staleness, asked.max_stale)) return HTTP_REUSE_FRESH;
    if (within(staleness, cc.stale_while_revalidate)) return HTTP_REUSE_STALE;
    if (within(staleness, cc.stale_if_error) || within(staleness, asked.stale_if_error))
        return HTTP_REUSE_IF_ERROR;
    return HTTP_REUSE_REVALIDATE;
}

/* --- the Cache API --- */

static bool only_cookies_are_private(struct span names) {
    struct span name;
    while (http_list_next(&names, &name)) {
        if (http_name_of(name) != HTTP_NAME_SET_COOKIE) return false;
    }
    return true;
}

enum http_put http_cache_put(struct span method, const struct http_cached *r, int64_t now_s,
                             int64_t *ret_fresh_s) {
    struct http_cache_control cc;
    struct http_cache_policy policy = {.shared = true};
    bool is_explicit;
    if (http_method_of(method) != HTTP_GET) return HTTP_PUT_NOT_GET;
    if (r->status == 206) return HTTP_PUT_PARTIAL;
    if (http_fields_list_has(r->fields, HTTP_NAME_VARY, SPAN("*"))) return HTTP_PUT_VARY_STAR;
    if (r->status < 200 || r->status == 304) return HTTP_PUT_SKIP;
    http_cache_control_parse(r->fields, &cc);
    if (cc.no_store || cc.no_cache || cc.no_cache_fields.ptr || cc.private) return HTTP_PUT_SKIP;
    if (!only_cookies_are_private(cc.private_fields)) return HTTP_PUT_SKIP;
    bool cookies = http_fields_find_id(r->fields, HTTP_NAME_SET_COOKIE);
    if (cookies && !cc.private_fields.ptr) return HTTP_PUT_SKIP;
    int64_t fresh = lifetime_of(policy, r, &cc, &is_explicit) - http_current_age(r, now_s);
    if (!is_explicit || fresh <= 0) return HTTP_PUT_SKIP;
    *ret_fresh_s = fresh;
    return cookies ? HTTP_PUT_STORE_WITHOUT_COOKIES : HTTP_PUT_STORE;
}
