// virtio network device: "Network Device". The other end of the wire is user_net.c. Offered: an address. Not offered:
// checksums, segmentation, merged buffers, a control queue, the state of the link.
//
//   buffer   header, 12 bytes | frame      header: flags 8, GSO type 8, four sizes 16, number of buffers 16 (1)
#include "board/virtio_net.h"
#include <string.h>

enum { RECEIVE = 0, TRANSMIT = 1, HEADER = 12, NUM_BUFFERS = 10, ETHERNET_HEADER = 14 };
enum { FEATURE_MAC = 1 << 5 };

// From the frames that wait into buffers of the driver. A buffer has room for a frame, or the driver breaks the rule.
static void deliver(VirtioNet *d) {
    const VirtioChain *c;
    while (d->n_waiting && (c = virtio_next(d->v, RECEIVE))) {
        static const uint8_t header[HEADER] = {[NUM_BUFFERS] = 1};
        const VirtioNetFrame *f = &d->waiting[d->first];
        if (c->writable < HEADER + (uint64_t)f->n) {
            virtio_break(d->v);
            return;
        }
        if (!virtio_put(d->v, 0, header, HEADER) || !virtio_put(d->v, HEADER, f->bytes, f->n)) return;
        virtio_done(d->v, RECEIVE, HEADER + (uint64_t)f->n);
        d->first = (d->first + 1) % VIRTIO_NET_WAITING;
        d->n_waiting--;
    }
}

static void receive(void *device, const uint8_t *frame, size_t n) {
    VirtioNet *d = device;
    if (n > USER_NET_FRAME || d->n_waiting == VIRTIO_NET_WAITING) return;
    VirtioNetFrame *f = &d->waiting[(d->first + d->n_waiting++) % VIRTIO_NET_WAITING];
    f->n = (uint16_t)n;
    memcpy(f->bytes, frame, n);
}

// What the network answers at once waits until the chain in work is done.
static void notified(void *device, unsigned queue) {
    VirtioNet *d = device;
    const VirtioChain *c;
    while (queue == TRANSMIT && (c = virtio_next(d->v, TRANSMIT))) {
        uint8_t frame[USER_NET_FRAME];
        uint64_t n = c->readable < HEADER ? 0 : c->readable - HEADER;
        bool fits = n >= ETHERNET_HEADER && n <= sizeof frame;
        if (fits && !virtio_get(d->v, HEADER, frame, n)) return;
        virtio_done(d->v, TRANSMIT, 0);
        if (fits) user_net_send(d->net, frame, n);
    }
    deliver(d);
}

void virtio_net_update(VirtioNet *d) {
    user_net_update(d->net);
    deliver(d);
}

bool virtio_net_open(VirtioNet *d, Virtio *v, BoardNet kind, const BoardEnv *env, Err *err) {
    static const uint8_t address[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56}; // as in QEMU
    d->net = user_net_open(kind, env, receive, d, err);
    if (!d->net) return false;
    d->v = v;
    v->id = VIRTIO_ID_NETWORK;
    v->features = VIRTIO_VERSION_1 | VIRTIO_INDIRECT | FEATURE_MAC;
    v->n_queues = 2;
    v->device = d;
    v->notified = notified;
    memcpy(v->config, address, sizeof address);
    return true;
}

void virtio_net_close(VirtioNet *d) {
    if (d->net) user_net_close(d->net);
    d->net = NULL;
}
