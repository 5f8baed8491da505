// The texts of the scripts, each ended by a 0. Compilers run in the top folder, see build.sh.
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define NAME(name) GLUE(__USER_LABEL_PREFIX__, name)

    .macro text name file
    .globl \name
\name:
    .incbin "workloads/interpreter/programs/\file"
    .byte 0
    .endm

    .section .rodata, "a"
    text NAME(text_graphs), "graphs.awk"
    text NAME(text_life), "life.awk"
    text NAME(text_machine), "machine.awk"
    text NAME(text_numbers), "numbers.awk"
    text NAME(text_sorts), "sorts.awk"
    text NAME(text_texts), "texts.awk"

#ifdef __linux__
    .section .note.GNU-stack, "", %progbits
#endif
