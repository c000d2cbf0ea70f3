/* Fuzzes what a peer can send over a link: the input is split into pieces, written to a socket and read by a real link, and the
 * messages that come out must be those that frame_parse() finds in the whole. The first byte seeds the splitting. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "link/frame.h"
#include "link/link.h"
#include "loop/channel.h"

enum { TYPES = 16 };

struct seen {
    uint64_t messages, bytes, digest;
    bool down;
    enum err why;
};

static void see(struct seen *s, const struct message *m) {
    check(((uintptr_t)m->payload.ptr & 7) == 0 && m->type < TYPES);
    s->messages++;
    s->bytes += m->payload.len;
    s->digest = s->digest * 31 + span_hash(m->payload) + m->stream * 7 + m->flags * 5 + m->type;
}

static void on_message(void *arg, const struct message *m) { see(arg, m); }
static void on_down(void *arg, enum err why, const char *reason) {
    struct seen *s = arg;
    check(!s->down && reason);
    s->down = true;
    s->why = why;
}

/* Returns false when the whole is malformed somewhere. */
static bool expect(struct span all, struct seen *s) {
    for (;;) {
        struct message m;
        size_t size;
        const char *reason;
        enum frame_result r = frame_parse(all, TYPES, &m, &size, &reason);
        if (r != FRAME_OK) return r == FRAME_PARTIAL;
        see(s, &m);
        all = span_from(all, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct link_events events = {
        .type_count = TYPES, .on_message = on_message, .on_down = on_down};
    if (size < 1) return 0;
    uint64_t random = data[0] + 1;
    char *copy = mem_alloc(size); /* aligned */
    memcpy(copy, data + 1, size - 1);
    struct span all = span_make(copy, size - 1);
    struct seen expected = {0}, seen = {0};
    bool well_formed = expect(all, &expected);

    struct loop *loop = loop_new();
    struct link *link;
    int fds[2];
    check(channel_socketpair(fds) == ERR_OK && link_open(loop, fds[0], &link) == ERR_OK);
    link_start(link, &events, &seen);
    for (struct span rest = all; rest.len;) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t n = 1 + (size_t)(random >> 33) % (random % 3 ? 64 : 70000);
        ssize_t sent = send(fds[1], rest.ptr, n < rest.len ? n : rest.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) rest = span_from(rest, (size_t)sent);
        loop_turn(loop, false);
        if (seen.down) break;
    }
    close(fds[1]);
    for (int i = 0; i < 1000 && !seen.down; i++) loop_turn(loop, false);
    check(seen.down && seen.why == (well_formed ? ERR_CLOSED : ERR_PROTOCOL));
    check(seen.messages == expected.messages && seen.bytes == expected.bytes &&
          seen.digest == expected.digest);
    link_close(link);
    loop_free(loop);
    mem_free(copy);
    return 0;
}
