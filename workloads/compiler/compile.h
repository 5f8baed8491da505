// The compiler as a whole.
#pragma once

#include "image.h"

typedef struct {
    const char *name, *text;
} SourceFile;

typedef struct {
    uint32_t nodes, insns, spills; // what it had to do
    uint32_t check;                // over the intermediate form, the assembly and the image
} Work;

// `headers`: what #include finds, ended by one without a name. Everything that is made lies in the arena.
bool compile(Arena *arena, const SourceFile *program, const SourceFile *headers, Image *out, Work *work, Error *error);

// For looking at it: where the texts go, or NULL.
typedef struct {
    void (*ir)(const Text *text);
    void (*assembly)(const Text *text);
} Watcher;
bool compile_watched(Arena *arena, const SourceFile *program, const SourceFile *headers, Image *out, Work *work,
                     Error *error, const Watcher *watcher);
