// What a workload boots in place of an ELF: firmware, kernel, initramfs, command line and memory (`boot` in a
// manifest). Resolved, it is an object like that in nightjar.stats/1: {"bios": {"path", "sha256"}, "kernel": ...,
// "initrd": ..., "append": "...", "memory_bytes": N}.
#pragma once
#include "bench/base/digest.h"
#include <jansson.h>

// NULL and a message if a file is not there. `suffix` stands for {size} in the manifest's paths.
json_t *boot_resolve(const json_t *manifest, const char *suffix, Err *err);
// One hash over all that decides what is booted; paths are not part of it.
Digest boot_identity(const json_t *boot);
// What {bios}, {kernel}, {initrd}, {append} or {memory} stands for; other words are returned as
// they are. The caller frees it.
char *boot_word(const json_t *boot, const char *word);
void boot_options(const json_t *boot, json_t *argv); // appends emu's
