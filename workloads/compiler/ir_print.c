// The intermediate form as text, to be read and to be hashed.
//
//     b2:                                  ; from b0 b2
//         v7 = phi v3, v9
//         v9 = add v7, v4
//         branch v9 -> b2, b3
#include "ir.h"

static void value(Text *out, const Insn *i) {
    if (i->op == OP_CONST) {
        text_char(out, '#'), text_number(out, i->imm);
        return;
    }
    text_char(out, 'v'), text_number(out, (int32_t)i->id);
}

static void block_name(Text *out, const Block *b) { text_char(out, 'b'), text_number(out, (int32_t)b->order); }

static void detail(Text *out, const Insn *i) {
    switch (i->op) {
    case OP_CONST:
    case OP_ARG:
    case OP_LOCAL: text_char(out, ' '), text_number(out, i->imm); break;
    case OP_GLOBAL:
        text_char(out, ' '), text_add(out, i->symbol->label);
        text_char(out, '+'), text_number(out, i->imm);
        break;
    case OP_CALL: text_char(out, ' '), text_add(out, i->symbol->label); break;
    case OP_LOAD:
    case OP_STORE:
        text_char(out, i->is_signed ? 's' : 'u'), text_number(out, 8 * i->width);
        text_add(out, " +"), text_number(out, i->imm);
        break;
    default: break;
    }
}

static void print_insn(Text *out, const Insn *i) {
    text_add(out, "    ");
    if (op_is(i->op, VALUE)) value(out, i), text_add(out, " = ");
    text_add(out, op_texts[i->op]);
    detail(out, i);
    for (uint32_t k = 0; k < i->n_args; k++) {
        text_add(out, k ? ", " : " ");
        value(out, ir_resolve(i->args[k]));
    }
    for (unsigned k = 0; k < 2 && i->block->succ[k] && op_is(i->op, ENDS); k++) {
        text_add(out, k ? ", " : " -> ");
        block_name(out, i->block->succ[k]);
    }
    text_char(out, '\n');
}

void ir_print(Text *out, const Function *f) {
    text_add(out, f->symbol->label), text_char(out, '\n');
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        const Block *b = f->blocks.at[n];
        block_name(out, b), text_char(out, ':');
        if (b->preds.n) text_add(out, " ; from");
        for (uint32_t k = 0; k < b->preds.n; k++) text_char(out, ' '), block_name(out, b->preds.at[k]);
        text_char(out, '\n');
        for (const Insn *i = b->first; i; i = i->next)
            if (i->op != OP_CONST) print_insn(out, i);
    }
}
