// emu --gdb: a debugger at the other end of a socket, by gdb's remote serial protocol ("Remote Protocol" of its
// manual).
//
// The engines run translated code between stops: breakpoints are the translator's (jit/code/breakpoint.c), a step is
// run_step(), and the socket is looked at once per quantum. Nothing here runs while generated code is on the stack.
#pragma once
#include "base/err.h"
#include "guest/guest.h"

typedef struct Machine Machine;
typedef struct Gdb Gdb;

// ---- gdb.c: the session
// Listens on this port of 127.0.0.1 (0: any free one), says so on stderr, and waits for the debugger.
Gdb *gdb_open(uint16_t port, const Guest *guest, Err *err);
Gdb *gdb_on(int fd, const Guest *guest); // a connection that is there already; closed at the end
void gdb_close(Gdb *g);
// Before a unit is entered. True: the debugger had its way (the CPU moved, or the machine ended): look again.
bool gdb_attend(Gdb *g, Machine *m);
// While the guest runs or waits: has the debugger sent something? Never blocks.
bool gdb_called(Gdb *g);
int gdb_fd(const Gdb *g);                                  // to be polled; -1 when the debugger is gone
void gdb_say_end(Gdb *g, const Machine *m, int exit_code); // exit_code: emu's

// ---- watch.c: watchpoints
// While there is one, translated code reaches memory by the slow path only. An access that touches watched bytes leaves
// it like one of a device. Depending on what gdb expects of the guest, the stop comes there, or the run loop executes
// the instruction alone and the stop comes behind it.
typedef enum WatchKind { WATCH_WRITE, WATCH_READ, WATCH_ACCESS } WatchKind; // in the order of Z2, Z3, Z4
typedef struct Watch {
    gaddr at;
    uint64_t n; // bytes
    WatchKind kind;
} Watch;
enum { WATCHES_MAX = 32 };
typedef struct Watches {
    Watch at[WATCHES_MAX];
    unsigned n;
    const Watch *hit; // by the instruction that was executed last, or is the next
    gaddr hit_at;     // where
    bool pass;        // the instruction that is executed now was reported before
} Watches;
bool watch_set(Machine *m, Watch w); // false: there are too many
void watch_clear(Machine *m, Watch w);
void watch_clear_all(Machine *m);
// May these bytes be accessed now? Keeps the hit that is to be reported. `exact`: the instruction is executed alone.
bool watch_allows(Machine *m, gaddr at, unsigned size, bool store, bool exact);

// ---- gdb_packet.c: $data#checksum. Pure.
enum { GDB_PACKET_MAX = 4096 };
typedef enum GdbEvent { GDB_NOTHING, GDB_PACKET, GDB_BAD_PACKET, GDB_INTERRUPT, GDB_ACK, GDB_NAK } GdbEvent;
typedef struct GdbParser {
    enum { GDB_BETWEEN, GDB_DATA, GDB_ESCAPED, GDB_SUM_HIGH, GDB_SUM_LOW } state;
    bool bad; // longer than GDB_PACKET_MAX, or what follows # is no number
    uint8_t sum, said;
    size_t n;
    char data[GDB_PACKET_MAX + 1]; // of the packet, escapes undone, 0 behind it; valid until the next byte is fed
} GdbParser;
GdbEvent gdb_feed(GdbParser *p, uint8_t byte);
size_t gdb_frame(char *out, const char *data, size_t n); // out: 2 * n + 4 bytes; returns how many it used
int gdb_hex_digit(char c);                               // -1: it is none
bool gdb_hex(const char **text, uint64_t *value);        // moves behind the digits; false: none, or more than 64 bits
size_t gdb_hex_bytes(const char *text, size_t n_bytes, uint8_t *out); // bytes that could be read
void gdb_put_hex(char *out, const uint8_t *bytes, size_t n);          // 2 * n digits and a 0

// ---- gdb_guest.c: registers and memory. Registers are hex of their little-endian bytes.
char *gdb_describe(const Guest *guest);                // XML; free() it
void gdb_read_registers(const Machine *m, char *out);  // all of the guest's first set
bool gdb_write_registers(Machine *m, const char *hex); // false: not as many digits as there must be
bool gdb_read_register(const Machine *m, uint64_t reg, char *out);
bool gdb_write_register(Machine *m, uint64_t reg, const char *hex);
size_t gdb_read_memory(Machine *m, gaddr at, uint8_t *out, size_t n); // bytes that are there; devices are left alone
bool gdb_write_memory(Machine *m, gaddr at, const uint8_t *bytes, size_t n); // all or nothing
