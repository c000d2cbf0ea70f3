/* The URL Standard, by the published vectors (test/vectors/url). It could pass wrongly if a row were skipped: the
 * rows are counted, and the three that need a newer Unicode than ICU has must be refused by an older one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/url.h"
#include "http/urlencoded.h"
#include "test/support/tsv.h"
#include "text/idna.h"

static struct span part_of(const struct url *u, struct span name, struct buf *scratch) {
    scratch->len = 0;
    if (span_eq(name, SPAN("href"))) return url_href(u);
    if (span_eq(name, SPAN("protocol"))) return url_protocol(u);
    if (span_eq(name, SPAN("username"))) return url_username(u);
    if (span_eq(name, SPAN("password"))) return url_password(u);
    if (span_eq(name, SPAN("host"))) return url_host(u);
    if (span_eq(name, SPAN("hostname"))) return url_hostname(u);
    if (span_eq(name, SPAN("port"))) return url_port(u);
    if (span_eq(name, SPAN("pathname"))) return url_pathname(u);
    if (span_eq(name, SPAN("search"))) return url_search(u);
    if (span_eq(name, SPAN("hash"))) return url_hash(u);
    if (!span_eq(name, SPAN("origin"))) fail_msg("no part %.*s", SPAN_FMT(name));
    url_origin(u, scratch);
    return buf_span(scratch);
}

/* Prints and counts what differs. */
static unsigned differs(const struct tsv *t, const struct url *u, struct span part, struct span expected) {
    struct buf scratch = BUF_INIT;
    struct span got = part_of(u, part, &scratch);
    unsigned wrong = !span_eq(got, expected);
    if (wrong)
        fprintf(stderr, "line %u: %.*s is '%.*s', not '%.*s'\n", t->line, SPAN_FMT(part), SPAN_FMT(got),
                SPAN_FMT(expected));
    buf_free(&scratch);
    return wrong;
}

/* What was parsed must parse to itself. */
static void is_stable(const struct url *u) {
    struct url again = URL_INIT;
    assert_int_equal(url_parse(url_href(u), NULL, &again), ERR_OK);
    assert_true(span_eq(url_href(&again), url_href(u)));
    assert_true(again.host_start == u->host_start && again.path_start == u->path_start);
    assert_true(again.query_start == u->query_start && again.hash_start == u->hash_start);
    url_free(&again);
}

static unsigned parse_row(const struct tsv *t) {
    static const char *const parts[] = {"origin",   "protocol", "username", "password", "host",
                                        "hostname", "port",     "pathname", "search",   "hash"};
    struct url base = URL_INIT, u = URL_INIT;
    unsigned wrong = 0;
    bool has_base = t->fields[1].ptr != NULL;
    enum err e = has_base ? url_parse(t->fields[1], NULL, &base) : ERR_OK;
    if (!e) e = url_parse(t->fields[0], has_base ? &base : NULL, &u);
    if ((e == ERR_OK) != (t->fields[2].ptr != NULL)) {
        fprintf(stderr, "line %u: '%.*s' is %s\n", t->line, SPAN_FMT(t->fields[0]),
                e ? "refused" : "accepted");
        wrong++;
    } else if (!e) {
        wrong += differs(t, &u, SPAN("href"), t->fields[2]);
        for (size_t i = 0; i < 10; i++) /* null: the row does not say */
            if (t->fields[3 + i].ptr) wrong += differs(t, &u, span_of(parts[i]), t->fields[3 + i]);
        is_stable(&u);
    }
    url_free(&base);
    url_free(&u);
    return wrong;
}

static void parsing_follows_the_vectors(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0, wrong = 0;
    for (tsv_open(&t, VECTORS "/url/parse.tsv"); tsv_next(&t); rows++) {
        assert_int_equal(t.count, 13);
        wrong += parse_row(&t);
    }
    tsv_close(&t);
    assert_int_equal(wrong, 0);
    assert_int_equal(rows, 921);
}

static bool set(struct url *u, struct span attribute, struct span value) {
    static const struct {
        const char *name;
        void (*set)(struct url *, struct span);
    } setters[] = {
        {"protocol", url_set_protocol}, {"username", url_set_username}, {"password", url_set_password},
        {"host", url_set_host},         {"hostname", url_set_hostname}, {"port", url_set_port},
        {"pathname", url_set_pathname}, {"search", url_set_search},     {"hash", url_set_hash}};
    if (span_eq(attribute, SPAN("href"))) return url_set_href(u, value) == ERR_OK;
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++)
        if (span_eq(attribute, span_of(setters[i].name))) return setters[i].set(u, value), true;
    return false;
}

static void setters_follow_the_vectors(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0, wrong = 0;
    for (tsv_open(&t, VECTORS "/url/setters.tsv"); tsv_next(&t); rows++) {
        struct url u = URL_INIT;
        assert_int_equal(url_parse(t.fields[1], NULL, &u), ERR_OK);
        if (!set(&u, t.fields[0], t.fields[2])) fprintf(stderr, "line %u: cannot set\n", t.line), wrong++;
        for (size_t i = 3; i + 1 < t.count; i += 2) wrong += differs(&t, &u, t.fields[i], t.fields[i + 1]);
        is_stable(&u);
        url_free(&u);
    }
    tsv_close(&t);
    assert_int_equal(wrong, 0);
    assert_int_equal(rows, 296);
}

/* Rows with letters of Unicode 17, which an older ICU cannot know: CJK Extension J. */
static bool needs_unicode_17(struct span domain) {
    for (size_t i = 0; i + 4 <= domain.len; i++) {
        unsigned char lead[4];
        memcpy(lead, domain.ptr + i, 4);
        uint32_t code = (lead[0] & 7u) << 18 | (lead[1] & 63u) << 12 | (lead[2] & 63u) << 6 | (lead[3] & 63u);
        if (lead[0] == 0xF0 && code >= 0x323B0 && code <= 0x3347F) return true;
    }
    return false;
}

static void hosts_follow_the_vectors(void **state) {
    (void)state;
    struct tsv t;
    unsigned rows = 0, wrong = 0, newer = 0;
    struct buf input = BUF_INIT, host = BUF_INIT;
    for (tsv_open(&t, VECTORS "/url/hosts.tsv"); tsv_next(&t); rows++) {
        if (t.fields[0].len == 0) continue; /* no URL can hold it; text/idna_test.c has that row */
        enum url_host kind;
        input.len = host.len = 0;
        url_percent_encode(t.fields[0], URL_SET_COMPONENT, &input);
        enum err e = url_parse_host(buf_span(&input), &host, &kind);
        if (t.fields[1].ptr && idna_unicode_version() < 17 && needs_unicode_17(t.fields[0])) {
            newer++;
            if (e == ERR_INVALID) continue;
        } else if ((e == ERR_OK) == (t.fields[1].ptr != NULL) && span_eq(buf_span(&host), t.fields[1])) {
            continue;
        }
        fprintf(stderr, "line %u: '%.*s' gave '%.*s', not '%.*s'\n", t.line, SPAN_FMT(t.fields[0]),
                SPAN_FMT(buf_span(&host)), SPAN_FMT(t.fields[1]));
        wrong++;
    }
    tsv_close(&t);
    buf_free(&input);
    buf_free(&host);
    assert_int_equal(wrong, 0);
    assert_int_equal(rows, 2778);
    assert_int_equal(newer, idna_unicode_version() < 17 ? 3 : 0);
}

static void percent_encoding_follows_the_vectors(void **state) {
    (void)state;
    struct tsv t;
    struct url u = URL_INIT;
    struct buf input = BUF_INIT;
    for (tsv_open(&t, VECTORS "/url/percent.tsv"); tsv_next(&t);) {
        input.len = 0;
        buf_lit(&input, "http://h/?");
        buf_add(&input, t.fields[0]);
        buf_lit(&input, "#");
        buf_add(&input, t.fields[0]);
        assert_int_equal(url_parse(buf_span(&input), NULL, &u), ERR_OK);
        assert_true(span_eq(url_query(&u), t.fields[1]));
        assert_true(span_eq(span_from(url_hash(&u), 1), t.fields[1]));
    }
    tsv_close(&t);
    buf_free(&input);
    url_free(&u);
}

/* The quick way and the long way must meet: a tab makes the parser take the long one. */
static void the_quick_way_is_the_same(void **state) {
    (void)state;
    static const char *const inputs[] = {
        "http://a",           "https://a.b-c_d.example:8080/x/y.z?q=1&r=%20#top",
        "http://h?q",         "http://h#f",
        "https://h:443/",     "https://h:80/",
        "http://h:080/",      "http://h:65536/",
        "http://h:/",         "http://1.2.3.4/",
        "http://a.1/",        "http://a.1./",
        "http://1.2.3.4:81/", "http://01.2.3.4/",
        "http://1.2.3.256/",  "http://1.2.3/",
        "http://1.2.3.4./",   "http://1.2.3.4.5/",
        "http://0.0.0.0/",    "http://255.255.255.255?q",
        "http://1..3.4/",     "http://1.2.3.0004/",
        "http://a.0x/",       "http://a./",
        "http://.",           "http://..",
        "http://a//b///",     "http://a/./b",
        "http://a/.b",        "http://a/..b",
        "http://a/b/..",      "http://a/b/.",
        "http://a/%2e",       "http://a/%2E/c",
        "http://a/%2f",       "http://a/.%2e/",
        "http://a/b.",        "http://a/b?",
        "http://a/b#",        "http://a/b?#",
        "http://a/'?'#'",     "http://a/|^",
        "http://a/b\\c",      "http://a?\\",
        "http://a/\xc3\xa9",  "http://A/",
        "http:///a",          "http://xn--a/",
        "http://u@h/",        "http://h:1@x/",
        "http://a:123456/"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct url quick = URL_INIT, slow = URL_INIT;
        struct buf tabbed = BUF_INIT;
        buf_lit(&tabbed, "h\t");
        buf_add(&tabbed, span_from(span_of(inputs[i]), 1));
        enum err e = url_parse(span_of(inputs[i]), NULL, &quick),
                 f = url_parse(buf_span(&tabbed), NULL, &slow);
        assert_int_equal(e, f);
        if (!e) {
            if (!span_eq(url_href(&quick), url_href(&slow))) fail_msg("%s", inputs[i]);
            assert_true(quick.host_start == slow.host_start && quick.host_end == slow.host_end);
            assert_true(quick.user_start == slow.user_start && quick.pass_end == slow.pass_end);
            assert_true(quick.port == slow.port && quick.host_kind == slow.host_kind);
            assert_true(quick.path_start == slow.path_start && quick.query_start == slow.query_start);
            assert_true(quick.hash_start == slow.hash_start && quick.scheme == slow.scheme);
        }
        url_free(&quick);
        url_free(&slow);
        buf_free(&tabbed);
    }
}

static void failure_changes_nothing(void **state) {
    (void)state;
    struct url u = URL_INIT;
    assert_int_equal(url_parse(SPAN("https://user:pw@a.example:8080/p?q#f"), NULL, &u), ERR_OK);
    assert_int_equal(url_parse(SPAN("https://a b/"), &u, &u), ERR_INVALID);
    assert_int_equal(url_set_href(&u, SPAN("nonsense")), ERR_INVALID);
    assert_true(span_eq(url_href(&u), SPAN("https://user:pw@a.example:8080/p?q#f")));
    assert_int_equal(url_parse(SPAN("../x"), &u, &u), ERR_OK); /* its own base */
    assert_true(span_eq(url_href(&u), SPAN("https://user:pw@a.example:8080/x")));
    assert_int_equal(url_set_href(&u, url_href(&u)), ERR_OK); /* its own input */
    assert_int_equal(url_parse(SPAN("https://b.example/"), NULL, &u), ERR_OK);
    assert_int_equal(url_set_href(&u, url_href(&u)), ERR_OK);
    url_set_search(&u, url_pathname(&u));
    assert_true(span_eq(url_href(&u), SPAN("https://b.example/?/")));
    assert_int_equal(url_port_effective(&u), 443);
    url_free(&u);
    url_free(&u);
}

static void origins_are_compared(void **state) {
    (void)state;
    struct url a = URL_INIT, b = URL_INIT;
    assert_int_equal(url_parse(SPAN("https://h:443/a"), NULL, &a), ERR_OK);
    assert_int_equal(url_parse(SPAN("HTTPS://x@H/b"), NULL, &b), ERR_OK);
    assert_true(url_same_origin(&a, &b));
    assert_int_equal(url_parse(SPAN("http://h/a"), NULL, &b), ERR_OK);
    assert_false(url_same_origin(&a, &b));
    assert_int_equal(url_parse(SPAN("data:x"), NULL, &b), ERR_OK);
    assert_false(url_same_origin(&b, &b));
    url_copy(&a, &b);
    assert_true(span_eq(url_href(&a), SPAN("data:x")));
    url_free(&a);
    url_free(&b);
}

static void forms_come_apart(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"a=b&c=d", "a=b|c=d|"},
                                          {"a&&=&b=", "a=|=|b=|"},
                                          {"a+b=c%20d%2B", "a b=c d+|"},
                                          {"", ""},
                                          {"&", ""},
                                          {"a=b=c", "a=b=c|"},
                                          {"%zz=%", "%zz=%|"},
                                          {"x=%F0%9F", "x=\xef\xbf\xbd|"},
                                          {"%ef%bb%bfa=%c3%a9", "\xef\xbb\xbf"
                                                                "a=\xc3\xa9|"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a = ARENA_INIT;
        struct buf got = BUF_INIT;
        struct span rest = span_of(rows[i][0]), name, value;
        while (urlencoded_next(&a, &rest, &name, &value)) {
            buf_add(&got, name);
            buf_add_char(&got, '=');
            buf_add(&got, value);
            buf_add_char(&got, '|');
        }
        assert_string_equal(buf_cstr(&got), rows[i][1]);
        buf_free(&got);
        arena_free(&a);
    }
    struct buf to = BUF_INIT;
    urlencoded_add(&to, true, SPAN("a b"), SPAN("\xc3\xa9&=+~*-._"));
    urlencoded_add(&to, false, SPAN(""), SPAN(""));
    assert_string_equal(buf_cstr(&to), "a+b=%C3%A9%26%3D%2B%7E*-._&=");
    buf_free(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_follows_the_vectors), cmocka_unit_test(setters_follow_the_vectors),
        cmocka_unit_test(hosts_follow_the_vectors),    cmocka_unit_test(percent_encoding_follows_the_vectors),
        cmocka_unit_test(the_quick_way_is_the_same),   cmocka_unit_test(failure_changes_nothing),
        cmocka_unit_test(origins_are_compared),        cmocka_unit_test(forms_come_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
