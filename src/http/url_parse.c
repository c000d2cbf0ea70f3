/* The basic URL parser (section 4.4). The standard walks a state machine one code point at a time; here each state
 * is a function that takes the slice which that state would consume, which comes to the same. */
#include "http/url_parts.h"

struct parser {
    struct arena *a;
    struct url_parts *u;
    const struct url_parts *base; /* NULL when there is none */
};

static bool is_alpha(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
static struct span rest_of(struct span s, size_t at) {
    return (struct span){s.ptr + at, s.len - at};
} /* not null */

bool url_is_slash(char c, bool special) { return c == '/' || (special && c == '\\'); }

enum url_scheme url_scheme_of(struct span name) {
    static const struct {
        struct span name;
        enum url_scheme scheme;
    } special[] = {{SPAN("https"), URL_HTTPS}, {SPAN("http"), URL_HTTP}, {SPAN("ws"), URL_WS},
                   {SPAN("wss"), URL_WSS},     {SPAN("ftp"), URL_FTP},   {SPAN("file"), URL_FILE}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (span_eq(name, special[i].name)) return special[i].scheme;
    return URL_OTHER;
}

int32_t url_default_port(enum url_scheme scheme) {
    static const int32_t ports[] = {[URL_OTHER] = -1, [URL_HTTP] = 80, [URL_HTTPS] = 443, [URL_WS] = 80,
                                    [URL_WSS] = 443,  [URL_FTP] = 21,  [URL_FILE] = -1};
    return ports[scheme];
}

struct span url_strip_newlines(struct arena *a, struct span s) {
    unsigned char suspect = 0; /* no way out of the loop, so that the compiler takes many bytes at once */
    for (size_t i = 0; i < s.len; i++) suspect |= (unsigned char)(s.ptr[i] - '\t') <= '\r' - '\t';
    if (!suspect) return s.ptr ? s : SPAN("");
    char *clean = arena_alloc(a, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '\t' && s.ptr[i] != '\n' && s.ptr[i] != '\r') clean[len++] = s.ptr[i];
    return span_make(clean, len);
}

size_t url_scan_scheme(struct arena *a, struct span s, struct span *ret_name) {
    size_t len = 0;
    while (len < s.len &&
           (is_alpha(s.ptr[len]) || (len > 0 && (ascii_is_digit(s.ptr[len]) || s.ptr[len] == '+' ||
                                                 s.ptr[len] == '-' || s.ptr[len] == '.'))))
        len++;
    if (len == 0 || len == s.len || s.ptr[len] != ':') return 0;
    char *name = arena_alloc(a, len);
    for (size_t i = 0; i < len; i++) name[i] = ascii_lower(s.ptr[i]);
    *ret_name = span_make(name, len);
    return len;
}

struct span url_encode_part(struct arena *a, struct span s, enum url_set set) {
    bool clean = true;
    for (size_t i = 0; i < s.len && clean; i++) clean = !url_in_set((unsigned char)s.ptr[i], set);
    if (clean) return s.len ? s : SPAN("");
    char *to = arena_alloc(a, 3 * s.len);
    return span_make(to, url_percent_encode_to(s, set, to));
}

enum url_set url_query_set(const struct url_parts *u) {
    return u->scheme == URL_OTHER ? URL_SET_QUERY : URL_SET_SPECIAL_QUERY;
}

size_t url_authority_end(struct span s, bool special) {
    size_t i = 0;
    while (i < s.len && s.ptr[i] != '?' && s.ptr[i] != '#' && !url_is_slash(s.ptr[i], special)) i++;
    return i;
}

size_t url_port_colon(struct span s) {
    bool inside = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == ':' && !inside) return i;
        if (s.ptr[i] == '[') inside = true;
        if (s.ptr[i] == ']') inside = false;
    }
    return s.len;
}

/* A lower-case domain of ordinary letters, that is no IPv4 address: its own normal form. */
static bool is_plain_domain(struct span s) {
    size_t i = 0;
    while (i < s.len && (url_plain_chars[(unsigned char)s.ptr[i]] & URL_PLAIN_HOST)) i++;
    if (i < s.len || !s.len) return false;
    size_t label = s.ptr[s.len - 1] == '.' ? s.len - 1 : s.len;
    while (label > 0 && s.ptr[label - 1] != '.') label--;
    return label < s.len && !ascii_is_digit(s.ptr[label]);
}

enum err url_host_part(struct arena *a, struct span s, struct url_parts *u) {
    if (u->scheme != URL_OTHER && is_plain_domain(s)) {
        u->host = s;
        u->host_kind = URL_HOST_DOMAIN;
        return ERR_OK;
    }
    struct buf host = BUF_INIT;
    enum url_host kind = URL_HOST_EMPTY;
    enum err e = s.len ? url_host_parse(s, u->scheme != URL_OTHER, &host, &kind) : ERR_OK;
    if (!e) {
        u->host = host.len ? arena_copy(a, buf_span(&host)) : SPAN("");
        u->host_kind = kind;
    }
    buf_free(&host);
    return e;
}

enum err url_file_host_part(struct arena *a, struct span s, struct url_parts *u) {
    enum err e = url_host_part(a, s, u);
    if (!e && span_eq(u->host, SPAN("localhost"))) {
        u->host = SPAN("");
        u->host_kind = URL_HOST_EMPTY;
    }
    return e;
}

/* Host state and port state, with all of the authority at hand. */
static enum err host_and_port(struct parser *p, struct span s) {
    struct url_parts *u = p->u;
    size_t colon = url_port_colon(s);
    if (colon == 0 && (s.len > 0 || u->scheme != URL_OTHER)) return ERR_INVALID;
    enum err e = url_host_part(p->a, span_first(s, colon), u);
    if (e || colon == s.len) return e;
    int32_t port = 0;
    for (size_t i = colon + 1; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) return ERR_INVALID;
        port = port * 10 + (s.ptr[i] - '0');
        if (port > 65535) return ERR_INVALID;
    }
    if (colon + 1 < s.len && port != url_default_port(u->scheme)) u->port = port;
    return ERR_OK;
}

static bool is_drive_letter(struct span s) {
    return s.len == 2 && is_alpha(s.ptr[0]) && (s.ptr[1] == ':' || s.ptr[1] == '|');
}
static bool starts_with_drive_letter(struct span s) {
    return s.len >= 2 && is_drive_letter(span_first(s, 2)) &&
           (s.len == 2 || strchr("/\\?#", s.ptr[2]) != NULL) && (s.len == 2 || s.ptr[2] != 0);
}

/* Section 4.4 "shorten a url's path": a file's drive letter stays. */
static size_t shortened(struct span path, enum url_scheme scheme) {
    if (scheme == URL_FILE && path.len == 3 && is_alpha(path.ptr[1]) && path.ptr[2] == ':') return path.len;
    size_t len = path.len;
    while (len > 0 && path.ptr[--len] != '/') {
    }
    return len;
}

/* How many dots a segment is made of, "%2e" counting as one; 0 when of anything else, or more than two. */
static unsigned dots_of(struct span s) {
    unsigned dots = 0;
    for (size_t i = 0; i < s.len; dots++) {
        if (dots == 2) return 0;
        if (s.ptr[i] == '.')
            i++;
        else if (s.len - i >= 3 && s.ptr[i] == '%' && s.ptr[i + 1] == '2' && ascii_lower(s.ptr[i + 2]) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots;
}

size_t url_path_part(struct arena *a, struct span s, bool whole, struct url_parts *u) {
    bool special = u->scheme != URL_OTHER;
    char *path = arena_alloc(a, u->path.len + 3 * s.len + 2);
    size_t len = u->path.len, at = 0;
    if (len) memcpy(path, u->path.ptr, len);
    for (;;) {
        size_t end = at;
        while (end < s.len && !url_is_slash(s.ptr[end], special) &&
               (whole || (s.ptr[end] != '?' && s.ptr[end] != '#')))
            end++;
        bool more = end < s.len && url_is_slash(s.ptr[end], special);
        struct span segment = {s.ptr + at, end - at};
        unsigned dots = dots_of(segment);
        if (dots == 2) len = shortened(span_make(path, len), u->scheme);
        if (dots == 0 || !more) path[len++] = '/';
        if (dots == 0) {
            bool drive = u->scheme == URL_FILE && len == 1 && is_drive_letter(segment);
            len += url_percent_encode_to(segment, URL_SET_PATH, path + len);
            if (drive) path[len - 1] = ':';
        }
        at = end + more;
        if (!more) break;
    }
    u->path = span_make(path, len);
    return at;
}

/* What may follow a path: "?query#fragment". */
static void query_and_hash(struct parser *p, struct span s) {
    if (s.len && s.ptr[0] == '?') {
        size_t end = span_index(s, '#');
        p->u->query = url_encode_part(p->a, (struct span){s.ptr + 1, end - 1}, url_query_set(p->u));
        s = rest_of(s, end);
    }
    if (s.len) p->u->hash = url_encode_part(p->a, rest_of(s, 1), URL_SET_FRAGMENT);
}

static void path_state(struct parser *p, struct span s) {
    query_and_hash(p, rest_of(s, url_path_part(p->a, s, false, p->u)));
}

static void path_start(struct parser *p, struct span s) {
    bool special = p->u->scheme != URL_OTHER;
    if (!special && (s.len == 0 || s.ptr[0] == '?' || s.ptr[0] == '#')) return query_and_hash(p, s);
    path_state(p, s.len && url_is_slash(s.ptr[0], special) ? rest_of(s, 1) : s);
}

static enum err authority(struct parser *p, struct span s) {
    size_t end = url_authority_end(s, p->u->scheme != URL_OTHER), at = end;
    while (at > 0 && s.ptr[at - 1] != '@') at--;
    if (at > 0) {
        struct span name = {s.ptr, at - 1};
        size_t colon = span_index(name, ':');
        p->u->user = url_encode_part(p->a, span_first(name, colon), URL_SET_USERINFO);
        p->u->pass = url_encode_part(p->a, span_from(name, colon + 1), URL_SET_USERINFO);
        if (at == end) return ERR_INVALID;
    }
    enum err e = host_and_port(p, (struct span){s.ptr + at, end - at});
    if (!e) path_start(p, rest_of(s, end));
    return e;
}

static enum err authority_after_slashes(struct parser *p, struct span s) {
    size_t slashes = 0;
    while (slashes < s.len && url_is_slash(s.ptr[slashes], true)) slashes++;
    return authority(p, rest_of(s, slashes));
}

/* "?x", "#x" or a path beside the base's. `keep_path`: the base's path is not left out even for a path. */
static void relative_rest(struct parser *p, struct span s) {
    struct url_parts *u = p->u;
    u->path = p->base->path;
    if (s.len && s.ptr[0] == '?') return query_and_hash(p, s);
    if (s.len == 0 || s.ptr[0] == '#') {
        u->query = p->base->query;
        return query_and_hash(p, s);
    }
    if (u->scheme == URL_FILE && starts_with_drive_letter(s))
        u->path = SPAN("");
    else
        u->path.len = shortened(u->path, u->scheme);
    path_state(p, s);
}

static void take_authority(struct url_parts *u, const struct url_parts *base) {
    u->user = base->user;
    u->pass = base->pass;
    u->host = base->host;
    u->host_kind = base->host_kind;
    u->port = base->port;
}

static enum err relative(struct parser *p, struct span s) {
    p->u->scheme = p->base->scheme;
    p->u->scheme_name = p->base->scheme_name;
    bool special = p->u->scheme != URL_OTHER;
    if (s.len && url_is_slash(s.ptr[0], special)) {
        if (s.len > 1 && url_is_slash(s.ptr[1], special))
            return special ? authority_after_slashes(p, s) : authority(p, rest_of(s, 2));
        take_authority(p->u, p->base);
        path_state(p, rest_of(s, 1));
        return ERR_OK;
    }
    take_authority(p->u, p->base);
    relative_rest(p, s);
    return ERR_OK;
}

static enum err file_host(struct parser *p, struct span s) {
    size_t end = url_authority_end(s, true);
    if (is_drive_letter(span_first(s, end))) return path_state(p, s), ERR_OK; /* no host, but a path */
    enum err e = url_file_host_part(p->a, span_first(s, end), p->u);
    if (!e) path_start(p, rest_of(s, end));
    return e;
}

static enum err file(struct parser *p, struct span s) {
    p->u->scheme = URL_FILE;
    p->u->scheme_name = SPAN("file");
    p->u->host = SPAN("");
    p->u->host_kind = URL_HOST_EMPTY;
    const struct url_parts *base = p->base && p->base->scheme == URL_FILE ? p->base : NULL;
    if (s.len && url_is_slash(s.ptr[0], true)) {
        if (s.len > 1 && url_is_slash(s.ptr[1], true)) return file_host(p, rest_of(s, 2));
        s = rest_of(s, 1);
        if (base) {
            take_authority(p->u, base);
            struct span first = span_first(base->path, 3);
            bool drive = first.len == 3 && is_alpha(first.ptr[1]) && first.ptr[2] == ':' &&
                         (base->path.len == 3 || base->path.ptr[3] == '/');
            if (drive && !starts_with_drive_letter(s)) p->u->path = first;
        }
        path_state(p, s);
        return ERR_OK;
    }
    if (!base) return path_state(p, s), ERR_OK;
    take_authority(p->u, base);
    relative_rest(p, s);
    return ERR_OK;
}

/* "mailto:x", "data:...": one string. Spaces at its end would be lost in the href, so the last one is encoded when
 * something follows. */
static void opaque_path(struct parser *p, struct span s) {
    size_t end = 0;
    while (end < s.len && s.ptr[end] != '?' && s.ptr[end] != '#') end++;
    struct span path = url_encode_part(p->a, span_first(s, end), URL_SET_C0);
    if (end < s.len && path.len && path.ptr[path.len - 1] == ' ') {
        char *copy = arena_alloc(p->a, path.len + 2);
        memcpy(copy, path.ptr, path.len);
        memcpy(copy + path.len - 1, "%20", 3);
        path = span_make(copy, path.len + 2);
    }
    p->u->opaque_path = true;
    p->u->path = path;
    query_and_hash(p, rest_of(s, end));
}

static enum err with_scheme(struct parser *p, struct span s) {
    bool pair = s.len >= 2 && s.ptr[0] == '/' && s.ptr[1] == '/';
    if (p->u->scheme == URL_FILE) return file(p, s);
    if (p->u->scheme != URL_OTHER) {
        if (p->base && p->base->scheme == p->u->scheme && !pair) return relative(p, s);
        return authority_after_slashes(p, s);
    }
    if (pair) return authority(p, rest_of(s, 2));
    if (s.len && s.ptr[0] == '/')
        path_state(p, rest_of(s, 1));
    else
        opaque_path(p, s);
    return ERR_OK;
}

static enum err without_scheme(struct parser *p, struct span s) {
    if (!p->base) return ERR_INVALID;
    if (p->base->opaque_path) {
        if (s.len == 0 || s.ptr[0] != '#') return ERR_INVALID;
        *p->u = *p->base;
        query_and_hash(p, s);
        return ERR_OK;
    }
    return p->base->scheme == URL_FILE ? file(p, s) : relative(p, s);
}

enum err url_parse_parts(struct arena *a, struct span s, const struct url *base, struct url_parts *ret) {
    if (s.len > LIMIT_URL_BYTES) return ERR_TOO_LARGE;
    while (s.len && (unsigned char)s.ptr[0] <= ' ') s.ptr++, s.len--;
    while (s.len && (unsigned char)s.ptr[s.len - 1] <= ' ') s.len--;
    s = url_strip_newlines(a, s);
    struct url_parts base_parts;
    if (base) url_take_apart(base, &base_parts);
    *ret = (struct url_parts){.port = -1, .user = SPAN(""), .pass = SPAN(""), .path = SPAN("")};
    struct parser p = {a, ret, base ? &base_parts : NULL};
    size_t scheme = url_scan_scheme(a, s, &ret->scheme_name);
    if (!scheme) return without_scheme(&p, s);
    ret->scheme = url_scheme_of(ret->scheme_name);
    return with_scheme(&p, rest_of(s, scheme + 1));
}
