/* Private to the room: reading a module's bytes.
 *
 * The first thing that is wrong is remembered with where it was found; from then on every read gives 0 and `failed` stays
 * set, so a caller may read a whole construct and look once. Loops over counts must look in each round. */
#ifndef WASM_READER_H
#define WASM_READER_H

#include "base/buf.h"
#include "base/err.h"

enum { WASM_NO_FUNCTION = UINT32_MAX };

struct reader {
    const uint8_t *start, *at, *end; /* start: of the module, for positions */
    uint32_t function;               /* being read, or WASM_NO_FUNCTION */
    enum err failed;
    struct problem *problem;
};

struct reader reader_make(struct span module, struct problem *p);
/* The next len bytes as a reader of their own; the outer one is behind them. reader_close() takes over what failed. */
struct reader reader_part(struct reader *r, size_t len);
void reader_close(struct reader *outer, const struct reader *part);

/* Sets what failed, once; the sentence gets position and function. */
void reader_fail(struct reader *r, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline size_t reader_left(const struct reader *r) { return (size_t)(r->end - r->at); }
static inline bool reader_more(const struct reader *r) { return !r->failed && r->at < r->end; }

uint8_t read_byte(struct reader *r);
struct span read_bytes(struct reader *r, size_t len);
/* LEB128 of at most 32 bits. Longer forms than needed are fine up to 5 bytes, as the specification says. */
uint32_t read_u32(struct reader *r);
int32_t read_s32(struct reader *r);
/* A signed number of at most 33 or 64 bits: block types, heap types; i64.const. */
int64_t read_signed(struct reader *r, unsigned bits);
/* read_u32() that must be below `count`; `what` names the index space: "function". */
uint32_t read_index(struct reader *r, uint32_t count, const char *what);
/* A number of things that take at least one byte each: never more than bytes are left, nor than `most`. */
uint32_t read_count(struct reader *r, uint64_t most, const char *what);
struct span read_name(struct reader *r);
void read_zero(struct reader *r); /* a memory index: there is one memory */

/* Writing. */
void write_u32(struct buf *b, uint32_t value);
void write_s32(struct buf *b, int32_t value);

#endif
