/* The world's failures, as values. One table names every one, with the HTTP status a client sees when nothing
 * better is known, the JavaScript class a Worker's author sees, and the sentence both read.
 *
 * Functions that can fail return MUST_USE `enum err` (ERR_OK is 0) and leave their `ret_x` outputs untouched
 * on failure. Where a person must mend something (configuration, a command line), the function also takes a
 * `struct problem *`: the sentence there names the field and the remedy. Library rooms return errors;
 * only process rooms log them. Any thread. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/span.h"

#define MUST_USE __attribute__((warn_unused_result))

// clang-format off
/*      name              status  JS class      sentence                                                         */
#define ERR_TABLE(X)                                                                                              \
    X(OK,                 200,    "",           "no error")                                                      \
    X(INVALID,            400,    "TypeError",  "the input is malformed")                                        \
    X(NOT_FOUND,          404,    "Error",      "there is no such thing")                                        \
    X(EXISTS,             409,    "Error",      "it exists already")                                             \
    X(TOO_LARGE,          413,    "RangeError", "the input is larger than the limit")                            \
    X(URI_TOO_LONG,       414,    "RangeError", "the request target is longer than the limit")                   \
    X(HEAD_TOO_LARGE,     431,    "RangeError", "the header section is larger than the limit")                   \
    X(UNSUPPORTED,        501,    "Error",      "this is not supported")                                         \
    X(PERMISSION,         403,    "Error",      "the operating system refuses access")                           \
    X(IN_USE,             409,    "Error",      "the address or the file is in use")                             \
    X(IO,                 500,    "Error",      "reading or writing failed")                                     \
    X(NO_SPACE,           507,    "Error",      "the disk or the map is full")                                   \
    X(CORRUPT,            500,    "Error",      "stored bytes are not what was written")                         \
    X(TIMEOUT,            504,    "Error",      "it took longer than allowed")                                   \
    X(CANCELLED,          499,    "AbortError", "the other side no longer wants it")                             \
    X(CLOSED,             502,    "TypeError",  "the connection closed before the end")                          \
    X(REFUSED,            502,    "TypeError",  "the connection was refused")                                    \
    X(DNS,                530,    "TypeError",  "the host name has no address")                                  \
    X(TLS,                525,    "TypeError",  "the TLS handshake failed")                                      \
    X(PROTOCOL,           502,    "TypeError",  "the peer broke the protocol")                                   \
    X(OVERLOAD,           503,    "Error",      "too much is waiting already")                                   \
    X(WORKER_EXCEPTION,   500,    "Error",      "the Worker threw an exception")                                 \
    X(WORKER_CPU,         503,    "Error",      "the Worker exceeded its CPU limit")                             \
    X(WORKER_MEMORY,      503,    "Error",      "the Worker exceeded its memory limit")                          \
    X(WORKER_HUNG,        500,    "Error",      "the Worker's code had hung and would never answer")             \
    X(WORKER_WAIT,        503,    "Error",      "the Worker exceeded its time for waiting")                      \
    X(WORKER_GONE,        502,    "Error",      "the worker process went away")                                  \
    X(WORKER_HELD,        503,    "Error",      "the Worker has brought its process down and is held back for a while") \
    X(WORKER_START,       500,    "Error",      "the Worker failed to start")                                    \
    X(RANGE,              416,    "RangeError", "the requested range is not satisfiable")                        \
    X(INTERNAL,           500,    "Error",      "an internal failure")
// clang-format on

enum err {
#define X(name, status, js_class, sentence) ERR_##name,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

const char *err_name(enum err e);     /* "NOT_FOUND" */
int err_status(enum err e);           /* an HTTP status */
const char *err_js_class(enum err e); /* the JavaScript constructor's name */
const char *err_sentence(enum err e); /* lower case, no full stop */
/* From errno (positive). Unknown numbers are ERR_IO. */
enum err err_from_errno(int number);

/* What a person reads: which field, what is wrong, what to do. Always NUL-terminated; longer text is cut. */
struct problem {
    enum err code;
    char text[1024];
};

/* Fills *p (NULL is fine) and returns `code`, so that `return problem(p, ERR_INVALID, "...")` reads well. */
enum err problem(struct problem *p, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
