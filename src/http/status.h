/* Status codes: the reason phrases of the IANA registry. Pure functions, any thread. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "base/span.h"

/* "Not Found"; empty for a code without a registered phrase. */
struct span http_status_reason(int status);
/* 101, 204, 205, 304: a Response of these may not have a body (Fetch standard). */
bool http_status_is_null_body(int status);
/* 301, 302, 303, 307, 308 */
bool http_status_is_redirect(int status);
/* Cacheable without explicit freshness (RFC 9110 section 15.1). */
bool http_status_is_heuristically_cacheable(int status);

#endif
