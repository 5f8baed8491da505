// A short table of a run on the terminal; pictures and pages are made by `nightjar report`.
#pragma once
#include <jansson.h>

void terminal_summary(const json_t *document);
