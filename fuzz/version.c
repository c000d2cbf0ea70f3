/* A version's file of arbitrary bytes, without the hash that would stop nearly all of them. Everything that an
 * accepted version refers to must be readable. */
#include "state/version.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t touch(struct span s) { return span_hash(s); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct version *v;
    struct problem p = {0};
    uint64_t sum = 0;
    enum err e = version_parse(span_make(data, size), false, &v, &p);
    if (e) {
        check(p.text[0]);
        return 0;
    }
    check(v->main_module < v->module_count && v->name.len);
    sum += touch(v->name) + touch(v->compatibility_date);
    for (size_t i = 0; i < v->flag_count; i++) sum += touch(v->flags[i]);
    for (size_t i = 0; i < v->module_count; i++)
        sum += touch(v->modules[i].name) + touch(v->modules[i].bytes) + touch(v->modules[i].source_map);
    for (size_t i = 0; i < v->binding_count; i++)
        sum += touch(v->bindings[i].name) + touch(v->bindings[i].value) + touch(v->bindings[i].extra);
    volatile uint64_t sink = sum;
    (void)sink;
    version_unref(v);
    return 0;
}
