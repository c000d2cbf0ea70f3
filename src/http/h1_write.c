#include "http/h1_write.h"

#include "base/check.h"
#include "http/scan.h"
#include "http/status.h"

/* Status line, Date, framing and Connection: less than this beside the fields and the reason. */
#define HEAD_EXTRA_BYTES 192

/* --- framing --- */

static bool status_has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

void h1_response_frame_for(struct h1_response *r, bool head_request, int minor, uint64_t length, bool close) {
    bool unknown = length == H1_LENGTH_UNKNOWN;
    r->minor_0 = minor == 0;
    r->close = close;
    r->length = unknown ? 0 : length;
    r->body = !head_request && !status_has_no_body(r->status);
    if (r->status ==
        205) { /* never content, but a client of HTTP/1.1 must be told so: RFC 9110 section 15.3.6 */
        r->framing = H1_FRAME_LENGTH;
        r->length = 0;
        r->body = false;
    } else if (status_has_no_body(r->status) && (r->status != 304 || unknown)) {
        r->framing = H1_FRAME_NONE;
    } else if (!unknown) {
        r->framing = H1_FRAME_LENGTH;
    } else if (!r->body) {
        r->framing = H1_FRAME_NONE;
    } else if (minor) {
        r->framing = H1_FRAME_CHUNKED;
    } else {
        r->framing = H1_FRAME_CLOSE;
        r->close = true;
    }
}

void h1_response_frame(struct h1_response *r, const struct h1_head *request, uint64_t length,
                       bool want_close) {
    h1_response_frame_for(r, request->method_id == HTTP_HEAD, request->minor, length,
                          want_close || request->should_close);
}

/* --- heads --- */

static char *put(char *at, struct span s) {
    if (s.len) memcpy(at, s.ptr, s.len);
    return at + s.len;
}

#define PUT(at, literal) (memcpy((at), "" literal "", sizeof(literal) - 1), (at) + sizeof(literal) - 1)

static char *put_u64(char *at, uint64_t value) {
    char digits[20];
    size_t n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n) *at++ = digits[--n];
    return at;
}

/* Bytes that the fields can take, written as lines; SIZE_MAX when one is not fit to be written. */
static size_t fields_bytes(const struct http_fields *fields) {
    size_t bytes = 0;
    HTTP_FIELDS_EACH(f, fields) {
        if (!http_token_valid(f->name) || !http_value_strict(f->value)) return SIZE_MAX;
        bytes += f->name.len + f->value.len + 4;
    }
    return bytes;
}

static bool is_framing(enum http_name id) {
    return id == HTTP_NAME_CONTENT_LENGTH || http_name_is_hop_by_hop(id);
}

static char *put_field(char *at, const struct http_field *f) {
    at = put(at, f->name);
    at = PUT(at, ": ");
    at = put(at, f->value);
    return PUT(at, "\r\n");
}

static char *put_fields(char *at, const struct http_fields *fields, bool *ret_has_date) {
    HTTP_FIELDS_EACH(f, fields) {
        if (f->id != HTTP_NAME_OTHER) {
            if (is_framing(f->id)) continue;
            if (f->id == HTTP_NAME_DATE) *ret_has_date = true;
        }
        at = put_field(at, f);
    }
    return at;
}

static char *put_status_line(char *at, int status, struct span reason) {
    if (status == 200 && !reason.ptr) return PUT(at, "HTTP/1.1 200 OK\r\n");
    at = PUT(at, "HTTP/1.1 ");
    at = put_u64(at, (uint64_t)status);
    at = PUT(at, " ");
    at = put(at, reason.ptr ? reason : http_status_reason(status));
    return PUT(at, "\r\n");
}

static char *put_framing(char *at, const struct h1_response *r) {
    if (r->framing == H1_FRAME_LENGTH) {
        at = PUT(at, "Content-Length: ");
        at = put_u64(at, r->length);
        at = PUT(at, "\r\n");
    } else if (r->framing == H1_FRAME_CHUNKED) {
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    }
    if (r->close)
        at = PUT(at, "Connection: close\r\n");
    else if (r->minor_0)
        at = PUT(at, "Connection: keep-alive\r\n");
    return at;
}

static const struct http_fields no_fields;

enum err h1_write_head(struct buf *out, const struct h1_response *r) {
    const struct http_fields *fields = r->fields ? r->fields : &no_fields;
    if (r->status < 200 || r->status > 599) return ERR_INVALID;
    check(r->framing != H1_FRAME_CLOSE || r->close);
    check(r->framing != H1_FRAME_CHUNKED || !r->minor_0);
    size_t bytes = fields_bytes(fields);
    if (bytes == SIZE_MAX || !http_value_strict(r->reason) || !http_value_strict(r->date)) return ERR_INVALID;
    char *start = buf_reserve(out, bytes + r->reason.len + r->date.len + HEAD_EXTRA_BYTES), *at = start;
    bool has_date = r->date.len == 0;
    at = put_status_line(at, r->status, r->reason);
    at = put_fields(at, fields, &has_date);
    if (!has_date) {
        at = PUT(at, "Date: ");
        at = put(at, r->date);
        at = PUT(at, "\r\n");
    }
    at = put_framing(at, r);
    at = PUT(at, "\r\n");
    buf_added(out, (size_t)(at - start));
    return ERR_OK;
}

static enum err write_interim(struct buf *out, int status, struct span upgrade,
                              const struct http_fields *fields) {
    if (!fields) fields = &no_fields;
    size_t bytes = fields_bytes(fields);
    if (bytes == SIZE_MAX || !http_value_strict(upgrade)) return ERR_INVALID;
    char *start = buf_reserve(out, bytes + upgrade.len + HEAD_EXTRA_BYTES), *at = start;
    bool has_date = false;
    at = put_status_line(at, status, SPAN_NONE);
    if (upgrade.len) {
        at = PUT(at, "Connection: upgrade\r\nUpgrade: ");
        at = put(at, upgrade);
        at = PUT(at, "\r\n");
    }
    at = put_fields(at, fields, &has_date);
    at = PUT(at, "\r\n");
    buf_added(out, (size_t)(at - start));
    return ERR_OK;
}

enum err h1_write_interim(struct buf *out, int status, const struct http_fields *fields) {
    if (status < 100 || status > 199 || status == 101) return ERR_INVALID;
    return write_interim(out, status, SPAN_NONE, fields);
}

enum err h1_write_upgrade(struct buf *out, struct span protocol, const struct http_fields *fields) {
    return protocol.len ? write_interim(out, 101, protocol, fields) : ERR_INVALID;
}

/* --- chunks --- */

size_t h1_chunk_open(char out[H1_CHUNK_OPEN_MAX], uint64_t size_bytes) {
    check(size_bytes > 0);
    size_t digits = (size_t)(67 - __builtin_clzll(size_bytes)) / 4;
    for (size_t i = digits; i-- > 0; size_bytes >>= 4) out[i] = "0123456789abcdef"[size_bytes & 15];
    out[digits] = '\r';
    out[digits + 1] = '\n';
    return digits + 2;
}

void h1_write_chunk(struct buf *out, struct span data) {
    if (!data.len) return;
    char *start = buf_reserve(out, H1_CHUNK_OPEN_MAX + data.len + 2), *at = start;
    at += h1_chunk_open(at, data.len);
    at = put(at, data);
    at = PUT(at, "\r\n");
    buf_added(out, (size_t)(at - start));
}

enum err h1_write_last_chunk(struct buf *out, const struct http_fields *trailers) {
    if (!trailers) trailers = &no_fields;
    size_t bytes = fields_bytes(trailers);
    if (bytes == SIZE_MAX) return ERR_INVALID;
    char *start = buf_reserve(out, bytes + 5), *at = start;
    at = PUT(at, "0\r\n");
    HTTP_FIELDS_EACH(f, trailers) {
        if (!http_name_is_barred_from_trailers(f->id)) at = put_field(at, f);
    }
    at = PUT(at, "\r\n");
    buf_added(out, (size_t)(at - start));
    return ERR_OK;
}
