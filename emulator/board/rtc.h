// Goldfish real-time clock: nanoseconds since 1970, and one alarm.
#pragma once
#include "board/device.h"
#include "mem/mem.h"
#include <stdbool.h>
#include <stdint.h>

enum { RTC_SIZE = 0x1000 };

typedef struct Rtc {
    const BoardEnv *env;
    Wire irq;
    uint64_t offset;    // time - (epoch + guest time); the guest can set the clock
    uint32_t time_high; // latched by a read of the low half
    uint64_t alarm;
    bool armed, pending, enabled;
} Rtc;

void rtc_init(Rtc *r, const BoardEnv *env, Wire irq);
void rtc_update(Rtc *r);               // time has passed
uint64_t rtc_next_event(const Rtc *r); // guest time in ns of the alarm, or BOARD_NEVER
MemDevice rtc_device(Rtc *r);
