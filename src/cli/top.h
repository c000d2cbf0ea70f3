/* `cusp top [--admin URL]`: what runs, in the terminal. Refreshed each second; q quits, c m r p sort by CPU, memory, requests,
 * problems, / filters. When the output is no terminal: one table, over one second, and the end. The terminal is as it was
 * afterwards, whatever ends it. */
#ifndef CLI_TOP_H
#define CLI_TOP_H

/* argv after "top". 0; 1: the admin listener does not answer; 2: wrong usage. */
int top_main(int argc, char **argv);

#endif
