#include "http/fields.h"

#include "http/scan.h"

/* --- what may stand where --- */

bool http_is_tchar(char c) { return char_is(c, CHAR_TOKEN); }

size_t http_token_scan(struct span s, size_t from) {
    return from >= s.len ? s.len : (size_t)(scan_token(s.ptr + from, s.ptr + s.len) - s.ptr);
}

size_t http_value_scan(struct span s, size_t from) {
    return from >= s.len ? s.len : (size_t)(scan_value(s.ptr + from, s.ptr + s.len) - s.ptr);
}

bool http_token_valid(struct span s) { return s.len && http_token_scan(s, 0) == s.len; }

bool http_value_strict(struct span s) { return http_value_scan(s, 0) == s.len; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool http_value_valid(struct span s) {
    if (s.len == 0) return true;
    if (is_blank(s.ptr[0]) || is_blank(s.ptr[s.len - 1])) return false;
    return !memchr(s.ptr, 0, s.len) && !memchr(s.ptr, '\r', s.len) && !memchr(s.ptr, '\n', s.len);
}

/* --- the list --- */

static void reserve(struct http_fields *l, struct arena *a, size_t cap) {
    struct http_field *items = arena_alloc(a, cap * sizeof *items);
    if (l->count) memcpy(items, l->items, l->count * sizeof *items);
    l->items = items;
    l->cap = cap;
}

void http_fields_add(struct http_fields *l, struct arena *a, struct span name, struct span value) {
    if (l->count == l->cap) reserve(l, a, l->cap ? l->cap * 2 : 8);
    l->items[l->count++] = (struct http_field){name, value, http_name_of(name)};
}

enum err http_fields_append(struct http_fields *l, struct arena *a, struct span name, struct span value) {
    if (!http_token_valid(name) || !http_value_valid(value)) return ERR_INVALID;
    http_fields_add(l, a, name, value);
    return ERR_OK;
}

struct http_fields http_fields_copy(const struct http_fields *l, struct arena *a) {
    struct http_fields copy = HTTP_FIELDS_NONE;
    if (l->count) reserve(&copy, a, l->count);
    HTTP_FIELDS_EACH(f, l) {
        copy.items[copy.count++] =
            (struct http_field){arena_copy(a, f->name), arena_copy(a, f->value), f->id};
    }
    return copy;
}

static bool same_name(const struct http_field *f, enum http_name id, struct span name) {
    return f->id == id && (id != HTTP_NAME_OTHER || span_eq_nocase(f->name, name));
}

static size_t remove_named(struct http_fields *l, enum http_name id, struct span name) {
    size_t kept = 0, count = l->count;
    for (size_t i = 0; i < count; i++) {
        if (!same_name(&l->items[i], id, name)) l->items[kept++] = l->items[i];
    }
    l->count = kept;
    return count - kept;
}

size_t http_fields_remove(struct http_fields *l, struct span name) {
    return remove_named(l, http_name_of(name), name);
}

size_t http_fields_remove_id(struct http_fields *l, enum http_name id) {
    return id == HTTP_NAME_OTHER ? 0 : remove_named(l, id, SPAN_NONE);
}

const struct http_field *http_fields_find(const struct http_fields *l, struct span name) {
    enum http_name id = http_name_of(name);
    HTTP_FIELDS_EACH(f, l) {
        if (same_name(f, id, name)) return f;
    }
    return NULL;
}

const struct http_field *http_fields_find_id(const struct http_fields *l, enum http_name id) {
    if (id == HTTP_NAME_OTHER) return NULL;
    HTTP_FIELDS_EACH(f, l) {
        if (f->id == id) return f;
    }
    return NULL;
}

struct span http_fields_get(const struct http_fields *l, enum http_name id) {
    const struct http_field *f = http_fields_find_id(l, id);
    if (!f) return SPAN_NONE;
    return f->value.ptr ? f->value : SPAN("");
}

size_t http_fields_count(const struct http_fields *l, enum http_name id) {
    size_t n = 0;
    HTTP_FIELDS_EACH(f, l) n += f->id == id && id != HTTP_NAME_OTHER;
    return n;
}

struct span http_fields_combined(const struct http_fields *l, struct span name, struct arena *a) {
    enum http_name id = http_name_of(name);
    size_t n = 0, len = 0;
    const struct http_field *only = NULL;
    HTTP_FIELDS_EACH(f, l) {
        if (!same_name(f, id, name)) continue;
        only = f;
        len += f->value.len + (n++ ? 2 : 0);
    }
    if (!n) return SPAN_NONE;
    if (n == 1) return only->value.ptr ? only->value : SPAN("");
    char *out = arena_alloc(a, len + 1), *at = out;
    HTTP_FIELDS_EACH(f, l) {
        if (!same_name(f, id, name)) continue;
        if (at != out) {
            *at++ = ',';
            *at++ = ' ';
        }
        if (f->value.len) memcpy(at, f->value.ptr, f->value.len);
        at += f->value.len;
    }
    return span_make(out, (size_t)(at - out));
}

/* --- lists inside values --- */

/* Offset of the comma that ends the first member, or the length. */
static size_t member_end(struct span s) {
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        if (quoted && s.ptr[i] == '\\' && i + 1 < s.len)
            i++;
        else if (s.ptr[i] == '"')
            quoted = !quoted;
        else if (s.ptr[i] == ',' && !quoted)
            return i;
    }
    return s.len;
}

bool http_list_next(struct span *rest, struct span *ret_member) {
    while (rest->len) {
        size_t end = member_end(*rest);
        struct span member = span_trim(span_first(*rest, end));
        *rest = span_from(*rest, end + 1);
        if (!member.len) continue;
        *ret_member = member;
        return true;
    }
    return false;
}

bool http_list_has(struct span value, struct span token) {
    struct span rest = value, member;
    while (http_list_next(&rest, &member)) {
        if (span_eq_nocase(member, token)) return true;
    }
    return false;
}

bool http_fields_list_has(const struct http_fields *l, enum http_name id, struct span token) {
    HTTP_FIELDS_EACH(f, l) {
        if (f->id == id && http_list_has(f->value, token)) return true;
    }
    return false;
}

/* Length of the content without its escapes, or SIZE_MAX when the string is not closed where it ends. */
static size_t unquoted_len(struct span inner) {
    size_t n = 0;
    for (size_t i = 0; i < inner.len; i++, n++) {
        if (inner.ptr[i] == '"') return SIZE_MAX;
        if (inner.ptr[i] == '\\' && ++i == inner.len) return SIZE_MAX;
    }
    return n;
}

bool http_unquote(struct span s, struct arena *a, struct span *ret_value) {
    if (http_token_valid(s)) {
        *ret_value = s;
        return true;
    }
    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"' || !http_value_strict(s)) return false;
    struct span inner = span_make(s.ptr + 1, s.len - 2);
    size_t len = unquoted_len(inner);
    if (len == SIZE_MAX) return false;
    if (len < inner.len) {
        char *out = arena_alloc(a, len + 1);
        for (size_t i = 0, n = 0; i < inner.len; i++) {
            if (inner.ptr[i] == '\\') i++;
            out[n++] = inner.ptr[i];
        }
        inner = span_make(out, len);
    }
    *ret_value = inner;
    return true;
}

/* --- classes of names --- */

bool http_name_is_hop_by_hop(enum http_name id) {
    switch (id) {
    case HTTP_NAME_CONNECTION:
    case HTTP_NAME_KEEP_ALIVE:
    case HTTP_NAME_PROXY_CONNECTION:
    case HTTP_NAME_TE:
    case HTTP_NAME_TRAILER:
    case HTTP_NAME_TRANSFER_ENCODING:
    case HTTP_NAME_UPGRADE: return true;
    default: return false;
    }
}

bool http_name_is_barred_from_trailers(enum http_name id) {
    if (http_name_is_hop_by_hop(id)) return true;
    switch (id) {
    /* framing and routing */
    case HTTP_NAME_CONTENT_LENGTH:
    case HTTP_NAME_HOST:
    case HTTP_NAME_FORWARDED:
    case HTTP_NAME_X_FORWARDED_FOR:
    case HTTP_NAME_X_FORWARDED_HOST:
    case HTTP_NAME_X_FORWARDED_PROTO:
    case HTTP_NAME_CF_CONNECTING_IP:
    /* request modifiers */
    case HTTP_NAME_CACHE_CONTROL:
    case HTTP_NAME_CDN_CACHE_CONTROL:
    case HTTP_NAME_CLOUDFLARE_CDN_CACHE_CONTROL:
    case HTTP_NAME_EXPECT:
    case HTTP_NAME_MAX_FORWARDS:
    case HTTP_NAME_PRAGMA:
    case HTTP_NAME_RANGE:
    case HTTP_NAME_IF_MATCH:
    case HTTP_NAME_IF_NONE_MATCH:
    case HTTP_NAME_IF_MODIFIED_SINCE:
    case HTTP_NAME_IF_UNMODIFIED_SINCE:
    case HTTP_NAME_IF_RANGE:
    /* authentication and state */
    case HTTP_NAME_AUTHORIZATION:
    case HTTP_NAME_PROXY_AUTHORIZATION:
    case HTTP_NAME_PROXY_AUTHENTICATE:
    case HTTP_NAME_WWW_AUTHENTICATE:
    case HTTP_NAME_COOKIE:
    case HTTP_NAME_SET_COOKIE:
    /* response control */
    case HTTP_NAME_AGE:
    case HTTP_NAME_EXPIRES:
    case HTTP_NAME_DATE:
    case HTTP_NAME_LOCATION:
    case HTTP_NAME_RETRY_AFTER:
    case HTTP_NAME_VARY:
    case HTTP_NAME_WARNING:
    /* content format */
    case HTTP_NAME_CONTENT_ENCODING:
    case HTTP_NAME_CONTENT_TYPE:
    case HTTP_NAME_CONTENT_RANGE: return true;
    default: return false;
    }
}
