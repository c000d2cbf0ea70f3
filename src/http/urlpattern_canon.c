/* The canonical form of a component (section 3.2), by the URL parser's own states, and what a URLPatternInit says together with
 * its base URL (section 2.3). */
#include "base/mem.h"
#include "http/urlpattern_int.h"

bool urlpattern_canon_protocol(struct arena *a, struct span value, struct span *ret) {
    if (!value.len) return *ret = value, true;
    struct span text = arena_printf(a, "%.*s://dummy.invalid/", SPAN_FMT(value));
    struct url u = URL_INIT;
    bool ok = url_parse(text, NULL, &u) == ERR_OK;
    if (ok) *ret = arena_copy(a, url_slice_(&u, 0, u.scheme_end));
    url_free(&u);
    return ok;
}

bool urlpattern_canon_username(struct arena *a, struct span value, struct span *ret) {
    return *ret = url_encode_part(a, value, URL_SET_USERINFO), true;
}
bool urlpattern_canon_password(struct arena *a, struct span value, struct span *ret) {
    return urlpattern_canon_username(a, value, ret);
}

/* The hostname state of a special URL, as its setter has it: a port is a failure, a path ends it. */
bool urlpattern_canon_hostname(struct arena *a, struct span value, struct span *ret) {
    if (!value.len) return *ret = value, true;
    struct span s = url_strip_newlines(a, value);
    s = span_first(s, url_authority_end(s, true));
    if (!s.len || url_port_colon(s) < s.len) return false;
    struct buf b = BUF_INIT;
    enum url_host kind;
    bool ok = url_host_parse(s, true, &b, &kind) == ERR_OK;
    if (ok) *ret = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return ok;
}

bool urlpattern_canon_ipv6(struct arena *a, struct span value, struct span *ret) {
    char *to = arena_alloc(a, value.len + 1);
    for (size_t i = 0; i < value.len; i++) {
        char c = ascii_lower(value.ptr[i]);
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f') && c != '[' && c != ']' && c != ':') return false;
        to[i] = c;
    }
    return *ret = span_make(to, value.len), true;
}

static bool canon_port(struct arena *a, struct span value, struct span scheme, struct span *ret) {
    if (!value.len) return *ret = value, true;
    struct span s = url_strip_newlines(a, value);
    int32_t port = 0;
    size_t i = 0;
    for (; i < s.len && ascii_is_digit(s.ptr[i]); i++) {
        port = port * 10 + (s.ptr[i] - '0');
        if (port > 65535) return false;
    }
    if (!i) return false;
    if (scheme.len && port == url_default_port(url_scheme_of(scheme)))
        *ret = SPAN("");
    else
        *ret = arena_printf(a, "%d", (int)port);
    return true;
}
bool urlpattern_canon_port(struct arena *a, struct span value, struct span *ret) {
    return canon_port(a, value, SPAN_NONE, ret);
}

/* A piece of a path need not begin with '/': something stands in for what comes before it, so that ".." and the like
 * are not lost. */
bool urlpattern_canon_pathname(struct arena *a, struct span value, struct span *ret) {
    if (!value.len) return *ret = value, true;
    bool leading = value.ptr[0] == '/';
    struct span s = leading ? value : arena_printf(a, "/-%.*s", SPAN_FMT(value));
    s = url_strip_newlines(a, s);
    struct url_parts parts = {.scheme = URL_HTTPS, .path = SPAN("")};
    bool slash = s.len && url_is_slash(s.ptr[0], true);
    (void)url_path_part(a, slash ? (struct span){s.ptr + 1, s.len - 1} : s, true, &parts);
    *ret = leading ? parts.path : urlpattern_there(span_from(parts.path, 2));
    return true;
}

bool urlpattern_canon_opaque(struct arena *a, struct span value, struct span *ret) {
    struct span s = url_strip_newlines(a, value);
    size_t end = 0;
    while (end < s.len && s.ptr[end] != '?' && s.ptr[end] != '#') end++;
    return *ret = url_encode_part(a, span_first(s, end), URL_SET_C0), true;
}

bool urlpattern_canon_search(struct arena *a, struct span value, struct span *ret) {
    return *ret = url_encode_part(a, url_strip_newlines(a, value), URL_SET_SPECIAL_QUERY), true;
}
bool urlpattern_canon_hash(struct arena *a, struct span value, struct span *ret) {
    return *ret = url_encode_part(a, url_strip_newlines(a, value), URL_SET_FRAGMENT), true;
}

/* --- URLPatternInit ----------------------------------------------------------------------------------------------------------- */

static struct span without(struct span s, struct span what, bool at_end) {
    if (at_end && span_ends(s, what)) return span_first(s, s.len - what.len);
    if (!at_end && span_starts(s, what)) return urlpattern_there(span_from(s, what.len));
    return s;
}

/* Which components of the base are inherited: those before the first that the init has, in the order of a URL. Name and
 * password are of no use in a pattern. */
static void inherit(struct arena *a, const struct url *base, const struct urlpattern_init *init,
                    bool is_pattern, struct urlpattern_init *ret) {
    const struct span *f = init->field;
    struct span values[URLPATTERN_COMPONENTS] = {url_slice_(base, 0, base->scheme_end),
                                                 url_username(base),
                                                 url_password(base),
                                                 url_hostname(base),
                                                 url_port(base),
                                                 url_pathname(base),
                                                 span_from(url_search(base), 1),
                                                 span_from(url_hash(base), 1)};
    bool none = !f[URLPATTERN_PROTOCOL].ptr;
    bool takes[URLPATTERN_COMPONENTS] = {none};
    takes[URLPATTERN_HOSTNAME] = none = none && !f[URLPATTERN_HOSTNAME].ptr;
    takes[URLPATTERN_PORT] = none = none && !f[URLPATTERN_PORT].ptr;
    takes[URLPATTERN_USERNAME] = !is_pattern && none && !f[URLPATTERN_USERNAME].ptr;
    takes[URLPATTERN_PASSWORD] = takes[URLPATTERN_USERNAME] && !f[URLPATTERN_PASSWORD].ptr;
    takes[URLPATTERN_PATHNAME] = none = none && !f[URLPATTERN_PATHNAME].ptr;
    takes[URLPATTERN_SEARCH] = none = none && !f[URLPATTERN_SEARCH].ptr;
    takes[URLPATTERN_HASH] = none && !f[URLPATTERN_HASH].ptr;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++)
        if (takes[i]) ret->field[i] = is_pattern ? urlpattern_escape(a, values[i]) : arena_copy(a, values[i]);
}

static bool is_absolute(struct span path, bool is_pattern) {
    if (span_starts(path, SPAN("/"))) return true;
    return is_pattern && (span_starts(path, SPAN("\\/")) || span_starts(path, SPAN("{/")));
}

/* A relative path is put after the last '/' of the base's. */
static struct span resolve_path(struct arena *a, const struct url *base, struct span path, bool is_pattern) {
    if (base->opaque_path || is_absolute(path, is_pattern)) return path;
    struct span from = url_pathname(base);
    if (is_pattern) from = urlpattern_escape(a, from);
    size_t slash = from.len;
    while (slash && from.ptr[slash - 1] != '/') slash--;
    if (!slash) return path;
    return arena_printf(a, "%.*s%.*s", (int)slash, from.ptr, SPAN_FMT(path));
}

static bool canon_field(struct arena *a, int i, struct span value, struct span scheme, struct span *ret) {
    switch (i) {
    case URLPATTERN_PROTOCOL: return urlpattern_canon_protocol(a, value, ret);
    case URLPATTERN_USERNAME: return urlpattern_canon_username(a, value, ret);
    case URLPATTERN_PASSWORD: return urlpattern_canon_password(a, value, ret);
    case URLPATTERN_HOSTNAME: return urlpattern_canon_hostname(a, value, ret);
    case URLPATTERN_PORT: return canon_port(a, value, scheme, ret);
    case URLPATTERN_PATHNAME:
        return !scheme.len || urlpattern_special_name(scheme) ? urlpattern_canon_pathname(a, value, ret)
                                                              : urlpattern_canon_opaque(a, value, ret);
    case URLPATTERN_SEARCH: return urlpattern_canon_search(a, value, ret);
    default: return urlpattern_canon_hash(a, value, ret);
    }
}

static enum err process(struct arena *a, const struct urlpattern_init *init, bool is_pattern,
                        const struct url *base, struct urlpattern_init *ret, const char **ret_why) {
    if (base) inherit(a, base, init, is_pattern, ret);
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++) {
        struct span value = init->field[i];
        if (!value.ptr) continue;
        if (i == URLPATTERN_PROTOCOL) value = without(value, SPAN(":"), true);
        if (i == URLPATTERN_SEARCH) value = without(value, SPAN("?"), false);
        if (i == URLPATTERN_HASH) value = without(value, SPAN("#"), false);
        if (i == URLPATTERN_PATHNAME && base) value = resolve_path(a, base, value, is_pattern);
        if (!is_pattern && !canon_field(a, i, value, ret->field[URLPATTERN_PROTOCOL], &value)) {
            *ret_why = "A component is not valid";
            return ERR_INVALID;
        }
        ret->field[i] = urlpattern_there(value);
    }
    return ERR_OK;
}

enum err urlpattern_process(struct arena *a, const struct urlpattern_init *init, bool is_pattern,
                            struct urlpattern_init *ret, const char **ret_why) {
    struct url base = URL_INIT;
    bool has_base = init->field[URLPATTERN_BASE].ptr != NULL;
    if (has_base && url_parse(init->field[URLPATTERN_BASE], NULL, &base)) {
        *ret_why = "The base URL is not valid";
        return ERR_INVALID;
    }
    enum err e = process(a, init, is_pattern, has_base ? &base : NULL, ret, ret_why);
    url_free(&base);
    return e;
}
