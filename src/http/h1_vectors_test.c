/* The HTTP/1 parser against the vectors of llhttp (test/vectors/SOURCES.md). Each one that a strict parser must judge
 * is fed whole, byte by byte and cut in two at every place: always the same events, the same verdict as llhttp's,
 * except for the rows of `differences` below, which say why.
 *
 * It could pass wrongly if vectors were lost on the way (counts are asserted), if a difference were listed that is
 * none (asserted too), or if pieces stayed readable after their feed (each lives in its own allocation). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/h1.h"
#include "test/support/tsv.h"

enum verdict { ACCEPT, REJECT, PAUSE };
static const char *const verdict_names[] = {"accept", "reject", "pause"};

struct run {
    struct buf text; /* the events, in a form that can be compared */
    bool in_body;
    enum verdict verdict;
    enum h1_event eof; /* what h1_eof() says afterwards */
    const char *sentence;
};

/* --- the transcript --- */

static void say(struct run *r, const char *what, struct span value) {
    if (r->in_body) buf_add_char(&r->text, '\n');
    r->in_body = false;
    buf_add(&r->text, span_of(what));
    buf_add(&r->text, value);
    buf_add_char(&r->text, '\n');
}

static void say_field(struct run *r, struct span name, struct span value) {
    struct buf line = BUF_INIT;
    buf_add(&line, name);
    buf_lit(&line, ": ");
    buf_add(&line, span_trim(value));
    say(r, "field ", buf_span(&line));
    buf_free(&line);
}

static void say_body(struct run *r, struct span piece) {
    if (!r->in_body) buf_lit(&r->text, "body ");
    r->in_body = true;
    buf_add(&r->text, piece);
}

static void say_head(struct run *r, enum h1_kind kind, const struct h1_head *h) {
    if (kind == H1_REQUEST) {
        say(r, "method ", h->method);
        say(r, "url ", h->target);
    }
    say(r, "version ", h->minor ? SPAN("1.1") : SPAN("1.0"));
    if (kind == H1_RESPONSE) say(r, "reason ", h->reason);
    HTTP_FIELDS_EACH(f, &h->fields) say_field(r, f->name, f->value);
    say(r, "head", SPAN_NONE);
}

static void say_end(struct run *r, const struct http_fields *trailers) {
    HTTP_FIELDS_EACH(f, trailers) say_field(r, f->name, f->value);
    say(r, "end", SPAN_NONE);
}

/* --- ours --- */

/* Feeds one piece; false when the connection is over. */
static bool feed(struct run *r, struct h1 *p, struct span piece) {
    char *copy = mem_alloc(piece.len + 1); /* freed after the feeds, so that a kept pointer is found */
    memcpy(copy, piece.ptr, piece.len);
    struct span rest = span_make(copy, piece.len);
    bool more = true;
    for (enum h1_event event = H1_HEAD; more && event != H1_NEED_MORE;) {
        size_t used;
        event = h1_feed(p, rest, &used);
        assert_true(used <= rest.len);
        rest = span_make(rest.ptr + used, rest.len - used);
        if (event == H1_NEED_MORE) assert_int_equal(rest.len, 0);
        if (event == H1_HEAD) say_head(r, p->kind, &p->head);
        if (event == H1_BODY) say_body(r, p->body);
        if (event == H1_END) {
            say_end(r, &p->trailers);
            if (p->head.upgrade) r->verdict = PAUSE;
        }
        if (event == H1_ERROR) {
            r->verdict = REJECT;
            r->sentence = p->sentence;
        }
        more = r->verdict == ACCEPT;
    }
    mem_free(copy);
    return more;
}

/* Feeds `first` bytes, then the rest in steps of `step`. */
static struct run run(enum h1_kind kind, bool host_optional, struct span input, size_t first, size_t step) {
    struct h1_limits limits = h1_limits_default();
    limits.host_optional = host_optional;
    struct h1 p;
    struct run r = {.verdict = ACCEPT};
    h1_init(&p, kind, &limits);
    bool more = first == 0 || feed(&r, &p, span_first(input, first));
    for (size_t at = first; more && at < input.len; at += step) {
        more = feed(&r, &p, span_first(span_from(input, at), step));
    }
    r.eof = h1_eof(&p);
    h1_free(&p);
    return r;
}

/* --- llhttp's --- */

struct vector {
    struct span file, name, type, input;
    unsigned line;
    enum verdict verdict;
    struct run run;
    struct buf url; /* type url: scheme, host, path?query */
    int finish;     /* -1: not told */
};

struct pending { /* a head, or trailers, until they are complete */
    struct run said;
    struct span name, value, method, url, version, reason;
    bool has_field, in_trailers;
};

static void flush_field(struct pending *p) {
    if (p->has_field) say_field(&p->said, p->name, p->value);
    p->has_field = false;
    p->value = p->name = SPAN_NONE;
}

static void flush(struct pending *p, struct run *to) {
    flush_field(p);
    if (to->in_body && p->said.text.len) { /* ends the body's line */
        buf_add_char(&to->text, '\n');
        to->in_body = false;
    }
    buf_add(&to->text, buf_span(&p->said.text));
    buf_free(&p->said.text);
    p->said = (struct run){0};
}

static void take_event(struct vector *v, struct pending *p, struct span kind, struct span value) {
    bool request = span_starts(v->type, SPAN("request"));
    if (span_eq(kind, SPAN("method")))
        p->method = value;
    else if (span_eq(kind, SPAN("url")))
        p->url = value;
    else if (span_eq(kind, SPAN("version")))
        p->version = value;
    else if (span_eq(kind, SPAN("status")))
        p->reason = value;
    else if (span_eq(kind, SPAN("header_field"))) {
        flush_field(p);
        p->has_field = true;
        p->name = value;
    } else if (span_eq(kind, SPAN("header_value"))) {
        p->value = value;
    } else if (span_eq(kind, SPAN("head"))) {
        flush_field(p);
        if (request) {
            say(&v->run, "method ", p->method);
            say(&v->run, "url ", p->url);
        }
        say(&v->run, "version ", p->version);
        if (!request) say(&v->run, "reason ", p->reason);
        flush(p, &v->run);
        say(&v->run, "head", SPAN_NONE);
        p->method = p->url = p->version = p->reason = SPAN_NONE;
    } else if (span_eq(kind, SPAN("body"))) {
        say_body(&v->run, value);
    } else if (span_eq(kind, SPAN("end"))) {
        flush(p, &v->run);
        say(&v->run, "end", SPAN_NONE);
    } else if (span_eq(kind, SPAN("finish"))) {
        v->finish = value.ptr[0] - '0';
    } else if (span_starts(kind, SPAN("url."))) {
        if (span_eq(kind, SPAN("url.query"))) buf_add_char(&v->url, '?');
        if (!span_eq(kind, SPAN("url.schema")) && !span_eq(kind, SPAN("url.fragment")))
            buf_add(&v->url, value);
    }
}

/* --- where we differ, and why --- */

#define METHOD   "any token is a method (RFC 9110 section 9.1); which ones it serves, the server decides"
#define PROTOCOL "only HTTP/1.0 and HTTP/1.1 are spoken here: no RTSP, ICE, HTTP/0.9"
#define CONNECT  "CONNECT is answered 501; llhttp pauses"
#define ASTERISK "the target * is for OPTIONS only (RFC 9112 section 3.2.4)"
#define USERINFO "user information in a target is refused (RFC 9110 section 4.2.4)"
#define FRAGMENT                                                                                             \
    "a target has no fragment (RFC 9112 section 3.2); what else such a vector tries, h1_test.c has without " \
    "one"
#define ZONE     "a zone identifier means nothing to a server"
#define CODING   "both refuse the coding, but here the head is not reported first"
#define CALLBACK "the test's callback told llhttp to skip the body; nothing tells a server so"
#define LINE     "a line is judged when it is complete: this one ends without CR LF"
#define TRAILER  "the trailer has names that may not stand there: they are dropped"

static const struct difference {
    const char *file;
    unsigned line;
    const char *name;
    enum verdict ours;
    const char *reason; /* the events differ then, too */
} differences[] = {
    {"request/content-length.md", 447,
     "Content-Length header > Content-Length reset when no body is received", ACCEPT, CALLBACK},
    {"request/invalid.md", 69, "Invalid requests > HTTP protocol and ANNOUNCE method", ACCEPT, METHOD},
    {"request/invalid.md", 359, "Invalid requests > Invalid method", ACCEPT, METHOD},
    {"request/invalid.md", 493, "Invalid requests > Invalid HTTP version", ACCEPT, LINE},
    {"request/method.md", 30, "Methods > CONNECT request", REJECT, CONNECT},
    {"request/method.md", 65, "Methods > CONNECT request with CAPS", REJECT, CONNECT},
    {"request/method.md", 99, "Methods > CONNECT with body", REJECT, CONNECT},
    {"request/method.md", 138, "Methods > M-SEARCH request", REJECT, ASTERISK},
    {"request/method.md", 375, "Methods > SOURCE request with ICE", REJECT, PROTOCOL},
    {"request/method.md", 405, "Methods > OPTIONS request with RTSP", REJECT, PROTOCOL},
    {"request/method.md", 433, "Methods > ANNOUNCE request with RTSP", REJECT, PROTOCOL},
    {"request/method.md", 461, "Methods > PRI request HTTP2", REJECT, ASTERISK},
    {"request/sample.md", 317, "Sample requests > No HTTP version", REJECT, PROTOCOL},
    {"request/transfer-encoding.md", 189, "Transfer-Encoding header > `chunked` > Trailing headers", ACCEPT,
     TRAILER},
    {"request/transfer-encoding.md", 470, "Transfer-Encoding header > Ignoring `pigeons`", REJECT, CODING},
    {"request/transfer-encoding.md", 754,
     "Transfer-Encoding header > POST with `chunked` as last transfer-encoding", REJECT, FRAGMENT},
    {"request/transfer-encoding.md", 796,
     "Transfer-Encoding header > POST with `chunked` as last transfer-encoding (multiple headers)", REJECT,
     FRAGMENT},
    {"request/transfer-encoding.md", 843,
     "Transfer-Encoding header > POST with `chunkedchunked` as transfer-encoding", REJECT, FRAGMENT},
    {"request/uri.md", 168, "URI > Fragment in URI", REJECT, FRAGMENT},
    {"request/uri.md", 191, "URI > Underscore in hostname", REJECT, CONNECT},
    {"request/uri.md", 225, "URI > `host:port` and basic auth", REJECT, USERINFO},
    {"response/content-length.md", 126,
     "Content-Length header > Content-Length reset when no body is received", ACCEPT, CALLBACK},
    {"response/sample.md", 43, "Sample responses > RTSP response", REJECT, PROTOCOL},
    {"response/sample.md", 63, "Sample responses > ICE response", REJECT, PROTOCOL},
    {"response/sample.md", 648, "Sample responses > HTTP version 0.9", REJECT, PROTOCOL},
    {"url.md", 5, "URL tests > Absolute URL", REJECT, FRAGMENT},
    {"url.md", 19, "URL tests > Relative URL", REJECT, FRAGMENT},
    {"url.md", 129, "URL tests > URL fragment", REJECT, FRAGMENT},
    {"url.md", 140, "URL tests > Complex URL fragment", REJECT, FRAGMENT},
    {"url.md", 155, "URL tests > Complex URL from node.js url parser doc", REJECT, FRAGMENT},
    {"url.md", 169, "URL tests > Complex URL with basic auth from node.js url parser doc", REJECT, FRAGMENT},
    {"url.md", 195, "URL tests > Proxy basic auth with url encoded space", REJECT, USERINFO},
    {"url.md", 207, "URL tests > Proxy basic auth with unreserved chars", REJECT, USERINFO},
    {"url.md", 219, "URL tests > IPv6 address with Zone ID", REJECT, ZONE},
    {"url.md", 231, "URL tests > IPv6 address with Zone ID, but `%` is not percent-encoded", REJECT, ZONE},
};

/* Requests of HTTP/1.1 without Host: llhttp lets them pass, RFC 9112 section 3.2 wants 400. They are run with and
 * without that rule. */
static const struct {
    const char *file;
    unsigned lines[64];
} without_host[] = {
    {"request/connection.md", {9, 37, 239, 267, 456, 545, 682, 716}},
    {"request/content-length.md", {7, 44, 293, 320, 447}},
    {"request/finish.md", {9}},
    {"request/invalid.md", {359}},
    {"request/method.md", {7}},
    {"request/pausing.md", {7, 37, 67, 97, 127, 157, 187, 217, 247, 277, 316, 358, 401}},
    {"request/pipelining.md", {7}},
    {"request/sample.md", {9, 47, 171, 199, 222, 294, 481, 511, 541}},
    {"request/transfer-encoding.md", {9, 36, 73, 110, 147, 189, 241, 369, 427, 470, 880, 914, 1187}},
    {"request/uri.md", {7, 32, 55, 78, 105, 128}},
};

static const struct difference *difference_of(const struct vector *v) {
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        if (differences[i].line == v->line && span_eq(v->file, span_of(differences[i].file)))
            return &differences[i];
    }
    return NULL;
}

static bool is_without_host(const struct vector *v) {
    for (size_t i = 0; i < sizeof without_host / sizeof *without_host; i++) {
        if (!span_eq(v->file, span_of(without_host[i].file))) continue;
        for (size_t k = 0; k < 64; k++) {
            if (without_host[i].lines[k] == v->line) return true;
        }
    }
    return false;
}

/* --- judging --- */

static unsigned failures, judged, lenient, differing, hostless;

static void complain(const struct vector *v, const char *what, const struct run *ours) {
    failures++;
    print_error("%.*s:%u %.*s: %s\n  llhttp %s, ours %s (%s)\n--- llhttp\n%.*s\n--- ours\n%.*s\n",
                SPAN_FMT(v->file), v->line, SPAN_FMT(v->name), what, verdict_names[v->verdict],
                verdict_names[ours->verdict], ours->sentence ? ours->sentence : "",
                SPAN_FMT(buf_span(&v->run.text)), SPAN_FMT(buf_span(&ours->text)));
}

static bool same_run(const struct run *a, const struct run *b) {
    return a->verdict == b->verdict && span_eq(buf_span(&a->text), buf_span(&b->text)) &&
           span_eq(span_of(a->sentence), span_of(b->sentence)) && (a->verdict == PAUSE || a->eof == b->eof);
}

/* Whole, then every cut: all alike. The caller frees the text. */
static struct run run_all_cuts(const struct vector *v, enum h1_kind kind, bool host_optional) {
    struct run whole = run(kind, host_optional, v->input, 0, v->input.len + 1);
    for (size_t cut = 0; cut <= v->input.len; cut++) {
        struct run other = run(kind, host_optional, v->input, cut, cut ? v->input.len + 1 : 1);
        if (!same_run(&whole, &other)) {
            complain(v, cut ? "cut in two, it is read differently" : "byte by byte, it is read differently",
                     &other);
        }
        buf_free(&other.text);
    }
    return whole;
}

static bool finish_agrees(int finish, enum h1_event eof) {
    if (finish < 0) return true;
    return finish == 0 ? eof == H1_NEED_MORE : finish == 1 ? eof == H1_END : eof == H1_ERROR;
}

static void judge_message(const struct vector *v) {
    enum h1_kind kind = span_starts(v->type, SPAN("response")) ? H1_RESPONSE : H1_REQUEST;
    const struct difference *d = difference_of(v);
    struct run grammar = run_all_cuts(v, kind, true), strict = run_all_cuts(v, kind, false);
    differing += d != NULL;
    if (grammar.verdict != (d ? d->ours : v->verdict))
        complain(v, "the verdict is not what it should be", &grammar);
    bool same = span_eq(buf_span(&grammar.text), buf_span(&v->run.text));
    if (!same && !d) complain(v, "the events differ", &grammar);
    if (d && same && d->ours == v->verdict)
        complain(v, "this is listed as a difference, but is none", &grammar);
    if (!finish_agrees(v->finish, grammar.eof))
        complain(v, "the end of input is judged differently", &grammar);
    bool no_host = strict.sentence && strcmp(strict.sentence, "there is no Host") == 0;
    hostless += no_host;
    if (no_host != is_without_host(v)) complain(v, "Host is missing but not listed, or the reverse", &strict);
    if (!no_host && !same_run(&grammar, &strict)) complain(v, "the Host rule changes the verdict", &strict);
    buf_free(&grammar.text);
    buf_free(&strict.text);
}

/* A URL alone: as the target of a request. */
static void judge_url(struct vector *v) {
    struct buf message = BUF_INIT;
    buf_lit(&message, "GET ");
    buf_add(&message, v->input);
    buf_lit(&message, " HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
    struct h1_limits limits = h1_limits_default();
    struct h1 p;
    size_t used;
    h1_init(&p, H1_REQUEST, &limits);
    enum h1_event event = h1_feed(&p, buf_span(&message), &used);
    struct run ours = {.verdict = event == H1_HEAD ? ACCEPT : REJECT, .sentence = p.sentence};
    const struct difference *d = difference_of(v);
    differing += d != NULL;
    if (ours.verdict != (d ? d->ours : v->verdict))
        complain(v, "the verdict is not what it should be", &ours);
    if (d && ours.verdict == v->verdict) complain(v, "this is listed as a difference, but is none", &ours);
    if (event == H1_HEAD) {
        if (p.head.form == H1_FORM_ABSOLUTE) buf_add(&ours.text, p.head.authority);
        buf_add(&ours.text, p.head.path);
        if (!span_eq(buf_span(&ours.text), buf_span(&v->url)))
            complain(v, "the parts of the URL differ", &ours);
    }
    buf_free(&ours.text);
    h1_free(&p);
    buf_free(&message);
}

static void judge(struct vector *v, struct pending *p) {
    flush_field(p);
    buf_free(&p->said.text); /* a head that was never completed */
    *p = (struct pending){0};
    if (!v->file.ptr) return;
    if (span_find(v->type, SPAN("lenient")) < v->type.len) {
        lenient++;
    } else {
        judged++;
        if (span_eq(v->type, SPAN("url")))
            judge_url(v);
        else
            judge_message(v);
    }
    buf_free(&v->run.text);
    buf_free(&v->url);
}

static enum verdict verdict_of(struct span s) {
    return span_eq(s, SPAN("accept")) ? ACCEPT : span_eq(s, SPAN("pause")) ? PAUSE : REJECT;
}

static void vectors_are_judged(void **state) {
    (void)state;
    struct tsv t;
    struct vector v = {0};
    struct pending p = {0};
    tsv_open(&t, VECTORS "/http/llhttp.tsv");
    while (tsv_next(&t)) {
        if (span_eq(t.fields[0], SPAN("event"))) {
            take_event(&v, &p, t.fields[1], tsv_hex(&t, 2));
            continue;
        }
        judge(&v, &p);
        v = (struct vector){.file = t.fields[1], .name = t.fields[3], .type = t.fields[4], .finish = -1};
        v.line = (unsigned)strtoul(t.fields[2].ptr, NULL, 10);
        v.verdict = verdict_of(t.fields[5]);
        v.input = tsv_hex(&t, 6);
    }
    judge(&v, &p);
    tsv_close(&t);
    print_message("%u judged, %u of lenient modes left out, %u differ, %u lack Host\n", judged, lenient,
                  differing, hostless);
    assert_int_equal(failures, 0);
    assert_int_equal(judged + lenient, 272);
    assert_int_equal(lenient, 37);
    assert_int_equal(differing, sizeof differences / sizeof *differences);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors_are_judged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
