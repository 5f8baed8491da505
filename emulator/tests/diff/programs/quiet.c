// Comparisons that put the accrued flags back, in a loop hot enough to become a region: on numbers, both kinds of NaN
// and infinities, with flags raised before and not. Prints what was found and the flags that are left.
#include <stdint.h>
#include <stdio.h>

static const uint64_t values[] = {0x3ff0000000000000, 0x8000000000000000, 0x7ff8000000000000, 0x7ff0000000000001,
                                  0xfff4000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x0000000000000001};
enum { VALUES = sizeof values / sizeof *values };

static inline unsigned less(double a, double b, unsigned *during) {
    unsigned result, flags;
    __asm__ volatile("frflags %1\n flt.d %0, %2, %3\n fsflags %1" : "=&r"(result), "=&r"(flags) : "f"(a), "f"(b));
    *during = flags;
    return result;
}

static inline unsigned both(double a, double b) { // two between one read and one write
    unsigned first, second, flags;
    __asm__ volatile("frflags %2\n fle.d %0, %3, %4\n flt.d %1, %4, %3\n fsflags %2"
                     : "=&r"(first), "=&r"(second), "=&r"(flags)
                     : "f"(a), "f"(b));
    return first * 2 + second;
}

static inline unsigned kept(double a, double b) { // what it raises is not put back
    unsigned result, flags;
    __asm__ volatile("frflags %1\n flt.d %0, %2, %3" : "=&r"(result), "=&r"(flags) : "f"(a), "f"(b));
    return result + 2 * flags;
}

static unsigned flags_now(void) {
    unsigned flags;
    __asm__ volatile("frflags %0" : "=r"(flags));
    return flags;
}

static double as_double(unsigned i) {
    union {
        uint64_t bits;
        double value;
    } u = {values[i]};
    return u.value;
}

int main(void) {
    for (unsigned start = 0; start < 32; start += 5)
        for (unsigned way = 0; way < 3; way++) {
            uint64_t hash = 0;
            for (unsigned round = 0; round < 400; round++)
                for (unsigned i = 0; i < VALUES * VALUES; i++) {
                    double a = as_double(i % VALUES), b = as_double(i / VALUES);
                    unsigned during = 0, result;
                    if (i % 16 == 0) __asm__ volatile("fsflags %0" : : "r"(start));
                    result = way == 0 ? less(a, b, &during) : way == 1 ? both(a, b) : kept(a, b);
                    if (i % 8 == 7) __asm__ volatile("fdiv.d ft0, %0, %1" : : "f"(1.0), "f"(3.0) : "ft0");
                    hash = hash * 31 + result * 64 + during * 2048 + (i % 4 == 3 ? flags_now() : 0);
                }
            printf("%u %u %016llx %u\n", start, way, (unsigned long long)hash, flags_now());
        }
    return 0;
}
