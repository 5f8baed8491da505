#include "bench/terminal.h"
#include "bench/base/screen.h"
#include "bench/model/run.h"
#include <string.h>

enum { WIDE = 94 }; // columns of the table with everything in one line

typedef struct Table {
    FILE *out;
    const RunDoc *doc;
    uint32_t cpu, host_per_guest; // metrics
    bool narrow;                  // a configuration takes two lines
} Table;

// A time with the unit that suits it.
static void time_text(double ns, char text[32]) {
    static const char *const UNITS[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;
    for (; unit < 3 && ns >= 1000; unit++) ns /= 1000;
    snprintf(text, 32, ns >= 100 ? "%.0f %s" : ns >= 10 ? "%.1f %s" : "%.2f %s", ns, UNITS[unit]);
}

static void print_row(const Table *t, uint32_t config, uint32_t workload) {
    const char *id = t->doc->configs.at[config].id;
    const RunCell *cpu = run_cell(t->doc, config, workload, t->cpu),
                  *hpg = run_cell(t->doc, config, workload, t->host_per_guest);
    const RunSpeedup *s = run_speedup(t->doc, t->doc->summary.baseline, config, workload, t->cpu);
    char time[32] = "-", speed[64] = "-", host[32] = "-", count[32] = "-";
    if (!cpu && !hpg) return;
    if (!t->doc->configs.at[config].timed) snprintf(time, sizeof time, "not timed");
    if (cpu && isfinite(cpu->median)) time_text(cpu->median, time);
    if (cpu) snprintf(count, sizeof count, "%lld%s", (long long)cpu->n, cpu->invalid > 0 ? "!" : "");
    if (s && isfinite(s->lo))
        snprintf(speed, sizeof speed, "%.2f [%.2f, %.2f]", s->ratio, s->lo, s->hi);
    else if (s && isfinite(s->ratio))
        snprintf(speed, sizeof speed, "%.2f", s->ratio);
    else if (config == t->doc->summary.baseline && cpu && cpu->n)
        snprintf(speed, sizeof speed, "1");
    if (hpg && isfinite(hpg->median)) snprintf(host, sizeof host, "%.3f", hpg->median);
    if (t->narrow)
        fprintf(t->out, "%s\n  n %s, %s, %s\n", id, count, time, speed);
    else
        fprintf(t->out, "  %-34s %4s %12s  %-24s %10s\n", id, count, time, speed, host);
}

static void print_attribution(const Table *t) {
    for (uint32_t i = 0; i < t->doc->summary.attribution.n; i++) {
        const RunAttribution *a = &t->doc->summary.attribution.at[i];
        const RunWorkload *w = &t->doc->workloads.at[a->workload];
        if (strcmp(a->basis, "factorial")) continue;
        fprintf(t->out, "%s (%s), %s: %.2f =", w->name, w->guest, t->doc->metrics.at[a->metric].name, a->total);
        for (uint32_t k = 0; k < a->parts.n; k++)
            fprintf(t->out, "%s%s %.2f",
                    t->narrow ? "\n  x "
                    : k       ? " x "
                              : " ",
                    a->parts.at[k].feature, a->parts.at[k].shapley.known ? a->parts.at[k].shapley.value : NAN);
        fputs("\n", t->out);
    }
}

void terminal_summary(FILE *out, const json_t *document) {
    RunDoc doc;
    Err err;
    if (!run_doc_from_json(&doc, json_incref((json_t *)document), "the new document", &err)) {
        fprintf(out, "%s\n", err.text);
        return;
    }
    int columns = screen_columns(fileno(out));
    Table t = {out, &doc, run_metric(&doc, "cpu_ns"), run_metric(&doc, "host_per_guest"), columns && columns < WIDE};
    for (uint32_t w = 0; w < doc.workloads.n; w++) {
        char head[160];
        snprintf(head, sizeof head, "%.100s (%.40s)", doc.workloads.at[w].name, doc.workloads.at[w].guest);
        if (t.narrow)
            fprintf(out, "%s: n, cpu time, speedup\n", head);
        else
            fprintf(out, "%-36s %4s %12s  %-24s %10s\n", head, "n", doc.workloads.at[w].work > 0 ? "cpu" : "cpu/unit",
                    "speedup [95 %]", "host/guest");
        for (uint32_t c = 0; c < doc.configs.n; c++) print_row(&t, c, w);
    }
    print_attribution(&t);
    run_doc_free(&doc);
}
