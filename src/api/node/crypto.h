/* What the two C files of node:crypto share. Private to them. */
#ifndef API_NODE_CRYPTO_H
#define API_NODE_CRYPTO_H

#include "api/subtle.h"
#include "base/buf.h"
#include "base/err.h"

enum { NODE_CRYPTO_INVALID = 1, NODE_CRYPTO_UNSUPPORTED, NODE_CRYPTO_CORRUPT, NODE_CRYPTO_TOO_LARGE };
enum { NODE_CRYPTO_NAME = 64 }; /* room for the name of a digest, a cipher, a curve */

/* One of those numbers. */
js_val node_crypto_answer(js_ctx c, enum err e);
/* The bytes of *out, or such a number. Frees and wipes *out: it may be secret. */
js_val node_crypto_bytes(js_ctx c, enum err e, struct buf *out, js_val *exc);
/* A name; empty for undefined and null. */
bool node_crypto_name(js_ctx c, js_val v, char room[NODE_CRYPTO_NAME], struct span *ret, js_val *exc);

/* Arguments of a native. */
#define ARG(i)            js_arg(c, argc, argv, i)
#define BYTES(i, to)      subtle_bytes_arg(c, argc, argv, i, to, exc)
#define ENUM(i, n, to)    subtle_enum_arg(c, argc, argv, i, n, to, exc)
#define KEY(i)            subtle_key_arg(c, argc, argv, i, exc)
#define NAME(i, room, to) node_crypto_name(c, ARG(i), room, to, exc)

#endif
