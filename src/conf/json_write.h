/* A streaming JSON writer (RFC 8259) into a struct buf: commas and escapes are its business, nesting is
 * checked.
 *
 *     struct json_writer w = JSON_WRITER(&buf);
 *     json_begin_object(&w);
 *     json_key(&w, SPAN("name")), json_string(&w, name);
 *     json_end_object(&w);
 *
 * Compact, no blanks. Misuse (a value without a key in an object, an end too many) is a bug: check(). Depth
 * is at most 63. One owner, like the buf. */
#ifndef CONF_JSON_WRITE_H
#define CONF_JSON_WRITE_H

#include "base/buf.h"
#include "conf/conf.h"

struct json_writer {
    struct buf *out;
    uint64_t is_object[2], has_items[2]; /* a bit a level */
    unsigned depth;
    bool after_key;
};

#define JSON_WRITER(buf) ((struct json_writer){.out = (buf)})

void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, struct span key);

/* Bytes that are not UTF-8 become U+FFFD: the output is always valid. */
void json_string(struct json_writer *w, struct span text);
void json_integer(struct json_writer *w, int64_t value);
void json_float(struct json_writer *w,
                double value); /* shortest that reads back equal; inf and nan are null */
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
/* A whole tree; a datetime becomes a string. */
void json_conf(struct json_writer *w, const struct conf *value);
/* Text that is one JSON value already; trusted. */
void json_raw(struct json_writer *w, struct span json);

/* Only the quoted string, without a writer. */
void json_quote(struct buf *out, struct span text);

#endif
