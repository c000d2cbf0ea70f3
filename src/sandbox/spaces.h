/* Namespaces (namespaces(7)) and the root directory of the process. Inside the room. Before threads. */
#ifndef SANDBOX_SPACES_H
#define SANDBOX_SPACES_H

#include "sandbox/sandbox.h"

/* Enters those that can be had and adds their layers. Where a mount namespace is among them, the root becomes a small read-only tree:
 * /code and /kv (by their names), /proc/self, /dev/null, /dev/urandom, /sys/devices/system/cpu; "." is that root then.
 * Leaves "." at walls->dir otherwise. SANDBOX_ON: ERR_UNSUPPORTED, naming the first that is missing. */
MUST_USE enum err spaces_enter(const struct sandbox *walls, unsigned *layers, struct problem *p);

#endif
