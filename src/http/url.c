#include "http/url.h"

#include "http/url_parts.h"

void url_free(struct url *u) {
    buf_free(&u->href);
    *u = URL_INIT;
}

void url_copy(struct url *to, const struct url *from) {
    if (to == from) return;
    struct buf href = to->href;
    href.len = 0;
    buf_add(&href, buf_span(&from->href));
    *to = *from;
    to->href = href;
}

struct span url_port(const struct url *u) {
    return u->port < 0 ? SPAN_NONE : url_slice_(u, u->host_end + 1u, u->path_start);
}

struct span url_host(const struct url *u) {
    return url_slice_(u, u->host_start, u->port < 0 ? u->host_end : u->path_start);
}

int url_port_effective(const struct url *u) { return u->port >= 0 ? u->port : url_default_port(u->scheme); }

void url_take_apart(const struct url *u, struct url_parts *ret) {
    bool query = u->query_start < u->hash_start, hash = u->hash_start < u->href.len;
    *ret = (struct url_parts){
        .scheme = u->scheme,
        .scheme_name = url_slice_(u, 0, u->scheme_end),
        .user = url_username(u),
        .pass = url_password(u),
        .host = u->host_kind == URL_HOST_NONE ? SPAN_NONE : url_hostname(u),
        .host_kind = u->host_kind,
        .port = u->port,
        .opaque_path = u->opaque_path,
        .path = url_pathname(u),
        .query = query ? url_slice_(u, u->query_start + 1u, u->hash_start) : SPAN_NONE,
        .hash = hash ? url_slice_(u, u->hash_start + 1u, u->href.len) : SPAN_NONE,
    };
}

/* "//user:pass@host:port", or what stands in its place. */
static void put_authority(const struct url_parts *p, struct url *u, struct buf *b) {
    if (p->host_kind == URL_HOST_NONE) {
        u->user_start = u->user_end = u->pass_end = u->host_start = u->host_end = (uint32_t)b->len;
        /* or the path would read as a host the next time */
        if (!p->opaque_path && span_starts(p->path, SPAN("//"))) buf_lit(b, "/.");
        return;
    }
    buf_lit(b, "//");
    u->user_start = (uint32_t)b->len;
    buf_add(b, p->user);
    u->user_end = (uint32_t)b->len;
    if (p->pass.len) {
        buf_add_char(b, ':');
        buf_add(b, p->pass);
    }
    u->pass_end = (uint32_t)b->len;
    if (p->user.len || p->pass.len) buf_add_char(b, '@');
    u->host_start = (uint32_t)b->len;
    buf_add(b, p->host);
    u->host_end = (uint32_t)b->len;
    if (p->port < 0) return;
    buf_add_char(b, ':');
    buf_add_u64(b, (uint64_t)p->port);
}

/* `room`: memory for the href that no part points into; on success it is the url's. */
static enum err put_together(const struct url_parts *p, struct buf room, struct url *u) {
    size_t size = p->scheme_name.len + p->user.len + p->pass.len + p->host.len + p->path.len + p->query.len +
                  p->hash.len + sizeof "://:@:65535/.?#";
    if (size > LIMIT_URL_BYTES) return ERR_TOO_LARGE;
    struct buf b = room;
    b.len = 0;
    buf_reserve(&b, size);
    struct url built = {
        .scheme = p->scheme, .host_kind = p->host_kind, .port = p->port, .opaque_path = p->opaque_path};
    buf_add(&b, p->scheme_name);
    built.scheme_end = (uint32_t)b.len;
    buf_add_char(&b, ':');
    put_authority(p, &built, &b);
    built.path_start = (uint32_t)b.len;
    buf_add(&b, p->path);
    built.query_start = (uint32_t)b.len;
    if (p->query.ptr) {
        buf_add_char(&b, '?');
        buf_add(&b, p->query);
    }
    built.hash_start = (uint32_t)b.len;
    if (p->hash.ptr) {
        buf_add_char(&b, '#');
        buf_add(&b, p->hash);
    }
    built.href = b;
    *u = built;
    return ERR_OK;
}

enum err url_put_together(const struct url_parts *p, struct url *u) {
    struct buf old = u->href;
    enum err e = put_together(p, BUF_INIT, u);
    if (!e) buf_free(&old);
    return e;
}

/* Four decimal numbers below 256 as the standard writes them. Ends where `len` says. */
static bool is_normal_ipv4(const unsigned char *p, size_t at, size_t len) {
    for (unsigned part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t digits = at;
        for (; at < len && at - digits < 3 && ascii_is_digit((char)p[at]); at++)
            value = value * 10 + (p[at] - '0');
        if (at == digits || value > 255 || (p[digits] == '0' && at - digits > 1)) return false;
        if (part < 3 && (at == len || p[at++] != '.')) return false;
    }
    return at == len;
}

/* After "https://": the host, when it is a plain lower-case domain or a plain address, and the port. 0 when not. */
static size_t scan_host(const unsigned char *p, size_t at, size_t len, struct url *u) {
    u->user_start = u->user_end = u->pass_end = u->host_start = (uint32_t)at;
    while (at < len && (url_plain_chars[p[at]] & URL_PLAIN_HOST)) at++;
    if (at == u->host_start) return 0;
    size_t label = p[at - 1] == '.' ? at - 1 : at;
    while (label > u->host_start && p[label - 1] != '.') label--;
    if (ascii_is_digit((char)p[label])) { /* an IPv4 address in some form, or one that only looks like it */
        if (!is_normal_ipv4(p, u->host_start, at)) return 0;
        u->host_kind = URL_HOST_IPV4;
    }
    u->host_end = (uint32_t)at;
    if (at == len || p[at] != ':') return at;
    int32_t port = 0;
    size_t digits = ++at;
    while (at < len && at - digits < 6 && ascii_is_digit((char)p[at])) port = port * 10 + (p[at++] - '0');
    if (at == digits || p[digits] == '0' || port > 65535 || port == url_default_port(u->scheme)) return 0;
    u->port = port;
    return at;
}

/* A segment that begins so may be "." or "..", in some spelling. */
static bool may_be_dots(const unsigned char *p, size_t at, size_t len) {
    if (p[at] == '%') return len - at > 1 && p[at + 1] == '2';
    return at + 1 == len || memchr("/.%?#", p[at + 1], 5) != NULL;
}

static bool is_inside(struct span s, const struct buf *b) {
    return b->ptr && s.ptr + s.len > b->ptr && s.ptr < b->ptr + b->cap;
}

bool url_scan_normal(struct span s, struct url *ret) {
    struct url n = {.port = -1, .host_kind = URL_HOST_DOMAIN, .href = ret->href};
    if (span_starts(s, SPAN("http"))) {
        n.scheme_end = s.len > 4 && s.ptr[4] == 's' ? 5 : 4;
        n.scheme = n.scheme_end == 5 ? URL_HTTPS : URL_HTTP;
    } else if (span_starts(s, SPAN("ws"))) {
        n.scheme_end = s.len > 2 && s.ptr[2] == 's' ? 3 : 2;
        n.scheme = n.scheme_end == 3 ? URL_WSS : URL_WS;
    } else {
        return false;
    }
    if (s.len >= LIMIT_URL_BYTES || !span_starts(span_from(s, n.scheme_end), SPAN("://"))) return false;
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t at = scan_host(p, n.scheme_end + 3u, s.len, &n);
    if (!at) return false;
    n.path_start = (uint32_t)at;
    while (at < s.len && p[at] == '/') {
        if (++at < s.len && (p[at] == '.' || p[at] == '%') && may_be_dots(p, at, s.len)) return false;
        while (at < s.len && (url_plain_chars[p[at]] & URL_PLAIN_SEGMENT)) at++;
    }
    n.query_start = (uint32_t)at;
    if (at < s.len && p[at] == '?')
        while (++at < s.len && (url_plain_chars[p[at]] & URL_PLAIN_QUERY)) {
        }
    n.hash_start = (uint32_t)at;
    if (at < s.len && p[at] == '#')
        while (++at < s.len && (url_plain_chars[p[at]] & URL_PLAIN_HASH)) {
        }
    if (at != s.len) return false;
    *ret = n;
    return true;
}

/* The same, with the '/' of an empty path put in. */
static bool parse_plain(struct span s, struct url *u) {
    struct url n = {.href = u->href};
    if (!url_scan_normal(s, &n)) return false;
    /* The buffer is about to be written: the input must not be in it. */
    if (is_inside(s, &u->href)) return false;
    bool rootless = n.path_start == n.query_start;
    n.href.len = 0;
    buf_reserve(&n.href, s.len + rootless);
    buf_add(&n.href, span_first(s, n.path_start));
    if (rootless) buf_add_char(&n.href, '/');
    buf_add(&n.href, span_from(s, n.path_start));
    n.query_start += rootless;
    n.hash_start += rootless;
    *u = n;
    return true;
}

enum err url_parse(struct span input, const struct url *base, struct url *u) {
    if (parse_plain(input, u)) return ERR_OK;
    _Alignas(16) char near[2048]; /* most need no more */
    struct arena scratch = {.at = near, .end = near + sizeof near};
    struct url_parts parts;
    enum err e = url_parse_parts(&scratch, input, base, &parts);
    /* Parts point into the input, the base and the scratch memory: into *u only when it is one of those. */
    bool apart = base != u && !is_inside(input, &u->href);
    if (!e) e = apart ? put_together(&parts, u->href, u) : url_put_together(&parts, u);
    arena_free(&scratch);
    return e;
}

bool url_can_parse(struct span input, const struct url *base) {
    struct url u = URL_INIT;
    enum err e = url_parse(input, base, &u);
    url_free(&u);
    return e == ERR_OK;
}

static bool has_tuple_origin(const struct url *u) { return u->scheme != URL_OTHER && u->scheme != URL_FILE; }

void url_origin(const struct url *u, struct buf *to) {
    if (has_tuple_origin(u)) {
        buf_add(to, url_protocol(u));
        buf_lit(to, "//");
        buf_add(to, url_host(u));
        return;
    }
    struct url inner = URL_INIT;
    bool http = span_eq(url_protocol(u), SPAN("blob:")) &&
                url_parse(url_pathname(u), NULL, &inner) == ERR_OK &&
                (inner.scheme == URL_HTTP || inner.scheme == URL_HTTPS);
    if (http)
        url_origin(&inner, to);
    else
        buf_lit(to, "null");
    url_free(&inner);
}

bool url_same_origin(const struct url *a, const struct url *b) {
    return has_tuple_origin(a) && a->scheme == b->scheme && a->port == b->port &&
           span_eq(url_hostname(a), url_hostname(b));
}
