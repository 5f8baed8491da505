// The workload: a compiler of a subset of C compiles the programs of programs/, again and again.
//
//   lex.c preprocess.c condition.c  text -> tokens         fold.c .. reduce.c, cfg.c  the passes over it
//   parse*.c node.c initial.c       tokens -> trees        select.c                   -> code of a made-up 32-bit machine
//   lower*.c                        trees -> SSA form      live.c graph.c color.c     registers, by coloring
//   promote.c                       locals -> values       polish.c print.c           -> assembly; assemble.c -> an image
//
// An iteration compiles every program once. It is right if the intermediate form, the assembly and the image of each have the sum that is known. That
// the images do what the programs say is shown by executing them: `structs` here, all in workloads/tests/compiler.sh, beside gcc's.
#include "programs.h"

enum { ARENA_BYTES = 6 << 20, MEMORY_BYTES = 256 << 10, STEPS_MAX = 100000 };

static char memory[ARENA_BYTES];
static uint8_t simulated[MEMORY_BYTES];

static bool compile_one(const Sample *s, Image *image, uint32_t *sum) {
    Arena arena;
    Error error = {0};
    Work work;
    arena_begin(&arena, memory, sizeof memory);
    if (!compile(&arena, &s->source, sample_headers, image, &work, &error)) {
        print("%s.c:%u: %s %s\n", s->source.name, error.line, error.what, error.name);
        return false;
    }
    *sum = hash_bytes(*sum, &work.check, sizeof work.check);
    if (work.check == s->check) return true;
    print("%s: check 0x%08x, expected 0x%08x\n", s->source.name, work.check, s->check);
    return false;
}

static bool executes(const Sample *s) {
    Image image;
    uint32_t sum = 0;
    if (!compile_one(s, &image, &sum)) return false;
    Outcome o = simulate(&image, simulated, sizeof simulated, STEPS_MAX);
    if (o.ended && o.result == s->result) return true;
    print("%s: result 0x%08x, expected 0x%08x\n", s->source.name, (uint32_t)o.result, (uint32_t)s->result);
    return false;
}

int main(void) {
    uint32_t iterations = work_iterations, wrong = 0, sum = 0;
    for (uint32_t i = 0; i < iterations; i++) {
        Image image;
        sum = HASH_BEGIN;
        for (unsigned k = 0; k < SAMPLES; k++) wrong += !compile_one(&samples[k], &image, &sum);
    }
    wrong += !executes(&samples[SAMPLES - 1]);
    print("compiler: %u iterations, %u wrong\n", iterations, wrong);
    print("checksum 0x%08x\n", sum);
    return print_verdict(wrong == 0);
}
