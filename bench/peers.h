// Peers: other ways to run the same workload (QEMU, natively), described by bench/peers/*.json, run in the same
// interleaved plan. A file: {"name", "title", "help", "commands": {"<guest>": ["program", "arg",
// "{elf}"|"{build:MACHINE}"]}, "version": ["program", "--version"],
//          "boot": the same for workloads that boot, with {bios}, {kernel}, {initrd}, {append}, {memory},
//          "install": "what to do when it is missing"} or {"name", "unavailable": "why it cannot be run yet"}.
#pragma once
#include "bench/model/manifest.h"

// Reads the folder. `wanted`: names, or "all"; an unknown name is an error. `found` gets the manifests of peers that
// can run here (with a "version_text" member); `missing` gets {"name", "reason"} for each one that cannot.
bool peers_load(const char *folder, const json_t *wanted, json_t *found, json_t *missing, Err *err);
// How much it is to do: `copy` becomes a copy of the program with that number in it, and is run in its place.
typedef struct PeerWork {
    uint32_t iterations; // 0: what was built in
    const char *copy;
} PeerWork;

// The command line of peer x workload as an array of strings; NULL if this peer does not run that workload (then `why`
// says it). work: may be NULL.
json_t *peer_command(const json_t *peer, const Workload *w, const PeerWork *work, Err *why);
