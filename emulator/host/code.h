// Where emitters write: code for one place, and how many instructions of it count.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Writes at p; code will run at p + to_exec. When the room ends, `full` is set and nothing more is written.
typedef struct Code {
    uint8_t *begin, *p, *end;
    ptrdiff_t to_exec;
    uint32_t n_insns; // number of instructions written, but for those that count executions
    bool full;
} Code;

static inline uint32_t code_offset(const Code *c) { return (uint32_t)(c->p - c->begin); }

// An instruction of four bytes, or other four.
static inline void code_word(Code *c, uint32_t word, bool counted) {
    c->full |= c->end - c->p < 4;
    if (c->full) return;
    memcpy(c->p, &word, 4);
    c->p += 4;
    c->n_insns += counted;
}
