// The runtime of the test programs: entry, and standard output for picolibc's printf.
#include "program.h"
#include <stdio.h>

char **program_env;
unsigned long *program_aux;

static int put(char c, FILE *f) {
    (void)f;
    return CALL(NR_write, 1, &c, 1) == 1 ? (unsigned char)c : EOF;
}
static FILE out = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &out;
FILE *const stderr = &out;
FILE *const stdin = &out;

_Noreturn void _exit(int code) {
    for (;;) CALL(NR_exit_group, code);
}

_Noreturn void start_c(long *sp) {
    int argc = (int)sp[0];
    char **argv = (char **)(sp + 1);
    program_env = argv + argc + 1;
    char **end = program_env;
    while (*end) end++;
    program_aux = (unsigned long *)(end + 1);
    _exit(main(argc, argv));
}
