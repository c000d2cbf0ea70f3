#include "http/status.h"

static const struct {
    int status;
    struct span reason;
} statuses[] = {
#define R(status, text)                                                                                      \
    {                                                                                                        \
        status, { text, sizeof(text) - 1 }                                                                   \
    }
    R(100, "Continue"),
    R(101, "Switching Protocols"),
    R(102, "Processing"),
    R(103, "Early Hints"),
    R(200, "OK"),
    R(201, "Created"),
    R(202, "Accepted"),
    R(203, "Non-Authoritative Information"),
    R(204, "No Content"),
    R(205, "Reset Content"),
    R(206, "Partial Content"),
    R(207, "Multi-Status"),
    R(208, "Already Reported"),
    R(226, "IM Used"),
    R(300, "Multiple Choices"),
    R(301, "Moved Permanently"),
    R(302, "Found"),
    R(303, "See Other"),
    R(304, "Not Modified"),
    R(305, "Use Proxy"),
    R(307, "Temporary Redirect"),
    R(308, "Permanent Redirect"),
    R(400, "Bad Request"),
    R(401, "Unauthorized"),
    R(402, "Payment Required"),
    R(403, "Forbidden"),
    R(404, "Not Found"),
    R(405, "Method Not Allowed"),
    R(406, "Not Acceptable"),
    R(407, "Proxy Authentication Required"),
    R(408, "Request Timeout"),
    R(409, "Conflict"),
    R(410, "Gone"),
    R(411, "Length Required"),
    R(412, "Precondition Failed"),
    R(413, "Content Too Large"),
    R(414, "URI Too Long"),
    R(415, "Unsupported Media Type"),
    R(416, "Range Not Satisfiable"),
    R(417, "Expectation Failed"),
    R(421, "Misdirected Request"),
    R(422, "Unprocessable Content"),
    R(423, "Locked"),
    R(424, "Failed Dependency"),
    R(425, "Too Early"),
    R(426, "Upgrade Required"),
    R(428, "Precondition Required"),
    R(429, "Too Many Requests"),
    R(431, "Request Header Fields Too Large"),
    R(451, "Unavailable For Legal Reasons"),
    R(500, "Internal Server Error"),
    R(501, "Not Implemented"),
    R(502, "Bad Gateway"),
    R(503, "Service Unavailable"),
    R(504, "Gateway Timeout"),
    R(505, "HTTP Version Not Supported"),
    R(506, "Variant Also Negotiates"),
    R(507, "Insufficient Storage"),
    R(508, "Loop Detected"),
    R(511, "Network Authentication Required"),
#undef R
};

struct span http_status_reason(int status) {
    if (status == 200) return SPAN("OK");
    size_t low = 0, high = sizeof statuses / sizeof *statuses;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (statuses[middle].status == status) return statuses[middle].reason;
        if (statuses[middle].status < status)
            low = middle + 1;
        else
            high = middle;
    }
    return SPAN("");
}

bool http_status_is_null_body(int status) {
    return status == 101 || status == 204 || status == 205 || status == 304;
}

bool http_status_is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool http_status_is_heuristically_cacheable(int status) {
    switch (status) {
    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501: return true;
    default: return false;
    }
}
