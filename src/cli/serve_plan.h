/* The plan in a child: the parent's configuration as it was sent, with its memory. */
#ifndef CLI_SERVE_PLAN_H
#define CLI_SERVE_PLAN_H

#include "cli/serve_config.h"

struct serve_plan;

/* The parent: a sealed memory file with the plan, to be sent as SERVE_PLAN. The caller closes it. */
MUST_USE enum err serve_plan_file(const struct serve_config *config, int *ret_fd, struct problem *p);
/* A child: reads and closes it. */
MUST_USE enum err serve_plan_receive(int fd, struct serve_plan **ret, struct problem *p);
const struct serve_config *serve_plan_config(const struct serve_plan *plan);
const struct serve_worker *serve_plan_worker(const struct serve_plan *plan, uint32_t number); /* NULL: none */
void serve_plan_free(struct serve_plan *plan);

#endif
