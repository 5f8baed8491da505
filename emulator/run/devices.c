// What a machine offers to its board: time, interrupt lines, memory, an end.
#include "jit/invalidate.h"
#include "run/machine.h"
#include <string.h>
#include <time.h>

static void set_irq(void *ctx, unsigned line, bool level) {
    Cpu *cpu = machine_cpu(ctx);
    cpu->irq_lines = level ? cpu->irq_lines | 1u << line : cpu->irq_lines & ~(1u << line);
}

static void set_vector(void *ctx, unsigned vector, unsigned priority) {
    Cpu *cpu = machine_cpu(ctx);
    cpu->irq_vector = vector;
    cpu->irq_level = priority;
}

static void end(void *ctx, int code) {
    Machine *m = ctx;
    if (m->ended) return;
    m->ended = true;
    m->end = RUN_GUEST_EXIT;
    m->exit_code = code;
}

static void quit(void *ctx) {
    Machine *m = ctx;
    if (m->ended) return;
    m->ended = true;
    m->end = RUN_QUIT;
}

static void complain(void *ctx, const char *text) {
    (void)ctx;
    fprintf(stderr, "emu: %s\n", text);
}

// ---- what devices do to memory. They run while no generated code is on the stack: in an instruction that is executed
// alone, or between units.
static bool is_ram(Machine *m, gaddr at, size_t n) {
    for (gaddr end = at + n; at != end;) {
        const MemRegion *r = mem_find(&m->mem, at);
        if (!r || !r->host || !r->writable || end < at) return false;
        at = end - r->base < r->size ? end : r->base + r->size;
    }
    return true;
}

static bool dma_read(void *ctx, gaddr from, void *to, size_t n) {
    Machine *m = ctx;
    return is_ram(m, from, n) && mem_copy_out(&m->mem, from, to, n);
}

static bool dma_write(void *ctx, gaddr to, const void *from, size_t n) {
    Machine *m = ctx;
    if (!is_ram(m, to, n)) return false;
    for (gaddr at = to, next; at < to + n; at = next) {
        next = (at | (MEM_PAGE - 1)) + 1;
        if (next > to + n) next = to + n;
        if (mem_code_lines(&m->mem, at)) jit_code_written(&m->jit, at, (unsigned)(next - at));
    }
    return mem_copy_in(&m->mem, to, from, n);
}

static gaddr symbol(const Machine *m, const char *name) {
    const ElfSymbol *s = elf_symbol_named(&m->elf, name);
    return s ? s->lo : 0;
}

// By retired instructions the guest's calendar begins on the same day in every run: 2026-01-01, 0:00 UTC.
static uint64_t epoch_ns(const Machine *m) {
    struct timespec t;
    if (!m->o.host_clock) return 1767225600ull * 1000000000u;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool machine_make_board(Machine *m, Err *err) {
    BoardEnv env = {.ctx = m,
                    .now = machine_time_ns,
                    .set_irq = set_irq,
                    .set_vector = set_vector,
                    .end = end,
                    .quit = quit,
                    .complain = complain,
                    .dma_read = dma_read,
                    .dma_write = dma_write,
                    .epoch_ns = epoch_ns(m),
                    .live = m->o.host_clock,
                    .in_fd = m->o.in_fd,
                    .out_fd = m->o.out_fd,
                    .escape = m->o.escape};
    BoardOptions options = {.ram_size = m->o.ram_size,
                            .htif_tohost = symbol(m, "tohost"),
                            .htif_fromhost = symbol(m, "fromhost"),
                            .firmware = !m->o.elf_path,
                            .n_drives = m->o.n_drives,
                            .virtio_console = m->o.virtio_console,
                            .virtio_entropy = m->o.virtio_entropy,
                            .net = m->o.net};
    memcpy(options.drives, m->o.drives, sizeof options.drives);
    return m->board_kind->create(&m->board, &m->mem, &env, &options, err);
}
