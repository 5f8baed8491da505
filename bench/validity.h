// The judgement that needs all samples: siblings must have retired the same number of guest
// instructions, exact counts must repeat.
#pragma once
#include <jansson.h>

// Marks every emulator sample whose guest instruction count differs from the majority of its siblings (same workload,
// guest, size and ELF) as invalid. Returns the number of samples that it marked.
int validity_siblings(json_t *samples);
// One entry {"kind": "inexact", "config", "workload", "guest", "purpose", "metric", "values"} for each exact metric
// that varied between valid repeats (new reference).
json_t *validity_inexact(const json_t *samples, const json_t *metrics);
