// Hot regions: several guest blocks in one unit, with loops, both sides of branches and calls inlined.
//
//   guest code    f: add; beq .., out    call g    back: j f        g: mul; ret        out: (has never run)
//   grow from f   node 1 f, node 2 the call, node 3 g in the context "returns to back", node 4 back
//   link          block 0 -> 1;  1 -> exit out, 2;  2 -> 3;  3 -> 4, guard;  4 -> 1, a loop, so block 1 gets PHIs
//   block 3       its ret became a branch on pc == back; the guard has the indirect jump for every other pc. So it is with a
//                 call or jump through a register that went to one place nearly always (the switch `guess`)
//   result        one unit of 6 blocks, left by the exit to out, by the guard, or when the budget is spent
//
// grow   follows direct exits from a hot block into blocks that have run before: those have a unit; first into what was
//        entered most often while the place was watched (tier.c). A call is followed into its callee. The context of a
//        node is the list of return addresses of the calls that are inlined around it.
// split  ends a node where another one begins.
// order  puts nodes so that only edges that close a cycle go back.
// link   turns exits between members into jumps; block 0 is an empty entry, so that a loop that begins at the first
//        node has its PHIs.
//
// The budget is placed when the unit is finished (budget.c). The rest of the pipeline does not
// know that a unit is a region.
#include "jit/translate/translator.h"
#include "jit/code/records.h"
#include <string.h>

enum { NODES_MAX = 64, INSNS_MAX = 320, DEPTH_MAX = 4, CONTEXTS_MAX = 64, NO_NODE = 0xffff };

typedef struct Context {
    uint16_t parent; // context of the caller; 0 is the region's own level
    uint16_t depth;
    gpc return_pc, callee;
} Context;

typedef struct Node {
    gpc pc;
    uint16_t context;
    uint16_t raw;   // its block of Region.raw
    uint16_t guard; // block that holds the indirect jump to where it was not expected to go, or 0
    gpc to[2];      // followed successors
    uint16_t to_context[2];
    bool follow[2];
} Node;

typedef struct Region {
    Jit *j;
    Frame *frame; // frame of the hart that found the code hot
    IrUnit *raw;
    Node nodes[NODES_MAX];
    uint32_t n, n_insns;
    Context contexts[CONTEXTS_MAX];
    uint32_t n_contexts;
    struct {
        gpc pc;
        uint16_t context, seen; // seen: as IrBlock's
    } todo[NODES_MAX * 2];
    uint32_t n_todo;
    gaddr pages[UNIT_PAGES_MAX + 2]; // that its blocks may lie in
    unsigned n_pages;
} Region;

// ---- grow
static uint16_t find_node(const Region *r, gpc pc, uint16_t context) {
    for (uint32_t i = 0; i < r->n; i++)
        if (r->nodes[i].pc == pc && r->nodes[i].context == context) return (uint16_t)i;
    return NO_NODE;
}

static uint16_t enter_call(Region *r, uint16_t from, gpc callee, gpc return_pc) {
    if (r->contexts[from].depth >= DEPTH_MAX) return NO_NODE;
    for (uint16_t c = from; c; c = r->contexts[c].parent)
        if (r->contexts[c].callee == callee) return NO_NODE; // recursion
    for (uint32_t c = 1; c < r->n_contexts; c++)
        if (r->contexts[c].parent == from && r->contexts[c].return_pc == return_pc && r->contexts[c].callee == callee)
            return (uint16_t)c;
    if (r->n_contexts == CONTEXTS_MAX) return NO_NODE;
    r->contexts[r->n_contexts] = (Context){from, (uint16_t)(r->contexts[from].depth + 1), return_pc, callee};
    return (uint16_t)r->n_contexts++;
}

static void follow(Region *r, Node *n, unsigned k, gpc pc, uint16_t context) {
    if (context == NO_NODE || !jit_find_known(r->j, r->frame, pc)) return; // has never run: cold
    n->to[k] = pc;
    n->to_context[k] = context;
    n->follow[k] = true;
    if (r->n_todo < ARRAY_LEN(r->todo)) {
        r->todo[r->n_todo].pc = pc;
        r->todo[r->n_todo].seen = trace_seen(r->j, pc);
        r->todo[r->n_todo++].context = context;
    }
}

// A computed call or jump that went to one place nearly always while the region was watched.
static void follow_guess(Region *r, Node *n, gpc return_pc) {
    gpc to = feature_on(&r->j->o.features, FEATURE_guess) ? trace_next(r->j, n->pc) : 0;
    if (to) follow(r, n, 0, to, return_pc ? enter_call(r, n->context, to, return_pc) : n->context);
}

static void follow_exits(Region *r, Node *n, const IrBlock *b) {
    for (unsigned k = 0; k < 2; k++) { // the last one pushed is grown next: the way that falls through
        if (b->succ[k] == IR_NO_TARGET) continue;
        const IrExit *x = &r->raw->exits.at[b->succ[k] & ~IR_TO_EXIT];
        if (x->kind == IR_EXIT_DIRECT && x->return_pc)
            follow(r, n, k, x->pc, enter_call(r, n->context, x->pc, x->return_pc));
        else if (x->kind == IR_EXIT_DIRECT)
            follow(r, n, k, x->pc, n->context);
        else if (x->kind == IR_EXIT_RETURN && n->context)
            follow(r, n, k, r->contexts[n->context].return_pc, r->contexts[n->context].parent);
        else if (x->kind == IR_EXIT_INDIRECT)
            follow_guess(r, n, x->return_pc);
    }
}

static void add_page(Region *r, gaddr vpage) {
    for (unsigned i = 0; i < r->n_pages; i++)
        if (r->pages[i] == vpage) return;
    r->pages[r->n_pages++] = vpage;
}

// A unit may lie in UNIT_PAGES_MAX pages, if it matters where they are.
static bool pages_fit(Region *r, gpc pc) {
    unsigned n = r->n_pages;
    if (!(r->frame->cpu.mode & CPU_MODE_FETCH_MAPPED)) return true;
    add_page(r, pc >> MEM_PAGE_BITS);
    add_page(r, (pc + BLOCK_INSNS_MAX * INSN_BYTES_MAX) >> MEM_PAGE_BITS); // it may reach that far
    if (r->n_pages <= UNIT_PAGES_MAX) return true;
    r->n_pages = n;
    return false;
}

static const IrBlock *block_of(const Region *r, const Node *n) { return &r->raw->blocks.at[n->raw]; }

// The block that was lifted last is n's.
static void take_raw(Region *r, Node *n) { n->raw = (uint16_t)(r->raw->blocks.n - 1); }

// Of equals the one that was pushed last: the way that falls through.
static gpc take_hottest(Region *r, uint16_t *context) {
    uint32_t best = r->n_todo - 1;
    for (uint32_t i = best; i-- > 0;)
        if (r->todo[i].seen > r->todo[best].seen) best = i;
    gpc pc = r->todo[best].pc;
    *context = r->todo[best].context;
    r->n_todo--;
    memmove(&r->todo[best], &r->todo[best + 1], (r->n_todo - best) * sizeof *r->todo);
    return pc;
}

static void grow(Region *r, gpc head) {
    r->n_contexts = 1;
    r->todo[0].pc = head;
    r->n_todo = 1;
    while (r->n_todo && r->n < NODES_MAX && r->n_insns < INSNS_MAX) {
        uint16_t context;
        gpc pc = take_hottest(r, &context);
        MemFail fail;
        if (find_node(r, pc, context) != NO_NODE || !pages_fit(r, pc) ||
            !fetch_block(r->j, r->frame, r->raw, pc, BLOCK_INSNS_MAX, &fail))
            continue;
        Node *n = &r->nodes[r->n++];
        *n = (Node){.pc = pc, .context = context};
        take_raw(r, n);
        r->n_insns += block_of(r, n)->n_guest;
        follow_exits(r, n, block_of(r, n));
    }
}

// Index of the first instruction of n, but its own first, with which another node begins; 0: none.
static unsigned overlap(const Region *r, const Node *n) {
    const IrBlock *b = block_of(r, n);
    for (uint32_t i = b->first; i < b->end; i++) {
        const IrInsn *in = &r->raw->insns.at[i];
        if (in->op == IR_INSN && ir_marker_index(in) && find_node(r, ir_marker_pc(in), n->context) != NO_NODE)
            return ir_marker_index(in);
    }
    return 0;
}

// A node ends where another one begins: what both would hold is there once, and paths join again.
static void split(Region *r) {
    for (uint32_t i = 0; i < r->n; i++) {
        Node *n = &r->nodes[i];
        unsigned n_own = overlap(r, n);
        MemFail fail;
        if (!n_own || !fetch_block(r->j, r->frame, r->raw, n->pc, n_own, &fail)) continue;
        take_raw(r, n);
        n->follow[0] = n->follow[1] = false;
        follow_exits(r, n, block_of(r, n));
    }
}

// ---- the head
static uint16_t target_of(const Region *r, const Node *n, unsigned k) {
    return n->follow[k] ? find_node(r, n->to[k], n->to_context[k]) : NO_NODE;
}

static uint16_t seen(const Region *r, uint16_t i) { return trace_seen(r->j, r->nodes[i].pc); }

// How many edges lead to node i; *from: where the last of them begins.
static unsigned n_ways_to(const Region *r, uint16_t i, uint16_t *from) {
    unsigned n = 0;
    for (uint16_t k = 0; k < 2 * r->n; k++)
        if (target_of(r, &r->nodes[k / 2], k % 2) == i) n++, *from = k / 2;
    return n;
}

// A sample may have hit the middle of a loop. If only one way leads there, a region that is entered there has two places
// where ways meet: the node that was hit, and further up the one by which the loop is entered. So it begins with that one,
// unless units were entered at the node that was hit more often than on the way: then it is where the region is wanted.
static void begin_at_join(Region *r) {
    uint16_t i = 0, from = 0;
    while (n_ways_to(r, i, &from) == 1 && from && from != i && seen(r, from) >= seen(r, i)) i = from;
    if (!i || n_ways_to(r, i, &from) < 2 || r->nodes[i].context) return;
    const Unit *u = jit_find_known(r->j, r->frame, r->nodes[i].pc);
    if (!u || u->n_blocks > 1) return; // it is a region already
    Node head = r->nodes[i];
    r->nodes[i] = r->nodes[0];
    r->nodes[0] = head;
}

// ---- order
// Edges of the shortest way from node `from` to node `to`; NO_NODE: there is none.
static unsigned distance(const Region *r, uint16_t from, uint16_t to) {
    uint16_t queue[NODES_MAX], far[NODES_MAX];
    unsigned n = 1;
    memset(far, 0xff, sizeof far);
    queue[0] = from;
    far[from] = 0;
    for (unsigned i = 0; i < n && queue[i] != to; i++)
        for (unsigned k = 0; k < 2; k++) {
            uint16_t next = target_of(r, &r->nodes[queue[i]], k);
            if (next == NO_NODE || far[next] != NO_NODE) continue;
            far[next] = (uint16_t)(far[queue[i]] + 1);
            queue[n++] = next;
        }
    return far[to];
}

// The successor to be walked first, so that it comes later: the one from which the way back to node i is longer (it
// leaves the loop), else the one that is jumped to.
static unsigned later_successor(const Region *r, uint16_t i) {
    uint16_t to[2] = {target_of(r, &r->nodes[i], 0), target_of(r, &r->nodes[i], 1)};
    if (to[0] == NO_NODE || to[1] == NO_NODE) return 0;
    return distance(r, to[1], i) > distance(r, to[0], i);
}

// Reverse postorder: only edges that close a cycle go back, loops are in one piece, and the way that falls through
// comes next. Nodes that nothing reaches any more are left out.
static void order(Region *r) {
    uint16_t stack[NODES_MAX], post[NODES_MAX];
    uint8_t later[NODES_MAX], next[NODES_MAX] = {1}; // 0: not seen; k + 1: successors before k are done
    unsigned depth = 1, n = 0;
    stack[0] = 0;
    while (depth) {
        uint16_t i = stack[depth - 1], k = next[i]++;
        if (k > 2) {
            post[n++] = i, depth--;
            continue;
        }
        if (k == 1) later[i] = (uint8_t)later_successor(r, i);
        uint16_t to = target_of(r, &r->nodes[i], (k - 1u) ^ later[i]);
        if (to == NO_NODE || next[to]) continue;
        next[to] = 1;
        stack[depth++] = to;
    }
    Node sorted[NODES_MAX];
    for (unsigned i = 0; i < n; i++) sorted[i] = r->nodes[post[n - 1 - i]];
    memcpy(r->nodes, sorted, n * sizeof *sorted);
    r->n = n;
}

// ---- link
typedef struct Link {
    Region *r;
    IrUnit *u; // the unit being made
    IrRef *map;
} Link;

static void copy_exit(Link *l, IrBlock *b, unsigned k, IrTarget from) {
    b->succ[k] = ir_exit_add(l->u, l->r->raw->exits.at[from & ~IR_TO_EXIT]);
}

static void copy_insns(Link *l, const IrBlock *from) {
    for (uint32_t i = from->first; i + 1 < from->end; i++) {
        IrInsn in = l->r->raw->insns.at[i];
        ir_map_inputs(&in, l->map);
        l->map[i] = ir_emit(l->u, in);
    }
}

// Block numbers: node i is block i + 1; guards follow all nodes.
static void finish_block(Link *l, uint32_t i, uint16_t *n_guards) {
    Region *r = l->r;
    Node *n = &r->nodes[i];
    const IrBlock *from = block_of(r, n);
    IrInsn term = r->raw->insns.at[from->end - 1];
    IrBlock *b = &l->u->blocks.at[i + 1];
    if (term.op == IR_BR) term.b = l->map[term.b];
    term.a = l->map[term.a];
    for (unsigned k = 0; k < 2; k++) {
        if (from->succ[k] == IR_NO_TARGET) continue;
        uint16_t to = target_of(r, n, k);
        if (to == NO_NODE)
            copy_exit(l, b, k, from->succ[k]);
        else
            b->succ[k] = (IrTarget)(to + 1);
    }
    if (term.op == IR_IJUMP && b->succ[0] != IR_NO_TARGET && !(b->succ[0] & IR_TO_EXIT)) {
        n->guard = (uint16_t)(r->n + 1 + (*n_guards)++);
        b->succ[1] = n->guard;
        term = (IrInsn){.op = IR_BR, .type = IR_I64, .a = term.a, .c = IR_EQ, .imm = (int64_t)n->to[0]};
        if (ir_value_type(&l->u->insns.at[term.a]) == IR_I32) term.type = IR_I32, term.imm = (int32_t)term.imm;
    }
    ir_emit(l->u, term);
    ir_block_end(l->u);
}

static void link_node(Link *l, uint32_t i, uint16_t *n_guards) {
    Node *n = &l->r->nodes[i];
    const IrBlock *from = block_of(l->r, n);
    uint16_t index = ir_block_begin(l->u, n->pc);
    IrBlock *b = &l->u->blocks.at[index];
    b->bytes = from->bytes, b->n_guest = from->n_guest, b->branches = from->branches;
    b->seen = trace_seen(l->r->j, n->pc);
    copy_insns(l, from);
    finish_block(l, i, n_guards);
}

static void link_guards(Link *l) {
    for (uint32_t i = 0; i < l->r->n; i++) {
        if (!l->r->nodes[i].guard) continue;
        const IrBlock *from = block_of(l->r, &l->r->nodes[i]);
        IrInsn term = l->r->raw->insns.at[from->end - 1];
        uint16_t index = ir_block_begin(l->u, l->r->nodes[i].pc);
        IrExit x = l->r->raw->exits.at[from->succ[0] & ~IR_TO_EXIT];
        x.retired = 0; // the returning block counts them
        l->u->blocks.at[index].succ[0] = ir_exit_add(l->u, x);
        term.a = l->map[term.a];
        ir_emit(l->u, term);
        ir_block_end(l->u);
    }
}

static void link(Region *r, IrUnit *u) {
    Link l = {r, u, unit_alloc(r->raw->insns.n * sizeof(IrRef))};
    uint16_t n_guards = 0, entry = ir_block_begin(u, r->nodes[0].pc);
    u->blocks.at[entry].succ[0] = 1;
    ir_emit(u, (IrInsn){.op = IR_JUMP});
    ir_block_end(u);
    for (uint32_t i = 0; i < r->n; i++) link_node(&l, i, &n_guards);
    link_guards(&l);
    unit_release(l.map);
}

static bool worth_it(const Region *r) {
    for (uint32_t i = 0; i < r->n; i++)
        for (unsigned k = 0; k < 2; k++)
            if (target_of(r, &r->nodes[i], k) != NO_NODE) return true;
    return false;
}

bool jit_translate_region(Jit *j, Frame *f, gpc pc) {
    if (j->o.bisect_unit && j->next_id + 1 >= j->o.bisect_unit) return false; // its blocks are interpreted
    log_focus(j->log, pc);
    Region *r = unit_alloc(sizeof *r);
    r->j = j, r->frame = f, r->raw = &j->translator->raw;
    ir_unit_reset(&j->translator->raw);
    grow(r, pc);
    split(r);
    bool worth = r->n && worth_it(r);
    if (worth) {
        begin_at_join(r);
        order(r);
        ir_unit_reset(&j->translator->ir);
        link(r, &j->translator->ir);
    }
    unit_release(r);
    if (worth) pipeline_finish(j, f);
    return worth;
}
