// Emitted code as text: one instruction after the other, as the host describes it.
#include "host/host.h"
#include <string.h>

void host_disassemble(const Host *h, FILE *out, const uint8_t *code, size_t n, const uint8_t *exec) {
    for (size_t at = 0; at < n;) {
        HostInsn in = h->describe(code + at, n - at, exec + at);
        fprintf(out, "    %p  %s\n", (const void *)(exec + at), in.text);
        at += in.len;
    }
}

void host_insn_operand(HostInsn *insn, const char *begin, const char *end) {
    if (!begin || !end) return;
    insn->operand = (uint16_t)(begin - insn->text);
    insn->operand_len = (uint16_t)(end - begin);
}
