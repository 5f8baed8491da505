// The board "virt": the memory map of QEMU's machine of that name, without PCI, flash and fw-cfg.
//
//   0x00001000 reset ROM, with firmware       0x10000000 ns16550a       PLIC input 10
//   0x00100000 test device                    0x10001000 virtio-mmio    slots of 0x1000: 1 to 8
//   0x00101000 RTC            PLIC input 11   0x80000000 RAM
//   0x02000000 CLINT
//   0x0c000000 PLIC
//
// Drives are in the first virtio slots, then the console, the entropy device and the network; the other slots are empty.
#include "board/virt.h"
#include "base/alloc.h"
#include <stdlib.h>

#define VIRTIO_PERIOD  1000000ull  // ns until a virtio queue that has moved much goes on
#define CONSOLE_PERIOD 10000000ull // ns of guest time between two looks at the console, until its end

static uint64_t test_read(void *state, uint64_t offset, unsigned size) {
    (void)state, (void)offset, (void)size;
    return 0;
}

static void test_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    const Virt *v = state;
    (void)size;
    if (offset) return;
    switch (value & 0xffff) {
    case VIRT_TEST_PASS: v->env.end(v->env.ctx, 0); break;
    case VIRT_TEST_FAIL: v->env.end(v->env.ctx, (int)((value >> 16) & 0xffff)); break;
    case VIRT_TEST_RESET: v->env.end(v->env.ctx, EXIT_CODE_RESET); break;
    default: break;
    }
}

static uint64_t slots_read(void *state, uint64_t offset, unsigned size) {
    Virt *v = state;
    return virtio_read(&v->slot[offset / VIRTIO_SLOT_SIZE], offset % VIRTIO_SLOT_SIZE, size);
}
static void slots_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Virt *v = state;
    virtio_write(&v->slot[offset / VIRTIO_SLOT_SIZE], offset % VIRTIO_SLOT_SIZE, size, value);
}

// ---- what the machine asks for ------------------------------------------------------------------------------------
static bool some_wait(const Virt *v) {
    for (unsigned i = 0; i < VIRT_SLOTS; i++)
        if (v->slot[i].waiting) return true;
    return false;
}

static void go_on(Virt *v, uint64_t now) {
    if (now < v->virtio_at) return;
    for (unsigned i = 0; i < VIRT_SLOTS; i++) virtio_go_on(&v->slot[i]);
    v->virtio_at = now + VIRTIO_PERIOD;
}

static uint64_t virt_next_event(void *state) {
    const Virt *v = state;
    uint64_t next = clint_next_event(&v->clint), alarm = rtc_next_event(&v->rtc);
    if (alarm < next) next = alarm;
    if (some_wait(v) && v->virtio_at < next) next = v->virtio_at;
    uint64_t net = v->net.v ? user_net_next_event(v->net.net) : BOARD_NEVER;
    if (net < next) next = net;
    if (v->console.in_fd >= 0 && v->next_look < next) next = v->next_look;
    return next;
}

static void virt_poll(void *state) {
    Virt *v = state;
    uint64_t now = v->env.now(v->env.ctx);
    clint_update(&v->clint);
    rtc_update(&v->rtc);
    go_on(v, now);
    if (now >= v->next_look || v->env.live) {
        console_flush(&v->console);
        console_flush(&v->dumb);
        console_poll(&v->console);
        v->next_look = now - now % CONSOLE_PERIOD + CONSOLE_PERIOD;
    }
    if (v->console.quit) v->env.quit(v->env.ctx);
    uart_update(&v->uart);
    if (v->virtio_console.v) virtio_console_update(&v->virtio_console);
    if (v->net.v && (v->env.live || now >= user_net_next_event(v->net.net))) virtio_net_update(&v->net);
}

static uint64_t virt_ticks(void *state) { return clint_mtime(&((Virt *)state)->clint); }
static void virt_alarm(void *state, uint64_t at) { clint_alarm(&((Virt *)state)->clint, at); }
static int virt_input_fd(void *state) { return console_input_fd(&((Virt *)state)->console); }
static void virt_flush(void *state) {
    Virt *v = state;
    console_flush(&v->dumb);
    console_flush(&v->console);
}
static int virt_console_errno(void *state) {
    const Virt *v = state;
    return v->console.error ? v->console.error : v->dumb.error;
}

static void virt_destroy(void *state) {
    Virt *v = state;
    virt_flush(v);
    for (unsigned i = 0; i < v->n_drives; i++) virtio_blk_close(&v->drive[i]);
    virtio_net_close(&v->net);
    free(v);
}

// ---- putting it together ------------------------------------------------------------------------------------------
static void make_devices(Virt *v, const BoardOptions *o) {
    const BoardEnv *e = &v->env;
    console_init(&v->console, e->in_fd, e->out_fd);
    console_init(&v->dumb, -1, e->out_fd);
    v->console.escapes = e->escape;
    clint_init(&v->clint, e, (Wire){e->set_irq, e->ctx, BOARD_RV64_SOFTWARE, false},
               (Wire){e->set_irq, e->ctx, BOARD_RV64_TIMER, false},
               (Wire){e->set_irq, e->ctx, BOARD_RV64_SUPERVISOR_TIMER, false});
    plic_init(&v->plic, (Wire){e->set_irq, e->ctx, BOARD_RV64_EXTERNAL, false},
              (Wire){e->set_irq, e->ctx, BOARD_RV64_SUPERVISOR_EXTERNAL, false});
    uart_init(&v->uart, o->virtio_console ? &v->dumb : &v->console, plic_wire(&v->plic, VIRT_IRQ_UART));
    rtc_init(&v->rtc, e, plic_wire(&v->plic, VIRT_IRQ_RTC));
    for (unsigned i = 0; i < VIRT_SLOTS; i++)
        v->slot[i] = (Virtio){.env = e, .irq = plic_wire(&v->plic, VIRT_IRQ_VIRTIO + i), .most = o->ram_size};
}

static bool fill_slots(Virt *v, const BoardOptions *o, Err *err) {
    Virtio *slot = v->slot;
    for (; v->n_drives < o->n_drives; v->n_drives++)
        if (!virtio_blk_open(&v->drive[v->n_drives], slot++, &o->drives[v->n_drives], err)) return false;
    if (o->virtio_console) virtio_console_init(&v->virtio_console, slot++, &v->console);
    if (o->virtio_entropy) virtio_entropy_init(&v->virtio_entropy, slot++);
    return !o->net || virtio_net_open(&v->net, slot, o->net, &v->env, err);
}

static bool add_memory(Virt *v, Mem *mem, const BoardOptions *o, Err *err) {
    MemDevice test = {"test device", v, test_read, test_write}, slots = {"virtio", v, slots_read, slots_write};
    return mem_add_ram(mem, "RAM", VIRT_RAM, o->ram_size, true, err) &&
           (!o->firmware || mem_add_ram(mem, "reset ROM", VIRT_ROM, VIRT_ROM_SIZE, false, err)) &&
           mem_add_device(mem, VIRT_TEST, VIRT_TEST_SIZE, test, err) &&
           mem_add_device(mem, VIRT_RTC, RTC_SIZE, rtc_device(&v->rtc), err) &&
           mem_add_device(mem, VIRT_CLINT, CLINT_SIZE, clint_device(&v->clint), err) &&
           mem_add_device(mem, VIRT_PLIC, PLIC_SIZE, plic_device(&v->plic), err) &&
           mem_add_device(mem, VIRT_UART, UART_SIZE, uart_device(&v->uart), err) &&
           mem_add_device(mem, VIRT_VIRTIO, VIRT_SLOTS * VIRTIO_SLOT_SIZE, slots, err) &&
           (!o->htif_tohost || htif_add(&v->htif, mem, &v->env, &v->console, o->htif_tohost, o->htif_fromhost, err));
}

bool virt_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err) {
    Virt *v = alloc_zeroed(1, sizeof *v);
    v->env = *env;
    v->mem = mem;
    v->ram_size = o->ram_size;
    make_devices(v, o);
    if (!fill_slots(v, o, err) || !add_memory(v, mem, o, err)) {
        virt_destroy(v);
        return false;
    }
    *b = (Board){.name = "virt",
                 .state = v,
                 .reset_pc = VIRT_RAM,
                 .next_event = virt_next_event,
                 .poll = virt_poll,
                 .ticks = virt_ticks,
                 .alarm = virt_alarm,
                 .flush = virt_flush,
                 .input_fd = virt_input_fd,
                 .console_errno = virt_console_errno,
                 .device_tree = virt_device_tree,
                 .reset_rom = virt_reset_rom,
                 .destroy = virt_destroy};
    return true;
}
