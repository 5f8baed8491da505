#include "prof/counts/pmu.h"
#include "prof/counts/kernel_event.h"
#include <errno.h>
#include <papi.h>
#include <stdio.h>
#include <string.h>

static const PAPI_component_info_t *component(void) {
    for (int i = 0; i < PAPI_num_components(); i++) {
        const PAPI_component_info_t *info = PAPI_get_component_info(i);
        if (info && !strcmp(info->name, "perf_event")) return info;
    }
    return NULL;
}

bool pmu_component(void) {
    const PAPI_component_info_t *info = component();
    return info && !info->disabled;
}

static const char *vendor(const PAPI_hw_info_t *hw) {
    return !strcmp(hw->vendor_string, "AuthenticAMD")   ? "AMD"
           : !strcmp(hw->vendor_string, "GenuineIntel") ? "Intel"
                                                        : hw->vendor_string;
}

void pmu_reason(bool started, char *why, size_t size) {
    int error = kernel_event_pmu(), version = PAPI_VERSION;
    bool none = error == ENOENT || error == EOPNOTSUPP || error == ENODEV;
    const PAPI_component_info_t *info = started ? component() : NULL;
    const PAPI_hw_info_t *hw = started ? PAPI_get_hardware_info() : NULL;
    *why = 0;
    if (error && !none)
        snprintf(why, size, "perf_event_open is refused (%s), see kernel.perf_event_paranoid", strerror(error));
    else if (!started)
        snprintf(why, size, "PAPI does not start on this machine");
    else if (info && info->disabled && strstr(info->disabled_reason, "libpfm4") && hw)
        snprintf(why, size, "PAPI %d.%d does not know this CPU (%s %d/%d)%s", PAPI_VERSION_MAJOR(version),
                 PAPI_VERSION_MINOR(version), vendor(hw), hw->cpuid_family, hw->cpuid_model,
                 none ? ", and the kernel has no hardware PMU" : "");
    else if (!info || info->disabled)
        snprintf(why, size, "PAPI %d.%d has no perf events here: %s", PAPI_VERSION_MAJOR(version),
                 PAPI_VERSION_MINOR(version), info ? info->disabled_reason : "no such component");
    else if (none)
        snprintf(why, size, "no hardware PMU here");
}
