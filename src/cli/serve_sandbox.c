#include "cli/serve_sandbox.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/serve_children.h"

/* -- The configuration --------------------------------------------------------------------------------------------- */

static void take(struct serve_walls *w, const struct passwd *user) {
    w->uid = user->pw_uid;
    w->gid = user->pw_gid;
}

static void take_usual_user(struct serve_walls *w) {
    static const char *const usual[] = {"cusp", "nobody"};
    const struct passwd *user = NULL;
    for (size_t i = 0; !user && i < sizeof usual / sizeof *usual; i++) user = getpwnam(usual[i]);
    if (user)
        take(w, user);
    else
        w->uid = w->gid = 65534; /* an image without /etc/passwd */
}

static enum err read_user(const struct conf *root, struct serve_walls *w, struct problem *p) {
    struct span name = SPAN_NONE;
    enum err e = conf_read_string(root, "sandbox.user", &name, p);
    if (e) return e;
    if (!name.len) {
        take_usual_user(w);
        return ERR_OK;
    }
    w->must_become = true;
    if (span_eq(name, SPAN("root"))) return ERR_OK;
    uint64_t number;
    bool is_number = span_to_u64(name, &number) && number <= UINT32_MAX - 1;
    char *text = mem_cstr(name);
    const struct passwd *user = is_number ? getpwuid((uid_t)number) : getpwnam(text);
    mem_free(text);
    if (user)
        take(w, user);
    else if (is_number)
        w->uid = w->gid = (uint32_t)number;
    else
        return conf_problem(
            conf_get(root, "sandbox.user"), p,
            "is no user of this machine; make one (`useradd --system %.*s`) or write a number",
            SPAN_FMT(name));
    return ERR_OK;
}

static const char *const choices[] = {[SANDBOX_AUTO] = "auto", [SANDBOX_ON] = "on", [SANDBOX_OFF] = "off"};
enum { CHOICES = sizeof choices / sizeof *choices };

enum err serve_walls_read(const struct conf *root, struct serve_walls *ret, struct problem *p) {
    struct serve_walls w = {0};
    struct span namespaces = SPAN("auto");
    enum err e = read_user(root, &w, p);
    if (!e) e = conf_read_string(root, "sandbox.namespaces", &namespaces, p);
    if (e) return e;
    int choice = 0;
    while (choice < CHOICES && !span_eq(namespaces, span_of(choices[choice]))) choice++;
    if (choice == CHOICES)
        return conf_problem(conf_get(root, "sandbox.namespaces"), p, "must be \"auto\", \"on\" or \"off\"");
    w.namespaces = (enum sandbox_choice)choice;
    *ret = w;
    return ERR_OK;
}

void serve_walls_write(const struct serve_walls *w, char out[SERVE_WALLS_BYTES]) {
    snprintf(out, SERVE_WALLS_BYTES, "uid=%u,gid=%u,must=%d,namespaces=%d", w->uid, w->gid, w->must_become,
             (int)w->namespaces);
}

enum err serve_walls_parse(const char *text, struct serve_walls *ret) {
    unsigned uid, gid;
    int must, namespaces, end = 0;
    if (sscanf(text, "uid=%u,gid=%u,must=%d,namespaces=%d%n", &uid, &gid, &must, &namespaces, &end) != 4 ||
        text[end] || namespaces < 0 || namespaces >= CHOICES)
        return ERR_INVALID;
    *ret = (struct serve_walls){uid, gid, must != 0, (enum sandbox_choice)namespaces};
    return ERR_OK;
}

/* -- The processes ---------------------------------------------------------------------------------------------------- */

enum err serve_walls_worker(const struct serve_walls *w, const char *dir, unsigned *ret_layers,
                            struct problem *p) {
    static const int kept[] = {SERVE_PIPE_FD, SERVE_COUNTERS_FD};
    struct sandbox walls = {
        .dir = dir,
        .read_only = "code",
        .read_write = "kv",
        .uid = w->uid,
        .gid = w->gid,
        .must_become = w->must_become,
        .namespaces = w->namespaces,
        .fds = kept,
        .fd_count = sizeof kept / sizeof *kept,
    };
    return sandbox_enter(&walls, ret_layers, p);
}

/* Directories, not files, where a file is replaced while the server runs (resolv.conf, certificates): a rule belongs to the file that it
 * was made for. */
enum err serve_walls_edge(const char *cache_dir, const char *ca_file, unsigned *ret_layers,
                          struct problem *p) {
    const char *reads[] = {"/etc",
                           "/usr",
                           "/lib",
                           "/lib64",
                           "/run/systemd/resolve",
                           "/run/resolvconf",
                           "/run/NetworkManager",
                           "/dev/urandom",
                           "/dev/random",
                           "/proc/self",
                           "/sys/devices/system/cpu",
                           ca_file,
                           NULL};
    const char *const writes[] = {cache_dir, "/dev/null", NULL};
    return sandbox_helper(&(struct sandbox_helper){reads, writes, .connect = true}, ret_layers, p);
}

enum err serve_walls_control(const char *state_dir, unsigned *ret_layers, struct problem *p) {
    static const char *const reads[] = {"/", NULL};
    const char *const writes[] = {state_dir, "/tmp", "/dev/null", NULL};
    return sandbox_helper(&(struct sandbox_helper){reads, writes, .programs = true}, ret_layers, p);
}
