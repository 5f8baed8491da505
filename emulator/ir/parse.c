// Reads the text that print.c writes (the grammar stands there), for tests and replay files.
// INVARIANT: vN is instruction N. Instructions without a value take the next free number; gaps are filled with NOPs.
// Only the form is checked here; ir_verify() says whether the unit makes sense.
#include "ir/ir.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct Parser {
    IrUnit *u;
    const char *p; // next character
    unsigned line;
    const IrHelper *const *helpers;
    Err *err;
} Parser;

typedef struct Word {
    const char *at;
    size_t len;
} Word;

// ---- characters
static bool bad(Parser *s, const char *what) {
    int len = (int)strcspn(s->p, "\n");
    return err_set(s->err, "IR text, line %u: %s at '%.*s'", s->line, what, len > 60 ? 60 : len, s->p);
}

static void skip_space(Parser *s) {
    while (*s->p == ' ' || *s->p == '\t' || *s->p == '\r') s->p++;
    if (*s->p == ';')
        while (*s->p && *s->p != '\n') s->p++;
}

static bool at_end_of_line(Parser *s) {
    skip_space(s);
    return !*s->p || *s->p == '\n';
}

static bool take(Parser *s, const char *token) {
    skip_space(s);
    size_t n = strlen(token);
    if (strncmp(s->p, token, n)) return false;
    s->p += n;
    return true;
}

static bool need(Parser *s, const char *token) {
    if (take(s, token)) return true;
    char what[32];
    snprintf(what, sizeof what, "expected '%s'", token);
    return bad(s, what);
}

static Word take_word(Parser *s) {
    skip_space(s);
    Word w = {s->p, 0};
    while (isalnum((unsigned char)*s->p) || *s->p == '_') s->p++;
    w.len = (size_t)(s->p - w.at);
    return w;
}

static bool word_is(Word w, const char *text) { return strlen(text) == w.len && !memcmp(w.at, text, w.len); }

static int word_find(Word w, const char *const *list, int n) {
    for (int i = 0; i < n; i++)
        if (word_is(w, list[i])) return i;
    return -1;
}

static bool number(Parser *s, uint64_t *out) {
    *out = 0;
    skip_space(s);
    bool minus = *s->p == '-';
    if (minus) s->p++;
    if (!isdigit((unsigned char)*s->p)) return bad(s, "expected a number");
    char *end;
    errno = 0;
    uint64_t v = strtoull(s->p, &end, 0);
    if (errno) return bad(s, "number too large");
    s->p = end;
    *out = minus ? 0 - v : v;
    return true;
}

static bool number_below(Parser *s, uint64_t limit, uint64_t *out) {
    if (!number(s, out)) return false;
    return *out < limit || bad(s, "number out of range");
}

static bool imm(Parser *s, int64_t *out) {
    uint64_t v;
    if (!need(s, "#") || !number(s, &v)) return false;
    *out = (int64_t)v;
    return true;
}

// ---- operands
static bool ref(Parser *s, IrRef *out) {
    uint64_t v;
    if (take(s, "-")) {
        *out = 0;
        return true;
    }
    if (!need(s, "v") || !number_below(s, UINT16_MAX + 1, &v)) return false;
    *out = (IrRef)v;
    return true;
}

static bool slot(Parser *s, int64_t *out) {
    Word w = take_word(s);
    for (unsigned i = 0; i < s->u->n_slots; i++) {
        if (!word_is(w, s->u->slots[i].name)) continue;
        *out = i;
        return true;
    }
    s->p = w.at;
    return bad(s, "no such slot");
}

static bool target(Parser *s, IrTarget *out) {
    uint64_t v;
    if (take(s, "none")) {
        *out = IR_NO_TARGET;
        return true;
    }
    bool exit = take(s, "e");
    if (!exit && !need(s, "b")) return false;
    if (!number_below(s, IR_TO_EXIT - 1, &v)) return false;
    *out = (IrTarget)(exit ? IR_TO_EXIT | v : v);
    return true;
}

static bool targets(Parser *s, unsigned n) {
    IrBlock *b = &s->u->blocks.at[s->u->blocks.n - 1];
    for (unsigned i = 0; i < n; i++)
        if (!need(s, i ? "," : "->") || !target(s, &b->succ[i])) return false;
    return true;
}

static bool inputs(Parser *s, IrInsn *i) {
    const IrOpInfo *info = &ir_op_info[i->op];
    if (info->inputs > 0 && !ref(s, &i->a)) return false;
    if (info->inputs > 1) {
        if (!need(s, ",")) return false;
        skip_space(s);
        if ((info->flags & IR_BIMM) && *s->p == '#') {
            if (!imm(s, &i->imm)) return false;
        } else if (!ref(s, &i->b))
            return false;
    }
    return info->inputs < 3 || (need(s, ",") && ref(s, &i->c));
}

static bool offset(Parser *s, IrInsn *i) {
    uint64_t v = 0;
    bool minus = take(s, "-");
    if (!minus && !take(s, "+")) return true;
    if (!number(s, &v)) return false;
    i->imm = (int64_t)(minus ? 0 - v : v);
    return true;
}

static bool place(Parser *s, IrInsn *i) {
    uint64_t v = 0;
    if (!need(s, "[")) return false;
    if (take(s, "s")) i->c |= MEMOP_SIGNED;
    if (!number(s, &v)) return false;
    if (v != 1 && v != 2 && v != 4 && v != 8) return bad(s, "size must be 1, 2, 4 or 8");
    i->c |= (IrRef)__builtin_ctzll(v);
    if (take(s, "r")) i->c |= MEMOP_RMW;
    if (take(s, "a")) i->c |= MEMOP_ALIGNED;
    if (take(s, "cc")) i->c |= MEMOP_COVERED | MEMOP_COVERED_STORE;
    if (take(s, "c")) i->c |= MEMOP_COVERED;
    if (take(s, "f")) i->c |= MEMOP_FOUND;
    return need(s, "]") && ref(s, &i->a) && offset(s, i);
}

static bool slot_in(Parser *s, IrInsn *i) {
    int64_t n;
    if (!take(s, "[")) return true;
    if (!slot(s, &n)) return false;
    i->b = (IrRef)(n + 1);
    return need(s, "]");
}

static bool bound(Parser *s, IrInsn *i) {
    uint64_t v = 0;
    if (!need(s, "[")) return false;
    i->b = take(s, "ls") ? IR_PROBE_STORE_LATER : take(s, "s");
    if (!number_below(s, UINT16_MAX + 1, &v)) return false;
    i->c = (IrRef)v;
    if (!need(s, "]") || !ref(s, &i->a) || !offset(s, i)) return false;
    return i->op != IR_BOUND || i->c || slot_in(s, i);
}

static bool phi(Parser *s, IrInsn *i) {
    i->imm = s->u->phi_args.n;
    skip_space(s);
    while (*s->p == 'v' || *s->p == '-') {
        IrRef r;
        if (!ref(s, &r)) return false;
        vec_push(&s->u->phi_args, r);
        i->c++;
        if (!take(s, ",")) break;
        skip_space(s);
    }
    if (!slot_in(s, i)) return false;
    i->a = take(s, "canonical") ? IR_PHI_CANONICAL : 0;
    return true;
}

static bool call(Parser *s, IrInsn *i) {
    Word w = take_word(s);
    const IrHelper *const *h = s->helpers;
    while (h && *h && !word_is(w, (*h)->name)) h++;
    if (!h || !*h) {
        s->p = w.at;
        return bad(s, "no such helper");
    }
    i->imm = (int64_t)(uintptr_t)*h;
    if (!need(s, "(")) return false;
    if (take(s, ")")) return true;
    IrRef *const args[] = {&i->a, &i->b, &i->c};
    for (unsigned n = 0; n < 3; n++) {
        if (!ref(s, args[n])) return false;
        if (!take(s, ",")) break;
    }
    return need(s, ")");
}

static bool insn_marker(Parser *s, IrInsn *i) {
    uint64_t pc, index;
    if (!number(s, &pc) || !need(s, "[") || !number_below(s, UINT16_MAX + 1, &index) || !need(s, "]")) return false;
    i->imm = (int64_t)pc;
    i->c = (IrRef)index;
    return true;
}

static bool width(Parser *s, IrInsn *i) {
    uint64_t v;
    if (!need(s, "[") || !number(s, &v) || !need(s, "]")) return false;
    i->imm = (int64_t)v;
    return inputs(s, i);
}

static bool rounding(Parser *s, IrInsn *i) {
    if (!need(s, "[")) return false;
    int round = word_find(take_word(s), ir_round_text, IR_ROUND_COUNT);
    if (round < 0) return bad(s, "no such rounding before");
    i->imm = round;
    if (i->op != IR_FTOI && i->op != IR_ITOF) return need(s, "]");
    Word w = take_word(s);
    if (word_is(w, "u")) i->imm |= IR_UNSIGNED, w = take_word(s);
    int from = word_find(w, ir_type_text, IR_TYPE_COUNT);
    if (from < 0) return bad(s, "no such type before");
    i->c = (IrRef)from;
    return need(s, "]");
}

static bool slot_write(Parser *s, IrInsn *i) {
    if (!slot(s, &i->imm) || !need(s, ",") || !ref(s, &i->a)) return false;
    i->type = s->u->slots[i->imm].type;
    if (i->op == IR_PUT && take(s, ",")) {
        i->c = 1;
        return need(s, "at once");
    }
    return true;
}

static bool budget(Parser *s, IrInsn *i) {
    int64_t back;
    if (!imm(s, &i->imm)) return false;
    i->c = (IrRef)i->imm;
    if (!take(s, ",")) return true;
    if (!need(s, "back") || !imm(s, &back)) return false;
    i->c = (IrRef)back;
    return true;
}

static bool retire(Parser *s, IrInsn *i) {
    IrTarget block;
    if (!imm(s, &i->imm) || !need(s, ",")) return false;
    i->b = take(s, "not");
    if (!ref(s, &i->a) || !need(s, ",") || !target(s, &block)) return false;
    i->c = block;
    return true;
}

static bool atomic(Parser *s, IrInsn *i) {
    if (!need(s, "[")) return false;
    int kind = word_find(take_word(s), ir_atomic_text, IR_ATOMIC_COUNT);
    if (kind < 0) return bad(s, "no such atomic operation before");
    i->imm = kind;
    if (!need(s, "]") || !ref(s, &i->a) || !need(s, ",") || !ref(s, &i->b)) return false;
    return kind != IR_ATOMIC_CAS || (need(s, ",") && ref(s, &i->c));
}

static bool operands(Parser *s, IrInsn *i) {
    switch (i->op) {
    case IR_BUDGET: return budget(s, i);
    case IR_CONST:
    case IR_TAKE: return imm(s, &i->imm);
    case IR_RETIRE: return retire(s, i);
    case IR_GET: return slot(s, &i->imm);
    case IR_PUT:
    case IR_SET: return slot_write(s, i);
    case IR_PHI: return phi(s, i);
    case IR_SHADD:
    case IR_SEXT:
    case IR_ZEXT: return width(s, i);
    case IR_LOAD: return place(s, i);
    case IR_BOUND:
    case IR_PROBE: return bound(s, i);
    case IR_STORE: return place(s, i) && need(s, ",") && ref(s, &i->b);
    case IR_ATOMIC: return atomic(s, i);
    case IR_CALL: return call(s, i);
    case IR_INSN: return insn_marker(s, i);
    case IR_BR: return inputs(s, i) && targets(s, 2);
    case IR_JUMP:
    case IR_IJUMP:
    case IR_TRAP: return inputs(s, i) && targets(s, 1);
    case IR_FFLAGS: i->imm = take(s, "keep"); return true;
    case IR_CMP:
        if (!inputs(s, i)) return false;
        if (ir_is_float((IrType)i->type) && take(s, ",")) {
            i->imm = 1;
            return need(s, "quiet");
        }
        return true;
    default: return inputs(s, i);
    }
}

// ---- lines
static bool op_name(Parser *s, IrInsn *i) {
    Word w = take_word(s);
    unsigned op = 0;
    while (op < IR_OP_COUNT && !word_is(w, ir_op_info[op].text)) op++;
    if (op == IR_OP_COUNT) {
        s->p = w.at;
        return bad(s, "no such op");
    }
    i->op = (uint8_t)op;
    while (*s->p == '.') {
        s->p++;
        w = take_word(s);
        int type = word_find(w, ir_type_text, IR_TYPE_COUNT), cond = word_find(w, ir_cond_text, IR_COND_COUNT);
        if (type >= 0)
            i->type = (uint8_t)type;
        else if (cond >= 0 && ir_op_is(i->op, IR_COND))
            i->c = (IrRef)cond;
        else
            return bad(s, "no such type or condition");
    }
    return true;
}

static bool insn_line(Parser *s) {
    IrUnit *u = s->u;
    uint64_t at = u->insns.n;
    skip_space(s);
    bool numbered = *s->p == 'v' && isdigit((unsigned char)s->p[1]);
    if (numbered) {
        s->p++;
        if (!number_below(s, UINT16_MAX + 1, &at)) return false;
        if (at < u->insns.n) return bad(s, "the number of the value is too small");
        if (!need(s, "=")) return false;
    }
    if (!u->blocks.n || u->blocks.at[u->blocks.n - 1].end) return bad(s, "an instruction outside of a block");
    if (at > UINT16_MAX) return bad(s, "too many instructions");
    IrInsn i = {0};
    if (!op_name(s, &i) || (ir_op_is(i.op, IR_ROUND) && !rounding(s, &i)) || !operands(s, &i)) return false;
    if (numbered != (ir_value_type(&i) != IR_VOID)) return bad(s, "a value needs a number, anything else has none");
    while (u->insns.n < at) ir_emit(u, (IrInsn){.op = IR_NOP});
    ir_emit(u, i);
    if (ir_op_is(i.op, IR_TERM)) ir_block_end(u);
    return true;
}

static bool block_line(Parser *s) {
    uint64_t pc = 0, bytes = 0, guest = 0;
    if (s->u->blocks.n && !s->u->blocks.at[s->u->blocks.n - 1].end) return bad(s, "the block before is not ended");
    if (take(s, "pc") && !number(s, &pc)) return false;
    if (take(s, "bytes") && !number_below(s, UINT32_MAX + 1ull, &bytes)) return false;
    if (take(s, "guest") && !number_below(s, UINT16_MAX + 1, &guest)) return false;
    uint64_t ahead = 0;
    if (take(s, "ahead") && !number(s, &ahead)) return false;
    uint16_t index = ir_block_begin(s->u, pc);
    IrBlock *b = &s->u->blocks.at[index];
    b->bytes = (uint32_t)bytes;
    b->n_guest = (uint16_t)guest;
    b->ahead = (int16_t)ahead;
    return true;
}

static bool exit_line(Parser *s) {
    static const char *const kinds[] = {"direct", "indirect", "return", "trap"};
    IrExit e = {0};
    uint64_t code = 0, retired = 0, owed = 0;
    int kind = word_find(take_word(s), kinds, ARRAY_LEN(kinds));
    if (kind < 0) return bad(s, "no such kind of exit before");
    e.kind = (uint8_t)kind;
    if (take(s, "pc") && !number(s, &e.pc)) return false;
    if (take(s, "return") && !number(s, &e.return_pc)) return false;
    if (take(s, "code") && !number_below(s, UINT32_MAX + 1ull, &code)) return false;
    if (take(s, "value") && !number(s, &e.value)) return false;
    if (take(s, "retired") && !number_below(s, UINT16_MAX + 1, &retired)) return false;
    if (take(s, "owed") && !number(s, &owed)) return false;
    e.owed = (int16_t)owed;
    e.code = (uint32_t)code;
    e.retired = (uint16_t)retired;
    ir_exit_add(s->u, e);
    return true;
}

// "b3:" and "e0:" open a block or describe an exit; their numbers must count up from 0.
static bool label(Parser *s, char kind, uint32_t next, bool *found) {
    skip_space(s);
    const char *p = s->p;
    *found = p[0] == kind && isdigit((unsigned char)p[1]);
    if (!*found) return true;
    char *end;
    unsigned long n = strtoul(p + 1, &end, 10);
    if (*end != ':') {
        *found = false;
        return true;
    }
    if (n != next) return bad(s, "numbers of blocks and exits count up from 0");
    s->p = end + 1;
    return true;
}

static bool line(Parser *s) {
    bool found;
    if (!label(s, 'b', s->u->blocks.n, &found)) return false;
    if (found) return block_line(s);
    if (!label(s, 'e', s->u->exits.n, &found)) return false;
    return found ? exit_line(s) : insn_line(s);
}

bool ir_parse_with(IrUnit *u, const char *text, const IrHelper *const *helpers, Err *err) {
    Parser s = {.u = u, .p = text, .line = 1, .helpers = helpers, .err = err};
    ir_unit_reset(u);
    for (;; s.line++) {
        if (!at_end_of_line(&s)) {
            if (!line(&s)) return false;
            if (!at_end_of_line(&s)) return bad(&s, "something after the end");
        }
        if (!*s.p) break;
        s.p++;
    }
    if (u->blocks.n && !u->blocks.at[u->blocks.n - 1].end) return bad(&s, "the last block is not ended");
    return true;
}

bool ir_parse(IrUnit *u, const char *text, Err *err) { return ir_parse_with(u, text, NULL, err); }
