#include "edge/egress_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"

/* All addresses as 16 bytes: IPv4 is ::ffff:a.b.c.d. */
struct block {
    unsigned char bytes[16];
    unsigned bits; /* of the prefix, of 128 */
    uint16_t port; /* 0: any */
};

struct egress_policy {
    bool deny_private;
    struct block *allow;
    size_t count;
};

static const struct special {
    const char *prefix;
    unsigned bits;
} special_v4[] =
    {
        {"0.0.0.0", 8},      {"10.0.0.0", 8},     {"100.64.0.0", 10}, {"127.0.0.0", 8},
        {"169.254.0.0", 16}, {"172.16.0.0", 12},  {"192.0.0.0", 24},  {"192.0.2.0", 24},
        {"192.88.99.0", 24}, {"192.168.0.0", 16}, {"198.18.0.0", 15}, {"198.51.100.0", 24},
        {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},
},
  special_v6[] = {
      {"::", 127},   {"64:ff9b:1::", 48}, {"100::", 64},  {"2001::", 23}, {"2001:db8::", 32},
      {"fc00::", 7}, {"fe80::", 10},      {"fec0::", 10}, {"ff00::", 8},
};

static bool prefix_matches(const unsigned char *a, const unsigned char *b, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0) return false;
    return !rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool to_bytes(const struct sockaddr *address, unsigned char to[16], uint16_t *port) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        memcpy(to, mapped, 12);
        memcpy(to + 12, &in->sin_addr, 4);
        *port = ntohs(in->sin_port);
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    memcpy(to, &in6->sin6_addr, 16);
    *port = ntohs(in6->sin6_port);
    return true;
}

static bool in_table(const unsigned char *bytes, int family, const struct special *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned char prefix[16];
        if (inet_pton(family, table[i].prefix, prefix) == 1 && prefix_matches(bytes, prefix, table[i].bits))
            return true;
    }
    return false;
}

static bool v4_is_private(const unsigned char *bytes) {
    return in_table(bytes, AF_INET, special_v4, sizeof special_v4 / sizeof *special_v4);
}

bool egress_address_is_private(const struct sockaddr *address) {
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    unsigned char bytes[16];
    uint16_t port;
    if (!to_bytes(address, bytes, &port)) return true;
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0) return v4_is_private(bytes + 12);
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return v4_is_private(bytes + 2); /* 6to4 */
    return in_table(bytes, AF_INET6, special_v6, sizeof special_v6 / sizeof *special_v6);
}

static bool take_number(const char *text, unsigned most, unsigned *ret) {
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (end == text || *end || n > most) return false;
    *ret = (unsigned)n;
    return true;
}

/* address[/bits][:port]; IPv6 with a port needs brackets. */
static bool parse_block(const char *text, struct block *ret) {
    char copy[80];
    if (strlen(text) >= sizeof copy) return false;
    strcpy(copy, text);
    char *host = copy, *bits = strchr(copy, '/'), *port = NULL;
    if (*copy == '[') {
        host = copy + 1;
        char *close = strchr(copy, ']');
        if (!close) return false;
        *close = 0;
        port = strchr(close + 1, ':');
    } else if (strchr(copy, ':') == strrchr(copy, ':')) {
        port = strchr(copy, ':');
    }
    if (bits) *bits++ = 0;
    if (port) *port++ = 0;
    unsigned char v4[4];
    bool is_v4 = inet_pton(AF_INET, host, v4) == 1;
    unsigned most = is_v4 ? 32 : 128, n = most, p = 0;
    if (bits && !take_number(bits, most, &n)) return false;
    if (port && !take_number(port, 65535, &p)) return false;
    memcpy(ret->bytes, mapped, 12);
    if (is_v4) memcpy(ret->bytes + 12, v4, 4);
    ret->bits = is_v4 ? n + 96 : n;
    ret->port = (uint16_t)p;
    return is_v4 || inet_pton(AF_INET6, host, ret->bytes) == 1;
}

enum err egress_policy_new(bool deny_private, const char *const *allow, size_t count,
                           struct egress_policy **ret, struct problem *p) {
    struct egress_policy *policy = NEW(struct egress_policy);
    policy->deny_private = deny_private;
    policy->allow = mem_array(count + 1, sizeof *policy->allow);
    for (size_t i = 0; i < count; i++) {
        if (parse_block(allow[i], &policy->allow[i])) continue;
        egress_policy_free(policy);
        return problem(p, ERR_INVALID, "\"%s\" is not an address, a block (10.0.0.0/8) or address:port",
                       allow[i]);
    }
    policy->count = count;
    *ret = policy;
    return ERR_OK;
}

void egress_policy_free(struct egress_policy *policy) {
    if (policy) mem_free(policy->allow);
    mem_free(policy);
}

bool egress_policy_allows(const struct egress_policy *policy, const struct sockaddr *address) {
    unsigned char bytes[16];
    uint16_t port;
    if (!policy->deny_private) return true;
    if (!to_bytes(address, bytes, &port)) return false;
    for (size_t i = 0; i < policy->count; i++) {
        const struct block *b = &policy->allow[i];
        if ((!b->port || b->port == port) && prefix_matches(bytes, b->bytes, b->bits)) return true;
    }
    return !egress_address_is_private(address);
}
