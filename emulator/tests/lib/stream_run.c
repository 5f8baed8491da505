#include "tests/lib/stream_run.h"
#include "guest/rv64/rv64.h"
#include "tests/lib/stream.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void stream_run(Machine *m, int fd, StreamWay way) {
    char path[40];
    Err err;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MachineOptions o = {.elf_path = path,
                        .interp = way.interp,
                        .features = way.features,
                        .ram_size = STREAM_RAM_SIZE,
                        .cache_size = 1 << 20,
                        .max_insns = way.max_insns ? way.max_insns : STREAM_INSNS_MAX,
                        .in_fd = -1,
                        .out_fd = -1};
    BUG_IF(!machine_init(m, &o, &err), "%s", err.text);
    if (way.guest) m->jit.o.guest = way.guest;
    size_t whole = m->jit.cache.size;
    if (!way.interp && way.cache_room) m->jit.cache.size = m->jit.cache.reserved + way.cache_room;
    machine_run(m);
    if (!way.interp) m->jit.cache.size = whole;
}

// WHY int: all are compared and told, by &, which clang takes for a slip between two bools.
static int same(const char *what, uint64_t want, uint64_t got) {
    if (want != got) fprintf(stderr, "  %s: %#" PRIx64 " instead of %#" PRIx64 "\n", what, got, want);
    return want == got;
}

static bool same_memory(Machine *want, Machine *got, gaddr at, uint32_t n) {
    uint8_t *p = malloc(n), *q = malloc(n);
    bool ok = p && q && mem_copy_out(&want->mem, at, p, n) && mem_copy_out(&got->mem, at, q, n);
    for (uint32_t i = 0; i < n && ok && memcmp(p, q, n); i++)
        if (p[i] != q[i]) ok = same("address and byte of memory", (at + i) << 8 | p[i], (at + i) << 8 | q[i]);
    free(p);
    free(q);
    return ok;
}

bool stream_same(Machine *want, Machine *got, uint32_t n_code) {
    const Cpu *a = machine_cpu(want), *b = machine_cpu(got);
    const Rv64 *x = rv64_state(a), *y = rv64_state(b);
    bool ok = same("end", want->end, got->end) &
              same("exit code", (unsigned)want->exit_code, (unsigned)got->exit_code) & same("pc", a->pc, b->pc) &
              same("retired", cpu_now(a), cpu_now(b));
    char name[8];
    for (unsigned i = 1; i < 32; i++) snprintf(name, sizeof name, "x%u", i), ok &= same(name, a->slot[i], b->slot[i]);
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "f%u", i);
        ok &= same(name, a->slot[RV64_SLOT_F0 + i], b->slot[RV64_SLOT_F0 + i]);
    }
    ok &= same("fcsr", rv64_csr_peek(a, 3), rv64_csr_peek(b, 3));
    ok &= same("reservation", a->slot[RV64_SLOT_RESERVATION], b->slot[RV64_SLOT_RESERVATION]);
    ok &= same("mstatus", x->mstatus, y->mstatus) & same("mepc", x->mepc, y->mepc) &
          same("mcause", x->mcause, y->mcause) & same("mtval", x->mtval, y->mtval) &
          same("mscratch", x->mscratch, y->mscratch) & same("sepc", x->sepc, y->sepc) &
          same("scause", x->scause, y->scause) & same("stval", x->stval, y->stval) &
          same("sscratch", x->sscratch, y->sscratch) & same("mode", a->mode, b->mode) & same("mie", x->mie, y->mie) &
          same("cycle", x->cycle.offset, y->cycle.offset) & same("instret", x->instret.offset, y->instret.offset);
    ok &= same("exceptions", want->stats.v[STAT_exceptions], got->stats.v[STAT_exceptions]) &
          same("interrupts", want->stats.v[STAT_interrupts], got->stats.v[STAT_interrupts]);
    return ok && same_memory(want, got, STREAM_RAM, n_code) && same_memory(want, got, STREAM_WINDOW, STREAM_DATA_SIZE);
}
