// Random RX streams as one program that two emulators can run: every stream prints a line of hashes of its registers,
// flags, accumulator and data, and `exit 0` is the last line.
//
// What QEMU 7.2 does otherwise than the manual says is not generated, or the flags concerned are written over directly
// behind it; rx_image.c names each case where it is treated.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Streams with seeds first_seed .. first_seed + streams - 1, each of at most `groups` groups of instructions. A single
// one prints every register as well. False: `path` cannot be written.
bool rx_image_write(const char *path, uint64_t streams, uint64_t first_seed, unsigned groups);
