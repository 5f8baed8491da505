// What devices of all boards share: the wire to an interrupt line, and the console of the host.
#pragma once
#include "board/board.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A level that goes somewhere: into a CPU line, or into an input of an interrupt controller.
// set == NULL: not connected.
typedef struct Wire {
    void (*set)(void *ctx, unsigned line, bool level);
    void *ctx;
    unsigned line;
    bool level; // as set last
} Wire;

void wire_set(Wire *w, bool level); // tells the other end when the level changes

enum { CONSOLE_OUT = 4096, CONSOLE_IN = 256 };

// The host's side of the guest's terminal. Output is kept back until a newline, a full buffer or console_flush(); input
// is taken only by console_poll(), which never waits. With `escapes`, Ctrl-A is for the emulator: x sets `quit`, Ctrl-A
// or a gives the guest one, anything else is dropped.
typedef struct Console {
    int in_fd, out_fd; // -1: none, or at its end
    bool escapes, escaped, quit;
    int error; // errno of the first write that failed: later output is dropped
    unsigned n_out, in_lo, in_hi;
    uint8_t out[CONSOLE_OUT];
    uint8_t in[CONSOLE_IN];
} Console;

void console_init(Console *c, int in_fd, int out_fd);
void console_put(Console *c, uint8_t byte);
void console_write(Console *c, const uint8_t *bytes, size_t n);
void console_flush(Console *c);
bool console_poll(Console *c); // true if input waits
static inline bool console_waits(const Console *c) { return c->in_lo != c->in_hi; }
static inline int console_input_fd(const Console *c) { return console_waits(c) ? -1 : c->in_fd; }
uint8_t console_get(Console *c); // only if console_waits()
