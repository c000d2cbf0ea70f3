/* The setters of the URL class (section 6.1): take the URL apart, put one part in by the parser's own states ("state
 * override"), build it anew. A value that a setter cannot use leaves the URL as it was. */
#include "http/url_parts.h"

struct edit {
    struct arena a;
    struct url_parts parts;
};

static void edit_begin(struct edit *e, const struct url *u) {
    e->a = ARENA_INIT;
    url_take_apart(u, &e->parts);
}

static void edit_end(struct edit *e, struct url *u, bool changed) {
    if (changed) (void)!url_put_together(&e->parts, u); /* too large: as it was */
    arena_free(&e->a);
}

/* Section 4.2, "cannot have a username/password/port". */
static bool lacks_authority(const struct url *u) {
    return u->host_kind == URL_HOST_NONE || u->host_kind == URL_HOST_EMPTY || u->scheme == URL_FILE;
}

enum err url_set_href(struct url *u, struct span value) { return url_parse(value, NULL, u); }

static bool put_protocol(struct edit *e, struct span value) {
    struct url_parts *u = &e->parts;
    value = url_strip_newlines(&e->a, value);
    struct span name;
    char *with_colon = arena_alloc(&e->a, value.len + 1);
    memcpy(with_colon, value.ptr, value.len);
    with_colon[value.len] = ':';
    if (!url_scan_scheme(&e->a, span_make(with_colon, value.len + 1), &name)) return false;
    enum url_scheme scheme = url_scheme_of(name);
    if ((scheme == URL_OTHER) != (u->scheme == URL_OTHER)) return false;
    if (scheme == URL_FILE && (u->user.len || u->pass.len || u->port >= 0)) return false;
    if (u->scheme == URL_FILE && u->host.len == 0) return false;
    u->scheme = scheme;
    u->scheme_name = name;
    if (u->port == url_default_port(scheme)) u->port = -1;
    return true;
}

void url_set_protocol(struct url *u, struct span value) {
    struct edit e;
    if (value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    edit_end(&e, u, put_protocol(&e, value));
}

void url_set_username(struct url *u, struct span value) {
    struct edit e;
    if (lacks_authority(u) || value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    e.parts.user = url_encode_part(&e.a, value, URL_SET_USERINFO);
    edit_end(&e, u, true);
}

void url_set_password(struct url *u, struct span value) {
    struct edit e;
    if (lacks_authority(u) || value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    e.parts.pass = url_encode_part(&e.a, value, URL_SET_USERINFO);
    edit_end(&e, u, true);
}

/* Port state with an override: the digits at the start; more of them than a port has change nothing. */
static bool put_port(struct url_parts *u, struct span s) {
    int32_t port = 0;
    size_t i = 0;
    for (; i < s.len && ascii_is_digit(s.ptr[i]); i++) {
        port = port * 10 + (s.ptr[i] - '0');
        if (port > 65535) return false;
    }
    if (i == 0) return false;
    u->port = port == url_default_port(u->scheme) ? -1 : port;
    return true;
}

static bool put_host(struct edit *e, struct span value, bool with_port) {
    struct url_parts *u = &e->parts;
    value = url_strip_newlines(&e->a, value);
    struct span s = span_first(value, url_authority_end(value, u->scheme != URL_OTHER));
    if (u->scheme == URL_FILE) return url_file_host_part(&e->a, s, u) == ERR_OK;
    size_t colon = url_port_colon(s);
    if (colon < s.len) {
        if (colon == 0 || !with_port || url_host_part(&e->a, span_first(s, colon), u)) return false;
        (void)put_port(u, span_from(s, colon + 1));
        return true;
    }
    if (s.len == 0 && (u->scheme != URL_OTHER || u->user.len || u->pass.len || u->port >= 0)) return false;
    return url_host_part(&e->a, s, u) == ERR_OK;
}

static void set_host(struct url *u, struct span value, bool with_port) {
    struct edit e;
    if (u->opaque_path || value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    edit_end(&e, u, put_host(&e, value, with_port));
}

void url_set_host(struct url *u, struct span value) { set_host(u, value, true); }
void url_set_hostname(struct url *u, struct span value) { set_host(u, value, false); }

void url_set_port(struct url *u, struct span value) {
    struct edit e;
    if (lacks_authority(u) || value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    if (value.len == 0) {
        e.parts.port = -1;
        edit_end(&e, u, true);
    } else {
        edit_end(&e, u, put_port(&e.parts, url_strip_newlines(&e.a, value)));
    }
}

void url_set_pathname(struct url *u, struct span value) {
    struct edit e;
    if (u->opaque_path || value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    bool special = u->scheme != URL_OTHER;
    struct span s = url_strip_newlines(&e.a, value);
    e.parts.path = SPAN("");
    if (s.len && url_is_slash(s.ptr[0], special))
        (void)url_path_part(&e.a, (struct span){s.ptr + 1, s.len - 1}, true, &e.parts);
    else if (s.len || special)
        (void)url_path_part(&e.a, s, true, &e.parts);
    else if (u->host_kind == URL_HOST_NONE)
        e.parts.path = SPAN("/");
    edit_end(&e, u, true);
}

/* Without the character that introduces it; null for an empty value. */
static struct span put_tail(struct edit *e, struct span value, char lead, enum url_set set) {
    if (value.len == 0) return SPAN_NONE;
    if (value.ptr[0] == lead) value.ptr++, value.len--;
    return url_encode_part(&e->a, url_strip_newlines(&e->a, value), set);
}

void url_set_search(struct url *u, struct span value) {
    struct edit e;
    if (value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    e.parts.query = put_tail(&e, value, '?', url_query_set(&e.parts));
    edit_end(&e, u, true);
}

void url_set_hash(struct url *u, struct span value) {
    struct edit e;
    if (value.len > LIMIT_URL_BYTES) return;
    edit_begin(&e, u);
    e.parts.hash = put_tail(&e, value, '#', URL_SET_FRAGMENT);
    edit_end(&e, u, true);
}
