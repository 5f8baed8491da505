#include "bench/validity.h"
#include "bench/base/jsonfile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_valid(const json_t *sample) { return json_is_true(json_object_get(sample, "valid")); }

static void group_key(const json_t *s, char *key, size_t size) {
    snprintf(key, size, "%s|%s|%s|%s|%.0f", json_text(s, "workload", ""), json_text(s, "guest", ""),
             json_text(s, "size", ""), json_text(s, "elf_sha256", ""), json_num(s, "work", 0));
}

// votes: {group: {"<count>": how many samples have it}}
static json_t *count_votes(const json_t *samples) {
    json_t *votes = json_object(), *s;
    size_t i;
    json_array_foreach((json_t *)samples, i, s) {
        json_t *count = json_object_get(json_object_get(s, "metrics"), "guest_instructions");
        if (!is_valid(s) || !json_is_integer(count)) continue;
        char key[512], number[32];
        group_key(s, key, sizeof key);
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(count));
        if (!json_object_get(votes, key)) json_put(votes, key, json_object());
        json_t *group = json_object_get(votes, key);
        json_put(group, number, json_integer(json_integer_value(json_object_get(group, number)) + 1));
    }
    return votes;
}

// The count that most samples have; NULL if two counts share the first place.
static const char *majority(json_t *group) {
    const char *number, *best = NULL;
    json_t *v;
    json_int_t most = 0;
    json_object_foreach(group, number, v) {
        if (json_integer_value(v) == most) best = NULL;
        if (json_integer_value(v) > most) most = json_integer_value(v), best = number;
    }
    return best;
}

int validity_siblings(json_t *samples) {
    json_t *votes = count_votes(samples), *s;
    size_t i;
    int marked = 0;
    json_array_foreach(samples, i, s) {
        json_t *count = json_object_get(json_object_get(s, "metrics"), "guest_instructions");
        char key[512], why[200];
        group_key(s, key, sizeof key);
        json_t *group = json_object_get(votes, key);
        if (!is_valid(s) || !json_is_integer(count) || json_object_size(group) < 2) continue;
        const char *best = majority(group);
        long long mine = json_integer_value(count);
        if (best && atoll(best) == mine) continue;
        if (best)
            snprintf(why, sizeof why, "guest_instructions: %lld, most siblings have %s", mine, best);
        else
            snprintf(why, sizeof why, "guest_instructions: %lld, siblings disagree and none is in the majority", mine);
        json_put(s, "valid", json_false());
        json_put(s, "reason", json_string(why));
        marked++;
    }
    json_decref(votes);
    return marked;
}

static void see_value(json_t *cell, const char *name, json_t *v) {
    if (!json_object_get(cell, name)) json_put(cell, name, json_array());
    json_t *values = json_object_get(cell, name), *old;
    size_t i;
    bool known = false;
    json_array_foreach(values, i, old) known |= json_equal(old, v) != 0;
    if (!known) json_array_append(values, v);
}

// Adds the sample's exact values, the hash of its code and whether RAM had a window to seen: {"config|workload|guest|purpose": {"metric": [values seen]}}.
static void see(json_t *seen, const json_t *sample, const json_t *exact_names) {
    char key[512];
    snprintf(key, sizeof key, "%s|%s|%s|%s|%.0f", json_text(sample, "config", ""), json_text(sample, "workload", ""),
             json_text(sample, "guest", ""), json_text(sample, "purpose", ""), json_num(sample, "work", 0));
    if (!json_object_get(seen, key)) json_put(seen, key, json_object());
    json_t *cell = json_object_get(seen, key), *v;
    const char *name;
    json_object_foreach(json_object_get(sample, "metrics"), name, v) {
        if (json_object_get(exact_names, name)) see_value(cell, name, v);
    }
    if (json_object_get(sample, "code_sha256")) see_value(cell, "code_sha256", json_object_get(sample, "code_sha256"));
    json_t *window = json_object_get(sample, "window"), *text = NULL;
    if (json_is_boolean(window)) text = json_string(json_is_true(window) ? "a window" : "no window");
    if (text) see_value(cell, "window", text);
    json_decref(text);
}

static json_t *error_entry(const char *key, const char *metric, json_t *values) {
    char copy[512], *part[4] = {0}, *save = NULL;
    snprintf(copy, sizeof copy, "%s", key);
    int n = 0;
    for (char *p = strtok_r(copy, "|", &save); p && n < 4; p = strtok_r(NULL, "|", &save)) part[n++] = p;
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:O}", "kind", "inexact", "config", part[0], "workload",
                     part[1], "guest", part[2], "purpose", part[3], "metric", metric, "values", values);
}

json_t *validity_inexact(const json_t *samples, const json_t *metrics) {
    json_t *exact = json_object(), *seen = json_object(), *errors = json_array(), *v, *cell;
    size_t i;
    const char *key, *metric;
    json_array_foreach((json_t *)metrics, i, v) {
        if (!strcmp(json_text(v, "kind", ""), "exact")) json_put(exact, json_text(v, "name", "?"), json_true());
    }
    json_array_foreach((json_t *)samples, i, v) {
        if (is_valid(v)) see(seen, v, exact);
    }
    json_object_foreach(seen, key, cell) {
        json_object_foreach(cell, metric, v) {
            if (json_array_size(v) > 1) json_array_append_new(errors, error_entry(key, metric, v));
        }
    }
    json_decref(exact), json_decref(seen);
    return errors;
}
