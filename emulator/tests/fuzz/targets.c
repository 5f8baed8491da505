#include "tests/fuzz/targets.h"

#define TARGET(name, max, what)                                                                                        \
    { #name, what, fuzz_##name, fuzz_##name##_seed, max }

const FuzzTarget fuzz_targets[] = {
    TARGET(elf, 4096, "an ELF is loaded as its headers say, or refused with words"),
    TARGET(boot, 8192, "firmware, kernel, initrd and command line are laid out whole, the device tree is sound"),
    TARGET(decode, 64, "an instruction prints, encodes to its own bytes, and lifts to sound IR"),
    TARGET(engines, 256, "interpreter and translator do the same with any code"),
    TARGET(ir, 4096, "IR text that is read prints as it was read, and passes keep its meaning"),
    TARGET(replay, 4096, "a replay file is translated, or refused with words"),
    TARGET(gdb, 2048, "whatever a debugger sends, the machine runs to its end"),
    TARGET(devices, 2048, "device registers and queues reach RAM and nothing else"),
    TARGET(calls, 1024, "no pointer of a program reaches the host's kernel unchecked"),
    {0},
};
