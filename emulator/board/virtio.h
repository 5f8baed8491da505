// What virtio devices share: the registers of one virtio-mmio slot (version 2) and the split virtqueues behind it.
// ("Virtual I/O Device (VIRTIO) Version 1.1".)
//
// INVARIANT: nothing that the driver puts into a queue is believed: a ring or buffer that is not in RAM, a chain that
// loops or is out of order, an index that jumps, all set DEVICE_NEEDS_RESET, and the device stands still until it is
// reset. No packed rings, no event index: they are not offered.
//
// INVARIANT: a store to a register takes a bounded time. A chain of more bytes than the machine has RAM breaks the
// device, and what is moved at once is limited: then the queue waits until the board looks again (virtio_go_on).
#pragma once
#include "base/types.h"
#include "board/device.h"
#include "mem/mem.h"

enum { VIRTIO_SLOT_SIZE = 0x1000, VIRTIO_QUEUE_MAX = 256, VIRTIO_QUEUES = 2, VIRTIO_CONFIG = 64 };
enum { VIRTIO_ID_NETWORK = 1, VIRTIO_ID_BLOCK = 2, VIRTIO_ID_CONSOLE = 3, VIRTIO_ID_ENTROPY = 4 };
#define VIRTIO_INDIRECT  (1ull << 28) // a descriptor may stand for a table of them; every device here offers it
#define VIRTIO_VERSION_1 (1ull << 32) // the feature that every device here offers and every driver must accept

typedef struct VirtioQueue {
    uint32_t num;
    bool ready;
    uint64_t desc, avail, used; // physical addresses of the three parts
    uint16_t avail_seen;        // index of the next available entry that was not looked at
    uint16_t used_index;
} VirtioQueue;

typedef struct VirtioBuffer {
    gaddr at;
    uint32_t n;
} VirtioBuffer;

// A chain of buffers: first those that the device reads, then those that it writes. To the device both are one run of
// bytes: where they are cut says nothing ("Message Framing").
typedef struct VirtioChain {
    uint16_t head;
    unsigned n_readable, n;
    uint64_t readable, writable; // bytes
    VirtioBuffer buffer[VIRTIO_QUEUE_MAX];
} VirtioChain;

typedef struct Virtio {
    const BoardEnv *env;
    Wire irq;
    // the device
    uint32_t id; // 0: the slot is empty
    uint64_t features;
    unsigned n_queues;
    void *device;
    void (*notified)(void *device, unsigned queue); // or the queues may be used from now on
    uint8_t config[VIRTIO_CONFIG];                  // read-only
    // registers
    uint32_t status, interrupts;
    uint32_t device_sel, driver_sel, queue_sel;
    uint64_t driver_features;
    VirtioQueue queue[VIRTIO_QUEUES];
    VirtioChain chain; // chain in work
    uint64_t most;     // bytes of a chain that make sense: the size of RAM
    uint64_t moved;    // bytes since the last notification, or since the board looked
    uint32_t waiting;  // queues that go on then, a bit each
} Virtio;

void virtio_go_on(Virtio *v); // with the queues that wait
uint64_t virtio_read(Virtio *v, uint64_t offset, unsigned size);
void virtio_write(Virtio *v, uint64_t offset, unsigned size, uint64_t value);

// For devices. The next chain of a queue, in v->chain; NULL: none, or the driver has not started the device.
VirtioChain *virtio_next(Virtio *v, unsigned queue);
// Bytes of the readable or writable part; false: they are not in RAM, or beyond the end, and the device is broken now.
bool virtio_get(Virtio *v, uint64_t offset, void *to, size_t n);
bool virtio_put(Virtio *v, uint64_t offset, const void *from, size_t n);
void virtio_done(Virtio *v, unsigned queue, uint64_t written); // gives the chain back
void virtio_break(Virtio *v);                                  // DEVICE_NEEDS_RESET
