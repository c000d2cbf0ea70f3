#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/serve_plan.h"

struct serve_plan {
    struct arena arena;
    struct serve_config config;
    struct map *by_number;
};

enum err serve_plan_file(const struct serve_config *config, int *ret_fd, struct problem *p) {
    struct buf json = BUF_INIT;
    serve_plan_write(config, &json);
    enum err e = ERR_OK;
    int fd = memfd_create("cusp plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) e = problem(p, err_from_errno(errno), "no memory file for the plan: %s", strerror(errno));
    for (size_t done = 0; !e && done < json.len;) {
        ssize_t n = write(fd, json.ptr + done, json.len - done);
        if (n <= 0)
            e = problem(p, ERR_IO, "the plan can't be written: %s", strerror(errno));
        else
            done += (size_t)n;
    }
    if (!e && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        e = problem(p, ERR_IO, "the plan can't be sealed: %s", strerror(errno));
    buf_free(&json);
    if (e && fd >= 0) close(fd);
    if (!e) *ret_fd = fd;
    return e;
}

enum err serve_plan_receive(int fd, struct serve_plan **ret, struct problem *p) {
    struct stat info;
    void *text =
        fstat(fd, &info) ? MAP_FAILED : mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (text == MAP_FAILED) return problem(p, ERR_IO, "the plan can't be mapped: %s", strerror(errno));
    struct serve_plan *plan = NEW(struct serve_plan);
    struct arena tree = ARENA_INIT;
    struct serve_config read;
    enum err e = serve_plan_read(span_make(text, (size_t)info.st_size), &tree, &read, p);
    if (!e) serve_config_keep(&read, &plan->arena, &plan->config);
    arena_free(&tree);
    munmap(text, (size_t)info.st_size);
    plan->by_number = map_new();
    for (size_t i = 0; !e && i < plan->config.worker_count; i++)
        map_put_u64(plan->by_number, plan->config.workers[i].number, (void *)&plan->config.workers[i]);
    if (e)
        serve_plan_free(plan);
    else
        *ret = plan;
    return e;
}

const struct serve_config *serve_plan_config(const struct serve_plan *plan) { return &plan->config; }

const struct serve_worker *serve_plan_worker(const struct serve_plan *plan, uint32_t number) {
    return map_get_u64(plan->by_number, number);
}

void serve_plan_free(struct serve_plan *plan) {
    if (!plan) return;
    map_free(plan->by_number);
    arena_free(&plan->arena);
    mem_free(plan);
}
