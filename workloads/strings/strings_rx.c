// The operations as string instructions. R1: destination or first operand, R2: source, second operand or value, R3:
// count; the instruction leaves the pointers behind what it did and the rest of the count in R3.
#include "strings.h"

#define REGISTERS(destination, source, count)                                                                          \
    register uintptr_t r1 __asm__("r1") = (uintptr_t)(destination);                                                    \
    register uintptr_t r2 __asm__("r2") = (uintptr_t)(source);                                                         \
    register uint32_t r3 __asm__("r3") = (count)
#define RUN(instruction) __asm__ volatile(instruction : "+r"(r1), "+r"(r2), "+r"(r3) : : "memory", "cc")
// WHY the branch: QEMU 7.2 does not see what SCMPU, SUNTIL and SWHILE did to registers and flags that it holds in host
// registers at that point; at the start of a block it holds none.
#define NEW_BLOCK "bra.b 1f\n1:\t"

void bytes_copy(uint8_t *to, const uint8_t *from, uint32_t n) {
    REGISTERS(to, from, n);
    RUN("smovf");
}

void bytes_copy_back(uint8_t *to, const uint8_t *from, uint32_t n) {
    REGISTERS(to + n - 1, from + n - 1, n);
    RUN("smovb");
}

void text_copy(uint8_t *to, const uint8_t *from, uint32_t limit) {
    REGISTERS(to, from, limit);
    RUN("smovu");
}

// C = (a >= b) and Z = (a == b) of the last bytes; with a count of 0 the flags stay, so Z is made 1 before.
int text_compare(const uint8_t *a, const uint8_t *b, uint32_t limit) {
    REGISTERS(a, b, limit);
    int above, below;
    __asm__ volatile("cmp %2, %2\n\t" NEW_BLOCK "scmpu\n\t"
                     "scgtu.l %3\n\t"
                     "scltu.l %4"
                     : "+r"(r1), "+r"(r2), "+r"(r3), "=r"(above), "=r"(below)
                     :
                     : "memory", "cc");
    return above - below;
}

void words_fill(uint32_t *to, uint32_t value, uint32_t n) {
    REGISTERS(to, value, n);
    RUN("sstr.l");
}

void bytes_fill(uint8_t *to, uint32_t value, uint32_t n) {
    REGISTERS(to, value, n);
    RUN("sstr.b");
}

// Z = 1 if it ended at the wanted element, which R1 has then passed; made 0 before, for a count of 0.
uint32_t byte_find(const uint8_t *from, uint8_t wanted, uint32_t n) {
    REGISTERS(from, wanted, n);
    int found;
    __asm__ volatile("tst %0, %0\n\t" // an address is never 0
                     NEW_BLOCK "suntil.b\n\t"
                     "sceq.l %3"
                     : "+r"(r1), "+r"(r2), "+r"(r3), "=r"(found)
                     :
                     : "memory", "cc");
    return found ? (uint32_t)(r1 - (uintptr_t)from) - 1 : n;
}

// WHY the last element is looked at again instead of Z: QEMU 7.2 sets Z from R3.
uint32_t halves_skip(const uint16_t *from, uint16_t same, uint32_t n) {
    REGISTERS(from, same, n);
    if (!n) return 0;
    RUN(NEW_BLOCK "swhile.w");
    const uint16_t *last = (const uint16_t *)r1 - 1;
    return *last != same ? (uint32_t)(last - from) : n;
}
