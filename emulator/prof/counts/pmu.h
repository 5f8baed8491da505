// Why the processor's own events do not count here: one reason for stats, lists, sampling and,
// through them, doctor and pages.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Is PAPI's component for perf events there? After PAPI_library_init.
bool pmu_component(void);
// Empty: they count, so that it is for the event to say why it does not. `started`: what PAPI_library_init said.
void pmu_reason(bool started, char *why, size_t size);
