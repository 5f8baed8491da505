// The targets under libFuzzer, of both programs: TARGET in the environment says which one. Built by MODE=fuzz only (ci/fuzz.sh).
#include "base/err.h"
#include "tests/fuzz/target.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const FuzzTarget *target;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    const char *name = getenv("TARGET");
    for (const FuzzTarget *t = fuzz_targets; name && t->name; t++)
        if (!strcmp(t->name, name)) target = t;
    BUG_IF(!target, "TARGET is not the name of a target");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (n <= target->max) target->run(data, n);
    return 0;
}
