/* `cusp serve --config cusp.toml`: the production shape. This is the parent: it binds the sockets and keeps the others alive;
 * it runs no user code, parses nothing that comes from the network, and holds no data.
 *
 *     parent -+- edge       all network in and out                 (cli/serve_edge.c)
 *             +- control    prepares Workers at their first request (cli/serve_control.c)
 *             +- worker ... one for each account that is in use, sandboxed (cli/serve_worker.c)
 *
 * SIGHUP reads the configuration again (a bad one is refused, the old one stays). SIGTERM and SIGINT drain; a second one stops
 * at once, a third one kills. A child that dies is started again, the listening sockets stay open meanwhile; one that keeps dying
 * is started later and later (RESPAWN_*). */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

/* argv after "serve". Returns the exit status: 0 after a drain, 1 when it could not start, 2 wrong usage. */
int serve_main(int argc, char **argv);

#endif
