#include "ci/hot.h"
#include "bench/base/jsonfile.h"
#include "bench/model/profile.h"
#include <string.h>

#define SHARE 0.9
enum { BLOCKS = 80 };

// Offsets in a unit change with every small move of code: "jl .3850" becomes "jl ."
static size_t without_offset(const char *text) {
    const char *dot = strrchr(text, '.');
    size_t digits = dot ? strspn(dot + 1, "0123456789") : 0;
    return digits && !dot[1 + digits] && dot > text && dot[-1] == ' ' ? (size_t)(dot - text) + 1 : strlen(text);
}

static json_t *code_of(const ProfileTranslation *t) {
    json_t *lines = json_array();
    int64_t last = -1;
    for (uint32_t i = 0; i < t->host.n; i++) {
        const ProfileHost *h = &t->host.at[i];
        int n = (int)without_offset(h->text);
        if (!h->hits || !strcmp(h->why, "count")) continue;
        json_array_append_new(lines, h->hits == last
                                         ? json_sprintf("%.*s\t%s", n, h->text, h->why)
                                         : json_sprintf("%.*s\t%s\t%lld", n, h->text, h->why, (long long)h->hits));
        last = h->hits;
    }
    return lines;
}

static const ProfileTranslation *with_code(const ProfileBlock *b) {
    for (uint32_t i = 0; i < b->translations.n; i++)
        if (b->translations.at[i].host.n) return &b->translations.at[i];
    return NULL;
}

static json_t *block_json(const ProfileBlock *b) {
    const ProfileTranslation *t = with_code(b);
    json_t *guest = json_array();
    for (uint32_t i = 0; t && i < t->guest.n; i++) json_array_append_new(guest, json_string(t->guest.at[i].text));
    return json_pack("{s:s, s:s?, s:I, s:I, s:I, s:o, s:o}", "gpc", b->gpc, "symbol", b->symbol, "offset",
                     (json_int_t)b->offset, "hits", (json_int_t)b->hits, "host", (json_int_t)b->host_instructions,
                     "code", t ? code_of(t) : json_array(), "guest", guest);
}

static json_t *profile_json(const ProfileDoc *doc) {
    json_t *blocks = json_array();
    int64_t sum = 0;
    for (uint32_t i = 0; i < doc->blocks.n && i < BLOCKS; i++) {
        if ((double)sum >= SHARE * (double)doc->totals.host_instructions) break;
        json_array_append_new(blocks, block_json(&doc->blocks.at[i]));
        sum += doc->blocks.at[i].host_instructions;
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:o}", "workload", doc->workload.name, "guest", doc->guest,
                     "host_instructions", (json_int_t)doc->totals.host_instructions, "guest_instructions",
                     (json_int_t)doc->totals.guest_instructions, "blocks", blocks);
}

json_t *hot_make(const char *const *profiles, uint32_t n, Err *err) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++) {
        ProfileDoc doc;
        if (!profile_doc_load(&doc, profiles[i], err)) return json_decref(list), NULL;
        bool usable = !strcmp(doc.ranked_by, "host_instructions") && doc.workload.name;
        if (usable) json_array_append_new(list, profile_json(&doc));
        profile_doc_free(&doc);
        if (!usable) {
            err_set(err, "%s: of no workload, or not ranked by host_instructions", profiles[i]);
            return json_decref(list), NULL;
        }
    }
    return json_pack("{s:s, s:o}", "schema", HOT_SCHEMA, "profiles", list);
}

// "runs/20261129T021503Z-ec1475a0ffee-1a2b3c4d-0123456789abcdef.json.gz": up to the content
static size_t prefix_of(const char *run, const char **at) {
    *at = strchr(run, '/') ? strchr(run, '/') + 1 : run;
    const char *dash = strrchr(*at, '-');
    return dash ? (size_t)(dash - *at) : strlen(*at);
}

bool hot_add(const Store *s, const char *run, const char *const *profiles, uint32_t n, Err *err) {
    const char *at;
    char name[128], prefix[128];
    size_t k = prefix_of(run, &at);
    snprintf(prefix, sizeof prefix, "%.*s", (int)k, at);
    json_t *doc = hot_make(profiles, n, err);
    bool ok = doc && store_add_hot(s, doc, prefix, name, err);
    json_decref(doc);
    return ok;
}

long hot_find(const StoreFiles *files, const char *run) {
    const char *at;
    size_t n = prefix_of(run, &at);
    for (uint32_t i = files->n; i-- > 0;) {
        const char *file = files->at[i].name + strlen("hot/");
        if (!strncmp(file, at, n) && file[n] == '-' && !strchr(file + n + 1, '-')) return i;
    }
    return -1;
}

json_t *hot_of_run(const Store *s, const StoreFiles *files, const char *run, char name[128]) {
    long i = hot_find(files, run);
    Err err;
    if (i < 0) return NULL;
    snprintf(name, 128, "%s", files->at[i].name);
    return store_load(s, name, &err);
}
