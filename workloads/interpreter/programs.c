// The table of scripts, and how one is run. Their texts are in programs.S.
#include "programs.h"

extern const char text_graphs[], text_life[], text_machine[], text_numbers[], text_sorts[], text_texts[];

const Sample samples[SAMPLES] = {
    {"graphs", text_graphs, 0x9a847403, 432},    {"life", text_life, 0x6738eca3, 179},
    {"machine", text_machine, 0xe530948c, 1858}, {"numbers", text_numbers, 0x55c0b58f, 395},
    {"sorts", text_sorts, 0x6571b87f, 81},       {"texts", text_texts, 0xa12e27a7, 705},
};

bool run_script(const char *text, const Memory *memory, uint32_t limit, const Output *output, Outcome *out,
                Error *error) {
    Arena arena;
    Heap heap;
    Image image;
    arena_begin(&arena, memory->memory, memory->n_memory);
    heap_begin(&heap, memory->heap_memory, memory->n_heap_memory);
    Names *names = NEW(&arena, Names);
    names->arena = &arena;
    Script s = {.arena = &arena, .error = error, .names = names};
    if (!parse_script(&s, text)) return false;
    infer_arrays(&s);
    if (!emit_script(&s, &heap, &image)) return false;
    *out = run(&image, &heap, &arena, limit, output);
    return !out->failed;
}
