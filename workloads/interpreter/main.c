// The workload: an interpreter of a part of awk runs the scripts of programs/, again and again.
//
//   lex.c parse.c infer.c  text -> trees, and which names are arrays      heap.c text.c table.c  values: texts, arrays, and collecting them
//   emit.c op.inc          trees -> byte code of 82 operations            match.c format.c library.c  what the larger operations do
//   run.c                  the machine: a switch in a loop
//
// An iteration runs every script once, from its text on. It is right if the output of each has the sum and the length that awk's has.
#include "programs.h"

enum { ARENA_BYTES = 2 << 20, HEAP_BYTES = 4 << 20, STEPS_MAX = 4 << 20 };

static char arena_memory[ARENA_BYTES], heap_memory[HEAP_BYTES];

static bool run_one(const Sample *s, uint32_t *sum) {
    const Memory memory = {arena_memory, heap_memory, sizeof arena_memory, sizeof heap_memory};
    Outcome o = {0};
    Error error = {0};
    bool ok = run_script(s->text, &memory, STEPS_MAX, NULL, &o, &error);
    *sum = hash_bytes(*sum, &o.hash, sizeof o.hash);
    if (ok && o.hash == s->hash && o.n_bytes == s->n_bytes) return true;
    if (error.what) print("%s.awk:%u: %s %s\n", s->name, error.line, error.what, error.name);
    print("%s: %u bytes, sum 0x%08x; expected %u and 0x%08x\n", s->name, o.n_bytes, o.hash, s->n_bytes, s->hash);
    return false;
}

int main(void) {
    uint32_t iterations = work_iterations, wrong = 0, sum = 0;
    for (uint32_t i = 0; i < iterations; i++) {
        sum = HASH_BEGIN;
        for (unsigned k = 0; k < SAMPLES; k++) wrong += !run_one(&samples[k], &sum);
    }
    print("interpreter: %u iterations, %u wrong\n", iterations, wrong);
    print("checksum 0x%08x\n", sum);
    return print_verdict(wrong == 0);
}
