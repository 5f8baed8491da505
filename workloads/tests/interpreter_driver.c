// Runs scripts with the interpreter of workloads/interpreter: interpreter_driver FILE. Its output is the script's; what is wrong with a
// script is a line `FILE:LINE: what`, and exit code 1.
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES = 32 << 20, STEPS_MAX = 400 << 20 };

static void show(const char *bytes, uint32_t n) { fwrite(bytes, 1, n, stdout); }

int main(int argc, char **argv) {
    char *text = calloc(1, 1 << 20);
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
        fprintf(stderr, "interpreter_driver: give a script that can be read\n");
        return 2;
    }
    fclose(f);
    Memory memory = {malloc(BYTES), malloc(BYTES), BYTES, BYTES};
    Output output = {show};
    Outcome outcome = {0};
    Error error = {0};
    bool ok = memory.memory && memory.heap_memory && run_script(text, &memory, STEPS_MAX, &output, &outcome, &error);
    if (error.what)
        printf("%s:%u: %s%s%s\n", argv[1], (unsigned)error.line, error.what, *error.name ? ": " : "", error.name);
    else if (!ok)
        printf("%s: did not end\n", argv[1]);
    free(memory.memory);
    free(memory.heap_memory);
    free(text);
    return ok ? 0 : 1;
}
