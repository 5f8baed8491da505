// Trees to the intermediate form: what lower.c (statements) and lower_expression.c share.
#pragma once

#include "ir.h"

typedef struct {
    Function *f;
    Block *at; // where the next instruction goes
    Block *on_break, *on_continue;
} Lower;

Insn *lower_emit(Lower *l, Op op, Insn *x, Insn *y);
void lower_jump(Lower *l, Block *to);
void lower_branch(Lower *l, Insn *condition, Block *yes, Block *no);
Insn *lower_value(Lower *l, const Node *n); // NULL: a call without a result
void lower_condition(Lower *l, const Node *n, Block *yes, Block *no);
