/* The frame of a message on a link, as link/link.h has it. Pure; any thread; never trusts what it reads. */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include "link/link.h"

/* As in memory and on the wire. */
struct frame_header {
    uint32_t payload_bytes;
    uint8_t type, flags;
    uint16_t reserved;
    uint64_t stream;
};

/* Header, payload and padding. */
static inline size_t frame_bytes(size_t payload_bytes) {
    return LINK_HEADER_BYTES + ((payload_bytes + 7) & ~(size_t)7);
}

enum frame_result { FRAME_OK, FRAME_PARTIAL, FRAME_BAD };

/* Looks at the message at the front of `bytes`, which must be 8-byte aligned.
 * FRAME_OK: *ret_message is set, and *ret_bytes is how much it takes.
 * FRAME_PARTIAL: more must come; *ret_bytes is how much the message takes, or LINK_HEADER_BYTES while unknown.
 * FRAME_BAD: *ret_reason says why (static). */
enum frame_result frame_parse(struct span bytes, unsigned type_count, struct message *ret_message,
                              size_t *ret_bytes, const char **ret_reason);

#endif
