// A bare-metal RV64 program that drives the virtio network device of the board "virt" (virtio-mmio version 2, a queue each
// way), asks what a network with a gateway is asked, prints the answers and ends with code 42. net.test.sh runs it here and
// under QEMU.
#include "guest.h"

enum { SLOTS = 8, QUEUE = 8, ROOM = 2048, HEADER = 12, RECEIVE = 0, TRANSMIT = 1 };
enum { DEVICE = 2, FEATURES = 4, FEATURES_SEL = 5, DRIVER = 8, DRIVER_SEL = 9, QUEUE_SEL = 12, NUM = 14, READY = 17 };
enum { NOTIFY = 20, ACK = 25, STATUS = 28, DESC = 32, AVAIL = 36, USED = 40, CONFIG = 64 };
enum { WRITE = 2, MAC = 1 << 5 };

typedef struct Descriptor {
    u64 at;
    u32 n;
    u16 flags, next;
} Descriptor;

static volatile struct __attribute__((aligned(4096))) {
    Descriptor desc[QUEUE];
    struct {
        u16 flags, index, ring[QUEUE];
    } avail;
    struct __attribute__((aligned(4))) {
        u16 flags, index;
        struct {
            u32 id, n;
        } ring[QUEUE];
    } used;
} q[2];
static volatile u8 buffer[QUEUE][ROOM], out[ROOM];
static const volatile u8 *frame; // that came last
static u32 frame_bytes;
static u16 seen;
static volatile u32 *slot;
static u8 own[6];

// ---- the device
static void set_queue(unsigned i) {
    const volatile void *const part[] = {q[i].desc, &q[i].avail, &q[i].used};
    static const u8 reg[] = {DESC, AVAIL, USED};
    slot[QUEUE_SEL] = i, slot[NUM] = QUEUE;
    for (unsigned k = 0; k < 3; k++) slot[reg[k]] = (u32)(u64)part[k], slot[reg[k] + 1] = (u32)((u64)part[k] >> 32);
    slot[READY] = 1;
}

static void offer(unsigned i, u16 descriptor) {
    q[i].avail.ring[q[i].avail.index % QUEUE] = descriptor;
    __asm__ volatile("fence" ::: "memory");
    q[i].avail.index++;
    __asm__ volatile("fence" ::: "memory");
    slot[NOTIFY] = i;
}

static void start(void) {
    u64 v[4];
    unsigned n = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        volatile u32 *s = (volatile u32 *)(0x10001000ul + 0x1000ul * i);
        if (s[DEVICE] == 1) slot = s, n++;
    }
    v[0] = n;
    slot[STATUS] = 0, slot[STATUS] = 1, slot[STATUS] = 3;
    slot[FEATURES_SEL] = 0, v[1] = slot[FEATURES] & MAC;
    slot[DRIVER_SEL] = 0, slot[DRIVER] = MAC;
    slot[DRIVER_SEL] = 1, slot[DRIVER] = 1;
    slot[STATUS] = 11, v[2] = slot[STATUS];
    set_queue(RECEIVE), set_queue(TRANSMIT);
    slot[STATUS] = 15, v[3] = slot[STATUS];
    show("start", v, 4);
    for (unsigned i = 0; i < 6; i++) own[i] = (u8)(slot[CONFIG + i / 4] >> i % 4 * 8);
    for (u16 i = 0; i < QUEUE; i++) {
        q[RECEIVE].desc[i] = (Descriptor){(u64)buffer[i], ROOM, WRITE, 0};
        offer(RECEIVE, i);
    }
}

static void receive(void) {
    while (q[RECEIVE].used.index == seen) {
    }
    u32 id = q[RECEIVE].used.ring[seen % QUEUE].id;
    frame = buffer[id] + HEADER, frame_bytes = q[RECEIVE].used.ring[seen % QUEUE].n - HEADER;
    seen++;
}
static void give_back(void) { offer(RECEIVE, (u16)q[RECEIVE].used.ring[(u16)(seen - 1) % QUEUE].id); }

// ---- frames: `at` counts from the Ethernet header
static unsigned filled;
static void bytes(const char *text, unsigned n) {
    for (unsigned i = 0; i < n; i++) out[HEADER + filled++] = (u8)text[i];
}
static void byte(u32 v) { out[HEADER + filled++] = (u8)v; }
static void half(u32 v) { byte(v >> 8), byte(v); }
static void word(u32 v) { half(v >> 16), half(v); }
static void address(void) {
    for (unsigned i = 0; i < 6; i++) byte(own[i]);
}
static void set_half(unsigned at, u32 v) { out[HEADER + at] = (u8)(v >> 8), out[HEADER + at + 1] = (u8)v; }
static u64 get(unsigned at, unsigned n) {
    u64 v = 0;
    for (unsigned i = 0; i < n; i++) v = v << 8 | frame[at + i];
    return v;
}
static u32 sum_of(const volatile u8 *at, unsigned n) { // of the Internet
    u32 s = 0;
    for (unsigned i = 0; i < n; i++) s += (u32)at[i] << (i % 2 ? 0 : 8);
    while (s >> 16) s = (s & 0xffff) + (s >> 16);
    return ~s & 0xffff;
}

static void begin(const char *to, u32 type) {
    for (unsigned i = 0; i < HEADER; i++) out[i] = 0;
    filled = 0;
    bytes(to, 6), address(), half(type);
}
static void send(void) {
    while (filled < 60) byte(0);
    u16 before = q[TRANSMIT].used.index;
    q[TRANSMIT].desc[0] = (Descriptor){(u64)out, HEADER + filled, 0, 0};
    offer(TRANSMIT, 0);
    while (q[TRANSMIT].used.index == before) {
    }
}

enum { HOST = 0x0a000202, NAMES = 0x0a000203, ME = 0x0a00020f, OTHER = 0xc0000201, IP = 14, PAYLOAD = 34 };
static const char all[] = "\xff\xff\xff\xff\xff\xff", gateway[] = "\x52\x55\x0a\x00\x02\x02";

static void ip(const char *to_mac, u32 protocol, u32 from, u32 to) {
    begin(to_mac, 0x0800);
    half(0x4500), half(0), half(1), half(0), byte(64), byte(protocol), half(0), word(from), word(to);
}
static void end_ip(void) {
    set_half(IP + 2, filled - IP);
    set_half(IP + 10, sum_of(out + HEADER + IP, 20));
}

// ---- what is asked
static void arp(const char *name, u32 from, u32 whom) {
    begin(all, 0x0806);
    half(1), half(0x0800), byte(6), byte(4), half(1), address(), word(from), bytes("\0\0\0\0\0", 6), word(whom);
    send();
    receive();
    u64 v[] = {frame_bytes, get(0, 6), get(6, 6), get(12, 2), get(20, 2), get(22, 6), get(28, 4), get(38, 4)};
    show(name, v, 8);
    give_back();
}

static void dhcp(const char *name, u32 kind) {
    ip(all, 17, 0, 0xffffffff);
    half(68), half(67), half(0), half(0);
    byte(1), byte(1), byte(6), byte(0), word(0x12345678), word(0), word(0), word(0), word(0), word(0), address();
    while (filled < PAYLOAD + 8 + 236) byte(0);
    word(0x63825363), byte(53), byte(1), byte(kind);
    if (kind == 3) byte(50), byte(4), word(ME);
    byte(255);
    set_half(PAYLOAD + 4, filled - PAYLOAD);
    end_ip();
    send();
    receive();
    u64 v[8] = {frame_bytes, get(IP + 12, 4), get(PAYLOAD, 4), get(PAYLOAD + 8 + 4, 4), get(PAYLOAD + 8 + 16, 4)},
        s = 0;
    for (unsigned i = PAYLOAD + 8; i < frame_bytes; i++) s = s * 31 + frame[i];
    v[5] = get(PAYLOAD + 8 + 240, 3), v[6] = s, v[7] = sum_of(frame + IP, 20);
    show(name, v, 8);
    give_back();
}

static void ping(const char *name, u32 to, unsigned n) {
    ip(gateway, 1, ME, to);
    half(0x0800), half(0), half(77), half(n);
    for (unsigned i = 0; i < n; i++) byte(i * 3);
    set_half(PAYLOAD + 2, sum_of(out + HEADER + PAYLOAD, 8 + n));
    end_ip();
    send();
    receive();
    u64 v[8] = {frame_bytes, get(6, 6), get(IP + 12, 4), get(PAYLOAD, 2), get(PAYLOAD + 4, 4)};
    v[5] = sum_of(frame + PAYLOAD, 8 + n), v[6] = sum_of(frame + IP, 20), v[7] = seen;
    show(name, v, 8);
    give_back();
}

// Nothing answers; that the next ping is answered first shows it.
static void unanswered(u32 protocol, u32 to) {
    ip(gateway, protocol, ME, to);
    half(4000), half(protocol == 6 ? 80 : 53);
    if (protocol == 6)
        word(1), word(0), half(0x5002), half(1000), half(0), half(0);
    else
        half(12), half(0), word(0);
    end_ip();
    send();
}

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    start();
    arp("arp", ME, HOST);
    arp("arp", ME, NAMES);
    dhcp("discover", 1);
    dhcp("request", 3);
    ping("ping", HOST, 0);
    ping("ping", HOST, 1400);
    unanswered(6, HOST), unanswered(6, OTHER), unanswered(17, NAMES), unanswered(17, OTHER), unanswered(1, OTHER);
    ping("ping", HOST, 56);
    for (unsigned i = 0; i < 20; i++) ping("ping", HOST, 10 * i); // round the rings
    end(42);
}
