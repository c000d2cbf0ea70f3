#include "sandbox/escapes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#else
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif

/* What the child knows of the world outside, and what it has open. */
static struct {
    pid_t parent, sibling;
    char account[80], top[80], parent_mem[64], parent_environ[64];
    int kv_file, listener;
    struct sockaddr_un abstract;
    socklen_t abstract_bytes;
    pthread_t early;
    pthread_mutex_t lock;
    int (*early_attempt)(void);
    int early_outcome;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int result(long returned) { return returned < 0 ? errno : 0; }
static int open_it(const char *path, int flags) { return result(open(path, flags | O_CLOEXEC, 0600)); }
static int in_top(const char *rest, int flags) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", world.top, rest);
    return open_it(path, flags);
}

/* -- The world ------------------------------------------------------------------------------------------------------ */

static void listen_abstract(void) {
    world.abstract.sun_family = AF_UNIX;
    int n =
        snprintf(world.abstract.sun_path + 1, sizeof world.abstract.sun_path - 1, "cusp-test-%d", getpid());
    world.abstract_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

void escapes_before(const char *account, const char *top) {
    world.parent = getppid();
    snprintf(world.account, sizeof world.account, "%s", account);
    snprintf(world.top, sizeof world.top, "%s", top);
    snprintf(world.parent_mem, sizeof world.parent_mem, "/proc/%d/mem", world.parent);
    snprintf(world.parent_environ, sizeof world.parent_environ, "/proc/%d/environ", world.parent);
    listen_abstract();
    int ends[2];
    char c;
    if (pipe(ends)) _exit(95);
    world.sibling = fork(); /* the same user outside the walls; the test ends it by its process group */
    if (world.sibling == 0) {
        int s = socket(AF_UNIX, SOCK_STREAM, 0);
        if (bind(s, (struct sockaddr *)&world.abstract, world.abstract_bytes) || listen(s, 5)) _exit(1);
        if (write(ends[1], "", 1) != 1) _exit(1);
        for (int fd = 3; fd < 64; fd++)
            if (fd != s) close(fd); /* the test waits for the end of its pipe */
        alarm(30);
        for (;;) pause();
    }
    if (read(ends[0], &c, 1) != 1) _exit(95);
    close(ends[0]);
    close(ends[1]);
    if (dup2(open("/etc/passwd", O_RDONLY), 57) < 0) _exit(95); /* a descriptor that somebody forgot */
}

static void *early_thread(void *arg) {
    pthread_mutex_lock(&world.lock);
    world.early_outcome = world.early_attempt();
    pthread_mutex_unlock(&world.lock);
    return arg;
}

void escapes_between(void) {
    pthread_mutex_lock(&world.lock);
    world.kv_file = open("kv/data", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (world.kv_file < 0 || pthread_create(&world.early, NULL, early_thread, NULL)) _exit(94);
}

/* -- What must go on working ----------------------------------------------------------------------------------------- */

int escape_nothing(void) { return 0; }
static int read_version(void) { return open_it("code/version", O_RDONLY | O_NOFOLLOW); }
static int write_kv(void) {
    return pwrite(world.kv_file, "x", 1, 100) == 1 && fdatasync(world.kv_file) == 0 &&
                   ftruncate(world.kv_file, 8192) == 0
               ? 0
               : errno;
}
static int map_kv(void) {
    if (ftruncate(world.kv_file, 8192)) return errno;
    char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, world.kv_file, 0);
    if (at == MAP_FAILED) return errno;
    at[5000] = 1;
    return result(msync(at, 8192, MS_SYNC));
}
static void *nothing(void *arg) { return arg; }
static int make_thread(void) {
    pthread_t thread;
    int e = pthread_create(&thread, NULL, nothing, NULL);
    return e ? e : pthread_join(thread, NULL);
}
static int own_thread_clock(void) {
    clockid_t id;
    struct timespec at;
    if (pthread_getcpuclockid(world.early, &id)) return EINVAL;
    return result(clock_gettime(id, &at)) || result(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at));
}
static int read_own_limit(void) {
    struct rlimit r;
    return result(getrlimit(RLIMIT_STACK, &r));
}
static int lower_itself(void) { return result(setpriority(PRIO_PROCESS, 0, 5)); }
static int name_itself(void) { return result(prctl(PR_SET_NAME, "renamed", 0, 0, 0)); }
static int not_blocking(void) {
    int one = 1;
    return result(ioctl(world.kv_file, FIONBIO, &one));
}

/* -- Files ------------------------------------------------------------------------------------------------------------- */

static int read_passwd(void) { return open_it("/etc/passwd", O_RDONLY); }
static int read_other_account(void) { return in_top("other/code/version", O_RDONLY); }
static int climb_to_other_account(void) { return open_it("../other/code/version", O_RDONLY); }
static int climb_far(void) { return open_it("code/../../../../../../../../etc/passwd", O_RDONLY); }
static int through_a_descriptor(void) {
    int dir = open("kv", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? errno : result(openat(dir, "../../../../../../../etc/passwd", O_RDONLY | O_CLOEXEC));
}
static int list_the_top(void) { return in_top("", O_RDONLY | O_DIRECTORY); }
static int parent_memory(void) { return open_it(world.parent_mem, O_RDONLY); }
static int parent_environment(void) { return open_it(world.parent_environ, O_RDONLY); }
static int memory_of_init(void) { return open_it("/proc/1/mem", O_RDONLY); }
static int kernel_memory(void) { return open_it("/proc/kallsyms", O_RDONLY); }
static int write_version(void) { return open_it("code/new", O_CREAT | O_RDWR); }
static int write_outside(void) { return in_top("written", O_CREAT | O_RDWR); }
static int write_by_proc(void) { return open_it("/proc/self/mem", O_RDWR); }
static int make_symlink(void) { return result(symlinkat("/etc/passwd", AT_FDCWD, "kv/link")); }
static int make_hardlink(void) { return result(linkat(AT_FDCWD, "code/version", AT_FDCWD, "kv/hard", 0)); }
static int remove_version(void) { return result(unlinkat(AT_FDCWD, "code/version", 0)); }
static int rename_out(void) {
    return result(syscall(SYS_renameat2, AT_FDCWD, "kv/data", AT_FDCWD, "code/data", 0));
}
static int make_executable(void) { return result(fchmodat(AT_FDCWD, "kv/data", 04755, 0)); }
static int make_device(void) { return result(mknodat(AT_FDCWD, "kv/device", S_IFCHR | 0666, 0x101)); }

/* -- The network -------------------------------------------------------------------------------------------------------- */

static struct sockaddr_in loopback(uint16_t port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
static int connect_tcp(void) {
    struct sockaddr_in at = loopback(9);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int e = s < 0 ? errno : result(connect(s, (struct sockaddr *)&at, sizeof at));
    return e == ECONNREFUSED ? 0 : e; /* somebody was asked */
}
static int send_udp(void) {
    struct sockaddr_in at = loopback(9);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    return s < 0 ? errno : result(sendto(s, "x", 1, 0, (struct sockaddr *)&at, sizeof at));
}
static int bind_tcp(void) {
    struct sockaddr_in at = loopback(0);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    return s < 0 ? errno : result(bind(s, (struct sockaddr *)&at, sizeof at));
}
static int connect_unix(void) {
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    int e = s < 0 ? errno : result(connect(s, (struct sockaddr *)&world.abstract, world.abstract_bytes));
    return e == ECONNREFUSED ? EPERM : e; /* in a network namespace the name is nobody's */
}
static int make_pair(void) {
    int fds[2];
    return result(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}
static int make_netlink(void) { return result(socket(AF_NETLINK, SOCK_RAW, 0)); }

/* -- Programs and processes ------------------------------------------------------------------------------------------------ */

static int run_program(void) {
    char *argv[] = {"true", NULL}, *env[] = {NULL};
    int report = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)report;
    execve("/nowhere/true", argv, env);
    return errno == ENOENT ? 0 : errno;
}
static int run_version(void) {
    char *argv[] = {"x", NULL}, *env[] = {NULL};
    execve("code/version", argv, env);
    return errno;
}
static int make_process(void) {
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return result(child);
}
static int make_process_by_clone3(void) {
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } arguments = {.exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    return result(child);
}
static int be_traced(void) { return result(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int trace_sibling(void) { return result(ptrace(PTRACE_ATTACH, world.sibling, 0, 0)); }
static int read_sibling_memory(void) {
    char c;
    struct iovec here = {&c, 1}, there = {&world, 1};
    return result(process_vm_readv(world.sibling, &here, 1, &there, 1, 0));
}
static int signal_parent(void) { return result(kill(world.parent, 0)); }
static int kill_sibling(void) { return result(kill(world.sibling, SIGTERM)); }
static int kill_sibling_by_tgkill(void) {
    return result(syscall(SYS_tgkill, world.sibling, world.sibling, SIGTERM));
}
static int signal_by_fcntl(void) { return result(fcntl(world.kv_file, F_SETOWN, world.sibling)); }
static int hold_sibling(void) { return result(syscall(SYS_pidfd_open, world.sibling, 0)); }
static int slow_sibling(void) { return result(setpriority(PRIO_PROCESS, (id_t)world.sibling, 10)); }
static int idle_sibling(void) {
    struct sched_param none = {0};
    return result(sched_setscheduler(world.sibling, SCHED_IDLE, &none));
}
static int limit_sibling(void) {
    struct rlimit r = {1, 1};
    return result(prlimit(world.sibling, RLIMIT_NOFILE, &r, NULL));
}
static int clock_of_sibling(void) {
    clockid_t id;
    struct timespec at;
    if (clock_getcpuclockid(world.sibling, &id)) return errno ? errno : EPERM;
    return result(clock_gettime(id, &at));
}

/* -- More rights ---------------------------------------------------------------------------------------------------------- */

static int mount_something(void) {
    int e = result(mount("x", "kv", "tmpfs", 0, NULL));
    if (!e) umount2("kv", MNT_DETACH);
    return e;
}
static int new_namespace(void) { return result(unshare(CLONE_NEWUSER)); }
static int new_namespace_by_clone(void) {
    return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)) ? errno : 0;
}
static int change_root(void) { return result(chroot("kv")); }
static int become_another(void) { return result(setresuid(1234, 1234, 1234)); }
static int raise_core_limit(void) {
    struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};
    return result(setrlimit(RLIMIT_CORE, &r));
}
static int be_dumpable(void) { return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static int type_into_terminal(void) { return ioctl(2, TIOCSTI, "x") && errno == EPERM ? EPERM : 0; }
static int set_the_clock(void) {
    struct timespec at = {-1, -1}; /* nothing happens where it is allowed */
    return syscall(SYS_clock_settime, CLOCK_REALTIME, &at) && errno == EINVAL ? 0 : errno;
}

/* -- Code ------------------------------------------------------------------------------------------------------------------ */

static int map_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                                     : 0;
}
static int map_file_as_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, world.kv_file, 0) == MAP_FAILED ? errno : 0;
}
static int make_code(void) {
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? errno : result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}
static int make_memory_file(void) { return result(memfd_create("x", 0)); }

/* -- Corners of the kernel --------------------------------------------------------------------------------------------------- */

static int use_io_uring(void) { return result(syscall(SYS_io_uring_setup, 1, NULL)) == EFAULT ? 0 : errno; }
static int use_userfaultfd(void) {
    return result(syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* user mode only */));
}
static int use_bpf(void) {
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return result(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
}
static int use_perf(void) {
    struct perf_event_attr attr = {
        .type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_TASK_CLOCK};
    return result(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}
static int use_keyring(void) {
    return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
}
static int open_by_handle(void) {
    struct file_handle h = {0};
    return open_by_handle_at(AT_FDCWD, &h, O_RDONLY) < 0 && errno != EPERM ? 0 : errno;
}
#if defined(__x86_64__)
static int call_of_x32(void) {
    long r = syscall(0x40000000 + SYS_getpid);
    return r > 0 || errno == ENOSYS ? 0 : errno;
}
static int call_of_i386(void) {
    long number = 20 /* getpid */;
    __asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
    return number > 0 ? 0 : ENOSYS;
}
#endif

/* -- What was there before -------------------------------------------------------------------------------------------------------- */

static int forgotten_descriptor(void) { return result(fcntl(57, F_GETFD)); }
static int terminal_input(void) {
    char c;
    return read(0, &c, 1) == 0 ? 0 : EIO;
}
static int socket_in_early_thread(void) {
    world.early_attempt = make_pair;
    pthread_mutex_unlock(&world.lock);
    pthread_join(world.early, NULL);
    return world.early_outcome;
}
static int passwd_in_early_thread(void) {
    world.early_attempt = read_passwd;
    pthread_mutex_unlock(&world.lock);
    pthread_join(world.early, NULL);
    return world.early_outcome;
}
static int dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 ? 0 : EPERM; }
static int core_limit(void) {
    struct rlimit r;
    return getrlimit(RLIMIT_CORE, &r) || r.rlim_max ? 0 : EPERM;
}
/* 0: one of the sets of capabilities that count has a bit. */
static int has_capability(void) {
    char text[4096] = "";
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) return errno;
    static const char *const sets[] = {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapAmb:\t"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const char *at = strstr(text, sets[i]);
        if (!at || strtoull(at + strlen(sets[i]), NULL, 16)) return 0;
    }
    return EPERM;
}

// clang-format off
const struct escape escapes[] = {
    /* name                            attempt                 open             with seccomp      without */
    {"reads a version",                read_version,           WORKS,           0,                0},
    {"writes its KV map",              write_kv,               WORKS,           0,                0},
    {"maps its KV map",                map_kv,                 WORKS,           0,                0},
    {"makes a thread",                 make_thread,            WORKS,           0,                0},
    {"reads its threads' CPU clocks",  own_thread_clock,       WORKS,           0,                0},
    {"reads its own limit",            read_own_limit,         WORKS,           0,                0},
    {"lowers its own priority",        lower_itself,           WORKS,           0,                0},
    {"names itself",                   name_itself,            WORKS,           0,                0},
    {"sets a descriptor not blocking", not_blocking,           WORKS,           0,                0},
    {"stdin is at its end",            terminal_input,         NOBODY_KNOWS,    0,                0},

    {"/etc/passwd",                    read_passwd,            WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"/etc/passwd in an earlier thread", passwd_in_early_thread, WORKS,         OUT_OF_REACH,     OUT_OF_REACH},
    {"another account's file",         read_other_account,     WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"another account's file by ..",   climb_to_other_account, WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"/etc/passwd by many ..",         climb_far,              WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"/etc/passwd from a directory",   through_a_descriptor,   WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"the list of accounts",           list_the_top,           WORKS,           OUT_OF_REACH,     OUT_OF_REACH},
    {"the parent's memory",            parent_memory,          WORKS_FOR_ROOT,  OUT_OF_REACH,     OUT_OF_REACH},
    {"the parent's environment",       parent_environment,     WORKS_FOR_ROOT,  OUT_OF_REACH,     OUT_OF_REACH},
    {"init's memory",                  memory_of_init,         NOBODY_KNOWS,    OUT_OF_REACH,     OUT_OF_REACH},
    {"the kernel's symbols",           kernel_memory,          NOBODY_KNOWS,    OUT_OF_REACH,     OUT_OF_REACH},
    {"a new version",                  write_version,          WORKS,           EPERM,            ANYTHING},
    {"a file outside",                 write_outside,          WORKS_FOR_ROOT,  EPERM,            ANYTHING},
    {"its own memory as a file",       write_by_proc,          WORKS,           EPERM,            ANYTHING},
    {"a symbolic link",                make_symlink,           WORKS,           KILLED + SIGSYS,           ANYTHING},
    {"a hard link",                    make_hardlink,          WORKS_FOR_ROOT,  KILLED + SIGSYS,           ANYTHING},
    {"removes a version",              remove_version,         NOBODY_KNOWS,    KILLED + SIGSYS,           ANYTHING},
    {"moves a file to its versions",   rename_out,             WORKS,           KILLED + SIGSYS,           ANYTHING},
    {"a set-user-id file",             make_executable,        WORKS,           KILLED + SIGSYS,           ANYTHING},
    {"a device",                       make_device,            WORKS_FOR_ROOT,  KILLED + SIGSYS,           ANYTHING},

    {"connects TCP",                   connect_tcp,            WORKS,           KILLED + SIGSYS,  NO_NETWORK},
    {"sends UDP",                      send_udp,               WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"binds TCP",                      bind_tcp,               WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"connects a Unix socket",         connect_unix,           WORKS,           KILLED + SIGSYS,  NOT_OURS},
    {"a socket pair",                  make_pair,              WORKS,           KILLED + SIGSYS,  0},
    {"a socket pair in an earlier thread", socket_in_early_thread, WORKS,       KILLED + SIGSYS,  0},
    {"a netlink socket",               make_netlink,           WORKS,           KILLED + SIGSYS,  ANYTHING},

    {"runs a program",                 run_program,            WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"runs a version",                 run_version,            NOBODY_KNOWS,    KILLED + SIGSYS,  EACCES},
    {"makes a process",                make_process,           WORKS,           EPERM,            0},
    {"makes a process by clone3",      make_process_by_clone3, WORKS,           ENOSYS,           0},
    {"is traced",                      be_traced,              WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"traces its sibling",             trace_sibling,          WORKS_FOR_ROOT,  KILLED + SIGSYS,  EPERM},
    {"reads its sibling's memory",     read_sibling_memory,    WORKS_FOR_ROOT,  KILLED + SIGSYS,  EPERM},
    {"signals its parent",             signal_parent,          WORKS_FOR_ROOT,  KILLED + SIGSYS,  NOT_OURS},
    {"kills its sibling",              kill_sibling,           WORKS,           KILLED + SIGSYS,  NOT_OURS},
    {"kills its sibling by tgkill",    kill_sibling_by_tgkill, WORKS,           EPERM,            NOT_OURS},
    {"has the kernel signal for it",   signal_by_fcntl,        WORKS,           EPERM,            ANYTHING},
    {"holds its sibling",              hold_sibling,           WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"slows its sibling",              slow_sibling,           WORKS,           EPERM,            ANYTHING},
    {"idles its sibling",              idle_sibling,           WORKS,           EPERM,            ANYTHING},
    {"limits its sibling",             limit_sibling,          WORKS,           EPERM,            ANYTHING},
    {"reads its sibling's CPU clock",  clock_of_sibling,       WORKS,           EPERM,            ANYTHING},

    {"mounts",                         mount_something,        WORKS_FOR_ROOT,  KILLED + SIGSYS,  EPERM},
    {"makes a namespace",              new_namespace,          NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"makes a namespace by clone",     new_namespace_by_clone, NOBODY_KNOWS,    EPERM,            ANYTHING},
    {"changes its root",               change_root,            WORKS_FOR_ROOT,  KILLED + SIGSYS,  EPERM},
    {"becomes another user",           become_another,         WORKS_FOR_ROOT,  KILLED + SIGSYS,  ANYTHING},
    {"raises its core limit",          raise_core_limit,       WORKS_FOR_ROOT,  EPERM,            EPERM},
    {"becomes dumpable",               be_dumpable,            WORKS,           EPERM,            ANYTHING},
    {"types into the terminal",        type_into_terminal,     NOBODY_KNOWS,    EPERM,            ANYTHING},
    {"sets the clock",                 set_the_clock,          NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},

    {"maps code",                      map_code,               WORKS,           EPERM,            ANYTHING},
    {"maps a file as code",            map_file_as_code,       WORKS,           EPERM,            ANYTHING},
    {"makes data code",                make_code,              WORKS,           EPERM,            ANYTHING},
    {"a file in memory",               make_memory_file,       WORKS,           KILLED + SIGSYS,  ANYTHING},

    {"io_uring",                       use_io_uring,           NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"userfaultfd",                    use_userfaultfd,        NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"bpf",                            use_bpf,                NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"perf",                           use_perf,               NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"a keyring",                      use_keyring,            NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
    {"a file by handle",               open_by_handle,         NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
#if defined(__x86_64__)
    {"a call of the x32 ABI",          call_of_x32,            WORKS,           KILLED + SIGSYS,  ANYTHING},
    {"a call of the 32-bit ABI",       call_of_i386,           NOBODY_KNOWS,    KILLED + SIGSYS,  ANYTHING},
#endif
    {"a forgotten descriptor",         forgotten_descriptor,   WORKS,           EBADF,            EBADF},
    {"is dumpable",                    dumpable,               WORKS,           EPERM,            EPERM},
    {"may leave a core",               core_limit,             NOBODY_KNOWS,    EPERM,            EPERM},
    {"has a capability",               has_capability,         WORKS_FOR_ROOT,  EPERM,            EPERM},
};
// clang-format on
const size_t escape_count = sizeof escapes / sizeof *escapes;
