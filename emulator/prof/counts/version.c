// What this build is (nightjar.version/1), and what of it a run has on.
#include "prof/counts/report.h"
#include "version.inc" // generated: VERSION_COMMIT, VERSION_DIRTY, VERSION_MODE, VERSION_CFLAGS

#define VERSION "0.1.0"

static json_t *features(void) {
    json_t *list = json_array();
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        FeatureInfo f = feature_info((Feature)i);
        json_array_append_new(list, json_pack("{s:s,s:s,s:b,s:b,s:s}", "name", f.name, "kind", f.kind, "built", f.built,
                                              "default", f.built && f.on_by_default, "help", f.help));
    }
    return list;
}

static json_t *counters(void) {
    json_t *list = json_array();
    for (unsigned i = 0; i < STAT_COUNT; i++) {
        StatInfo s = stat_info((Stat)i);
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "name", s.name, "unit", s.unit, "kind",
                                              "exact", "direction", s.direction, "needs", s.needs, "help", s.help));
    }
    return list;
}

// {"native": "bmi2,fma", "known": {"bmi2": "bmi2", ..., "v3": "bmi2,fma"}}
static json_t *host_isa(void) {
    char text[64];
    json_t *known = json_object();
    for (const HostIsaName *n = host_native.isa_names; n->name; n++) {
        host_isa_text(&host_native, n->isa, text, sizeof text);
        json_object_set_new(known, n->name, json_string(text));
    }
    host_isa_text(&host_native, host_native.isa_native(), text, sizeof text);
    return json_pack("{s:s,s:o}", "native", text, "known", known);
}

json_t *report_version(void) {
    json_t *guests = json_array();
    for (const Guest *const *g = guests_all(); *g; g++) json_array_append_new(guests, json_string((*g)->name));
    return json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:o,s:[s],s:[s,s],s:o,s:o,s:o,s:[s,s]}", "schema",
                     "nightjar.version/1", "name", "emu", "version", VERSION, "commit", VERSION_COMMIT, "dirty",
                     VERSION_DIRTY, "mode", VERSION_MODE, "compiler", "gcc " __VERSION__, "cflags", VERSION_CFLAGS,
                     "guests", guests, "hosts", host_native.name, "engines", "jit", "interp", "features", features(),
                     "counters", counters(), "host_isa", host_isa(), "takes", "work", "slices");
}

void report_version_text(FILE *out) {
    fprintf(out, "emu %s (%s%s, %s, gcc %s)\nguests:", VERSION, VERSION_COMMIT, VERSION_DIRTY ? "+changes" : "",
            VERSION_MODE, __VERSION__);
    for (const Guest *const *g = guests_all(); *g; g++) fprintf(out, " %s", (*g)->name);
    fprintf(out, "\nhost instructions that emitted code uses beyond the baseline (--host-isa):\n");
    char text[64];
    for (const HostIsaName *n = host_native.isa_names; n->name; n++) {
        host_isa_text(&host_native, n->isa, text, sizeof text);
        bool here = (n->isa & host_native.isa_native()) == n->isa;
        fprintf(out, "  %-9s %s%s\n", n->name, text, here ? "" : " (not on this machine)");
    }
    fprintf(out, "features (* = on by default):\n");
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        FeatureInfo f = feature_info((Feature)i);
        fprintf(out, "  %c %-9s %s: %s%s\n", f.built && f.on_by_default ? '*' : ' ', f.name, f.kind, f.help,
                f.built ? "" : " (not in this build)");
    }
}

json_t *report_features(const Machine *m) {
    json_t *o = json_object();
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        json_object_set_new(o, feature_info((Feature)i).name, json_boolean(feature_on(&m->o.features, (Feature)i)));
    return o;
}
