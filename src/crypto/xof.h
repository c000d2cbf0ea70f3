/* cSHAKE (NIST SP 800-185): a digest of any length, for a named function and with a customization. Without both it is
 * SHAKE (FIPS 202). Pure, any thread. `bits` is 128 or 256. Appended; ERR_INVALID above LIMIT_CRYPTO_XOF_BYTES. */
#ifndef CRYPTO_XOF_H
#define CRYPTO_XOF_H

#include "base/buf.h"
#include "base/err.h"

MUST_USE enum err crypto_cshake(unsigned bits, struct span function, struct span customization,
                                struct span data, size_t out_bytes, struct buf *to);

#endif
