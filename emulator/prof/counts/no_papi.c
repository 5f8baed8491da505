// papi.h and sample_papi.c on a host that PAPI has not been made for: each event is absent, with its reason.
#include "base/alloc.h"
#include "prof/counts/papi.h"
#include "prof/sampling/sample.h"
#include <stdlib.h>
#include <string.h>

static const char why[] = "emu is built without PAPI for this host";

struct Events {
    json_t *names;
};

Events *events_open(const char *list, const Machine *m) {
    (void)m;
    Events *e = alloc_zeroed(1, sizeof *e);
    char *copy = alloc_text(list), *rest = copy, *name;
    e->names = json_array();
    while ((name = strsep(&rest, ",")))
        if (*name) json_array_append_new(e->names, json_string(name));
    free(copy);
    return e;
}

void events_start(Events *e) { (void)e; }
void events_stop(Events *e) { (void)e; }

json_t *events_report(const Events *e) {
    json_t *object = json_object(), *name;
    size_t i;
    json_array_foreach(e->names, i, name)
        json_object_set_new(object, json_string_value(name), json_pack("{s:n,s:s}", "value", "reason", why));
    return object;
}

void events_close(Events *e) {
    json_decref(e->names);
    free(e);
}

void events_list(FILE *out) { fprintf(out, "no events: %s\n", why); }

json_t *events_probe(void) {
    return json_pack("{s:s,s:s,s:{}}", "schema", "nightjar.events/1", "no_hardware", why, "events");
}

// ---- sampling
SamplePapi *sample_papi_new(const char *event, unsigned hz, Err *err) {
    (void)hz;
    err_set(err, "--sample: %s: %s", event, why);
    return NULL;
}
const char *sample_papi_event(const SamplePapi *p) {
    (void)p;
    return "";
}
void sample_papi_start(SamplePapi *p, SampleTake *take, Sampler *s) { (void)p, (void)take, (void)s; }
void sample_papi_stop(SamplePapi *p) { (void)p; }
void sample_papi_free(SamplePapi *p) { (void)p; }
