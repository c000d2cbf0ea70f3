/* CPU profiles (docs/profile.md) in a worker process: main thread. One at a time.
 *
 * PROFILE comes with a memory file of LIMIT_PROFILE_BYTES that neither side can make larger or smaller. The process writes the
 * profile at its start and answers PROFILED with the size. */
#ifndef CLI_SERVE_PROFILE_H
#define CLI_SERVE_PROFILE_H

#include "api/api.h"
#include "cli/serve_messages.h"

struct serve_profile;

/* `desk`: what the process's isolates look at; must outlive this. */
struct serve_profile *serve_profile_new(struct loop *loop, struct serve_pipe *pipe,
                                        struct profile_desk *desk);
/* PROFILE: owns fd. Answered by PROFILED, later or at once. */
void serve_profile_ask(struct serve_profile *p, const struct serve_message *m, int fd);
/* After the last isolate: no more answers. Before the loop goes. */
void serve_profile_close(struct serve_profile *p);
/* After the loop: what isolates handed in at last has been dropped. */
void serve_profile_free(struct serve_profile *p);

#endif
