// PAPI events, counted around guest execution only: hardware events where the machine has a PMU, software events of the
// kernel, and the emulator's own counters (stat.inc) as software-defined events, sde:::emu::NAME.
#pragma once
#include "run/machine.h"
#include <jansson.h>

typedef struct Events Events;

// `list`: names separated by commas; `default` stands for a small set. Never fails: what
// cannot be counted gets a reason.
Events *events_open(const char *list, const Machine *m);
void events_start(Events *e); // directly before machine_run
void events_stop(Events *e);  // directly after it
// name -> {"value", "unit", "via"}, or {"value": null, "reason"}: the `events` of nightjar.stats/1. New reference.
json_t *events_report(const Events *e);
void events_close(Events *e);
// What can be counted here, each event tried; --events=list.
void events_list(FILE *out);
// nightjar.events/1, --events=json: some events of each kind, counted over a loop that does nothing; for
// the harness. New reference.
json_t *events_probe(void);
