// The intermediate form: instructions in static single assignment, in blocks.
//
// An instruction is its own result. A pass that finds that one has the value of another sets `same`; a pass that looks at an input
// asks ir_resolve(). INVARIANT: the inputs of a PHI are in the order of the predecessors of its block; PHIs lead their block.
#pragma once

#include "tree.h"

enum { PURE = 1, COMMUTES = 2, COMPARES = 4, ENDS = 8, VALUE = 16 };

typedef struct Insn Insn;
typedef struct Block Block;
typedef struct Function Function;

struct Insn {
    Op op;
    uint8_t width;  // of LOAD and STORE: bytes
    bool is_signed; // of LOAD
    bool is_live;   // dce.c
    uint32_t id;    // below Function.n_ids
    int32_t imm;
    uint32_t n_args;
    Insn **args;
    Symbol *symbol;
    Insn *same; // what has its value, or NULL
    Block *block;
    Insn *prev, *next;
};

struct Block {
    uint32_t id;    // below Function.n_block_ids
    uint32_t order; // in Function.blocks
    Insn *first, *last;
    Block *succ[2];
    LIST(Block *) preds;
    bool is_reached;
    // dominators, once asked for
    Block *dominator;       // the immediate one; of the first block: itself
    Block *child, *sibling; // in the tree of dominators
    uint32_t begin, end;    // of its part of that tree, in preorder
    // loops, once asked for
    Block *loop;    // the head of the innermost loop around it, or NULL
    Block *outer;   // of a head: the head of the loop around that
    uint32_t depth; // of loops around it
    struct MachineBlock *machine;
};

struct Function {
    Arena *arena;
    Symbol *symbol;
    LIST(Block *) blocks; // the first is the entry; in reverse postorder after cfg_order()
    uint32_t n_ids, n_block_ids;
    uint32_t n_params;
};

extern const uint8_t op_flags[OP_COUNT];
extern const char *const op_texts[OP_COUNT];
static inline bool op_is(Op op, unsigned flag) { return (op_flags[op] & flag) != 0; }

Function *ir_function_new(Arena *arena, Symbol *symbol);
Block *ir_block_new(Function *f); // at the end of the list
Insn *ir_insn_new(Function *f, Op op, uint32_t n_args);
void ir_append(Block *b, Insn *i);
void ir_insert_before(Insn *place, Insn *i);
void ir_remove(Insn *i);
Insn *ir_resolve(Insn *i);
Insn *ir_emit(Function *f, Block *b, Op op, Insn *x, Insn *y); // appends it; inputs may be NULL
Insn *ir_const(Function *f, Block *b, int32_t value);
Insn *ir_phi(Function *f, Block *b, uint32_t n_args); // behind the PHIs that are there
void ir_edge_add(Block *from, unsigned k, Block *to, Arena *arena);
void ir_edge_remove(Block *from, Block *to); // one of them; PHIs lose that input
uint32_t ir_pred_number(const Block *b, const Block *pred);
static inline Insn *ir_terminator(const Block *b) { return b->last; }
void ir_resolve_all(Function *f);                         // nothing is `same` any more
uint32_t *ir_count_uses(const Function *f, Arena *arena); // by id
void ir_print(Text *out, const Function *f);
void ir_check(const Function *f); // traps if it is malformed

// lower.c
Function *lower_function(Arena *arena, Symbol *symbol);

// cfg.c
void cfg_order(Function *f);      // drops what is not reached
void cfg_dominators(Function *f); // needs cfg_order()
bool cfg_dominates(const Block *a, const Block *b);
void cfg_loops(Function *f); // needs cfg_dominators()
bool cfg_simplify(Function *f);
void cfg_split_critical(Function *f);

// the passes: did they change anything?
bool pass_promote(Function *f);   // locals become values
bool pass_fold(Function *f);      // constants and algebra
bool pass_propagate(Function *f); // constants along the branches that are taken
bool pass_number(Function *f);    // equal values once
bool pass_forward(Function *f);   // loads of what is known
bool pass_hoist(Function *f);     // out of loops
bool pass_inline(Function *f);
bool pass_dead(Function *f);
bool pass_reduce(Function *f);                   // multiplications of loop counters become additions
int32_t fold_apply(Op op, int32_t a, int32_t b); // of constants, as the target computes it
