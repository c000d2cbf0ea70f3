#include "http/names.h"

static const struct span names[HTTP_NAME_COUNT] = {[HTTP_NAME_OTHER] = {"", 0},
#define X(constant, text) [HTTP_NAME_##constant] = {text, sizeof(text) - 1},
                                                   HTTP_NAME_TABLE(X)
#undef X
};

/* The table is sorted by length, so the names of one length are neighbours. */
static const struct {
    uint8_t first, last;
} by_length[] = {
    [2] = {HTTP_NAME_TE, HTTP_NAME_TE},
    [3] = {HTTP_NAME_AGE, HTTP_NAME_VIA},
    [4] = {HTTP_NAME_DATE, HTTP_NAME_VARY},
    [5] = {HTTP_NAME_ALLOW, HTTP_NAME_RANGE},
    [6] = {HTTP_NAME_ACCEPT, HTTP_NAME_CF_RAY},
    [7] = {HTTP_NAME_ALT_SVC, HTTP_NAME_WARNING},
    [8] = {HTTP_NAME_IF_MATCH, HTTP_NAME_PRIORITY},
    [9] = {HTTP_NAME_CACHE_TAG, HTTP_NAME_FORWARDED},
    [10] = {HTTP_NAME_CONNECTION, HTTP_NAME_USER_AGENT},
    [11] = {HTTP_NAME_RETRY_AFTER, HTTP_NAME_RETRY_AFTER},
    [12] = {HTTP_NAME_CONTENT_TYPE, HTTP_NAME_MAX_FORWARDS},
    [13] = {HTTP_NAME_ACCEPT_RANGES, HTTP_NAME_SERVER_TIMING},
    [14] = {HTTP_NAME_ACCEPT_CHARSET, HTTP_NAME_SEC_FETCH_USER},
    [15] = {HTTP_NAME_ACCEPT_ENCODING, HTTP_NAME_X_FORWARDED_FOR},
    [16] = {HTTP_NAME_CF_CONNECTING_IP, HTTP_NAME_X_FORWARDED_HOST},
    [17] = {HTTP_NAME_CDN_CACHE_CONTROL, HTTP_NAME_X_FORWARDED_PROTO},
    [18] = {HTTP_NAME_PROXY_AUTHENTICATE, HTTP_NAME_PROXY_AUTHENTICATE},
    [19] = {HTTP_NAME_CONTENT_DISPOSITION, HTTP_NAME_PROXY_AUTHORIZATION},
    [20] = {HTTP_NAME_SEC_WEBSOCKET_ACCEPT, HTTP_NAME_SEC_WEBSOCKET_ACCEPT},
    [21] = {HTTP_NAME_SEC_WEBSOCKET_VERSION, HTTP_NAME_SEC_WEBSOCKET_VERSION},
    [22] = {HTTP_NAME_SEC_WEBSOCKET_PROTOCOL, HTTP_NAME_SEC_WEBSOCKET_PROTOCOL},
    [23] = {HTTP_NAME_CONTENT_SECURITY_POLICY, HTTP_NAME_CONTENT_SECURITY_POLICY},
    [24] = {HTTP_NAME_SEC_WEBSOCKET_EXTENSIONS, HTTP_NAME_SEC_WEBSOCKET_EXTENSIONS},
    [25] = {HTTP_NAME_STRICT_TRANSPORT_SECURITY, HTTP_NAME_UPGRADE_INSECURE_REQUESTS},
    [28] = {HTTP_NAME_CLOUDFLARE_CDN_CACHE_CONTROL, HTTP_NAME_CLOUDFLARE_CDN_CACHE_CONTROL},
};

static uint64_t load8(const char *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* Or-ing 0x20 lowers letters, but would also turn control bytes into digits and '-': a byte without the bits 0x60
 * is a control byte and never equal. */
static bool lower_eq8(uint64_t given, uint64_t lower) {
    uint64_t visible = (given >> 5 | given >> 6) & 0x0101010101010101u;
    return (given | 0x2020202020202020u) == lower && visible == 0x0101010101010101u;
}

static bool lower_eq(const char *given, struct span lower) {
    if (lower.len < 8) {
        for (size_t i = 0; i < lower.len; i++) {
            if (ascii_lower(given[i]) != lower.ptr[i]) return false;
        }
        return true;
    }
    size_t at = 0;
    for (; at + 8 < lower.len; at += 8) {
        if (!lower_eq8(load8(given + at), load8(lower.ptr + at))) return false;
    }
    at = lower.len - 8;
    return lower_eq8(load8(given + at), load8(lower.ptr + at));
}

enum http_name http_name_of(struct span name) {
    if (name.len >= sizeof by_length / sizeof *by_length) return HTTP_NAME_OTHER;
    unsigned first = by_length[name.len].first, last = by_length[name.len].last;
    if (!first) return HTTP_NAME_OTHER;
    char final = ascii_lower(name.ptr[name.len - 1]);
    for (unsigned id = first; id <= last; id++) {
        if (names[id].ptr[name.len - 1] == final && lower_eq(name.ptr, names[id])) return (enum http_name)id;
    }
    return HTTP_NAME_OTHER;
}

struct span http_name_text(enum http_name id) {
    return (unsigned)id < HTTP_NAME_COUNT ? names[id] : SPAN("");
}

enum http_method http_method_of(struct span m) {
    if (m.len == 3 && memcmp(m.ptr, "GET", 3) == 0) return HTTP_GET;
#define X(name)                                                                                              \
    if (m.len == sizeof #name - 1 && memcmp(m.ptr, #name, sizeof #name - 1) == 0) return HTTP_##name;
    HTTP_METHOD_TABLE(X)
#undef X
    return HTTP_METHOD_OTHER;
}
