/* seccomp-bpf: which system calls a worker process may make once user code runs. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "worker/sandbox.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "sandbox: add the audit architecture"
#endif

/* Calls that user code and an honest engine never make, and an attacker would: the process dies. */
static const int deadly[] = {
    SYS_execve,      SYS_execveat,        SYS_ptrace,       SYS_process_vm_readv, SYS_process_vm_writev,
    SYS_socket,      SYS_connect,         SYS_bind,         SYS_listen,           SYS_accept4,
    SYS_mount,       SYS_umount2,         SYS_pivot_root,   SYS_chroot,           SYS_setns,
    SYS_unshare,     SYS_init_module,     SYS_finit_module, SYS_delete_module,    SYS_kexec_load,
    SYS_bpf,         SYS_perf_event_open, SYS_keyctl,       SYS_add_key,          SYS_request_key,
    SYS_userfaultfd, SYS_io_uring_setup,  SYS_reboot,       SYS_setuid,           SYS_setgid,
    SYS_setreuid,    SYS_setregid,        SYS_setresuid,    SYS_setresgid,        SYS_setgroups,
};

static const int allowed[] = {
    /* memory: malloc, the engine's heap and JIT */
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_brk,
    SYS_membarrier,
    SYS_mincore,
    /* threads: the engine's compiler and collector, the pool, the KV writer. clone's flags are checked below */
    SYS_clone,
    SYS_clone3,
    SYS_futex,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_setscheduler,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_gettid,
    SYS_getpid,
    SYS_tgkill,
    SYS_set_tid_address,
    SYS_setpriority,
    SYS_getpriority,
    SYS_getcpu,
    SYS_sched_setparam,
    /* signals: traps of Wasm, the collector stops threads by one */
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_restart_syscall,
    /* the event loop */
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_epoll_create1,
    SYS_eventfd2,
    SYS_pipe2,
    SYS_ppoll,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    /* the links and the pipe to the parent: sockets that exist already */
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_recvfrom,
    SYS_sendto,
    SYS_shutdown,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_getsockname,
    SYS_getpeername,
    SYS_close,
    SYS_dup,
    SYS_dup3,
    SYS_fcntl,
    SYS_ioctl,
    /* files: versions are mapped, KV is a map that is synced; Landlock says which */
    SYS_openat,
    SYS_newfstatat,
    SYS_fstat,
    SYS_statx,
    SYS_lseek,
    SYS_pread64,
    SYS_pwrite64,
    SYS_pwritev,
    SYS_fsync,
    SYS_fdatasync,
    SYS_msync,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_getdents64,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_statfs,
    SYS_fstatfs,
    SYS_flock,
    /* clocks and numbers */
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_getrusage,
    SYS_times,
    SYS_sysinfo,
    SYS_uname,
    SYS_prlimit64,
    SYS_prctl,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getppid,
    SYS_umask,
#if defined(__x86_64__)
    SYS_epoll_wait,
    SYS_poll,
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_time,
    SYS_arch_prctl,
    SYS_dup2,
    SYS_pipe,
#endif
};

enum { MOST_INSTRUCTIONS = 700 };

struct program {
    struct sock_filter code[MOST_INSTRUCTIONS];
    unsigned short len;
};

static void emit(struct program *prog, struct sock_filter instruction) {
    check(prog->len < MOST_INSTRUCTIONS);
    prog->code[prog->len++] = instruction;
}

/* If the loaded word equals k: return `verdict`. */
static void if_equal_return(struct program *prog, uint32_t k, uint32_t verdict) {
    emit(prog, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1));
    emit(prog, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static void load(struct program *prog, size_t offset) {
    emit(prog, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* clone3 passes its flags in memory, which a filter can't see: ENOSYS makes libc use clone, whose flags are an argument: threads
 * yes (CLONE_THREAD), processes no. */
static void judge_clone(struct program *prog) {
    enum { CLONE_THREAD_BIT = 0x00010000 };
    if_equal_return(prog, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
    emit(prog, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    load(prog, offsetof(struct seccomp_data, args[0]));
    emit(prog, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD_BIT, 0, 1));
    emit(prog, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    emit(prog, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

static void compile(struct program *prog) {
    load(prog, offsetof(struct seccomp_data, arch));
    emit(prog, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0));
    emit(prog, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    load(prog, offsetof(struct seccomp_data, nr));
    /* The calls of the request path first: a filter is a list that is walked. */
    static const int hot[] = {SYS_epoll_pwait, SYS_read,    SYS_write, SYS_writev,
                              SYS_recvmsg,     SYS_sendmsg, SYS_futex, SYS_clock_gettime};
    for (size_t i = 0; i < sizeof hot / sizeof *hot; i++)
        if_equal_return(prog, (uint32_t)hot[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        if_equal_return(prog, (uint32_t)deadly[i], SECCOMP_RET_KILL_PROCESS);
    judge_clone(prog);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if_equal_return(prog, (uint32_t)allowed[i], SECCOMP_RET_ALLOW);
    emit(prog, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

enum err sandbox_calls(unsigned *ret_layers, struct problem *p) {
    struct program prog = {.len = 0};
    compile(&prog);
    struct sock_fprog filter = {prog.len, prog.code};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    if (result < 0 && (errno == ENOSYS || errno == EINVAL))
        return ERR_OK; /* a kernel without seccomp filters */
    if (result < 0) return problem(p, ERR_INTERNAL, "sandbox: seccomp: %s", strerror(errno));
    if (result > 0)
        return problem(p, ERR_INTERNAL, "sandbox: seccomp: thread %ld can't be synchronised", result);
    *ret_layers |= SANDBOX_SECCOMP;
    return ERR_OK;
}
