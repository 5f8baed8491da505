// --log=ra: the allocated program, one step a line.
#include "ra/ra.h"

static void print_loc(FILE *out, const Ra *ra, RaLoc loc, const IrUnit *u, const char *const *regs) {
    switch (loc.kind) {
    case RA_REG: fprintf(out, "%s", regs[loc.index]); break;
    case RA_SLOT: fprintf(out, "[%s]", u->slots[loc.index].name); break;
    case RA_SPILL: fprintf(out, "spill%u", loc.index); break;
    case RA_CONST: fprintf(out, "#%#llx", (unsigned long long)u->insns.at[loc.index].imm); break;
    case RA_SUM: {
        const RaSum *sum = &ra->sums.at[loc.index];
        const char *how = sum->extends == IR_BOX ? "b" : sum->extends == IR_SEXT ? "s" : sum->extends ? "z" : "";
        print_loc(out, ra, sum->base, u, regs);
        fprintf(out, "+%s", how);
        print_loc(out, ra, sum->index, u, regs);
        fprintf(out, "<<%u+%d", sum->shift, sum->imm);
        break;
    }
    default: fprintf(out, "-"); break;
    }
}

static void print_snap(FILE *out, const Ra *ra, uint32_t snap, const IrUnit *u, const char *const *regs) {
    fprintf(out, "   {");
    for (uint32_t i = 0; i < ra->snaps.at[snap].n; i++) {
        const RaSnapEntry *e = &ra->entries.at[ra->snaps.at[snap].first + i];
        fprintf(out, "%s%s=", i ? " " : "", u->slots[e->slot].name);
        print_loc(out, ra, e->loc, u, regs);
    }
    fprintf(out, "}");
}

static void print_do(FILE *out, const Ra *ra, const RaOp *op, const IrUnit *u, const char *const *regs) {
    const RaLoc in[3] = {op->a, op->b, op->c};
    fprintf(out, "  %-6s", op->dst == RA_NO_REG ? "" : regs[op->dst]);
    for (unsigned k = 0; k < 3; k++) {
        if (in[k].kind == RA_NONE) continue;
        fputc(' ', out);
        print_loc(out, ra, in[k], u, regs);
    }
    fprintf(out, "   ; ");
    ir_print_insn(out, u, op->ref);
    if (op->snap != RA_NO_SNAP && ra->snaps.at[op->snap].n) print_snap(out, ra, op->snap, u, regs);
    fputc('\n', out);
}

void ra_print(FILE *out, const Ra *ra, const IrUnit *u, const char *const *regs) {
    for (uint32_t i = 0; i < ra->ops.n; i++) {
        const RaOp *op = &ra->ops.at[i];
        switch (op->kind) {
        case RA_BLOCK: fprintf(out, "block %u\n", op->ref); break;
        case RA_EDGE: fprintf(out, "edge %u\n", op->ref); break;
        case RA_GOTO: fprintf(out, "  goto block %u\n", op->ref); break;
        case RA_DO: print_do(out, ra, op, u, regs); break;
        case RA_CANON:
            fprintf(out, "  canon  ");
            print_loc(out, ra, op->a, u, regs);
            if (op->b.kind != RA_NONE) fputc('|', out), print_loc(out, ra, op->b, u, regs);
            if (op->c.kind != RA_NONE) fputc('|', out), print_loc(out, ra, op->c, u, regs);
            for (uint32_t k = op->fixes; k < op->fixes + op->n_fixes; k++) {
                fputc(' ', out);
                print_loc(out, ra, ra->fixes.at[k].loc, u, regs);
            }
            fputc('\n', out);
            break;
        case RA_SWAP:
        case RA_MOVE:
            fprintf(out, "  %-6s %s ", regs[op->dst], op->kind == RA_SWAP ? "<->" : "<-");
            print_loc(out, ra, op->a, u, regs);
            fputc('\n', out);
            break;
        default:
            fprintf(out, "  ");
            print_loc(out, ra, op->to, u, regs);
            fprintf(out, " <- ");
            print_loc(out, ra, op->a, u, regs);
            fputc('\n', out);
        }
    }
}
