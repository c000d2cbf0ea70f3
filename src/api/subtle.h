/* What the C files of crypto.subtle share: keys as handles. */
#ifndef API_SUBTLE_H
#define API_SUBTLE_H

#include "crypto/key.h"
#include "js/value.h"

/* A handle with a reference of its own; takes `key` over. */
js_obj subtle_key_handle(js_ctx c, struct crypto_key *key);
/* Argument i; NULL with TypeError when it is no key. Valid as long as the handle. */
struct crypto_key *subtle_key_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, js_val *exc);
/* Bytes of argument i; undefined and null are no bytes. False: TypeError. */
bool subtle_bytes_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, struct span *ret, js_val *exc);
/* Argument i as one of `count` constants. */
bool subtle_enum_arg(js_ctx c, size_t argc, const js_val argv[], size_t i, int32_t count, int32_t *ret,
                     js_val *exc);

/* On a thread of the pool: a Worker may keep all of them busy for seconds (PBKDF2), so they stand back for whoever answers. */
void subtle_stand_back(void);

#endif
