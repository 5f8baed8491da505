#include "base/feature.h"
#include <string.h>

static const FeatureInfo infos[] = {
#define FEATURE(name, kind, on, help) {#name, #kind, help, (FEATURES_BUILT & FEATURE_BIT(FEATURE_##name)) != 0, on},
#include "base/feature.inc"
#undef FEATURE
};

FeatureInfo feature_info(Feature which) { return infos[which]; }

Features features_default(void) {
    Features f = {0};
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (infos[i].built && infos[i].on_by_default) f.on |= FEATURE_BIT(i);
    return f;
}

static bool apply_word(Features *f, const char *word, size_t len, Err *err) {
    bool on = word[0] != '-';
    const char *name = word + (word[0] == '-' || word[0] == '+');
    size_t name_len = len - (size_t)(name - word);
    if (name_len == 3 && !memcmp(name, "all", 3) && on) {
        f->on = FEATURES_BUILT;
        return true;
    }
    if (name_len == 4 && !memcmp(name, "none", 4) && on) {
        f->on = 0;
        return true;
    }
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if (strlen(infos[i].name) != name_len || memcmp(infos[i].name, name, name_len)) continue;
        if (on && !infos[i].built)
            return err_set(err, "feature '%s' is not in this build; build with FEATURES=\"... %s\" or without FEATURES",
                           infos[i].name, infos[i].name);
        f->on = on ? f->on | FEATURE_BIT(i) : f->on & ~FEATURE_BIT(i);
        return true;
    }
    return err_set(err, "unknown feature '%.*s'; emu --version lists the features", (int)name_len, name);
}

bool features_parse(Features *f, const char *list, Err *err) {
    while (*list) {
        size_t len = strcspn(list, ",");
        if (len && !apply_word(f, list, len, err)) return false;
        list += len + (list[len] == ',');
    }
    return true;
}
