/* A version: one immutable upload of a Worker, as a file that many processes map read-only.
 *
 * The file's name is its content's id (the first 128 bits of a SHA-256, in hex), so writing the same version
 * twice is one file, and a file that does not hash to its name is damaged. The format is described in
 * version.c.
 *
 * Lifetime: a loaded version is reference-counted, any thread; its spans point into the map (or, when built
 * by hand for version_write, wherever you like). Files are never changed once written, only unlinked. */
#ifndef STATE_VERSION_H
#define STATE_VERSION_H

#include "base/err.h"
#include "base/worker_limits.h"

/* The numbers are in files: append only. */
enum version_module_kind {
    VERSION_ESM = 0,
    VERSION_CJS = 1,
    VERSION_TEXT = 2,
    VERSION_DATA = 3,
    VERSION_WASM = 4,
    VERSION_JSON = 5,
    VERSION_MODULE_KINDS
};

/* What a binding is, and what its `value` and `extra` hold. The numbers are in files: append only. */
/*                         value               extra                                */
#define VERSION_BINDING_TABLE(X)                                                                             \
    X(PLAIN_TEXT, 0, "plain_text")     /* the text             -                  */                         \
    X(JSON, 1, "json")                 /* JSON text            -                  */                         \
    X(SECRET_TEXT, 2, "secret_text")   /* the text             -                  */                         \
    X(KV_NAMESPACE, 3, "kv_namespace") /* the namespace's id   -                  */                         \
    X(SERVICE, 4, "service")           /* the Worker's name    entrypoint or ""   */                         \
    X(TEXT_BLOB, 5, "text_blob")       /* the module's name    -                  */                         \
    X(DATA_BLOB, 6, "data_blob")       /* the module's name    -                  */                         \
    X(WASM_MODULE, 7, "wasm_module")   /* the module's name    -                  */

enum version_binding_kind {
#define X(name, number, text) VERSION_BIND_##name = number,
    VERSION_BINDING_TABLE(X)
#undef X
        VERSION_BINDING_KINDS
};
/* "kv_namespace" */
const char *version_binding_name(enum version_binding_kind kind);

struct version_module {
    struct span name; /* as import specifiers resolve to it: "index.js", "lib/a.wasm" */
    enum version_module_kind kind;
    struct span bytes;
    struct span source_map; /* of ESM and CJS: JSON, may be empty */
};

struct version_binding {
    struct span name;
    enum version_binding_kind kind;
    struct span value, extra;
};

struct version {
    struct span name;               /* the Worker's */
    struct span compatibility_date; /* "2025-01-31" or "" */
    const struct span *flags;       /* compatibility flags */
    size_t flag_count;
    const struct version_module *modules;
    size_t module_count;
    size_t main_module;  /* index */
    bool service_worker; /* the main module is a script with addEventListener, not an ES module */
    const struct version_binding *bindings;
    size_t binding_count;
    struct worker_limits limits; /* 0: the platform's */
    char id[33];                 /* set by version_load; version_write ignores it */
};

/* Writes it to `dir`/<id> so that it is there whole or not at all, also after a power failure, and gives its
 * id. BLOCKING: syncs. Does nothing but hash when it is there already. ERR_INVALID (a main module that is not
 * there, two modules or bindings of one name, an empty name), ERR_TOO_LARGE (LIMIT_WORKER_SCRIPT_BYTES),
 * ERR_NO_SPACE, ERR_IO. */
MUST_USE enum err version_write(const char *dir, const struct version *v, char ret_id[33], struct problem *p);
/* Maps and verifies it: everything reachable from *ret is in bounds, kinds are known, main_module exists, the
 * hash is right. BLOCKING. One reference, the caller's. ERR_NOT_FOUND, ERR_CORRUPT, ERR_UNSUPPORTED (a newer
 * format). */
MUST_USE enum err version_load(const char *dir, const char *id, const struct version **ret,
                               struct problem *p);
const struct version *version_ref(const struct version *v); /* of loaded ones only */
void version_unref(const struct version *v);                /* NULL is fine */

/* For the fuzzer: the checks of version_load on bytes in memory, which must outlive it; `check_hash` false
 * skips the hash so that the rest is reached. */
MUST_USE enum err version_parse(struct span file, bool check_hash, const struct version **ret,
                                struct problem *p);

#endif
