// Split virtqueues: "Split Virtqueues". Addresses are physical; the rings are little-endian, as the host is.
//
//   descriptor, 16 bytes   address 64 | length 32 | flags 16 | next 16      indirect: address and size of a table of them
//   available ring         flags 16 | index 16 | head 16 ...
//   used ring              flags 16 | index 16 | { head 32 | bytes written 32 } ...
#include "board/virtio_queue.h"
#include "base/bits.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_NO_INTERRUPT = 1, AT_ONCE = 16 << 20 };

typedef struct Descriptor {
    uint64_t at;
    uint32_t n;
    uint16_t flags, next;
} Descriptor;

bool virtio_queue_sound(const VirtioQueue *q) {
    bool power_of_two = q->num && !(q->num & (q->num - 1));
    return power_of_two && q->num <= VIRTIO_QUEUE_MAX && q->desc % 16 == 0 && q->avail % 2 == 0 && q->used % 4 == 0;
}

static bool fetch(Virtio *v, gaddr from, void *to, size_t n) {
    if (v->env->dma_read(v->env->ctx, from, to, n)) return true;
    virtio_break(v);
    return false;
}

static bool add(const Virtio *v, VirtioChain *c, const Descriptor *d) {
    bool write = d->flags & DESC_WRITE;
    if (!write && c->n > c->n_readable) return false;
    c->buffer[c->n++] = (VirtioBuffer){d->at, d->n};
    if (write) {
        c->writable += d->n;
    } else {
        c->readable += d->n;
        c->n_readable++;
    }
    return c->readable + c->writable <= v->most;
}

// From a table of n descriptors. A chain of more than all descriptors of the queue is a loop, or breaks the rule. An
// indirect one is the last of its chain, and its table has no other ("Indirect Descriptors").
static bool walk(Virtio *v, const VirtioQueue *q, VirtioChain *c, gaddr table, unsigned n, unsigned at, bool outer) {
    while (at < n && c->n < q->num) {
        Descriptor d;
        if (!fetch(v, table + at * sizeof d, &d, sizeof d)) return false;
        if (d.flags & DESC_INDIRECT) {
            bool sound = outer && v->driver_features & VIRTIO_INDIRECT && !(d.flags & DESC_NEXT) && d.n % sizeof d == 0;
            return sound && walk(v, q, c, d.at, d.n / sizeof d, 0, false);
        }
        if (!add(v, c, &d)) return false;
        if (!(d.flags & DESC_NEXT)) return true;
        at = d.next;
    }
    return false;
}

VirtioChain *virtio_next(Virtio *v, unsigned queue) {
    VirtioQueue *q = &v->queue[queue];
    uint16_t index, head;
    if (!(v->status & VIRTIO_DRIVER_OK) || (v->status & VIRTIO_NEEDS_RESET) || !q->ready) return NULL;
    if (!fetch(v, q->avail + 2, &index, sizeof index) || index == q->avail_seen) return NULL;
    if (v->moved >= AT_ONCE) {
        v->waiting |= 1u << queue;
        return NULL;
    }
    v->chain.n = v->chain.n_readable = 0;
    v->chain.readable = v->chain.writable = 0;
    bool sound = (uint16_t)(index - q->avail_seen) <= q->num &&
                 fetch(v, q->avail + 4 + 2 * (q->avail_seen % q->num), &head, sizeof head);
    if (sound) {
        q->avail_seen++;
        v->chain.head = head;
        if (walk(v, q, &v->chain, q->desc, q->num, head, true)) return &v->chain;
    }
    virtio_break(v);
    return NULL;
}

void virtio_go_on(Virtio *v) {
    uint32_t waiting = v->waiting;
    v->moved = 0, v->waiting = 0;
    for (unsigned q = 0; q < v->n_queues; q++)
        if (waiting >> q & 1) v->notified(v->device, q);
}

// Moves n bytes at `offset` of these buffers; `to` or `from` is NULL.
static bool move(Virtio *v, const VirtioBuffer *b, const VirtioBuffer *end, uint64_t offset, uint8_t *to,
                 const uint8_t *from, size_t n) {
    v->moved += n;
    for (; n && b < end; b++) {
        if (offset >= b->n) {
            offset -= b->n;
            continue;
        }
        size_t part = b->n - offset < n ? (size_t)(b->n - offset) : n;
        gaddr at = b->at + offset;
        bool ok = at >= b->at &&
                  (to ? v->env->dma_read(v->env->ctx, at, to, part) : v->env->dma_write(v->env->ctx, at, from, part));
        if (!ok) break;
        if (to) to += part;
        if (from) from += part;
        n -= part;
        offset = 0;
    }
    if (n) virtio_break(v);
    return !n;
}

bool virtio_get(Virtio *v, uint64_t offset, void *to, size_t n) {
    const VirtioChain *c = &v->chain;
    return move(v, c->buffer, c->buffer + c->n_readable, offset, to, NULL, n);
}

bool virtio_put(Virtio *v, uint64_t offset, const void *from, size_t n) {
    const VirtioChain *c = &v->chain;
    return move(v, c->buffer + c->n_readable, c->buffer + c->n, offset, NULL, from, n);
}

void virtio_done(Virtio *v, unsigned queue, uint64_t written) {
    VirtioQueue *q = &v->queue[queue];
    uint32_t entry[2] = {v->chain.head, (uint32_t)written};
    uint16_t flags, next = (uint16_t)(q->used_index + 1);
    if (v->status & VIRTIO_NEEDS_RESET) return;
    if (!v->env->dma_write(v->env->ctx, q->used + 4 + sizeof entry * (q->used_index % q->num), entry, sizeof entry) ||
        !v->env->dma_write(v->env->ctx, q->used + 2, &next, sizeof next)) {
        virtio_break(v);
        return;
    }
    q->used_index = next;
    if (fetch(v, q->avail, &flags, sizeof flags) && !(flags & AVAIL_NO_INTERRUPT))
        virtio_interrupt(v, VIRTIO_INTERRUPT_USED);
}
