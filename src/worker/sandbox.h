/* The walls around a worker process. User code is somebody else's code; when an isolate is escaped (a bug in the engine),
 * what is left must be worth nothing: no network, no other account's files, no other program.
 *
 *   sandbox_files()  first thing in the process, before any thread: no_new_privs, not dumpable (no ptrace by others of the same
 *                    user, no core with tenants' data), Landlock (Linux 5.13+): version files read-only, the account's KV
 *                    store read-write, what the engine and ICU read, nothing else
 *   sandbox_calls()  last thing before user code, for all threads: seccomp-bpf, a list of system calls (sandbox.c says who needs
 *                    which); what is not on it fails with EPERM, what has no honest use here kills the process
 *
 * Everything that needs more (the KV map, the pipe to the parent, the engine's JIT region) is opened between the two.
 * Descriptors that the parent sends later arrive by recvmsg(2), which is allowed; making sockets is not. */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include "base/err.h"

struct sandbox {
    const char *read_only, *read_write; /* directories */
};

enum sandbox_layer { SANDBOX_NO_NEW_PRIVS = 1, SANDBOX_LANDLOCK = 2, SANDBOX_SECCOMP = 4 };

/* Both for ever. A layer that this kernel does not have is left out and missing in *ret_layers, where layers are added. Failure to
 * apply one that it has is an error: do not run user code then. */
MUST_USE enum err sandbox_files(const struct sandbox *walls, unsigned *ret_layers, struct problem *p);
MUST_USE enum err sandbox_calls(unsigned *ret_layers, struct problem *p);
/* "no_new_privs landlock seccomp" */
void sandbox_layers_text(unsigned layers, char *out, size_t out_bytes);

#endif
