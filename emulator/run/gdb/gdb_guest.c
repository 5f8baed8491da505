// Registers and memory of a guest for a debugger, by the guest's own table (GuestDebug).
#include "base/alloc.h"
#include "run/gdb/gdb.h"
#include "run/machine.h"
#include <stdlib.h>
#include <string.h>

char *gdb_describe(const Guest *guest) {
    const GuestDebug *d = guest->debug;
    char *text = NULL;
    size_t size = 0;
    FILE *out = alloc_stream(&text, &size);
    fprintf(out,
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
            "<target version=\"1.0\"><architecture>%s</architecture>\n",
            d->architecture);
    const GuestRegSet *next = d->sets, *end = next + d->n_sets;
    for (unsigned i = 0; i < d->n_regs; i++) {
        if (next < end && next->first == i)
            fprintf(out, "%s<feature name=\"%s\">\n", i ? "</feature>\n" : "", next++->feature);
        fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"/>\n", d->regs[i].name, d->regs[i].bits,
                d->regs[i].type, i);
    }
    fprintf(out, "</feature></target>\n");
    alloc_stream_end(out);
    return text;
}

// Registers of the packets g and G; gdb asks for the others one by one.
static unsigned n_general(const GuestDebug *d) { return d->n_sets > 1 ? d->sets[1].first : d->n_regs; }

static unsigned digits_of(const GuestDebug *d, uint64_t reg) { return d->regs[reg].bits / 4u; }

static void put(const GuestDebug *d, unsigned reg, const Cpu *cpu, char *out) {
    uint64_t value = d->read(cpu, reg);
    uint8_t bytes[sizeof value];
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    gdb_put_hex(out, bytes, digits_of(d, reg) / 2);
}

static bool get(const GuestDebug *d, unsigned reg, const char *hex, uint64_t *value) {
    uint8_t bytes[sizeof *value] = {0};
    size_t n = digits_of(d, reg) / 2;
    if (gdb_hex_bytes(hex, n, bytes) < n) return false;
    *value = 0;
    for (unsigned i = 0; i < sizeof bytes; i++) *value |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

void gdb_read_registers(const Machine *m, char *out) {
    const GuestDebug *d = m->guest->debug;
    for (unsigned i = 0; i < n_general(d); out += digits_of(d, i++)) put(d, i, machine_cpu(m), out);
}

bool gdb_write_registers(Machine *m, const char *hex) {
    const GuestDebug *d = m->guest->debug;
    size_t n = 0;
    for (unsigned i = 0; i < n_general(d); i++) n += digits_of(d, i);
    if (strlen(hex) != n || strspn(hex, "0123456789abcdefABCDEF") != n) return false;
    for (unsigned i = 0; i < n_general(d); hex += digits_of(d, i++)) {
        uint64_t value;
        if (get(d, i, hex, &value)) d->write(machine_cpu(m), i, value);
    }
    return true;
}

bool gdb_read_register(const Machine *m, uint64_t reg, char *out) {
    if (reg >= m->guest->debug->n_regs) return false;
    put(m->guest->debug, (unsigned)reg, machine_cpu(m), out);
    return true;
}

bool gdb_write_register(Machine *m, uint64_t reg, const char *hex) {
    const GuestDebug *d = m->guest->debug;
    uint64_t value;
    if (reg >= d->n_regs || strlen(hex) != digits_of(d, reg) || !get(d, (unsigned)reg, hex, &value)) return false;
    d->write(machine_cpu(m), (unsigned)reg, value);
    return true;
}

size_t gdb_read_memory(Machine *m, gaddr at, uint8_t *out, size_t n) { return hart_peek(&m->hart, at, out, n); }

bool gdb_write_memory(Machine *m, gaddr at, const uint8_t *bytes, size_t n) {
    return hart_poke(&m->hart, at, bytes, n);
}
