/* Which addresses a Worker's fetch() may reach (SSRF). A Worker of a stranger must not reach what only this
 * machine can: loopback, private networks, cloud metadata (169.254.169.254). Judged on the resolved address, so
 * DNS names that point inward are refused like literals. Pure functions but for the allow list, any thread. */
#ifndef EDGE_EGRESS_POLICY_H
#define EDGE_EGRESS_POLICY_H

#include <sys/socket.h>

#include "base/err.h"

struct egress_policy;

/* `allow`: exceptions, "10.0.0.0/8", "::1", "192.0.2.7:8080", "[fd00::]/8". ERR_INVALID names the bad one. */
MUST_USE enum err egress_policy_new(bool deny_private, const char *const *allow, size_t count,
                                    struct egress_policy **ret, struct problem *p);
void egress_policy_free(struct egress_policy *policy);
bool egress_policy_allows(const struct egress_policy *policy, const struct sockaddr *address);
/* Not a public unicast address: the special-purpose registries of IANA (RFC 6890), IPv4 inside IPv6 included. */
bool egress_address_is_private(const struct sockaddr *address);

#endif
