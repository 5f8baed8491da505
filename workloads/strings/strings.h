// Operations on runs of bytes for which RX has one instruction each. strings_<guest>.c says them in the guest's way,
// strings_native.c in plain C, which makes it an independent reference for the checksum.
#pragma once

#include "kernel.h"

void bytes_copy(uint8_t *to, const uint8_t *from, uint32_t n);        // SMOVF
void bytes_copy_back(uint8_t *to, const uint8_t *from, uint32_t n);   // SMOVB, from the last byte to the first
void text_copy(uint8_t *to, const uint8_t *from, uint32_t limit);     // SMOVU, with its 0 byte
int text_compare(const uint8_t *a, const uint8_t *b, uint32_t limit); // SCMPU: -1, 0, 1
void words_fill(uint32_t *to, uint32_t value, uint32_t n);            // SSTR.L
void bytes_fill(uint8_t *to, uint32_t value, uint32_t n);             // SSTR.B
uint32_t byte_find(const uint8_t *from, uint8_t wanted, uint32_t n);  // SUNTIL.B: index, n if there is none
uint32_t halves_skip(const uint16_t *from, uint16_t same,
                     uint32_t n); // SWHILE.W: index of the first that differs, or n
