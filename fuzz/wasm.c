/* Any bytes: the rewriter ends, in bounds, and what it makes of a module it accepts is a module that it accepts again, with one
 * more hidden export. A refusal has a sentence. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "wasm/wasm.h"

static void meter_again(struct span metered) {
    struct buf out = BUF_INIT;
    struct problem p;
    enum err e = wasm_meter(metered, &out, &p);
    check(e == ERR_OK || e == ERR_TOO_LARGE);
    check(e || span_find(buf_span(&out), SPAN("cusp:")) < out.len);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf out = BUF_INIT;
    struct problem p = {0};
    buf_lit(&out, "before");
    enum err e = wasm_meter(span_make(data, size), &out, &p);
    check(out.len >= 6 && memcmp(out.ptr, "before", 6) == 0);
    if (e)
        check(out.len == 6 && p.text[0]);
    else
        meter_again(span_from(buf_span(&out), 6));
    buf_free(&out);
    return 0;
}
