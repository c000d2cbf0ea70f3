/* The JSON configurations of `cusp test`: whatever is accepted must be a version that can be loaded again with the limits between least
 * and most, and refusals must name the file. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "cli/test_config.h"
#include "loop/file.h"
#include "state/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Versions are synced to a disk; memory has none. */
static const char *new_dir(struct arena *arena) {
    struct problem p;
    struct span dir;
    const char *prefix = access("/dev/shm", W_OK) == 0 ? "/dev/shm/cusp-fuzz-" : "/tmp/cusp-fuzz-";
    check(file_temp_dir(prefix, arena, &dir, &p) == ERR_OK);
    return dir.ptr;
}

static void check_service(const char *dir, const struct test_service *s) {
    const struct version *v;
    struct problem p;
    if (s->missing.len) return;
    check(version_load(dir, s->version_id, &v, &p) == ERR_OK);
    check(span_eq(v->name, s->name) && v->module_count > 0);
    struct worker_limits l = v->limits;
    for (size_t i = 0; i < WORKER_LIMITS_COUNT; i++) {
        uint32_t value = *worker_limits_at(&l, i);
        check(!value || (value >= worker_limits_rows[i].least && value <= worker_limits_rows[i].most));
    }
    version_unref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct problem p = {0};
    struct test_config_request request = {.path = "f", .code_dir = new_dir(&arena)};
    struct test_config config = {0};
    enum err e = test_config_parse(&request, span_make(data, size), &arena, &config, &p);
    if (e) check(p.code == e && p.text[0] && !config.services);
    for (const struct test_service *s = config.services; s; s = s->next) check_service(request.code_dir, s);
    check(file_remove_tree(request.code_dir, &p) == ERR_OK);
    arena_free(&arena);
    return 0;
}
