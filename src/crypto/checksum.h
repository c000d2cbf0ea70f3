/* Checksums against accidents, not against anybody: CRC-32 (IEEE 802.3), CRC-32C (Castagnoli), CRC-64/NVME. Pure, any
 * thread. Begin with 0 and give the result back in with the next piece. */
#ifndef CRYPTO_CHECKSUM_H
#define CRYPTO_CHECKSUM_H

#include "base/span.h"

enum crypto_checksum { CRYPTO_CRC32, CRYPTO_CRC32C, CRYPTO_CRC64NVME, CRYPTO_CHECKSUMS };

uint64_t crypto_checksum_add(enum crypto_checksum kind, uint64_t sum, struct span data);
size_t crypto_checksum_bytes(enum crypto_checksum kind); /* 4 or 8 */

#endif
