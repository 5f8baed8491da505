// The switches of a view, put together from the attributions of the document. See report_view.h.
#include "reports/report_view.h"
#include <stdlib.h>
#include <string.h>

static const RunAttribution *find(const View *v, const char *metric, const char *basis) {
    const RunAttribution *a = run_attribution(v->doc, view_workload(v), run_metric(v->doc, metric), basis);
    return a && a->parts.n ? a : NULL;
}

static void take(RunPart *into, const RunAttribution *a, const char *feature) {
    for (uint32_t i = 0; a && i < a->parts.n; i++) {
        const RunPart *p = &a->parts.at[i];
        if (strcmp(p->feature, feature) != 0) continue;
        if (p->shapley.known) into->shapley = p->shapley;
        if (!into->add_one.known) into->add_one = p->add_one;
        if (!into->leave_one_out.known) into->leave_one_out = p->leave_one_out;
    }
}

static bool listed(const View *v, const char *feature) {
    for (uint32_t i = 0; i < v->switches.n; i++)
        if (strcmp(v->switches.at[i].time.feature, feature) == 0) return true;
    return false;
}

static int largest_first(const void *a, const void *b) {
    return run_largest_part_first(&((const ViewSwitch *)a)->time, &((const ViewSwitch *)b)->time);
}

void view_fill_switches(View *v) {
    const RunAttribution *ablation = find(v, view_metric_name(v), "ablation"),
                         *exact = find(v, "host_instructions", "ablation");
    v->parts = find(v, view_metric_name(v), "factorial");
    v->exact = find(v, "host_instructions", "factorial");
    const RunAttribution *const sources[] = {v->parts, ablation, v->exact, exact};
    for (size_t s = 0; s < ARRAY_LEN(sources); s++) {
        for (uint32_t i = 0; sources[s] && i < sources[s]->parts.n; i++) {
            const char *feature = sources[s]->parts.at[i].feature;
            if (listed(v, feature)) continue;
            ViewSwitch w = {.time = {.feature = feature}, .exact = {.feature = feature}};
            take(&w.time, ablation, feature); // first: all off and all on mean every switch there
            take(&w.time, v->parts, feature);
            take(&w.exact, exact, feature);
            take(&w.exact, v->exact, feature);
            vec_push(&v->switches, w);
        }
    }
    if (v->switches.n) qsort(v->switches.at, v->switches.n, sizeof *v->switches.at, largest_first);
}
