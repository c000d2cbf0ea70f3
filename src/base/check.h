/* A bug is a check(), and checks stay on in production: the process that finds itself wrong stops at once,
 * says where, and its parent starts another. The world's failures (peers, disks, user input) are `enum err`
 * values instead (base/err.h); never check() those. Any thread. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

_Noreturn void check_failed(const char *condition, const char *file, int line);

#define check(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
#define unreachable()    check_failed("unreachable", __FILE__, __LINE__)

#endif
