/* Content-Encoding, as Workers have it: a fetched body is decoded when a script reads it and passes untouched
 * when it does not; a body that a script made goes out encoded when its head says so (unless encodeBody is
 * "manual"). gzip, br and zstd; what else there is passes as it stands. Private to edge/; loop's thread. */
#ifndef EDGE_ENCODING_H
#define EDGE_ENCODING_H

#include "base/arena.h"
#include "edge/body.h"

enum content_coding { CODING_IDENTITY, CODING_GZIP, CODING_BR, CODING_ZSTD, CODING_OTHER };

/* Of a Content-Encoding value; ptr NULL or empty: identity. Several codings: CODING_OTHER. */
enum content_coding content_coding_of(struct span value);
/* One that can be taken off and put on. */
bool content_coding_known(enum content_coding coding);
/* A body that gives the decoded (encoded) bytes of `from`, which it takes over. */
struct body *encoding_decode(struct body *from, enum content_coding coding);
struct body *encoding_encode(struct body *from, enum content_coding coding);
/* Makes of a body in coding `now` one in coding `want`: in *bytes (the result is in `a`) or *body. The length
 * becomes unknown when a stream changes. */
void encoding_convert(enum content_coding now, enum content_coding want, struct arena *a, struct span *bytes,
                      struct body **body, uint64_t *length);

#endif
