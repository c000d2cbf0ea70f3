/* CPU profiles (docs/profile.md) as control sees them: who asked the admin listener, and what the worker process answers. One at
 * a time for each account. */
#ifndef CLI_SERVE_PROFILES_H
#define CLI_SERVE_PROFILES_H

#include "cli/serve_messages.h"
#include "control/admin.h"

struct serve_profiles;

struct serve_profiles *serve_profiles_new(struct loop *loop, struct serve_pipe *pipe);
/* Asks for one of this Worker; the reply is answered sometime, whatever happens. */
void serve_profiles_ask(struct serve_profiles *p, uint32_t worker, uint32_t account, const char *name,
                        uint32_t duration_ms, struct admin_reply *reply);
/* PROFILED. */
void serve_profiles_answered(struct serve_profiles *p, const struct serve_message *m);
/* Answers all that wait. Before the admin listener closes. NULL is fine. */
void serve_profiles_free(struct serve_profiles *p);

#endif
