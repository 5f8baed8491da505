// What the exact count and the time of one cell mean together: {"count": "regressed", "time": "pass"} is "more host
// instructions; the time does not show it (yet)".
#include "bench/base/jsonfile.h"
#include "bench/judge_cells.h"
#include <string.h>

static const char *together(const char *count, const char *time) {
    bool count_worse = !strcmp(count, "regressed"), count_better = !strcmp(count, "improved"),
         count_same = !strcmp(count, "pass");
    bool time_worse = !strcmp(time, "regressed"), time_better = !strcmp(time, "improved");
    if (count_worse && time_worse) return "more host instructions, and slower";
    if (count_worse && time_better) return "more host instructions, yet faster: dearer ones were saved";
    if (count_worse) return "more host instructions; the time does not show it (yet)";
    if (count_better && time_worse)
        return "fewer host instructions, yet slower: look at stalls, the run loop and translation time";
    if (count_better && time_better) return "fewer host instructions, and faster";
    if (count_better) return "fewer host instructions; the time does not show it";
    if (count_same && time_worse)
        return "slower with the same host instructions: translation, run loop, helpers, code layout, or the machine";
    if (count_same && time_better)
        return "faster with the same host instructions: translation, run loop, helpers, code layout, or the machine";
    return "no change seen";
}

static json_t *find_entry(const json_t *entries, const json_t *like, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)entries, i, e) {
        if (!strcmp(json_text(e, "metric", ""), metric) &&
            !strcmp(json_text(e, "config", ""), json_text(like, "config", "")) &&
            !strcmp(json_text(e, "workload", ""), json_text(like, "workload", "")) &&
            !strcmp(json_text(e, "guest", ""), json_text(like, "guest", "")))
            return e;
    }
    return NULL;
}

json_t *judge_together(const json_t *entries) {
    json_t *out = json_array(), *e;
    size_t i;
    json_array_foreach((json_t *)entries, i, e) {
        if (strcmp(json_text(e, "metric", ""), "host_instructions")) continue;
        const json_t *time = find_entry(entries, e, "cpu_ns");
        const char *count_verdict = json_text(e, "verdict", ""),
                   *time_verdict = json_text(time, "verdict", "not measured");
        json_array_append_new(out, json_pack("{s:O, s:O, s:O, s:s, s:s, s:s}", "config", json_object_get(e, "config"),
                                             "workload", json_object_get(e, "workload"), "guest",
                                             json_object_get(e, "guest"), "count", count_verdict, "time", time_verdict,
                                             "meaning", together(count_verdict, time_verdict)));
    }
    return out;
}
