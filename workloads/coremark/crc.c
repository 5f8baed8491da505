// CRC16, bit by bit: the benchmark wants the shifts, not a table.
#include "coremark.h"

uint16_t crc_u8(uint8_t value, uint16_t crc) {
    for (int bit = 0; bit < 8; bit++) {
        unsigned differs = (value ^ crc) & 1;
        value >>= 1;
        if (differs) crc ^= 0x4002; // the polynomial without the bit that the shift brings in
        crc >>= 1;
        if (differs) {
            crc |= 0x8000;
        } else {
            crc &= 0x7fff;
        }
    }
    return crc;
}

uint16_t crc_u16(uint16_t value, uint16_t crc) {
    crc = crc_u8((uint8_t)value, crc);
    return crc_u8((uint8_t)(value >> 8), crc);
}

uint16_t crc_s16(int16_t value, uint16_t crc) { return crc_u16((uint16_t)value, crc); }

uint16_t crc_u32(uint32_t value, uint16_t crc) {
    crc = crc_u16((uint16_t)value, crc);
    return crc_u16((uint16_t)(value >> 16), crc);
}
