/* The memory ceiling of each worker process, as the parent keeps it.
 *
 * How much: `memory` of the account in cusp.toml, or of the whole file, or half of what the machine (or the control group
 * the parent runs in) has. Every worker process is told its ceiling and keeps it by itself: it gives up idle isolates,
 * then its largest, and in the end itself (worker/pressure.h). That is the layer SELF, and always there.
 *
 * CGROUP: where the parent may make control groups of version 2, each worker process gets one, with memory.max a little above
 * its ceiling, memory.high at it, no swap, and oom.group: the kernel kills it and nobody else, however fast it
 * grows. The parent may when its own group was delegated to it (systemd: Delegate=yes) or is the root of what it
 * sees (a container), it can write there, and the memory controller is on. A group can't hold processes and hand out
 * controllers, so the parent then moves itself to a group of its own beside them. Groups are named cusp-PID-N and removed when the
 * parent ends.
 *
 * Never RLIMIT_AS or RLIMIT_DATA: the engine reserves much more address space than it uses. */
#ifndef CLI_SERVE_MEMORY_H
#define CLI_SERVE_MEMORY_H

#include <sys/types.h>

#include "base/err.h"

/* "512MB", "2GB", "1.5GB" is not one: a number and MB or GB (powers of two), or a number of bytes. ERR_INVALID. */
MUST_USE enum err serve_parse_bytes(struct span text, uint64_t *ret);
/* Half of what there is for this process, at least MEMORY_CEILING_LEAST_BYTES. */
uint64_t serve_memory_default(void);

enum memory_layer { MEMORY_LAYER_SELF, MEMORY_LAYER_CGROUP };

struct ceilings;

/* `root` is "" for this machine; tests give a directory that looks like one. Never fails: without control groups
 * `why` says what is missing, for the log and for `cusp doctor`. */
struct ceilings *ceilings_new(const char *root, pid_t self);
void ceilings_free(struct ceilings *c); /* removes its groups; NULL is fine */
enum memory_layer ceilings_layer(const struct ceilings *c);
const char *ceilings_why(const struct ceilings *c);
/* The group of number's process holds `pid` from now on, and gets that ceiling. Nothing without CGROUP. */
void ceilings_put(struct ceilings *c, uint32_t number, pid_t pid, uint64_t ceiling_bytes);

#endif
