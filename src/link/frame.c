#include "link/frame.h"

#include "base/limits.h"

enum frame_result frame_parse(struct span bytes, unsigned type_count, struct message *ret_message,
                              size_t *ret_bytes, const char **ret_reason) {
    struct frame_header h;
    *ret_bytes = LINK_HEADER_BYTES;
    if (bytes.len < sizeof h) return FRAME_PARTIAL;
    memcpy(&h, bytes.ptr, sizeof h);
    const char *reason = NULL;
    if (h.payload_bytes > LIMIT_LINK_MESSAGE_BYTES) reason = "a message is larger than the limit";
    if (h.type >= type_count) reason = "a message has an unknown type";
    if (h.reserved != 0) reason = "a message has reserved bits set";
    if (reason) {
        *ret_reason = reason;
        return FRAME_BAD;
    }
    *ret_bytes = frame_bytes(h.payload_bytes);
    if (bytes.len < *ret_bytes) return FRAME_PARTIAL;
    ret_message->type = h.type;
    ret_message->flags = h.flags;
    ret_message->stream = h.stream;
    ret_message->payload = span_make(bytes.ptr + sizeof h, h.payload_bytes);
    return FRAME_OK;
}
