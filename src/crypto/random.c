#include "crypto/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/check.h"

void crypto_random(void *to, size_t len) {
    unsigned char *at = to;
    while (len) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR) continue;
        check(n > 0);
        at += n;
        len -= (size_t)n;
    }
}

void crypto_random_small(struct crypto_random_stock *stock, void *to, size_t len) {
    if (len > sizeof stock->bytes / 4) return crypto_random(to, len);
    if (len > stock->left) {
        crypto_random(stock->bytes, sizeof stock->bytes);
        stock->left = sizeof stock->bytes;
    }
    unsigned char *from = stock->bytes + stock->left - len;
    memcpy(to, from, len);
    crypto_wipe(from, len);
    stock->left -= (unsigned)len;
}

void crypto_uuid(struct crypto_random_stock *stock, char to[36]) {
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    if (stock)
        crypto_random_small(stock, bytes, sizeof bytes);
    else
        crypto_random(bytes, sizeof bytes);
    bytes[6] = (bytes[6] & 0x0F) | 0x40; /* version */
    bytes[8] = (bytes[8] & 0x3F) | 0x80; /* variant */
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
        *to++ = hex[bytes[i] >> 4];
        *to++ = hex[bytes[i] & 15];
    }
}

bool crypto_equal(struct span a, struct span b) {
    if (a.len != b.len) return false;
    unsigned char differs = 0;
    for (size_t i = 0; i < a.len; i++) {
        differs |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
        __asm__ volatile("" : "+r"(differs)); /* the compiler may not stop early */
    }
    return differs == 0;
}

void crypto_wipe(void *ptr, size_t len) {
    if (len) explicit_bzero(ptr, len);
}
