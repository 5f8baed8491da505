// Constant folding (by ir_eval), canonical order of operands, algebraic simplification, decided branches.
//
// One walk over the unit; inputs are final when an instruction is visited, and rules are tried on it until none
// applies. The canonical form: a constant is the second operand, and an immediate (b = 0) where the op takes one and it
// fits 32 bits signed. Rules by family are in fold_int.c, fold_cmp.c and
// fold_float.c.
//
// Example:
//     v3 = const.i64 #8               v3 = const.i64 #8
//     v4 = add.i64 v3, v1             v4 = add.i64 v1, #8        the constant comes second, as an immediate
//     v5 = add.i64 v4, #-8            v5 is v1                   constants of one kind come together
//     br.i64.lts v3, #9 -> b1, b2     jump -> b1                 decided
#include "opt/fold.h"
#include "opt/opt.h"

enum { ROUNDS_MAX = 16 }; // a bound only: every rule makes an instruction simpler

// ---- forms of an instruction
bool fold_input_const(const IrUnit *u, const IrInsn *i, unsigned which, uint64_t *v) {
    IrRef r = which ? i->b : i->a;
    const IrInsn *from = r ? fold_at(u, r) : i;
    if (r ? from->op != IR_CONST : !(which && ir_op_is(i->op, IR_BIMM))) return false;
    *v = i->type == IR_I32 ? (uint64_t)(int64_t)(int32_t)from->imm : (uint64_t)from->imm;
    return true;
}

bool fold_fits(IrType t, uint64_t v, int64_t *imm) {
    *imm = t == IR_I32 ? (int32_t)v : (int64_t)v;
    return bits_fits_signed(*imm, 32);
}

bool fold_to_const(IrInsn *i, uint64_t v) {
    IrType t = ir_value_type(i);
    *i = (IrInsn){.op = IR_CONST, .type = (uint8_t)t, .imm = t == IR_I32 ? (int32_t)v : (int64_t)v};
    return true;
}

bool fold_to_value(const IrUnit *u, IrInsn *i, IrRef r) {
    IrType t = ir_value_type(i);
    if (ir_value_type(fold_at(u, r)) == t)
        opt_replace(i, r);
    else // the low half of an I64
        *i = (IrInsn){.op = IR_ZEXT, .type = (uint8_t)t, .a = r, .imm = 32};
    return true;
}

bool fold_to_imm(IrInsn *i, IrOp op, IrRef a, uint64_t imm) {
    int64_t fitting;
    if (!fold_fits((IrType)i->type, imm, &fitting)) return false;
    *i = (IrInsn){.op = (uint8_t)op, .type = i->type, .a = a, .imm = fitting};
    return true;
}

bool fold_to_ext(IrInsn *i, IrOp op, IrRef a, unsigned width) {
    *i = (IrInsn){.op = (uint8_t)op, .type = i->type, .a = a, .imm = width};
    return true;
}

// ---- every op
static bool fold_pure(const IrUnit *u, IrInsn *i) {
    const IrRef in[] = {i->a, i->b, i->c};
    uint64_t v[3] = {0};
    unsigned n = ir_op_info[i->op].inputs;
    if (!n) return false;
    for (unsigned k = 0; k < n && k < ARRAY_LEN(in); k++) {
        bool imm = k == 1 && !i->b && ir_op_is(i->op, IR_BIMM);
        if (!imm && fold_at(u, in[k])->op != IR_CONST) return false;
        v[k] = (uint64_t)(imm ? i->imm : fold_at(u, in[k])->imm);
    }
    return fold_to_const(i, ir_eval(i, v[0], v[1], v[2]));
}

static bool is_shift(uint8_t op) { return op >= IR_SHL && op <= IR_ROR; }

static void canonical_order(const IrUnit *u, IrInsn *i) {
    if (!i->b || fold_at(u, i->a)->op != IR_CONST || fold_at(u, i->b)->op == IR_CONST) return;
    if (!ir_op_is(i->op, IR_COMM | IR_COND)) return;
    IrRef a = i->a;
    i->a = i->b;
    i->b = a;
    if (ir_op_is(i->op, IR_COND)) i->c = ir_cond_swap((IrCond)i->c);
}

static void canonical_imm(const IrUnit *u, IrInsn *i) {
    uint64_t v;
    int64_t imm;
    if (!ir_op_is(i->op, IR_BIMM) || !fold_input_const(u, i, 1, &v)) return;
    if (is_shift(i->op)) v &= fold_width((IrType)i->type) - 1;
    if (!fold_fits((IrType)i->type, v, &imm)) return;
    i->b = 0;
    i->imm = imm;
}

static bool narrow(const IrUnit *u, IrRef *r, unsigned width, IrType type) {
    IrRef low = fold_low_bits(u, *r, width, type);
    if (low == *r) return false;
    *r = low;
    return true;
}

// Inputs of which only low bits are read need no extension.
static bool narrow_inputs(const IrUnit *u, IrInsn *i) {
    bool i32 = i->type == IR_I32, changed = false;
    if (is_shift(i->op) && i->b) changed |= narrow(u, &i->b, i32 ? 5 : 6, (IrType)i->type);
    if (i->op == IR_SHL && !i->b) {
        unsigned w = fold_width((IrType)i->type); // what is shifted out at the top does not matter
        changed |= narrow(u, &i->a, w - ((unsigned)i->imm & (w - 1)), (IrType)i->type);
    }
    if (ir_masks_low(i) && i->imm)
        changed |= narrow(u, &i->a, 64 - (unsigned)__builtin_clzll((uint64_t)i->imm), IR_I32);
    if (!i32) return changed;
    bool select = i->op == IR_SELECT;
    if (!select && i->a) changed |= narrow(u, &i->a, 32, IR_I32);
    if (ir_op_info[i->op].inputs > 1 && i->b) changed |= narrow(u, &i->b, 32, IR_I32);
    if (select) changed |= narrow(u, &i->c, 32, IR_I32);
    return changed;
}

// base + c joins the offset
static bool fold_base(const IrUnit *u, IrInsn *i) {
    const IrInsn *base = fold_at(u, i->a);
    if (base->op != IR_ADD || base->type != IR_I64 || base->b) return false;
    int64_t sum = (int64_t)((uint64_t)base->imm + (uint64_t)i->imm);
    if (!bits_fits_signed(sum, 32)) return false;
    i->a = base->a;
    i->imm = sum;
    return true;
}

static bool fold_memory(const IrUnit *u, IrInsn *i) {
    unsigned bits = 8u << (i->c & MEMOP_SIZE);
    if (i->op == IR_STORE && fold_float_store(u, i)) return true;
    if (ir_is_float((IrType)i->type)) return fold_base(u, i);
    if (i->op == IR_STORE && bits < 64 && narrow(u, &i->b, bits, IR_I32)) {
        i->type = (uint8_t)ir_value_type(fold_at(u, i->b));
        return true;
    }
    return fold_base(u, i);
}

// All args are one value, or the phi itself.
static bool fold_phi(IrUnit *u, IrRef ref, IrInsn *i) {
    IrRef one = 0;
    for (unsigned k = 0; k < i->c; k++) {
        IrRef arg = opt_resolve(u, u->phi_args.at[i->imm + k]);
        if (arg == ref || arg == one) continue;
        // An arg of a back edge that stands below is another value for sure; it may not stand in for the phi.
        if (one || arg > ref) return false;
        one = arg;
    }
    // INVARIANT: a value above the phi which is an arg for all predecessors dominates it.
    return one && ir_value_type(fold_at(u, one)) == i->type && fold_to_value(u, i, one);
}

// RETIRE tests against 0 itself, as the SELECTs before it do: so they share the host's flags.
static bool fold_retire(const IrUnit *u, IrInsn *i) {
    const IrInsn *cond = fold_at(u, i->a);
    if (cond->op != IR_CMP || cond->type != IR_I64 || cond->b || cond->imm || cond->c > IR_NE) return false;
    i->a = cond->a;
    if (cond->c == IR_EQ) i->b ^= 1;
    return true;
}

static bool rules(IrUnit *u, IrRef ref, IrInsn *i) {
    if (i->op == IR_RETIRE) return fold_retire(u, i);
    if (i->op == IR_PHI) return fold_phi(u, ref, i);
    if (i->op == IR_LOAD || i->op == IR_STORE) return fold_memory(u, i);
    if (i->op == IR_PUT || i->op == IR_SET) return i->type == IR_I32 && narrow(u, &i->a, 32, IR_I32);
    if (ir_raises_flags(i) || ir_is_quiet(i)) return false;
    if (!ir_op_is(i->op, IR_PURE) && i->op != IR_BR) return false;
    if (ir_op_is(i->op, IR_PURE) && fold_pure(u, i)) return true;
    canonical_order(u, i);
    canonical_imm(u, i);
    if (narrow_inputs(u, i)) return true;
    if (i->op >= IR_FADD && i->op <= IR_UNBOX) return fold_float(u, i);
    return ir_op_is(i->op, IR_COND) ? fold_cmp(u, i) : fold_int(u, i);
}

// ---- branches
static bool leads_to(const IrBlock *b, IrTarget t) { return b->succ[0] == t || b->succ[1] == t; }

// Block `from` does not lead to block `to` any more: the PHIs there lose that arg.
static void drop_edge(IrUnit *u, uint16_t from, uint16_t to) {
    unsigned place = 0;
    for (uint16_t b = 0; b < from; b++) place += leads_to(&u->blocks.at[b], to);
    for (uint32_t n = u->blocks.at[to].first; n < u->blocks.at[to].end; n++) {
        IrInsn *phi = &u->insns.at[n];
        if (phi->op == IR_NOP) continue;
        if (phi->op != IR_PHI) break;
        IrRef *args = &u->phi_args.at[phi->imm];
        phi->c--;
        for (unsigned k = place; k < phi->c; k++) args[k] = args[k + 1];
    }
}

static void fold_branch(IrUnit *u, uint16_t b, IrInsn *i) {
    IrBlock *block = &u->blocks.at[b];
    bool yes = true;
    if (ir_raises_flags(i)) return;
    if (block->succ[0] != block->succ[1] && !fold_condition_known(u, i, &yes)) return;
    IrTarget taken = block->succ[yes ? 0 : 1], other = block->succ[yes ? 1 : 0];
    const IrExit *exit = taken & IR_TO_EXIT ? &u->exits.at[taken & (IrTarget)~IR_TO_EXIT] : NULL;
    block->succ[0] = taken;
    block->succ[1] = IR_NO_TARGET;
    *i = (IrInsn){.op = exit && exit->kind == IR_EXIT_TRAP ? IR_TRAP : IR_JUMP};
    if (other != taken && !(other & IR_TO_EXIT)) drop_edge(u, b, other);
}

void opt_fold(IrUnit *u) {
    bool shifts = false; // a rotation has one to the right
    for (uint32_t b = 0; b < u->blocks.n; b++) {
        for (uint32_t n = u->blocks.at[b].first; n < u->blocks.at[b].end; n++) {
            IrInsn *i = &u->insns.at[n];
            if (!ir_op_info[i->op].inputs && i->op != IR_PHI) continue;
            opt_resolve_inputs(u, i);
            for (unsigned round = 0; round < ROUNDS_MAX && rules(u, (IrRef)n, i); round++) continue;
            shifts |= i->op == IR_SHR;
            if (i->op == IR_BR) fold_branch(u, (uint16_t)b, i);
        }
    }
    opt_resolve_phi_args(u);
    if (shifts) fold_rotations(u);
}
