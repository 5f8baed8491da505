// Is this unit well formed? Reads nothing but the unit; the message names the instruction.
//
// Structure: blocks are contiguous from instruction 1 to the end, each ends in its only terminator, successors and
// exits exist and are of the kind that the terminator uses. Values: every input is defined earlier, by an instruction
// that dominates the use, and has a type that the op accepts. PHIs stand at the start of a block with one arg per
// predecessor. State: between an INSN marker and a later op of the same guest instruction that may fault there is no
// PUT or SET, because a fault shows the state before the guest instruction.
#include "base/alloc.h"
#include "ir/cfg.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Check {
    const IrUnit *u;
    IrCfg cfg;
    uint16_t *block_of; // of each instruction
    uint16_t block;     // being checked
    uint32_t at;        // instruction being checked
    Err *err;
} Check;

static bool bad(Check *k, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool bad(Check *k, const char *fmt, ...) {
    char why[256], *text = NULL;
    size_t size = 0;
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    FILE *f = alloc_stream(&text, &size);
    ir_print_insn(f, k->u, (IrRef)k->at);
    alloc_stream_end(f);
    err_set(k->err, "block %u, instruction %u (%s): %s", k->block, k->at, text, why);
    free(text);
    return false;
}

// ---- structure
static bool check_target(Check *k, IrTarget t, bool exit_only, uint8_t kinds) {
    const IrUnit *u = k->u;
    if (t == IR_NO_TARGET) return bad(k, "a successor is missing");
    if (!(t & IR_TO_EXIT)) {
        if (exit_only) return bad(k, "must leave through an exit, not to block %u", t);
        return t < u->blocks.n || bad(k, "successor block %u does not exist", t);
    }
    uint32_t e = t & (uint32_t)~IR_TO_EXIT;
    if (e >= u->exits.n) return bad(k, "exit %u does not exist", e);
    if (u->exits.at[e].kind > IR_EXIT_TRAP || !(kinds & (1 << u->exits.at[e].kind)))
        return bad(k, "exit %u has the wrong kind for it", e);
    return true;
}

static bool check_terminator(Check *k, const IrBlock *b, const IrInsn *i) {
    enum {
        DIRECT = 1 << IR_EXIT_DIRECT,
        COMPUTED = 1 << IR_EXIT_INDIRECT | 1 << IR_EXIT_RETURN,
        TRAP = 1 << IR_EXIT_TRAP
    };
    bool computed = i->op == IR_IJUMP, trap = i->op == IR_TRAP;
    uint8_t kinds = computed ? COMPUTED : trap ? TRAP : i->op == IR_BR ? DIRECT | TRAP : DIRECT;
    if (!check_target(k, b->succ[0], computed || trap, kinds)) return false;
    if (i->op == IR_BR && ir_is_float((IrType)i->type) && b->succ[0] == b->succ[1])
        return bad(k, "raises flags but has one successor");
    if (i->op == IR_BR) return check_target(k, b->succ[1], false, kinds);
    return b->succ[1] == IR_NO_TARGET || bad(k, "has one successor but the block names two");
}

static bool check_structure(Check *k) {
    const IrUnit *u = k->u;
    if (!u->insns.n || u->insns.at[0].op != IR_NOP) return err_set(k->err, "instruction 0 is not nop");
    if (u->insns.n > UINT16_MAX + 1u)
        return err_set(k->err, "%u instructions are too many for 16-bit refs", u->insns.n);
    if (!u->blocks.n || u->blocks.n >= IR_TO_EXIT) return err_set(k->err, "a unit of %u blocks", u->blocks.n);
    uint32_t next = 1;
    for (uint32_t n = 0; n < u->blocks.n; n++) {
        const IrBlock *b = &u->blocks.at[n];
        if (b->first != next || b->end <= b->first || b->end > u->insns.n)
            return err_set(k->err, "block %u is [%u, %u): must start at %u, not be empty and end in the unit", n,
                           b->first, b->end, next);
        k->block = (uint16_t)n;
        for (k->at = b->first; k->at < b->end; k->at++) {
            const IrInsn *i = &u->insns.at[k->at];
            if (i->op >= IR_OP_COUNT || i->type >= IR_TYPE_COUNT) return bad(k, "no such op or type");
            bool last = k->at + 1 == b->end;
            if (last && !ir_op_is(i->op, IR_TERM)) return bad(k, "the last instruction is not a terminator");
            if (!last && ir_op_is(i->op, IR_TERM)) return bad(k, "a terminator in the middle of a block");
            if (last && !check_terminator(k, b, i)) return false;
            k->block_of[k->at] = (uint16_t)n;
        }
        next = b->end;
    }
    return next == u->insns.n || err_set(k->err, "instructions from %u on are in no block", next);
}

// ---- values
static bool is_int(IrType t) { return t == IR_I32 || t == IR_I64; }

// Is `r` a value that is always computed before `from` (a block's end, or the instruction being checked) gets to run?
static bool check_ref(Check *k, IrRef r, uint16_t user_block) {
    if (!r || r >= k->u->insns.n) return bad(k, "input v%u does not exist", r);
    if (ir_value_type(&k->u->insns.at[r]) == IR_VOID)
        return bad(k, "input v%u is %s, which has no value", r, ir_op_info[k->u->insns.at[r].op].text);
    uint16_t def = k->block_of[r];
    if (!ir_reachable(&k->cfg, user_block)) return true;
    if (!ir_reachable(&k->cfg, def) || !ir_dominates(&k->cfg, def, user_block))
        return bad(k, "input v%u of block %u does not dominate block %u", r, def, user_block);
    return true;
}

// An input of at least the width of `want`: I32 takes both integer types.
static bool check_input(Check *k, IrRef r, IrType want) {
    if (r >= k->at && r < k->u->insns.n) return bad(k, "input v%u is defined later", r);
    if (!check_ref(k, r, k->block)) return false;
    IrType t = ir_value_type(&k->u->insns.at[r]);
    if (t == want || (want == IR_I32 && t == IR_I64)) return true;
    return bad(k, "input v%u is %s, needs %s", r, ir_type_text[t], ir_type_text[want]);
}

static bool check_any_int(Check *k, IrRef r) { return check_input(k, r, IR_I32); }

static bool check_slot(Check *k, int64_t slot) {
    return (uint64_t)slot < k->u->n_slots || bad(k, "slot %lld of %u", (long long)slot, k->u->n_slots);
}

static bool check_bound_of_half(Check *k, const IrInsn *i) {
    if (i->imm) return bad(k, "a bound of no bytes has no place");
    return check_input(k, i->a, IR_I64) && (!i->b || check_slot(k, i->b - 1));
}

static bool check_phi(Check *k, const IrInsn *i) {
    const IrUnit *u = k->u;
    uint32_t first = k->cfg.first_pred[k->block], n = k->cfg.first_pred[k->block + 1] - first;
    if (i->type == IR_VOID) return bad(k, "a phi needs a type");
    for (uint32_t j = u->blocks.at[k->block].first; j < k->at; j++)
        if (u->insns.at[j].op != IR_PHI && u->insns.at[j].op != IR_NOP)
            return bad(k, "a phi after the start of its block");
    if (!k->block) return bad(k, "a phi in the entry block");
    if (i->c != n) return bad(k, "%u args for %u predecessors", i->c, n);
    if (i->imm < 0 || (uint64_t)i->imm + n > u->phi_args.n) return bad(k, "args outside of phi_args");
    if (i->b && !check_slot(k, i->b - 1)) return false;
    if (i->a > IR_PHI_CANONICAL || (i->a && !ir_is_float((IrType)i->type))) return bad(k, "a phi with a = %u", i->a);
    for (uint32_t j = 0; j < n; j++) {
        IrRef r = u->phi_args.at[i->imm + j];
        if (!check_ref(k, r, k->cfg.preds[first + j])) return false;
        IrType t = ir_value_type(&u->insns.at[r]);
        if (t != i->type && !(i->type == IR_I32 && t == IR_I64)) return bad(k, "arg v%u is %s", r, ir_type_text[t]);
    }
    return true;
}

static bool check_memory(Check *k, const IrInsn *i) {
    unsigned size = 1u << (i->c & MEMOP_SIZE);
    if (i->c &
        ~(MEMOP_SIZE | MEMOP_SIGNED | MEMOP_RMW | MEMOP_COVERED | MEMOP_COVERED_STORE | MEMOP_ALIGNED | MEMOP_FOUND))
        return bad(k, "memop %u", i->c);
    if (!check_any_int(k, i->a)) return false;
    if (i->c & MEMOP_FOUND && (k->u->insns.at[i->a].op != IR_PROBE || i->c & (MEMOP_COVERED | MEMOP_ALIGNED)))
        return bad(k, "the address of an access that was found is a probe's");
    IrType t = i->op == IR_LOAD ? (IrType)i->type : i->b < k->at ? ir_value_type(&k->u->insns.at[i->b]) : IR_VOID;
    if (i->op == IR_STORE && !check_ref(k, i->b, k->block)) return false;
    bool fits = t == IR_I64 || (t == IR_I32 && size <= 4) || (t == IR_F32 && size == 4) || (t == IR_F64 && size == 8);
    if (ir_is_float(t) && (i->c & MEMOP_SIGNED)) return bad(k, "sign-extends a value of type %s", ir_type_text[t]);
    return fits || bad(k, "%u bytes of a value of type %s", size, ir_type_text[t]);
}

static bool check_atomic(Check *k, const IrInsn *i) {
    if (i->imm < 0 || i->imm >= IR_ATOMIC_COUNT) return bad(k, "atomic operation %lld", (long long)i->imm);
    if (!is_int(i->type)) return bad(k, "type must be i32 or i64");
    if ((i->imm == IR_ATOMIC_CAS) != (i->c != 0)) return bad(k, "c is what a cas expects");
    return check_any_int(k, i->a) && check_input(k, i->b, (IrType)i->type) &&
           (!i->c || check_input(k, i->c, (IrType)i->type));
}

static bool check_ext(Check *k, const IrInsn *i) {
    if (i->imm != 8 && i->imm != 16 && i->imm != 32) return bad(k, "width %lld", (long long)i->imm);
    return (is_int(i->type) || bad(k, "type must be i32 or i64")) && check_any_int(k, i->a);
}

static bool check_shadd(Check *k, const IrInsn *i) {
    if (i->imm < 1 || i->imm > 3) return bad(k, "shift %lld", (long long)i->imm);
    return (is_int(i->type) || bad(k, "type must be i32 or i64")) && check_input(k, i->a, (IrType)i->type) &&
           check_input(k, i->b, (IrType)i->type);
}

static bool check_call(Check *k, const IrInsn *i) {
    const IrRef args[] = {i->a, i->b, i->c};
    if (!i->imm) return bad(k, "no helper");
    if (i->type != IR_VOID && !is_int(i->type)) return bad(k, "a helper returns an integer or nothing");
    for (unsigned n = 0; n < 3; n++)
        if (args[n] && !check_any_int(k, args[n])) return false;
    return true;
}

// ---- floating point
static IrType other_format(IrType t) { return t == IR_F32 ? IR_F64 : IR_F32; }

static IrType same_size(IrType t) {
    static const uint8_t to[] = {[IR_I32] = IR_F32, [IR_I64] = IR_F64, [IR_F32] = IR_I32, [IR_F64] = IR_I64};
    return t < ARRAY_LEN(to) ? (IrType)to[t] : IR_VOID;
}

static bool check_rounding(Check *k, const IrInsn *i) {
    bool sign_bit = i->op == IR_FTOI || i->op == IR_ITOF;
    bool known = !(i->imm & ~(int64_t)(IR_ROUNDING | (sign_bit ? IR_UNSIGNED : 0)));
    return (known && (i->imm & IR_ROUNDING) < IR_ROUND_COUNT) || bad(k, "rounding %lld", (long long)i->imm);
}

// To `to`, which must be an integer or a format as `to_int` says, from a value of type `from`, which must be the other.
static bool check_conversion(Check *k, const IrInsn *i, IrType to, IrType from, bool to_int) {
    if (to_int ? !is_int(to) : !ir_is_float(to)) return bad(k, "type must be %s", to_int ? "i32 or i64" : "f32 or f64");
    if (to_int ? !ir_is_float(from) : !is_int(from)) return bad(k, "source type %u", from);
    return check_input(k, i->a, from);
}

static bool check_compare(Check *k, const IrInsn *i) {
    bool known = i->c == IR_EQ || i->c == IR_NE || i->c == IR_LTS || i->c == IR_LES || i->c == IR_GTS || i->c == IR_GES;
    if (!known) return bad(k, "condition %u", i->c);
    return check_input(k, i->a, (IrType)i->type) && check_input(k, i->b, (IrType)i->type);
}

static bool check_float(Check *k, const IrInsn *i) {
    const IrRef in[] = {i->a, i->b, i->c};
    IrType t = (IrType)i->type;
    if (ir_op_is(i->op, IR_ROUND) && !check_rounding(k, i)) return false;
    switch (i->op) {
    case IR_FTOI: return check_conversion(k, i, t, (IrType)i->c, true);
    case IR_ITOF: return check_conversion(k, i, t, (IrType)i->c, false);
    case IR_FTOIZ: return (t == IR_I32 || bad(k, "type must be i32")) && check_input(k, i->a, IR_F32);
    case IR_BITS: return t == IR_VOID ? bad(k, "bits need a type") : check_input(k, i->a, same_size(t));
    case IR_BOX: return (t == IR_F64 || bad(k, "type must be f64")) && check_input(k, i->a, IR_F32);
    case IR_UNBOX: return (t == IR_F32 || bad(k, "type must be f32")) && check_input(k, i->a, IR_F64);
    case IR_FFLAGS: return t == IR_I32 || bad(k, "type must be i32");
    default: break;
    }
    if (!ir_is_float(t)) return bad(k, "type must be f32 or f64");
    if (i->op >= IR_FADDZ && i->op <= IR_FCMPZ && t != IR_F32) return bad(k, "type must be f32");
    if (i->op == IR_FCMPZ) return check_compare(k, i);
    if (i->op == IR_FCVT) return check_input(k, i->a, other_format(t));
    for (unsigned n = 0; n < ir_op_info[i->op].inputs; n++)
        if (!check_input(k, in[n], t)) return false;
    return true;
}

static bool check_generic(Check *k, const IrInsn *i) {
    const IrOpInfo *info = &ir_op_info[i->op];
    const IrRef inputs[] = {i->a, i->b, i->c};
    if ((info->flags & IR_COND) && ir_is_float((IrType)i->type)) return check_compare(k, i);
    if (!is_int(i->type)) return bad(k, "type must be i32 or i64");
    if ((info->flags & IR_COND) && i->c >= IR_COND_COUNT) return bad(k, "condition %u", i->c);
    for (unsigned n = 0; n < info->inputs; n++) {
        if (n == 1 && (info->flags & IR_BIMM) && !i->b) continue;
        if (!check_input(k, inputs[n], ir_masks_low(i) ? IR_I32 : (IrType)i->type)) return false;
    }
    return true;
}

static bool check_insn(Check *k, const IrInsn *i) {
    switch (i->op) {
    case IR_NOP:
    case IR_INSN:
    case IR_FENCE:
    case IR_JUMP:
    case IR_TRAP: return true;
    case IR_BUDGET:
    case IR_TAKE: return (i->imm >= INT16_MIN && i->imm <= INT32_MAX) || bad(k, "budget %lld", (long long)i->imm);
    case IR_RETIRE:
        if (i->imm < 0 || i->imm > INT32_MAX) return bad(k, "budget %lld", (long long)i->imm);
        if (i->c >= k->u->blocks.n || ir_reachable(&k->cfg, i->c))
            return bad(k, "block %u must be one that nothing reaches", i->c);
        return check_input(k, i->a, IR_I64);
    case IR_CONST: return i->type != IR_VOID || bad(k, "a constant needs a type");
    case IR_GET:
        return check_slot(k, i->imm) && (i->type == k->u->slots[i->imm].type ||
                                         bad(k, "the slot is %s", ir_type_text[k->u->slots[i->imm].type]));
    case IR_PUT:
    case IR_SET: return check_slot(k, i->imm) && check_input(k, i->a, (IrType)k->u->slots[i->imm].type);
    case IR_PHI: return check_phi(k, i);
    case IR_SEXT:
    case IR_ZEXT: return check_ext(k, i);
    case IR_SHADD: return check_shadd(k, i);
    case IR_SELECT:
        if (i->type == IR_VOID) return bad(k, "select needs a type");
        return check_input(k, i->a, IR_I64) && check_input(k, i->b, (IrType)i->type) &&
               check_input(k, i->c, (IrType)i->type);
    case IR_BOUND:
        if (!i->c) return check_bound_of_half(k, i);
        return check_any_int(k, i->a) && (i->b <= 1 || bad(k, "a bound for %u", i->b));
    case IR_PROBE:
        if (i->type != IR_I64 || !i->c || i->c > IR_PROBE_MAX || i->b > IR_PROBE_STORE_LATER)
            return bad(k, "a probe of %u bytes, for %u, of type %u", i->c, i->b, i->type);
        return check_input(k, i->a, IR_I64);
    case IR_LOAD:
    case IR_STORE: return check_memory(k, i);
    case IR_ATOMIC: return check_atomic(k, i);
    case IR_CALL: return check_call(k, i);
    case IR_IJUMP: return check_any_int(k, i->a);
    default: return i->op >= IR_FADD && i->op <= IR_FFLAGS ? check_float(k, i) : check_generic(k, i);
    }
}

static bool may_fault(const IrInsn *i) {
    if (i->op == IR_CALL) return (((const IrHelper *)(uintptr_t)i->imm)->flags & IR_HELPER_RAISES) != 0;
    return ir_op_is(i->op, IR_FAULT);
}

static bool check_block(Check *k, const IrBlock *b) {
    bool marked = false, written = false;
    for (k->at = b->first; k->at < b->end; k->at++) {
        const IrInsn *i = &k->u->insns.at[k->at];
        if (!check_insn(k, i)) return false;
        if (i->op == IR_INSN) {
            marked = true;
            written = false;
        } else if (i->op == IR_PUT || i->op == IR_SET)
            written = marked;
        else if (written && may_fault(i))
            return bad(k, "may fault after a put of the same guest instruction");
    }
    return true;
}

bool ir_verify(const IrUnit *u, Err *err) {
    Check k = {.u = u, .err = err};
    k.block_of = alloc_zeroed(u->insns.n + 1, sizeof *k.block_of);
    bool good = check_structure(&k);
    if (good) {
        ir_cfg_make(&k.cfg, u);
        for (k.block = 0; good && k.block < u->blocks.n; k.block++) good = check_block(&k, &u->blocks.at[k.block]);
        ir_cfg_free(&k.cfg);
    }
    free(k.block_of);
    return good;
}
