# shellcheck shell=bash disable=SC2034,SC2054
# RX, bare metal: the board that QEMU calls `gdbsim-r5f562n8`. RX_TOOLCHAIN is the folder that workloads/toolchain/rx-elf.sh
# made; without it build.sh copies the committed programs of PREBUILT.
CC=${RX_TOOLCHAIN:-}/bin/rx-elf-gcc
PACKAGE="(none: workloads/toolchain/rx-elf.sh builds it)"
PREBUILT=workloads/prebuilt/rx
HAVE_TOOLCHAIN=${RX_TOOLCHAIN:+yes}
SUFFIX=.elf
# -g1: functions and line numbers without variables and types; the programs are committed.
CFLAGS=(-mcpu=rx600 -mlittle-endian-data -ffreestanding -g1 -Wno-format) # uint32_t is an unsigned long here
LDFLAGS=(-nostdlib -static -T workloads/lib/rx/link.ld -Wl,-z,max-page-size=4096 -Wl,--discard-locals) # gas keeps .L labels
LIBS=(-lgcc)
RUNTIME=(lib/rx/crt0.S lib/rx/board.c)
