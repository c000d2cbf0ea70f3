#include "worker/crash.h"

#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "base/pulse.h"

static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTRAP, SIGFPE};
enum { FAULTS = sizeof faults / sizeof *faults };
static struct sigaction before[FAULTS]; /* written once, before threads */

/* Async-signal-safe. A fault of this thread comes again as soon as this returns, and then to whoever was here before us; one that
 * was sent has to be sent again. */
static void on_fault(int number, siginfo_t *info, void *context) {
    bool own = info->si_code > 0 || info->si_pid == getpid();
    if (own) pulse_crashed(pulse_here(), number);
    for (size_t i = 0; i < FAULTS; i++)
        if (faults[i] == number) sigaction(number, &before[i], NULL);
    if (info->si_code <= 0) raise(number);
}

void crash_watch(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FAULTS; i++) check(sigaction(faults[i], &action, &before[i]) == 0);
}
