/* Who the process is: user, group, capabilities. Inside the room. Before threads: all of it is per thread. */
#ifndef SANDBOX_IDENTITY_H
#define SANDBOX_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

bool identity_can(int capability); /* CAP_SYS_ADMIN, ...: effective now */
/* Root becomes uid:gid without other groups (uid 0: stays). */
MUST_USE enum err identity_become(uid_t uid, gid_t gid, struct problem *p);
/* `kept` has bit 1 << CAP_x for those that stay. What a program could get back at execve(2); needs CAP_SETPCAP, so before
 * identity_become(). Where that is missing nothing happens. */
void identity_close_bounding_set(uint64_t kept);
/* All others out of every set, and no way back. */
MUST_USE enum err identity_keep_capabilities(uint64_t kept, struct problem *p);

#endif
