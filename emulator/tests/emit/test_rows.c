// Oracle: the lists of docs/PORTING-HOST.md. Which ops a host leaves to ir_eval(): without a row an op is slow and right, so
// that no other test notices one that went missing.
#include "host/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { LISTED = 7 };
typedef struct Evaluated {
    const char *host;
    uint8_t always[LISTED]; // ended by IR_NOP
    uint8_t needs[LISTED];  // without extensions
} Evaluated;

static const Evaluated lists[] = {
    {"x64", {IR_CLZ, IR_CTZ, IR_POPCNT}, {IR_FMA}},
    {"rv64", {IR_FADDZ, IR_FSUBZ, IR_FMULZ, IR_FDIVZ, IR_FTOIZ, IR_FCMPZ}, {IR_BSWAP, IR_CLZ, IR_CTZ, IR_POPCNT}},
    {"a64", {IR_FADDZ, IR_FSUBZ, IR_FMULZ, IR_FDIVZ, IR_FTOIZ, IR_FCMPZ}, {0}},
};

// The allocator knows these; nothing is emitted for them.
static bool is_emitted(unsigned op) {
    return op != IR_NOP && op != IR_CONST && op != IR_GET && op != IR_PHI && op != IR_PUT && op != IR_SET;
}

static bool has(const uint8_t list[LISTED], unsigned op) {
    for (unsigned i = 0; i < LISTED; i++)
        if (list[i] == op) return true;
    return false;
}

static void test_rows(void **state) {
    (void)state;
    const Evaluated *l = lists;
    while (strcmp(l->host, host_native.name)) assert_true(++l < lists + sizeof lists / sizeof *lists);
    for (unsigned op = 0; op < IR_OP_COUNT; op++) {
        if (!is_emitted(op)) continue;
        const HostOp *h = &host_native.ops[op];
        bool always = !(h->flags & HOST_NATIVE), needs = !always && h->needs;
        if (always != has(l->always, op) || needs != has(l->needs, op))
            fail_msg("%s: %s of %s", ir_op_info[op].text,
                     always  ? "no emitter"
                     : needs ? "an extension"
                             : "an emitter",
                     l->host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
