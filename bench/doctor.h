// What can this machine measure, and what should be done about the rest? Each check is {"name", "status", "value",
// "why", "fix"}; status is ok, note (nothing to do), warn (numbers will be worse) or fail (something will not work).
#pragma once
#include <jansson.h>

void doctor_add(json_t *checks, const char *name, const char *status, const char *value, const char *why,
                const char *fix);
void doctor_machine(json_t *checks);                                   // doctor_machine.c: /proc and /sys
void doctor_neighbour(json_t *checks);                                 // doctor_neighbour.c: do CPUs share a core?
void doctor_counters(json_t *checks, json_t *events, const char *emu); // doctor_papi.c: what emu says of events
void doctor_tools(json_t *checks, const char *emu);                    // doctor.c: gnuplot, emu, disk
