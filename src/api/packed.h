/* A head as one UTF-16 string that JavaScript reads by charCodeAt() and substring(): numbers first, then text.
 *
 *   unit 0 number of fields      1,2 url length (low, high)    3 method length    4 reason length
 *   5 status                     6 HEAD_* flags                7 enum body_kind
 *   8..11 body length, low unit first; all 0xFFFF: unknown
 *   then a row of 4 units a field: name length, value length (low, high), hash of the name
 *   then url, method, reason, and name, value, name, value, ...
 *
 * PACKED_BODY_TEXT instead of a kind: an inline body that is small and ASCII; its body_length units lie just before
 * unit 0, so that text() and json() need no call into C.
 *
 * Names are in lower case. The hash is FNV-1a over the lower-case name, its halves xor-ed (headers.js has the
 * same). One string carries the heads of all requests of a turn, so a Request is an offset into it and costs
 * nothing until it is looked at. What few ask for is not here: `extra` waits in C (struct slot). (One byte a character would do
 * for nearly all of it, but the engine's only way in for bytes decodes UTF-8: 15 % of a small request.) Pure. */
#ifndef API_PACKED_H
#define API_PACKED_H

#include "base/arena.h"
#include "base/buf.h"
#include "link/head.h"

enum { PACKED_FIXED = 12, PACKED_FIELD = 4, PACKED_BODY_TEXT = 3, PACKED_BODY_MAX = 4096 };

/* Appends to a buffer of UTF-16 units; returns where it starts, in units. */
uint32_t head_pack(const struct head *h, unsigned body_kind, struct buf *to);
/* The other way round, without `extra`, status and flags: method, URL and fields as Latin-1 in the arena. False: no head lies at
 * unit `at` of `text`, or it has more than `cap` fields. Nothing in `text` is trusted. */
bool head_unpack(const uint16_t *text, size_t count, size_t at, struct arena *a, struct http_field *fields,
                 size_t cap, struct head *ret);
/* Appends an inline body; its head comes next. False: not ASCII or too large, nothing was done. */
bool body_pack(struct span body, struct buf *to);
/* For SCHEDULED and TEST: 4 units of time in ms (low first), 1 unit length, the cron text or the name. */
uint32_t scheduled_pack(uint64_t time_ms, struct span cron, struct buf *to);

#endif
