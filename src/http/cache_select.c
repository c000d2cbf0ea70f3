/* Which stored response, and how much of it: Vary, validators, ranges. */
#include "http/cache_rules.h"
#include "http/date.h"
#include "http/scan.h"

/* --- Vary --- */

static void add_lower(struct buf *out, struct span s) {
    char *at = buf_reserve(out, s.len);
    for (size_t i = 0; i < s.len; i++) at[i] = ascii_lower(s.ptr[i]);
    buf_added(out, s.len);
}

/* name LF values LF: neither can hold LF or NUL, so no two selections look alike. NUL stands for "absent". */
static void add_selection(struct buf *out, struct span name, const struct http_fields *request) {
    enum http_name id = http_name_of(name);
    bool found = false;
    add_lower(out, name);
    buf_add_char(out, '\n');
    HTTP_FIELDS_EACH(f, request) {
        if (f->id != id || (id == HTTP_NAME_OTHER && !span_eq_nocase(f->name, name))) continue;
        if (found) buf_lit(out, ", ");
        found = true;
        buf_add(out, f->value);
    }
    if (!found) buf_add_char(out, '\0');
    buf_add_char(out, '\n');
}

bool http_vary_key(const struct http_fields *response, const struct http_fields *request, struct buf *out) {
    size_t start = out->len;
    HTTP_FIELDS_EACH(f, response) {
        if (f->id != HTTP_NAME_VARY) continue;
        struct span rest = f->value, name;
        while (http_list_next(&rest, &name)) {
            if (name.ptr[0] == '*') {
                out->len = start;
                return false;
            }
            add_selection(out, name, request);
        }
    }
    return true;
}

bool http_vary_matches(const struct http_fields *response, const struct http_fields *stored_request,
                       const struct http_fields *request) {
    if (!http_fields_find_id(response, HTTP_NAME_VARY)) return true;
    struct buf stored = BUF_INIT, asked = BUF_INIT;
    bool same = http_vary_key(response, stored_request, &stored) &&
                http_vary_key(response, request, &asked) && span_eq(buf_span(&stored), buf_span(&asked));
    buf_free(&stored);
    buf_free(&asked);
    return same;
}

/* --- entity tags --- */

/* Takes one tag off the front of *rest. A backslash escapes nothing in a tag, so http_list_next() does not do. */
static bool take_etag(struct span *rest, struct span *ret_tag) {
    const char *at = rest->ptr, *end = at + rest->len, *start = at;
    if (end - at >= 2 && at[0] == 'W' && at[1] == '/') at += 2;
    if (at == end || *at != '"') return false;
    at = scan_table(at + 1, end, CHAR_ETAG);
    if (at == end || *at != '"') return false;
    at++;
    *ret_tag = span_make(start, (size_t)(at - start));
    *rest = span_make(at, (size_t)(end - at));
    return true;
}

bool http_etag_valid(struct span tag) {
    struct span rest = tag, whole;
    return tag.len && take_etag(&rest, &whole) && !rest.len;
}

static bool is_weak(struct span tag) { return tag.len && tag.ptr[0] == 'W'; }
static struct span opaque(struct span tag) { return is_weak(tag) ? span_from(tag, 2) : tag; }

bool http_etag_equal_weak(struct span a, struct span b) {
    return http_etag_valid(a) && http_etag_valid(b) && span_eq(opaque(a), opaque(b));
}

bool http_etag_equal_strong(struct span a, struct span b) {
    return !is_weak(a) && !is_weak(b) && http_etag_valid(a) && span_eq(a, b);
}

static bool etag_listed(struct span list, struct span etag) {
    if (span_eq(list, SPAN("*"))) return true;
    struct span tag;
    while (list.len) {
        char c = list.ptr[0];
        if (c == ',' || c == ' ' || c == '\t') {
            list = span_from(list, 1);
            continue;
        }
        if (!take_etag(&list, &tag)) return false; /* the rest cannot be trusted */
        if (http_etag_equal_weak(tag, etag)) return true;
    }
    return false;
}

/* --- conditions --- */

static bool date_of(const struct http_fields *fields, enum http_name id, int64_t now_s, int64_t *ret) {
    const struct http_field *f = http_fields_find_id(fields, id);
    return f && http_date_parse(f->value, now_s, ret);
}

static bool not_modified_since(const struct http_fields *request, const struct http_fields *response,
                               int64_t now_s) {
    int64_t since, modified;
    if (http_fields_count(request, HTTP_NAME_IF_MODIFIED_SINCE) != 1) return false;
    if (!date_of(request, HTTP_NAME_IF_MODIFIED_SINCE, now_s, &since)) return false;
    if (!http_fields_find_id(response, HTTP_NAME_LAST_MODIFIED)) { /* RFC 9111 section 4.3.2 */
        return date_of(response, HTTP_NAME_DATE, now_s, &modified) && modified <= since;
    }
    return date_of(response, HTTP_NAME_LAST_MODIFIED, now_s, &modified) && modified <= since;
}

bool http_not_modified(const struct http_fields *request, const struct http_fields *response, int64_t now_s) {
    if (!http_fields_find_id(request, HTTP_NAME_IF_NONE_MATCH))
        return not_modified_since(request, response, now_s);
    struct span etag = http_fields_get(response, HTTP_NAME_ETAG);
    HTTP_FIELDS_EACH(f, request) {
        if (f->id == HTTP_NAME_IF_NONE_MATCH && etag_listed(f->value, etag)) return true;
    }
    return false;
}

/* --- ranges --- */

/* RFC 9110 section 13.1.5. A date validates strongly only when it lies before Date (section 8.8.2.2). */
static bool if_range_holds(const struct http_fields *request, const struct http_fields *response,
                           int64_t now_s) {
    const struct http_field *f = http_fields_find_id(request, HTTP_NAME_IF_RANGE);
    if (!f) return true;
    if (http_fields_count(request, HTTP_NAME_IF_RANGE) != 1) return false;
    if (http_etag_valid(f->value))
        return http_etag_equal_strong(f->value, http_fields_get(response, HTTP_NAME_ETAG));
    int64_t asked, modified, date;
    return http_date_parse(f->value, now_s, &asked) &&
           date_of(response, HTTP_NAME_LAST_MODIFIED, now_s, &modified) &&
           date_of(response, HTTP_NAME_DATE, now_s, &date) && asked == modified && modified < date;
}

/* 1*DIGIT; what is too large counts as the largest. */
static bool read_number(struct span s, uint64_t *ret) {
    if (!s.len) return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) return false;
    }
    if (!span_to_u64(s, ret)) *ret = UINT64_MAX;
    return true;
}

static const struct http_range whole = {HTTP_RANGE_WHOLE, 0, 0};
static const struct http_range unsatisfiable = {HTTP_RANGE_UNSATISFIABLE, 0, 0};

static struct http_range one_range(struct span spec, uint64_t total) {
    struct span rest = spec, before = span_cut(&rest, '-');
    uint64_t first, last = UINT64_MAX;
    if (!rest.ptr) return whole;
    if (!before.len) {
        if (!read_number(rest, &last)) return whole;
        if (!last || !total) return unsatisfiable;
        return (struct http_range){HTTP_RANGE_PART, last < total ? total - last : 0, total - 1};
    }
    if (!read_number(before, &first) || (rest.len && !read_number(rest, &last)) || last < first) return whole;
    if (first >= total) return unsatisfiable;
    return (struct http_range){HTTP_RANGE_PART, first, last < total ? last : total - 1};
}

struct http_range http_range_for(const struct http_fields *request, const struct http_fields *response,
                                 uint64_t total, int64_t now_s) {
    if (http_fields_count(request, HTTP_NAME_RANGE) != 1) return whole;
    struct span rest = http_fields_get(request, HTTP_NAME_RANGE), unit = span_cut(&rest, '='), spec, second;
    if (!rest.ptr || !span_eq_nocase(unit, SPAN("bytes"))) return whole;
    if (!http_list_next(&rest, &spec) || http_list_next(&rest, &second)) return whole;
    if (!if_range_holds(request, response, now_s)) return whole;
    return one_range(spec, total);
}

struct span http_content_range(struct arena *a, struct http_range range, uint64_t total) {
    if (range.kind != HTTP_RANGE_PART) return arena_printf(a, "bytes */%llu", (unsigned long long)total);
    return arena_printf(a, "bytes %llu-%llu/%llu", (unsigned long long)range.first,
                        (unsigned long long)range.last, (unsigned long long)total);
}
