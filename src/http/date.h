/* HTTP dates (RFC 9110 section 5.6.7): seconds since 1970-01-01T00:00:00Z. Pure functions, any thread. */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/span.h"

#define HTTP_DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* IMF-fixdate, not NUL-terminated. Years outside 0-9999 are clamped to the nearest date inside. */
void http_date_format(char out[HTTP_DATE_LEN], int64_t seconds);
/* IMF-fixdate, RFC 850 and asctime. `now_s` places two-digit years: one that looks more than 50 years ahead
 * is in the past. False, *ret_seconds untouched, when malformed or no such day. The weekday must be a
 * weekday's name but is not checked against the date. Leap second 60 counts as 59. */
bool http_date_parse(struct span s, int64_t now_s, int64_t *ret_seconds);

#endif
