// Oracle: the data sheets' register values (PC16550D, CLINT, QEMU's virt test device, HTIF), known beforehand, with a
// guest clock and interrupt lines that the test holds itself, and pipes for the console.
#include "board/board.h"
#include "board/uart.h"
#include "mem/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka needs setjmp.h, stdarg.h, stddef.h and stdint.h
#include <cmocka.h>

enum { UART = 0x10000000, CLINT = 0x2000000, TEST = 0x100000, RTC = 0x101000, PLIC = 0xc000000 };
enum { PLIC_PENDING = PLIC + 0x1000, PLIC_ENABLE_S = PLIC + 0x2080, PLIC_CLAIM_S = PLIC + 0x201004 };
enum { MTIMECMP = CLINT + 0x4000, MTIME = CLINT + 0xbff8 };
#define RAM      0x80000000ull
#define TOHOST   (RAM + 0x1040)
#define FROMHOST (RAM + 0x1080)
#define EPOCH    0x1234567890abcdefull

typedef struct Fixture {
    Mem mem;
    Board board;
    BoardEnv env;
    Err err;
    uint64_t now;
    uint32_t lines;
    unsigned line_changes;
    int code, ends, quits;
    int in[2], out[2]; // pipes: the test writes in[1] and reads out[0]
} Fixture;

static uint64_t now(void *ctx) { return ((Fixture *)ctx)->now; }
static void set_irq(void *ctx, unsigned line, bool level) {
    Fixture *f = ctx;
    f->lines = (f->lines & ~(1u << line)) | (uint32_t)level << line;
    f->line_changes++;
}
static void quit(void *ctx) { ((Fixture *)ctx)->quits++; }
static void end(void *ctx, int code) {
    Fixture *f = ctx;
    f->code = code;
    f->ends++;
}

static int setup(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    BoardOptions o = {.ram_size = 1 << 20, .htif_tohost = TOHOST, .htif_fromhost = FROMHOST};
    *state = f;
    if (pipe(f->in) || pipe(f->out) || fcntl(f->out[0], F_SETFL, O_NONBLOCK)) return 1;
    f->env = (BoardEnv){.ctx = f,
                        .now = now,
                        .set_irq = set_irq,
                        .end = end,
                        .quit = quit,
                        .epoch_ns = EPOCH,
                        .in_fd = f->in[0],
                        .out_fd = f->out[1],
                        .escape = true};
    mem_init(&f->mem);
    return !board_for_guest("rv64")->create(&f->board, &f->mem, &f->env, &o, &f->err);
}

static int teardown(void **state) {
    Fixture *f = *state;
    f->board.destroy(f->board.state);
    mem_free(&f->mem);
    for (unsigned i = 0; i < 2; i++) close(f->in[i]), close(f->out[i]);
    free(f);
    return 0;
}

static void put(Fixture *f, gaddr at, unsigned size, uint64_t v) {
    assert_int_equal(mem_store(&f->mem, at, size, true, true, v), MEM_OK);
}
static uint64_t get(Fixture *f, gaddr at, unsigned size) {
    uint64_t v = 0;
    assert_int_equal(mem_load(&f->mem, at, size, true, &v), MEM_OK);
    return v;
}
static void type(Fixture *f, const char *text) {
    assert_int_equal(write(f->in[1], text, strlen(text)), (int)strlen(text));
}
static void expect_output(Fixture *f, const char *text) {
    char got[8192] = "";
    ssize_t n = read(f->out[0], got, sizeof got - 1);
    got[n < 0 ? 0 : n] = 0;
    assert_string_equal(got, text);
}
static void later(Fixture *f, uint64_t ns) {
    f->now += ns;
    f->board.poll(f->board.state);
}

// ---- console and UART ---------------------------------------------------------------------------------------------
static void output_appears_at_newlines_and_flushes(void **state) {
    Fixture *f = *state;
    for (const char *c = "hello"; *c; c++) put(f, UART, 1, (uint8_t)*c);
    expect_output(f, "");
    put(f, UART, 1, '\n');
    expect_output(f, "hello\n");
    put(f, UART, 4, 'x'); // wider accesses use the low byte
    f->board.flush(f->board.state);
    expect_output(f, "x");
    put(f, UART, 1, 'y');
    later(f, 20000000);
    expect_output(f, "y");
    for (unsigned i = 0; i < 4096; i++) put(f, UART, 1, 'z');
    char got[4096];
    assert_int_equal(read(f->out[0], got, sizeof got), 4096);
    put(f, UART, 1, 'w');
    assert_int_equal(f->board.console_errno(f->board.state), 0);
}

static void polled_input_comes_byte_by_byte_and_ends(void **state) {
    Fixture *f = *state;
    later(f, 0);
    assert_int_equal(get(f, UART + 5, 1), 0x60); // THRE, TEMT, no data
    type(f, "ab");
    assert_int_equal(get(f, UART + 5, 1), 0x60); // only poll looks
    assert_true(f->board.next_event(f->board.state) > f->now);
    later(f, f->board.next_event(f->board.state) - f->now);
    assert_int_equal(get(f, UART + 5, 1), 0x61);
    assert_int_equal(get(f, UART, 1), 'a');
    assert_int_equal(get(f, UART, 1), 'b');
    assert_int_equal(get(f, UART + 5, 1), 0x60);
    assert_int_equal(get(f, UART, 1), 0);
    close(f->in[1]);
    f->in[1] = dup(f->in[0]); // for teardown
    later(f, 20000000);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER); // nothing can come any more
    later(f, 20000000);
    assert_int_equal(get(f, UART + 5, 1), 0x60);
}

static void uart_registers_behave_as_in_the_data_sheet(void **state) {
    Fixture *f = *state;
    assert_int_equal(get(f, UART + 2, 1), 0x01); // IIR: nothing pending, no FIFO
    put(f, UART + 7, 1, 0xa5);
    assert_int_equal(get(f, UART + 7, 1), 0xa5);
    put(f, UART + 3, 1, 0x83); // DLAB
    put(f, UART, 1, 0x12);
    put(f, UART + 1, 1, 0x34);
    assert_int_equal(get(f, UART, 1), 0x12);
    assert_int_equal(get(f, UART + 1, 1), 0x34);
    put(f, UART + 3, 1, 0x03);
    assert_int_equal(get(f, UART + 1, 1), 0); // IER again
    f->board.flush(f->board.state);
    expect_output(f, ""); // the divisor was not sent
    put(f, UART + 2, 1, 0x07);
    assert_int_equal(get(f, UART + 2, 1), 0xc1); // FIFO on
    put(f, UART + 1, 1, 0x02);                   // enabling ETBEI with an empty THR raises the interrupt
    assert_int_equal(get(f, UART + 2, 1), 0xc2);
    assert_int_equal(get(f, UART + 2, 1), 0xc1); // reading IIR took it back
    put(f, UART, 1, 'x');
    assert_int_equal(get(f, UART + 2, 1), 0xc2);
    put(f, UART + 1, 1, 0xf3); // upper bits of IER are always 0
    assert_int_equal(get(f, UART + 1, 1), 3);
    type(f, "k");
    later(f, 20000000);
    assert_int_equal(get(f, UART + 2, 1), 0xc4); // data outranks THR empty
    assert_int_equal(get(f, UART, 1), 'k');
    assert_int_equal(get(f, UART + 6, 1), 0xb0); // MSR: DCD, DSR, CTS
    put(f, UART + 4, 1, 0x1f);                   // loopback
    assert_int_equal(get(f, UART + 6, 1), 0xf0);
    put(f, UART, 1, 'L');
    assert_int_equal(get(f, UART + 5, 1), 0x61);
    assert_int_equal(get(f, UART, 1), 'L');
    assert_int_equal(get(f, UART + 4, 1), 0x1f);
    f->board.flush(f->board.state);
    expect_output(f, "x"); // and not what went around the loop
}

static void a_closed_reader_is_reported_once_and_not_fatal(void **state) {
    Fixture *f = *state;
    signal(SIGPIPE, SIG_IGN);
    close(f->out[0]);
    f->out[0] = dup(f->in[0]);
    put(f, UART, 1, '\n');
    assert_int_equal(f->board.console_errno(f->board.state), EPIPE);
    for (unsigned i = 0; i < 10000; i++) put(f, UART, 1, '\n');
}

static void ctrl_a_is_for_the_emulator(void **state) {
    Fixture *f = *state;
    static const char expected[] = "a\1b\1cd"; // once as Ctrl-A a, once as Ctrl-A Ctrl-A; Ctrl-A z is dropped
    type(f, "a\1ab\1\1c\1zd\1");               // cut in the middle
    later(f, 20000000);
    for (const char *c = expected; *c; c++) assert_int_equal(get(f, UART, 1), *c);
    assert_int_equal(get(f, UART + 5, 1), 0x60);
    assert_int_equal(f->quits, 0);
    later(f, 20000000);
    assert_int_equal(f->board.input_fd(f->board.state), f->in[0]);
    type(f, "xy");
    later(f, 20000000);
    assert_int_equal(f->quits, 1);
    assert_int_equal(f->board.input_fd(f->board.state), -1); // some waits
    assert_int_equal(get(f, UART, 1), 'y');
}

// The CPU's own comparison: line 5 (STIP) and its event, beside mtimecmp's.
static void the_cpu_has_an_alarm(void **state) {
    Fixture *f = *state;
    put(f, MTIMECMP, 8, ~0ull);
    later(f, 0); // the console is looked at
    f->board.alarm(f->board.state, 50);
    assert_int_equal(f->lines, 0);
    assert_int_equal(f->board.next_event(f->board.state), 5000);
    put(f, MTIMECMP, 8, 40);
    assert_int_equal(f->board.next_event(f->board.state), 4000);
    later(f, 4000);
    assert_int_equal(f->lines, 1u << 7);
    later(f, 1000);
    assert_int_equal(f->lines, 1u << 7 | 1u << 5);
    f->board.alarm(f->board.state, ~0ull);
    assert_int_equal(f->lines, 1u << 7);
}

// ---- PLIC and RTC -------------------------------------------------------------------------------------------------
static void a_level_asks_again_after_completion(void **state) {
    Fixture *f = *state;
    put(f, MTIMECMP, 8, ~0ull);
    put(f, PLIC + 4 * 10, 4, 1);
    put(f, PLIC_ENABLE_S, 4, 1 << 10);
    put(f, UART + 1, 1, 1); // ERBFI
    type(f, "ab");
    later(f, 20000000);
    assert_int_equal(f->lines, 1u << 9);
    assert_int_equal(get(f, PLIC_CLAIM_S, 4), 10);
    assert_int_equal(f->lines, 0);
    assert_int_equal(get(f, PLIC_PENDING, 4), 0);
    assert_int_equal(get(f, UART, 1), 'a');
    put(f, PLIC_CLAIM_S, 4, 10); // b waits still
    assert_int_equal(f->lines, 1u << 9);
    assert_int_equal(get(f, PLIC_CLAIM_S, 4), 10);
    assert_int_equal(get(f, UART, 1), 'b');
    put(f, PLIC_CLAIM_S + 0x1000, 4, 10); // no such context
    put(f, PLIC_CLAIM_S - 0x1000, 4, 10); // not enabled there: ignored
    type(f, "c");
    later(f, 20000000);
    assert_int_equal(f->lines, 0);
    put(f, PLIC_CLAIM_S, 4, 0), put(f, PLIC_CLAIM_S, 4, 97), put(f, PLIC_CLAIM_S, 4, ~0u); // no such sources
    assert_int_equal(f->lines, 0);
    put(f, PLIC_CLAIM_S, 4, 10);
    assert_int_equal(f->lines, 1u << 9);
    assert_int_equal(get(f, UART, 1), 'c');
    assert_int_equal(f->lines, 1u << 9); // what the gateway let through stays, though the level fell
    assert_int_equal(get(f, PLIC_CLAIM_S, 4), 10);
    put(f, PLIC_CLAIM_S, 4, 10);
    assert_int_equal(f->lines, 0);
    assert_int_equal(get(f, PLIC_CLAIM_S, 4), 0);
}

static void the_plic_ends_where_its_sources_end(void **state) {
    Fixture *f = *state;
    put(f, PLIC, 4, 7);
    assert_int_equal(get(f, PLIC, 4), 0); // source 0
    for (unsigned at = 0x184; at < 0x1000; at += 4) {
        put(f, PLIC + at, 4, 7);
        assert_int_equal(get(f, PLIC + at, 4), 0);
    }
    for (unsigned word = 0; word < 32; word++) {
        put(f, PLIC_ENABLE_S + 4 * word, 4, ~0u);
        assert_int_equal(get(f, PLIC_ENABLE_S + 4 * word, 4), word == 0   ? 0xfffffffe
                                                              : word < 3  ? 0xffffffff
                                                              : word == 3 ? 1
                                                                          : 0);
    }
    put(f, PLIC + 0x5ffffc, 4, ~0u);
    assert_int_equal(get(f, PLIC + 0x5ffffc, 4), 0);
    assert_int_equal(get(f, PLIC + 4, 8), 0); // registers are words
    assert_int_equal(f->lines & (1u << 9 | 1u << 11), 0);
}

static void the_clock_tells_and_rings(void **state) {
    Fixture *f = *state;
    put(f, MTIMECMP, 8, ~0ull);
    close(f->in[1]), f->in[1] = dup(f->in[0]);
    later(f, 1000000000);
    assert_int_equal(get(f, RTC, 4), (uint32_t)(EPOCH + 1000000000));
    f->now += 1ull << 33;
    assert_int_equal(get(f, RTC + 4, 4), (EPOCH + 1000000000) >> 32); // as latched
    assert_int_equal(get(f, RTC, 4), (uint32_t)(EPOCH + 1000000000));
    assert_int_equal(get(f, RTC + 4, 4), ((EPOCH + 1000000000) >> 32) + 2);
    put(f, RTC, 4, 0), put(f, RTC + 4, 4, 5); // set it
    uint64_t alarm = (5ull << 32) + 777;
    put(f, RTC + 12, 4, alarm >> 32);
    assert_int_equal(get(f, RTC + 24, 4), 0);
    put(f, RTC + 8, 4, (uint32_t)alarm);
    assert_int_equal(get(f, RTC + 24, 4), 1);
    assert_int_equal(f->board.next_event(f->board.state), f->now + 777);
    put(f, RTC + 16, 4, 1);
    later(f, 776);
    assert_int_equal(get(f, PLIC_PENDING, 4), 0);
    later(f, 1);
    assert_int_equal(get(f, PLIC_PENDING, 4), 1 << 11);
    assert_int_equal(get(f, RTC + 24, 4), 0);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER);
    assert_int_equal(get(f, RTC + 8, 4), (uint32_t)alarm); // what was written is there, also when it is over
    assert_int_equal(get(f, RTC + 12, 4), 5);
    assert_int_equal(get(f, RTC + 16, 4), 1);
    put(f, RTC + 28, 4, 1); // the interrupt is cleared
    put(f, PLIC_PENDING, 4, 0);
    put(f, RTC + 8, 8, 0), put(f, RTC + 8, 2, 0),
        put(f, RTC + 32, 4, 1); // only words, and only registers that there are
    assert_int_equal(get(f, RTC + 8, 4), (uint32_t)alarm);
    assert_int_equal(get(f, RTC + 8, 2), 0);
    assert_int_equal(get(f, RTC + 32, 4), 0);
    put(f, RTC + 12, 4, 0), put(f, RTC + 8, 4, 1); // in the past: at once
    assert_int_equal(get(f, RTC + 24, 4), 0);
    put(f, RTC + 28, 4, 1);
    put(f, RTC + 12, 4, ~0u), put(f, RTC + 8, 4, ~0u); // beyond what guest time can say
    assert_true(f->board.next_event(f->board.state) > f->now);
    put(f, RTC + 20, 4, 1);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER);
}

// Interrupt levels, with a console and a wire of its own.
static void uart_interrupts_follow_their_causes(void **state) {
    Fixture *f = *state;
    Console console;
    Uart u;
    console_init(&console, f->in[0], -1);
    uart_init(&u, &console, (Wire){.set = set_irq, .ctx = f, .line = 20});
    MemDevice dev = uart_device(&u);
    dev.write(&u, 1, 1, 1); // ERBFI
    type(f, "ab");
    assert_int_equal(f->lines, 0);
    console_poll(&console);
    uart_update(&u);
    assert_int_equal(f->lines, 1u << 20);
    assert_int_equal(dev.read(&u, 0, 1), 'a');
    assert_int_equal(f->lines, 1u << 20);
    assert_int_equal(dev.read(&u, 0, 1), 'b');
    assert_int_equal(f->lines, 0);
    dev.write(&u, 1, 1, 2); // ETBEI
    assert_int_equal(f->lines, 1u << 20);
    assert_int_equal(dev.read(&u, 2, 1), 2);
    assert_int_equal(f->lines, 0);
    dev.write(&u, 0, 1, 'x');
    assert_int_equal(f->lines, 1u << 20);
    dev.write(&u, 1, 1, 0);
    assert_int_equal(f->lines, 0);
    assert_int_equal(f->line_changes, 6);
}

// ---- CLINT --------------------------------------------------------------------------------------------------------
static void the_timer_rises_when_mtime_reaches_mtimecmp(void **state) {
    Fixture *f = *state;
    assert_int_equal(f->board.next_event(f->board.state), 0);
    later(f, 0);
    assert_int_equal(f->lines, 1u << 7); // mtimecmp is 0 after reset
    put(f, MTIMECMP, 8, ~0ull);
    f->line_changes = 0;
    close(f->in[1]), f->in[1] = dup(f->in[0]);
    later(f, 20000000); // the console is at its end and gives no more events
    assert_int_equal(get(f, MTIME, 8), 200000);
    assert_int_equal(get(f, MTIME, 4), 200000);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER);
    put(f, MTIMECMP, 8, 200100);
    assert_int_equal(f->lines, 0);
    assert_int_equal(f->board.next_event(f->board.state), 20010000);
    later(f, 9999);
    assert_int_equal(f->lines, 0);
    later(f, 1);
    assert_int_equal(f->lines, 1u << 7);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER);
    assert_int_equal(f->line_changes, 1);
    put(f, MTIMECMP + 4, 4, 1); // the upper half alone
    assert_int_equal(f->lines, 0);
    assert_int_equal(get(f, MTIMECMP, 8), 0x100000000 + 200100);
    put(f, MTIME, 8, 0x100000000 + 200000); // time moves forward by hand
    assert_int_equal(f->lines, 0);
    assert_int_equal(f->board.next_event(f->board.state), f->now + 10000);
    later(f, 10000);
    assert_int_equal(f->lines, 1u << 7);
    put(f, MTIME + 4, 4, 0); // and back: the event must not be lost to overflow
    assert_int_equal(f->lines, 0);
    assert_int_equal(get(f, MTIME, 8), 200100);
    put(f, MTIMECMP, 8, ~0ull);
    assert_true(f->board.next_event(f->board.state) == BOARD_NEVER);
    put(f, MTIMECMP, 8, 0);
    assert_int_equal(f->lines, 1u << 7);
}

static void msip_is_one_bit_of_hart_0(void **state) {
    Fixture *f = *state;
    put(f, MTIMECMP, 8, ~0ull);
    put(f, CLINT, 4, ~0ull);
    assert_int_equal(f->lines, 1u << 3);
    assert_int_equal(get(f, CLINT, 4), 1);
    put(f, CLINT + 4, 4, 1); // another hart: not there
    assert_int_equal(get(f, CLINT + 4, 4), 0);
    put(f, CLINT, 4, 0);
    assert_int_equal(f->lines, 0);
}

// ---- ends ---------------------------------------------------------------------------------------------------------
static void the_test_device_ends_with_a_code(void **state) {
    Fixture *f = *state;
    assert_int_equal(get(f, TEST, 4), 0);
    put(f, TEST, 4, 0x1234);
    assert_int_equal(f->ends, 0);
    put(f, TEST, 4, 0x5555);
    assert_int_equal(f->ends, 1);
    assert_int_equal(f->code, 0);
    put(f, TEST, 4, 42 << 16 | 0x3333);
    assert_int_equal(f->code, 42);
    put(f, TEST, 4, 0x7777);
    assert_int_equal(f->code, 122);
    assert_int_equal(f->ends, 3);
}

static void tohost_ends_and_prints(void **state) {
    Fixture *f = *state;
    put(f, TOHOST, 8, 7 << 1 | 1);
    assert_int_equal(f->ends, 1);
    assert_int_equal(f->code, 7);
    put(f, TOHOST, 4, 5 << 1 | 1); // low half, then high half, as riscv-tests do
    put(f, TOHOST + 4, 4, 0);
    assert_int_equal(f->ends, 2);
    assert_int_equal(f->code, 5);
    put(f, TOHOST, 4, 9 << 1 | 1); // or the low half over and over
    assert_int_equal(f->ends, 2);
    put(f, TOHOST, 4, 9 << 1 | 1);
    assert_int_equal(f->ends, 3);
    assert_int_equal(f->code, 9);
    for (const char *c = "hi\n"; *c; c++) put(f, TOHOST, 8, 0x0101000000000000 | (uint8_t)*c);
    put(f, TOHOST, 4, 'o');
    put(f, TOHOST + 4, 4, 0x01010000);
    put(f, TOHOST, 8, 0x010100000000000a);
    expect_output(f, "hi\no\n");
    assert_int_equal(get(f, TOHOST, 8), 0); // taken
    assert_int_equal(get(f, FROMHOST, 8), 0x010100000000010a);
    put(f, RAM + 0x2000, 8, 64); // the system call write(1, text, 3)
    put(f, RAM + 0x2008, 8, 1);
    put(f, RAM + 0x2010, 8, RAM + 0x3000);
    put(f, RAM + 0x2018, 8, 3);
    put(f, RAM + 0x3000, 8, 'a' | 'b' << 8 | '\n' << 16);
    put(f, TOHOST, 8, RAM + 0x2000);
    expect_output(f, "ab\n");
    assert_int_equal(get(f, RAM + 0x2000, 8), 3);
    assert_int_equal(get(f, FROMHOST, 8), 1);
    put(f, RAM + 0x2000, 8, 64);
    put(f, RAM + 0x2018, 8, ~0ull); // more than there is
    put(f, TOHOST, 8, RAM + 0x2000);
    assert_true(get(f, RAM + 0x2000, 8) == (uint64_t)-14);
    put(f, RAM + 0x2000, 8, 999);
    put(f, TOHOST, 8, RAM + 0x2000);
    assert_true(get(f, RAM + 0x2000, 8) == (uint64_t)-38);
    put(f, TOHOST, 8, 0xfffffffffff0); // not memory: nothing happens
    assert_int_equal(f->ends, 3);
}

static void impossible_boards_are_refused(void **state) {
    (void)state;
    const BoardKind *kind = board_for_guest("rv64");
    Fixture f = {.env = {.now = now, .set_irq = set_irq, .end = end, .in_fd = -1, .out_fd = -1}};
    const BoardOptions wrong[] = {
        {.ram_size = 0},
        {.ram_size = 4095},
        {.ram_size = 1ull << 55},
        {.ram_size = ~0ull & -4096},
        {.ram_size = 1 << 20, .htif_tohost = RAM + 4},
        {.ram_size = 1 << 20, .htif_tohost = 0x1000},
    };
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        f.err.text[0] = 0;
        mem_init(&f.mem);
        assert_false(kind->create(&f.board, &f.mem, &f.env, &wrong[i], &f.err));
        assert_true(strlen(f.err.text) > 10);
        mem_free(&f.mem);
    }
    assert_null(board_for_guest("pdp11"));
}

#define WITH_BOARD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOARD(output_appears_at_newlines_and_flushes),
        WITH_BOARD(polled_input_comes_byte_by_byte_and_ends),
        WITH_BOARD(uart_registers_behave_as_in_the_data_sheet),
        WITH_BOARD(ctrl_a_is_for_the_emulator),
        WITH_BOARD(a_level_asks_again_after_completion),
        WITH_BOARD(the_cpu_has_an_alarm),
        WITH_BOARD(the_plic_ends_where_its_sources_end),
        WITH_BOARD(the_clock_tells_and_rings),
        WITH_BOARD(uart_interrupts_follow_their_causes),
        WITH_BOARD(a_closed_reader_is_reported_once_and_not_fatal),
        WITH_BOARD(the_timer_rises_when_mtime_reaches_mtimecmp),
        WITH_BOARD(msip_is_one_bit_of_hart_0),
        WITH_BOARD(the_test_device_ends_with_a_code),
        WITH_BOARD(tohost_ends_and_prints),
        cmocka_unit_test(impossible_boards_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
