// Exports for other tools: callgrind (KCachegrind opens it), collapsed stacks (flame graphs),
// CSV; see speedscope.c, too.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <string.h>

// Call arcs are not known, so every function has its own cost only. Lines without debug information are line 0.
static void callgrind(ReportText *out, const json_t *p) {
    rt_add(
        out,
        "# callgrind format\nversion: 1\ncreator: nightjar profile\ncmd: %s\npositions: line\nevents: Host Guest\n\n",
        json_text(json_object_get(p, "workload"), "name", "?"));
    size_t i;
    json_t *l;
    json_array_foreach(json_object_get(p, "lines"), i, l) {
        rt_add(out, "fl=%s\nfn=%s\n%lld %lld %lld\n\n", json_text(l, "file", "?"),
               json_text(l, "function", json_text(l, "file", "?")), (long long)pj_int(l, "line"),
               (long long)pj_int(l, "host_instructions"), (long long)pj_int(l, "guest_instructions"));
    }
    const json_t *t = json_object_get(p, "totals");
    rt_add(out, "totals: %lld %lld\n", (long long)pj_int(t, "host_instructions"),
           (long long)pj_int(t, "guest_instructions"));
}

// function;block;reason N
static void collapsed(ReportText *out, const json_t *p) {
    const char *guest = json_text(p, "guest", "?"), *key;
    size_t i;
    json_t *b, *v;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        const char *function = json_text(b, "symbol", "(no symbol)");
        if (!json_object_size(json_object_get(b, "why")) && pj_int(b, "guest_instructions"))
            rt_add(out, "%s;%s;%s %lld\n", guest, function, json_text(b, "gpc", "?"),
                   (long long)pj_int(b, "guest_instructions"));
        json_object_foreach(json_object_get(b, "why"), key, v)
            rt_add(out, "%s;%s;%s;%s %lld\n", guest, function, json_text(b, "gpc", "?"), key,
                   (long long)json_integer_value(v));
    }
    json_int_t loop = pj_int(json_object_get(p, "totals"), "run_loop_host_instructions");
    if (loop) rt_add(out, "%s;(run loop) %lld\n", guest, (long long)loop);
}

static void csv_text(ReportText *out, const char *s) {
    rt_add(out, "\"");
    for (; *s; s++) rt_add(out, *s == '"' ? "\"\"" : "%c", *s);
    rt_add(out, "\"");
}

static void csv(ReportText *out, const json_t *p) {
    rt_add(out, "rank,gpc,gpc_end,symbol,offset,file,line,hits,guest_instructions,host_instructions,share,cumulative,"
                "slow_accesses,helper_calls,translations");
    for (const CountName *c = COUNT_NAMES; c->key; c++) rt_add(out, ",%s", c->key);
    rt_add(out, "\n");
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        rt_add(out, "%lld,%s,%s,", (long long)pj_int(b, "rank"), json_text(b, "gpc", ""), json_text(b, "gpc_end", ""));
        csv_text(out, json_text(b, "symbol", ""));
        rt_add(out, ",%lld,", (long long)pj_int(b, "offset"));
        csv_text(out, json_text(b, "file", ""));
        rt_add(out, ",%lld,%lld,%lld,%lld,%.9g,%.9g,%lld,%lld,%zu", (long long)pj_int(b, "line"),
               (long long)pj_int(b, "hits"), (long long)pj_int(b, "guest_instructions"),
               (long long)pj_int(b, "host_instructions"), json_num(b, "share", 0), json_num(b, "cumulative", 0),
               (long long)pj_int(b, "slow_accesses"), (long long)pj_int(b, "helper_calls"),
               json_array_size(json_object_get(b, "translations")));
        for (const CountName *c = COUNT_NAMES; c->key; c++) rt_add(out, ",%lld", (long long)count_of(b, c->key));
        rt_add(out, "\n");
    }
}

const ProfileExport PROFILE_EXPORTS[] = {
    {"callgrind", "callgrind.out.nightjar", "callgrind format", callgrind},
    {"collapsed", "stacks.txt", "collapsed stacks", collapsed},
    {"speedscope", "nightjar.speedscope.json", "speedscope's own format", profile_speedscope},
    {"csv", "blocks.csv", "one row a guest block", csv},
    {NULL, NULL, NULL, NULL},
};
