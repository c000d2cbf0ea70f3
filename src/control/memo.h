/* The remembered result of a prepare: which files went into a version, with size and mtime. While none has changed and the version
 * file is still there, the version is good. A memo that can't be read is no memo. BLOCKING, any thread. */
#ifndef CONTROL_MEMO_H
#define CONTROL_MEMO_H

#include "control/prepare.h"

/* The request as text: a memo of another environment or of other variables does not count. */
struct span memo_request_text(const struct prepare_request *request, struct arena *arena);

/* ERR_NOT_FOUND: prepare from scratch. *ret gets id, name, config_path, inputs, warnings, crons. */
MUST_USE enum err memo_recall(const struct prepare_request *request, struct arena *arena,
                              struct prepared *ret);
/* Writes nothing when an input has changed since `began_ms` (ms since 1970): who knows which state of it was read. */
MUST_USE enum err memo_write(const struct prepare_request *request, const struct prepared *result,
                             int64_t began_ms, struct problem *p);

#endif
