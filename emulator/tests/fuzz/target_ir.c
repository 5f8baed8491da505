// Oracle: the verifier, and a text that says itself. IR text that is read and verified prints as text that reads as the same
// unit, and stays sound through every pass in any order.
//
//   input: u32 passes to run, 4 bits each, the text
#include "ir/ir.h"
#include "opt/opt.h"
#include "tests/fuzz/targets.h"
#include "tests/lib/random_unit.h"
#include <string.h>

static unsigned pass_count(void) {
    unsigned n = 0;
    while (opt_passes[n].name) n++;
    return n;
}

static void run_passes(IrUnit *u, uint64_t which) {
    Err err = {0};
    for (; which; which >>= 4) {
        const OptPass *p = &opt_passes[which % 16 % pass_count()];
        p->run(u);
        if (!ir_verify(u, &err)) ir_print(stderr, u);
        BUG_IF(*err.text, "after %s: %s", p->name, err.text);
    }
}

void fuzz_ir(const uint8_t *data, size_t n) {
    FuzzInput in = {data, n};
    uint64_t passes = fuzz_number(&in, 4);
    char *text = calloc(1, in.n + 1);
    BUG_IF(!text, "no memory for a text");
    memcpy(text, in.at, in.n);
    IrUnit u, again;
    Err err = {0};
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&again, unit_slots, UNIT_SLOTS);
    if (ir_parse_with(&u, text, unit_helpers, &err) && ir_verify(&u, &err)) {
        char *printed = unit_text(&u);
        BUG_IF(!ir_parse_with(&again, printed, unit_helpers, &err), "what was printed cannot be read: %s\n%s", err.text,
               printed);
        char *printed_again = unit_text(&again);
        BUG_IF(strcmp(printed, printed_again) != 0, "printed\n%sand then\n%s", printed, printed_again);
        free(printed);
        free(printed_again);
        run_passes(&u, passes);
    } else {
        BUG_IF(!*err.text, "a refusal without words");
    }
    ir_unit_free(&u);
    ir_unit_free(&again);
    free(text);
}

bool fuzz_ir_seed(unsigned i, Bytes *out) {
    IrUnit u;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    random_unit(&u, i + 1, (UnitShape){.slot_phis = i % 2, .atomics = i % 5 == 0, .floats = i % 4 < 2});
    char *text = unit_text(&u);
    bytes_put(out, 0x76543210 + i, 4);
    bytes_add(out, text, strlen(text) < 4000 ? strlen(text) : 4000);
    free(text);
    ir_unit_free(&u);
    return i < 16;
}
