// Exports for other tools: callgrind (KCachegrind opens it), collapsed stacks (flame graphs),
// CSV; see speedscope.c, too.
#include "profiles/profile.h"
#include <string.h>

// Call arcs are not known, so every function has its own cost only. Lines without debug information are line 0.
static void callgrind(ReportText *out, const ProfileDoc *p) {
    rt_add(
        out,
        "# callgrind format\nversion: 1\ncreator: nightjar profile\ncmd: %s\npositions: line\nevents: Host Guest\n\n",
        p->workload.name);
    for (uint32_t i = 0; i < p->lines.n; i++) {
        const ProfileLine *l = &p->lines.at[i];
        rt_add(out, "fl=%s\nfn=%s\n%lld %lld %lld\n\n", l->file, l->function ? l->function : l->file,
               (long long)l->line, (long long)l->host_instructions, (long long)l->guest_instructions);
    }
    rt_add(out, "totals: %lld %lld\n", (long long)p->totals.host_instructions, (long long)p->totals.guest_instructions);
}

// function;block;reason N
static void collapsed(ReportText *out, const ProfileDoc *p) {
    const char *key;
    json_t *v;
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        const ProfileBlock *b = &p->blocks.at[i];
        const char *function = b->symbol ? b->symbol : "(no symbol)";
        if (!json_object_size(b->why) && b->guest_instructions)
            rt_add(out, "%s;%s;%s %lld\n", p->guest, function, b->gpc, (long long)b->guest_instructions);
        json_object_foreach((json_t *)b->why, key, v)
            rt_add(out, "%s;%s;%s;%s %lld\n", p->guest, function, b->gpc, key, (long long)json_integer_value(v));
    }
    int64_t loop = p->totals.run_loop_host_instructions;
    if (loop) rt_add(out, "%s;(run loop) %lld\n", p->guest, (long long)loop);
}

static void csv_text(ReportText *out, const char *s) {
    rt_add(out, "\"");
    for (; *s; s++) rt_add(out, *s == '"' ? "\"\"" : "%c", *s);
    rt_add(out, "\"");
}

static void csv(ReportText *out, const ProfileDoc *p) {
    rt_add(out, "rank,gpc,gpc_end,symbol,offset,file,line,hits,guest_instructions,host_instructions,share,cumulative,"
                "slow_accesses,helper_calls,translations");
    for (const CountName *c = COUNT_NAMES; c->key; c++) rt_add(out, ",%s", c->key);
    rt_add(out, "\n");
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        const ProfileBlock *b = &p->blocks.at[i];
        rt_add(out, "%lld,%s,%s,", (long long)b->rank, b->gpc, b->gpc_end ? b->gpc_end : "");
        csv_text(out, b->symbol ? b->symbol : "");
        rt_add(out, ",%lld,", (long long)b->offset);
        csv_text(out, b->file ? b->file : "");
        rt_add(out, ",%lld,%lld,%lld,%lld,%.9g,%.9g,%lld,%lld,%u", (long long)b->line, (long long)b->hits,
               (long long)b->guest_instructions, (long long)b->host_instructions, b->share, b->cumulative,
               (long long)b->slow_accesses, (long long)b->helper_calls, b->translations.n);
        for (const CountName *c = COUNT_NAMES; c->key; c++) rt_add(out, ",%lld", (long long)pj_int(b->counts, c->key));
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
