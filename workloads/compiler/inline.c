// Calls of small functions are replaced by what those do.
//
//     b1: ... v5 = call f v1 ...    ->    b1: ... jump -> b7     b7: (f with v1 for its argument) jump -> b2     b2: v5 is its result ...
//
// The callee is finished by then: functions come in the order of the program, which has most callees first.
#include "ir.h"

enum { CALLEE_MAX = 32, CALLER_MAX = 600 };

static uint32_t size_of(const Function *f) {
    uint32_t n = 0;
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next) n += i->op != OP_CONST && i->op != OP_ARG;
    return n;
}

static bool calls(const Function *f, const Symbol *s) {
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next)
            if (i->op == OP_CALL && i->symbol == s) return true;
    return false;
}

static bool is_small(const Function *f, const Insn *call) {
    const Function *callee = call->symbol->function;
    return callee && callee != f && call->n_args == callee->n_params && size_of(callee) <= CALLEE_MAX &&
           !calls(callee, callee->symbol);
}

// What stands behind the call becomes a block of its own.
static Block *cut(Function *f, Insn *call) {
    Block *b = call->block, *rest = ir_block_new(f);
    for (Insn *i = call->next, *next; i; i = next) {
        next = i->next;
        ir_remove(i);
        ir_append(rest, i);
    }
    for (unsigned k = 0; k < 2; k++) {
        rest->succ[k] = b->succ[k], b->succ[k] = NULL;
        if (rest->succ[k]) rest->succ[k]->preds.at[ir_pred_number(rest->succ[k], b)] = rest;
    }
    return rest;
}

typedef struct {
    Function *f, *callee;
    Insn *call;
    Insn **map;    // by id of the callee
    Block **block; // by order of the callee
    Block *rest;
    Insn *result; // PHI in `rest`, or NULL
} Copy;

static Insn *copy_insn(Copy *c, const Insn *i) {
    Insn *copy = ir_insn_new(c->f, i->op, i->n_args);
    copy->width = i->width, copy->is_signed = i->is_signed, copy->imm = i->imm, copy->symbol = i->symbol;
    return copy;
}

static void return_from(Copy *c, Block *b, const Insn *i) {
    if (c->result) {
        Insn *value = i->n_args ? c->map[i->args[0]->id] : ir_const(c->f, b, 0);
        c->result->args[c->result->n_args++] = value;
    }
    ir_emit(c->f, b, OP_JUMP, NULL, NULL);
    ir_edge_add(b, 0, c->rest, c->f->arena);
}

static void make_copies(Copy *c) {
    Block *entry = c->f->blocks.at[0];
    for (uint32_t n = 0; n < c->callee->blocks.n; n++)
        for (const Insn *i = c->callee->blocks.at[n]->first; i; i = i->next) {
            if (i->op == OP_ARG) {
                c->map[i->id] = c->call->args[i->imm];
                continue;
            }
            if (i->op == OP_RETURN) continue;
            Insn *copy = c->map[i->id] = copy_insn(c, i);
            if (i->op == OP_LOCAL)
                ir_insert_before(entry->first, copy); // its memory is there once
            else
                ir_append(c->block[n], copy);
        }
}

static void connect(Copy *c) {
    for (uint32_t n = 0; n < c->callee->blocks.n; n++) {
        const Block *from = c->callee->blocks.at[n];
        Block *to = c->block[n];
        for (const Insn *i = from->first; i; i = i->next) {
            if (i->op == OP_RETURN) return_from(c, to, i);
            for (uint32_t k = 0; k < i->n_args && i->op != OP_RETURN; k++)
                c->map[i->id]->args[k] = c->map[i->args[k]->id];
        }
        for (unsigned k = 0; k < 2; k++)
            if (from->succ[k]) to->succ[k] = c->block[from->succ[k]->order];
        for (uint32_t k = 0; k < from->preds.n; k++) // in the order that the PHIs have
            list_push(c->f->arena, &to->preds, c->block[from->preds.at[k]->order]);
    }
}

static void inline_call(Function *f, Insn *call) {
    Copy c = {.f = f, .callee = call->symbol->function, .call = call};
    Block *b = call->block;
    c.map = NEW_N(f->arena, Insn *, c.callee->n_ids);
    c.block = NEW_N(f->arena, Block *, c.callee->blocks.n);
    c.rest = cut(f, call);
    for (uint32_t n = 0; n < c.callee->blocks.n; n++) c.block[n] = ir_block_new(f);
    if (c.callee->symbol->type->to->kind != TYPE_VOID) {
        c.result = ir_phi(f, c.rest, c.callee->blocks.n);
        c.result->n_args = 0;
    }
    make_copies(&c);
    connect(&c);
    ir_remove(call);
    if (c.result) call->same = c.result;
    ir_emit(f, b, OP_JUMP, NULL, NULL);
    ir_edge_add(b, 0, c.block[0], f->arena);
}

bool pass_inline(Function *f) {
    bool changed = false;
    uint32_t size = size_of(f);
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first; i; i = i->next) {
            if (i->op != OP_CALL || !is_small(f, i) || size > CALLER_MAX) continue;
            for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
            size += size_of(i->symbol->function);
            inline_call(f, i);
            changed = true;
            break; // the rest of the block is another block, further behind
        }
    cfg_order(f);
    ir_resolve_all(f);
    return changed;
}
