/* The configurations that workerd runs, as JSON: several Workers with their modules and bindings in one text, so that whole
 * systems of them are tested without a project.
 *
 *     { "services": [ { "name": "main", "worker": {
 *         "modules": [ { "name": "worker", "esModule": "export default { ... }" }, { "name": "x.txt", "text": "..." } ],
 *         "compatibilityDate": "2025-01-31", "compatibilityFlags": [],
 *         "limits": { "cpu_ms": 50, "memory_mb": 32 },
 *         "bindings": [ { "name": "N", "text": "..." }, { "name": "OTHER", "service": { "name": "other" } } ] } } ] }
 *
 * `limits` is our own addition: those of base/worker_limits.h that this Worker shall have; all else is generous in tests.
 * As there, a Worker is pedantic about the standards only when its flags say "pedantic_wpt" (docs/compat.md).
 *
 * Each Worker becomes a version file. What a Worker asks for and Cusp lacks is told by name: it fails, the others run. */
#ifndef CLI_TEST_CONFIG_H
#define CLI_TEST_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/worker_limits.h"

struct test_service {
    struct span name;
    char version_id[33];
    struct span missing; /* not empty: why it does not run */
    struct test_service *next;
};

struct test_config {
    struct test_service *services; /* those with a Worker, in the order of the text */
    bool gc;                       /* v8Flags asks for it */
};

struct test_config_request {
    const char *path, *code_dir;
    struct span compat_date; /* wins over that of the text; may be empty */
    struct worker_limits limits;
};

/* Blocking. ERR_INVALID: the text is not such a configuration. *ret may point into the text of test_config_parse(), which must stay
 * until then; test_config_read() reads it from request->path, and nothing points there. */
MUST_USE enum err test_config_read(const struct test_config_request *request, struct arena *arena,
                                   struct test_config *ret, struct problem *p);
MUST_USE enum err test_config_parse(const struct test_config_request *request, struct span text,
                                    struct arena *arena, struct test_config *ret, struct problem *p);

#endif
