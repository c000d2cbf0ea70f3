/* Any text as a source map, and lookups in what is accepted. */
#include "js/sourcemap.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sourcemap *m;
    struct sourcemap_place at;
    if (sourcemap_open(span_make(data, size), &m) != ERR_OK) return 0;
    for (uint32_t line = 0; line < 4; line++)
        for (uint32_t column = 0; column < 50; column += 7)
            if (sourcemap_find(m, line, column, &at))
                check(at.line && at.column), (void)sourcemap_content(m, at.source);
    sourcemap_free(m);
    return 0;
}
