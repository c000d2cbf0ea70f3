/* URLs: whatever is parsed, set or joined must be an URL that parses to itself with the same parts, and its quick
 * path must agree with the long one. Input lines: URL, base, then pairs of setter number and value. */
#include <stdlib.h>

#include "base/check.h"
#include "http/url.h"
#include "http/urlencoded.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_parts(const struct url *a, const struct url *b) {
    check(span_eq(url_href(a), url_href(b)));
    check(a->scheme_end == b->scheme_end && a->user_start == b->user_start && a->user_end == b->user_end);
    check(a->pass_end == b->pass_end && a->host_start == b->host_start && a->host_end == b->host_end);
    check(a->path_start == b->path_start && a->query_start == b->query_start &&
          a->hash_start == b->hash_start);
    check(a->port == b->port && a->scheme == b->scheme && a->opaque_path == b->opaque_path);
    check(a->host_kind == b->host_kind);
}

static void is_sound(const struct url *u) {
    check(u->user_start <= u->user_end && u->user_end <= u->pass_end && u->pass_end <= u->host_start);
    check(u->host_start <= u->host_end && u->host_end <= u->path_start && u->path_start <= u->query_start);
    check(u->query_start <= u->hash_start && u->hash_start <= u->href.len);
    check(utf8_is_ascii(url_href(u)));
    struct url again = URL_INIT;
    check(url_parse(url_href(u), NULL, &again) == ERR_OK);
    same_parts(u, &again);
    /* A newline in front of the last letter sends it the long way. */
    struct buf broken = BUF_INIT;
    buf_add(&broken, span_first(url_href(u), u->scheme_end));
    buf_lit(&broken, "\n");
    buf_add(&broken, span_from(url_href(u), u->scheme_end));
    check(url_parse(buf_span(&broken), NULL, &again) == ERR_OK);
    same_parts(u, &again);
    buf_free(&broken);
    url_free(&again);
    struct buf origin = BUF_INIT;
    url_origin(u, &origin);
    check(origin.len > 0);
    buf_free(&origin);
}

static void set(struct url *u, char which, struct span value) {
    static void (*const setters[])(struct url *, struct span) = {
        url_set_protocol, url_set_username, url_set_password, url_set_host, url_set_hostname,
        url_set_port,     url_set_pathname, url_set_search,   url_set_hash};
    setters[(unsigned char)which % 9](u, value);
    is_sound(u);
}

static void form(struct span s) {
    struct arena a = ARENA_INIT;
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct span rest = s, name, value;
    while (urlencoded_next(&a, &rest, &name, &value)) {
        check(utf8_valid(name) && utf8_valid(value));
        urlencoded_add(&once, once.len == 0, name, value);
    }
    rest = buf_span(&once);
    while (urlencoded_next(&a, &rest, &name, &value)) urlencoded_add(&twice, twice.len == 0, name, value);
    check(span_eq(buf_span(&once), buf_span(&twice)));
    buf_free(&once);
    buf_free(&twice);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 4096) return 0;
    struct span rest = span_make(data, size);
    struct span input = span_cut(&rest, '\n'), base_input = span_cut(&rest, '\n');
    struct url base = URL_INIT, u = URL_INIT;
    form(input);
    bool has_base = url_parse(base_input, NULL, &base) == ERR_OK;
    if (has_base) is_sound(&base);
    if (url_parse(input, has_base ? &base : NULL, &u) == ERR_OK) {
        is_sound(&u);
        while (rest.ptr) {
            struct span line = span_cut(&rest, '\n');
            if (line.len) set(&u, line.ptr[0], span_from(line, 1));
        }
    }
    url_free(&base);
    url_free(&u);
    return 0;
}
