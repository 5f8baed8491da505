// Executes an image: the proof that the code is right.
#include "image.h"
#include "machine.h"

typedef struct {
    uint32_t reg[REGS];
    uint8_t *memory;
    uint32_t size;
    bool fault;
} Cpu;

static uint32_t load(Cpu *c, uint32_t at, uint32_t n) {
    uint32_t value = 0;
    if (at >= c->size || c->size - at < n || at % n) {
        c->fault = true;
        return 0;
    }
    for (uint32_t k = n; k-- > 0;) value = value << 8 | c->memory[at + k];
    return value;
}

static void store(Cpu *c, uint32_t at, uint32_t n, uint32_t value) {
    if (at >= c->size || c->size - at < n || at % n) {
        c->fault = true;
        return;
    }
    for (uint32_t k = 0; k < n; k++) c->memory[at + k] = (uint8_t)(value >> (8 * k));
}

static int32_t divide(int32_t a, int32_t b) { return !b ? -1 : a == INT32_MIN && b == -1 ? a : a / b; }
static int32_t modulo(int32_t a, int32_t b) { return !b ? a : a == INT32_MIN && b == -1 ? 0 : a % b; }

static uint32_t compute(unsigned op, uint32_t a, uint32_t b) {
    switch (op) {
    case M_add:
    case M_addi: return a + b;
    case M_sub: return a - b;
    case M_mul:
    case M_muli: return a * b;
    case M_div: return (uint32_t)divide((int32_t)a, (int32_t)b);
    case M_rem: return (uint32_t)modulo((int32_t)a, (int32_t)b);
    case M_divu: return b ? a / b : ~0u;
    case M_remu: return b ? a % b : a;
    case M_and:
    case M_andi: return a & b;
    case M_or:
    case M_ori: return a | b;
    case M_xor:
    case M_xori: return a ^ b;
    case M_shl:
    case M_shli: return a << (b & 31);
    case M_shr:
    case M_shri: return a >> (b & 31);
    case M_sar:
    case M_sari: return (uint32_t)((int32_t)a >> (b & 31));
    case M_seq:
    case M_seqi: return a == b;
    case M_sne:
    case M_snei: return a != b;
    case M_slt:
    case M_slti: return (int32_t)a < (int32_t)b;
    case M_sle: return (int32_t)a <= (int32_t)b;
    case M_sltu:
    case M_sltui: return a < b;
    case M_sleu: return a <= b;
    case M_sext8: return (uint32_t)(int8_t)a;
    case M_sext16: return (uint32_t)(int16_t)a;
    case M_zext8: return (uint8_t)a;
    default: return (uint16_t)a; // zext16
    }
}

static uint32_t access(Cpu *c, unsigned op, uint32_t at, uint32_t value) {
    switch (op) {
    case M_lb: return (uint32_t)(int8_t)load(c, at, 1);
    case M_lbu: return load(c, at, 1);
    case M_lh: return (uint32_t)(int16_t)load(c, at, 2);
    case M_lhu: return load(c, at, 2);
    case M_lw: return load(c, at, 4);
    case M_sb: store(c, at, 1, value); return value;
    case M_sh: store(c, at, 2, value); return value;
    default: store(c, at, 4, value); return value;
    }
}

static bool is_taken(unsigned op, uint32_t a, uint32_t b) {
    switch (op) {
    case M_beq: return a == b;
    case M_bne: return a != b;
    case M_blt: return (int32_t)a < (int32_t)b;
    case M_ble: return (int32_t)a <= (int32_t)b;
    case M_bltu: return a < b;
    default: return a <= b;
    }
}

static int32_t sign_extend(uint32_t value, unsigned bits) { return (int32_t)(value << (32 - bits)) >> (32 - bits); }

Outcome simulate(const Image *image, uint8_t *memory, uint32_t n, uint32_t limit) {
    Cpu c = {.memory = memory, .size = n};
    Outcome out = {0};
    if (image->data_at + image->n_data >= n) return out;
    memset(memory, 0, n);
    if (image->n_data) memcpy(memory + image->data_at, image->data, image->n_data);
    c.reg[REG_SP] = n;
    for (uint32_t pc = 0; pc < image->n_code && !c.fault && out.steps < limit; out.steps++) {
        uint32_t insn = image->code[pc++], rd = insn >> 19 & 31, a = c.reg[insn >> 14 & 31], op = insn >> 24;
        int32_t imm = sign_extend(insn, 14);
        switch ((Form)machine_forms[op < M_COUNT ? op : M_halt]) {
        case FORM_R: c.reg[rd] = compute(op, a, c.reg[insn >> 9 & 31]); break;
        case FORM_I: c.reg[rd] = compute(op, a, (uint32_t)imm); break;
        case FORM_M: c.reg[rd] = access(&c, op, a + (uint32_t)imm, c.reg[rd]); break;
        case FORM_B: pc += is_taken(op, c.reg[rd], a) ? (uint32_t)imm : 0; break;
        case FORM_J:
            if (op == M_call) c.reg[REG_RETURN] = 4 * pc;
            pc += (uint32_t)sign_extend(insn, 24);
            break;
        case FORM_U: c.reg[rd] = (insn & 0x7ffff) << 13; break;
        case FORM_T: {
            uint32_t to = c.reg[rd] / 4;
            if (op == M_callr) c.reg[REG_RETURN] = 4 * pc;
            pc = to;
            break;
        }
        case FORM_S: return (Outcome){op == M_halt, (int32_t)c.reg[REG_ARG], out.steps};
        }
        c.reg[REG_ZERO] = 0;
    }
    return out;
}
