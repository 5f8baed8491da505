// Compiles and executes programs with the compiler of workloads/compiler: compiler_driver [--ir|--assembly] [--include FILE] FILE...
// For each: a line `NAME RESULT CHECK`, or `NAME:LINE: what is wrong`. Without a file: the programs of the workload.
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 64 << 20, MEMORY_BYTES = 256 << 10, STEPS_MAX = 200 << 20 };

static char *contents(const char *path) {
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
        fprintf(stderr, "compiler_driver: %s cannot be read\n", path);
        exit(2);
    }
    fclose(f);
    return text;
}

static void show(const Text *t) { fwrite(t->at, 1, t->n, stdout); }

static bool run(const SourceFile *program, const SourceFile *headers, const Watcher *watcher, char *memory,
                uint8_t *ram) {
    Arena arena;
    Image image;
    Work work;
    Error error = {0};
    arena_begin(&arena, memory, ARENA_BYTES);
    if (!compile_watched(&arena, program, headers, &image, &work, &error, watcher)) {
        printf("%s:%u: %s%s%s\n", program->name, (unsigned)error.line, error.what, *error.name ? ": " : "", error.name);
        return false;
    }
    Outcome o = simulate(&image, ram, MEMORY_BYTES, STEPS_MAX);
    printf("%s %s%08x check %08x spills %u\n", program->name, o.ended ? "" : "did not end ", (unsigned)o.result,
           (unsigned)work.check, (unsigned)work.spills);
    return o.ended;
}

int main(int argc, char **argv) {
    char *memory = malloc(ARENA_BYTES);
    uint8_t *ram = malloc(MEMORY_BYTES);
    SourceFile own[2] = {{NULL, NULL}, {NULL, NULL}};
    const SourceFile *headers = sample_headers;
    Watcher watcher = {NULL, NULL};
    bool ok = memory && ram;
    int n = 1;
    for (; n < argc && argv[n][0] == '-'; n++) {
        if (!strcmp(argv[n], "--ir")) watcher.ir = show;
        if (!strcmp(argv[n], "--assembly")) watcher.assembly = show;
        if (!strcmp(argv[n], "--include") && n + 1 < argc)
            own[0] = (SourceFile){"lib.h", contents(argv[++n])}, headers = own;
    }
    for (unsigned i = 0; n == argc && i < SAMPLES; i++) ok &= run(&samples[i].source, headers, &watcher, memory, ram);
    for (; n < argc; n++) {
        SourceFile file = {argv[n], contents(argv[n])};
        ok &= run(&file, headers, &watcher, memory, ram);
    }
    free(memory);
    free(ram);
    return ok ? 0 : 1;
}
