#!/bin/sh
# usage: tools/syscall-names.sh CC...   The system calls that the compiler's headers know, as rows {SYS_read, "read"}, on stdout.
set -e
echo '#include <sys/syscall.h>' | "$@" -E -dM - | sed -n 's/^#define SYS_\([a-z0-9_]*\) .*/{SYS_\1, "\1"},/p'
