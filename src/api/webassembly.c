/* What webassembly.js must agree on with the code that metered the modules. */
#include "api/builtins.h"
#include "base/limits.h"
#include "wasm/wasm.h"

/* constants(): [fuel, prefix of hidden exports, pages of a memory, entries of a table] */
static JS_NATIVE(native_constants) {
    js_val items[] = {js_number(c, WASM_FUEL), js_str_lit(c, WASM_HIDDEN_PREFIX),
                      js_number(c, (double)(LIMIT_WASM_MEMORY_BYTES >> 16)),
                      js_number(c, (double)LIMIT_WASM_TABLE_ENTRIES)};
    return js_array(c, sizeof items / sizeof *items, items, exc);
}

const struct js_native_row api_natives_webassembly[] = {{"constants", native_constants, 0}, {NULL, NULL, 0}};
