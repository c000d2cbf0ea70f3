/* Internationalised domain names, as the WHATWG URL Standard uses them (section 3.3, "domain to ASCII" with
 * beStrict false): UTS #46 non-transitional, CheckBidi and CheckJoiners on, CheckHyphens, UseSTD3ASCIIRules
 * and VerifyDnsLength off.
 *
 * ICU does the work behind one handle, opened at first need and shared read-only by all threads. Pure ASCII
 * never touches it: the standard has such a domain lowercased and no more, whatever its "xn--" labels decode
 * to. Forbidden code points ('/', '%', ...) are the URL parser's business, not checked here. */
#ifndef TEXT_IDNA_H
#define TEXT_IDNA_H

#include "base/buf.h"
#include "base/err.h"

/* `domain` is well-formed UTF-8. Appends the ASCII form to *to. ERR_INVALID when UTS #46 refuses it or
 * nothing is left of it; *to is then as before. */
MUST_USE enum err idna_to_ascii(struct span domain, struct buf *to);
/* For showing to people. Never fails: a label that is wrong is appended as UTS #46 leaves it (section 3.3).
 */
void idna_to_unicode(struct span domain, struct buf *to);

/* The major version of Unicode that ICU knows. Letters that are newer are refused (before Unicode 17: the latest CJK
 * extension, U+323B0 and on, and others); the rules for older ones are those of Unicode 17 in any case, but for
 * U+1806, which before 16 is refused. */
unsigned idna_unicode_version(void);

#endif
