/* `[sandbox]` of cusp.toml, and the walls of each process of `cusp serve` (sandbox/sandbox.h).
 *
 *     [sandbox]
 *     user = "cusp"          # whom worker processes of a root server become: a name or a number; "root": they stay root.
 *                            # Default: the user "cusp" where there is one, else "nobody"
 *     namespaces = "auto"    # "on": refuse to serve without them; "off" */
#ifndef CLI_SERVE_SANDBOX_H
#define CLI_SERVE_SANDBOX_H

#include "conf/conf.h"
#include "sandbox/sandbox.h"

enum { SERVE_WALLS_BYTES = 64 };

struct serve_walls {
    uint32_t uid, gid; /* 0: nobody else */
    bool must_become;  /* the configuration named the user */
    enum sandbox_choice namespaces;
};

/* The parent: from the root of cusp.toml. Users are looked up here, once; a process of user code never reads /etc/passwd. */
MUST_USE enum err serve_walls_read(const struct conf *root, struct serve_walls *ret, struct problem *p);
/* As one argument of a child's command line, and back. ERR_INVALID: not such text. */
void serve_walls_write(const struct serve_walls *walls, char out[SERVE_WALLS_BYTES]);
MUST_USE enum err serve_walls_parse(const char *text, struct serve_walls *ret);

/* The worker process of an account: `dir` is <state>/accounts/<account>. Afterwards its directories are "code" and "kv". */
MUST_USE enum err serve_walls_worker(const struct serve_walls *walls, const char *dir, unsigned *ret_layers,
                                     struct problem *p);
/* Edge: the network, names, certificates, its cache. `ca_file` may be NULL. */
MUST_USE enum err serve_walls_edge(const char *cache_dir, const char *ca_file, unsigned *ret_layers,
                                   struct problem *p);
/* Control and the bundler that it starts: reads and runs anything, writes in the state directory and in TMPDIR, no network. */
MUST_USE enum err serve_walls_control(const char *state_dir, unsigned *ret_layers, struct problem *p);

#endif
