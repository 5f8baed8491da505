// Boards: what is where in physical memory, and the devices. A board knows memory and the
// callbacks below, nothing of guests.
#pragma once
#include "base/err.h"
#include "base/exit_code.h"
#include "base/types.h"
#include "mem/mem.h"

#define BOARD_NEVER (~0ull)

enum {
    // Interrupt lines of RV64 boards are bit numbers of mip (privileged manual, "Machine Interrupt Registers").
    BOARD_RV64_SOFTWARE = 3,
    BOARD_RV64_SUPERVISOR_TIMER = 5,
    BOARD_RV64_TIMER = 7,
    BOARD_RV64_SUPERVISOR_EXTERNAL = 9,
    BOARD_RV64_EXTERNAL = 11,
    BOARD_PRIORITY_FAST = 16, // RX: the fast interrupt; set_vector()
    BOARD_PRIORITY_NMI = 17,
};

typedef struct BoardEnv {
    void *ctx;
    uint64_t (*now)(void *ctx);                            // guest time in ns
    void (*set_irq)(void *ctx, unsigned line, bool level); // line: bit number in cpu->irq_lines
    // Boards whose interrupt controller chooses the source: the request that has priority now. Priority 0: none; 1 to
    // 15, or BOARD_PRIORITY_FAST or BOARD_PRIORITY_NMI. Call it again whenever the choice changes.
    void (*set_vector)(void *ctx, unsigned vector, unsigned priority);
    void (*end)(void *ctx, int code);              // the guest ended itself with this code
    void (*quit)(void *ctx);                       // the user at the console wants an end
    void (*complain)(void *ctx, const char *text); // a problem of the host that the guest has to live with
    // Access of devices to RAM, by physical address; false: not all of it is RAM, and nothing was copied.
    bool (*dma_read)(void *ctx, gaddr from, void *to, size_t n);
    bool (*dma_write)(void *ctx, gaddr to, const void *from, size_t n);
    uint64_t epoch_ns; // since 1970, when guest time was 0
    bool live;         // guest time is the host's: input is looked for at every poll()
    int in_fd, out_fd; // console; -1: none
    bool escape;       // the console is a terminal in raw mode: Ctrl-A x ends
} BoardEnv;

// What firmware is told, and what the device tree says beyond the devices.
typedef struct BoardBoot {
    const char *isa, *mmu;    // names of the CPU's in the device tree; mmu NULL: none
    const char *append;       // command line of the kernel; NULL: none
    gaddr initrd, initrd_end; // equal: none
    gpc firmware;             // where the CPU goes after the reset ROM
    gpc next;                 // where dynamic firmware goes; 0: it has nowhere to go
    gaddr tree;               // where the device tree lies
} BoardBoot;

typedef struct Board {
    const char *name;
    void *state;
    gpc reset_pc;                        // where the CPU starts when the ELF gives no entry
    uint64_t (*next_event)(void *state); // guest time in ns of the next thing that happens by itself, or BOARD_NEVER
    void (*poll)(void *state);           // time has passed: update lines, read the console
    uint64_t (*ticks)(void *state);      // NULL, or: the counter that the guest reads as its time
    void (*alarm)(void *state, uint64_t at); // NULL, or: the CPU's own timer line rises when ticks() is this; ~0: never
    void (*flush)(void *state);              // write out buffered console output
    int (*input_fd)(void *state); // where console input can come from now; -1: it is at its end, or some waits
    int (*console_errno)(
        void *state); // errno of the first console write that failed (output is dropped since), 0: none
    void (*irq_accepted)(void *state, unsigned vector); // NULL, or: the CPU took the request that set_vector() named
    // NULL: the board does not start firmware. The device tree, to be freed; and the reset ROM,
    // which returns where it starts.
    void *(*device_tree)(void *state, const BoardBoot *b, size_t *n, Err *err);
    gpc (*reset_rom)(void *state, const BoardBoot *b);
    void (*destroy)(void *state);
} Board;

// What the guest's network reaches: nothing but its gateway; other machines; the servers of this machine's loopback, too.
typedef enum BoardNet { BOARD_NET_NONE, BOARD_NET_ISOLATED, BOARD_NET_OUTSIDE, BOARD_NET_LOOPBACK } BoardNet;

enum { BOARD_DRIVES_MAX = 6 };
typedef struct BoardDrive {
    const char *path;
    bool readonly;
} BoardDrive;

typedef struct BoardOptions {
    uint64_t ram_size;
    gaddr htif_tohost;   // address of the ELF's `tohost`, 0: none
    gaddr htif_fromhost; // address of the ELF's `fromhost`, 0: none; only looked at when there is a tohost
    bool firmware;       // there is a reset ROM
    BoardDrive drives[BOARD_DRIVES_MAX];
    unsigned n_drives;
    bool virtio_console; // beside the UART, whose input it takes
    bool virtio_entropy; // the same bytes in every run
    BoardNet net;
} BoardOptions;

typedef struct BoardKind {
    const char *name;  // "virt"
    const char *guest; // name of the guest that it is for
    bool (*create)(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);
} BoardKind;

const BoardKind *board_for_guest(const char *guest); // boards.c
