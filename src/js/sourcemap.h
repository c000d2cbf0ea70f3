/* Source maps (ECMA-426, version 3): from a place in generated code to the place in the author's file.
 *
 * Decoded when an error needs it, not before: sourcemap_open() reads the JSON and keeps the mappings as
 * packed rows (12 bytes a segment of the map's text), sourcemap_find() is a binary search. Pure: no engine,
 * any thread, immutable after open. Index maps ("sections") are not produced by esbuild and are refused. */
#ifndef JS_SOURCEMAP_H
#define JS_SOURCEMAP_H

#include "base/arena.h"
#include "base/err.h"

struct sourcemap;

struct sourcemap_place {
    struct span source;    /* as the map has it, with sourceRoot; valid as long as the map */
    struct span name;      /* may be "" */
    uint32_t line, column; /* from 1 */
};

/* json is copied from as needed and may go away. ERR_INVALID: not a source map; ERR_UNSUPPORTED: sections or
 * another version; ERR_TOO_LARGE: above LIMIT_SOURCEMAP_BYTES. */
MUST_USE enum err sourcemap_open(struct span json, struct sourcemap **ret);
void sourcemap_free(struct sourcemap *m); /* NULL is fine */
/* line and column of the generated code, from 1. Takes the segment at or before it on that line. false:
 * nothing there. */
bool sourcemap_find(const struct sourcemap *m, uint32_t line, uint32_t column, struct sourcemap_place *ret);
/* The author's text of a source, "" when the map does not carry it. */
struct span sourcemap_content(const struct sourcemap *m, struct span source);

#endif
