/* Well-known field names as small numbers, so that the rest of the program compares integers. One table;
 * sorted by length, then by name: http_name_of() finds the class of a name with a table lookup by length and
 * a few compares. Pure functions, any thread. */
#ifndef HTTP_NAMES_H
#define HTTP_NAMES_H

#include "base/span.h"

/*    constant                      lower-case name */
#define HTTP_NAME_TABLE(X)                                                                                   \
    X(TE, "te")                                                                                              \
    X(AGE, "age")                                                                                            \
    X(VIA, "via")                                                                                            \
    X(DATE, "date")                                                                                          \
    X(ETAG, "etag")                                                                                          \
    X(HOST, "host")                                                                                          \
    X(VARY, "vary")                                                                                          \
    X(ALLOW, "allow")                                                                                        \
    X(RANGE, "range")                                                                                        \
    X(ACCEPT, "accept")                                                                                      \
    X(COOKIE, "cookie")                                                                                      \
    X(EXPECT, "expect")                                                                                      \
    X(ORIGIN, "origin")                                                                                      \
    X(PRAGMA, "pragma")                                                                                      \
    X(SERVER, "server")                                                                                      \
    X(CF_RAY, "cf-ray")                                                                                      \
    X(ALT_SVC, "alt-svc")                                                                                    \
    X(EXPIRES, "expires")                                                                                    \
    X(REFERER, "referer")                                                                                    \
    X(TRAILER, "trailer")                                                                                    \
    X(UPGRADE, "upgrade")                                                                                    \
    X(WARNING, "warning")                                                                                    \
    X(IF_MATCH, "if-match")                                                                                  \
    X(IF_RANGE, "if-range")                                                                                  \
    X(LOCATION, "location")                                                                                  \
    X(PRIORITY, "priority")                                                                                  \
    X(CACHE_TAG, "cache-tag")                                                                                \
    X(FORWARDED, "forwarded")                                                                                \
    X(CONNECTION, "connection")                                                                              \
    X(KEEP_ALIVE, "keep-alive")                                                                              \
    X(SET_COOKIE, "set-cookie")                                                                              \
    X(USER_AGENT, "user-agent")                                                                              \
    X(RETRY_AFTER, "retry-after")                                                                            \
    X(CONTENT_TYPE, "content-type")                                                                          \
    X(MAX_FORWARDS, "max-forwards")                                                                          \
    X(ACCEPT_RANGES, "accept-ranges")                                                                        \
    X(AUTHORIZATION, "authorization")                                                                        \
    X(CACHE_CONTROL, "cache-control")                                                                        \
    X(CONTENT_RANGE, "content-range")                                                                        \
    X(IF_NONE_MATCH, "if-none-match")                                                                        \
    X(LAST_MODIFIED, "last-modified")                                                                        \
    X(SERVER_TIMING, "server-timing")                                                                        \
    X(ACCEPT_CHARSET, "accept-charset")                                                                      \
    X(CONTENT_LENGTH, "content-length")                                                                      \
    X(SEC_FETCH_DEST, "sec-fetch-dest")                                                                      \
    X(SEC_FETCH_MODE, "sec-fetch-mode")                                                                      \
    X(SEC_FETCH_SITE, "sec-fetch-site")                                                                      \
    X(SEC_FETCH_USER, "sec-fetch-user")                                                                      \
    X(ACCEPT_ENCODING, "accept-encoding")                                                                    \
    X(ACCEPT_LANGUAGE, "accept-language")                                                                    \
    X(X_FORWARDED_FOR, "x-forwarded-for")                                                                    \
    X(CF_CONNECTING_IP, "cf-connecting-ip")                                                                  \
    X(CONTENT_ENCODING, "content-encoding")                                                                  \
    X(CONTENT_LANGUAGE, "content-language")                                                                  \
    X(CONTENT_LOCATION, "content-location")                                                                  \
    X(PROXY_CONNECTION, "proxy-connection")                                                                  \
    X(WWW_AUTHENTICATE, "www-authenticate")                                                                  \
    X(X_FORWARDED_HOST, "x-forwarded-host")                                                                  \
    X(CDN_CACHE_CONTROL, "cdn-cache-control")                                                                \
    X(IF_MODIFIED_SINCE, "if-modified-since")                                                                \
    X(SEC_WEBSOCKET_KEY, "sec-websocket-key")                                                                \
    X(TRANSFER_ENCODING, "transfer-encoding")                                                                \
    X(X_FORWARDED_PROTO, "x-forwarded-proto")                                                                \
    X(PROXY_AUTHENTICATE, "proxy-authenticate")                                                              \
    X(CONTENT_DISPOSITION, "content-disposition")                                                            \
    X(IF_UNMODIFIED_SINCE, "if-unmodified-since")                                                            \
    X(PROXY_AUTHORIZATION, "proxy-authorization")                                                            \
    X(SEC_WEBSOCKET_ACCEPT, "sec-websocket-accept")                                                          \
    X(SEC_WEBSOCKET_VERSION, "sec-websocket-version")                                                        \
    X(SEC_WEBSOCKET_PROTOCOL, "sec-websocket-protocol")                                                      \
    X(CONTENT_SECURITY_POLICY, "content-security-policy")                                                    \
    X(SEC_WEBSOCKET_EXTENSIONS, "sec-websocket-extensions")                                                  \
    X(STRICT_TRANSPORT_SECURITY, "strict-transport-security")                                                \
    X(UPGRADE_INSECURE_REQUESTS, "upgrade-insecure-requests")                                                \
    X(CLOUDFLARE_CDN_CACHE_CONTROL, "cloudflare-cdn-cache-control")

enum http_name {
    HTTP_NAME_OTHER,
#define X(constant, text) HTTP_NAME_##constant,
    HTTP_NAME_TABLE(X)
#undef X
        HTTP_NAME_COUNT
};

/* Any case. HTTP_NAME_OTHER when the table does not have it. */
enum http_name http_name_of(struct span name);
/* Lower case; empty for HTTP_NAME_OTHER. */
struct span http_name_text(enum http_name id);

/* Request methods: exact case (RFC 9110 section 9.1). */
#define HTTP_METHOD_TABLE(X) X(GET) X(HEAD) X(POST) X(PUT) X(DELETE) X(OPTIONS) X(PATCH) X(CONNECT) X(TRACE)

enum http_method {
    HTTP_METHOD_OTHER,
#define X(name) HTTP_##name,
    HTTP_METHOD_TABLE(X)
#undef X
};

enum http_method http_method_of(struct span method);

#endif
