// Between virt.c, which puts the board together, and virt_boot.c, which says to firmware what it is.
#pragma once
#include "board/boards.h"
#include "board/clint.h"
#include "board/htif.h"
#include "board/plic.h"
#include "board/rtc.h"
#include "board/uart.h"
#include "board/virtio_blk.h"
#include "board/virtio_console.h"
#include "board/virtio_entropy.h"
#include "board/virtio_net.h"

#define VIRT_RAM 0x80000000ull
enum { VIRT_ROM = 0x1000, VIRT_ROM_SIZE = 0xf000, VIRT_TEST = 0x100000, VIRT_TEST_SIZE = 0x1000, VIRT_RTC = 0x101000 };
enum { VIRT_CLINT = 0x2000000, VIRT_PLIC = 0xc000000, VIRT_UART = 0x10000000, VIRT_VIRTIO = 0x10001000 };
enum { VIRT_SLOTS = 8, VIRT_IRQ_VIRTIO = 1, VIRT_IRQ_UART = 10, VIRT_IRQ_RTC = 11 }; // inputs of the PLIC
enum { VIRT_TEST_PASS = 0x5555, VIRT_TEST_FAIL = 0x3333, VIRT_TEST_RESET = 0x7777 };

typedef struct Virt {
    BoardEnv env;
    Mem *mem;
    uint64_t ram_size;
    Console console, dumb; // dumb: the UART's, when the virtio console has the input
    Clint clint;
    Plic plic;
    Uart uart;
    Rtc rtc;
    Htif htif;
    Virtio slot[VIRT_SLOTS];
    VirtioBlk drive[BOARD_DRIVES_MAX];
    unsigned n_drives;
    VirtioConsole virtio_console;
    VirtioEntropy virtio_entropy;
    VirtioNet net;
    uint64_t virtio_at; // time when virtio queues may go on
    uint64_t next_look; // time of the next poll of the console
} Virt;

void *virt_device_tree(void *state, const BoardBoot *b, size_t *n, Err *err);
gpc virt_reset_rom(void *state, const BoardBoot *b);
