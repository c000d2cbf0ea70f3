/* `cusp dev [DIR|FILE]`: the same rooms in one process over an in-memory link: same messages, no sandbox. Prepares the project
 * (control/prepare.h), serves it, prepares again whenever a file changes; the port stays open all the time. */
#ifndef CLI_DEV_H
#define CLI_DEV_H

/* argv after "dev". Exit status: 0 stopped by a signal, 1 could not start, 2 wrong usage. */
int dev_main(int argc, char **argv);

#endif
