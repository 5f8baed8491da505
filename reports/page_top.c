// The first screen: what this is and what was measured, then speed, then what each switch buys. See page.h.
#include "base/alloc.h"
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "CoreMark and Dhrystone": each once, in the order of the document.
static void add_list(ReportText *out, const char *const *names, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        rt_add(out, "%s", !i ? "" : i + 1 == n ? " and " : ", ");
        rt_html(out, names[i]);
    }
}

static uint32_t add_once(const char **list, uint32_t n, const char *name) {
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(list[i], name)) return n;
    list[n] = name;
    return n + 1;
}

static void add_workloads(ReportText *out, const RunDoc *doc) {
    const char **titles = alloc_zeroed(doc->workloads.n + 1, sizeof *titles),
               **guests = alloc_zeroed(doc->workloads.n + 1, sizeof *guests);
    uint32_t n = 0, g = 0;
    for (uint32_t i = 0; i < doc->workloads.n; i++) {
        n = add_once(titles, n, doc->workloads.at[i].title);
        g = add_once(guests, g, doc->workloads.at[i].guest);
    }
    add_list(out, titles, n);
    rt_add(out, " for ");
    add_list(out, guests, g);
    free(titles), free(guests);
}

// The largest number of valid samples that a timed cell of this run has.
static int64_t most_samples(const RunDoc *doc) {
    uint32_t primary = run_primary(doc);
    int64_t n = 0;
    for (uint32_t i = 0; i < doc->summary.cells.n; i++)
        if (doc->summary.cells.at[i].metric == primary && doc->summary.cells.at[i].n > n)
            n = doc->summary.cells.at[i].n;
    return n;
}

static void run_line(ReportText *out, const PageInput *in, const RunDoc *doc) {
    int64_t n = most_samples(doc);
    rt_add(out, "<b>");
    rt_html(out, doc->title ? doc->title : doc->path);
    rt_add(out, "</b>: ");
    add_workloads(out, doc);
    rt_add(out, ", %u configuration%s", doc->configs.n, doc->configs.n == 1 ? "" : "s");
    if (n > 0) rt_add(out, ", up to %lld timed sample%s of each", (long long)n, n == 1 ? "" : "s");
    rt_add(out, "; on ");
    rt_html(out, doc->environment.cpu_model ? doc->environment.cpu_model : doc->environment.machine);
    rt_add(out, " with %lld CPU%s, %.10s %.5s UTC", (long long)doc->environment.cores,
           doc->environment.cores == 1 ? "" : "s", doc->created, doc->created + 11);
    if (doc->tool.commit) rt_add(out, "; commit "), page_commit(out, &doc->tool);
    rt_add(out, ".");
    (void)in;
}

// What a reader must know before any number.
static void first_warnings(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        int64_t n = most_samples(&in->docs[d]);
        if (n > 2) continue;
        bool counts = !in->docs[d].plan.reps;
        rt_add(out, counts ? "<p class=\"box\">" : "<p class=\"warn box\">");
        page_run_letter(out, in, d);
        if (counts)
            rt_add(out, "This run was asked for no times: it has exact counts.");
        else if (!n)
            rt_add(out, "No configuration has a valid time. The exact counts below are all there is.");
        else
            rt_add(out,
                   "Every configuration was timed %s (n = %lld): there is no interval, and no difference of times on "
                   "this page can be told from noise. The exact counts can be trusted.",
                   n == 1 ? "once" : "twice", (long long)n);
        rt_add(out, "</p>\n");
    }
}

void page_what(ReportText *out, const PageInput *in) {
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>What does each optimization buy?</h1>");
    first_warnings(out, in);
    rt_add(
        out,
        "<p class=\"lead\">Nightjar translates RISC-V and Renesas RX programs to code of the machine while they run. "
        "Each of its optimizations has a switch; this page says what each switch buys, alone and beside the "
        "others.</p>");
    if (in->n_docs == 1) {
        rt_add(out, "<p class=\"meta\">");
        run_line(out, in, &in->docs[0]);
        rt_add(out, "</p>");
    } else {
        rt_add(out, "<ul class=\"runs\">");
        for (unsigned d = 0; d < in->n_docs; d++) {
            rt_add(out, "<li>");
            page_run_letter(out, in, d);
            run_line(out, in, &in->docs[d]);
            rt_add(out, "</li>");
        }
        rt_add(out, "</ul>");
    }
    rt_add(out, "</header>\n");
}

// ---- speed ----------------------------------------------------------------------------------------------------------

static bool is_native(const RunConfig *c) { return c->peer && strstr(c->peer, "native"); }

// The peers of all runs, each once by its id: QEMU first, native last.
typedef VEC(const RunConfig *) Peers;

static void add_peer(Peers *list, const RunConfig *c) {
    for (uint32_t i = 0; i < list->n; i++)
        if (!strcmp(list->at[i]->id, c->id)) return;
    vec_push(list, c);
}

static void find_peers(Peers *list, const PageInput *in) {
    for (int native = 0; native < 2; native++) {
        for (uint32_t i = 0; i < in->views->n; i++) {
            const View *v = &in->views->at[i];
            for (uint32_t k = 0; k < v->rows.n; k++)
                if (v->rows.at[k].config->peer && is_native(v->rows.at[k].config) == native)
                    add_peer(list, v->rows.at[k].config);
        }
    }
}

static NumText percent_interval(Est e) {
    NumText n;
    if (!e.known)
        snprintf(n.s, sizeof n.s, "–");
    else if (e.interval)
        snprintf(n.s, sizeof n.s, "%.0f %% [%.0f, %.0f]", 100 * e.value, 100 * e.lo, 100 * e.hi);
    else
        snprintf(n.s, sizeof n.s, "%.0f %%", 100 * e.value);
    return n;
}

static void workload_cell(ReportText *out, const View *v) {
    rt_add(out, "<th scope=\"row\">");
    if (v->letter[0]) rt_add(out, "<b class=\"run\">%s</b> ", v->letter);
    rt_add(out, "<a href=\"#");
    page_slug(out, v);
    rt_add(out, "\">");
    rt_html(out, v->workload->name);
    rt_add(out, "</a> ");
    rt_html(out, v->workload->guest);
    rt_add(out, "</th>");
}

static void speed_row(ReportText *out, const View *v, const Peers *peers) {
    const ViewRow *row = v->lead ? view_row(v, v->lead) : NULL;
    ReportText t = {0};
    table_row(out);
    workload_cell(out, v);
    Est over = row && v->baseline != v->lead ? row->speedup : (Est){0};
    view_headline(&t, v);
    table_number(out, over.known ? over.value : NAN, nt_ratio_interval(over).s, rt_str(&t));
    rt_free(&t);
    for (uint32_t i = 0; i < peers->n; i++) {
        const RunConfig *peer = view_config(v->doc, peers->at[i]->id);
        Est e = peer && v->lead ? view_against(v, peer, v->lead) : (Est){0};
        table_number(out, e.known ? e.value : NAN,
                     is_native(peers->at[i]) ? percent_interval(e).s : nt_ratio_interval(e).s, NULL);
    }
    table_number(out, row ? row->n : NAN, row ? nt_exact(row->n).s : "–", NULL);
}

static bool is_timed(const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++)
        if (in->docs[d].plan.reps) return true;
    return false;
}

void page_speed(ReportText *out, const PageInput *in) {
    Peers peers = {0};
    VEC(const char *) heads = {0};
    char(*names)[120];
    if (!in->views->n || !is_timed(in)) return;
    find_peers(&peers, in);
    names = alloc_zeroed(peers.n + 1, sizeof *names);
    const View *first = &in->views->at[0];
    vec_push(&heads, "Workload");
    snprintf(names[peers.n], sizeof *names, "#%.50s over %.50s", first->lead == first->on ? "All on" : "The fastest",
             first->baseline ? first->baseline->label : "–");
    vec_push(&heads, names[peers.n]);
    for (uint32_t i = 0; i < peers.n; i++) {
        snprintf(names[i], sizeof *names, is_native(peers.at[i]) ? "#Of %.60s speed" : "#Over %.60s",
                 peers.at[i]->label);
        vec_push(&heads, names[i]);
    }
    vec_push(&heads, "#n");
    vec_push(&heads, NULL);
    rt_add(out,
           "<section id=\"speed\"><h2>How fast is it?</h2>\n<p>CPU time with all switches on, beside the same "
           "program with all switches off, in QEMU and as native code. <b>All off</b> still translates, but plainly: "
           "every block returns to the run loop, every guest register is loaded and stored around each "
           "instruction, every memory access takes the slow path.</p>\n");
    table_begin(out, "Ratios of medians, 95 % intervals in brackets; above 1 is faster.", heads.at);
    for (uint32_t i = 0; i < in->views->n; i++) speed_row(out, &in->views->at[i], &peers);
    table_end(out);
    rt_add(out, "</section>\n");
    vec_free(&heads), vec_free(&peers), free(names);
}

// ---- switches -------------------------------------------------------------------------------------------------------

static const ViewSwitch *switch_of(const View *v, const char *feature) {
    for (uint32_t i = 0; i < v->switches.n; i++)
        if (!strcmp(v->switches.at[i].time.feature, feature)) return &v->switches.at[i];
    return NULL;
}

// What the switch buys when all the others are on; where no configuration left it out, its Shapley part.
static Est answer_of(const RunPart *p) { return p->leave_one_out.known ? p->leave_one_out : p->shapley; }

static void switch_cell(ReportText *out, const ViewSwitch *s) {
    Est time = s ? answer_of(&s->time) : (Est){0}, exact = s ? answer_of(&s->exact) : (Est){0};
    exact.interval = false;
    bool unclear = time.known && time.interval && !est_excludes_one(time);
    rt_add(out, "<td class=\"num\" data-v=\"");
    if (time.known || exact.known) rt_add(out, "%.10g", time.known ? time.value : exact.value);
    rt_add(out, "\">");
    bool sure = est_excludes_one(time), slower = sure && time.value < 1;
    if (time.known)
        rt_add(out, "<span class=\"%s\">%s%s</span>",
               unclear  ? "unclear"
               : slower ? "slower"
               : sure   ? "clear"
                        : "alone",
               nt_ratio_interval(time).s, slower ? " slower" : "");
    if (exact.known) rt_add(out, "<small>%s count</small>", nt_ratio_interval(exact).s);
    if (!time.known && !exact.known) rt_add(out, "–");
    rt_add(out, "</td>");
}

typedef struct Named {
    const char *feature;
    double size; // largest effect on any workload, as a logarithm
} Named;

static int largest_first(const void *a, const void *b) {
    const Named *x = a, *y = b;
    return x->size > y->size ? -1 : x->size < y->size ? 1 : strcmp(x->feature, y->feature);
}

static double effect(const ViewSwitch *s) {
    Est time = answer_of(&s->time), exact = answer_of(&s->exact);
    // A switch that was timed stands above those that were counted only.
    if (time.known && time.value > 0) return 100 + fabs(log(time.value));
    return exact.known && exact.value > 0 ? fabs(log(exact.value)) : 0;
}

static uint32_t find_switches(Named *list, const PageInput *in) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < in->views->n; i++) {
        const View *v = &in->views->at[i];
        for (uint32_t k = 0; k < v->switches.n; k++) {
            const char *feature = v->switches.at[k].time.feature;
            uint32_t at = 0;
            while (at < n && strcmp(list[at].feature, feature)) at++;
            if (at == n) list[n++] = (Named){feature, 0};
            list[at].size = fmax(list[at].size, effect(&v->switches.at[k]));
        }
    }
    qsort(list, n, sizeof *list, largest_first);
    return n;
}

void page_switches(ReportText *out, const PageInput *in) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < in->views->n; i++) most += in->views->at[i].switches.n;
    if (!most) return;
    Named *list = alloc_zeroed(most, sizeof *list);
    const char **heads = alloc_zeroed(in->views->n + 2, sizeof *heads);
    char(*names)[120] = alloc_zeroed(in->views->n, sizeof *names);
    uint32_t n = find_switches(list, in);
    heads[0] = "Switch";
    for (uint32_t i = 0; i < in->views->n; i++) {
        const View *v = &in->views->at[i];
        snprintf(names[i], sizeof *names, "#%s%s%.60s, %.20s", v->letter, *v->letter ? ": " : "", v->workload->name,
                 v->workload->guest);
        heads[i + 1] = names[i];
    }
    rt_add(out, "<section id=\"switches\"><h2>What does each switch buy?</h2>\n<p>The speedup when the switch is added "
                "last, to all the others. Pale: the interval holds 1, so this run sees no effect. Below it, how many "
                "times fewer host instructions run: an exact count.</p>\n");
    table_begin(out, "Largest effect first.", heads);
    for (uint32_t i = 0; i < n; i++) {
        table_row(out);
        table_name(out, view_switch_colour(list[i].feature), list[i].feature);
        for (uint32_t k = 0; k < in->views->n; k++) switch_cell(out, switch_of(&in->views->at[k], list[i].feature));
    }
    table_end(out);
    rt_add(out, "</section>\n");
    free(list), free(heads), free(names);
}

void page_status(ReportText *out, const PageInput *in) {
    PageHealth h = page_health(in);
    double mde = 0;
    for (uint32_t i = 0; i < in->views->n; i++)
        if (in->views->at[i].noise) mde = fmax(mde, in->views->at[i].noise->mde);
    rt_add(out, "<ul class=\"status\"><li%s>", h.invalid ? " class=\"warn\"" : "");
    if (h.invalid)
        rt_add(out, "<a href=\"#validity\">%u of %u samples %s invalid</a> and in no number here", h.invalid, h.samples,
               h.invalid == 1 ? "is" : "are");
    else
        rt_add(out, "all %u samples are valid", h.samples);
    if (h.errors)
        rt_add(out, "</li><li class=\"warn\"><a href=\"#validity\">%u exact metric%s varied</a>", h.errors,
               h.errors == 1 ? "" : "s");
    if (h.stopped) rt_add(out, "</li><li><a href=\"#validity\">fewer rounds than planned</a>");
    rt_add(out, "</li><li>");
    if (mde > 0)
        rt_add(out, "<a href=\"#noise\">effects below %s</a> in time cannot be seen", nt_percent(mde).s);
    else
        rt_add(out, "<a href=\"#noise\">no noise floor known</a>");
    rt_add(out, "</li><li><a href=\"#reading\">how to read this</a></li></ul>\n");
    if (*in->no_plots) {
        rt_add(out, "<p class=\"warn box\">Not every picture could be drawn: ");
        rt_html(out, in->no_plots);
        rt_add(out, "</p>\n");
    }
}
