// IR as text. ir_parse() reads it back.
//
//   b0: pc 0x80000000 bytes 6 guest 2
//     insn 0x80000000 [0]
//     v2 = get.i64 x10
//     v3 = add.i64 v2, #5
//     v4 = sext.i64[32] v3
//     v5 = load.i64[s4] v2 + 16          [1 2 4 8], s: sign-extended, r: first half of a read-modify-write
//     store.i64[8] v2 - 8, v5
//     set x10, v4
//     v6 = fadd.f64[rne] v5, v5
//     v7 = ftoi.i64[rtz u f64] v6        rounding, u: unsigned integer, type of the source
//     v8 = call.i64 helper(v5, -, v2)
//     br.i64.ltu v3, v4 -> b1, e0
//   e0: direct pc 0x80000006 retired 2
//
// INVARIANT: values keep their numbers; NOPs are not printed, and instructions without a value have no number.
#include "ir/ir.h"
#include <inttypes.h>

static void print_number(FILE *out, int64_t v) {
    if (v > -65536 && v < 65536)
        fprintf(out, "%" PRId64, v);
    else
        fprintf(out, "0x%" PRIx64, (uint64_t)v);
}

static void print_ref(FILE *out, IrRef r) {
    if (r)
        fprintf(out, "v%u", r);
    else
        fputc('-', out);
}

static void print_slot(FILE *out, const IrUnit *u, uint64_t slot) {
    if (slot < u->n_slots)
        fputs(u->slots[slot].name, out);
    else
        fprintf(out, "slot?%" PRIu64, slot);
}

static void print_target(FILE *out, IrTarget t) {
    if (t == IR_NO_TARGET)
        fputs("none", out);
    else if (t & IR_TO_EXIT)
        fprintf(out, "e%u", t & ~IR_TO_EXIT);
    else
        fprintf(out, "b%u", t);
}

static const IrBlock *block_of(const IrUnit *u, IrRef ref) {
    for (uint32_t i = 0; i < u->blocks.n; i++)
        if (ref >= u->blocks.at[i].first && ref < u->blocks.at[i].end) return &u->blocks.at[i];
    return NULL; // its block is still being built
}

static void print_targets(FILE *out, const IrUnit *u, IrRef ref, unsigned n) {
    const IrBlock *b = block_of(u, ref);
    for (unsigned i = 0; b && i < n; i++) {
        fputs(i ? ", " : " -> ", out);
        print_target(out, b->succ[i]);
    }
}

static void print_offset(FILE *out, const IrInsn *i) {
    if (!i->imm) return;
    bool minus = i->imm < 0 && i->imm != INT64_MIN;
    fputs(minus ? " - " : " + ", out);
    print_number(out, minus ? -i->imm : i->imm);
}

static void print_place(FILE *out, const IrInsn *i) { // of a LOAD or STORE
    const char *covered = i->c & MEMOP_COVERED ? i->c & MEMOP_COVERED_STORE ? "cc" : "c" : "";
    fprintf(out, "[%s%u%s%s%s%s] v%u", i->c & MEMOP_SIGNED ? "s" : "", 1u << (i->c & MEMOP_SIZE),
            i->c & MEMOP_RMW ? "r" : "", i->c & MEMOP_ALIGNED ? "a" : "", covered, i->c & MEMOP_FOUND ? "f" : "", i->a);
    print_offset(out, i);
}

static void print_slot_in(FILE *out, const IrUnit *u, IrRef slot_1) {
    if (!slot_1) return;
    fputs(" [", out);
    print_slot(out, u, slot_1 - 1u);
    fputc(']', out);
}

static void print_bound(FILE *out, const IrUnit *u, const IrInsn *i) {
    bool half = i->op == IR_BOUND && !i->c;
    fprintf(out, "[%s%u] v%u", half ? "" : i->b > 1 ? "ls" : i->b ? "s" : "", i->c, i->a);
    print_offset(out, i);
    if (half) print_slot_in(out, u, i->b);
}

static void print_phi(FILE *out, const IrUnit *u, const IrInsn *i) {
    for (unsigned k = 0; k < i->c; k++) {
        fputs(k ? ", " : " ", out);
        uint64_t at = (uint64_t)i->imm + k;
        print_ref(out, at < u->phi_args.n ? u->phi_args.at[at] : 0);
    }
    print_slot_in(out, u, i->b);
    if (i->a) fputs(" canonical", out);
}

static void print_call(FILE *out, const IrInsn *i) {
    const IrHelper *h = (const IrHelper *)(uintptr_t)i->imm;
    const IrRef args[] = {i->a, i->b, i->c};
    unsigned n = i->c ? 3 : i->b ? 2 : i->a ? 1 : 0;
    fprintf(out, " %s(", h ? h->name : "none");
    for (unsigned k = 0; k < n; k++) {
        if (k) fputs(", ", out);
        print_ref(out, args[k]);
    }
    fputc(')', out);
}

static void print_operands(FILE *out, const IrInsn *i) {
    const IrOpInfo *info = &ir_op_info[i->op];
    const IrRef inputs[] = {i->a, i->b, i->c};
    for (unsigned k = 0; k < info->inputs && k < ARRAY_LEN(inputs); k++) {
        fputs(k ? ", " : " ", out);
        if (k == 1 && (info->flags & IR_BIMM) && !i->b) {
            fputc('#', out);
            print_number(out, i->imm);
        } else
            print_ref(out, inputs[k]);
    }
}

static void print_rounding(FILE *out, const IrInsn *i) {
    uint64_t round = (uint64_t)i->imm & IR_ROUNDING;
    fprintf(out, "[%s", round < IR_ROUND_COUNT ? ir_round_text[round] : "round?");
    if (i->imm & IR_UNSIGNED) fputs(" u", out);
    if (i->op == IR_FTOI || i->op == IR_ITOF) fprintf(out, " %s", i->c < IR_TYPE_COUNT ? ir_type_text[i->c] : "type?");
    fputc(']', out);
}

static void print_atomic(FILE *out, const IrInsn *i) {
    bool known = i->imm >= 0 && i->imm < IR_ATOMIC_COUNT;
    fprintf(out, "[%s] ", known ? ir_atomic_text[i->imm] : "atomic?");
    print_ref(out, i->a);
    fputs(", ", out);
    print_ref(out, i->b);
    if (!i->c) return;
    fputs(", ", out);
    print_ref(out, i->c);
}

static void print_body(FILE *out, const IrUnit *u, const IrInsn *i, IrRef ref) {
    switch (i->op) {
    case IR_CONST:
        fputs(" #", out);
        print_number(out, i->imm);
        break;
    case IR_GET:
        fputc(' ', out);
        print_slot(out, u, (uint64_t)i->imm);
        break;
    case IR_PUT:
    case IR_SET:
        fputc(' ', out);
        print_slot(out, u, (uint64_t)i->imm);
        fputs(", ", out);
        print_ref(out, i->a);
        if (i->c) fputs(", at once", out);
        break;
    case IR_PHI: print_phi(out, u, i); break;
    case IR_SHADD:
    case IR_SEXT:
    case IR_ZEXT:
        fprintf(out, "[%" PRId64 "]", i->imm);
        print_operands(out, i);
        break;
    case IR_LOAD: print_place(out, i); break;
    case IR_BOUND:
    case IR_PROBE: print_bound(out, u, i); break;
    case IR_STORE:
        print_place(out, i);
        fputs(", ", out);
        print_ref(out, i->b);
        break;
    case IR_ATOMIC: print_atomic(out, i); break;
    case IR_CALL: print_call(out, i); break;
    case IR_INSN: fprintf(out, " 0x%" PRIx64 " [%u]", (uint64_t)i->imm, i->c); break;
    case IR_BUDGET:
    case IR_TAKE:
        fputs(" #", out);
        print_number(out, i->imm);
        if (i->op == IR_BUDGET && i->c != i->imm) fprintf(out, ", back #%u", i->c);
        break;
    case IR_RETIRE:
        fputs(" #", out);
        print_number(out, i->imm);
        fprintf(out, ", %sv%u, b%u", i->b ? "not " : "", i->a, i->c);
        break;
    case IR_BR:
        print_operands(out, i);
        print_targets(out, u, ref, 2);
        break;
    case IR_JUMP:
    case IR_IJUMP:
    case IR_TRAP:
        print_operands(out, i);
        print_targets(out, u, ref, 1);
        break;
    case IR_FFLAGS:
        if (i->imm) fputs(" keep", out);
        break;
    case IR_CMP:
        print_operands(out, i);
        if (ir_is_quiet(i)) fputs(", quiet", out);
        break;
    default: print_operands(out, i);
    }
}

void ir_print_insn(FILE *out, const IrUnit *u, IrRef ref) {
    const IrInsn *i = &u->insns.at[ref];
    if (i->op >= IR_OP_COUNT || i->type >= IR_TYPE_COUNT) {
        fprintf(out, "op?%u.type?%u", i->op, i->type);
        return;
    }
    if (ir_value_type(i) != IR_VOID) fprintf(out, "v%u = ", ref);
    fputs(ir_op_info[i->op].text, out);
    if (i->type != IR_VOID && i->op != IR_PUT && i->op != IR_SET) fprintf(out, ".%s", ir_type_text[i->type]);
    if (ir_op_is(i->op, IR_COND)) fprintf(out, ".%s", i->c < IR_COND_COUNT ? ir_cond_text[i->c] : "cond?");
    if (ir_op_is(i->op, IR_ROUND)) print_rounding(out, i);
    print_body(out, u, i, ref);
}

static void print_exit(FILE *out, uint32_t index, const IrExit *e) {
    static const char *const kinds[] = {"direct", "indirect", "return", "trap"};
    fprintf(out, "e%u: %s", index, e->kind < ARRAY_LEN(kinds) ? kinds[e->kind] : "kind?");
    if (e->pc) fprintf(out, " pc 0x%" PRIx64, e->pc);
    if (e->return_pc) fprintf(out, " return 0x%" PRIx64, e->return_pc);
    if (e->code) fprintf(out, " code %u", e->code);
    if (e->value) fprintf(out, " value 0x%" PRIx64, e->value);
    fprintf(out, " retired %u", e->retired);
    if (e->owed) fprintf(out, " owed %d", e->owed);
    fputc('\n', out);
}

void ir_print(FILE *out, const IrUnit *u) {
    for (uint32_t k = 0; k < u->blocks.n; k++) {
        const IrBlock *b = &u->blocks.at[k];
        fprintf(out, "b%u: pc 0x%" PRIx64 " bytes %u guest %u", k, b->pc, b->bytes, b->n_guest);
        if (b->ahead) fprintf(out, " ahead %d", b->ahead);
        fputc('\n', out);
        uint32_t end = b->end ? b->end : u->insns.n;
        for (uint32_t i = b->first; i < end; i++) {
            if (u->insns.at[i].op == IR_NOP) continue;
            fputs("  ", out);
            ir_print_insn(out, u, (IrRef)i);
            fputc('\n', out);
        }
    }
    for (uint32_t k = 0; k < u->exits.n; k++) print_exit(out, k, &u->exits.at[k]);
}
