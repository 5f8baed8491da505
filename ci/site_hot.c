// Hot blocks on the site. A night's are one script, named by its content, which the page loads when a reader asks for it; it is
// written once. What reads without scripts is a table of the last night beside the one before it.
#include "base/vec.h"
#include "bench/base/jsonfile.h"
#include "ci/site.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN = 5 };

static void id_of(const char *file, char id[20]) {
    const char *dash = strrchr(file, '-');
    snprintf(id, 20, "%.16s", dash ? dash + 1 : "");
}

void site_hot_id(const Site *s, uint32_t night, char id[20]) {
    id[0] = 0;
    if (s->hot_of[night] >= 0) id_of(s->hot_files.at[s->hot_of[night]].name, id);
}

// ---- the scripts: nightjarSite.add("hot/ID","BASE64 of the gzip file")
static void add_base64(ReportText *out, const uint8_t *at, size_t n) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)at[i] << 16 | (i + 1 < n ? (uint32_t)at[i + 1] << 8 : 0) | (i + 2 < n ? at[i + 2] : 0);
        char four[4] = {DIGITS[v >> 18], DIGITS[v >> 12 & 63], i + 1 < n ? DIGITS[v >> 6 & 63] : '=',
                        i + 2 < n ? DIGITS[v & 63] : '='};
        rt_bytes(out, four, 4);
    }
}

static bool write_one(const Store *store, const StoreFile *file, const char *folder, Err *err) {
    char id[20], name[40], path[4200];
    Bytes raw = {0};
    id_of(file->name, id);
    snprintf(name, sizeof name, "%s.js", id);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!access(path, F_OK)) return true; // named by its content
    if (!store_read(store, file->name, &raw, err)) return vec_free(&raw), false;
    ReportText t = {0};
    rt_add(&t, "nightjarSite.add(\"hot/%s\",\"", id);
    add_base64(&t, raw.at, raw.n);
    rt_add(&t, "\");\n");
    bool ok = rt_write_file(&t, folder, name, err);
    rt_free(&t);
    vec_free(&raw);
    return ok;
}

bool site_hot_write(const Site *s, const Store *store, const char *folder, Err *err) {
    for (uint32_t i = 0; i < s->nights.n; i++)
        if (s->hot_of[i] >= 0 && !write_one(store, &s->hot_files.at[s->hot_of[i]], folder, err)) return false;
    return true;
}

// ---- the table
static const json_t *profile_of(const json_t *hot, const SiteSubject *subject) {
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(hot, "profiles"), i, p) {
        if (!strcmp(json_text(p, "workload", ""), subject->workload) &&
            !strcmp(json_text(p, "guest", ""), subject->guest))
            return p;
    }
    return NULL;
}

static void name_of(const json_t *block, char out[200]) {
    double offset = json_num(block, "offset", 0);
    const char *symbol = json_text(block, "symbol", NULL);
    if (symbol && offset > 0)
        snprintf(out, 200, "%.150s+0x%llx", symbol, (unsigned long long)offset);
    else
        snprintf(out, 200, "%.150s", symbol ? symbol : json_text(block, "gpc", "?"));
}

static const json_t *same_block(const json_t *profile, const char *name) {
    size_t i;
    json_t *b;
    char other[200];
    json_array_foreach(json_object_get(profile, "blocks"), i, b) {
        name_of(b, other);
        if (!strcmp(name, other)) return b;
    }
    return NULL;
}

static void add_row(ReportText *out, const json_t *block, double total, const json_t *before) {
    char name[200];
    name_of(block, name);
    double host = json_num(block, "host", 0);
    const json_t *was = same_block(before, name);
    rt_add(out, "<tr><td><code>"), rt_html(out, name);
    rt_add(out, "</code></td><td>%.1f %%</td><td>%s</td><td>%s</td><td>", 100 * host / fmax(total, 1),
           nt_exact(json_num(block, "hits", 0)).s, nt_exact(host).s);
    if (before && !was) rt_add(out, "not among them");
    if (was) rt_add(out, "%+.2f %%", 100 * (host / fmax(json_num(was, "host", 0), 1) - 1));
    rt_add(out, "</td></tr>\n");
}

// The last night that has hot blocks, and the one before it; documents are new references.
static void last_two(const Site *s, const Store *store, json_t *two[2], uint32_t at[2]) {
    unsigned n = 0;
    char name[128];
    two[0] = two[1] = NULL;
    for (uint32_t i = s->nights.n; i-- > 0 && n < 2;) {
        if (s->hot_of[i] < 0) continue;
        two[n] = hot_of_run(store, &s->hot_files, s->changes.runs.at[s->nights.at[i]].name, name);
        at[n] = i;
        n += two[n] != NULL;
    }
}

void site_hot_table(ReportText *out, const Site *s, const Store *store, const SiteSubject *subject) {
    json_t *two[2];
    uint32_t at[2] = {0};
    size_t i;
    json_t *b;
    last_two(s, store, two, at);
    const json_t *now = profile_of(two[0], subject), *before = profile_of(two[1], subject);
    if (now) {
        rt_add(out, "<details class=\"hot\"><summary>Hot blocks of %.10s",
               s->changes.runs.at[s->nights.at[at[0]]].created);
        rt_add(
            out,
            "</summary><div class=\"scroll\"><table><thead><tr><th>block</th><th>of all</th><th>hits</th><th>host instructions</th><th>%s%.10s</th></tr></thead><tbody>\n",
            before ? "since " : "", before ? s->changes.runs.at[s->nights.at[at[1]]].created : "");
        json_array_foreach(json_object_get(now, "blocks"), i, b) {
            if (i < SHOWN) add_row(out, b, json_num(now, "host_instructions", 0), before);
        }
        rt_add(out, "</tbody></table></div></details>\n");
    }
    if (s->hot_files.n)
        rt_add(
            out,
            "<p class=\"hot-script\"><button type=\"button\" class=\"hot-open\" aria-expanded=\"false\">Hot blocks of any night, and what differs between two</button></p><div class=\"detail hot-detail\" hidden></div>\n");
    json_decref(two[0]), json_decref(two[1]);
}
