#include "jit/translate/replay.h"
#include "jit/code/host_config.h"
#include "jit/code/mapping.h"
#include "jit/translate/translator.h"

static void write_code(FILE *out, Jit *j, Frame *f, const IrBlock *b) {
    fprintf(out, "code %#llx", (unsigned long long)b->pc);
    for (uint32_t i = 0; i < b->bytes; i++) {
        uint8_t byte;
        gaddr paddr;
        if (mapping_fetch(j, f, b->pc + i, 1, &paddr) != MEM_FAULT_NONE || !mem_copy_out(j->mem, paddr, &byte, 1))
            break;
        fprintf(out, " %02x", byte);
    }
    fputc('\n', out);
}

void replay_write(FILE *out, const void *replay) {
    const Replay *r = replay;
    Jit *j = r->j;
    char isa[128];
    host_isa_text(j->host, j->isa, isa, sizeof isa);
    fprintf(out, "nightjar-replay 1\nguest %s\nmode %#x\nfeatures none", j->o.guest->name, r->frame->cpu.mode);
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (feature_on(&j->o.features, (Feature)i)) fprintf(out, ",+%s", feature_info((Feature)i).name);
    fprintf(out, "\nhost-isa %s\nunit %#llx, number %u\n", isa,
            (unsigned long long)(j->translator->ir.blocks.n ? j->translator->ir.blocks.at[0].pc : 0), j->next_id + 1);
    for (uint32_t b = 0; b < j->translator->ir.blocks.n; b++)
        if (j->translator->ir.blocks.at[b].bytes) write_code(out, j, r->frame, &j->translator->ir.blocks.at[b]);
    fprintf(out, "--\n");
    ir_print(out, &j->translator->ir);
}
