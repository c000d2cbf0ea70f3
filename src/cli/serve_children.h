/* The processes of `cusp serve`, and what each one is when it starts. Hidden commands of the same binary;
 * descriptor SERVE_PIPE_FD is the pipe to the parent (cli/serve_messages.h), SERVE_PULSE_FD the pages in which a
 * worker process shows its pulse (base/pulse.h), SERVE_COUNTERS_FD the file in which edge and worker processes count
 * (base/counters.h). Each returns the exit status. */
#ifndef CLI_SERVE_CHILDREN_H
#define CLI_SERVE_CHILDREN_H

enum {
    SERVE_PIPE_FD = 3,
    SERVE_PULSE_FD = 4,
    SERVE_COUNTERS_FD = 5,
    SERVE_DRAIN_MS = 10000,
    SERVE_STOP_MS = 3000
};

/* `cusp @edge`: all network in and out; a thread and a struct edge for each lane. */
int serve_edge_main(void);
/* `cusp @worker ACCOUNT STATE_DIR LANES COLO LOG WALLS`: isolates of one account, sandboxed. As `cusp @backup` a spare one
 * (cli/serve_spare.h). It opens the account's store when its first LINK comes. */
int serve_worker_main(int argc, char **argv);
/* `cusp @control`: prepares Workers. */
int serve_control_main(void);

#endif
