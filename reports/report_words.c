// The sentences of a view: the answer first, then which switch bought it. Honest words: an interval that holds 1 is "no
// difference that this run can see", never a speedup.
#include "base/alloc.h"
#include "reports/report_view.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_native(const RunConfig *c) { return c->peer && strstr(c->peer, "native"); }

static void add_peers(ReportText *out, const View *v) {
    for (int native = 0; native < 2; native++) {
        for (uint32_t i = 0; i < v->doc->configs.n; i++) {
            const RunConfig *c = &v->doc->configs.at[i];
            if (!c->peer || is_native(c) != native || !view_row(v, c)) continue;
            Est e = view_against(v, c, v->lead);
            if (!e.known)
                rt_add(out, "; %s: not measured", c->label);
            else if (native && e.interval)
                rt_add(out, "; %.0f %% of native speed [%.0f, %.0f]", 100 * e.value, 100 * e.lo, 100 * e.hi);
            else if (native)
                rt_add(out, "; %.0f %% of native speed", 100 * e.value);
            else
                rt_add(out, "; %s× %s%s%s", nt_ratio(e).s, c->label, e.interval ? " " : "", nt_interval(e).s);
        }
    }
}

void view_headline(ReportText *out, const View *v) {
    if (!v->doc->plan.reps) {
        const ViewRow *row = v->lead ? view_row(v, v->lead) : NULL;
        rt_add(out, "%s (%s): counted, not timed", v->workload->name, v->workload->guest);
        if (row && row->host_per_guest.known)
            rt_add(out, "; %s: %.2f host instructions per guest instruction", v->lead->label,
                   row->host_per_guest.value);
        rt_add(out, ".");
        return;
    }
    if (!v->lead) {
        rt_add(out, "%s (%s): no valid timing sample", v->workload->name, v->workload->guest);
        return;
    }
    const ViewRow *row = view_row(v, v->lead);
    if (v->lead == v->on)
        rt_add(out, "All switches on: ");
    else
        rt_add(out, "%s: ", v->lead->label);
    bool compared = v->baseline && v->baseline != v->lead && row && row->speedup.known;
    if (compared) {
        const char *base = v->baseline == v->off ? "all off" : v->baseline->label;
        Est e = row->speedup;
        rt_add(out, "%s× %s%s%s on %s (%s)", nt_ratio(e).s, base, e.interval ? " " : "", nt_interval(e).s,
               v->workload->name, v->workload->guest);
        if (e.interval && !est_excludes_one(e)) rt_add(out, ", no difference that this run can see");
    } else if (row && row->time.known) {
        rt_add(out, "%s on %s (%s)", nt_value_interval(row->time, view_metric_unit(v)).s, v->workload->name,
               v->workload->guest);
    } else {
        rt_add(out, "no valid timing sample on %s (%s)", v->workload->name, v->workload->guest);
    }
    add_peers(out, v);
    rt_add(out, ".");
}

typedef struct Share {
    const char *feature;
    Est e;
} Share;

static int largest_first(const void *a, const void *b) {
    const Share *x = a, *y = b;
    double p = x->e.value, q = y->e.value;
    return p > q ? -1 : p < q ? 1 : strcmp(x->feature, y->feature);
}

// "chain 2.79×, tlb 1.67×", of those that stand clear of 1, or of the names of those that do not.
static bool add_list(ReportText *out, const Share *s, uint32_t n, bool clear, const char *lead) {
    const char *sep = lead;
    for (uint32_t i = 0; i < n; i++) {
        if ((est_excludes_one(s[i].e) || !s[i].e.interval) != clear) continue;
        rt_add(out, "%s%s", sep, s[i].feature);
        if (clear) rt_add(out, " %s×%s", nt_ratio(s[i].e).s, s[i].e.value < 1 && s[i].e.interval ? " (slower)" : "");
        sep = ", ";
    }
    return sep != lead;
}

static uint32_t collect(Share *s, const View *v, bool shapley) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->switches.n; i++) {
        const RunPart *p = &v->switches.at[i].time;
        if (p->shapley.known != shapley) continue;
        Est e = shapley ? p->shapley : p->leave_one_out;
        if (e.known) s[n++] = (Share){p->feature, e};
    }
    qsort(s, n, sizeof *s, largest_first);
    return n;
}

void view_finding(ReportText *out, const View *v) {
    Share *s = alloc_zeroed(v->switches.n + 1, sizeof *s);
    uint32_t n = collect(s, v, true);
    bool any = add_list(out, s, n, true, "Where it comes from: ");
    any |= add_list(out, s, n, false, any ? "; no effect seen of " : "No effect seen of ");
    if (any) rt_add(out, ". ");
    n = collect(s, v, false);
    bool more = add_list(out, s, n, true, "Added last, to all the others: ");
    more |= add_list(out, s, n, false, more ? "; no effect seen of " : "Added last, no effect seen of ");
    if (more) rt_add(out, ".");
    while (out->n && out->s[out->n - 1] == ' ') out->s[--out->n] = '\0';
    free(s);
}
