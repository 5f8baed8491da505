# shellcheck shell=bash disable=SC2034,SC2054
# RV64 with paging: the bare-metal programs of rv64, run in S-mode behind page tables, with timer interrupts.
SOURCE_GUEST=rv64 # whose sources and flags the manifests name
CC=riscv64-unknown-elf-gcc
PACKAGE=gcc-riscv64-unknown-elf
SUFFIX=.elf
CFLAGS=(-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding)
LDFLAGS=(-nostdlib -static -T workloads/lib/rv64/link.ld -Wl,--defsym=IMAGE_BASE=0x80000000 -Wl,-z,max-page-size=4096)
LIBS=(-lgcc)
RUNTIME=(lib/rv64-sv39/crt0.S lib/rv64-sv39/paging.c lib/rv64/board.c)
