// The programs that are compiled, with what must come out.
#pragma once

#include "compile.h"

typedef struct {
    SourceFile source;
    uint32_t check; // Work.check of its compilation
    int32_t result; // what main returns: gcc's programs return the same, see workloads/tests/compiler.sh
} Sample;

enum { SAMPLES = 11 };

extern const Sample samples[SAMPLES];
extern const SourceFile sample_headers[]; // ended by one without a name
