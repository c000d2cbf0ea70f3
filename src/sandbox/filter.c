#include "sandbox/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "sandbox: add the audit architecture"
#endif

enum { X32_BIT = 0x40000000 }; /* x32 says it is x86-64, with this bit in the number */
enum {
    NEGATIVE = 0x80000000u,
    OF_THREAD = 4
}; /* of a clock id made from a pid or a tid, linux/posix-timers.h */
#define REFUSE (SECCOMP_RET_TRAP | EPERM)

static void emit(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
    check(f->len < FILTER_MOST);
    f->code[f->len++] = (struct sock_filter){code, yes, no, k};
}

static void give(struct filter *f, uint32_t verdict) { emit(f, BPF_RET | BPF_K, verdict, 0, 0); }
static void load(struct filter *f, size_t at) { emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0); }

/* Both architectures are little-endian: the low word comes first. */
static void load_low(struct filter *f, unsigned arg) {
    load(f, offsetof(struct seccomp_data, args) + arg * 8u);
}
static void load_high(struct filter *f, unsigned arg) {
    load(f, offsetof(struct seccomp_data, args) + arg * 8u + 4);
}

/* If the loaded word is k: `verdict`. */
static void if_is(struct filter *f, uint32_t k, uint32_t verdict) {
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
    give(f, verdict);
}
static void unless_is(struct filter *f, uint32_t k, uint32_t verdict) {
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, k, 1, 0);
    give(f, verdict);
}
static void if_bits(struct filter *f, uint32_t bits, uint32_t verdict) {
    emit(f, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    give(f, verdict);
}

void filter_begin(struct filter *f) {
    f->len = 0;
    load(f, offsetof(struct seccomp_data, arch));
    unless_is(f, THIS_ARCH, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    emit(f, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    give(f, SECCOMP_RET_KILL_PROCESS);
#endif
}

void filter_kill(struct filter *f, int number) { if_is(f, (uint32_t)number, SECCOMP_RET_KILL_PROCESS); }

static void must_be_zero(struct filter *f, unsigned arg) {
    load_low(f, arg);
    unless_is(f, 0, REFUSE);
    load_high(f, arg);
    unless_is(f, 0, REFUSE);
}

static void judge_clock(struct filter *f) {
    load_low(f, 0);
    emit(f, BPF_JMP | BPF_JGE | BPF_K, NEGATIVE, 1, 0);
    give(f, SECCOMP_RET_ALLOW);
    if_bits(f, OF_THREAD, SECCOMP_RET_ALLOW);
    give(f, REFUSE);
}

/* Every path ends in a verdict. */
static void judge(struct filter *f, const struct call_row *row) {
    switch (row->rule) {
    case RULE_ANY: break;
    case RULE_ERRNO: give(f, SECCOMP_RET_ERRNO | row->value); return;
    case RULE_NO_BITS:
        load_low(f, row->arg);
        if_bits(f, row->value, REFUSE);
        break;
    case RULE_ONE_OF:
        load_low(f, row->arg);
        for (unsigned i = 0; i < row->list_count; i++) if_is(f, row->list[i], SECCOMP_RET_ALLOW);
        give(f, REFUSE);
        return;
    case RULE_ZERO: must_be_zero(f, row->arg); break;
    case RULE_OWN_PID:
        load_low(f, row->arg);
        unless_is(f, (uint32_t)getpid(), REFUSE);
        break;
    case RULE_OWN_LIMIT:
        must_be_zero(f, 2);
        load_low(f, 0);
        if_is(f, 0, SECCOMP_RET_ALLOW);
        unless_is(f, (uint32_t)getpid(), REFUSE);
        break;
    case RULE_OWN_CLOCK: judge_clock(f); return;
    }
    give(f, SECCOMP_RET_ALLOW);
}

void filter_row(struct filter *f, const struct call_row *row) {
    unsigned at = f->len;
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)row->number, 0, 0);
    judge(f, row);
    unsigned skip = f->len - at - 1u;
    check(skip <= UINT8_MAX);
    f->code[at].jf = (uint8_t)skip; /* another call: over the judgement, with the number still loaded */
}

void filter_end(struct filter *f, bool allow) { give(f, allow ? SECCOMP_RET_ALLOW : REFUSE); }

enum err filter_install(const struct filter *f, bool *ret_there, struct problem *p) {
    struct sock_fprog program = {f->len, (struct sock_filter *)f->code};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    *ret_there = result == 0;
    if (result < 0 && errno == ENOSYS) return ERR_OK;
    if (result < 0) return problem(p, ERR_INTERNAL, "sandbox: seccomp: %s", strerror(errno));
    if (result > 0)
        return problem(p, ERR_INTERNAL, "sandbox: seccomp: thread %ld can't be synchronised", result);
    return ERR_OK;
}
