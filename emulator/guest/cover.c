// Counts decoded instructions by table row.
#include "guest/cover.h"
#include <inttypes.h>

void cover_init(Cover *c, const Guest *guest) {
    *c = (Cover){.guest = guest};
    for (unsigned i = 0; i < guest->n_ops; i++) vec_push(&c->count, 0);
}

void cover_free(Cover *c) { vec_free(&c->count); }

void cover_insn(Cover *c, const Insn *insn) {
    if (insn->len) c->count.at[insn->op]++;
}

unsigned cover_missing(const Cover *c) {
    unsigned n = 0;
    for (unsigned i = 0; i < c->count.n; i++) n += c->count.at[i] == 0;
    return n;
}

void cover_print(FILE *out, const Cover *c) {
    for (int seen = 1; seen >= 0; seen--)
        for (unsigned i = 0; i < c->count.n; i++)
            if ((c->count.at[i] != 0) == seen)
                fprintf(out, "%10" PRIu64 " %s\n", c->count.at[i], c->guest->op_names[i]);
}
