/* `cusp profile WORKER [--seconds 5] [-o FILE]`: a CPU profile of a live Worker, from the admin listener (docs/profile.md). */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

/* argv after "profile". 0: the file is written; 1: it could not be had; 2: wrong usage. */
int profile_main(int argc, char **argv);

#endif
