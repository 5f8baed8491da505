// Records what units are made of, as they are made. See code.h.
#include "prof/explain/code.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

static json_t *hex(uint64_t v) { return json_sprintf("0x%llx", (unsigned long long)v); }

static json_t *bytes_text(const uint8_t *bytes, unsigned n) {
    char text[2 * INSN_BYTES_MAX + 1] = "";
    for (unsigned i = 0; i < n && i < INSN_BYTES_MAX; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static gaddr place_of(const UnitBlock *b, uint64_t offset) {
    uint64_t room = MEM_PAGE - (b->paddr & (MEM_PAGE - 1));
    return offset < room ? b->paddr + offset : b->paddr_next + (offset - room);
}

static unsigned fetch(const Jit *j, const UnitBlock *b, gpc pc, uint8_t out[INSN_BYTES_MAX]) {
    unsigned n = 0;
    while (n < INSN_BYTES_MAX && mem_copy_out(j->mem, place_of(b, pc + n - b->pc), out + n, 1)) n++;
    return n;
}

void code_untab(char *text) {
    for (; *text; text++)
        if (*text == '\t') *text = ' ';
}

static json_t *guest_insn(const Jit *j, const UnitBlock *b, gpc pc, unsigned *len) {
    uint8_t bytes[INSN_BYTES_MAX];
    unsigned avail = fetch(j, b, pc, bytes);
    Insn insn = j->o.guest->decode(bytes, avail, pc);
    char text[96] = "(undefined)";
    if (insn.len) j->o.guest->print(text, sizeof text, &insn, pc);
    code_untab(text);
    *len = insn.len ? insn.len : avail;
    const char *kind = insn.len && insn.op < j->o.guest->n_ops ? j->o.guest->op_names[insn.op] : "(undefined)";
    return json_pack("{s:o,s:o,s:s,s:s}", "gpc", hex(pc), "bytes", bytes_text(bytes, *len), "text", text, "kind", kind);
}

static json_t *guest_code(const Jit *j, const UnitBlock *b) {
    json_t *list = json_array();
    gpc pc = b->pc;
    for (unsigned i = 0, len; i < b->n_guest && pc < b->pc + b->bytes; i++, pc += len)
        json_array_append_new(list, guest_insn(j, b, pc, &len));
    return list;
}

static json_t *ir_line(const IrUnit *u, IrRef ref) {
    char *text = NULL;
    size_t n = 0;
    FILE *f = alloc_stream(&text, &n);
    ir_print_insn(f, u, ref);
    alloc_stream_end(f);
    json_t *s = json_string(text);
    free(text);
    return s;
}

// [index of the guest instruction, ref, text]; -1: before the first.
static json_t *ir_block(const IrUnit *u, const IrBlock *b) {
    json_t *list = json_array();
    int index = -1;
    for (uint32_t i = b->first; i < b->end; i++) {
        const IrInsn *in = &u->insns.at[i];
        if (in->op == IR_INSN) index = ir_marker_index(in);
        if (in->op == IR_INSN || in->op == IR_NOP) continue;
        json_array_append_new(list, json_pack("[i,i,o]", index, (int)i, ir_line(u, (IrRef)i)));
    }
    return list;
}

static void lifted(void *ctx, const IrUnit *ir) {
    CodeLog *log = ctx;
    json_decref(log->before);
    log->before = json_array();
    for (uint32_t b = 0; b < ir->blocks.n; b++) json_array_append_new(log->before, ir_block(ir, &ir->blocks.at[b]));
}

static void made(void *ctx, const JitMade *m) {
    CodeLog *log = ctx;
    const Unit *u = m->unit;
    const IrUnit *ir = m->ir;
    CodeRecord r = {
        .unit = u, .blocks = json_array(), .exec = u->exec, .n_bytes = u->n_bytes, .generation = m->jit->generation};
    for (uint16_t b = 0; b < u->n_blocks; b++) {
        json_t *before = json_array_get(log->before, b);
        json_array_append_new(
            r.blocks, json_pack("{s:i,s:o,s:o,s:o,s:O?,s:o}", "block", (int)b, "gpc", hex(u->blocks[b].pc), "gpc_end",
                                hex(u->blocks[b].pc + u->blocks[b].bytes), "guest", guest_code(m->jit, &u->blocks[b]),
                                "ir_before", before, "ir", ir_block(ir, &ir->blocks.at[b])));
    }
    code_ranges_make(&r, m);
    vec_push(&log->records, r);
}

CodeLog *code_log_new(void) {
    CodeLog *log = alloc_zeroed(1, sizeof *log);
    log->observer = (JitObserver){.ctx = log, .lifted = lifted, .made = made};
    return log;
}

void code_log_free(CodeLog *log) {
    for (uint32_t i = 0; i < log->records.n; i++) {
        CodeRecord *r = &log->records.at[i];
        json_decref(r->blocks);
        code_ranges_free(r);
    }
    vec_free(&log->records);
    json_decref(log->before);
    free(log);
}

json_t *code_log_whys(void) {
    json_t *o = json_object();
#define WHY(name, help) json_object_set_new(o, #name, json_string(help));
#include "prof/explain/why.inc"
#undef WHY
    return o;
}
