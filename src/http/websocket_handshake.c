#include "http/fields.h"
#include "http/websocket.h"
#include "text/base64.h"

/* Our own window: 4 KB a direction costs a connection a tenth of what 32 KB would, and messages are short. */
enum { WINDOW_BITS = 12, BITS_LEAST = 9, BITS_MOST = 15 };

bool ws_key_valid(struct span key) {
    char bytes[32]; /* at least base64_decoded_max(24) */
    size_t len;
    if (key.len != 24 || !span_ends(key, SPAN("=="))) return false;
    return !base64_decode(key, bytes, &len) && len == 16 && span_find(key, SPAN(" ")) == key.len;
}

/* One extension with its parameters, as an offer or an answer has them. */
struct parameters {
    bool server_no_takeover, client_no_takeover, server_bits_given, client_bits_given;
    unsigned server_bits, client_bits; /* 0: without a value */
};

/* "10" or "\"10\"", 8 to 15, no leading zero. */
static bool read_bits(struct span value, unsigned *ret) {
    uint64_t n;
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = span_make(value.ptr + 1, value.len - 2);
    if (!value.len || value.ptr[0] == '0' || !span_to_u64(value, &n) || n < 8 || n > BITS_MOST) return false;
    *ret = (unsigned)n;
    return true;
}

static bool set_flag(bool *flag, bool has_value) {
    if (*flag || has_value) return false;
    return *flag = true;
}

static bool read_parameter(struct span text, struct parameters *p) {
    struct span name = span_trim(span_first(text, span_index(text, '=')));
    bool has_value = span_index(text, '=') < text.len;
    struct span value = has_value ? span_trim(span_from(text, span_index(text, '=') + 1)) : SPAN_NONE;
    if (span_eq_nocase(name, SPAN("server_no_context_takeover")))
        return set_flag(&p->server_no_takeover, has_value);
    if (span_eq_nocase(name, SPAN("client_no_context_takeover")))
        return set_flag(&p->client_no_takeover, has_value);
    if (span_eq_nocase(name, SPAN("server_max_window_bits")))
        return set_flag(&p->server_bits_given, false) && has_value && read_bits(value, &p->server_bits);
    if (span_eq_nocase(name, SPAN("client_max_window_bits")))
        return set_flag(&p->client_bits_given, false) && (!has_value || read_bits(value, &p->client_bits));
    return false;
}

/* False: another extension, or parameters that are not in the standard. */
static bool read_extension(struct span member, struct parameters *ret) {
    *ret = (struct parameters){0};
    struct span rest = member, name = span_trim(span_cut(&rest, ';'));
    if (!span_eq_nocase(name, SPAN("permessage-deflate"))) return false;
    bool more = span_index(member, ';') < member.len;
    while (more) {
        more = span_index(rest, ';') < rest.len;
        if (!read_parameter(span_cut(&rest, ';'), ret)) return false;
    }
    return true;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

void ws_offers_choose(struct span offers, struct ws_deflate *ret, struct buf *answer) {
    struct span member;
    struct parameters p;
    *ret = (struct ws_deflate){0};
    while (http_list_next(&offers, &member)) {
        if (!read_extension(member, &p)) continue;
        unsigned server = least(p.server_bits_given ? p.server_bits : BITS_MOST, WINDOW_BITS);
        if (server < BITS_LEAST || p.client_bits == 8) continue;
        unsigned client =
            p.client_bits_given ? least(p.client_bits ? p.client_bits : BITS_MOST, WINDOW_BITS) : BITS_MOST;
        *ret = (struct ws_deflate){.on = true,
                                   .server_no_takeover = p.server_no_takeover,
                                   .client_no_takeover = p.client_no_takeover,
                                   .server_bits = (uint8_t)server,
                                   .client_bits = (uint8_t)client};
        buf_printf(answer, "permessage-deflate; server_max_window_bits=%u", server);
        if (p.client_bits_given) buf_printf(answer, "; client_max_window_bits=%u", client);
        if (p.server_no_takeover) buf_lit(answer, "; server_no_context_takeover");
        if (p.client_no_takeover) buf_lit(answer, "; client_no_context_takeover");
        return;
    }
}

enum err ws_answer_read(struct span answer, struct ws_deflate *ret) {
    struct span member, other;
    struct parameters p;
    *ret = (struct ws_deflate){0};
    if (!http_list_next(&answer, &member)) return ERR_OK;
    if (http_list_next(&answer, &other) || !read_extension(member, &p)) return ERR_PROTOCOL;
    if (p.client_bits_given && p.client_bits < BITS_LEAST) return ERR_PROTOCOL; /* without a value, or 8 */
    *ret = (struct ws_deflate){
        .on = true,
        .server_no_takeover = p.server_no_takeover,
        .client_no_takeover = p.client_no_takeover,
        .server_bits = (uint8_t)(p.server_bits_given ? p.server_bits : BITS_MOST),
        .client_bits = (uint8_t)least(p.client_bits_given ? p.client_bits : BITS_MOST, WINDOW_BITS)};
    return ERR_OK;
}
