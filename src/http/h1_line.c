#include "http/h1_int.h"
#include "http/scan.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Where the next line starts, when CR LF is at `at`. */
static const char *line_end(const char *at, const char *end) {
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

/* "HTTP/1.0" or "HTTP/1.1" */
static bool read_version(const char *at, const char *end, int *ret_minor) {
    if (end - at < 8 || memcmp(at, "HTTP/1.", 7) != 0 || (at[7] != '0' && at[7] != '1')) return false;
    *ret_minor = at[7] - '0';
    return true;
}

const char *h1_read_request_line(struct h1_head *head, const char *at, const char *end) {
    const char *start = at;
    if (end - at >= 4 && memcmp(at, "GET ", 4) == 0) {
        at += 3;
        head->method_id = HTTP_GET;
    } else {
        at = scan_token(at, end);
        if (at == start || at == end || *at != ' ') return NULL;
        head->method_id = http_method_of(span_make(start, (size_t)(at - start)));
    }
    head->method = span_make(start, (size_t)(at - start));
    const char *target = ++at;
    at = scan_target(at, end);
    if (at == target || at == end || *at != ' ') return NULL;
    head->target = span_make(target, (size_t)(at - target));
    if (!read_version(at + 1, end, &head->minor)) return NULL;
    return line_end(at + 9, end);
}

/* The blank after the status may be missing when there is no reason: many servers send it so. */
const char *h1_read_status_line(struct h1_head *head, const char *at, const char *end) {
    if (end - at < 13 || !read_version(at, end, &head->minor) || at[8] != ' ') return NULL;
    int status = 0;
    for (at += 9; end - at > 0 && ascii_is_digit(*at) && status < 100; at++)
        status = status * 10 + (*at - '0');
    if (status < 100 || end - at < 2) return NULL;
    head->status = status;
    head->reason = SPAN("");
    if (*at == ' ') {
        const char *reason = ++at;
        at = scan_value(at, end);
        head->reason = span_make(reason, (size_t)(at - reason));
    }
    return line_end(at, end);
}

const char *h1_read_field(struct http_field *f, const char *at, const char *end) {
    const char *name = at;
    at = scan_token(at, end);
    if (at == name || at == end || *at != ':') return NULL;
    f->name = span_make(name, (size_t)(at - name));
    at++;
    while (at < end && is_blank(*at)) at++;
    const char *value = at;
    at = scan_value(at, end);
    const char *next = line_end(at, end);
    if (!next) return NULL;
    while (at > value && is_blank(at[-1])) at--;
    f->value = span_make(value, (size_t)(at - value));
    f->id = http_name_of(f->name);
    return next;
}

/* --- authority --- */

static bool port_valid(const char *at, const char *end) {
    uint32_t port = 0;
    for (; at < end; at++) {
        if (!ascii_is_digit(*at)) return false;
        port = port * 10 + (uint32_t)(*at - '0');
        if (port > 65535) return false;
    }
    return true;
}

/* "[" 1*( hex / ":" / "." ) "]": whether it is an address, URL parsing decides. */
static const char *read_ip_literal(const char *at, const char *end) {
    const char *start = ++at;
    while (at < end && (char_is(*at, CHAR_HEX) || *at == ':' || *at == '.')) at++;
    return at < end && *at == ']' && at > start ? at + 1 : NULL;
}

bool h1_authority_valid(struct span s) {
    if (!s.len) return false;
    const char *at = s.ptr, *end = s.ptr + s.len;
    at = *at == '[' ? read_ip_literal(at, end) : scan_table(at, end, CHAR_HOST);
    if (!at || at == s.ptr) return false;
    return at == end || (*at == ':' && port_valid(at + 1, end));
}

/* --- why is it bad? Not on the fast path. --- */

enum h1_event h1_line_too_long(struct h1 *p, struct span line) {
    if (p->state == H1_S_FIELDS) return h1_fail(p, 431, "the header section is larger than the limit");
    if (p->state == H1_S_TRAILERS) return h1_fail(p, 431, "the trailer section is larger than the limit");
    if (p->kind == H1_RESPONSE) return h1_fail(p, 502, "the status line is too long");
    size_t token = http_token_scan(span_first(line, H1_METHOD_BYTES + 1), 0);
    if (token > H1_METHOD_BYTES) return h1_fail(p, 501, "the method is too long");
    if (line.ptr[token] != ' ' || !token) return h1_fail(p, 400, "the method is not a token");
    return h1_fail(p, 414, "the request target is longer than the limit");
}

static enum h1_event version_fault(struct h1 *p, struct span v) {
    bool form = v.len == 8 && span_starts(v, SPAN("HTTP/")) && ascii_is_digit(v.ptr[5]) && v.ptr[6] == '.' &&
                ascii_is_digit(v.ptr[7]);
    if (form) return h1_fail(p, 505, "the HTTP version is neither 1.0 nor 1.1");
    return h1_fail(p, 400, "the request line does not end with an HTTP version");
}

static enum h1_event request_line_fault(struct h1 *p, struct span line) {
    size_t token = http_token_scan(line, 0);
    if (!token || token == line.len || line.ptr[token] != ' ')
        return h1_fail(p, 400, "the method is not a token");
    if (token > H1_METHOD_BYTES) return h1_fail(p, 501, "the method is too long");
    const char *target = line.ptr + token + 1, *end = line.ptr + line.len;
    const char *at = scan_target(target, end);
    if (at == target) return h1_fail(p, 400, "the request line has no target");
    if (at == end) return h1_fail(p, 400, "the request line has no HTTP version");
    if (*at != ' ') return h1_fail(p, 400, "the request target has a forbidden byte");
    return version_fault(p, span_make(at + 1, (size_t)(end - at - 1)));
}

static enum h1_event field_fault(struct h1 *p, struct span line) {
    size_t token = http_token_scan(line, 0);
    if (token == line.len) return h1_fail(p, 400, "a header line has no colon");
    if (line.ptr[token] == ':') {
        if (!token) return h1_fail(p, 400, "a header name is empty");
        return h1_fail(p, 400, "a header value has a forbidden byte");
    }
    if (is_blank(line.ptr[token]) && token) return h1_fail(p, 400, "a header name is followed by a blank");
    return h1_fail(p, 400, "a header name has a forbidden byte");
}

enum h1_event h1_line_fault(struct h1 *p, struct span line) {
    if (line.len < 2 || line.ptr[line.len - 2] != '\r') return h1_fail(p, 400, "a line ends without CR");
    line.len -= 2;
    if (p->state != H1_S_LINE) return field_fault(p, line);
    if (p->kind == H1_RESPONSE) return h1_fail(p, 502, "the status line is malformed");
    return request_line_fault(p, line);
}
