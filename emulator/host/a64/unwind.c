// Frames of generated code as debuggers want them: the contents of an .eh_frame section. DWARF standard, "Call Frame
// Information"; register numbers: DWARF for the Arm 64-bit Architecture (AADWARF64), which are the machine's.
#include "host/a64/a64.h"

enum { CFA_ADVANCE_LOC4 = 0x04, CFA_SAME_VALUE = 0x08, CFA_DEF_CFA = 0x0c, CFA_OFFSET = 0x80, WORD = 8 };
enum { DW_RA = 30, DW_SP = 31 };
static const uint8_t saved_regs[A64_SAVED] = {DW_RA, 29, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28}; // from the top down

static void saved(Bytes *b, unsigned was, unsigned is) {
    for (unsigned i = was; i < is; i++) bytes_put(b, CFA_OFFSET | saved_regs[i], 1), bytes_uleb(b, i + 1);
    for (unsigned i = is; i < was; i++) bytes_put(b, CFA_SAME_VALUE, 1), bytes_uleb(b, saved_regs[i]);
}

static void finish(Bytes *b, uint32_t start) {
    while ((b->n - start) % WORD != 4) bytes_put(b, 0, 1); // nop; the length itself takes 4
    bytes_set(b, start - 4, b->n - start, 4);
}

static uint32_t begin(Bytes *b) {
    bytes_put(b, 0, 4);
    return b->n;
}

static void cie(Bytes *b) {
    uint32_t start = begin(b);
    bytes_put(b, 0, 4); // this is a CIE
    bytes_put(b, 1, 1); // version
    bytes_string(b, "");
    bytes_uleb(b, 1);
    bytes_sleb(b, -WORD);
    bytes_put(b, DW_RA, 1);
    finish(b, start);
}

void a64_eh_frame(Bytes *out, const HostUnwind *rows, uint32_t n, const uint8_t *exec, uint32_t n_bytes) {
    uint32_t cie_at = out->n, fde = 0, end;
    cie(out);
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i].begins) {
            if (i) finish(out, fde);
            for (end = i + 1; end < n && !rows[end].begins; end++) {
            }
            fde = begin(out);
            bytes_put(out, out->n - cie_at, 4);
            bytes_put(out, (uint64_t)(uintptr_t)exec + rows[i].at, WORD);
            bytes_put(out, (end < n ? rows[end].at : n_bytes) - rows[i].at, WORD);
        } else {
            bytes_put(out, CFA_ADVANCE_LOC4, 1);
            bytes_put(out, rows[i].at - rows[i - 1].at, 4);
        }
        bytes_put(out, CFA_DEF_CFA, 1);
        bytes_uleb(out, DW_SP);
        bytes_uleb(out, (uint64_t)rows[i].cfa);
        saved(out, rows[i].begins ? 0 : rows[i - 1].saved, rows[i].saved);
    }
    if (n) finish(out, fde);
    bytes_put(out, 0, 4); // the end
}
