// A bare-metal RV64 program that drives the virtio disk of the board "virt" (virtio-mmio version 2, one queue), prints
// what it answers and ends with code 42. disk.test.sh runs it here and under QEMU.
#include "guest.h"

enum { SLOTS = 8, QUEUE = 8, SECTOR = 512 };
enum { MAGIC = 0, VERSION = 1, DEVICE = 2, FEATURES = 4, FEATURES_SEL = 5, DRIVER = 8, DRIVER_SEL = 9, QUEUE_SEL = 12 };
enum { NUM_MAX = 13, NUM = 14, READY = 17, NOTIFY = 20, INTERRUPTS = 24, ACK = 25, STATUS = 28, DESC = 32 };
enum { AVAIL = 36, USED = 40, CONFIG = 64 };
enum { NEXT = 1, WRITE = 2 };
enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, NONSENSE = 77 };

typedef struct Descriptor {
    u64 at;
    u32 n;
    u16 flags, next;
} Descriptor;

static volatile struct __attribute__((aligned(4096))) {
    Descriptor desc[QUEUE];
    struct {
        u16 flags, index, ring[QUEUE];
    } avail;
    struct __attribute__((aligned(4))) {
        u16 flags, index;
        struct {
            u32 id, n;
        } ring[QUEUE];
    } used;
} q;
static struct {
    u32 type, reserved;
    u64 sector;
} header;
static volatile u8 data[4 * SECTOR] __attribute__((aligned(4))), status;
static volatile u32 *slot;
static u32 source;

#define PRIORITY(n) PLIC[n]
#define ENABLE      PLIC[0x2000 / 4]
#define CLAIM       PLIC[0x200004 / 4]

static u64 sum(u64 n) {
    u64 s = 0;
    for (u64 i = 0; i < n; i++) s = s * 31 + data[i];
    return s & 0xffffffff;
}

static void find(void) {
    u64 v[8];
    unsigned disks = 0, empty = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        volatile u32 *s = (volatile u32 *)(0x10001000ul + 0x1000ul * i);
        if (s[DEVICE] == 2) slot = s, source = i + 1, disks++;
        empty += !s[DEVICE];
    }
    v[0] = disks, v[1] = empty, v[2] = slot[MAGIC], v[3] = slot[VERSION];
    show("slots", v, 4);
}

static void set_address(unsigned reg, const volatile void *at) {
    slot[reg] = (u32)(u64)at;
    slot[reg + 1] = (u32)((u64)at >> 32);
}

static void start(void) {
    u64 v[12];
    slot[STATUS] = 0, v[0] = slot[STATUS];
    slot[STATUS] = 1, slot[STATUS] = 3;
    slot[FEATURES_SEL] = 1, v[1] = slot[FEATURES] & 1; // VERSION_1
    slot[FEATURES_SEL] = 0, v[2] = slot[FEATURES] & (1 << 2 | 1 << 5 | 1 << 6 | 1 << 9);
    v[3] = slot[INTERRUPTS];
    slot[DRIVER_SEL] = 0, slot[DRIVER] = 1 << 9;
    slot[DRIVER_SEL] = 1, slot[DRIVER] = 1;
    slot[STATUS] = 11, v[4] = slot[STATUS];
    slot[QUEUE_SEL] = 0, v[5] = slot[NUM_MAX] >= QUEUE, v[6] = slot[READY];
    slot[NUM] = QUEUE;
    set_address(DESC, q.desc), set_address(AVAIL, &q.avail), set_address(USED, &q.used);
    slot[READY] = 1, v[7] = slot[READY];
    slot[STATUS] = 15, v[8] = slot[STATUS];
    v[9] = slot[CONFIG], v[10] = slot[CONFIG + 1], v[11] = slot[CONFIG + 5]; // capacity, size of blocks
    show("start", v, 12);
    PRIORITY(source) = 1;
    ENABLE = 1u << source;
    PRIORITY(source) = 1;
}

static void add(unsigned i, const volatile void *at, u32 n, u16 flags) {
    q.desc[i] = (Descriptor){(u64)at, n, flags, (u16)(i + 1)};
}

static void submit(const char *name, u32 type, u64 sector) {
    u64 v[8];
    header.type = type, header.sector = sector;
    status = 0xff;
    u16 index = q.avail.index;
    q.avail.ring[index % QUEUE] = 0;
    __asm__ volatile("fence" ::: "memory");
    q.avail.index = (u16)(index + 1);
    __asm__ volatile("fence" ::: "memory");
    slot[NOTIFY] = 0;
    while (!(CSR_READ(mip) & 1 << 11)) {
    }
    u32 claimed = CLAIM;
    v[0] = status, v[1] = (u16)(q.used.index - index);
    v[2] = q.used.ring[index % QUEUE].id, v[3] = status ? 0 : q.used.ring[index % QUEUE].n;
    v[4] = claimed == source, v[5] = slot[INTERRUPTS];
    slot[ACK] = slot[INTERRUPTS], v[6] = slot[INTERRUPTS];
    CLAIM = claimed;
    v[7] = sum(sizeof data);
    show(name, v, 8);
}

// Header, data in one piece, status.
static void request(const char *name, u32 type, u64 sector, u32 n) {
    add(0, &header, sizeof header, NEXT);
    add(1, data, n, type == OUT ? NEXT : NEXT | WRITE);
    add(2, &status, 1, WRITE);
    submit(name, type, sector);
}

static void requests(void) {
    request("read", IN, 0, SECTOR);
    request("read 3", IN, 1, 3 * SECTOR);
    for (unsigned i = 0; i < sizeof data; i++) data[i] = (u8)(i * 7);
    request("write", OUT, 5, 2 * SECTOR);
    request("read back", IN, 4, 4 * SECTOR);
    request("last sector", IN, 15, SECTOR);
    request("beyond the end", IN, 15, 2 * SECTOR);
    request("far beyond", IN, ~0ul, SECTOR);
    request("no whole sector", IN, 0, 100);
    request("beyond the end, write", OUT, 16, SECTOR);
    request("nonsense", NONSENSE, 0, SECTOR);
    for (unsigned i = 0; i < sizeof data; i++) data[i] = 0;
    request("id", GET_ID, 0, 20);
    add(0, &header, sizeof header, NEXT);
    add(1, &status, 1, WRITE);
    submit("flush", FLUSH, 0);
    add(0, &header, sizeof header, NEXT); // three pieces that are no sectors
    add(1, data + 1000, 100, NEXT | WRITE);
    add(2, data, 900, NEXT | WRITE);
    add(3, data + 1200, 24, NEXT | WRITE);
    add(4, &status, 1, WRITE);
    submit("pieces", IN, 0);
    q.avail.flags = 1; // no interrupt
    q.avail.ring[q.avail.index % QUEUE] = 0;
    u16 before = q.used.index;
    q.avail.index++;
    slot[NOTIFY] = 0;
    while (q.used.index == before) {
    }
    u64 v[2] = {slot[INTERRUPTS], CSR_READ(mip) & 1 << 11};
    q.avail.flags = 0;
    show("silent", v, 2);
}

// Sectors 7 and 8 hold functions: what the disk writes over code that runs already must be seen.
static void code(void) {
    u64 v[4];
    for (unsigned i = 0; i < 4; i++) {
        request("code", IN, 7 + i % 2, SECTOR);
        __asm__ volatile("fence.i" ::: "memory");
        v[i] = 0;
        for (unsigned n = 0; n < 1000; n++) v[i] += ((u64(*)(void))data)();
    }
    show("code returns", v, 4);
}

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    find();
    start();
    requests();
    code();
    end(42);
}
