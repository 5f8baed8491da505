// Serial interface. ("RX62N Group, RX621 Group User's Manual: Hardware", "Serial Communications Interface (SCI)".)
//
//        bit 7     6      5      4      3      2      1      0
//   +0 SMR   mode                          +1 BRR  bit rate
//   +2 SCR   TIE   RIE    TE     RE     MPIE   TEIE   -- CKE --
//   +3 TDR   byte to send                  +5 RDR  byte received
//   +4 SSR   TDRE  RDRF   ORER   FER    PER    TEND   MPB    MPBT
//   +6 SCMR  smart card mode               +7 SEMR extended mode
//
// Sending takes no time: TDRE and TEND are always 1. A received byte stays in the console until RDR is free, so nothing
// is ever overrun, and ERI never comes.
#include "board/rx_sci.h"

enum { SMR, BRR, SCR, TDR, SSR, RDR, SCMR, SEMR };
enum { SCR_TEIE = 4, SCR_RE = 0x10, SCR_TE = 0x20, SCR_RIE = 0x40, SCR_TIE = 0x80 };
enum { SSR_TEND = 4, SSR_RDRF = 0x40, SSR_TDRE = 0x80 };
enum { RXI = 1, TXI = 2, TEI = 3 }; // offsets from the vector of ERI

void rx_sci_update(RxSci *s) {
    if (s->full || !(s->scr & SCR_RE) || !console_waits(s->console)) return;
    s->rdr = console_get(s->console);
    s->full = true;
    if (s->scr & SCR_RIE) rx_icu_pulse(s->icu, s->vector + RXI);
}

uint64_t rx_sci_read(void *sci, uint64_t offset, unsigned size) {
    RxSci *s = sci;
    if (size != 1) return 0;
    switch (offset) {
    case SMR: return s->smr;
    case BRR: return s->brr;
    case SCR: return s->scr;
    case TDR: return s->tdr;
    case SSR: return SSR_TDRE | SSR_TEND | (s->full ? SSR_RDRF : 0);
    case RDR: {
        uint8_t byte = s->rdr;
        s->full = false;
        rx_sci_update(s);
        return byte;
    }
    case SCMR: return s->scmr;
    case SEMR: return s->semr;
    default: return 0;
    }
}

static void request_sending(RxSci *s) {
    bool sends = s->scr & SCR_TE;
    if (sends && (s->scr & SCR_TIE)) rx_icu_pulse(s->icu, s->vector + TXI);
    rx_icu_level(s->icu, s->vector + TEI, sends && (s->scr & SCR_TEIE));
}

static void write_scr(RxSci *s, uint8_t v) {
    bool asks = (v & SCR_RIE) && !(s->scr & SCR_RIE);
    s->scr = v;
    if (asks && s->full) rx_icu_pulse(s->icu, s->vector + RXI);
    request_sending(s);
    rx_sci_update(s);
}

void rx_sci_write(void *sci, uint64_t offset, unsigned size, uint64_t value) {
    RxSci *s = sci;
    uint8_t v = (uint8_t)value;
    if (size != 1) return;
    switch (offset) {
    case SMR: s->smr = v; break;
    case BRR: s->brr = v; break;
    case SCR: write_scr(s, v); break;
    case TDR:
        s->tdr = v;
        if (!(s->scr & SCR_TE)) break;
        console_put(s->console, v);
        request_sending(s);
        break;
    case SCMR: s->scmr = v; break;
    case SEMR: s->semr = v; break;
    default: break; // the flags of SSR have no errors to clear, and RDR is read-only
    }
}

void rx_sci_init(RxSci *s, Console *console, RxIcu *icu, unsigned vector) {
    *s = (RxSci){.console = console, .icu = icu, .vector = vector, .brr = 0xff, .tdr = 0xff};
}
