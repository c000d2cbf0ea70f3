// cusp.toml: what a machine serves. Docs: docs/serve.md.
//
//     state = "/var/lib/cusp"            # where everything that must survive lies; relative to this file
//     listen = ["0.0.0.0:80", "[::]:80"] # default "127.0.0.1:8787"
//     threads = 2                        # edge threads, and as many in each worker process; default: CPUs
//     colo = "AMS"                       # three letters, in request.cf.colo and cf-ray
//     log = "json"                       # or "text"; default: text on a terminal
//     memory = "2GB"                     # ceiling of each worker process; default: half of the machine's memory
//
//     [[account]]                        # what is not as for all others
//     name = "acme"
//     memory = "512MB"
//
//     [limits]                           # of every Worker that says nothing else: docs/limits.md
//     cpu_ms = 50
//
//     [egress]                           # what fetch() may reach; default: public addresses only
//     allow_private = false              # true: private and loopback addresses too
//     allow = ["10.1.0.0/16", "127.0.0.1:9000"]
//     ca_file = "ca.pem"
//
//     [admin]                            # numbers and profiles (docs/metrics.md); default: no such listener
//     listen = "127.0.0.1:9464"          # or "/run/cusp/admin.sock"
//     token_file = "admin.token"         # needed for other addresses than loopback ones
//
//     [sandbox]                          # cli/serve_sandbox.h
//     user = "cusp"
//     namespaces = "auto"
//
//     [[worker]]
//     name = "shop"
//     account = "acme"                   # its own process, data and cache; default "default"
//     path = "workers/shop"              # a project directory, a wrangler file, or a script
//     env = "production"
//     routes = ["shop.example.com/*", "*.shop.example.com/api/*"]
//     origin = "http://127.0.0.1:9000"   # where fetch() to its own routes and failing open go
//     default = true                     # answers what no route matches
//     limits = { cpu_ms = 500 }          # wins over what the project asks for
//
// The parent reads the file and numbers accounts and Workers; its children get the result as JSON (the plan),
// so that all processes agree on every number whatever happens to the file meanwhile. Numbers are kept across
// reloads.
#ifndef CLI_SERVE_CONFIG_H
#define CLI_SERVE_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/worker_limits.h"
#include "cli/serve_sandbox.h"

struct serve_worker {
    uint32_t number, account; /* of the plan */
    struct span name, path, environment, origin;
    const struct span *routes;
    size_t route_count;
    bool is_default;
    struct worker_limits limits; /* those that it sets */
};

struct serve_config {
    struct span state; /* absolute */
    const struct span *listen;
    size_t listen_count;
    unsigned threads;
    struct span colo, ca_file;
    struct span admin, admin_token_file; /* admin: address or absolute path; empty: none */
    struct serve_walls walls;            /* the parent's only: not part of the plan */
    bool log_json, log_set;
    bool deny_private;
    const struct span *allow;
    size_t allow_count;
    struct worker_limits limits; /* [limits]: those that it sets */
    const struct span *accounts; /* by number; [0] is unused */
    size_t account_count;        /* one more than the highest number */
    uint64_t
        memory_bytes; /* ceiling of a worker process; 0: the machine's default. The parent's, not in the plan */
    const uint64_t *account_memory_bytes; /* by number; 0: memory_bytes */
    const struct serve_worker *workers;
    size_t worker_count;
};

/* Which number a name has, across reloads. The parent owns one. */
struct serve_numbers {
    struct map *accounts, *workers; /* name, "account/name" -> number as a pointer */
    uint32_t next_account, next_worker;
};
void serve_numbers_init(struct serve_numbers *n);
void serve_numbers_free(struct serve_numbers *n);

/* Reads and checks the file; every complaint names the key, the line, and what to write instead. Paths become
 * absolute. Warnings (unknown keys) are appended to `warnings`, a line each. */
MUST_USE enum err serve_config_read(const char *path, struct serve_numbers *numbers, struct arena *arena,
                                    struct serve_config *ret, struct buf *warnings, struct problem *p);
/* A copy that needs `arena` only; `from`'s own may go. */
void serve_config_keep(const struct serve_config *from, struct arena *arena, struct serve_config *ret);
/* The ceiling of an account's worker process. */
uint64_t serve_memory_of(const struct serve_config *config, uint32_t account);
/* "127.0.0.1:8787", "[::1]:80", ":80", "8787". */
MUST_USE enum err serve_parse_address(struct span text, struct span *ret_host, uint16_t *ret_port);

/* The plan: the configuration as JSON, and back. */
void serve_plan_write(const struct serve_config *config, struct buf *out);
MUST_USE enum err serve_plan_read(struct span json, struct arena *arena, struct serve_config *ret,
                                  struct problem *p);

#endif
