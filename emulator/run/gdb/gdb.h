// emu --gdb: a debugger at the other end of a socket, by gdb's remote serial protocol
// ("Remote Protocol" of its manual).
//
// The engines run translated code between stops: breakpoints are the translator's (jit/code/breakpoint.c), a step is
// run_step(), and the socket is looked at once per quantum. Nothing here runs while generated code is on the stack.
#pragma once
#include "base/err.h"
#include "guest/guest.h"
#include "run/debugger.h"

typedef struct Gdb Gdb;

// ---- gdb.c: the session
// Listens on this port of 127.0.0.1 (0: any free one), says so on stderr, and waits for the debugger.
Gdb *gdb_open(uint16_t port, const Guest *guest, Err *err);
Gdb *gdb_on(int fd, const Guest *guest); // a connection that is there already; closed at the end
void gdb_close(Gdb *g);
const Debugger *gdb_debugger(const Gdb *g);                // for the machine that is debugged
void gdb_say_end(Gdb *g, const Machine *m, int exit_code); // exit_code: emu's

// ---- gdb_packet.c: $data#checksum. Pure.
enum { GDB_PACKET_MAX = 4096 };
typedef enum GdbEvent { GDB_NOTHING, GDB_PACKET, GDB_BAD_PACKET, GDB_INTERRUPT, GDB_ACK, GDB_NAK } GdbEvent;
typedef struct GdbParser {
    enum { GDB_BETWEEN, GDB_DATA, GDB_ESCAPED, GDB_SUM_HIGH, GDB_SUM_LOW } state;
    bool bad; // longer than GDB_PACKET_MAX, or what follows # is no number
    uint8_t sum, said;
    size_t n;
    char data[GDB_PACKET_MAX + 1]; // the packet without escapes, 0 behind it; valid until the next byte is fed
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
