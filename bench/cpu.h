// What the processor says of itself. The Makefile chooses the file: cpu_x64.c, or cpu_other.c where there is no CPUID.
#pragma once
#include <jansson.h>

json_t *cpu_hypervisor(void); // "kvm" and so on; null on bare metal, and where it cannot be told
json_t *cpu_signature(void);  // what the CPU is, whatever it is called
