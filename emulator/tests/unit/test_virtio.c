// Oracle: "Virtual I/O Device (VIRTIO) Version 1.1" - what devices must answer to what a driver does, right or wrong -
// and, for random queues, an invariant: nothing but RAM is touched, and a reset always brings the device back.
#include "board/board.h"
#include "mem/mem.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
// cmocka needs setjmp.h, stdarg.h, stddef.h and stdint.h
#include <cmocka.h>

#define RAM      0x80000000ull
#define RAM_SIZE (1ull << 20)
enum { SLOT = 0x10001000, SLOT_SIZE = 0x1000, PLIC_PENDING = 0xc001000 };
enum { MAGIC = 0, VERSION = 4, ID = 8, FEATURES = 0x10, FEATURES_SEL = 0x14, DRIVER = 0x20, DRIVER_SEL = 0x24 };
enum { QUEUE_SEL = 0x30, NUM_MAX = 0x34, NUM = 0x38, READY = 0x44, NOTIFY = 0x50, INTERRUPTS = 0x60, ACK = 0x64 };
enum { STATUS = 0x70, DESC = 0x80, AVAIL = 0x90, USED = 0xa0, CONFIG = 0x100 };
enum { NEEDS_RESET = 64, RUNNING = 15 };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };
enum { SECTORS = 16, SECTOR = 512, SIZE = 8 };
enum { DISK = 0, CONSOLE = 1, ENTROPY = 2, NET = 3, EMPTY = 4 }; // slots
// Where the tests put things.
enum {
    AT_DESC = 0x1000,
    AT_AVAIL = 0x2000,
    AT_USED = 0x3000,
    AT_HEADER = 0x4000,
    AT_DATA = 0x5000,
    AT_STATUS = 0x9000
};

typedef struct Fixture {
    Mem mem;
    Board board;
    BoardEnv env;
    Err err;
    uint64_t now;
    unsigned complaints;
    char complaint[600];
    int in[2], out[2];
    char path[64];
} Fixture;

static uint64_t now(void *ctx) { return ((Fixture *)ctx)->now; }
static void set_irq(void *ctx, unsigned line, bool level) { (void)ctx, (void)line, (void)level; }
static void complain(void *ctx, const char *text) {
    Fixture *f = ctx;
    f->complaints++;
    snprintf(f->complaint, sizeof f->complaint, "%s", text);
}
static bool in_ram(gaddr at, size_t n) { return at >= RAM && at - RAM <= RAM_SIZE && n <= RAM_SIZE - (at - RAM); }
static bool dma_read(void *ctx, gaddr from, void *to, size_t n) {
    return in_ram(from, n) && mem_copy_out(&((Fixture *)ctx)->mem, from, to, n);
}
static bool dma_write(void *ctx, gaddr to, const void *from, size_t n) {
    return in_ram(to, n) && mem_copy_in(&((Fixture *)ctx)->mem, to, from, n);
}

static void make_disk(Fixture *f) {
    uint8_t sector[SECTOR];
    strcpy(f->path, "/tmp/test_virtio.XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    for (unsigned i = 0; i < SECTORS; i++) {
        memset(sector, (int)i + 1, sizeof sector);
        assert_int_equal(write(fd, sector, sizeof sector), SECTOR);
    }
    close(fd);
}

static int setup(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    *state = f;
    make_disk(f);
    BoardOptions o = {
        .ram_size = RAM_SIZE, .n_drives = 1, .virtio_console = true, .virtio_entropy = true, .net = BOARD_NET_ISOLATED};
    o.drives[0].path = f->path;
    if (pipe(f->in) || pipe(f->out) || fcntl(f->out[0], F_SETFL, O_NONBLOCK)) return 1;
    f->env = (BoardEnv){.ctx = f,
                        .now = now,
                        .set_irq = set_irq,
                        .complain = complain,
                        .dma_read = dma_read,
                        .dma_write = dma_write,
                        .in_fd = f->in[0],
                        .out_fd = f->out[1]};
    mem_init(&f->mem);
    return !board_for_guest("rv64")->create(&f->board, &f->mem, &f->env, &o, &f->err);
}

static int teardown(void **state) {
    Fixture *f = *state;
    f->board.destroy(f->board.state);
    mem_free(&f->mem);
    for (unsigned i = 0; i < 2; i++) close(f->in[i]), close(f->out[i]);
    unlink(f->path);
    free(f);
    return 0;
}

// ---- a driver -----------------------------------------------------------------------------------------------------
static void reg(Fixture *f, unsigned slot, unsigned at, uint32_t v) {
    assert_int_equal(mem_store(&f->mem, SLOT + slot * SLOT_SIZE + at, 4, true, true, v), MEM_OK);
}
static uint32_t get(Fixture *f, unsigned slot, unsigned at) {
    uint64_t v = 0;
    assert_int_equal(mem_load(&f->mem, SLOT + slot * SLOT_SIZE + at, 4, true, &v), MEM_OK);
    return (uint32_t)v;
}
static void poke(Fixture *f, unsigned at, unsigned size, uint64_t v) {
    assert_int_equal(mem_store(&f->mem, RAM + at, size, false, true, v), MEM_OK);
}
static uint64_t peek(Fixture *f, unsigned at, unsigned size) {
    uint64_t v = 0;
    assert_int_equal(mem_load(&f->mem, RAM + at, size, false, &v), MEM_OK);
    return v;
}

static void set_queue(Fixture *f, unsigned slot, unsigned queue, uint32_t n, gaddr desc, gaddr avail, gaddr used) {
    const gaddr parts[] = {desc, avail, used};
    reg(f, slot, QUEUE_SEL, queue);
    reg(f, slot, NUM, n);
    for (unsigned i = 0; i < 3; i++) {
        reg(f, slot, DESC + 16 * i, (uint32_t)parts[i]);
        reg(f, slot, DESC + 16 * i + 4, (uint32_t)(parts[i] >> 32));
    }
    reg(f, slot, READY, 1);
}

static void negotiate(Fixture *f, unsigned slot) {
    reg(f, slot, STATUS, 0);
    reg(f, slot, STATUS, 3);
    reg(f, slot, DRIVER_SEL, 1);
    reg(f, slot, DRIVER, 1);
    reg(f, slot, STATUS, 11);
    assert_int_equal(get(f, slot, STATUS), 11);
}

static void start(Fixture *f, unsigned slot, unsigned queue) {
    poke(f, AT_AVAIL, 4, 0);
    poke(f, AT_USED, 4, 0);
    negotiate(f, slot);
    set_queue(f, slot, queue, SIZE, RAM + AT_DESC, RAM + AT_AVAIL, RAM + AT_USED);
    reg(f, slot, STATUS, RUNNING);
    assert_int_equal(get(f, slot, STATUS), RUNNING);
}

static void desc(Fixture *f, unsigned i, gaddr at, uint32_t n, unsigned flags, unsigned next) {
    poke(f, AT_DESC + 16 * i, 8, at);
    poke(f, AT_DESC + 16 * i + 8, 4, n);
    poke(f, AT_DESC + 16 * i + 12, 2, flags);
    poke(f, AT_DESC + 16 * i + 14, 2, next);
}

static void offer(Fixture *f, unsigned slot, unsigned queue, unsigned head) {
    uint64_t index = peek(f, AT_AVAIL + 2, 2);
    poke(f, AT_AVAIL + 4 + 2 * (index % SIZE), 2, head);
    poke(f, AT_AVAIL + 2, 2, index + 1);
    reg(f, slot, NOTIFY, queue);
}

// A request to the disk in descriptors 0 to 2; returns its status.
static unsigned request(Fixture *f, uint32_t type, uint64_t sector, uint32_t n, bool in) {
    poke(f, AT_HEADER, 8, type);
    poke(f, AT_HEADER + 8, 8, sector);
    poke(f, AT_STATUS, 1, 0xff);
    desc(f, 0, RAM + AT_HEADER, 16, NEXT, 1);
    desc(f, 1, RAM + AT_DATA, n, in ? NEXT | WRITE : NEXT, 2);
    desc(f, 2, RAM + AT_STATUS, 1, WRITE, 0);
    offer(f, DISK, 0, 0);
    return (unsigned)peek(f, AT_STATUS, 1);
}

// The device has seen something impossible: it says so, stands still, and works again after a reset.
static void expect_broken(Fixture *f) {
    uint64_t used = peek(f, AT_USED + 2, 2);
    assert_int_equal(get(f, DISK, STATUS), RUNNING | NEEDS_RESET);
    assert_int_equal(get(f, DISK, INTERRUPTS) & 2, 2); // "configuration change"
    assert_int_equal(request(f, 0, 0, SECTOR, true), 0xff);
    assert_int_equal(peek(f, AT_USED + 2, 2), used);
    start(f, DISK, 0);
    assert_int_equal(get(f, DISK, INTERRUPTS), 0);
    assert_int_equal(request(f, 0, 2, SECTOR, true), 0);
    assert_int_equal(peek(f, AT_DATA, 1), 3);
    start(f, DISK, 0);
}

// ---- registers ----------------------------------------------------------------------------------------------------
static void slots_say_what_they_hold(void **state) {
    Fixture *f = *state;
    const uint32_t ids[] = {2, 3, 4, 1, 0, 0, 0, 0}, queues[] = {1, 2, 1, 2, 0, 0, 0, 0};
    for (unsigned s = 0; s < 8; s++) {
        assert_int_equal(get(f, s, MAGIC), 0x74726976);
        assert_int_equal(get(f, s, VERSION), 2);
        assert_int_equal(get(f, s, ID), ids[s]);
        for (unsigned q = 0; q < 4; q++) {
            reg(f, s, QUEUE_SEL, q);
            assert_int_equal(get(f, s, NUM_MAX), q < queues[s] ? 256 : 0);
        }
    }
    reg(f, EMPTY, STATUS, 1);
    assert_int_equal(get(f, EMPTY, STATUS), 0);
    assert_int_equal(get(f, DISK, CONFIG), SECTORS);
    assert_int_equal(get(f, DISK, CONFIG + 4), 0);
    uint64_t v = 0;
    assert_int_equal(mem_load(&f->mem, SLOT + CONFIG, 8, true, &v), MEM_OK);
    assert_int_equal(v, SECTORS);
    assert_int_equal(mem_load(&f->mem, SLOT + 0xff8, 8, true, &v), MEM_OK); // behind the configuration
    assert_int_equal(v, 0);
}

static void features_must_be_understood(void **state) {
    Fixture *f = *state;
    reg(f, DISK, FEATURES_SEL, 1);
    assert_int_equal(get(f, DISK, FEATURES), 1); // VERSION_1
    reg(f, DISK, STATUS, 3);
    reg(f, DISK, STATUS, 11);
    assert_int_equal(get(f, DISK, STATUS), 3); // nothing was accepted
    reg(f, DISK, DRIVER_SEL, 1), reg(f, DISK, DRIVER, 1);
    reg(f, DISK, DRIVER_SEL, 0), reg(f, DISK, DRIVER, 1u << 13); // discard is not offered
    reg(f, DISK, STATUS, 11);
    assert_int_equal(get(f, DISK, STATUS), 3);
    reg(f, DISK, DRIVER, 1u << 9);
    reg(f, DISK, STATUS, 11);
    assert_int_equal(get(f, DISK, STATUS), 11);
    reg(f, DISK, STATUS, 0);
    assert_int_equal(get(f, DISK, STATUS), 0);
}

static void a_device_waits_for_its_driver(void **state) {
    Fixture *f = *state;
    poke(f, AT_AVAIL, 4, 0), poke(f, AT_USED, 4, 0);
    negotiate(f, DISK);
    set_queue(f, DISK, 0, SIZE, RAM + AT_DESC, RAM + AT_AVAIL, RAM + AT_USED);
    assert_int_equal(request(f, 0, 7, SECTOR, true), 0xff);
    reg(f, DISK, STATUS, RUNNING); // what was made available before is done now
    assert_int_equal(peek(f, AT_STATUS, 1), 0);
    assert_int_equal(peek(f, AT_DATA + 511, 1), 8);
    assert_int_equal(get(f, DISK, INTERRUPTS), 1);
    uint64_t pending = 0;
    assert_int_equal(mem_load(&f->mem, PLIC_PENDING, 4, true, &pending), MEM_OK);
    assert_int_equal(pending, 1 << 1);
    reg(f, DISK, ACK, 1);
    assert_int_equal(get(f, DISK, INTERRUPTS), 0);
}

static void impossible_queues_are_refused(void **state) {
    Fixture *f = *state;
    const struct {
        uint32_t n;
        gaddr desc, avail, used;
    } wrong[] = {
        {0, RAM, RAM + AT_AVAIL, RAM + AT_USED},        {7, RAM, RAM + AT_AVAIL, RAM + AT_USED},
        {512, RAM, RAM + AT_AVAIL, RAM + AT_USED},      {~0u, RAM, RAM + AT_AVAIL, RAM + AT_USED},
        {SIZE, RAM + 8, RAM + AT_AVAIL, RAM + AT_USED}, {SIZE, RAM, RAM + AT_AVAIL + 1, RAM + AT_USED},
        {SIZE, RAM, RAM + AT_AVAIL, RAM + AT_USED + 2},
    };
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        negotiate(f, DISK);
        set_queue(f, DISK, 0, wrong[i].n, wrong[i].desc, wrong[i].avail, wrong[i].used);
        assert_int_equal(get(f, DISK, STATUS) & NEEDS_RESET, NEEDS_RESET);
        reg(f, DISK, STATUS, RUNNING);
        reg(f, DISK, NOTIFY, 0);
        reg(f, DISK, NOTIFY, 1);
        reg(f, DISK, NOTIFY, ~0u);
    }
    const gaddr nowhere[] = {0, 0x1000, SLOT, RAM - 16, RAM + RAM_SIZE, ~0ull << 12, RAM + RAM_SIZE - 16};
    for (unsigned i = 0; i < ARRAY_LEN(nowhere); i++)
        for (unsigned part = 0; part < 3; part++) {
            gaddr at[3] = {RAM + AT_DESC, RAM + AT_AVAIL, RAM + AT_USED};
            at[part] = nowhere[i];
            poke(f, AT_AVAIL, 4, 0);
            desc(f, SIZE - 1, RAM + AT_STATUS, 1, WRITE, 0);
            negotiate(f, DISK);
            set_queue(f, DISK, 0, SIZE, at[0], at[1], at[2]);
            reg(f, DISK, STATUS, RUNNING);
            offer(f, DISK, 0, SIZE - 1);
            if (at[1] == RAM + AT_AVAIL) assert_int_equal(get(f, DISK, STATUS) & NEEDS_RESET, NEEDS_RESET);
        }
}

// ---- disk ---------------------------------------------------------------------------------------------------------
static void a_disk_reads_and_writes_sectors(void **state) {
    Fixture *f = *state;
    start(f, DISK, 0);
    assert_int_equal(request(f, 0, 14, 2 * SECTOR, true), 0);
    assert_int_equal(peek(f, AT_DATA, 1), 15);
    assert_int_equal(peek(f, AT_DATA + SECTOR, 1), 16);
    assert_int_equal(peek(f, AT_USED + 2, 2), 1);
    assert_int_equal(peek(f, AT_USED + 4, 8), (2 * SECTOR + 1ull) << 32); // written, head
    assert_int_equal(request(f, 0, 14, 3 * SECTOR, true), 1);
    assert_int_equal(request(f, 0, 1ull << 55, SECTOR, true), 1);
    assert_int_equal(request(f, 1, ~0ull, SECTOR, false), 1);
    poke(f, AT_DATA, 8, 0x1122334455667788);
    assert_int_equal(request(f, 1, 3, SECTOR, false), 0);
    uint64_t word = 0;
    int fd = open(f->path, O_RDONLY);
    assert_int_equal(pread(fd, &word, sizeof word, 3l * SECTOR), sizeof word);
    close(fd);
    assert_true(word == 0x1122334455667788);
    assert_int_equal(request(f, 4, 0, 0, false), 0);
    assert_int_equal(request(f, 99, 0, 0, false), 2);                                                   // unsupported
    for (unsigned i = 0; i < 70000; i++) assert_int_equal(request(f, 0, i % SECTORS, SECTOR, true), 0); // indices wrap
    assert_int_equal(get(f, DISK, STATUS), RUNNING);
    assert_int_equal(f->complaints, 0);
}

static void impossible_chains_break_the_device(void **state) {
    Fixture *f = *state;
    start(f, DISK, 0);
    offer(f, DISK, 0, SIZE); // no such descriptor
    expect_broken(f);
    desc(f, 0, RAM + AT_HEADER, 16, NEXT, 0); // a loop
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_HEADER, 16, NEXT, 1), desc(f, 1, RAM + AT_DATA, 512, NEXT | WRITE, 0xffff); // and out
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_HEADER, 16, INDIRECT, 0); // was not accepted
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_DATA, 512, NEXT | WRITE, 1), desc(f, 1, RAM + AT_HEADER, 16, 0, 0); // out of order
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_HEADER, 16, 0, 0); // nowhere to put a status
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_STATUS, 1, WRITE, 0); // no header
    offer(f, DISK, 0, 0);
    expect_broken(f);
    desc(f, 0, RAM + AT_HEADER, 8, NEXT, 1), desc(f, 1, RAM + AT_STATUS, 1, WRITE, 0); // half a header
    offer(f, DISK, 0, 0);
    expect_broken(f);
    poke(f, AT_AVAIL + 2, 2, SIZE + 1); // more than there is room for
    reg(f, DISK, NOTIFY, 0);
    expect_broken(f);
    const gaddr outside[] = {0, SLOT, 0xc000000, RAM - 256, RAM + RAM_SIZE - 256, RAM + RAM_SIZE, ~0ull - 255};
    for (unsigned i = 0; i < 2 * ARRAY_LEN(outside); i++) {
        bool in = i & 1;
        poke(f, AT_HEADER, 8, !in), poke(f, AT_HEADER + 8, 8, 0);
        desc(f, 0, RAM + AT_HEADER, 16, NEXT, 1);
        desc(f, 1, outside[i / 2], SECTOR, in ? NEXT | WRITE : NEXT, 2);
        desc(f, 2, RAM + AT_STATUS, 1, WRITE, 0);
        offer(f, DISK, 0, 0);
        expect_broken(f);
    }
}

// A table of descriptors elsewhere stands for a chain; it is the last of its chain and holds no other.
static void tables_of_descriptors(void **state) {
    enum { TABLE = 0xa000 };
    Fixture *f = *state;
    for (unsigned slot = DISK; slot <= NET; slot++) {
        reg(f, slot, FEATURES_SEL, 0);
        assert_int_equal(get(f, slot, FEATURES) >> 28 & 1, 1);
    }
    for (unsigned broken = 0; broken < 7; broken++) {
        poke(f, AT_AVAIL, 4, 0), poke(f, AT_USED, 4, 0);
        reg(f, DISK, STATUS, 0), reg(f, DISK, STATUS, 3);
        reg(f, DISK, DRIVER_SEL, 0), reg(f, DISK, DRIVER, 1u << 28);
        reg(f, DISK, DRIVER_SEL, 1), reg(f, DISK, DRIVER, 1);
        reg(f, DISK, STATUS, 11);
        set_queue(f, DISK, 0, SIZE, RAM + AT_DESC, RAM + AT_AVAIL, RAM + AT_USED);
        reg(f, DISK, STATUS, RUNNING);
        desc(f, (TABLE - AT_DESC) / 16, RAM + AT_DATA, SECTOR, NEXT | WRITE, broken == 1 ? 3 : 1); // out of the table
        desc(f, (TABLE - AT_DESC) / 16 + 1, RAM + AT_STATUS, 1, WRITE, 0);
        if (broken == 2) desc(f, (TABLE - AT_DESC) / 16 + 1, RAM + TABLE, 16, INDIRECT, 0);
        poke(f, AT_HEADER, 8, 0), poke(f, AT_HEADER + 8, 8, 4), poke(f, AT_STATUS, 1, 0xff);
        desc(f, 0, RAM + AT_HEADER, 16, NEXT, 1);
        desc(f, 1, RAM + TABLE, broken == 3 ? 31 : 32, broken == 4 ? INDIRECT | NEXT : INDIRECT, 2);
        if (broken == 5) desc(f, 1, RAM + RAM_SIZE - 16, 32, INDIRECT, 0);
        if (broken == 6) desc(f, 0, RAM + AT_DESC, 16 * SIZE, INDIRECT, 0); // the queue's own table: it leads to itself
        offer(f, DISK, 0, 0);
        assert_int_equal(peek(f, AT_STATUS, 1), broken ? 0xff : 0);
        assert_int_equal(get(f, DISK, STATUS), broken ? RUNNING | NEEDS_RESET : RUNNING);
        if (!broken) assert_int_equal(peek(f, AT_DATA, 1), 5);
    }
}

// Buffers that lie on each other: one store asks for more than there is.
static void one_store_takes_a_bounded_time(void **state) {
    enum { EACH = 256 << 10, CHAINS = 200 };
    Fixture *f = *state;
    start(f, DISK, 0);
    for (unsigned i = 0; i < 5; i++) desc(f, i, RAM, EACH, i < 4 ? NEXT : 0, i + 1); // 1.25 MiB of 1 MiB
    offer(f, DISK, 0, 0);
    expect_broken(f);
    reg(f, CONSOLE, STATUS, 0);
    poke(f, AT_AVAIL, 4, 0), poke(f, AT_USED, 4, 0);
    negotiate(f, CONSOLE);
    set_queue(f, CONSOLE, 1, 256, RAM + 0x40000, RAM + 0x50000, RAM + 0x60000);
    reg(f, CONSOLE, STATUS, RUNNING);
    for (unsigned i = 0; i < CHAINS; i++) {
        poke(f, 0x40000 + 16 * i, 8, RAM), poke(f, 0x40000 + 16 * i + 8, 8, EACH);
        poke(f, 0x50000 + 4 + 2 * i, 2, i);
    }
    poke(f, 0x50000 + 2, 2, CHAINS), poke(f, 0x60000, 4, 0);
    close(f->out[0]); // what is written is lost
    signal(SIGPIPE, SIG_IGN);
    reg(f, CONSOLE, NOTIFY, 1);
    assert_int_equal(peek(f, 0x60000 + 2, 2), (16 << 20) / EACH); // 50 MiB were asked for
    unsigned looks = 0;
    for (; peek(f, 0x60000 + 2, 2) < CHAINS && looks < 10; looks++) {
        assert_true(f->board.next_event(f->board.state) <= f->now + 1000000);
        f->now += 1000000;
        f->board.poll(f->board.state);
    }
    assert_int_equal(peek(f, 0x60000 + 2, 2), CHAINS);
    assert_int_equal(looks, 3);
    f->out[0] = open("/dev/null", O_RDONLY);
}

static void a_failing_host_is_an_io_error_and_said_once(void **state) {
    Fixture *f = *state;
    struct rlimit before, small = {.rlim_cur = SECTOR, .rlim_max = RLIM_INFINITY};
    start(f, DISK, 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    unsigned first = request(f, 1, 8, SECTOR, false), second = request(f, 1, 8, SECTOR, false);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
    assert_int_equal(f->complaints, 1);
    assert_non_null(strstr(f->complaint, "cannot be written: File too large"));
    assert_int_equal(truncate(f->path, SECTOR), 0); // and a disk that shrinks
    assert_int_equal(request(f, 0, 8, SECTOR, true), 1);
    assert_int_equal(request(f, 0, 0, SECTOR, true), 0);
    assert_int_equal(get(f, DISK, STATUS), RUNNING);
}

// ---- console and entropy ------------------------------------------------------------------------------------------
static void the_console_talks(void **state) {
    Fixture *f = *state;
    static const char hello[] = "hello\n";
    char got[64] = "";
    start(f, CONSOLE, 1);
    assert_true(mem_copy_in(&f->mem, RAM + AT_DATA, hello, 6));
    desc(f, 0, RAM + AT_DATA, 3, NEXT, 1), desc(f, 1, RAM + AT_DATA + 3, 3, 0, 0);
    offer(f, CONSOLE, 1, 0);
    assert_int_equal(peek(f, AT_USED + 2, 2), 1);
    assert_int_equal(read(f->out[0], got, sizeof got), 6);
    assert_string_equal(got, hello);
    start(f, CONSOLE, 0);
    desc(f, 0, RAM + AT_DATA, 64, WRITE, 0);
    offer(f, CONSOLE, 0, 0);
    assert_int_equal(peek(f, AT_USED + 2, 2), 0); // until there is input
    assert_int_equal(write(f->in[1], "key", 3), 3);
    f->now += 20000000;
    f->board.poll(f->board.state);
    assert_int_equal(peek(f, AT_USED + 2, 2), 1);
    assert_int_equal(peek(f, AT_USED + 4, 8), 3ull << 32);
    assert_int_equal(peek(f, AT_DATA, 4), 'k' | 'e' << 8 | 'y' << 16 | 'l' << 24); // and no byte more
}

static void entropy_repeats_and_stays_inside(void **state) {
    Fixture *f = *state;
    start(f, ENTROPY, 0);
    poke(f, AT_DATA + 13, 8, 0);
    desc(f, 0, RAM + AT_DATA, 13, WRITE, 0);
    offer(f, ENTROPY, 0, 0);
    assert_int_equal(peek(f, AT_USED + 4, 8), 13ull << 32);
    // SplitMix64 from 1, from its published definition
    assert_true(peek(f, AT_DATA, 8) == 0x910a2dec89025cc1);
    assert_int_equal(peek(f, AT_DATA + 13, 8), 0);
}

// ---- network ------------------------------------------------------------------------------------------------------
// Who has 10.0.2.2? (RFC 826)
static void ask(Fixture *f, unsigned times) {
    static const uint8_t frame[12 + 60] = {
        [12] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6, 0, 1, 8, 0,  6, 4, 0,
        1,           0x52, 0x54, 0,    0x12, 0x34, 0x56, 10,   0, 2,    15,   0,    0, 0, 0, 0, 0, 10, 0, 2, 2};
    assert_true(mem_copy_in(&f->mem, RAM + AT_DATA, frame, sizeof frame));
    desc(f, 0, RAM + AT_DATA, sizeof frame, 0, 0);
    for (unsigned i = 0; i < times; i++) offer(f, NET, 1, 0);
}

static void answers_wait_for_buffers(void **state) {
    enum {
        WAITING = 64,
        BUFFERS = 128,
        TABLE = 0x40000,
        AVAILABLE = 0x50000,
        USED_ = 0x60000,
        AT = 0x70000,
        ROOM = 1526
    };
    Fixture *f = *state;
    start(f, NET, 1);
    ask(f, WAITING + 10); // the last ten answers are lost
    assert_int_equal(peek(f, AT_USED + 2, 2), WAITING + 10);
    for (unsigned i = 0; i < BUFFERS; i++) {
        poke(f, TABLE + 16 * i, 8, RAM + AT), poke(f, TABLE + 16 * i + 8, 8, ROOM | (uint64_t)WRITE << 32);
        poke(f, AVAILABLE + 4 + 2 * i, 2, i);
    }
    poke(f, AVAILABLE, 4, (uint64_t)BUFFERS << 16), poke(f, USED_, 4, 0);
    set_queue(f, NET, 0, BUFFERS, RAM + TABLE, RAM + AVAILABLE, RAM + USED_);
    reg(f, NET, NOTIFY, 0);
    assert_int_equal(peek(f, USED_ + 2, 2), WAITING);
    assert_true(peek(f, USED_ + 8, 4) >= 12 + 42);
    assert_int_equal(peek(f, AT, 8), 0);
    assert_int_equal(peek(f, AT + 8, 4), 1 << 16);                          // a buffer
    assert_int_equal(peek(f, AT + 12, 8) & 0xffffffffffff, 0x563412005452); // to the one that asked
    assert_int_equal(peek(f, AT + 12 + 20, 2), 0x0200);                     // an answer
    assert_int_equal(peek(f, AT + 12 + 28, 4), 10 | 2 << 16 | 2 << 24);     // of 10.0.2.2
    ask(f, 1);
    assert_int_equal(peek(f, USED_ + 2, 2), WAITING + 1); // at once
    assert_int_equal(get(f, NET, STATUS), RUNNING);
    poke(f, TABLE + 16 * (WAITING + 1) + 8, 4, 20); // no room for a frame
    ask(f, 1);
    assert_int_equal(get(f, NET, STATUS), RUNNING | NEEDS_RESET);
}

// ---- random -------------------------------------------------------------------------------------------------------
static uint64_t next(uint64_t *s) {
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return *s;
}

static gaddr some_address(uint64_t *s) {
    switch (next(s) % 8) {
    case 0: return next(s);
    case 1: return RAM + RAM_SIZE - next(s) % 64;
    case 2: return SLOT + next(s) % 0x1000;
    case 3: return RAM - next(s) % 64;
    default: return RAM + next(s) % 0x10000;
    }
}

static void random_register(Fixture *f, uint64_t *s) {
    static const unsigned regs[] = {STATUS, QUEUE_SEL,  NUM,  READY,    NOTIFY, ACK,
                                    DRIVER, DRIVER_SEL, DESC, DESC + 4, USED};
    static const unsigned sizes[] = {1, 2, 4, 8};
    gaddr at = SLOT + next(s) % 5 * SLOT_SIZE + (next(s) & 1 ? regs[next(s) % ARRAY_LEN(regs)] : next(s) % 0xff9);
    uint64_t v = next(s) & 1 ? next(s) % 16 : next(s);
    if (next(s) & 1)
        mem_store(&f->mem, at, sizes[next(s) % 4], true, true, v);
    else
        mem_load(&f->mem, at, sizes[next(s) % 4], true, &v);
}

static void random_queues_never_escape(void **state) {
    Fixture *f = *state;
    uint64_t s = 0x9e3779b97f4a7c15;
    unsigned broken = 0, served = 0;
    int null = open("/dev/null", O_WRONLY);
    assert_true(dup2(null, f->out[1]) >= 0); // no reader for what the console is given
    close(null);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned slot = (unsigned)(next(&s) % 4), queue = slot % 2 ? (unsigned)(next(&s) % 2) : 0; // CONSOLE, NET
        start(f, slot, queue);
        poke(f, AT_HEADER, 8, next(&s) % 64 ? next(&s) % 2 * 8 : next(&s)), poke(f, AT_HEADER + 8, 8, next(&s) % 20);
        for (unsigned i = 0; i < SIZE; i++) {
            bool sane = next(&s) % 8;
            desc(f, i, sane ? RAM + AT_HEADER + next(&s) % 4 * 0x1000 : some_address(&s),
                 sane ? (uint32_t)(next(&s) % 3 * 512 + next(&s) % 2 * 16) : (uint32_t)next(&s),
                 (unsigned)next(&s) % (sane ? 4 : 8), sane ? i + 1 : (unsigned)next(&s) & 0xffff);
        }
        for (unsigned i = 0; i < 4; i++) offer(f, slot, queue, (unsigned)next(&s) % (SIZE + (next(&s) % 16 == 0)));
        for (unsigned i = 0; i < next(&s) % 4; i++) random_register(f, &s);
        served += (unsigned)peek(f, AT_USED + 2, 2);
        broken += (get(f, slot, STATUS) & NEEDS_RESET) != 0;
    }
    assert_true(broken > 1000 && served > 1000); // both kinds were met
    start(f, DISK, 0);
    assert_int_equal(request(f, 4, 0, 0, false), 0);
}

#define WITH_BOARD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOARD(slots_say_what_they_hold),
        WITH_BOARD(features_must_be_understood),
        WITH_BOARD(a_device_waits_for_its_driver),
        WITH_BOARD(impossible_queues_are_refused),
        WITH_BOARD(a_disk_reads_and_writes_sectors),
        WITH_BOARD(impossible_chains_break_the_device),
        WITH_BOARD(tables_of_descriptors),
        WITH_BOARD(one_store_takes_a_bounded_time),
        WITH_BOARD(a_failing_host_is_an_io_error_and_said_once),
        WITH_BOARD(the_console_talks),
        WITH_BOARD(entropy_repeats_and_stays_inside),
        WITH_BOARD(answers_wait_for_buffers),
        WITH_BOARD(random_queues_never_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
