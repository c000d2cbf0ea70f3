#include "base/log.h"

#include <errno.h>
#include <linux/limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

/* The one piece of process-wide state outside main.c: where a line goes must be known without a parameter in
 * every signature. Set once before threads start, read-only after (what `behind` points to has a lock). */
static struct {
    const char *who;
    enum log_level least;
    bool as_json;
    struct behind *behind; /* NULL: lines are written where they are logged */
} setup = {"cusp", LOG_INFO, false, NULL};

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

void log_setup(const char *who, enum log_level least, bool as_json) {
    setup.who = who;
    setup.least = least;
    setup.as_json = as_json;
}

static void add_quoted(struct buf *b, struct span s) {
    buf_add_char(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\') continue;
        buf_add(b, span_make(s.ptr + from, i - from)); /* what lies between two of them, at once */
        from = i + 1;
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n')
            buf_lit(b, "\\n");
        else
            buf_printf(b, "\\u%04x", c);
    }
    buf_add(b, span_from(s, from));
    buf_add_char(b, '"');
}

static void add_json(struct buf *b, const struct tm *utc, long ms, enum log_level level, const char *event,
                     const struct log_field *fields, size_t count) {
    buf_printf(b,
               "{\"t\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\",\"level\":\"%s\",\"who\":\"%s\",\"event\":",
               utc->tm_year + 1900, utc->tm_mon + 1, utc->tm_mday, utc->tm_hour, utc->tm_min, utc->tm_sec, ms,
               level_names[level], setup.who);
    add_quoted(b, span_of(event));
    for (size_t i = 0; i < count; i++) {
        buf_printf(b, ",\"%s\":", fields[i].key);
        if (fields[i].kind == LOG_F_NUMBER)
            buf_printf(b, "%lld", (long long)fields[i].number);
        else
            add_quoted(b, fields[i].text);
    }
    buf_lit(b, "}\n");
}

static void add_text(struct buf *b, const struct tm *utc, enum log_level level, const char *event,
                     const struct log_field *fields, size_t count) {
    buf_printf(b, "%02d:%02d:%02d %-5s %s: %s", utc->tm_hour, utc->tm_min, utc->tm_sec, level_names[level],
               setup.who, event);
    for (size_t i = 0; i < count; i++) {
        buf_printf(b, " %s=", fields[i].key);
        if (fields[i].kind == LOG_F_NUMBER)
            buf_printf(b, "%lld", (long long)fields[i].number);
        else
            add_quoted(b, fields[i].text);
    }
    buf_lit(b, "\n");
}

/* --- Written behind ------------------------------------------------------------------------------------------- */

struct behind {
    pthread_mutex_t lock;
    pthread_cond_t more, settled;
    struct buf lines; /* whole ones */
    uint64_t lost;
    bool writing;
};

static void write_line(const char *line, size_t len) {
    while (len) {
        ssize_t n = write(STDERR_FILENO, line, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; /* nobody can be told that the log is gone */
        line += n;
        len -= (size_t)n;
    }
}

/* One write a line: other processes write there too. */
static void write_lines(struct span lines) {
    while (lines.len) {
        size_t len = span_index(lines, '\n') + 1;
        write_line(lines.ptr, len);
        lines = span_from(lines, len);
    }
}

static void line_of(struct buf *line, enum log_level level, const char *event, const struct log_field *fields,
                    size_t count) {
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    if (setup.as_json)
        add_json(line, &utc, now.tv_nsec / 1000000, level, event, fields, count);
    else
        add_text(line, &utc, level, event, fields, count);
}

static void *run_behind(void *arg) {
    struct behind *b = arg;
    struct buf taken = BUF_INIT;
    pthread_mutex_lock(&b->lock);
    for (;;) {
        b->writing = false;
        pthread_cond_broadcast(&b->settled);
        while (!b->lines.len && !b->lost) pthread_cond_wait(&b->more, &b->lock);
        uint64_t lost = b->lost;
        b->lost = 0;
        b->writing = true;
        struct buf swap = b->lines;
        b->lines = taken;
        taken = swap;
        pthread_mutex_unlock(&b->lock);
        if (lost)
            line_of(&taken, LOG_WARN, "log lines were lost: stderr is read too slowly",
                    (const struct log_field[]){LOG_N("lines", lost)}, 1);
        write_lines(buf_span(&taken));
        taken.len = 0;
        pthread_mutex_lock(&b->lock);
    }
    return NULL;
}

bool log_write_behind(void) {
    pthread_t thread;
    struct behind *b = NEW(struct behind);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->more, NULL);
    pthread_cond_init(&b->settled, NULL);
    if (pthread_create(&thread, NULL, run_behind, b) != 0) {
        mem_free(b);
        return false;
    }
    pthread_detach(thread);
    setup.behind = b;
    return true;
}

void log_settle(int timeout_ms) {
    struct behind *b = setup.behind;
    struct timespec until;
    if (!b) return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&b->lock);
    while (b->lines.len || b->lost || b->writing)
        if (pthread_cond_timedwait(&b->settled, &b->lock, &until) != 0) break;
    pthread_mutex_unlock(&b->lock);
}

/* A pipe that has room takes PIPE_BUF bytes at once (pipe(7)). */
static bool takes(struct span line) {
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return line.len <= PIPE_BUF && poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
}

/* Mostly it is written here and now, in the order of what happened: the thread is for a reader that is slow. */
static void hand_over(struct behind *b, struct span line) {
    pthread_mutex_lock(&b->lock);
    if (!b->writing && !b->lines.len && !b->lost && takes(line)) {
        write_line(line.ptr, line.len);
        pthread_mutex_unlock(&b->lock);
        return;
    }
    if (b->lines.len + line.len <= LIMIT_LOG_BEHIND_BYTES)
        buf_add(&b->lines, line);
    else
        b->lost++;
    pthread_cond_signal(&b->more);
    pthread_mutex_unlock(&b->lock);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count) {
    if (level < setup.least) return;
    struct buf line = BUF_INIT;
    line_of(&line, level, event, fields, count);
    if (setup.behind)
        hand_over(setup.behind, buf_span(&line));
    else
        write_line(line.ptr, line.len);
    buf_free(&line);
}
