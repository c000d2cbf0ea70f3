#include "crypto/checksum.h"

#include <pthread.h>

/* Reflected polynomials; all three begin with ones and end inverted. */
static const struct {
    uint64_t polynomial, ones;
} kinds[CRYPTO_CHECKSUMS] = {[CRYPTO_CRC32] = {0xEDB88320u, 0xFFFFFFFFu},
                             [CRYPTO_CRC32C] = {0x82F63B78u, 0xFFFFFFFFu},
                             [CRYPTO_CRC64NVME] = {0x9A6C9329AC4BC9B5u, UINT64_MAX}};

/* tables[kind][k][b]: byte b, k bytes before the end of a group of eight. Written once, before anyone reads them. */
static uint64_t tables[CRYPTO_CHECKSUMS][8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void) {
    for (int kind = 0; kind < CRYPTO_CHECKSUMS; kind++) {
        for (unsigned b = 0; b < 256; b++) {
            uint64_t sum = b;
            for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? kinds[kind].polynomial : 0);
            tables[kind][0][b] = sum;
        }
        for (int k = 1; k < 8; k++)
            for (unsigned b = 0; b < 256; b++) {
                uint64_t before = tables[kind][k - 1][b];
                tables[kind][k][b] = before >> 8 ^ tables[kind][0][before & 0xFF];
            }
    }
}

size_t crypto_checksum_bytes(enum crypto_checksum kind) { return kind == CRYPTO_CRC64NVME ? 8 : 4; }

uint64_t crypto_checksum_add(enum crypto_checksum kind, uint64_t sum, struct span data) {
    pthread_once(&tables_once, make_tables);
    const uint64_t(*t)[256] = tables[kind];
    const unsigned char *at = (const unsigned char *)data.ptr;
    size_t left = data.len;
    sum ^= kinds[kind].ones;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t next = 0;
        for (unsigned i = 0; i < 8; i++) next |= (uint64_t)at[i] << (8 * i);
        sum ^= next;
        uint64_t to = 0;
        for (unsigned i = 0; i < 8; i++) to ^= t[7 - i][sum >> (8 * i) & 0xFF];
        sum = to;
    }
    for (; left; at++, left--) sum = sum >> 8 ^ t[0][(sum ^ *at) & 0xFF];
    return sum ^ kinds[kind].ones;
}
