// Packets of gdb's remote protocol: bytes to events, data to bytes, hex. Any byte is allowed at any place: what makes
// no sense is an event (BAD_PACKET) or nothing, never an error of its own.
#include "run/gdb/gdb.h"

int gdb_hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static GdbEvent between(GdbParser *p, uint8_t byte) {
    switch (byte) {
    case '$':
        p->state = GDB_DATA;
        p->n = 0, p->sum = 0, p->bad = false;
        return GDB_NOTHING;
    case '+': return GDB_ACK;
    case '-': return GDB_NAK;
    case 3: return GDB_INTERRUPT;
    default: return GDB_NOTHING;
    }
}

static void keep(GdbParser *p, uint8_t byte) {
    if (p->n == GDB_PACKET_MAX)
        p->bad = true;
    else
        p->data[p->n++] = (char)byte;
}

static void data(GdbParser *p, uint8_t byte) {
    if (byte == '#') {
        p->state = GDB_SUM_HIGH;
        return;
    }
    p->sum = (uint8_t)(p->sum + byte);
    if (p->state == GDB_DATA && byte == '}') {
        p->state = GDB_ESCAPED;
        return;
    }
    keep(p, p->state == GDB_ESCAPED ? byte ^ 0x20 : byte);
    p->state = GDB_DATA;
}

GdbEvent gdb_feed(GdbParser *p, uint8_t byte) {
    int digit = gdb_hex_digit((char)byte);
    switch (p->state) {
    case GDB_BETWEEN: return between(p, byte);
    case GDB_DATA:
    case GDB_ESCAPED:
        if (byte == '$') return between(p, byte); // the end of the last one was lost
        data(p, byte);
        return GDB_NOTHING;
    case GDB_SUM_HIGH:
        p->bad |= digit < 0;
        p->said = (uint8_t)((unsigned)digit << 4);
        p->state = GDB_SUM_LOW;
        return GDB_NOTHING;
    default:
        p->bad |= digit < 0 || (uint8_t)(p->said | digit) != p->sum;
        p->data[p->n] = 0;
        p->state = GDB_BETWEEN;
        return p->bad ? GDB_BAD_PACKET : GDB_PACKET;
    }
}

size_t gdb_frame(char *out, const char *from, size_t n) {
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;
    char *p = out;
    *p++ = '$';
    for (size_t i = 0; i < n; i++) {
        char c = from[i];
        if (c == '$' || c == '#' || c == '}' || c == '*') {
            *p++ = '}';
            sum = (uint8_t)(sum + '}');
            c ^= 0x20;
        }
        *p++ = c;
        sum = (uint8_t)(sum + (uint8_t)c);
    }
    *p++ = '#';
    *p++ = digits[sum >> 4];
    *p++ = digits[sum & 15];
    return (size_t)(p - out);
}

bool gdb_hex(const char **text, uint64_t *value) {
    const char *start = *text;
    *value = 0;
    for (; gdb_hex_digit(**text) >= 0; (*text)++) {
        if (*value >> 60) return false;
        *value = *value << 4 | (uint64_t)gdb_hex_digit(**text);
    }
    return *text != start;
}

size_t gdb_hex_bytes(const char *text, size_t n_bytes, uint8_t *out) {
    for (size_t i = 0; i < n_bytes; i++) {
        int high = gdb_hex_digit(text[2 * i]), low = high < 0 ? -1 : gdb_hex_digit(text[2 * i + 1]);
        if (low < 0) return i;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return n_bytes;
}

void gdb_put_hex(char *out, const uint8_t *bytes, size_t n) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = 0;
}
