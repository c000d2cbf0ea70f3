/* WebSocket messages as they cross a link: the streamed bodies of an upgraded exchange are records, in both directions.
 *
 *   u8 kind   u8 flags   u16 code   u32 bytes    then so many bytes
 *
 * Little-endian. A message is one record or several, of which the last has SOCKET_FIN; others may not come between them.
 * From a Worker a record has at most LIMIT_WEBSOCKET_RECORD_BYTES. Credit counts bytes of records, so a slow client slows
 * the Worker, and the other way round. Text is UTF-8, checked by edge where it comes from a client. */
#ifndef LINK_SOCKET_H
#define LINK_SOCKET_H

#include "base/span.h"

enum socket_kind {
    SOCKET_TEXT = 1,
    SOCKET_BINARY = 2,
    SOCKET_CLOSE = 8, /* `code`, and the reason as the bytes; the last record of its direction */
    SOCKET_FAIL = 9,  /* from edge only: the peer broke the protocol; code and sentence. The last one */
};
enum { SOCKET_FIN = 1 };

struct socket_record {
    uint8_t kind, flags;
    uint16_t code;
    uint32_t bytes;
};
enum { SOCKET_RECORD_HEAD = 8 };
_Static_assert(sizeof(struct socket_record) == SOCKET_RECORD_HEAD, "as on the wire");

#endif
