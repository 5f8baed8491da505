// Goldfish real-time clock. ("Goldfish Virtual Hardware", "Goldfish RTC".)
//
//   0x00 TIME_LOW    0x08 ALARM_LOW    0x10 IRQ_ENABLED    0x18 ALARM_STATUS (1: armed)
//   0x04 TIME_HIGH   0x0c ALARM_HIGH   0x14 CLEAR_ALARM    0x1c CLEAR_INTERRUPT
//
// A read of TIME_LOW latches TIME_HIGH; a write of ALARM_LOW arms the alarm, so the high half is written first.
#include "board/rtc.h"

enum { TIME_LOW, TIME_HIGH = 4, ALARM_LOW = 8, ALARM_HIGH = 12, IRQ_ENABLED = 16 };
enum { CLEAR_ALARM = 20, ALARM_STATUS = 24, CLEAR_INTERRUPT = 28 };

static uint64_t now(const Rtc *r) { return r->env->epoch_ns + r->env->now(r->env->ctx) + r->offset; }
static uint64_t with_low(uint64_t v, uint32_t low) { return (v & ~0xffffffffull) | low; }
static uint64_t with_high(uint64_t v, uint32_t high) { return (v & 0xffffffff) | (uint64_t)high << 32; }

void rtc_update(Rtc *r) {
    if (r->armed && now(r) >= r->alarm) {
        r->armed = false;
        r->pending = true;
    }
    wire_set(&r->irq, r->pending && r->enabled);
}

uint64_t rtc_next_event(const Rtc *r) {
    if (!r->armed) return BOARD_NEVER;
    uint64_t time = now(r), guest = r->env->now(r->env->ctx);
    if (time >= r->alarm) return guest;
    return r->alarm - time < BOARD_NEVER - guest ? guest + (r->alarm - time) : BOARD_NEVER;
}

static uint64_t rtc_read(void *state, uint64_t offset, unsigned size) {
    Rtc *r = state;
    if (size != 4) return 0;
    switch (offset) {
    case TIME_LOW: {
        uint64_t time = now(r);
        r->time_high = (uint32_t)(time >> 32);
        return (uint32_t)time;
    }
    case TIME_HIGH: return r->time_high;
    case ALARM_LOW: return (uint32_t)r->alarm;
    case ALARM_HIGH: return r->alarm >> 32;
    case IRQ_ENABLED: return r->enabled;
    case ALARM_STATUS: return r->armed;
    default: return 0;
    }
}

static void rtc_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Rtc *r = state;
    uint32_t v = (uint32_t)value;
    uint64_t time = now(r);
    if (size != 4) return;
    switch (offset) {
    case TIME_LOW: r->offset += with_low(time, v) - time; break;
    case TIME_HIGH: r->offset += with_high(time, v) - time; break;
    case ALARM_LOW:
        r->alarm = with_low(r->alarm, v);
        r->armed = true;
        break;
    case ALARM_HIGH: r->alarm = with_high(r->alarm, v); break;
    case IRQ_ENABLED: r->enabled = v & 1; break;
    case CLEAR_ALARM: r->armed = false; break;
    case CLEAR_INTERRUPT: r->pending = false; break;
    default: break;
    }
    rtc_update(r);
}

void rtc_init(Rtc *r, const BoardEnv *env, Wire irq) { *r = (Rtc){.env = env, .irq = irq}; }

MemDevice rtc_device(Rtc *r) { return (MemDevice){"rtc", r, rtc_read, rtc_write}; }
