// Frames of generated code as debuggers want them: the contents of an .eh_frame section. DWARF standard, "Call Frame
// Information". What differs between hosts is in HostDwarf.
#include "host/host.h"

enum {
    CFA_ADVANCE_LOC4 = 0x04,
    CFA_SAME_VALUE = 0x08,
    CFA_DEF_CFA = 0x0c,
    CFA_DEF_CFA_EXPRESSION = 0x0f,
    CFA_OFFSET = 0x80,
    OP_DEREF = 0x06,
    OP_PLUS_UCONST = 0x23,
    OP_BREG0 = 0x70,
    WORD = 8
};

static void def_cfa(Bytes *b, const HostDwarf *d, const HostUnwind *row) {
    if (!row->in_frame) {
        bytes_put(b, CFA_DEF_CFA, 1);
        bytes_uleb(b, d->sp);
        bytes_uleb(b, (uint64_t)row->cfa);
        return;
    }
    Bytes e = {0};
    bytes_put(&e, OP_BREG0 + d->frame, 1);
    bytes_sleb(&e, row->disp);
    bytes_put(&e, OP_DEREF, 1);
    bytes_put(&e, OP_PLUS_UCONST, 1);
    bytes_uleb(&e, (uint64_t)row->cfa);
    bytes_put(b, CFA_DEF_CFA_EXPRESSION, 1);
    bytes_uleb(b, e.n);
    bytes_add(b, e.at, e.n);
    vec_free(&e);
}

// In the words from the top down, behind the return address if a call pushes it.
static void saved(Bytes *b, const HostDwarf *d, unsigned was, unsigned is) {
    unsigned first = d->call_pushes ? 2 : 1;
    for (unsigned i = was; i < is; i++) bytes_put(b, CFA_OFFSET | d->saved[i], 1), bytes_uleb(b, i + first);
    for (unsigned i = is; i < was; i++) bytes_put(b, CFA_SAME_VALUE, 1), bytes_uleb(b, d->saved[i]);
}

static void finish(Bytes *b, uint32_t start) {
    while ((b->n - start) % WORD != 4) bytes_put(b, 0, 1); // nop; the length itself takes 4
    bytes_set(b, start - 4, b->n - start, 4);
}

static uint32_t begin(Bytes *b) {
    bytes_put(b, 0, 4);
    return b->n;
}

static void cie(Bytes *b, const HostDwarf *d) {
    uint32_t start = begin(b);
    bytes_put(b, 0, 4); // this is a CIE
    bytes_put(b, 1, 1); // version
    bytes_string(b, "");
    bytes_uleb(b, 1);
    bytes_sleb(b, -WORD);
    bytes_put(b, d->return_address, 1);
    if (d->call_pushes) bytes_put(b, CFA_OFFSET | d->return_address, 1), bytes_uleb(b, 1);
    finish(b, start);
}

void host_eh_frame(const HostDwarf *d, Bytes *out, const HostUnwind *rows, uint32_t n, const uint8_t *exec,
                   uint32_t n_bytes) {
    uint32_t cie_at = out->n, fde = 0, end;
    cie(out, d);
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
        def_cfa(out, d, &rows[i]);
        saved(out, d, rows[i].begins ? 0 : rows[i - 1].saved, rows[i].saved);
    }
    if (n) finish(out, fde);
    bytes_put(out, 0, 4); // the end
}
