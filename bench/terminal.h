// A short table of a run on the terminal; pictures and pages are made by `nightjar report`.
#pragma once
#include <jansson.h>
#include <stdio.h>

void terminal_summary(FILE *out, const json_t *document); // as wide as the terminal; 90 columns elsewhere
