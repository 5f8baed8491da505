// What the processor says of itself, where that is for the kernel to read: AArch64 and RISC-V. /proc/cpuinfo has the identification
// registers (MIDR_EL1; mvendorid, marchid, mimpid), of the first processor here.
#include "base/macros.h"
#include "bench/cpu.h"
#include "bench/environment.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The device tree of a virtual machine names who made it: "linux,kvm".
json_t *cpu_hypervisor(void) {
    char *who = environment_line("/proc/device-tree/hypervisor/compatible");
    json_t *v = !who ? json_null() : json_string(strstr(who, "kvm") ? "kvm" : strstr(who, "xen") ? "xen" : "unknown");
    free(who);
    return v;
}

json_t *cpu_signature(void) {
    static const char *const names[] = {"CPU implementer", "CPU variant", "CPU part", "CPU revision",
                                        "mvendorid",       "marchid",     "mimpid"};
    char text[200] = "";
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *value = environment_cpuinfo(names[i]);
        size_t n = strlen(text);
        if (value) snprintf(text + n, sizeof text - n, "%s%.30s", n ? "-" : "", value);
        free(value);
    }
    return *text ? json_string(text) : json_null();
}
