// Platform-level interrupt controller. ("RISC-V Platform-Level Interrupt Controller Specification".)
//
//   0x000000 + 4 * source             priority, 0 (never) to 7
//   0x001000 + 4 * word               pending, a bit a source, read-only
//   0x002000 + 0x80 * context + 4 * word   enable, a bit a source
//   0x200000 + 0x1000 * context       threshold; + 4: claim (read) and complete (write)
//
// Source 0 does not exist. A gateway lets a level through once; after the completion it looks at the level again. A
// request that was let through stays, even if its level falls before the claim ("Interrupt Gateways").
#include "board/plic.h"

enum { PENDING = 0x1000, ENABLE = 0x2000, ENABLE_STRIDE = 0x80, CONTEXT = 0x200000, CONTEXT_STRIDE = 0x1000 };
enum { THRESHOLD = 0, CLAIM = 4, PRIORITY_MASK = 7 };

static bool bit(const uint32_t *words, unsigned source) { return words[source / 32] >> source % 32 & 1; }
static void set_bit(uint32_t *words, unsigned source, bool on) {
    uint32_t mask = 1u << source % 32;
    words[source / 32] = on ? words[source / 32] | mask : words[source / 32] & ~mask;
}

// The request of highest priority that this context may see, 0: none. Of equal ones, the lowest source.
static unsigned best(const Plic *p, unsigned context) {
    unsigned found = 0;
    for (unsigned w = 0; w < PLIC_WORDS; w++) {
        for (uint32_t left = p->pending[w] & p->enable[context][w]; left; left &= left - 1) {
            unsigned source = 32 * w + (unsigned)__builtin_ctz(left);
            if (p->priority[source] > p->priority[found]) found = source;
        }
    }
    return found; // priority[0] is 0
}

static void update(Plic *p) {
    for (unsigned c = 0; c < PLIC_CONTEXTS; c++) wire_set(&p->out[c], p->priority[best(p, c)] > p->threshold[c]);
}

static void gateway(Plic *p, unsigned source) {
    if (bit(p->level, source) && !bit(p->claimed, source)) set_bit(p->pending, source, true);
}

static void source_level(void *plic, unsigned source, bool level) {
    Plic *p = plic;
    set_bit(p->level, source, level);
    gateway(p, source);
    update(p);
}

// The threshold does not matter here ("Interrupt Claim Process").
static unsigned claim(Plic *p, unsigned context) {
    unsigned source = best(p, context);
    if (!source) return 0;
    set_bit(p->pending, source, false);
    set_bit(p->claimed, source, true);
    update(p);
    return source;
}

// Of a source that is not enabled for this context it is ignored ("Interrupt Completion").
static void complete(Plic *p, unsigned context, uint32_t source) {
    if (!source || source > PLIC_SOURCES || !bit(p->enable[context], source)) return;
    set_bit(p->claimed, source, false);
    gateway(p, source);
}

// The word of `enable` at this offset, or NULL.
static uint32_t *enable_at(Plic *p, uint64_t offset) {
    uint64_t context = (offset - ENABLE) / ENABLE_STRIDE, word = offset % ENABLE_STRIDE / 4;
    return offset >= ENABLE && context < PLIC_CONTEXTS && word < PLIC_WORDS ? &p->enable[context][word] : NULL;
}

static uint64_t plic_read(void *state, uint64_t offset, unsigned size) {
    Plic *p = state;
    if (size != 4 || offset % 4) return 0;
    uint64_t context = (offset - CONTEXT) / CONTEXT_STRIDE;
    if (offset >= CONTEXT) {
        if (context >= PLIC_CONTEXTS) return 0;
        if (offset % CONTEXT_STRIDE == THRESHOLD) return p->threshold[context];
        return offset % CONTEXT_STRIDE == CLAIM ? claim(p, (unsigned)context) : 0;
    }
    if (enable_at(p, offset)) return *enable_at(p, offset);
    if (offset >= PENDING) return offset < PENDING + sizeof p->pending ? p->pending[(offset - PENDING) / 4] : 0;
    return offset / 4 <= PLIC_SOURCES ? p->priority[offset / 4] : 0;
}

static void write_context(Plic *p, unsigned context, uint64_t offset, uint32_t v) {
    if (offset == THRESHOLD) p->threshold[context] = v & PRIORITY_MASK;
    if (offset == CLAIM) complete(p, context, v);
}

static void plic_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Plic *p = state;
    uint32_t v = (uint32_t)value;
    if (size != 4 || offset % 4) return;
    uint64_t context = (offset - CONTEXT) / CONTEXT_STRIDE;
    if (offset >= CONTEXT) {
        if (context < PLIC_CONTEXTS) write_context(p, (unsigned)context, offset % CONTEXT_STRIDE, v);
    } else if (enable_at(p, offset)) {
        // Of the last word only the first bit is a source.
        bool first = offset % ENABLE_STRIDE == 0, last = offset % ENABLE_STRIDE == 4 * (PLIC_WORDS - 1);
        *enable_at(p, offset) = first ? v & ~1u : last ? v & ((2u << PLIC_SOURCES % 32) - 1) : v;
    } else if (offset && offset / 4 <= PLIC_SOURCES) {
        p->priority[offset / 4] = v & PRIORITY_MASK;
    }
    update(p);
}

void plic_init(Plic *p, Wire machine, Wire supervisor) { *p = (Plic){.out = {machine, supervisor}}; }

Wire plic_wire(Plic *p, unsigned source) { return (Wire){source_level, p, source, false}; }

MemDevice plic_device(Plic *p) { return (MemDevice){"plic", p, plic_read, plic_write}; }
