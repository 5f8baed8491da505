// What the board "virt" tells firmware: the device tree, made for this configuration, and the reset ROM.
//
// Nodes, properties and their values are QEMU's for the devices that are here. ("Devicetree Specification"; bindings of
// Linux. "RISC-V Open Source Supervisor Binary Interface: Dynamic firmware" for the record in the ROM.)
#include "base/alloc.h"
#include "board/virt.h"
#include <arpa/inet.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

enum { HANDLE_CPU = 1, HANDLE_INTC, HANDLE_PLIC, HANDLE_TEST };
enum { UART_HZ = 3686400, TICKS_PER_SECOND = 1000000000 / CLINT_NS_PER_TICK };
enum { TREE_ROOM = 16 << 10 }; // beside the texts that are given

typedef struct Tree {
    void *fdt;
    int error; // first error of libfdt
} Tree;

static void keep(Tree *t, int error) {
    if (!t->error) t->error = error;
}
static void begin(Tree *t, const char *name) { keep(t, fdt_begin_node(t->fdt, name)); }
static void end(Tree *t) { keep(t, fdt_end_node(t->fdt)); }
static void flag(Tree *t, const char *name) { keep(t, fdt_property(t->fdt, name, NULL, 0)); }
static void text(Tree *t, const char *name, const char *value) { keep(t, fdt_property_string(t->fdt, name, value)); }
static void cells(Tree *t, const char *name, const uint32_t *v, size_t n) {
    void *at = NULL;
    keep(t, fdt_property_placeholder(t->fdt, name, (int)(n * sizeof *v), &at));
    for (size_t i = 0; at && i < n; i++) {
        uint32_t big = htonl(v[i]);
        memcpy((char *)at + i * sizeof big, &big, sizeof big);
    }
}
#define CELLS(t, name, ...)                                                                                            \
    cells(t, name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define TEXTS(t, name, list) keep(t, fdt_property((t)->fdt, name, list, sizeof list)) // "one\0two"
#define HIGH(v)              ((uint32_t)((uint64_t)(v) >> 32))
#define LOW(v)               ((uint32_t)(v))

// A device of the bus: its node is left open.
static void device(Tree *t, const char *name, gaddr base, uint64_t size) {
    char unit[64];
    snprintf(unit, sizeof unit, "%s@%llx", name, (unsigned long long)base);
    begin(t, unit);
    CELLS(t, "reg", HIGH(base), LOW(base), HIGH(size), LOW(size));
}

static void interrupt(Tree *t, uint32_t source) {
    CELLS(t, "interrupts", source);
    CELLS(t, "interrupt-parent", HANDLE_PLIC);
}

static void chosen(Tree *t, const BoardBoot *b) {
    begin(t, "chosen");
    text(t, "stdout-path", "/soc/serial@10000000");
    if (b->append) text(t, "bootargs", b->append);
    if (b->initrd != b->initrd_end) {
        CELLS(t, "linux,initrd-start", HIGH(b->initrd), LOW(b->initrd));
        CELLS(t, "linux,initrd-end", HIGH(b->initrd_end), LOW(b->initrd_end));
    }
    end(t);
}

static void cpus(Tree *t, const BoardBoot *b) {
    begin(t, "cpus");
    CELLS(t, "#address-cells", 1);
    CELLS(t, "#size-cells", 0);
    CELLS(t, "timebase-frequency", TICKS_PER_SECOND);
    begin(t, "cpu@0");
    CELLS(t, "phandle", HANDLE_CPU);
    text(t, "device_type", "cpu");
    CELLS(t, "reg", 0);
    text(t, "status", "okay");
    text(t, "compatible", "riscv");
    text(t, "riscv,isa", b->isa);
    text(t, "mmu-type", b->mmu ? b->mmu : "riscv,none");
    begin(t, "interrupt-controller");
    CELLS(t, "#interrupt-cells", 1);
    CELLS(t, "#address-cells", 0);
    flag(t, "interrupt-controller");
    text(t, "compatible", "riscv,cpu-intc");
    CELLS(t, "phandle", HANDLE_INTC);
    end(t);
    end(t);
    begin(t, "cpu-map");
    begin(t, "cluster0");
    begin(t, "core0");
    CELLS(t, "cpu", HANDLE_CPU);
    end(t);
    end(t);
    end(t);
    end(t);
}

static void interrupt_controllers(Tree *t) {
    device(t, "clint", VIRT_CLINT, CLINT_SIZE);
    TEXTS(t, "compatible", "sifive,clint0\0riscv,clint0");
    CELLS(t, "interrupts-extended", HANDLE_INTC, BOARD_RV64_SOFTWARE, HANDLE_INTC, BOARD_RV64_TIMER);
    end(t);
    device(t, "plic", VIRT_PLIC, PLIC_SIZE);
    TEXTS(t, "compatible", "sifive,plic-1.0.0\0riscv,plic0");
    CELLS(t, "phandle", HANDLE_PLIC);
    CELLS(t, "riscv,ndev", PLIC_SOURCES);
    CELLS(t, "interrupts-extended", HANDLE_INTC, BOARD_RV64_EXTERNAL, HANDLE_INTC, BOARD_RV64_SUPERVISOR_EXTERNAL);
    flag(t, "interrupt-controller");
    CELLS(t, "#interrupt-cells", 1);
    CELLS(t, "#address-cells", 0);
    end(t);
}

static void devices(Tree *t) {
    begin(t, "soc");
    CELLS(t, "#address-cells", 2);
    CELLS(t, "#size-cells", 2);
    text(t, "compatible", "simple-bus");
    flag(t, "ranges");
    device(t, "test", VIRT_TEST, VIRT_TEST_SIZE);
    TEXTS(t, "compatible", "sifive,test1\0sifive,test0\0syscon");
    CELLS(t, "phandle", HANDLE_TEST);
    end(t);
    device(t, "rtc", VIRT_RTC, RTC_SIZE);
    text(t, "compatible", "google,goldfish-rtc");
    interrupt(t, VIRT_IRQ_RTC);
    end(t);
    interrupt_controllers(t);
    device(t, "serial", VIRT_UART, UART_SIZE);
    text(t, "compatible", "ns16550a");
    CELLS(t, "clock-frequency", UART_HZ);
    interrupt(t, VIRT_IRQ_UART);
    end(t);
    for (unsigned i = 0; i < VIRT_SLOTS; i++) {
        device(t, "virtio_mmio", VIRT_VIRTIO + i * VIRTIO_SLOT_SIZE, VIRTIO_SLOT_SIZE);
        text(t, "compatible", "virtio,mmio");
        interrupt(t, VIRT_IRQ_VIRTIO + i);
        end(t);
    }
    end(t);
}

// A node that says: write this value into the test device.
static void end_of_machine(Tree *t, const char *name, const char *compatible, uint32_t value) {
    begin(t, name);
    text(t, "compatible", compatible);
    CELLS(t, "regmap", HANDLE_TEST);
    CELLS(t, "offset", 0);
    CELLS(t, "value", value);
    end(t);
}

void *virt_device_tree(void *state, const BoardBoot *b, size_t *n, Err *err) {
    const Virt *v = state;
    size_t room = TREE_ROOM + strlen(b->isa) + (b->append ? strlen(b->append) : 0);
    if (room > INT32_MAX) {
        err_set(err, "a device tree of %zu bytes is too large", room);
        return NULL;
    }
    Tree t = {.fdt = alloc_zeroed(1, room)};
    keep(&t, fdt_create(t.fdt, (int)room));
    keep(&t, fdt_finish_reservemap(t.fdt));
    begin(&t, "");
    CELLS(&t, "#address-cells", 2);
    CELLS(&t, "#size-cells", 2);
    text(&t, "compatible", "riscv-virtio");
    text(&t, "model", "nightjar,virt");
    chosen(&t, b);
    end_of_machine(&t, "poweroff", "syscon-poweroff", VIRT_TEST_PASS);
    end_of_machine(&t, "reboot", "syscon-reboot", VIRT_TEST_RESET);
    device(&t, "memory", VIRT_RAM, v->ram_size);
    text(&t, "device_type", "memory");
    end(&t);
    cpus(&t, b);
    devices(&t);
    end(&t);
    keep(&t, fdt_finish(t.fdt));
    BUG_IF(t.error, "the device tree cannot be made: %s", fdt_strerror(t.error));
    *n = fdt_totalsize(t.fdt);
    return t.fdt;
}

// As in QEMU's ROM: a0 = hart, a1 = device tree, a2 = record for dynamic firmware, jump to the firmware.
gpc virt_reset_rom(void *state, const BoardBoot *b) {
    const Virt *v = state;
    struct {
        uint32_t code[6];
        uint64_t firmware, tree;
        uint64_t magic, version, next, next_mode, options, boot_hart; // fw_dynamic_info
    } rom = {
        .code = {0x00000297,  // auipc t0, 0
                 0x02828613,  // addi  a2, t0, 40: the record
                 0xf1402573,  // csrr  a0, mhartid
                 0x0202b583,  // ld    a1, 32(t0)
                 0x0182b283,  // ld    t0, 24(t0)
                 0x00028067}, // jr    t0
        .firmware = b->firmware,
        .tree = b->tree,
        .magic = 0x4942534f, // "OSBI"
        .version = 2,
        .next = b->next,
        .next_mode = 1, // S
    };
    BUG_IF(!mem_copy_in(v->mem, VIRT_ROM, &rom, sizeof rom), "there is no reset ROM");
    return VIRT_ROM;
}
