// Software events of the kernel by perf_event_open(2) itself, under the names that PAPI gives them: they count where
// PAPI's component for perf events is off, as on a CPU that is newer than its libpfm.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// The name of the I-th, NULL behind the last; several names may mean the same event.
const char *kernel_event_name(unsigned i);
bool kernel_event_known(const char *name);
// A stopped counter of this thread, or -1 and the reason. The name is a known one.
int kernel_event_open(const char *name, char *why, size_t size);
void kernel_event_start(int fd);
bool kernel_event_stop(int fd, long long *value);
// An event that happens in the kernel reads 0 where the kernel is out of reach: is it?
bool kernel_event_hidden(const char *name, char *why, size_t size);
// Does the kernel count cycles of the processor? 0, or the error of perf_event_open.
int kernel_event_pmu(void);
