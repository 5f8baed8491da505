#!/usr/bin/env bash
# Builds a program for --user: build.sh RESULT SOURCE [COMPILER OPTIONS...]. C, picolibc, no C library of Linux.
# LINK: another link script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
result=$1 source=$2
shift 2
riscv64-unknown-elf-gcc --specs=picolibc.specs -march=rv64imac -mabi=lp64 -mcmodel=medany -nostartfiles -static \
    -I "$here" -T "${LINK:-$here/../../../workloads/lib/rv64/link.ld}" -Wl,--defsym=IMAGE_BASE=0x10000,-z,max-page-size=4096 \
    "$@" -o "$result" "$here/start.S" "$here/program.c" "$source"
