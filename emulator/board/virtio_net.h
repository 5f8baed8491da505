// virtio network device: one queue each way, frames as they are (no checksums or segments left to the device).
#pragma once
#include "board/user_net.h"
#include "board/virtio.h"

enum { VIRTIO_NET_WAITING = 64 }; // frames that wait for buffers of the driver; what comes then is lost, as on a wire

typedef struct VirtioNetFrame {
    uint16_t n;
    uint8_t bytes[USER_NET_FRAME];
} VirtioNetFrame;

typedef struct VirtioNet {
    Virtio *v; // NULL: there is none
    UserNet *net;
    unsigned first, n_waiting; // frames, from `first` on, round and round
    VirtioNetFrame waiting[VIRTIO_NET_WAITING];
} VirtioNet;

bool virtio_net_open(VirtioNet *d, Virtio *v, BoardNet kind, const BoardEnv *env, Err *err);
void virtio_net_close(VirtioNet *d);
void virtio_net_update(VirtioNet *d); // time has passed
