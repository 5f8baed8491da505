// The board "virt": the memory map of QEMU's machine of that name, as far as programs on one hart without virtio need
// it.
//
//   0x00100000 test device     0x02000000 CLINT     0x10000000 ns16550a     0x80000000 RAM
//   LATER: PLIC at 0x0c000000: it takes the wire of the UART (its input 10) and drives BOARD_RV64_EXTERNAL.
#include "board/boards.h"
#include "board/clint.h"
#include "board/htif.h"
#include "board/uart.h"
#include <stdlib.h>

enum { TEST_BASE = 0x100000, TEST_SIZE = 0x1000, TEST_PASS = 0x5555, TEST_FAIL = 0x3333, TEST_RESET = 0x7777 };
enum { CLINT_BASE = 0x2000000, UART_BASE = 0x10000000 };
#define RAM_BASE       0x80000000ull
#define CONSOLE_PERIOD 10000000ull // ns of guest time between two looks at the console, until its end

typedef struct Virt {
    BoardEnv env;
    Console console;
    Clint clint;
    Uart uart;
    Htif htif;
    uint64_t next_look; // at the console
} Virt;

static uint64_t test_read(void *state, uint64_t offset, unsigned size) {
    (void)state, (void)offset, (void)size;
    return 0;
}

static void test_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    const Virt *v = state;
    (void)size;
    if (offset) return;
    switch (value & 0xffff) {
    case TEST_PASS: v->env.end(v->env.ctx, 0); break;
    case TEST_FAIL: v->env.end(v->env.ctx, (int)((value >> 16) & 0xffff)); break;
    case TEST_RESET: v->env.end(v->env.ctx, BOARD_CODE_RESET); break;
    default: break;
    }
}

static uint64_t virt_next_event(void *state) {
    const Virt *v = state;
    uint64_t timer = clint_next_event(&v->clint);
    if (v->console.in_fd < 0 || v->next_look > timer) return timer;
    return v->next_look;
}

static void virt_poll(void *state) {
    Virt *v = state;
    uint64_t now = v->env.now(v->env.ctx);
    clint_update(&v->clint);
    if (now >= v->next_look) {
        console_flush(&v->console);
        console_poll(&v->console);
        v->next_look = now - now % CONSOLE_PERIOD + CONSOLE_PERIOD;
    }
    uart_update(&v->uart);
}

static void virt_flush(void *state) { console_flush(&((Virt *)state)->console); }
static int virt_console_errno(void *state) { return ((Virt *)state)->console.error; }
static void virt_destroy(void *state) {
    virt_flush(state);
    free(state);
}

static bool add_parts(Virt *v, Mem *mem, const BoardOptions *o, Err *err) {
    MemDevice test = {"test device", v, test_read, test_write};
    return mem_add_ram(mem, "RAM", RAM_BASE, o->ram_size, true, err) &&
           mem_add_device(mem, TEST_BASE, TEST_SIZE, test, err) &&
           mem_add_device(mem, CLINT_BASE, CLINT_SIZE, clint_device(&v->clint), err) &&
           mem_add_device(mem, UART_BASE, UART_SIZE, uart_device(&v->uart), err) &&
           (!o->htif_tohost || htif_add(&v->htif, mem, &v->env, &v->console, o->htif_tohost, o->htif_fromhost, err));
}

bool virt_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err) {
    Virt *v = calloc(1, sizeof *v);
    if (!v) return err_set(err, "no memory for the board");
    v->env = *env;
    Wire software = {env->set_irq, env->ctx, BOARD_RV64_SOFTWARE, false};
    Wire timer = {env->set_irq, env->ctx, BOARD_RV64_TIMER, false};
    console_init(&v->console, env->in_fd, env->out_fd);
    clint_init(&v->clint, &v->env, software, timer);
    uart_init(&v->uart, &v->console, (Wire){0});
    if (!add_parts(v, mem, o, err)) {
        free(v);
        return false;
    }
    *b = (Board){.name = "virt",
                 .state = v,
                 .reset_pc = RAM_BASE,
                 .next_event = virt_next_event,
                 .poll = virt_poll,
                 .flush = virt_flush,
                 .console_errno = virt_console_errno,
                 .destroy = virt_destroy};
    return true;
}
