/* A request to the admin listener (control/admin.h), for commands: blocking, one at a time. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/buf.h"
#include "base/err.h"

/* Where it listens: "http://127.0.0.1:9464", "127.0.0.1:9464", or "unix:/run/cusp/admin.sock". */
struct ask_target {
    struct span address; /* as given */
    struct span token;   /* empty: none */
};

#define ASK_DEFAULT "http://127.0.0.1:9464"

/* `target` is a path with its query. On ERR_OK *ret_body has the body of a 200 answer; any other answer is an error, its text in
 * the problem. Nothing may pause for longer than timeout_ms; bodies larger than LIMIT_PROFILE_BYTES are refused. */
MUST_USE enum err ask_admin(const struct ask_target *to, const char *method, struct span target,
                            uint64_t timeout_ms, struct buf *ret_body, struct problem *p);
/* The first line of a token file, without blanks around it. */
struct span ask_token_of(struct span file);
/* --admin and --token-file of a command: takes argv[*at] (and what follows) when it is one of them. *ret_token owns the token. */
bool ask_option(int argc, char **argv, int *at, struct ask_target *to, struct buf *ret_token,
                enum err *ret_err, struct problem *p);

#endif
