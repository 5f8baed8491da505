// Oracle: the register values and times of the RX62N hardware manual (ICUa, CMT, SCI), known beforehand,
// with a guest clock that the test holds itself and pipes for the console; for the loader, what the
// committed RX program's own table says.
#include "board/board.h"
#include "elf/elf.h"
#include "mem/mem.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka needs setjmp.h, stdarg.h, stddef.h and stdint.h
#include <cmocka.h>

enum { IR = 0x87000, IER = 0x87200, SWINTR = 0x872e0, FIR = 0x872f0, IPR = 0x87300 };
enum { CMSTR = 0x88000, CMCR0 = 0x88002, CMCNT0 = 0x88004, CMCOR0 = 0x88006 };
enum { CMCR1 = 0x88008, CMCNT1 = 0x8800a, CMCOR1 = 0x8800c, CMSTR1 = 0x88010, CMCR2 = 0x88012, CMCOR2 = 0x88016 };
enum { SMR = 0x88240, BRR, SCR, TDR, SSR, RDR, SCMR, SEMR };
enum { END = 0x8ff00, SWI = 27, CMI0 = 28, CMI1 = 29, CMI2 = 30, ERI = 214, RXI, TXI, TEI };
#define RAM   0x01000000ull
#define FLASH 0xfff80000ull

typedef struct Fixture {
    Mem mem;
    Board board;
    BoardEnv env;
    Err err;
    uint64_t now;
    unsigned vector, priority;
    int code, ends;
    int in[2], out[2]; // pipes: the test writes in[1] and reads out[0]
} Fixture;

static uint64_t now(void *ctx) { return ((Fixture *)ctx)->now; }
static void set_vector(void *ctx, unsigned vector, unsigned priority) {
    Fixture *f = ctx;
    f->vector = vector;
    f->priority = priority;
}
static void end(void *ctx, int code) {
    Fixture *f = ctx;
    f->code = code;
    f->ends++;
}

static int setup(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    BoardOptions o = {.ram_size = 16 << 20};
    *state = f;
    if (pipe(f->in) || pipe(f->out) || fcntl(f->out[0], F_SETFL, O_NONBLOCK)) return 1;
    f->env =
        (BoardEnv){.ctx = f, .now = now, .set_vector = set_vector, .end = end, .in_fd = f->in[0], .out_fd = f->out[1]};
    mem_init(&f->mem);
    return !board_for_guest("rx")->create(&f->board, &f->mem, &f->env, &o, &f->err);
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
static void later(Fixture *f, uint64_t ns) {
    f->now += ns;
    f->board.poll(f->board.state);
}
static void expect_request(const Fixture *f, unsigned vector, unsigned priority) {
    assert_int_equal(f->priority, priority);
    if (priority) assert_int_equal(f->vector, vector);
}
static void accept_request(Fixture *f) { f->board.irq_accepted(f->board.state, f->vector); }
static void enable(Fixture *f, unsigned vector) {
    gaddr at = IER + vector / 8;
    put(f, at, 1, get(f, at, 1) | 1u << vector % 8);
}
static void expect_output(Fixture *f, const char *text) {
    char got[256] = "";
    ssize_t n = read(f->out[0], got, sizeof got - 1);
    got[n < 0 ? 0 : n] = 0;
    assert_string_equal(got, text);
}

// ---- memory -------------------------------------------------------------------------------------------------------
static void memory_is_where_the_chip_has_it(void **state) {
    Fixture *f = *state;
    const struct {
        gaddr first, last;
        bool writable;
    } areas[] = {
        {0, 0x17fff, true}, {RAM, RAM + (16 << 20) - 1, true}, {0x100000, 0x107fff, false}, {FLASH, 0xffffffff, false}};
    uint64_t v;
    for (unsigned i = 0; i < ARRAY_LEN(areas); i++) {
        MemResult stored = areas[i].writable ? MEM_OK : MEM_UNMAPPED;
        assert_int_equal(get(f, areas[i].first, 4), 0);
        assert_int_equal(mem_store(&f->mem, areas[i].first, 4, true, true, 0x01020304), stored);
        assert_int_equal(mem_store(&f->mem, areas[i].last, 1, true, true, 9), stored);
        assert_int_equal(get(f, areas[i].last, 1), areas[i].writable ? 9 : 0);
        assert_int_equal(mem_load(&f->mem, areas[i].last + 1, 1, true, &v), MEM_UNMAPPED);
    }
    assert_int_equal(mem_load(&f->mem, RAM - 1, 1, true, &v), MEM_UNMAPPED);
    assert_int_equal(mem_load(&f->mem, FLASH - 4, 4, true, &v), MEM_UNMAPPED);
    assert_int_equal(f->board.reset_pc, FLASH);
}

static void io_without_a_device_reads_zero(void **state) {
    Fixture *f = *state;
    const gaddr empty[] = {0x80000, 0x86fff, 0x87600, 0x88020, 0x88248, 0x8ff04, 0xffffc};
    for (unsigned i = 0; i < ARRAY_LEN(empty); i++) {
        put(f, empty[i], 1, 0xff);
        assert_int_equal(get(f, empty[i], 1), 0);
    }
    put(f, 0x88010, 4, ~0u); // a size that no register has
    assert_int_equal(get(f, 0x88010, 4), 0);
    put(f, IPR, 4, ~0u);
    assert_int_equal(get(f, IPR, 1), 0);
    assert_int_equal(f->ends, 0);
}

static void the_end_register_ends_with_a_code(void **state) {
    Fixture *f = *state;
    put(f, END, 4, 0x1234);
    put(f, END, 1, 0x55);
    put(f, END, 2, 0x5555);
    assert_int_equal(f->ends, 0);
    put(f, END, 4, 0x5555);
    assert_int_equal(f->ends, 1);
    assert_int_equal(f->code, 0);
    put(f, END, 4, 99u << 16 | 0x3333);
    assert_int_equal(f->code, 99);
    assert_int_equal(get(f, END, 4), 0);
}

static void too_much_memory_is_refused(void **state) {
    (void)state;
    Fixture f = {.env = {.now = now, .set_vector = set_vector, .end = end, .in_fd = -1, .out_fd = -1}};
    const BoardOptions wrong[] = {{.ram_size = 0}, {.ram_size = 1000}, {.ram_size = 2ull << 30}};
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        mem_init(&f.mem);
        assert_false(board_for_guest("rx")->create(&f.board, &f.mem, &f.env, &wrong[i], &f.err));
        assert_true(strlen(f.err.text) > 10);
        mem_free(&f.mem);
    }
}

// ---- interrupt controller -----------------------------------------------------------------------------------------
static void a_request_needs_enable_and_priority(void **state) {
    Fixture *f = *state;
    put(f, SWINTR, 1, 1);
    assert_int_equal(get(f, IR + SWI, 1), 1);
    assert_int_equal(get(f, SWINTR, 1), 0);
    expect_request(f, 0, 0);
    enable(f, SWI);
    expect_request(f, 0, 0);
    put(f, IPR + 3, 1, 0xf5);
    assert_int_equal(get(f, IPR + 3, 1), 5);
    expect_request(f, SWI, 5);
    put(f, IER + SWI / 8, 1, 0);
    expect_request(f, 0, 0);
    put(f, IER + SWI / 8, 1, 0xff);
    expect_request(f, SWI, 5);
    accept_request(f);
    expect_request(f, 0, 0);
    assert_int_equal(get(f, IR + SWI, 1), 0);
    put(f, SWINTR, 1, 0);
    assert_int_equal(get(f, IR + SWI, 1), 0);
}

static void an_edge_is_cleared_by_writing_0(void **state) {
    Fixture *f = *state;
    enable(f, SWI);
    put(f, IPR + 3, 1, 1);
    put(f, SWINTR, 1, 1);
    put(f, IR + SWI, 1, 1);
    expect_request(f, SWI, 1);
    put(f, IR + SWI, 1, 0);
    expect_request(f, 0, 0);
}

static void match(Fixture *f, unsigned channel) { // a compare match of CMT0 or 1, at once
    put(f, channel ? CMCOR1 : CMCOR0, 2, 0);
    put(f, channel ? CMCR1 : CMCR0, 2, 0x40);
    put(f, CMSTR, 2, 1u << channel);
    later(f, 1000);
    put(f, CMSTR, 2, 0);
}

static void the_highest_priority_comes_first_then_the_lowest_vector(void **state) {
    Fixture *f = *state;
    for (unsigned v = SWI; v <= CMI1; v++) enable(f, v);
    put(f, IPR + 3, 1, 4);
    put(f, IPR + 4, 1, 4);
    put(f, IPR + 5, 1, 9);
    match(f, 0);
    expect_request(f, CMI0, 4);
    put(f, SWINTR, 1, 1);
    expect_request(f, SWI, 4);
    match(f, 1);
    expect_request(f, CMI1, 9);
    accept_request(f);
    expect_request(f, SWI, 4);
    accept_request(f);
    expect_request(f, CMI0, 4);
    accept_request(f);
    expect_request(f, 0, 0);
}

static void the_fast_interrupt_comes_before_all(void **state) {
    Fixture *f = *state;
    enable(f, SWI);
    enable(f, CMI0);
    put(f, IPR + 4, 1, 15);
    put(f, FIR, 2, 0x8000 | SWI); // its own IPR is 0
    assert_int_equal(get(f, FIR, 2), 0x8000 | SWI);
    match(f, 0);
    put(f, SWINTR, 1, 1);
    expect_request(f, SWI, BOARD_PRIORITY_FAST);
    put(f, FIR, 2, SWI); // not enabled
    expect_request(f, CMI0, 15);
    put(f, FIR, 2, 0x8000 | CMI0);
    expect_request(f, CMI0, BOARD_PRIORITY_FAST);
    accept_request(f);
    expect_request(f, 0, 0);
}

// ---- timers -------------------------------------------------------------------------------------------------------
// PCLK is 48 MHz: (CMCOR + 1) * divider counts of 1000/48 ns.
static void matches_come_at_the_times_of_the_dividers(void **state) {
    Fixture *f = *state;
    const struct {
        unsigned cks, compare;
        uint64_t ns;
    } cases[] = {{0, 0, 167}, {0, 5, 1000}, {0, 47999, 8000000}, {1, 2, 2000}, {2, 299, 800000}, {3, 74, 800000}};
    enable(f, CMI0);
    put(f, IPR + 4, 1, 2);
    close(f->in[1]); // no input any more, and so no look at the console
    f->in[1] = dup(f->in[0]);
    later(f, 0);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        f->now += 12345;
        uint64_t start = f->now;
        put(f, CMCNT0, 2, 0);
        put(f, CMCOR0, 2, cases[i].compare);
        put(f, CMCR0, 2, 0x40 | cases[i].cks);
        put(f, CMSTR, 2, 1);
        assert_int_equal(f->board.next_event(f->board.state), start + cases[i].ns);
        later(f, cases[i].ns - 1);
        expect_request(f, 0, 0);
        later(f, 1);
        expect_request(f, CMI0, 2);
        accept_request(f);
        put(f, CMSTR, 2, 0);
    }
}

static void the_count_goes_up_stops_and_begins_again(void **state) {
    Fixture *f = *state;
    put(f, CMCOR0, 2, 9);
    put(f, CMSTR, 2, 1);
    assert_int_equal(get(f, CMCNT0, 2), 0);
    later(f, 1000); // 6 counts
    assert_int_equal(get(f, CMCNT0, 2), 6);
    later(f, 1000); // 12
    assert_int_equal(get(f, CMCNT0, 2), 2);
    later(f, 1000000); // 6012
    assert_int_equal(get(f, CMCNT0, 2), 2);
    put(f, CMSTR, 2, 0);
    later(f, 1000000);
    assert_int_equal(get(f, CMCNT0, 2), 2);
    put(f, CMCNT0, 2, 65530); // past CMCOR: goes round
    put(f, CMSTR, 2, 1);
    later(f, 2000);
    assert_int_equal(get(f, CMCNT0, 2), 6);
    assert_int_equal(get(f, CMCR0, 2), 0);
    assert_int_equal(get(f, CMCOR0, 2), 9);
    assert_int_equal(get(f, CMCOR1, 2), 0xffff);
}

static void only_channels_that_count_and_interrupt_are_events(void **state) {
    Fixture *f = *state;
    later(f, 0);
    uint64_t look = f->board.next_event(f->board.state); // at the console
    put(f, CMCOR0, 2, 5);
    put(f, CMCOR2, 2, 11);
    put(f, CMSTR, 2, 1);
    assert_true(f->board.next_event(f->board.state) == look);
    put(f, CMCR0, 2, 0xffc0);
    assert_int_equal(get(f, CMCR0, 2), 0x40);
    assert_int_equal(f->board.next_event(f->board.state), 1000);
    put(f, CMCR2, 2, 0x40);
    put(f, CMSTR, 2, 0);
    put(f, CMSTR1, 2, 1); // the second unit
    assert_int_equal(f->board.next_event(f->board.state), 2000);
    enable(f, CMI2);
    put(f, IPR + 6, 1, 3);
    later(f, 5000); // two matches, seen late: one request
    expect_request(f, CMI2, 3);
    accept_request(f);
    expect_request(f, 0, 0);
    assert_int_equal(f->board.next_event(f->board.state), 6000);
}

static void a_register_shows_the_time_that_nobody_polled(void **state) {
    Fixture *f = *state;
    put(f, CMCOR0, 2, 5);
    put(f, CMCR0, 2, 0x40);
    put(f, CMSTR, 2, 1);
    f->now += 999;
    assert_int_equal(get(f, IR + CMI0, 1), 0);
    f->now += 1;
    assert_int_equal(get(f, IR + CMI0, 1), 1);
}

// ---- serial interface ---------------------------------------------------------------------------------------------
static void output_needs_the_transmitter(void **state) {
    Fixture *f = *state;
    assert_int_equal(get(f, SSR, 1), 0x84);
    put(f, TDR, 1, 'x');
    f->board.flush(f->board.state);
    expect_output(f, "");
    put(f, SCR, 1, 0x20);
    for (const char *c = "hello\n"; *c; c++) put(f, TDR, 1, (uint8_t)*c);
    expect_output(f, "hello\n");
    assert_int_equal(get(f, SSR, 1), 0x84);
    assert_int_equal(get(f, TDR, 1), '\n');
}

static void input_waits_for_the_receiver_and_comes_byte_by_byte(void **state) {
    Fixture *f = *state;
    enable(f, RXI);
    put(f, IPR + 0x80, 1, 6);
    assert_int_equal(write(f->in[1], "ab", 2), 2);
    later(f, 10000000);
    assert_int_equal(get(f, SSR, 1), 0x84);
    put(f, SCR, 1, 0x10); // RE
    assert_int_equal(get(f, SSR, 1), 0xc4);
    expect_request(f, 0, 0);
    put(f, SCR, 1, 0x50); // RE, RIE
    expect_request(f, RXI, 6);
    accept_request(f);
    expect_request(f, 0, 0);
    assert_int_equal(get(f, RDR, 1), 'a');
    expect_request(f, RXI, 6);
    accept_request(f);
    assert_int_equal(get(f, RDR, 1), 'b');
    expect_request(f, 0, 0);
    assert_int_equal(get(f, SSR, 1), 0x84);
}

static void sending_can_interrupt(void **state) {
    Fixture *f = *state;
    enable(f, TXI);
    enable(f, TEI);
    put(f, IPR + 0x80, 1, 6);
    put(f, SCR, 1, 0xa0); // TIE, TE
    expect_request(f, TXI, 6);
    accept_request(f);
    expect_request(f, 0, 0);
    put(f, TDR, 1, 'x');
    expect_request(f, TXI, 6);
    accept_request(f);
    put(f, SCR, 1, 0x24); // TE, TEIE: a level
    expect_request(f, TEI, 6);
    accept_request(f);
    put(f, IR + TEI, 1, 0);
    expect_request(f, TEI, 6);
    put(f, SCR, 1, 0x20);
    expect_request(f, 0, 0);
}

// ---- the loader ---------------------------------------------------------------------------------------------------
static void a_program_goes_into_flash_and_ram(void **state) {
    Fixture *f = *state;
    ElfFile elf;
    if (!elf_open(&elf, "workloads/prebuilt/rx/dhrystone-test.elf", &f->err)) fail_msg("%s", f->err.text);
    assert_int_equal(elf.machine, 173); // EM_RX
    assert_int_equal(elf.class, 1);
    if (!elf_load(&elf, &f->mem, &f->err)) fail_msg("%s", f->err.text);
    assert_int_equal(get(f, 0xfffffffc, 4), elf.entry);
    assert_true(elf.entry >= FLASH);
    assert_int_equal(get(f, 0xffffffd0, 4), elf_symbol_named(&elf, "trap_privileged")->lo);
    assert_non_null(elf_symbol_named(&elf, "_main"));
    elf_close(&elf);
}

#define WITH_BOARD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOARD(memory_is_where_the_chip_has_it),
        WITH_BOARD(io_without_a_device_reads_zero),
        WITH_BOARD(the_end_register_ends_with_a_code),
        cmocka_unit_test(too_much_memory_is_refused),
        WITH_BOARD(a_request_needs_enable_and_priority),
        WITH_BOARD(an_edge_is_cleared_by_writing_0),
        WITH_BOARD(the_highest_priority_comes_first_then_the_lowest_vector),
        WITH_BOARD(the_fast_interrupt_comes_before_all),
        WITH_BOARD(matches_come_at_the_times_of_the_dividers),
        WITH_BOARD(the_count_goes_up_stops_and_begins_again),
        WITH_BOARD(only_channels_that_count_and_interrupt_are_events),
        WITH_BOARD(a_register_shows_the_time_that_nobody_polled),
        WITH_BOARD(output_needs_the_transmitter),
        WITH_BOARD(input_waits_for_the_receiver_and_comes_byte_by_byte),
        WITH_BOARD(sending_can_interrupt),
        WITH_BOARD(a_program_goes_into_flash_and_ram),
    };
    return cmocka_run_group_tests_name("RX board", tests, NULL, NULL);
}
