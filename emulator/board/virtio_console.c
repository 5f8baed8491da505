// virtio console: "Console Device". One port, no size, no emergency write.
#include "board/virtio_console.h"

enum { RECEIVE = 0, TRANSMIT = 1 };

void virtio_console_update(VirtioConsole *c) {
    const VirtioChain *chain;
    while (console_waits(c->console) && (chain = virtio_next(c->v, RECEIVE))) {
        uint64_t n = 0;
        for (; n < chain->writable && console_waits(c->console); n++) {
            uint8_t byte = console_get(c->console);
            if (!virtio_put(c->v, n, &byte, 1)) return;
        }
        virtio_done(c->v, RECEIVE, n);
    }
}

static bool send(VirtioConsole *c, uint64_t n) {
    uint8_t piece[256];
    for (uint64_t done = 0; done < n;) {
        size_t part = n - done < sizeof piece ? (size_t)(n - done) : sizeof piece;
        if (!virtio_get(c->v, done, piece, part)) return false;
        console_write(c->console, piece, part);
        done += part;
    }
    return true;
}

static void notified(void *device, unsigned queue) {
    VirtioConsole *c = device;
    const VirtioChain *chain;
    if (queue == RECEIVE) {
        virtio_console_update(c);
        return;
    }
    while ((chain = virtio_next(c->v, TRANSMIT))) {
        if (!send(c, chain->readable)) return;
        virtio_done(c->v, TRANSMIT, 0);
    }
}

void virtio_console_init(VirtioConsole *c, Virtio *v, Console *console) {
    *c = (VirtioConsole){v, console};
    v->id = VIRTIO_ID_CONSOLE;
    v->features = VIRTIO_VERSION_1 | VIRTIO_INDIRECT;
    v->n_queues = 2;
    v->device = c;
    v->notified = notified;
}
