// Code that the program writes while it runs: a function that is patched again and again.
//
// The function computes (x + added) ^ flipped in 32 bits. patch_<guest>.c writes it as instructions; patch_native.c
// keeps the two numbers instead and computes, which makes it an independent reference for the checksum.
#pragma once

#include "kernel.h"

#define SLOTS 8

// Makes slot's function anew; both numbers are between -2048 and 2047. The next call must see it.
void patch_slot(unsigned slot, int added, int flipped);
uint32_t call_slot(unsigned slot, uint32_t x);

// A variable in the page of the functions: a store to it changes no code, but a translator that watches pages must
// look.
extern volatile uint32_t *const neighbour;
