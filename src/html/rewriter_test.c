/* The rewriter against the data of lol-html, the engine behind HTMLRewriter elsewhere: what selectors match, and content replaced;
 * each whole, cut in two at many places and byte by byte. Then what those data do not show: edits, end tags, limits.
 *
 * It could pass wrongly if every selector were refused, so the number of those is asked for; they are the ones that look ahead
 * or at the world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "html/rewriter.h"
#include "test/support/tsv.h"

/* The data are several megabytes of much the same, so they are kept compressed. */
static void open_gzip(struct tsv *t, const char *path) {
    struct buf command = BUF_INIT, all = BUF_INIT;
    buf_printf(&command, "gzip -dc '%s'", path);
    FILE *pipe = popen(buf_cstr(&command), "r");
    check(pipe != NULL);
    for (size_t n = 1; n; buf_added(&all, n)) n = fread(buf_reserve(&all, 65536), 1, 65536, pipe);
    check(pclose(pipe) == 0);
    buf_free(&command);
    *t = (struct tsv){.all = all.ptr, .at = all.ptr, .end = all.ptr + all.len};
}

struct job {
    struct span selector;
    bool replace;
    bool in_text;
};

static void insert(struct html_rewriter *rw, enum html_place place, const char *format,
                   struct span selector) {
    struct buf text = BUF_INIT;
    buf_printf(&text, format, SPAN_FMT(selector));
    assert_int_equal(html_insert(rw, place, buf_span(&text), true), ERR_OK);
    buf_free(&text);
}

static void handle(struct html_rewriter *rw, struct job *j, enum html_event event) {
    bool last;
    if (event == HTML_ON_ELEMENT && j->replace) {
        insert(rw, HTML_INNER, "<!--Replaced (%.*s) -->", j->selector);
    } else if (event == HTML_ON_ELEMENT) {
        insert(rw, HTML_BEFORE, "<!--[ELEMENT('%.*s')]-->", j->selector);
        insert(rw, HTML_AFTER, "<!--[/ELEMENT('%.*s')]-->", j->selector);
    } else if (event == HTML_ON_COMMENT) {
        insert(rw, HTML_BEFORE, "<!--[COMMENT('%.*s')]-->", j->selector);
        insert(rw, HTML_AFTER, "<!--[/COMMENT('%.*s')]-->", j->selector);
    } else if (event == HTML_ON_TEXT) {
        html_text(rw, &last);
        if (!j->in_text) insert(rw, HTML_BEFORE, "<!--[TEXT('%.*s')]-->", j->selector);
        if (last) insert(rw, HTML_AFTER, "<!--[/TEXT('%.*s')]-->", j->selector);
        j->in_text = !last;
    }
}

/* Up to HTML_MORE, HTML_DONE or HTML_FAILED. */
static enum html_event run(struct html_rewriter *rw, struct job *j, struct buf *out) {
    for (;;) {
        uint32_t number;
        enum html_event event = html_next(rw, &number);
        if (event == HTML_FULL) {
            buf_add(out, buf_span(html_output(rw)));
            html_output(rw)->len = 0;
        } else if (event == HTML_MORE || event == HTML_DONE || event == HTML_FAILED) {
            buf_add(out, buf_span(html_output(rw)));
            html_output(rw)->len = 0;
            return event;
        } else {
            handle(rw, j, event);
        }
    }
}

/* False: the selector is not supported. */
static bool rewrite(struct job job, struct span source, size_t first, size_t piece, struct buf *out) {
    struct html_rewriter *rw;
    struct problem p;
    assert_int_equal(html_rewriter_new(SPAN("utf-8"), &rw), ERR_OK);
    if (html_on(rw, job.selector, HTML_ELEMENTS | (job.replace ? 0 : HTML_COMMENTS | HTML_TEXTS), &p) !=
        ERR_OK)
        return html_rewriter_free(rw), false;
    for (size_t at = 0, n = first; at < source.len; at += n, n = piece) {
        if (n > source.len - at) n = source.len - at;
        html_feed(rw, span_make(source.ptr + at, n));
        assert_int_equal(run(rw, &job, out), HTML_MORE);
    }
    html_finish(rw);
    assert_int_equal(run(rw, &job, out), HTML_DONE);
    html_rewriter_free(rw);
    return true;
}

static bool as_expected(struct job job, struct span source, size_t first, size_t piece, struct span expected,
                        bool show) {
    struct buf out = BUF_INIT;
    rewrite(job, source, first, piece, &out);
    bool same = span_eq(buf_span(&out), expected);
    if (!same && show)
        printf("%.*s, cut at %zu (%zu)\n--- expected\n%.*s\n--- seen\n%.*s\n",
               SPAN_FMT(span_first(job.selector, 100)), first, piece, SPAN_FMT(expected),
               SPAN_FMT(buf_span(&out)));
    buf_free(&out);
    return same;
}

static void lol_html(void **state) {
    (void)state;
    struct tsv t;
    struct span source = SPAN_NONE;
    unsigned cases = 0, refused = 0, wrong = 0;
    open_gzip(&t, VECTORS "/html/lol-html.tsv.gz");
    while (tsv_next(&t)) {
        if (span_eq(t.fields[0], SPAN("source"))) {
            source = t.fields[2];
            continue;
        }
        struct job job = {.selector = t.fields[2],
                          .replace = span_eq(t.fields[1], SPAN("element_content_replacement"))};
        struct buf out = BUF_INIT;
        bool known = rewrite(job, source, source.len, 1, &out);
        buf_free(&out);
        cases++;
        refused += !known;
        bool same = !known || as_expected(job, source, source.len, 1, t.fields[3], wrong < 50);
        for (size_t cut = 1; same && known && job.selector.len < 200 && cut < source.len; cut += 97)
            same = as_expected(job, source, cut, source.len, t.fields[3], wrong < 50);
        if (same && known) same = as_expected(job, source, 1, 1, t.fields[3], wrong < 50);
        wrong += !same;
    }
    tsv_close(&t);
    printf("# %u cases, %u refused, %u wrong\n", cases, refused, wrong);
    assert_int_equal(wrong, 0);
    assert_int_equal(cases, 784 * 2);
    assert_int_equal(refused, 382);
}

/* `html` with every '%' as the number. */
static void repeat(struct buf *to, const char *html, size_t n) {
    for (const char *at = html; *at; at++) {
        if (*at == '%')
            buf_add_u64(to, n);
        else
            buf_add_char(to, *at);
    }
}

/* Feeds `html` again and again until the rewriter fails; how many bytes that took, or 0: it never did. */
static size_t until_failure(const char *selector, const char *first, const char *html, size_t most) {
    struct html_rewriter *rw;
    struct problem p;
    struct buf out = BUF_INIT;
    struct job job = {.selector = SPAN("x")};
    size_t fed = 0, n = 0;
    assert_int_equal(html_rewriter_new(SPAN("utf-8"), &rw), ERR_OK);
    assert_int_equal(html_on(rw, span_of(selector), HTML_ELEMENTS, &p), ERR_OK);
    html_feed(rw, span_of(first));
    while (run(rw, &job, &out) == HTML_MORE && fed < most) {
        struct buf many = BUF_INIT;
        while (many.len < 32768) repeat(&many, html, n++);
        html_feed(rw, buf_span(&many));
        fed += many.len;
        out.len = 0;
        buf_free(&many);
    }
    bool failed = run(rw, &job, &out) == HTML_FAILED;
    assert_true(!failed || span_find(span_of(html_problem(rw)->text), SPAN("memory limit")) < 20);
    buf_free(&out);
    html_rewriter_free(rw);
    return failed ? fed : 0;
}

/* Whatever a page does to make the rewriter keep things ends at LIMIT_HTML_MEMORY_BYTES; what need not be kept does not. */
static void memory(void **state) {
    (void)state;
    size_t most = 4 * LIMIT_HTML_MEMORY_BYTES;
    assert_true(until_failure("p", "<p title='", "xxxx%", most));
    assert_true(until_failure("p", "<p", " a%", most));
    assert_true(until_failure("p", "", "<i%>", most));
    assert_true(until_failure("p", "", "</a-long-name-%>", most));
    assert_true(until_failure("p:nth-of-type(2)", "", "<br><t%><i%></i%></t%>", most));
    assert_true(until_failure("p", "", "<svg><desc i=%>", most));
    assert_int_equal(until_failure("p", "<a title='", "xxxx%", most), 0);
    assert_int_equal(until_failure("p", "<!-- ", "xxxx%", most), 0);
    assert_int_equal(until_failure("p", "<script>", "<!-- <script> %", most), 0);
    assert_int_equal(until_failure("p", "", "<p>%</p></nothing>", most), 0);
}

/* Two elements that one end tag closes: the edits of the outer one count, both have their say about the end. */
static void late_ends(void **state) {
    (void)state;
    struct html_rewriter *rw;
    struct problem p;
    struct buf out = BUF_INIT;
    uint32_t number, ends = 0;
    assert_int_equal(html_rewriter_new(SPAN("utf-8"), &rw), ERR_OK);
    assert_int_equal(html_on(rw, SPAN("div, p"), HTML_ELEMENTS, &p), ERR_OK);
    html_feed(rw, SPAN("<div>a<p>b</div>c"));
    html_finish(rw);
    for (enum html_event event; (event = html_next(rw, &number)) != HTML_DONE;) {
        if (event == HTML_ON_ELEMENT) {
            bool is_p = span_eq(html_name(rw), SPAN("p"));
            assert_int_equal(html_insert(rw, HTML_APPEND, is_p ? SPAN("<P>") : SPAN("<D>"), false), ERR_OK);
            assert_true(html_on_end_tag(rw, is_p ? 1 : 2));
        } else if (event == HTML_ON_END_TAG) {
            assert_int_equal(number, ++ends);
        } else if (event == HTML_FULL) {
            buf_add(&out, buf_span(html_output(rw)));
            html_output(rw)->len = 0;
        }
    }
    assert_int_equal(ends, 2);
    assert_true(span_eq(buf_span(&out), SPAN("<div>a<p>b&lt;D&gt;</div>c")));
    buf_free(&out);
    html_rewriter_free(rw);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lol_html), cmocka_unit_test(memory),
                                       cmocka_unit_test(late_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
