# shellcheck shell=bash disable=SC2034,SC2054
# RV64, bare metal: the board that QEMU calls `virt`, M-mode.
CC=riscv64-unknown-elf-gcc
PACKAGE=gcc-riscv64-unknown-elf
SUFFIX=.elf
CFLAGS=(-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding)
LDFLAGS=(-nostdlib -static -T workloads/lib/rv64/link.ld -Wl,--defsym=IMAGE_BASE=0x80000000 -Wl,-z,max-page-size=4096)
LIBS=(-lgcc)
RUNTIME=(lib/rv64/crt0.S lib/rv64/board.c)
