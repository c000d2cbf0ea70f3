/* A refused call arrives as SIGSYS on the thread that made it, possibly inside malloc: only write(2) and arithmetic here. The handler
 * is a help for whoever extends the list and for the operator, not a wall: the verdict is the kernel's, and a process that blocks or
 * replaces the handler dies or hears its own story. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "sandbox/filter.h"

static const struct {
    int number;
    const char *name;
} names[] = {
#include "syscall_names.inc"
};

const char *call_name(int number) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) return names[i].name;
    return NULL;
}

enum { CALLS_MOST = 1024, LINE_BYTES = 256 };

/* Process-wide as signal handlers are. Written before the filter is there, the bits by any thread. */
static struct {
    const char *who;
    bool as_json;
    _Atomic uint64_t told[CALLS_MOST / 64];
} watch;

struct line {
    char text[LINE_BYTES];
    size_t len;
};

static void add(struct line *l, const char *text) {
    for (; *text && l->len < sizeof l->text; text++) l->text[l->len++] = *text;
}

static void add_number(struct line *l, uint64_t n) {
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = 0;
    do digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    add(l, digits + at);
}

static void tell(int number, uint64_t first, uint64_t second, uint64_t third) {
    uint64_t arguments[] = {first, second, third};
    const char *name = call_name(number);
    struct line l = {.len = 0};
    add(&l, watch.as_json ? "{\"level\":\"error\",\"who\":\"" : "error ");
    add(&l, watch.who);
    add(&l, watch.as_json ? "\",\"event\":\"the sandbox refused a system call\",\"call\":\""
                          : ": the sandbox refused a system call call=\"");
    if (name)
        add(&l, name);
    else
        add_number(&l, (uint64_t)number);
    add(&l, watch.as_json ? "\",\"arguments\":\"" : "\" arguments=\"");
    for (int i = 0; i < 3; i++) {
        if (i) add(&l, " ");
        add_number(&l, arguments[i]);
    }
    add(&l, watch.as_json ? "\"}\n" : "\"\n");
    ssize_t ignored = write(STDERR_FILENO, l.text, l.len);
    (void)ignored;
}

static void on_refused(int signal_number, siginfo_t *info, void *context) {
    ucontext_t *at = context;
    int saved = errno, number = info->si_syscall;
    if (number >= 0 && number < CALLS_MOST) {
        uint64_t bit = 1ull << (number % 64);
        bool told = atomic_fetch_or(&watch.told[number / 64], bit) & bit;
#if defined(__x86_64__)
        greg_t *r = at->uc_mcontext.gregs;
        if (!told) tell(number, (uint64_t)r[REG_RDI], (uint64_t)r[REG_RSI], (uint64_t)r[REG_RDX]);
        r[REG_RAX] = -EPERM;
#else
        unsigned long long *r = at->uc_mcontext.regs;
        if (!told) tell(number, r[0], r[1], r[2]);
        r[0] = (unsigned long long)-EPERM;
#endif
    }
    errno = saved;
}

enum err refused_watch(const char *who, bool as_json, struct problem *p) {
    watch.who = who;
    watch.as_json = as_json;
    struct sigaction action = {.sa_sigaction = on_refused,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER};
    sigset_t synchronous;
    sigemptyset(&synchronous);
    sigaddset(&synchronous, SIGSYS);
    if (sigaction(SIGSYS, &action, NULL) || pthread_sigmask(SIG_UNBLOCK, &synchronous, NULL))
        return problem(p, ERR_INTERNAL, "sandbox: SIGSYS: %s", strerror(errno));
    return ERR_OK;
}
