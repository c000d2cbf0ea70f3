#include "base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

/* The one piece of process-wide state outside main.c: where a line goes must be known without a parameter in
 * every signature. Set once before threads start, read-only after. */
static struct {
    const char *who;
    enum log_level least;
    bool as_json;
} setup = {"cusp", LOG_INFO, false};

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

void log_setup(const char *who, enum log_level least, bool as_json) {
    setup.who = who;
    setup.least = least;
    setup.as_json = as_json;
}

static void add_quoted(struct buf *b, struct span s) {
    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n')
            buf_lit(b, "\\n");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(b, "\\u%04x", c);
        else
            buf_add_char(b, (char)c);
    }
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

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count) {
    if (level < setup.least) return;
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    struct buf line = BUF_INIT;
    if (setup.as_json)
        add_json(&line, &utc, now.tv_nsec / 1000000, level, event, fields, count);
    else
        add_text(&line, &utc, level, event, fields, count);
    for (size_t done = 0; done < line.len;) {
        ssize_t n = write(STDERR_FILENO, line.ptr + done, line.len - done);
        if (n <= 0) break; /* nobody can be told that the log is gone */
        done += (size_t)n;
    }
    buf_free(&line);
}
