/* The HTTP/1 parser, rule by rule. It could pass wrongly if a message were refused for another reason than the one
 * tried: so each row names the status and the sentence. Every row is fed whole and byte by byte; how pieces are
 * cut otherwise is tried with the vectors (h1_vectors_test.c) and the fuzzer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/h1.h"

#define HOST "Host: a\r\n"

static struct h1_limits small(void) {
    struct h1_limits l = h1_limits_default();
    l.target_bytes = 32;
    l.head_bytes = 256;
    l.fields = 6;
    l.trailer_bytes = 64;
    l.chunk_ext_bytes = 8;
    l.body_bytes = 100;
    return l;
}

/* Feeds all of it, `step` bytes at a time, until an error or the end of the bytes. Returns the last event that was
 * not H1_NEED_MORE; body bytes are gathered in `body`. */
static enum h1_event feed_all(struct h1 *p, struct span input, size_t step, struct buf *body) {
    enum h1_event last = H1_NEED_MORE, event;
    for (size_t at = 0; at < input.len; at += step) {
        struct span piece = span_first(span_from(input, at), step);
        do {
            size_t used;
            event = h1_feed(p, piece, &used);
            piece = span_make(piece.ptr + used, piece.len - used);
            if (event == H1_BODY && body) buf_add(body, p->body);
            if (event != H1_NEED_MORE) last = event;
            if (event == H1_ERROR) return event;
        } while (event != H1_NEED_MORE);
    }
    return last;
}

static void refuses(enum h1_kind kind, struct span input, int status, const char *sentence) {
    struct h1_limits limits = small();
    for (size_t step = 1; step <= input.len; step += input.len > 1 ? input.len - 1 : 1) {
        struct h1 p;
        h1_init(&p, kind, &limits);
        enum h1_event event = feed_all(&p, input, step, NULL);
        if (event != H1_ERROR || p.status != status || strcmp(p.sentence, sentence) != 0) {
            fail_msg("%.*s\nstep %zu: event %d, %d %s; expected %d %s", SPAN_FMT(input), step, event,
                     p.status, event == H1_ERROR ? p.sentence : "", status, sentence);
        }
        size_t used;
        assert_int_equal(h1_feed(&p, SPAN("GET / HTTP/1.1\r\n"), &used), H1_ERROR); /* and goes on to */
        h1_free(&p);
    }
}

struct row {
    struct span input;
    int status;
    const char *sentence;
};

#define ROW(text, status, sentence)                                                                          \
    { {text, sizeof(text) - 1}, status, sentence }
#define GET(fields)   "GET / HTTP/1.1\r\n" fields "\r\n"
#define POST(fields)  "POST / HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define CHUNKED(rest) POST("Transfer-Encoding: chunked\r\n") rest
#define X32           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void malformed_requests_are_refused(void **state) {
    (void)state;
    static const struct row rows[] = {
        /* the request line */
        ROW("G@T / HTTP/1.1\r\n", 400, "the method is not a token"),
        ROW(" GET / HTTP/1.1\r\n", 400, "the method is not a token"),
        ROW("\nGET / HTTP/1.1\r\n", 400, "a line ends without CR"),
        ROW("\rGET / HTTP/1.1\r\n", 400, "a line ends with a bare CR"),
        ROW("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n", 400,
            "there are too many empty lines before the message"),
        ROW("GET\r\n", 400, "the method is not a token"),
        ROW("GET  / HTTP/1.1\r\n", 400, "the request line has no target"),
        ROW("GET /\r\n", 400, "the request line has no HTTP version"),
        ROW("GET / x HTTP/1.1\r\n", 400, "the request line does not end with an HTTP version"),
        ROW("GET / HTTP/1.1 \r\n", 400, "the request line does not end with an HTTP version"),
        ROW("GET /\tHTTP/1.1\r\n", 400, "the request target has a forbidden byte"),
        ROW("GET /\xc3\xa4 HTTP/1.1\r\n", 400, "the request target has a forbidden byte"),
        ROW("GET /#a HTTP/1.1\r\n", 400, "the request target has a forbidden byte"),
        ROW("GET /\0 HTTP/1.1\r\n", 400, "the request target has a forbidden byte"),
        ROW("GET / http/1.1\r\n", 400, "the request line does not end with an HTTP version"),
        ROW("GET / HTTP/11\r\n", 400, "the request line does not end with an HTTP version"),
        ROW("GET / HTTP/5.6\r\n", 505, "the HTTP version is neither 1.0 nor 1.1"),
        ROW("GET / HTTP/1.2\r\n", 505, "the HTTP version is neither 1.0 nor 1.1"),
        ROW("GET / HTTP/2.0\r\n", 505, "the HTTP version is neither 1.0 nor 1.1"),
        ROW("GET / HTTP/1.1\n", 400, "a line ends without CR"),
        ROW("GET / HTTP/1.1\rX: y\r\n", 400, "a line has a bare CR"),
        ROW(X32 X32 "x / HTTP/1.1\r\n", 501, "the method is too long"),
        ROW(X32 X32 X32 X32 X32 X32, 501, "the method is too long"),
        ROW("GET /" X32 " HTTP/1.1\r\n", 414, "the request target is longer than the limit"),
        ROW("GET /" X32 X32 X32 X32 X32 X32, 414, "the request target is longer than the limit"),
        /* targets */
        ROW("GET * HTTP/1.1\r\n", 400, "the target * is for OPTIONS only"),
        ROW("CONNECT a:443 HTTP/1.1\r\n", 501, "CONNECT is not supported"),
        ROW("CONNECT / HTTP/1.1\r\n", 400, "the target of CONNECT is not host:port"),
        ROW("CONNECT a HTTP/1.1\r\n", 400, "the target of CONNECT is not host:port"),
        ROW("GET a:443 HTTP/1.1\r\n", 400, "the request target has none of the four forms"),
        ROW("GET ftp://a/ HTTP/1.1\r\n", 400, "the request target has none of the four forms"),
        ROW("GET http:/a HTTP/1.1\r\n", 400, "the request target has none of the four forms"),
        ROW("GET http:///a HTTP/1.1\r\n", 400, "the host in the request target is malformed"),
        ROW("GET http://u@a/ HTTP/1.1\r\n", 400, "the request target holds user information"),
        ROW("GET http://a:99999/ HTTP/1.1\r\n", 400, "the host in the request target is malformed"),
        /* Host */
        ROW(GET(""), 400, "there is no Host"),
        ROW("GET http://a/ HTTP/1.1\r\n\r\n", 400, "there is no Host"),
        ROW(GET(HOST HOST), 400, "there is more than one Host"),
        ROW("GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400, "there is more than one Host"),
        ROW(GET("Host:\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a b\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a/b\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a@b\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: %61\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a:b\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a:65536\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: [::1\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: []\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: [::1]a\r\n"), 400, "the value of Host is malformed"),
        ROW(GET("Host: a,b:1,2\r\n"), 400, "the value of Host is malformed"),
        /* fields */
        ROW(GET(HOST " X: y\r\n"), 400, "a header line begins with a blank"),
        ROW(GET(" " HOST), 400, "a header line begins with a blank"),
        ROW(GET(HOST "X: y\r\n\tz\r\n"), 400, "a header line begins with a blank"),
        ROW(GET("Host : a\r\n"), 400, "a header name is followed by a blank"),
        ROW(GET(HOST "X\t: a\r\n"), 400, "a header name is followed by a blank"),
        ROW(GET(HOST ": a\r\n"), 400, "a header name is empty"),
        ROW(GET(HOST "X\r\n"), 400, "a header line has no colon"),
        ROW(GET(HOST "X@: a\r\n"), 400, "a header name has a forbidden byte"),
        ROW(GET(HOST "X\0: a\r\n"), 400, "a header name has a forbidden byte"),
        ROW(GET(HOST "X\xc3: a\r\n"), 400, "a header name has a forbidden byte"),
        ROW(GET(HOST "X: a\0b\r\n"), 400, "a header value has a forbidden byte"),
        ROW(GET(HOST "X: a\x7f\r\n"), 400, "a header value has a forbidden byte"),
        ROW(GET(HOST "X: a\rb\r\n"), 400, "a line has a bare CR"),
        ROW(GET(HOST "X: a\r\r\n"), 400, "a line has a bare CR"),
        ROW(GET(HOST "X: a\nY: b\r\n"), 400, "a line ends without CR"),
        ROW(GET(HOST "\n"), 400, "a line ends without CR"),
        ROW(GET(HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\n"), 431, "there are too many header lines"),
        ROW(GET(HOST "X: " X32 X32 X32 X32 X32 X32 X32 X32 "\r\n"), 431,
            "the header section is larger than the limit"),
        /* framing */
        ROW(POST("Content-Length: 1\r\nContent-Length: 1\r\n"), 400, "there is more than one Content-Length"),
        ROW(POST("Content-Length: 1\r\nContent-Length: 2\r\n"), 400, "there is more than one Content-Length"),
        ROW(POST("Content-Length: 1, 1\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: +1\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: -1\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: 0x1\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: 1 2\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length:\r\n"), 400, "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: 18446744073709551617\r\n"), 400,
            "the value of Content-Length is malformed"),
        ROW(POST("Content-Length: 101\r\n"), 413, "the body is larger than the limit"),
        ROW(POST("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400,
            "Content-Length and Transfer-Encoding stand together"),
        ROW(POST("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400,
            "Content-Length and Transfer-Encoding stand together"),
        ROW(POST("Transfer-Encoding: identity\r\n"), 501, "the transfer coding is not supported"),
        ROW(POST("Transfer-Encoding: gzip, chunked\r\n"), 501, "the transfer coding is not supported"),
        ROW(POST("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501,
            "the transfer coding is not supported"),
        ROW(POST("Transfer-Encoding: chunkedchunked\r\n"), 501, "the transfer coding is not supported"),
        ROW(POST("Transfer-Encoding: chunked, gzip\r\n"), 400, "chunked is not the last transfer coding"),
        ROW(POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400,
            "chunked is not the last transfer coding"),
        ROW(POST("Transfer-Encoding: chunked, chunked\r\n"), 400, "chunked is not the last transfer coding"),
        ROW(POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400,
            "chunked is not the last transfer coding"),
        ROW(POST("Transfer-Encoding: ,chunked\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW(POST("Transfer-Encoding: chunked,\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW(POST("Transfer-Encoding: \"chunked\"\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW(POST("Transfer-Encoding: chunked;a=b\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW(POST("Transfer-Encoding: x chunked\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW(POST("Transfer-Encoding: \x0b"
                 "chunked\r\n"),
            400, "a header value has a forbidden byte"),
        ROW(POST("Transfer-Encoding:\r\n"), 400, "the value of Transfer-Encoding is malformed"),
        ROW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "Transfer-Encoding stands in a message of HTTP/1.0"),
        ROW(POST("Expect: 200-ok\r\n"), 417, "the expectation is not 100-continue"),
        ROW(POST("Expect: 100-continue, x\r\n"), 417, "the expectation is not 100-continue"),
        /* chunks */
        ROW(CHUNKED("\r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("g\r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("0x1\r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("-1\r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED(" 1\r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("1 \r\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("1\n"), 400, "the size of a chunk is malformed"),
        ROW(CHUNKED("1\rx"), 400, "the size of a chunk ends with a bare CR"),
        ROW(CHUNKED("00000000000000001\r\n"), 400, "the size of a chunk is too large"),
        ROW(CHUNKED("ffffffffffffffff\r\n"), 413, "the body is larger than the limit"),
        ROW(CHUNKED("60\r\n" X32 X32 X32 "\r\n5\r\n"), 413, "the body is larger than the limit"),
        ROW(CHUNKED("1\r\nab\r\n"), 400, "the data of a chunk does not end with CR LF"),
        ROW(CHUNKED("1\r\na\n"), 400, "the data of a chunk does not end with CR LF"),
        ROW(CHUNKED("1\r\na\r0\r\n"), 400, "the data of a chunk does not end with CR LF"),
        ROW(CHUNKED("1;\r\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1; a\r\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1;a=\r\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1;a=\"\n\"\r\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1;a=\"b\"c\r\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1;a\n"), 400, "an extension of a chunk is malformed"),
        ROW(CHUNKED("1;aaaaaaaaa\r\n"), 400, "the extensions of chunks are larger than the limit"),
        /* trailers */
        ROW(CHUNKED("0\r\n X: y\r\n\r\n"), 400, "a header line begins with a blank"),
        ROW(CHUNKED("0\r\nX : y\r\n\r\n"), 400, "a header name is followed by a blank"),
        ROW(CHUNKED("0\r\nX: " X32 X32 "\r\n\r\n"), 431, "the trailer section is larger than the limit"),
        ROW(CHUNKED("0\r\n\n"), 400, "a line ends without CR"),
        /* after the last message */
        ROW("GET / HTTP/1.0\r\n\r\nG", 400, "there are bytes after the last message of the connection"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuses(H1_REQUEST, rows[i].input, rows[i].status, rows[i].sentence);
    }
}

static void malformed_responses_are_refused(void **state) {
    (void)state;
    static const struct row rows[] = {
        ROW("HTTP/1.1 20 OK\r\n", 502, "the status line is malformed"),
        ROW("HTTP/1.1 2000 OK\r\n", 502, "the status line is malformed"),
        ROW("HTTP/1.1 099 OK\r\n", 502, "the status line is malformed"),
        ROW("HTTP/1.1 200 O\x01K\r\n", 502, "the status line is malformed"),
        ROW("HTTP/1.1 200 OK\n", 502, "a line ends without CR"),
        ROW("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 502,
            "there is more than one Content-Length"),
        ROW("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 502,
            "the transfer coding is not supported"),
        ROW("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 502,
            "Transfer-Encoding stands in a message of HTTP/1.0"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuses(H1_RESPONSE, rows[i].input, rows[i].status, rows[i].sentence);
    }
}

/* One head, fed whole; the parser is the caller's to free. */
static struct h1_head *read_head(struct h1 *p, const struct h1_limits *limits, enum h1_kind kind,
                                 struct span input) {
    size_t used;
    h1_init(p, kind, limits);
    assert_int_equal(h1_feed(p, input, &used), H1_HEAD);
    return &p->head;
}

#define assert_span(span, text) assert_true(span_eq((span), SPAN(text)))

static void targets_are_split(void **state) {
    (void)state;
    struct h1_limits limits = small();
    struct h1 p;
    struct h1_head *h =
        read_head(&p, &limits, H1_REQUEST, SPAN("GET /a?b HTTP/1.1\r\nhOST:\t a:80 \r\n\r\n"));
    assert_int_equal(h->form, H1_FORM_ORIGIN);
    assert_int_equal(h->method_id, HTTP_GET);
    assert_span(h->authority, "a:80");
    assert_span(h->path, "/a?b");
    assert_null(h->scheme.ptr);
    h1_free(&p);
    h = read_head(&p, &limits, H1_REQUEST, SPAN("PURGE HTTPS://[::1]:8?b HTTP/1.1\r\nHost: other\r\n\r\n"));
    assert_int_equal(h->form, H1_FORM_ABSOLUTE);
    assert_int_equal(h->method_id, HTTP_METHOD_OTHER);
    assert_span(h->method, "PURGE");
    assert_span(h->scheme, "HTTPS");
    assert_span(h->authority, "[::1]:8"); /* not what Host says */
    assert_span(h->path, "?b");
    h1_free(&p);
    h = read_head(&p, &limits, H1_REQUEST, SPAN("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(h->form, H1_FORM_ASTERISK);
    h1_free(&p);
    h = read_head(&p, &limits, H1_REQUEST, SPAN("GET / HTTP/1.0\r\n\r\n"));
    assert_int_equal(h->authority.len, 0);
    h1_free(&p);
}

static void persistence_follows_version_and_connection(void **state) {
    (void)state;
    static const struct {
        struct span input;
        bool close, upgrade, expect;
    } rows[] = {
#define R(text, close, upgrade, expect) {{text, sizeof(text) - 1}, close, upgrade, expect}
        R("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false, false, false),
        R("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", true, false, false),
        R("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", true, false,
          false),
        R("GET / HTTP/1.0\r\n\r\n", true, false, false),
        R("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", false, false, false),
        R("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", true, false, false),
        R("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false, true,
          false),
        R("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", false, false, false),
        R("GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: w\r\n\r\n", false, false, false),
        R("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", false, false,
          true),
        R("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", false, false,
          false),
        R("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", true, false, false),
#undef R
    };
    struct h1_limits limits = h1_limits_default();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct h1 p;
        struct h1_head *h = read_head(&p, &limits, H1_REQUEST, rows[i].input);
        if (h->should_close != rows[i].close || h->upgrade != rows[i].upgrade ||
            h->expect_continue != rows[i].expect) {
            fail_msg("%.*s", SPAN_FMT(rows[i].input));
        }
        h1_free(&p);
    }
}

static void whole_heads_are_not_copied(void **state) {
    (void)state;
    struct h1_limits limits = h1_limits_default();
    struct span input = SPAN("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\n");
    struct h1 p;
    size_t used;
    struct h1_head *h = read_head(&p, &limits, H1_REQUEST, input);
    assert_true(h->target.ptr == input.ptr + 5 && h->fields.items[0].value.ptr > input.ptr);
    assert_null(p.own.ptr);
    struct span rest = span_from(input, span_find(input, SPAN("hi")));
    assert_int_equal(h1_feed(&p, rest, &used), H1_BODY);
    assert_true(p.body.ptr == rest.ptr && p.body.len == 2 && used == 2);
    assert_int_equal(h1_feed(&p, span_from(rest, 2), &used), H1_END);
    assert_int_equal(used, 0); /* the next request is left alone */
    assert_false(h1_in_message(&p));
    assert_int_equal(h1_feed(&p, span_from(rest, 2), &used), H1_NEED_MORE);
    assert_true(h1_in_message(&p));
    assert_int_equal(h1_eof(&p), H1_ERROR);
    h1_free(&p);
}

static void chunks_and_trailers_are_read(void **state) {
    (void)state;
    struct h1_limits limits = small();
    struct span input =
        SPAN(CHUNKED("3;a=\"\\\"\"\r\nabc\r\n0A\r\n0123456789\r\n000\r\nETag: x\r\nHost: evil\r\n"
                     "content-length: 3\r\nX-Sum:  9 \r\n\r\n"));
    for (size_t step = 1; step <= input.len; step++) {
        struct h1 p;
        struct buf body = BUF_INIT;
        h1_init(&p, H1_REQUEST, &limits);
        assert_int_equal(feed_all(&p, input, step, &body), H1_END);
        assert_span(buf_span(&body), "abc0123456789");
        assert_int_equal(p.trailers.count, 2);
        assert_int_equal(p.trailers.items[0].id, HTTP_NAME_ETAG);
        assert_span(p.trailers.items[1].value, "9");
        buf_free(&body);
        h1_free(&p);
    }
}

static void responses_end_as_they_should(void **state) {
    (void)state;
    static const struct {
        struct span input;
        bool head;
        enum h1_body_kind body;
        bool close;
    } rows[] = {
#define R(text, head, body, close) {{text, sizeof(text) - 1}, head, body, close}
        R("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", false, H1_BODY_LENGTH, false),
        R("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", true, H1_BODY_NONE, false),
        R("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", true, H1_BODY_NONE, false),
        R("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", false, H1_BODY_NONE, false),
        R("HTTP/1.1 204 No\r\n\r\n", false, H1_BODY_NONE, false),
        R("HTTP/1.1 103 Early\r\nConnection: close\r\n\r\n", false, H1_BODY_NONE, false),
        R("HTTP/1.1 200 OK\r\n\r\n", false, H1_BODY_UNTIL_CLOSE, true),
        R("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", false, H1_BODY_UNTIL_CLOSE, true),
        R("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false, H1_BODY_NONE,
          false),
#undef R
    };
    struct h1_limits limits = small();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct h1 p;
        size_t used;
        h1_init(&p, H1_RESPONSE, &limits);
        if (rows[i].head) h1_answers_head(&p);
        assert_int_equal(h1_feed(&p, rows[i].input, &used), H1_HEAD);
        if (p.head.body != rows[i].body || p.head.should_close != rows[i].close) fail_msg("row %zu", i);
        if (p.head.body == H1_BODY_UNTIL_CLOSE) {
            assert_int_equal(h1_feed(&p, SPAN("any"), &used), H1_BODY);
            assert_int_equal(h1_eof(&p), H1_END);
        }
        h1_free(&p);
    }
}

/* A head of 64 KiB, byte by byte: quadratic work would take minutes under the sanitizers. */
static void long_heads_in_small_pieces_are_linear(void **state) {
    (void)state;
    struct h1_limits limits = h1_limits_default();
    struct buf input = BUF_INIT;
    buf_lit(&input, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    while (input.len < 60000) buf_add_char(&input, 'x');
    buf_lit(&input, "\r\n\r\n");
    struct h1 p;
    h1_init(&p, H1_REQUEST, &limits);
    assert_int_equal(feed_all(&p, buf_span(&input), 1, NULL), H1_END);
    assert_true(p.own.cap < 200000);
    assert_int_equal(feed_all(&p, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 7, NULL), H1_END);
    assert_true(p.own.cap <= 4096); /* given back */
    h1_free(&p);
    buf_free(&input);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_requests_are_refused),
        cmocka_unit_test(malformed_responses_are_refused),
        cmocka_unit_test(targets_are_split),
        cmocka_unit_test(persistence_follows_version_and_connection),
        cmocka_unit_test(whole_heads_are_not_copied),
        cmocka_unit_test(chunks_and_trailers_are_read),
        cmocka_unit_test(responses_end_as_they_should),
        cmocka_unit_test(long_heads_in_small_pieces_are_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
