/* WebSocket (RFC 6455) with permessage-deflate (RFC 7692), sans I/O: bytes in, pieces of messages out, and back. Both
 * roles. One `struct ws_reader` and one `struct ws_writer` a connection; one thread.
 *
 * Reading. The caller feeds what came and gets one event a call:
 *
 *     switch (ws_read(&r, &input, out, sizeof out)) {
 *     case WS_NEED_MORE: all of the input was used, wait for bytes.
 *     case WS_DATA:      r.bytes (in `out`) is the next piece of a message of r.kind, unmasked and inflated; r.fin: its
 *                        last one. Pieces are at most as long as `out`; only the last one may be empty.
 *     case WS_PING, WS_PONG: r.bytes is the payload, at most 125 bytes, inside the reader until the next call.
 *     case WS_CLOSE:     r.code (1005: none was sent) and r.bytes, the reason. What follows is no frame any more.
 *     case WS_ERROR:     the peer broke the rules: r.code is what to close with (1002, 1007, 1009), r.sentence says why.
 *     }
 *     go on until WS_NEED_MORE, WS_CLOSE or WS_ERROR.
 *
 * Messages are not put together here, so that a long one costs no memory: whoever collects them has the bound. Text is
 * checked to be UTF-8 as it comes, over all borders of pieces and frames, and a byte that can't continue it is an error at
 * once. Bounds: the bytes of a message as it goes on after inflating, its frames, 125 bytes for control frames. A small
 * input can be a large message: output is made `out` by `out`.
 *
 * Strict, because the standard wants it (section 5): reserved bits and opcodes, continuation without a beginning and the
 * other way round, control frames that are fragmented or long, masks that are missing or must not be there, lengths not in
 * the shortest form or above 2^63, close codes that may not be sent (7.4), a close payload of one byte.
 *
 * Writing appends frames to a buffer. A message may come in pieces; each becomes a frame. */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include "base/buf.h"
#include "base/err.h"

enum ws_role {
    WS_SERVER,
    WS_CLIENT
}; /* who reads and writes here: clients mask what they send, servers do not */

enum ws_opcode {
    WS_CONTINUE = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_OP_CLOSE = 8,
    WS_OP_PING = 9,
    WS_OP_PONG = 10
};

enum { WS_CONTROL_BYTES = 125, WS_HEAD_BYTES = 14, WS_REASON_BYTES = 123 };
enum ws_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_GOING_AWAY = 1001,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_NONE = 1005,     /* never sent: the close frame had no code */
    WS_CODE_ABNORMAL = 1006, /* never sent: there was no close frame */
    WS_CODE_INVALID = 1007,
    WS_CODE_TOO_LARGE = 1009,
    WS_CODE_INTERNAL = 1011,
};
/* May stand in a close frame: 1000-1003, 1007-1014, 3000-4999. */
bool ws_code_valid(unsigned code);

/* What permessage-deflate was agreed on. Bits are those of the window, 9 to 15; what a peer may read with 8 is never
 * agreed on, because zlib can't write it. */
struct ws_deflate {
    bool on;
    bool server_no_takeover, client_no_takeover; /* that side begins each message with an empty window */
    uint8_t server_bits, client_bits;            /* the window of what that side sends */
};

/* --- The handshake --- */

/* Sec-WebSocket-Key: 16 bytes in base64. */
bool ws_key_valid(struct span key);
/* A server's choice among the offers of all Sec-WebSocket-Extensions values, joined by ", ". ret->on false: none that can
 * be taken (that is no error). Else `answer` gets the value of the field to send back. */
void ws_offers_choose(struct span offers, struct ws_deflate *ret, struct buf *answer);
/* The offer of our clients: a field value. */
#define WS_OFFER SPAN("permessage-deflate; client_max_window_bits")
/* A server's answer to WS_OFFER; empty: without extensions. ERR_PROTOCOL: not an answer to what was offered. */
MUST_USE enum err ws_answer_read(struct span answer, struct ws_deflate *ret);

/* --- Reading --- */

enum ws_event { WS_NEED_MORE, WS_DATA, WS_PING, WS_PONG, WS_CLOSE, WS_ERROR };

struct zip;

struct ws_reader {
    /* to read after the event that fills them */
    enum ws_opcode kind; /* WS_TEXT or WS_BINARY */
    struct span bytes;
    bool fin;
    unsigned code;
    const char *sentence;

    /* private */
    enum ws_role role;
    struct ws_deflate deflate;
    uint64_t message_max, fragments_max;
    uint8_t state;
    uint8_t head[WS_HEAD_BYTES], head_len;
    uint8_t control[WS_CONTROL_BYTES], control_len;
    uint8_t opcode, message; /* message: opcode of the one that is under way, 0: none */
    bool frame_fin, masked, compressed;
    uint8_t mask[4];
    unsigned mask_at;
    uint64_t left;             /* bytes of the frame's payload to come */
    uint64_t size, fragments;  /* of the message so far, as it goes on; frames */
    uint8_t text[3], text_len; /* the beginning of a character whose rest has not come */
    struct zip *inflate;       /* made when the first compressed message comes */
    unsigned tail;             /* bytes of the end marker still to be fed to it */
    uint8_t stage[512];        /* unmasked and not inflated yet */
    unsigned stage_at, stage_len;
};

/* `message_max` in bytes, `fragments_max` in frames of one message. `deflate` may be NULL: none. */
void ws_reader_init(struct ws_reader *r, enum ws_role role, const struct ws_deflate *deflate,
                    uint64_t message_max, uint64_t fragments_max);
/* `cap` at least 512. The input span moves on over what was used. */
enum ws_event ws_read(struct ws_reader *r, struct span *input, char *out, size_t cap);
void ws_reader_free(struct ws_reader *r);

/* --- Writing --- */

struct ws_writer {
    enum ws_role role;
    struct ws_deflate deflate;
    bool in_message, compressing;
    uint64_t masks;  /* state of the generator of masks */
    struct zip *zip; /* made when the first message is worth it */
};

/* `seed`: random; a client's masks come from it. They keep apart what a script chose and what an intermediary sees; they
 * are no secret. */
void ws_writer_init(struct ws_writer *w, enum ws_role role, const struct ws_deflate *deflate, uint64_t seed);
/* The next piece of a message, and its kind (the same for all of its pieces). fin: the last one. Text must be UTF-8. */
void ws_write(struct ws_writer *w, struct buf *out, enum ws_opcode kind, struct span bytes, bool fin);
/* A ping or pong; at most WS_CONTROL_BYTES. Fine in the middle of a message. */
void ws_write_control(struct ws_writer *w, struct buf *out, enum ws_opcode opcode, struct span payload);
/* WS_CODE_NONE: without a code. The reason is cut to WS_REASON_BYTES, between two characters. */
void ws_write_close(struct ws_writer *w, struct buf *out, unsigned code, struct span reason);
void ws_writer_free(struct ws_writer *w);

/* bytes[i] ^= mask[(at + i) % 4], eight at a time. */
void ws_mask(char *bytes, size_t len, const uint8_t mask[4], unsigned at);

#endif
