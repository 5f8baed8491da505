// Between virtio.c and virtio_queue.c.
#pragma once
#include "board/virtio.h"

enum { // "Device Status Field"
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_NEEDS_RESET = 64,
};
enum { VIRTIO_INTERRUPT_USED = 1, VIRTIO_INTERRUPT_CONFIG = 2 };

void virtio_interrupt(Virtio *v, uint32_t why);
bool virtio_queue_sound(const VirtioQueue *q); // size and alignment are as the standard wants them
