#include "loop/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

struct thread {
    pthread_t id;
    char name[16];
    void (*run)(void *arg);
    void *arg;
};

static void *thread_main(void *arg) {
    struct thread *t = arg;
    pthread_setname_np(pthread_self(), t->name);
    t->run(t->arg);
    return NULL;
}

/* What a thread itself causes. Blocked, they would kill without a word; a sandbox and the engine handle some. */
static const int of_threads[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP};

enum err thread_start(const char *name, size_t stack_bytes, void (*run)(void *arg), void *arg,
                      struct thread **ret_thread) {
    struct thread *t = mem_alloc(sizeof *t);
    snprintf(t->name, sizeof t->name, "%s", name);
    t->run = run;
    t->arg = arg;
    pthread_attr_t attr;
    check(pthread_attr_init(&attr) == 0);
    if (stack_bytes) check(pthread_attr_setstacksize(&attr, stack_bytes) == 0);
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof of_threads / sizeof *of_threads; i++) sigdelset(&all, of_threads[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new thread */
    int number = pthread_create(&t->id, &attr, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (number != 0) {
        mem_free(t);
        return err_from_errno(number);
    }
    *ret_thread = t;
    return ERR_OK;
}

void thread_join(struct thread *t) {
    if (!t) return;
    check(pthread_join(t->id, NULL) == 0);
    mem_free(t);
}

unsigned thread_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : (unsigned)n;
}
