#include "bench/model/boot.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const FILES[] = {"bios", "kernel", "initrd"};

static json_t *file_object(const char *text, const char *suffix, Err *err) {
    char path[4096];
    const char *at = strstr(text, "{size}");
    if (at)
        snprintf(path, sizeof path, "%.*s%s%s", (int)(at - text), text, suffix, at + strlen("{size}"));
    else
        snprintf(path, sizeof path, "%s", text);
    Digest digest;
    if (!digest_file(path, &digest, err)) return NULL;
    return json_pack("{s:s, s:s}", "path", path, "sha256", digest.hex);
}

json_t *boot_resolve(const json_t *manifest, const char *suffix, Err *err) {
    json_t *boot = json_object();
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        const char *text = json_text(manifest, FILES[i], NULL);
        json_t *file = text ? file_object(text, suffix, err) : NULL;
        if (file) {
            json_put(boot, FILES[i], file);
        } else if (text) {
            json_decref(boot);
            return NULL;
        }
    }
    json_put(boot, "append", json_string(json_text(manifest, "append", "")));
    json_put(boot, "memory_bytes", json_integer((json_int_t)json_num(manifest, "memory_mib", 0) << 20));
    return boot;
}

Digest boot_identity(const json_t *boot) {
    char text[4096];
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %.64s\n", FILES[i],
                                 json_text(json_object_get(boot, FILES[i]), "sha256", "none"));
    used += (size_t)snprintf(text + used, sizeof text - used, "memory %.0f\nappend %.3000s\n",
                             json_num(boot, "memory_bytes", 0), json_text(boot, "append", ""));
    return digest_bytes(text, used);
}

char *boot_word(const json_t *boot, const char *word) {
    char name[32];
    int size = (int)strlen(word) - 2;
    if (size < 1 || *word != '{' || word[size + 1] != '}') return alloc_text(word);
    snprintf(name, sizeof name, "%.*s", size, word + 1);
    if (!strcmp(name, "append")) return alloc_text(json_text(boot, name, ""));
    if (!strcmp(name, "memory")) return alloc_print("%.0fM", json_num(boot, "memory_bytes", 0) / (1 << 20));
    return alloc_text(json_text(json_object_get(boot, name), "path", word));
}

void boot_options(const json_t *boot, json_t *argv) {
    static const char *const WORDS[][2] = {{"--memory=", "{memory}"},
                                           {"--bios=", "{bios}"},
                                           {"--kernel=", "{kernel}"},
                                           {"--initrd=", "{initrd}"},
                                           {"--append=", "{append}"}};
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
        char *value = boot_word(boot, WORDS[i][1]);
        if (strcmp(value, WORDS[i][1])) json_array_append_new(argv, json_pack("s+", WORDS[i][0], value));
        free(value);
    }
}
