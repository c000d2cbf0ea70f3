#!/bin/sh
# tools/run-fuzzer.sh NAME|all SECONDS: runs a fuzzer (fuzz/NAME.c, built in build/fuzz) over its committed corpus and on
# for SECONDS. New inputs go to a scratch folder; a crash is kept in build/fuzz/crash-* and fails the run.
set -eu
name="$1" seconds="$2"
[ "$name" != all ] || { for f in fuzz/*.c; do "$0" "$(basename "$f" .c)" "$seconds"; done; exit 0; }
program=$(find build/fuzz -name "fuzz_$name" -type f -perm -u+x | head -n 1)
[ -n "$program" ] || { echo "fuzz: no fuzzer named '$name' (see fuzz/)" >&2; exit 2; }
mkdir -p "build/fuzz/scratch/$name"
"$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="build/fuzz/crash-$name-" "build/fuzz/scratch/$name" "fuzz/corpus/$name"
