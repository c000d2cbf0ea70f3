/* What `cusp top` shows: two states of /top.json make rates, and those a table. Pure: text in, text out. */
#ifndef CLI_TOP_VIEW_H
#define CLI_TOP_VIEW_H

#include "base/buf.h"
#include "base/err.h"

struct top_view;

enum top_sort { TOP_BY_CPU, TOP_BY_MEMORY, TOP_BY_REQUESTS, TOP_BY_PROBLEMS };

struct top_view *top_view_new(void);
void top_view_free(struct top_view *v); /* NULL is fine */
/* The newest /top.json. ERR_INVALID: it is none; what was there stays. */
MUST_USE enum err top_view_feed(struct top_view *v, struct span json, struct problem *p);
/* Rates need two. */
bool top_view_ready(const struct top_view *v);
void top_view_sort(struct top_view *v, enum top_sort by);
/* Shows Workers whose account/name has this in it; empty: all. Copied, cut to 60 bytes. */
void top_view_filter(struct top_view *v, struct span text);
struct span top_view_filter_text(const struct top_view *v);
/* `rows` lines of at most `columns` characters (40 at least), each ends with a line feed; rows 0: all there is. Plain text:
 * no byte in it moves a cursor. */
void top_view_draw(const struct top_view *v, size_t columns, size_t rows, struct buf *out);

#endif
