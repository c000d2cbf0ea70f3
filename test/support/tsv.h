/* Test vectors: tab-separated lines, written by tools/vectors.mjs. A line that starts with '#' is a comment.
 * In a field `\\`, `\t`, `\n`, `\r` and `\xHH` (one byte) are escapes; a field that is `\N` alone is null. */
#ifndef TEST_SUPPORT_TSV_H
#define TEST_SUPPORT_TSV_H

#include "base/span.h"

enum { TSV_FIELDS = 40 };

struct tsv {
    char *all, *at, *end;
    unsigned line;                  /* of the row at hand, from 1 */
    size_t count;                   /* fields of the row at hand */
    struct span fields[TSV_FIELDS]; /* null is ptr NULL; valid until tsv_close() */
};

/* A file that is missing fails the test program. One that ends with .gz is unpacked (by gzip). */
void tsv_open(struct tsv *t, const char *path);
bool tsv_next(struct tsv *t);
void tsv_close(struct tsv *t);
/* A field of hex digits, decoded in place. */
struct span tsv_hex(struct tsv *t, size_t field);

#endif
