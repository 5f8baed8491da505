// HTIF: a store to the 8 bytes of `tohost` is a request.
//
//    63    56 55    48 47                                           0
//   | device |  cmd   |                  payload                     |    device 0, cmd 0: payload odd: exit(payload >>
//   1);
//   +--------+--------+----------------------------------------------+    even, not 0: address of {number,
//   arguments...}
//                                                                         device 1, cmd 1: print the payload's low byte
// Of the system calls behind device 0 there are write (64) to file 1 or 2 and exit (93); others answer -ENOSYS. A
// console read (device 1, cmd 0) is never answered.
#include "board/htif.h"
#include "base/bits.h"
#include <inttypes.h>

enum { SYS_WRITE = 64, SYS_EXIT = 93, GUEST_ENOSYS = 38, GUEST_EBADF = 9, GUEST_EFAULT = 14 };

static void answer(Htif *h, uint64_t value) {
    if (h->fromhost) mem_store(h->mem, h->fromhost, 8, false, true, value);
}

static int64_t proxy_write(Htif *h, uint64_t file, gaddr from, uint64_t n) {
    if (file != 1 && file != 2) return -GUEST_EBADF;
    if (!mem_is_backed(h->mem, from, n)) return -GUEST_EFAULT;
    for (uint64_t i = 0; i < n; i++) {
        uint8_t byte = 0;
        mem_copy_out(h->mem, from + i, &byte, 1);
        console_put(h->console, byte);
    }
    return (int64_t)n;
}

static void system_call(Htif *h, gaddr at) {
    uint64_t word[4] = {0}; // number, then arguments; the result replaces the number
    if (!mem_copy_out(h->mem, at, word, sizeof word)) return;
    if (word[0] == SYS_EXIT) {
        h->env->end(h->env->ctx, (int)word[1]);
        return;
    }
    word[0] = (uint64_t)(word[0] == SYS_WRITE ? proxy_write(h, word[1], word[2], word[3]) : -GUEST_ENOSYS);
    mem_store(h->mem, at, 8, false, true, word[0]);
    answer(h, 1);
}

static void request(Htif *h) {
    uint64_t device = h->tohost >> 56, cmd = bits_get(h->tohost, 48, 8), payload = bits_get(h->tohost, 0, 48);
    h->tohost = 0;
    if (device == 0 && cmd == 0 && (payload & 1)) {
        h->env->end(h->env->ctx, (int)(payload >> 1));
    } else if (device == 0 && cmd == 0 && payload) {
        system_call(h, payload);
    } else if (device == 1 && cmd == 1) {
        console_put(h->console, (uint8_t)payload);
        answer(h, 1ull << 56 | 1ull << 48 | 0x100 | (uint8_t)payload);
    }
}

static uint64_t htif_read(void *state, uint64_t offset, unsigned size) {
    const Htif *h = state;
    return (h->tohost >> (8 * offset)) & bits_mask(8 * size);
}

// WHY: programs with 32-bit stores write the low half first, and the request is complete with the high half. Some exit
// by storing an odd low half again and again and nothing else; the second time tells.
static void htif_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Htif *h = state;
    uint64_t mask = bits_mask(8 * size) << (8 * offset);
    h->tohost = (h->tohost & ~mask) | ((value << (8 * offset)) & mask);
    bool complete = offset + size == 8;
    bool repeated = h->low_waits && !offset && (value & 1) && !(h->tohost >> 48);
    h->low_waits = !complete && !repeated;
    if (complete || repeated) request(h);
}

bool htif_add(Htif *h, Mem *mem, const BoardEnv *env, Console *console, gaddr tohost, gaddr fromhost, Err *err) {
    *h = (Htif){.env = env, .console = console, .mem = mem, .fromhost = fromhost};
    if (tohost % 8) return err_set(err, "the symbol tohost lies at 0x%" PRIx64 ", not on a multiple of 8", tohost);
    if (!mem_is_backed(mem, tohost, 8))
        return err_set(err, "the symbol tohost lies at 0x%" PRIx64 ", where no RAM is; give more with --memory",
                       tohost);
    return mem_carve_device(mem, tohost, 8, (MemDevice){"tohost", h, htif_read, htif_write}, err);
}
