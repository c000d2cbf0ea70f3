/* Structured log lines, written by process rooms only (library rooms return errors).
 *
 * One line an event, on stderr: for a machine
 * `{"t":"2026-01-02T03:04:05.678Z","level":"warn","event":"...",...}`, for a person (a terminal, or
 * log_style_text) `12:04:05 warn  event key=value ...`. Every line of a request carries its id as `req`. A
 * line is one write(2), so lines of threads and processes do not mix. Any thread. The style and level are set
 * once, before threads start. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

struct log_field {
    const char *key;
    enum { LOG_F_SPAN, LOG_F_NUMBER } kind;
    struct span text;
    int64_t number;
};

#define LOG_S(key, span)  ((struct log_field){(key), LOG_F_SPAN, (span), 0})
#define LOG_N(key, value) ((struct log_field){(key), LOG_F_NUMBER, SPAN_NONE, (int64_t)(value)})

/* `who` names the process in each line ("edge", "worker"); it must stay valid. */
void log_setup(const char *who, enum log_level least, bool as_json);
/* From now on lines that stderr does not take at once are handed to a thread: whoever reads stderr slowly, or not at all, holds up
 * nobody who logs. At most LIMIT_LOG_BEHIND_BYTES wait; what comes then is lost, and how many lines that were is said as soon as
 * there is room. For a process whose threads serve clients; once, before they start. False: no thread, lines are written as before. */
bool log_write_behind(void);
/* Waits until all that was logged is written, `timeout_ms` at most. Before an orderly exit. */
void log_settle(int timeout_ms);

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count);

#define LOG(level, event, ...)                                                                               \
    log_event((level), (event), (const struct log_field[]){{0}, ##__VA_ARGS__} + 1,                          \
              sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field) - 1)

#endif
