// Interrupt controller. ("RX62N Group, RX621 Group User's Manual: Hardware", "Interrupt Control Unit (ICUa)".)
//
//   0x000 + n    IR      bit 0: vector n is requested. Writing 0 clears an edge; levels follow their source
//   0x200 + n/8  IER     bit n%8: vector n may reach the CPU
//   0x2e0        SWINTR  writing 1 requests vector 27
//   0x2f0        FIR     16 bits: bit 15 enables, bits 7:0 the vector of the fast interrupt
//   0x300 + m    IPR     bits 3:0: priority of the sources that share m; 0: never
//
// Of what is requested and enabled, the fast interrupt comes first (whatever its IPR), then the highest priority, then
// the lowest vector. Not here: DTC and DMA activation, the pins (IRQCR) and NMI; their registers read 0.
#include "board/rx_icu.h"

enum { IR = 0, IER = 0x200, SWINTR = 0x2e0, FIR = 0x2f0, IPR = 0x300 };
enum { FIR_ENABLE = 0x8000, FIR_VECTOR = 0xff };

typedef struct Source {
    uint8_t vector, ipr; // index of its IPR
    bool edge;
} Source;

// Manual, "Interrupt Vector Table". In the order of the vectors: that is their order of precedence.
static const Source sources[] = {
    {RX_VECTOR_SWINT, 0x03, true},    {RX_VECTOR_CMI0, 0x04, true},     {RX_VECTOR_CMI0 + 1, 0x05, true},
    {RX_VECTOR_CMI0 + 2, 0x06, true}, {RX_VECTOR_CMI0 + 3, 0x07, true}, {RX_VECTOR_ERI0, 0x80, false},
    {RX_VECTOR_RXI0, 0x80, true},     {RX_VECTOR_TXI0, 0x80, true},     {RX_VECTOR_TEI0, 0x80, false},
};

static const Source *source_of(unsigned vector) {
    for (unsigned k = 0; k < ARRAY_LEN(sources); k++)
        if (sources[k].vector == vector) return &sources[k];
    return NULL;
}

static unsigned priority_of(const RxIcu *i, const Source *s) {
    if (!i->ir[s->vector] || !(i->ier[s->vector / 8] >> s->vector % 8 & 1)) return 0;
    if (i->fir == (FIR_ENABLE | s->vector)) return BOARD_PRIORITY_FAST;
    return i->ipr[s->ipr];
}

// Chooses anew, and tells the CPU if the choice changed.
static void choose(RxIcu *i) {
    unsigned vector = 0, priority = 0;
    for (unsigned k = 0; k < ARRAY_LEN(sources); k++) {
        unsigned p = priority_of(i, &sources[k]);
        if (p > priority) vector = sources[k].vector, priority = p;
    }
    if (vector == i->vector && priority == i->priority) return;
    i->vector = vector;
    i->priority = priority;
    i->env->set_vector(i->env->ctx, vector, priority);
}

void rx_icu_pulse(RxIcu *i, unsigned vector) { rx_icu_level(i, vector, true); }

void rx_icu_level(RxIcu *i, unsigned vector, bool level) {
    i->ir[vector] = level;
    choose(i);
}

void rx_icu_accepted(RxIcu *i, unsigned vector) {
    const Source *s = source_of(vector);
    if (s && s->edge) i->ir[vector] = false;
    choose(i);
}

uint64_t rx_icu_read(void *icu, uint64_t offset, unsigned size) {
    const RxIcu *i = icu;
    if (offset == FIR && size == 2) return i->fir;
    if (size != 1) return 0;
    if (offset < IR + RX_ICU_VECTORS) return i->ir[offset - IR];
    if (offset >= IER && offset < IER + RX_ICU_VECTORS / 8) return i->ier[offset - IER];
    if (offset >= IPR && offset < IPR + RX_ICU_PRIORITIES) return i->ipr[offset - IPR];
    return 0;
}

static void write_byte(RxIcu *i, uint64_t offset, uint8_t v) {
    if (offset < IR + RX_ICU_VECTORS) {
        const Source *s = source_of((unsigned)(offset - IR));
        if (s && s->edge && !(v & 1)) i->ir[s->vector] = false;
    } else if (offset >= IER && offset < IER + RX_ICU_VECTORS / 8) {
        i->ier[offset - IER] = v;
    } else if (offset == SWINTR) {
        if (v & 1) i->ir[RX_VECTOR_SWINT] = true;
    } else if (offset >= IPR && offset < IPR + RX_ICU_PRIORITIES) {
        i->ipr[offset - IPR] = v & 15;
    }
}

void rx_icu_write(void *icu, uint64_t offset, unsigned size, uint64_t value) {
    RxIcu *i = icu;
    if (offset == FIR && size == 2)
        i->fir = (uint16_t)value & (FIR_ENABLE | FIR_VECTOR);
    else if (size == 1)
        write_byte(i, offset, (uint8_t)value);
    choose(i);
}

void rx_icu_init(RxIcu *i, const BoardEnv *env) { *i = (RxIcu){.env = env}; }
