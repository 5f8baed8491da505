// Oracle: what board.h promises to the machine around a board. Whatever a driver does to registers and queues: a device reaches
// RAM and nothing else, a drive that is read-only stays as it was and no drive grows, lines and vectors are those that there
// are, and a reset brings every device back.
//
//   input: u8 board (bit 0: RX), then operations: u8 kind (3 bits), size (2 bits), device (3 bits); what the kind takes
#include "board/boards.h"
#include "mem/mem.h"
#include "tests/fuzz/targets.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { RAM_SIZE = 1 << 18, SECTORS = 8, SECTOR = 512, OPS_MAX = 256, SLOTS = 4 };
#define RAM      0x80000000ull
#define RX_RAM   0x01000000ull
#define VIRTIO   0x10001000ull
#define ROM_FILL 0x5a
enum {
    STATUS = 0x70,
    QUEUE_SEL = 0x30,
    QUEUE_NUM = 0x38,
    QUEUE_READY = 0x44,
    NOTIFY = 0x50,
    QUEUE_DESC = 0x80,
    QUEUE_AVAIL = 0x90,
    QUEUE_USED = 0xa0
};
enum { DRIVER = 0x20, DRIVER_SEL = 0x24 };

typedef struct Run {
    FuzzInput in;
    bool rx;
    gaddr ram;
    Mem mem;
    Board board;
    uint64_t now;
    unsigned vector, priority, ended;
    FuzzFile drive[2];
    uint8_t sectors[SECTORS * SECTOR];
    int console[2], out;
} Run;

static uint64_t now(void *ctx) { return ((Run *)ctx)->now; }
static void set_irq(void *ctx, unsigned line, bool level) {
    (void)ctx, (void)level;
    BUG_IF(line > 31, "line %u", line);
}
static void set_vector(void *ctx, unsigned vector, unsigned priority) {
    Run *r = ctx;
    BUG_IF(vector > 255 || priority > BOARD_PRIORITY_NMI, "vector %u of priority %u", vector, priority);
    r->vector = vector, r->priority = priority;
}
static void end(void *ctx, int code) {
    (void)code;
    ((Run *)ctx)->ended++;
}
static void quit(void *ctx) { ((Run *)ctx)->ended++; }
static void complain(void *ctx, const char *text) {
    (void)ctx;
    BUG_IF(!*text, "a complaint without words");
}
static bool in_ram(const Run *r, gaddr at, size_t n) {
    return at >= r->ram && at - r->ram <= RAM_SIZE && n <= RAM_SIZE - (at - r->ram);
}
static bool dma_read(void *ctx, gaddr from, void *to, size_t n) {
    return in_ram(ctx, from, n) && mem_copy_out(&((Run *)ctx)->mem, from, to, n);
}
static bool dma_write(void *ctx, gaddr to, const void *from, size_t n) {
    return in_ram(ctx, to, n) && mem_copy_in(&((Run *)ctx)->mem, to, from, n);
}

static void open_board(Run *r) {
    static const char *const guests[] = {"rv64", "rx"};
    Err err = {0};
    BoardEnv env = {.ctx = r,
                    .now = now,
                    .set_irq = set_irq,
                    .set_vector = set_vector,
                    .end = end,
                    .quit = quit,
                    .complain = complain,
                    .dma_read = dma_read,
                    .dma_write = dma_write,
                    .in_fd = r->console[0],
                    .out_fd = r->out};
    BoardOptions o = {.ram_size = RAM_SIZE, .virtio_console = true, .virtio_entropy = true, .n_drives = 2};
    for (unsigned i = 0; i < 2; i++) o.drives[i] = (BoardDrive){r->drive[i].path, i == 1};
    if (r->rx) o = (BoardOptions){.ram_size = RAM_SIZE};
    if (!r->rx) o.htif_tohost = RAM + 0x3f000, o.htif_fromhost = RAM + 0x3f008;
    mem_init(&r->mem);
    BUG_IF(!board_for_guest(guests[r->rx])->create(&r->board, &r->mem, &env, &o, &err), "%s", err.text);
}

// ---- operations
static gaddr device_at(const Run *r, unsigned device, uint64_t offset) {
    static const gaddr virt[] = {0x10000000,      0x2000000,       0xc000000,       VIRTIO,
                                 VIRTIO + 0x1000, VIRTIO + 0x2000, VIRTIO + 0x3000, 0x101000};
    static const gaddr rx[] = {0x88000, 0x88010, 0x87000, 0x87200, 0x87300, 0x88240, 0x8ff00, 0x80000};
    static const uint32_t spans[] = {8, 0x10000, 0x400000, 0x200, 0x200, 0x200, 0x200, 0x20};
    if (!r->rx && device == 2 && offset & 0x8000) offset = 0x200000 + (offset & 0x1fff); // contexts of the PLIC
    return r->rx ? rx[device] + offset % 0x100 : virt[device] + offset % spans[device];
}

static void store(Run *r, gaddr at, unsigned size, uint64_t value) { mem_store(&r->mem, at, size, true, true, value); }
static uint64_t load(Run *r, gaddr at, unsigned size) {
    uint64_t v = 0;
    mem_load(&r->mem, at, size, true, &v);
    return v;
}

// What a driver does before the first request, so that queues are reached: 16 descriptors in the page of the slot.
static void start_queue(Run *r, unsigned slot, unsigned queue) {
    const gaddr at = VIRTIO + 0x1000 * slot, page = RAM + 0x2000 * slot;
    const uint64_t parts[][2] = {{QUEUE_DESC, page}, {QUEUE_AVAIL, page + 0x400}, {QUEUE_USED, page + 0x800}};
    store(r, at + STATUS, 4, 0);
    store(r, at + STATUS, 4, 3);
    store(r, at + DRIVER_SEL, 4, 0);
    store(r, at + DRIVER, 4, queue & 2 ? 1u << 28 : 0); // indirect descriptors
    store(r, at + DRIVER_SEL, 4, 1);
    store(r, at + DRIVER, 4, 1);
    store(r, at + STATUS, 4, 11);
    store(r, at + QUEUE_SEL, 4, queue & 1);
    store(r, at + QUEUE_NUM, 4, 16);
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++) store(r, at + parts[i][0], 4, parts[i][1]);
    store(r, at + QUEUE_READY, 4, 1);
    store(r, at + STATUS, 4, 15);
}

static void descriptor(Run *r, unsigned slot) {
    const gaddr page = RAM + 0x2000 * slot;
    uint64_t number = fuzz_number(&r->in, 1), at = fuzz_number(&r->in, 2), n = fuzz_number(&r->in, 2),
             flags = fuzz_number(&r->in, 1);
    gaddr d = page + 16 * (number & 15);
    store(r, d, 8, flags & 0x80 ? at << 20 : RAM + at);
    store(r, d + 8, 4, flags & 0x40 ? n << 16 : n);
    store(r, d + 12, 2, flags & 7);
    store(r, d + 14, 2, number >> 4);
    if (!(flags & 8)) return;
    uint64_t index = load(r, page + 0x402, 2); // it is the head of a chain: offer it
    store(r, page + 0x404 + 2 * (index & 15), 2, number & 15);
    store(r, page + 0x402, 2, index + 1);
    store(r, VIRTIO + 0x1000 * slot + NOTIFY, 4, flags >> 4 & 1);
}

static void pass_time(Run *r, unsigned size) {
    r->now += fuzz_number(&r->in, 2) << 4 * size;
    r->board.poll(r->board.state);
    r->board.next_event(r->board.state);
    if (r->rx && r->priority && r->board.irq_accepted) r->board.irq_accepted(r->board.state, r->vector);
}

static void type(Run *r) {
    uint8_t byte = (uint8_t)fuzz_number(&r->in, 1);
    BUG_IF(write(r->console[1], &byte, 1) != 1, "the pipe is full");
}

static void operate(Run *r) {
    unsigned how = (unsigned)fuzz_number(&r->in, 1), size = how >> 3 & 3, device = how >> 5;
    switch (how & 7) {
    case 0: {
        gaddr at = device_at(r, device, fuzz_number(&r->in, 2));
        store(r, at, 1u << size, fuzz_number(&r->in, 1u << size));
        break;
    }
    case 1: load(r, device_at(r, device, fuzz_number(&r->in, 2)), 1u << size); break;
    case 2: {
        gaddr at = r->ram + fuzz_number(&r->in, 2) * 4 % RAM_SIZE;
        store(r, at, 1u << size, fuzz_number(&r->in, 1u << size));
        break;
    }
    case 3: pass_time(r, size + (device & 3)); break;
    case 4: type(r); break;
    case 5:
        if (!r->rx) start_queue(r, device & 3, size);
        break;
    case 6:
        if (!r->rx) descriptor(r, device & 3);
        break;
    default: { // a register of a size that drivers use, by words
        gaddr at = device_at(r, device, 4 * fuzz_number(&r->in, 1));
        store(r, at, 4, fuzz_number(&r->in, 1 + size));
    }
    }
}

// ---- after
static void check(Run *r) {
    uint8_t now_there[SECTORS * SECTOR];
    if (r->rx) return;
    BUG_IF(pread(r->drive[1].fd, now_there, sizeof now_there, 0) != (ssize_t)sizeof now_there,
           "a drive became shorter");
    BUG_IF(memcmp(now_there, r->sectors, sizeof now_there) != 0, "a drive that is read-only was written");
    BUG_IF(lseek(r->drive[0].fd, 0, SEEK_END) != (off_t)sizeof now_there, "a drive has another size");
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        store(r, VIRTIO + 0x1000 * slot + STATUS, 4, 0);
        BUG_IF(load(r, VIRTIO + 0x1000 * slot + STATUS, 4), "slot %u is not back after a reset", slot);
    }
}

void fuzz_devices(const uint8_t *data, size_t n) {
    Run *r = calloc(1, sizeof *r);
    BUG_IF(!r || pipe2(r->console, O_NONBLOCK | O_CLOEXEC), "no memory or no pipe for a board");
    r->in = (FuzzInput){data, n};
    r->out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (unsigned i = 0; i < sizeof r->sectors; i++) r->sectors[i] = (uint8_t)(i >> 9);
    for (unsigned i = 0; i < 2; i++) r->drive[i] = fuzz_file(r->sectors, sizeof r->sectors);
    r->rx = fuzz_number(&r->in, 1) & 1;
    r->ram = r->rx ? RX_RAM : RAM;
    open_board(r);
    for (unsigned i = 0; i < OPS_MAX && r->in.n; i++) operate(r);
    check(r);
    r->board.flush(r->board.state);
    r->board.destroy(r->board.state);
    mem_free(&r->mem);
    for (unsigned i = 0; i < 2; i++) fuzz_file_close(&r->drive[i]), close(r->console[i]);
    close(r->out);
    free(r);
}

bool fuzz_devices_seed(unsigned i, Bytes *out) {
    static const struct {
        const char *bytes;
        unsigned n;
    } seeds[] = {
#define SEED(text) {text, sizeof text - 1}
        // a disk: queue, three descriptors (read a sector), the head is offered; time passes
        SEED(
            "\0\x05\x06\x10\0\x40\x10\0\x01\x06\x21\0\x50\0\x02\x03\x06\x02\0\x60\x01\0\x02\x06\x10\0\x40\x10\0\x09\x03\x10\0"),
        SEED(
            "\0\x25\x26\x10\0\x40\x10\0\x01\x26\x21\0\x50\0\x02\x01\x26\x02\0\x60\x01\0\x0a\x13\x10\0"), // read-only, a write
        SEED("\0\x45\x04x\x46\x10\0\x40\x10\0\x0a\x03\x10\0\x4d\x46\x10\0\x40\x10\0\x18"), // console, both queues
        SEED("\0\x65\x66\x10\0\x40\x10\0\x0a\x75\x66\x10\0\x40\x20\0\x0c"),                // entropy; indirect
        SEED("\0\0\0\0A\0\x03\0\x80\0\0\0\x01\x01\0\0\x04q\x03\xff\xff\x01\0\0"),          // UART
        SEED("\0\x38\0\x40\x10\x27\0\0\0\0\0\0\x33\xff\xff\x10\0\0\x01\0\0\0"),            // CLINT
        SEED(
            "\0\x50\x28\0\x01\0\0\0\x50\0\x20\xff\xff\0\0\x51\x04\x80\x03\x10\0\x51\x04\xa0\x50\x04\xa0\x0a\0\0\0"), // PLIC
        SEED(
            "\x01\x40\x03\x10\x60\x03\x10\x80\x04\x05\x08\x06\0\x10\0\x08\x02\0\x40\0\x08\0\0\x01\0\x03\xff\0\x03\xff\0"), // timer
        SEED("\x01\xa0\x02\x70\xa0\x03x\xa1\x04\0\x04z\x03\xff\xff\xa1\x05\0"), // serial
#undef SEED
    };
    if (i >= ARRAY_LEN(seeds)) return false;
    bytes_add(out, seeds[i].bytes, seeds[i].n);
    return true;
}
