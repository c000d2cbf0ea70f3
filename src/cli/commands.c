#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/dev.h"
#include "cli/doctor.h"
#include "cli/profile.h"
#include "cli/serve.h"
#include "cli/serve_children.h"
#include "cli/test.h"
#include "cli/top.h"

static int version_main(int argc, char **argv) {
    puts("cusp " CUSP_VERSION);
    return 0;
}

static int edge_main(int argc, char **argv) { return serve_edge_main(); }
static int control_main(int argc, char **argv) { return serve_control_main(); }
static int help_main(int argc, char **argv);

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* without the program's and the command's name */
    const char *arguments, *help;      /* help NULL: hidden */
};

static const struct command commands[] = {
    {"dev", dev_main, "[DIR|FILE] [--port 8787] [--ip 127.0.0.1] [--env NAME] [--var KEY=VALUE]",
     "serve a Worker project while you work on it"},
    {"test", test_main,
     "[FILE|DIR|JSON...] [--filter TEXT] [--tap] [--junit FILE] [--watch] [--gc] [--timeout 60]",
     "run the test handlers of Workers in the real runtime"},
    {"serve", serve_main, "--config cusp.toml", "serve many Workers, in production"},
    {"top", top_main, "[--admin http://127.0.0.1:9464] [--token-file FILE]", "watch what runs"},
    {"profile", profile_main, "WORKER [--seconds 5] [-o FILE] [--admin URL] [--token-file FILE]",
     "take a CPU profile of a live Worker, for Chrome"},
    {"doctor", doctor_main, "[--json]",
     "say whether this machine protects what it serves, and what is missing"},
    {"version", version_main, "", "print the version"},
    {"help", help_main, "", "print this"},
    {"@edge", edge_main, "", NULL},
    {"@worker", serve_worker_main, "", NULL},
    {"@backup", serve_worker_main, "", NULL},
    {"@control", control_main, "", NULL},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int print_help(FILE *out) {
    fputs("usage: cusp COMMAND ...\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].help)
            fprintf(out, "  cusp %s %s\n      %s\n", commands[i].name, commands[i].arguments,
                    commands[i].help);
    return out == stderr ? 2 : 0;
}

static int help_main(int argc, char **argv) { return print_help(stdout); }

/* The soft limit of 1024 that most systems begin with is for programs that use select(); a server needs what it may have. */
static void take_files(void) {
    enum { MOST = 1 << 20 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= MOST) return;
    files.rlim_cur = files.rlim_max < MOST ? files.rlim_max : MOST;
    setrlimit(RLIMIT_NOFILE, &files); /* up to the hard limit it is everybody's right */
}

int cli_main(int argc, char **argv) {
    if (argc < 2) return print_help(stderr);
    take_files();
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-v") == 0) name = "version";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) return commands[i].run(argc - 2, argv + 2);
    fprintf(stderr, "cusp: there is no command '%s'; `cusp help` lists them\n", name);
    return 2;
}
