/* The commands a person types, and the hidden ones that `cusp serve` starts its children with. One table (commands.c). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* Returns the exit status: 0 fine, 1 it could not be done (one message on stderr says why), 2 wrong usage. */
int cli_main(int argc, char **argv);

#endif
