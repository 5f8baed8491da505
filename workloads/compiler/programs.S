// The texts of the programs, each ended by a 0. Compilers run in the top folder, see build.sh.
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define NAME(name) GLUE(__USER_LABEL_PREFIX__, name)

    .macro text name file
    .globl \name
\name:
    .incbin "workloads/compiler/programs/\file"
    .byte 0
    .endm

    .section .rodata, "a"
    text NAME(text_lib), "lib.h"
    text NAME(text_calculate), "calculate.c"
    text NAME(text_digest), "digest.c"
    text NAME(text_graph), "graph.c"
    text NAME(text_grid), "grid.c"
    text NAME(text_machine), "machine.c"
    text NAME(text_numbers), "numbers.c"
    text NAME(text_pack), "pack.c"
    text NAME(text_search), "search.c"
    text NAME(text_sort), "sort.c"
    text NAME(text_strings), "strings.c"
    text NAME(text_structs), "structs.c"

#ifdef __linux__
    .section .note.GNU-stack, "", %progbits
#endif
