#include "sandbox/identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SETS = 2, CAPABILITIES_MOST = 64 }; /* version 3 of the interface: two words of each set */

struct capabilities {
    struct __user_cap_header_struct head;
    struct __user_cap_data_struct sets[SETS];
};

bool identity_can(int capability) {
    struct capabilities c = {.head = {.version = _LINUX_CAPABILITY_VERSION_3}};
    if (syscall(SYS_capget, &c.head, c.sets)) return false;
    return c.sets[capability / 32].effective & (1u << (capability % 32));
}

enum err identity_become(uid_t uid, gid_t gid, struct problem *p) {
    if (!uid || geteuid()) return ERR_OK;
    if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
        return problem(p, ERR_PERMISSION, "sandbox: root can't become user %u, group %u: %s", uid, gid,
                       strerror(errno));
    return ERR_OK;
}

static bool keeps(uint64_t kept, int capability) { return kept & (1ull << capability); }

void identity_close_bounding_set(uint64_t kept) {
    for (int i = 0; i < CAPABILITIES_MOST; i++)
        if (!keeps(kept, i)) prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* EINVAL beyond the last */
}

/* Being user 0, here or in a namespace, is then worth nothing at execve(2) and after a change of user. */
static void lock_bits(void) {
    prctl(PR_SET_SECUREBITS,
          SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
              SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED,
          0, 0, 0);
}

enum err identity_keep_capabilities(uint64_t kept, struct problem *p) {
    identity_close_bounding_set(kept);
    if (!kept) lock_bits();
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct capabilities c = {.head = {.version = _LINUX_CAPABILITY_VERSION_3}};
    if (syscall(SYS_capget, &c.head, c.sets) == 0)
        for (int i = 0; i < SETS; i++) {
            uint32_t word = (uint32_t)(kept >> (32 * i)) & c.sets[i].permitted;
            c.sets[i] = (struct __user_cap_data_struct){word, word, 0};
        }
    if (syscall(SYS_capset, &c.head, c.sets))
        return problem(p, ERR_PERMISSION, "sandbox: capabilities can't be dropped: %s", strerror(errno));
    return ERR_OK;
}
