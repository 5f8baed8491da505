// hash = SHA-256(hash of what came before, guest pc, mode, length, code with its addresses zeroed), in hex.
#include "jit/observe.h"
#include "prof/counts/code_hash.h"
#include <string.h>

static void made(void *ctx, const JitMade *m) {
    CodeHash *h = ctx;
    const Unit *u = m->unit;
    if (!u->exec) return; // interpreted
    uint64_t head[3] = {u->pc, u->mode, u->n_bytes};
    h->scratch.n = 0;
    bytes_add(&h->scratch, h->hex, 64);
    bytes_add(&h->scratch, head, sizeof head);
    uint32_t code = h->scratch.n;
    bytes_add(&h->scratch, u->exec, u->n_bytes);
    for (uint32_t i = 0; i < m->code->addresses.n; i++) {
        uint32_t at = m->code->addresses.at[i].at;
        BUG_IF(at + 8 > u->n_bytes, "an address lies outside of the code");
        memset(h->scratch.at + code + at, 0, 8);
    }
    sha256_hex(h->scratch.at, h->scratch.n, h->hex);
}

void code_hash_init(CodeHash *h) {
    memset(h, 0, sizeof *h);
    memset(h->hex, '0', 64);
    h->observer = (JitObserver){.ctx = h, .made = made};
}

void code_hash_free(CodeHash *h) { vec_free(&h->scratch); }
