/* Random bytes for the built-in "crypto". The isolate never sees bytes that it was not given: a stock of UUIDs is
 * text that only this isolate reads. */
#include "api/builtins.h"
#include "crypto/random.h"
#include "js/value.h"

enum { UUIDS = 16 };

/* fill(typed array) */
static JS_NATIVE(native_fill) {
    char *to;
    size_t len;
    if (!js_bytes_writable(c, js_arg(c, argc, argv, 0), &to, &len, exc)) return NULL;
    crypto_random(to, len);
    return NULL;
}

/* uuids(): 16 UUIDs, one after the other. */
static JS_NATIVE(native_uuids) {
    struct crypto_random_stock stock;
    char text[UUIDS * 36];
    stock.left = 0;
    for (size_t i = 0; i < UUIDS; i++) crypto_uuid(&stock, text + 36 * i);
    return js_str_latin1(c, span_make(text, sizeof text));
}

const struct js_native_row api_natives_crypto[] = {
    {"fill", native_fill, 1}, {"uuids", native_uuids, 0}, {NULL, NULL, 0}};
