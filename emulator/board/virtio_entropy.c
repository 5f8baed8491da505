// virtio entropy device: "Entropy Device". The bytes are SplitMix64 from a fixed seed.
#include "board/virtio_entropy.h"

enum { AT_ONCE = 4096 }; // a request is answered with this many bytes at most: the driver asks again

static uint64_t next(VirtioEntropy *e) {
    uint64_t z = e->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void notified(void *device, unsigned queue) {
    VirtioEntropy *e = device;
    const VirtioChain *c;
    while ((c = virtio_next(e->v, queue))) {
        uint64_t n = c->writable < AT_ONCE ? c->writable : AT_ONCE;
        for (uint64_t done = 0; done < n; done += sizeof(uint64_t)) {
            uint64_t word = next(e);
            if (!virtio_put(e->v, done, &word, n - done < sizeof word ? (size_t)(n - done) : sizeof word)) return;
        }
        virtio_done(e->v, queue, n);
    }
}

void virtio_entropy_init(VirtioEntropy *e, Virtio *v) {
    *e = (VirtioEntropy){.v = v, .state = 1};
    v->id = VIRTIO_ID_ENTROPY;
    v->features = VIRTIO_VERSION_1 | VIRTIO_INDIRECT;
    v->n_queues = 1;
    v->device = e;
    v->notified = notified;
}
