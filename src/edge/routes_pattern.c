#include "edge/routes_pattern.h"

#include "base/limits.h"
#include "http/url.h"

static enum err refuse(struct problem *p, struct span text, const char *why) {
    return problem(p, ERR_INVALID, "route \"%.*s\": %s", SPAN_FMT(text), why);
}

static enum route_scheme take_scheme(struct span *rest) {
    enum route_scheme scheme = ROUTE_ANY_SCHEME;
    size_t skip = 0;
    if (span_eq_nocase(span_first(*rest, 7), SPAN("http://"))) scheme = ROUTE_HTTP_ONLY, skip = 7;
    if (span_eq_nocase(span_first(*rest, 8), SPAN("https://"))) scheme = ROUTE_HTTPS_ONLY, skip = 8;
    *rest = span_from(*rest, skip);
    return scheme;
}

/* The host after its `*`. A dot in front stays, since it is what keeps the parent domain out. */
static enum err parse_host(struct span text, struct span host, struct arena *a, struct route_pattern *ret,
                           struct problem *p) {
    if (span_index(host, '*') < host.len) return refuse(p, text, "in the host, `*` may only come first");
    if (span_index(host, ':') < host.len && host.ptr[0] != '[')
        return refuse(p, text, "ports are not part of a route; remove it");
    bool dot = ret->any_host && host.len && host.ptr[0] == '.';
    struct span name = dot ? span_from(host, 1) : host;
    if (!name.len) {
        if (!ret->any_host || dot) return refuse(p, text, "the host is missing");
        ret->host = SPAN_NONE;
        return ERR_OK;
    }
    struct buf normal = BUF_INIT;
    if (dot) buf_add_char(&normal, '.');
    enum url_host kind;
    enum err e = url_parse_host(name, &normal, &kind);
    if (!e && normal.len > 255) e = ERR_INVALID;
    if (!e) ret->host = arena_copy(a, buf_span(&normal));
    buf_free(&normal);
    return e ? refuse(p, text, "the host is not a host name") : ERR_OK;
}

static enum err parse_path(struct span text, struct span path, struct arena *a, struct route_pattern *ret,
                           struct problem *p) {
    if (path.len && path.ptr[path.len - 1] == '*') {
        ret->any_path = true;
        path = span_first(path, path.len - 1);
    }
    if (span_index(path, '*') < path.len) return refuse(p, text, "in the path, `*` may only come last");
    if (span_index(path, '?') < path.len)
        return refuse(p, text, "a route has no query; end the path with `*` to let queries through");
    if (span_index(path, '#') < path.len) return refuse(p, text, "a route has no fragment");
    /* As a URL's path is written, so that comparing bytes is enough. */
    struct buf encoded = BUF_INIT;
    url_percent_encode(path, URL_SET_PATH, &encoded);
    ret->path = encoded.len ? arena_copy(a, buf_span(&encoded)) : SPAN("/");
    buf_free(&encoded);
    return ERR_OK;
}

enum err route_pattern_parse(struct span text, struct arena *a, struct route_pattern *ret,
                             struct problem *p) {
    if (text.len > LIMIT_ROUTE_BYTES) return refuse(p, span_first(text, 64), "it is too long");
    struct route_pattern out = {.text = arena_copy(a, text)};
    struct span rest = text;
    out.scheme = take_scheme(&rest);
    if (rest.len && rest.ptr[0] == '*') {
        out.any_host = true;
        rest = span_from(rest, 1);
    }
    size_t slash = span_index(rest, '/');
    enum err e = parse_host(text, span_first(rest, slash), a, &out, p);
    if (!e) e = parse_path(text, span_from(rest, slash), a, &out, p);
    if (!e) *ret = out;
    return e;
}
