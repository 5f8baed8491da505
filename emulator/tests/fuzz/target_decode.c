// Oracle: the table and the verifier of the IR. Any bytes, as RV64 and as RX: what decodes prints, its fields encode to the
// same bytes again, and what is lifted of it, in each privilege, is IR that ir_verify() accepts.
#include "guest/rand.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include "guest/rx/guest_rx.h"
#include "guest/rx/rx.h"
#include "tests/fuzz/targets.h"
#include "tests/lib/rv64_cpu.h"
#include <string.h>

enum { PC = 0x80001000, INSNS_MAX = 8 };

static unsigned check_insn(const Guest *g, const InsnTable *t, const uint8_t *bytes, unsigned avail) {
    Insn insn = g->decode(bytes, avail, PC);
    char text[128];
    uint8_t again[INSN_BYTES_MAX];
    if (!insn.len) return 0;
    BUG_IF(insn.len > avail, "an instruction of more bytes than there are");
    BUG_IF(insn.op >= g->n_ops, "an op that is not in the table");
    BUG_IF(!g->print(text, sizeof text, &insn, PC), "an instruction without text");
    BUG_IF(insn_encode(t, insn.op, insn.f, again) != insn.len, "%s: encodes to another length", text);
    Insn other = g->decode(again, insn.len, PC); // bits that mean nothing may differ
    BUG_IF(other.op != insn.op || memcmp(other.f, insn.f, sizeof insn.f) != 0, "%s: encodes to another instruction",
           text);
    return insn.len;
}

// As many instructions as there are in the bytes, in one block.
static void check_lift(const Guest *g, const Cpu *cpu, const uint8_t *bytes, size_t n) {
    IrUnit u;
    Err err = {0};
    Features features = features_default();
    Stats stats = {0};
    ir_unit_init(&u, g->slots, g->n_slots);
    Lift l = {.u = &u, .features = &features, .stats = &stats, .cpu = cpu, .pc = PC, .block = ir_block_begin(&u, PC)};
    for (unsigned i = 0; i < INSNS_MAX && n && !l.ended; i++) {
        unsigned avail = n < INSN_BYTES_MAX ? (unsigned)n : INSN_BYTES_MAX;
        Insn insn = g->decode(bytes, avail, l.pc);
        if (!insn.len && avail < g->insn_min) break;
        l.next_pc = l.pc + insn.len, l.index = (uint16_t)i;
        ir_emit(&u, (IrInsn){.op = IR_INSN, .imm = (int64_t)l.pc, .c = (IrRef)i});
        if (!insn.len)
            g->lift_undefined(&l, bytes, avail);
        else
            BUG_IF(!g->lift(&l, &insn), "a decoded instruction is not lifted");
        bytes += insn.len, n -= insn.len, l.pc = l.next_pc;
    }
    if (!l.ended) lift_jump(&l, l.pc, 0);
    ir_block_end(&u);
    if (!ir_verify(&u, &err)) ir_print(stderr, &u);
    BUG_IF(*err.text, "lifted: %s", err.text);
    ir_unit_free(&u);
}

static void check_rv64(const uint8_t *data, size_t n, uint64_t how) {
    static const uint8_t privs[] = {RV64_M, RV64_S, RV64_U};
    Rv64Cpu *c = malloc(sizeof *c);
    BUG_IF(!c, "no memory for a CPU");
    rv64_cpu_init(c);
    rv64_state(&c->cpu)->mstatus = how >> 8 << 5;
    rv64_cpu_set_priv(c, privs[how % 3]);
    check_lift(&guest_rv64, &c->cpu, data, n);
    rv64_cpu_free(c);
    free(c);
}

static unsigned no_flags(void *hart) {
    (void)hart;
    return 0;
}

static void check_rx(const uint8_t *data, size_t n, uint64_t how) {
    Cpu *cpu = calloc(1, sizeof *cpu);
    CpuEnv env = {.fp_flags = no_flags};
    BUG_IF(!cpu, "no memory for a CPU");
    cpu->env = &env;
    cpu->guest = guest_rx.create();
    guest_rx.reset(cpu, PC);
    rx_psw_write(cpu, (uint32_t)how << 16 & RX_PSW_PM);
    check_lift(&guest_rx, cpu, data, n);
    guest_rx.destroy(cpu->guest);
    free(cpu);
}

void fuzz_decode(const uint8_t *data, size_t n) {
    FuzzInput in = {data, n};
    uint64_t how = fuzz_number(&in, 3);
    bool rv64 = how & 1;
    const Guest *g = rv64 ? &guest_rv64 : &guest_rx;
    const uint8_t *at = in.at;
    for (size_t left = in.n, len; left; at += len, left -= len) {
        len =
            check_insn(g, rv64 ? &rv64_insns : &rx_insns, at, left < INSN_BYTES_MAX ? (unsigned)left : INSN_BYTES_MAX);
        if (!len) break;
    }
    if (rv64)
        check_rv64(in.at, in.n, how >> 1);
    else
        check_rx(in.at, in.n, how >> 1);
}

// Random instructions of either table.
bool fuzz_decode_seed(unsigned i, Bytes *out) {
    Rng r = {i};
    RandLimits l = rand_limits_default();
    for (unsigned k = 0; k < INSN_CLASS_COUNT; k++) l.weight[k] = 1;
    bytes_put(out, i, 1);
    bytes_put(out, rng_next(&r), 2);
    for (unsigned k = 0; k < 6; k++) {
        uint8_t b[INSN_BYTES_MAX];
        size_t n = rand_insn(i & 1 ? &rv64_insns : &rx_insns, &r, &l, b, NULL);
        bytes_add(out, b, n);
    }
    return i < 40;
}
