# shellcheck shell=bash disable=SC2034,SC2054
# RV64 as a Linux process: the same code, started and ended by system calls. For emulators of user mode.
CC=riscv64-unknown-elf-gcc
PACKAGE=gcc-riscv64-unknown-elf
SUFFIX=.elf
CFLAGS=(-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding)
LDFLAGS=(-nostdlib -static -T workloads/lib/rv64/link.ld -Wl,--defsym=IMAGE_BASE=0x10000 -Wl,-z,max-page-size=4096)
LIBS=(-lgcc)
RUNTIME=(lib/rv64-linux/crt0.S lib/rv64-linux/board.c)
