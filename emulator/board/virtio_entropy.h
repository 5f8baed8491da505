// virtio entropy device, of the same bytes in every run: for tests and measurements, not for secrets.
#pragma once
#include "board/virtio.h"

typedef struct VirtioEntropy {
    Virtio *v;
    uint64_t state;
} VirtioEntropy;

void virtio_entropy_init(VirtioEntropy *e, Virtio *v);
