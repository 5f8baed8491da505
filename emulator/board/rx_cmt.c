// Compare match timer. ("RX62N Group, RX621 Group User's Manual: Hardware", "Compare Match Timer (CMT)".)
//
//   +0  CMSTR   bit 0, 1: channel 0, 1 counts
//   +2  CMCR    bit 6 CMIE: interrupt; bits 1:0 CKS: PCLK / 8, 32, 128, 512     channel 0; channel 1 at +8
//   +4  CMCNT   the count                                                       +10
//   +6  CMCOR   the count after this one is 0, and requests the interrupt       +12
//
// A period has CMCOR + 1 counts, as in the manual (QEMU: CMCOR). Matches between two polls are one request.
#include "board/rx_cmt.h"

enum { CMSTR = 0, CMCR = 0, CMCNT = 2, CMCOR = 4 }; // the last three from +2 and +8 on
enum { CMCR_CKS = 3, CMCR_CMIE = 0x40 };
enum { SIXTHS = 6, PCLK_PERIOD = 125, COUNTS = 0x10000 }; // PCLK: 125 sixths of a ns

static uint64_t sixths_now(const RxCmt *c) { return c->env->now(c->env->ctx) * SIXTHS; }
static uint64_t count_period(const RxCmtChannel *ch) {
    return (uint64_t)PCLK_PERIOD << (3 + 2 * (ch->control & CMCR_CKS));
}

// Counts from ch->count until it begins again at 0. One that is already past CMCOR goes all the way round.
static uint64_t counts_left(const RxCmtChannel *ch) {
    return (uint64_t)ch->compare + 1 - ch->count + (ch->count > ch->compare ? COUNTS : 0);
}

static bool counts(const RxCmt *c, unsigned k) { return c->start >> k & 1; }

static void advance(RxCmt *c, unsigned k) {
    RxCmtChannel *ch = &c->channel[k];
    uint64_t now = sixths_now(c);
    if (!counts(c, k)) {
        ch->since = now;
        return;
    }
    uint64_t n = (now - ch->since) / count_period(ch), left = counts_left(ch);
    ch->since += n * count_period(ch);
    if (n < left) {
        ch->count = (uint16_t)(ch->count + n);
        return;
    }
    ch->count = (uint16_t)((n - left) % ((uint64_t)ch->compare + 1));
    if (ch->control & CMCR_CMIE) rx_icu_pulse(c->icu, c->vector + k);
}

void rx_cmt_update(RxCmt *c) {
    for (unsigned k = 0; k < RX_CMT_CHANNELS; k++) advance(c, k);
}

uint64_t rx_cmt_next_event(const RxCmt *c) {
    uint64_t next = BOARD_NEVER;
    for (unsigned k = 0; k < RX_CMT_CHANNELS; k++) {
        const RxCmtChannel *ch = &c->channel[k];
        if (!counts(c, k) || !(ch->control & CMCR_CMIE)) continue;
        uint64_t at = (ch->since + counts_left(ch) * count_period(ch) + SIXTHS - 1) / SIXTHS;
        if (at < next) next = at;
    }
    return next;
}

// Where a register of a channel is: its channel and its offset there. False for CMSTR and
// what lies behind the last one.
static bool channel_register(uint64_t offset, unsigned *k, unsigned *reg) {
    if (offset < 2 || offset >= 2 + 6 * RX_CMT_CHANNELS) return false;
    *k = (unsigned)(offset - 2) / 6;
    *reg = (unsigned)(offset - 2) % 6;
    return true;
}

uint64_t rx_cmt_read(void *cmt, uint64_t offset, unsigned size) {
    const RxCmt *c = cmt;
    unsigned k, reg;
    if (size != 2) return 0;
    if (offset == CMSTR) return c->start;
    if (!channel_register(offset, &k, &reg)) return 0;
    switch (reg) {
    case CMCR: return c->channel[k].control;
    case CMCNT: return c->channel[k].count;
    case CMCOR: return c->channel[k].compare;
    default: return 0;
    }
}

void rx_cmt_write(void *cmt, uint64_t offset, unsigned size, uint64_t value) {
    RxCmt *c = cmt;
    unsigned k, reg;
    if (size != 2) return;
    if (offset == CMSTR) c->start = value & 3;
    if (!channel_register(offset, &k, &reg)) return;
    RxCmtChannel *ch = &c->channel[k];
    switch (reg) {
    case CMCR: ch->control = (uint16_t)value & (CMCR_CMIE | CMCR_CKS); break;
    case CMCNT: ch->count = (uint16_t)value; break;
    case CMCOR: ch->compare = (uint16_t)value; break;
    default: break;
    }
}

void rx_cmt_init(RxCmt *c, const BoardEnv *env, RxIcu *icu, unsigned vector) {
    *c = (RxCmt){.env = env, .icu = icu, .vector = vector};
    for (unsigned k = 0; k < RX_CMT_CHANNELS; k++) c->channel[k].compare = 0xffff;
}
