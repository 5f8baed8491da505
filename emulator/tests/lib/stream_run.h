// Running a stream (stream.h) in one way, and comparing two runs.
#pragma once
#include "base/feature.h"
#include "run/machine.h"
#include <stdbool.h>

enum { STREAM_INSNS_MAX = 3000000 };

typedef struct StreamWay {
    bool interp;
    Features features;
    size_t cache_room;  // bytes behind the entry code; 0: plenty
    uint64_t max_insns; // 0: STREAM_INSNS_MAX
    const Guest *guest; // NULL: what it is; else the translator lifts as this one: with a fault that was planted
} StreamWay;

void stream_run(Machine *m, int fd, StreamWay way); // the ELF of stream_elf(); machine_free() is due
// Registers, CSRs, traps, the end, the first n_code bytes of RAM and all data; differences are printed.
bool stream_same(Machine *want, Machine *got, uint32_t n_code);
