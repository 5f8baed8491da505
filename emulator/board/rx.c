// The board "rx": the memory map of QEMU's machine gdbsim-r5f562n8, as far as programs need it, and a way to end.
//
//   0x00000000 on-chip RAM, 96 KiB     0x00087000 ICU       0x00100000 data flash, 32 KiB, read-only
//   0x00080000 peripheral I/O          0x00088000 CMT0, 1   0x01000000 external RAM
//     (what has no device there        0x00088010 CMT2, 3   0xfff80000 code flash, 512 KiB, read-only, with the fixed
//     reads 0 and ignores writes)      0x00088240 SCI0                 vector table in its last 128 bytes
//                                      0x0008ff00 end register
//
// End register: a 32-bit write of 0x5555 ends the machine with exit code 0, CODE << 16 | 0x3333 with CODE. QEMU has
// nothing at that address and drops the write. The CPU starts at the ELF's entry, as with QEMU's loader; a program
// whose reset vector says something else is started at the entry all the same. An access outside of all this is an
// access exception; QEMU reads 0 and ignores writes.
#include "base/alloc.h"
#include "board/boards.h"
#include "board/rx_cmt.h"
#include "board/rx_icu.h"
#include "board/rx_sci.h"
#include <stdlib.h>

enum { IO_BASE = 0x80000, IO_SIZE = 0x80000, END_BASE = 0x8ff00, END_SIZE = 4, END_PASS = 0x5555, END_FAIL = 0x3333 };
enum { ICU_BASE = 0x87000, CMT_BASE = 0x88000, CMT_UNITS = 2, SCI_BASE = 0x88240 };
enum { CHIP_RAM_SIZE = 96 << 10, DATA_FLASH_BASE = 0x100000, DATA_FLASH_SIZE = 32 << 10, FLASH_SIZE = 512 << 10 };
#define RAM_BASE       0x01000000ull
#define RAM_MAX        (0x80000000ull - RAM_BASE)
#define FLASH_BASE     0xfff80000ull
#define CONSOLE_PERIOD 10000000ull // ns of guest time between two looks at the console, until its end

typedef struct Rx Rx;

// A device inside the I/O area.
typedef struct Part {
    uint64_t base, size; // base from IO_BASE on
    void *state;
    uint64_t (*read)(void *state, uint64_t offset, unsigned size);
    void (*write)(void *state, uint64_t offset, unsigned size, uint64_t value);
} Part;

struct Rx {
    BoardEnv env;
    Console console;
    RxIcu icu;
    RxCmt cmt[CMT_UNITS];
    RxSci sci;
    Part parts[8];
    unsigned n_parts;
    uint64_t next_look; // time of the next poll of the console
};

static void add_part(Rx *rx, gaddr base, Part p) {
    p.base = base - IO_BASE;
    rx->parts[rx->n_parts++] = p;
}

// The part that holds all bytes of the access.
static const Part *part_at(const Rx *rx, uint64_t offset, unsigned size) {
    for (unsigned i = 0; i < rx->n_parts; i++) {
        const Part *p = &rx->parts[i];
        if (offset >= p->base && offset - p->base + size <= p->size) return p;
    }
    return NULL;
}

// The timers up to now: a match since the last poll then shows in the registers of the interrupt controller.
static void catch_up(Rx *rx) {
    for (unsigned i = 0; i < CMT_UNITS; i++) rx_cmt_update(&rx->cmt[i]);
}

static uint64_t io_read(void *state, uint64_t offset, unsigned size) {
    const Part *p = part_at(state, offset, size);
    catch_up(state);
    return p && p->read ? p->read(p->state, offset - p->base, size) : 0;
}

static void io_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    const Part *p = part_at(state, offset, size);
    catch_up(state);
    if (p) p->write(p->state, offset - p->base, size, value);
}

static void end_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    const Rx *rx = state;
    if (offset || size != 4) return;
    switch (value & 0xffff) {
    case END_PASS: rx->env.end(rx->env.ctx, 0); break;
    case END_FAIL: rx->env.end(rx->env.ctx, (int)(value >> 16)); break;
    default: break;
    }
}

static uint64_t rx_next_event(void *state) {
    const Rx *rx = state;
    uint64_t next = rx->console.in_fd < 0 ? BOARD_NEVER : rx->next_look;
    for (unsigned i = 0; i < CMT_UNITS; i++) {
        uint64_t at = rx_cmt_next_event(&rx->cmt[i]);
        if (at < next) next = at;
    }
    return next;
}

static void rx_poll(void *state) {
    Rx *rx = state;
    uint64_t now = rx->env.now(rx->env.ctx);
    catch_up(rx);
    if (now >= rx->next_look || rx->env.live) {
        console_flush(&rx->console);
        console_poll(&rx->console);
        rx->next_look = now - now % CONSOLE_PERIOD + CONSOLE_PERIOD;
    }
    rx_sci_update(&rx->sci);
}

static void rx_flush(void *state) { console_flush(&((Rx *)state)->console); }
static int rx_input_fd(void *state) { return console_input_fd(&((Rx *)state)->console); }
static int rx_console_errno(void *state) { return ((Rx *)state)->console.error; }
static void rx_irq_accepted(void *state, unsigned vector) { rx_icu_accepted(&((Rx *)state)->icu, vector); }
static void rx_destroy(void *state) {
    rx_flush(state);
    free(state);
}

static void make_parts(Rx *rx) {
    console_init(&rx->console, rx->env.in_fd, rx->env.out_fd);
    rx_icu_init(&rx->icu, &rx->env);
    add_part(rx, ICU_BASE, (Part){.size = RX_ICU_SIZE, .state = &rx->icu, .read = rx_icu_read, .write = rx_icu_write});
    for (unsigned i = 0; i < CMT_UNITS; i++) {
        rx_cmt_init(&rx->cmt[i], &rx->env, &rx->icu, RX_VECTOR_CMI0 + RX_CMT_CHANNELS * i);
        add_part(rx, CMT_BASE + RX_CMT_SIZE * i,
                 (Part){.size = RX_CMT_SIZE, .state = &rx->cmt[i], .read = rx_cmt_read, .write = rx_cmt_write});
    }
    rx_sci_init(&rx->sci, &rx->console, &rx->icu, RX_VECTOR_ERI0);
    add_part(rx, SCI_BASE, (Part){.size = RX_SCI_SIZE, .state = &rx->sci, .read = rx_sci_read, .write = rx_sci_write});
    add_part(rx, END_BASE, (Part){.size = END_SIZE, .state = rx, .write = end_write});
}

static bool add_memory(Rx *rx, Mem *mem, const BoardOptions *o, Err *err) {
    MemDevice io = {"peripheral I/O", rx, io_read, io_write};
    if (o->ram_size > RAM_MAX)
        return err_set(err, "%llu MiB of RAM are too much: an RX board has room for %llu",
                       (unsigned long long)(o->ram_size >> 20), (unsigned long long)(RAM_MAX >> 20));
    return mem_add_ram(mem, "external RAM", RAM_BASE, o->ram_size, true, err) &&
           mem_add_ram(mem, "on-chip RAM", 0, CHIP_RAM_SIZE, true, err) &&
           mem_add_ram(mem, "data flash", DATA_FLASH_BASE, DATA_FLASH_SIZE, false, err) &&
           mem_add_ram(mem, "code flash", FLASH_BASE, FLASH_SIZE, false, err) &&
           mem_add_device(mem, IO_BASE, IO_SIZE, io, err);
}

bool rx_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err) {
    if (o->n_drives || o->virtio_console || o->virtio_entropy || o->net)
        return err_set(err, "the board rx has no disks and no virtio: leave out --drive, --virtio and --net");
    Rx *rx = alloc_zeroed(1, sizeof *rx);
    rx->env = *env;
    make_parts(rx);
    if (!add_memory(rx, mem, o, err)) {
        free(rx);
        return false;
    }
    *b = (Board){.name = "rx",
                 .state = rx,
                 .reset_pc = FLASH_BASE,
                 .next_event = rx_next_event,
                 .poll = rx_poll,
                 .flush = rx_flush,
                 .input_fd = rx_input_fd,
                 .console_errno = rx_console_errno,
                 .irq_accepted = rx_irq_accepted,
                 .destroy = rx_destroy};
    return true;
}
