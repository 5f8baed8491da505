// What the processor says of itself: x86-64, by CPUID.
#include "base/macros.h"
#include "bench/cpu.h"
#include <cpuid.h>
#include <string.h>

// The vendor that the CPUID leaf 0x40000000 names ("KVMKVMKVM"); null on bare metal.
json_t *cpu_hypervisor(void) {
    unsigned a, b, c, d;
    __cpuid(1, a, b, c, d);
    if (!(c >> 31)) return json_null();
    char vendor[13] = {0};
    __cpuid(0x40000000, a, b, c, d);
    memcpy(vendor, &b, 4), memcpy(vendor + 4, &c, 4), memcpy(vendor + 8, &d, 4);
    static const struct {
        const char *id, *name;
    } KNOWN[] = {{"KVMKVMKVM", "kvm"},
                 {"VMwareVMware", "vmware"},
                 {"Microsoft Hv", "hyper-v"},
                 {"XenVMMXenVMM", "xen"},
                 {"TCGTCGTCGTCG", "qemu"}};
    for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
        if (!strcmp(vendor, KNOWN[i].id)) return json_string(KNOWN[i].name);
    for (size_t i = 0; i < 12 && vendor[i]; i++)
        if (vendor[i] < ' ' || vendor[i] > '~') vendor[i] = '?';
    return json_string(*vendor ? vendor : "unknown");
}

// Vendor, family, model and stepping as the manuals count them (CPUID leaves 0 and 1): what the CPU is, whatever it is
// called. Extended family and model: Intel SDM volume 2, CPUID, "Version Information".
json_t *cpu_signature(void) {
    unsigned a, b, c, d;
    char vendor[13] = {0};
    __cpuid(0, a, b, c, d);
    memcpy(vendor, &b, 4), memcpy(vendor + 4, &d, 4), memcpy(vendor + 8, &c, 4);
    __cpuid(1, a, b, c, d);
    unsigned family = a >> 8 & 15, model = a >> 4 & 15;
    if (family == 6 || family == 15) model |= (a >> 16 & 15) << 4;
    if (family == 15) family += a >> 20 & 255;
    return json_sprintf("%s-%u-%u-%u", vendor, family, model, a & 15);
}
