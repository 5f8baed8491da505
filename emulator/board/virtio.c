// Registers of a virtio-mmio slot: "MMIO Device Register Layout". Queues are in virtio_queue.c.
#include "board/virtio_queue.h"
#include "base/bits.h"
#include <string.h>

enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    VENDOR_ID = 0x00c,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SEL = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM_MAX = 0x034,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESC = 0x080,   // low half; + 4: high half
    QUEUE_DRIVER = 0x090, // the available ring
    QUEUE_DEVICE = 0x0a0, // the used ring
    CONFIG_GENERATION = 0x0fc,
    CONFIG = 0x100,
};
#define MAGIC_VALUE 0x74726976u // "virt"
#define VENDOR      0x4a54484eu // "NHTJ"

static uint32_t half(uint64_t v, uint32_t which) { return which > 1 ? 0 : (uint32_t)(v >> (32 * which)); }
static uint64_t with_half(uint64_t v, uint32_t which, uint32_t x) {
    return which > 1 ? v : (v & ~(0xffffffffull << (32 * which))) | (uint64_t)x << (32 * which);
}

static void update(Virtio *v) { wire_set(&v->irq, v->interrupts != 0); }

void virtio_interrupt(Virtio *v, uint32_t why) {
    v->interrupts |= why;
    update(v);
}

void virtio_break(Virtio *v) {
    v->status |= VIRTIO_NEEDS_RESET;
    if (v->status & VIRTIO_DRIVER_OK) virtio_interrupt(v, VIRTIO_INTERRUPT_CONFIG);
}

static void reset(Virtio *v) {
    v->status = v->interrupts = v->device_sel = v->driver_sel = v->queue_sel = 0;
    v->driver_features = 0;
    v->waiting = 0;
    memset(v->queue, 0, sizeof v->queue);
    update(v);
}

static void write_status(Virtio *v, uint32_t s) {
    uint32_t before = v->status;
    if (!s) {
        reset(v);
        return;
    }
    bool acceptable = (v->driver_features & VIRTIO_VERSION_1) && !(v->driver_features & ~v->features);
    if ((s & VIRTIO_FEATURES_OK) && !acceptable) s &= ~(uint32_t)VIRTIO_FEATURES_OK;
    v->status = (s & 0xff) | (before & VIRTIO_NEEDS_RESET);
    // Buffers may have been made available before.
    if ((v->status & VIRTIO_DRIVER_OK) && !(before & VIRTIO_DRIVER_OK))
        for (unsigned q = 0; q < v->n_queues; q++) v->notified(v->device, q);
}

// The address of the selected queue of which this register is a half, or NULL.
static uint64_t *queue_address(Virtio *v, uint64_t offset) {
    if (v->queue_sel >= v->n_queues) return NULL;
    VirtioQueue *q = &v->queue[v->queue_sel];
    switch (offset & ~4ull) {
    case QUEUE_DESC: return &q->desc;
    case QUEUE_DRIVER: return &q->avail;
    case QUEUE_DEVICE: return &q->used;
    default: return NULL;
    }
}

// ---- access -------------------------------------------------------------------------------------------------------
static uint64_t read_config(const Virtio *v, uint64_t at, unsigned size) {
    uint64_t value = 0;
    if (at + size <= VIRTIO_CONFIG) memcpy(&value, v->config + at, size);
    return value;
}

uint64_t virtio_read(Virtio *v, uint64_t offset, unsigned size) {
    if (offset >= CONFIG) return v->id ? read_config(v, offset - CONFIG, size) : 0;
    if (size != 4) return 0;
    switch (offset) { // an empty slot has these registers only
    case MAGIC: return MAGIC_VALUE;
    case VERSION: return 2;
    case DEVICE_ID: return v->id;
    case VENDOR_ID: return VENDOR;
    default: break;
    }
    if (!v->id) return 0;
    bool queue = v->queue_sel < v->n_queues;
    switch (offset) {
    case DEVICE_FEATURES: return half(v->features, v->device_sel);
    case QUEUE_NUM_MAX: return queue ? VIRTIO_QUEUE_MAX : 0;
    case QUEUE_READY: return queue && v->queue[v->queue_sel].ready;
    case INTERRUPT_STATUS: return v->interrupts;
    case STATUS: return v->status;
    default: return 0;
    }
}

static void write_queue(Virtio *v, uint64_t offset, uint32_t value) {
    if (v->queue_sel >= v->n_queues) return;
    VirtioQueue *q = &v->queue[v->queue_sel];
    uint64_t *address = queue_address(v, offset);
    if (address && !q->ready) {
        *address = with_half(*address, (offset & 4) != 0, value);
    } else if (offset == QUEUE_NUM && !q->ready) {
        q->num = value;
    } else if (offset == QUEUE_READY) {
        q->ready = value & 1;
        q->avail_seen = q->used_index = 0;
        if (q->ready && !virtio_queue_sound(q)) virtio_break(v);
    }
}

void virtio_write(Virtio *v, uint64_t offset, unsigned size, uint64_t value) {
    uint32_t x = (uint32_t)value;
    if (!v->id || size != 4) return;
    switch (offset) {
    case DEVICE_FEATURES_SEL: v->device_sel = x; break;
    case DRIVER_FEATURES_SEL: v->driver_sel = x; break;
    case DRIVER_FEATURES:
        if (!(v->status & VIRTIO_FEATURES_OK)) v->driver_features = with_half(v->driver_features, v->driver_sel, x);
        break;
    case QUEUE_SEL: v->queue_sel = x; break;
    case QUEUE_NOTIFY:
        v->moved = 0;
        if (x < v->n_queues) v->notified(v->device, x);
        break;
    case INTERRUPT_ACK:
        v->interrupts &= ~x;
        update(v);
        break;
    case STATUS: write_status(v, x); break;
    default: write_queue(v, offset, x);
    }
}
