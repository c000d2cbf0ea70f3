/* Which system calls a worker process may make once user code runs: one row a call, with who needs it. A new thread, library or
 * feature that needs another one adds its row here; until then the log names what was refused. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sandbox/filter.h"
#include "sandbox/inside.h"

/* What pthread_create() passes, in the GNU C library and in musl. Anything else would be a process, or a namespace. */
static const uint32_t thread_flags[] = {
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
        CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
        CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED,
};
/* No F_SETOWN or F_SETSIG: they make the kernel send signals to others. */
static const uint32_t fcntl_commands[] = {F_GETFD, F_SETFD, F_GETFL,         F_SETFL,
                                          F_GETLK, F_SETLK, F_DUPFD_CLOEXEC, F_GET_SEALS};
static const uint32_t ioctl_requests[] = {FIONBIO, FIOCLEX};
static const uint32_t prctl_options[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA};
enum { OPEN_WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) };

#define ANY(name, who)                                                                                       \
    { SYS_##name, #name, RULE_ANY, 0, 0, 0, NULL, who }
#define NO_BITS(name, arg, bits, who)                                                                        \
    { SYS_##name, #name, RULE_NO_BITS, arg, 0, bits, NULL, who }
#define ONE_OF(name, arg, list, who)                                                                         \
    { SYS_##name, #name, RULE_ONE_OF, arg, sizeof list / sizeof *list, 0, list, who }
#define ZERO(name, arg, who)                                                                                 \
    { SYS_##name, #name, RULE_ZERO, arg, 0, 0, NULL, who }
#define OWN(name, rule, arg, who)                                                                            \
    { SYS_##name, #name, rule, arg, 0, 0, NULL, who }
#define QUIET(name, number, who)                                                                             \
    { SYS_##name, #name, RULE_ERRNO, 0, 0, number, NULL, who }

// clang-format off
static const struct call_row calls[] = {
    /* The request path first: the list is walked. */
    ANY(epoll_pwait, "loops"),
    ANY(read, "loops: links, wake-ups"),
    ANY(write, "loops: links, wake-ups, the log"),
    ANY(writev, "loops: links"),
    ANY(futex, "every lock and condition"),
    OWN(clock_gettime, RULE_OWN_CLOCK, 0, "CPU clocks of own threads: budgets (the wall clock needs no call)"),
    ANY(recvmsg, "the pipe to the parent: descriptors of new links"),
    ANY(sendmsg, "the pipe to the parent, links"),
    ANY(pread64, "memory statistics of the process, versions"),
    /* memory */
    NO_BITS(mmap, 2, PROT_EXEC, "malloc, the engine's heap, thread stacks, versions. The JIT region exists already"),
    NO_BITS(mprotect, 2, PROT_EXEC, "thread stacks, the engine's heap"),
    ANY(munmap, "malloc, the engine's heap"),
    ANY(mremap, "malloc"),
    ANY(madvise, "the engine's heap gives pages back"),
    ANY(brk, "malloc"),
    ANY(membarrier, "the engine's collector"),
    ANY(mincore, "the engine's collector"),
    /* threads: the engine's compilers and collector, lanes, the pool, the KV writer */
    QUIET(clone3, ENOSYS, "pthread_create: its flags lie in memory, where a filter can't look; libc takes clone instead"),
    ONE_OF(clone, 0, thread_flags, "pthread_create"),
    ANY(set_robust_list, "pthread_create"),
    ANY(rseq, "pthread_create"),
    ANY(set_tid_address, "pthread_create"),
    ANY(exit, "the end of a thread"),
    ANY(exit_group, "the end of the process"),
    ANY(gettid, "locks of libc, abort"),
    ANY(getpid, "abort, checks of libc"),
    OWN(tgkill, RULE_OWN_PID, 0, "the collector stops threads by a signal; abort"),
    ANY(sched_yield, "locks of the engine"),
    ANY(sched_getaffinity, "how many CPUs there are; the engine asks by thread"),
    ANY(getcpu, "the allocator"),
    ANY(sched_getparam, "the engine asks for its threads' priority"),
    ANY(sched_getscheduler, "the engine asks for its threads' priority"),
    ANY(sched_get_priority_max, "the engine asks for its threads' priority"),
    ANY(sched_get_priority_min, "the engine asks for its threads' priority"),
    QUIET(sched_setscheduler, EPERM, "the engine would lower its helpers: by tid, which may be anybody's; it goes on without"),
    ZERO(setpriority, 1, "a slow lane lowers itself: 0 is the calling thread"),
    ZERO(getpriority, 1, "a slow lane"),
    ZERO(sched_setattr, 0, "a slow lane lowers itself"),
    /* signals: the collector stops threads by one; traps of Wasm */
    ANY(rt_sigaction, "the engine"),
    ANY(rt_sigprocmask, "libc around thread starts, the engine"),
    ANY(rt_sigreturn, "every handler"),
    ANY(rt_sigsuspend, "threads that the collector has stopped"),
    ANY(sigaltstack, "thread starts"),
    ANY(restart_syscall, "the kernel, after a stop"),
    /* loops */
    ANY(epoll_ctl, "loops: new links"),
    ANY(epoll_create1, "loops"),
    ANY(eventfd2, "loops, the engine's run loops"),
    ANY(timerfd_create, "the engine's run loops, from 2.54 on"),
    ANY(timerfd_settime, "the same"),
    ANY(pipe2, "loops"),
    ANY(ppoll, "the engine's run loops"),
    ANY(recvfrom, "loops"),
    ANY(sendto, "loops: links. They are connected pairs; an address is an error"),
    ANY(shutdown, "links"),
    ANY(getsockopt, "links: the kind of a received descriptor"),
    ANY(getsockname, "links"),
    ANY(close, "everybody"),
    ONE_OF(fcntl, 1, fcntl_commands, "loops, the KV map"),
    ONE_OF(ioctl, 1, ioctl_requests, "loops: not blocking, close-on-exec. Nothing for terminals and devices"),
    /* files: versions are opened to read, the KV map is open already and synced */
    NO_BITS(openat, 2, OPEN_WRITES, "versions; Landlock and the root directory say which"),
    ANY(newfstatat, "versions"),
    ANY(fstat, "versions"),
    ANY(statx, "versions"),
    ANY(lseek, "versions, the KV map"),
    ANY(pwrite64, "the KV map"),
    ANY(pwritev, "the KV map"),
    ANY(fsync, "the KV map"),
    ANY(fdatasync, "the KV map"),
    ANY(msync, "the KV map"),
    ANY(ftruncate, "the KV map"),
    /* clocks and numbers */
    ANY(clock_getres, "the engine"),
    ANY(clock_nanosleep, "the engine's locks"),
    ANY(nanosleep, "the engine's locks"),
    ANY(gettimeofday, "ICU"),
    ANY(getrandom, "crypto, hash seeds"),
    ANY(getrusage, "figures of the process and of its threads"),
    ANY(times, "figures of the process"),
    ANY(sysinfo, "the engine: how much memory there is"),
    ANY(uname, "libc"),
    OWN(prlimit64, RULE_OWN_LIMIT, 0, "libc and the engine: how large a stack is"),
    ONE_OF(prctl, 0, prctl_options, "names of threads and of mappings"),
    ANY(getuid, "libc, ICU"),
    ANY(geteuid, "libc, ICU"),
    ANY(getgid, "libc"),
    ANY(getegid, "libc"),
#if defined(__x86_64__)
    ANY(epoll_wait, "loops"),
    ANY(poll, "loops, the engine's run loops"),
    ANY(time, "libc"),
#endif
};

/* Calls that user code and an honest engine never make, and an attacker would: the process dies. */
#define NO_PROCESS_NEEDS(X)                                                                                                  \
    X(ptrace) X(process_vm_readv) X(process_vm_writev) X(pidfd_getfd) X(kcmp) X(process_madvise)                             \
    X(mount) X(umount2) X(pivot_root) X(chroot) X(setns) X(unshare) X(move_mount) X(open_tree) X(fsopen) X(fsmount)          \
    X(init_module) X(finit_module) X(delete_module) X(kexec_load) X(reboot) X(swapon) X(swapoff) X(acct) X(quotactl)         \
    X(bpf) X(perf_event_open) X(userfaultfd)                       \
    X(keyctl) X(add_key) X(request_key) X(open_by_handle_at)                             \
    X(setuid) X(setgid) X(setreuid) X(setregid) X(setresuid) X(setresgid) X(setgroups) X(setfsuid) X(setfsgid) X(capset)     \
    X(clock_settime) X(settimeofday) X(adjtimex) X(clock_adjtime) X(sethostname) X(setdomainname) X(vhangup) X(syslog)
#define NO_WORKER_NEEDS(X)                                                                                                   \
    X(io_uring_setup) X(io_uring_enter) X(io_uring_register) X(personality)                                                 \
    X(execve) X(execveat) X(socket) X(socketpair) X(connect) X(bind) X(listen) X(accept) X(accept4)                          \
    X(kill) X(tkill) X(pidfd_open) X(pidfd_send_signal) X(rt_sigqueueinfo) X(rt_tgsigqueueinfo)                              \
    X(shmget) X(shmat) X(msgget) X(semget) X(mq_open) X(memfd_create) X(memfd_secret) X(pkey_mprotect)                       \
    X(symlinkat) X(linkat) X(renameat2) X(unlinkat) X(mkdirat) X(mknodat) X(fchmodat) X(fchownat) X(fchmod) X(fchown)
// clang-format on

#define NUMBER(name) SYS_##name,
static const int deadly_to_all[] = {NO_PROCESS_NEEDS(NUMBER)};
static const int deadly_to_workers[] = {NO_WORKER_NEEDS(NUMBER)
#if defined(__x86_64__)
                                            SYS_fork,
                                        SYS_vfork, SYS_modify_ldt, SYS_iopl, SYS_ioperm
#endif
};
#undef NUMBER

static void kill_on(struct filter *f, const int *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) filter_kill(f, numbers[i]);
}

enum err sandbox_calls(const char *who, bool as_json, unsigned *ret_layers, struct problem *p) {
    enum { HOT = 9 };
    struct filter f;
    bool there;
    filter_begin(&f);
    for (size_t i = 0; i < HOT; i++) filter_row(&f, &calls[i]);
    kill_on(&f, deadly_to_all, sizeof deadly_to_all / sizeof *deadly_to_all);
    kill_on(&f, deadly_to_workers, sizeof deadly_to_workers / sizeof *deadly_to_workers);
    for (size_t i = HOT; i < sizeof calls / sizeof *calls; i++) filter_row(&f, &calls[i]);
    filter_end(&f, false);
    enum err e = refused_watch(who, as_json, p);
    if (!e) e = filter_install(&f, &there, p);
    if (!e && there) *ret_layers |= SANDBOX_SECCOMP;
    return e;
}

enum err helper_calls(bool programs, unsigned *ret_layers, struct problem *p) {
    struct filter f;
    bool there;
    filter_begin(&f);
    kill_on(&f, deadly_to_all, sizeof deadly_to_all / sizeof *deadly_to_all);
    /* Node and libuv take this for an old kernel. */
    static const struct call_row io_uring = QUIET(io_uring_setup, ENOSYS, "node, for its own loop");
    filter_row(&f, &io_uring);
    if (!programs) {
        filter_kill(&f, SYS_execve);
        filter_kill(&f, SYS_execveat);
    }
    filter_end(&f, true);
    enum err e = filter_install(&f, &there, p);
    if (!e && there) *ret_layers |= SANDBOX_SECCOMP;
    return e;
}
