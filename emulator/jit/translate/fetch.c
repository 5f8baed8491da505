// Guest code bytes -> one guest basic block of IR, by the guest's decode and lift.
//
// A block ends at a terminator, after BLOCK_INSNS_MAX instructions, before an instruction that cannot be fetched, before
// a breakpoint, and when it has reached another page than it began in (a page is what can be remapped or written).
#include "jit/translate/translator.h"
#include "jit/code/mapping.h"
#include "jit/invalidate.h"
#include <string.h>

typedef struct Fetched {
    uint8_t bytes[INSN_BYTES_MAX];
    unsigned avail; // at least insn_min, or
    MemFail fail;   // why not
    unsigned len;   // as Guest.insn_length() says; 0: not asked
} Fetched;

// Guest addresses are physical: what can be read at pc, up to INSN_BYTES_MAX, across a page border
// if the next page is there.
static void fetch_bare(Jit *j, gpc pc, Fetched *f) {
    unsigned in_page = MEM_PAGE - (unsigned)(pc & (MEM_PAGE - 1));
    unsigned first = in_page < INSN_BYTES_MAX ? in_page : INSN_BYTES_MAX;
    if (!mem_copy_out(j->mem, pc, f->bytes, first)) {
        first = 0;
        while (first < INSN_BYTES_MAX && mem_copy_out(j->mem, pc + first, f->bytes + first, 1)) first++;
        f->avail = first;
    } else {
        unsigned rest = INSN_BYTES_MAX - first;
        f->avail = rest && mem_copy_out(j->mem, pc + first, f->bytes + first, rest) ? INSN_BYTES_MAX : first;
    }
    if (f->avail < j->o.guest->insn_min) f->fail = (MemFail){MEM_FAULT_ACCESS, pc};
}

// n bytes of one page behind those that are there.
static bool fetch_part(Jit *j, Frame *frame, gpc pc, unsigned n, Fetched *f) {
    gaddr at = pc + f->avail, paddr;
    MemFault fault = mapping_fetch(j, frame, at, n, &paddr);
    if (fault == MEM_FAULT_NONE && !mem_copy_out(j->mem, paddr, f->bytes + f->avail, n)) fault = MEM_FAULT_ACCESS;
    if (fault != MEM_FAULT_NONE)
        f->fail = (MemFail){fault, at};
    else
        f->avail += n;
    return fault == MEM_FAULT_NONE;
}

// Just the instruction: nothing may be asked about bytes that it does not have.
static void fetch_mapped(Jit *j, Frame *frame, gpc pc, Fetched *f) {
    unsigned in_page = MEM_PAGE - (unsigned)(pc & (MEM_PAGE - 1));
    if (!fetch_part(j, frame, pc, j->o.guest->insn_min, f)) return;
    unsigned len = j->o.guest->insn_length(f->bytes);
    if (len > f->avail && f->avail < in_page) fetch_part(j, frame, pc, (len < in_page ? len : in_page) - f->avail, f);
    if (len > f->avail && f->fail.fault == MEM_FAULT_NONE) fetch_part(j, frame, pc, len - f->avail, f);
}

// Bytes of one page, from `at` on: most instructions are taken from here, and ask neither the mapping nor the memory.
typedef struct Window {
    gpc at;
    unsigned n;
    uint8_t bytes[64];
} Window;

// The page of pc, which lies at paddr, can be fetched from: what follows in it can, too.
static void open_window(Jit *j, gpc pc, gaddr paddr, Window *w) {
    unsigned in_page = MEM_PAGE - (unsigned)(pc & (MEM_PAGE - 1));
    w->at = pc;
    w->n = in_page < sizeof w->bytes ? in_page : sizeof w->bytes;
    if (!mem_copy_out(j->mem, paddr, w->bytes, w->n)) w->n = 0;
}

static bool take_from(const Window *w, const Jit *j, const Frame *frame, gpc pc, Fetched *f) {
    if (pc - w->at >= w->n || w->n - (pc - w->at) < INSN_BYTES_MAX) return false;
    memcpy(f->bytes, w->bytes + (pc - w->at), INSN_BYTES_MAX);
    bool mapped = frame->cpu.mode & CPU_MODE_FETCH_MAPPED;
    f->len = mapped || j->o.guest->expand ? j->o.guest->insn_length(f->bytes) : 0;
    f->avail = mapped ? f->len : INSN_BYTES_MAX;
    f->fail = (MemFail){MEM_FAULT_NONE, 0};
    return true;
}

static bool fetch(Jit *j, Frame *frame, gpc pc, Fetched *f, Window *w) {
    gaddr paddr;
    bool mapped = frame->cpu.mode & CPU_MODE_FETCH_MAPPED;
    if (take_from(w, j, frame, pc, f)) return true;
    if (mapped && mapping_fetch(j, frame, pc, j->o.guest->insn_min, &paddr) == MEM_FAULT_NONE) {
        open_window(j, pc, paddr, w);
        if (take_from(w, j, frame, pc, f)) return true;
    }
    f->avail = f->len = 0;
    f->fail = (MemFail){MEM_FAULT_NONE, 0};
    if (mapped)
        fetch_mapped(j, frame, pc, f);
    else
        fetch_bare(j, pc, f);
    if (f->fail.fault != MEM_FAULT_NONE) return false;
    if (!mapped) open_window(j, pc, pc, w);
    return true;
}

static void log_insn(Jit *j, const Insn *insn, gpc pc) {
    char text[96] = "(undefined)";
    if (insn->len) j->o.guest->print(text, sizeof text, insn, pc);
    fprintf(j->log->out, "decode %#llx  %s\n", (unsigned long long)pc, text);
}

// Counters of what the guest does with its flags, in the order of IR_FLAG_WORK_BITS.
static const uint8_t flag_stats[] = {STAT_flag_definitions, STAT_flag_materializations, STAT_flag_fused};

static uint16_t flag_work(const Stats *s, const uint64_t *before) {
    uint64_t packed = 0;
    for (unsigned i = 0; i < ARRAY_LEN(flag_stats); i++) {
        uint64_t n = s->v[flag_stats[i]] - before[i];
        packed |= (n < IR_FLAG_WORK_MAX ? n : IR_FLAG_WORK_MAX) << (IR_FLAG_WORK_BITS * i);
    }
    return (uint16_t)packed;
}

static const Insn *unpack(const Decoded *d, Insn *insn) {
    insn->op = d->op, insn->len = d->len, insn->raw = d->raw;
    for (unsigned i = 0; i < INSN_FIELDS; i++) insn->f[i] = d->f[i];
    return insn;
}

static void pack(const Insn *insn, Decoded *d) {
    d->raw = (uint32_t)insn->raw, d->op = insn->op, d->len = insn->len;
    for (unsigned i = 0; i < INSN_FIELDS; i++) {
        d->f[i] = (int32_t)insn->f[i];
        if (d->f[i] != insn->f[i]) d->len = 0;
    }
}

static Decoded *decoded_at(const Jit *j, uint32_t raw) {
    return &j->translator->decoded[raw * 0x9e3779b1u >> (32 - DECODED_BITS)];
}

static uint32_t raw_of(const uint8_t *bytes, unsigned len) {
    uint32_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return len == 2 ? raw & 0xffff : raw;
}

// WHY: the table is larger than what stays in a near cache while a program runs, and an instruction is lifted while its line comes.
static void expect(const Jit *j, const Window *w, gpc at) {
    if (!j->o.guest->expand || at - w->at >= w->n || w->n - (at - w->at) < INSN_BYTES_MAX) return;
    const uint8_t *bytes = w->bytes + (at - w->at);
    const Decoded *d = decoded_at(j, raw_of(bytes, j->o.guest->insn_length(bytes)));
    __builtin_prefetch(d);
    __builtin_prefetch((const char *)(d + 1) - 1);
}

static const Insn *decode(Jit *j, const Fetched *f, gpc at, Insn *own) {
    const Guest *g = j->o.guest;
    unsigned len = !g->expand ? 0 : f->len ? f->len : g->insn_length(f->bytes);
    if (!len || f->avail < len || log_on(j->log, LOG_DECODE)) {
        *own = g->decode(f->bytes, f->avail, at);
        if (log_on(j->log, LOG_DECODE)) log_insn(j, own, at);
        return own;
    }
    uint32_t raw = raw_of(f->bytes, len);
    Decoded *d = decoded_at(j, raw);
    if (d->raw == raw && d->len == len) return unpack(d, own);
    Insn written = g->decode(f->bytes, f->avail, at);
    *own = g->expand(&written);
    if (own->len == len) pack(own, d);
    return own;
}

static void lift_one(Jit *j, Lift *l, const uint8_t *bytes, unsigned avail, const Insn *insn) {
    uint64_t before[ARRAY_LEN(flag_stats)] = {0};
    for (unsigned i = 0; i < ARRAY_LEN(flag_stats) && j->o.profile; i++) before[i] = l->stats->v[flag_stats[i]];
    uint32_t marker = ir_emit(l->u, (IrInsn){.op = IR_INSN, .imm = (int64_t)l->pc, .c = l->index});
    if (!insn->len) {
        j->o.guest->lift_undefined(l, bytes, avail);
    } else if (!j->o.guest->lift(l, insn)) {
        bug_abort(__FILE__, __LINE__, "guest %s decodes but cannot lift the instruction at %#llx", j->o.guest->name,
                  (unsigned long long)l->pc);
    }
    if (j->o.profile) l->u->insns.at[marker].b = flag_work(l->stats, before);
}

bool fetch_block(Jit *j, Frame *frame, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail) {
    Lift l = {.u = u, .features = &j->o.features, .stats = j->stats, .cpu = &frame->cpu};
    Fetched f;
    Window w = {.n = 0};
    if (!fetch(j, frame, pc, &f, &w)) {
        *fail = f.fail;
        return false;
    }
    l.block = ir_block_begin(u, pc);
    gpc at = pc;
    for (l.index = 0; !l.ended; l.index++) {
        Insn own;
        const Insn *insn = decode(j, &f, at, &own);
        l.pc = at;
        l.next_pc = at + insn->len;
        expect(j, &w, l.next_pc);
        lift_one(j, &l, f.bytes, f.avail, insn);
        at = insn->len ? l.next_pc : at + f.avail; // what was found undefined may be overwritten, too
        if (l.ended) continue;
        bool other_page = (at ^ pc) >> MEM_PAGE_BITS;
        if (other_page || l.index + 1u >= max_insns || jit_breaks_at(j, at) || !fetch(j, frame, at, &f, &w))
            lift_jump(&l, at, 0);
    }
    IrBlock *b = &u->blocks.at[l.block];
    b->bytes = (uint32_t)(at - pc);
    b->n_guest = l.index;
    ir_block_end(u);
    return true;
}

bool fetch_unit(Jit *j, Frame *frame, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail) {
    uint32_t budget_at = ir_emit(u, (IrInsn){.op = IR_BUDGET}); // becomes the first instruction of the block
    if (!fetch_block(j, frame, u, pc, max_insns, fail)) return false;
    IrBlock *b = &u->blocks.at[0];
    uint16_t retired = u->exits.at[b->succ[0] & ~IR_TO_EXIT].retired;
    b->first = budget_at;
    b->ahead = (int16_t)retired;
    u->insns.at[budget_at].imm = u->insns.at[budget_at].c = retired;
    return true;
}
