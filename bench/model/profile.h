// A nightjar.profile/1 document (profiles/PROFILE-FORMAT.md) as typed C. profile.inc is the table of its members; this is where
// they go. Strings and maps point into the JSON, which the document owns.
//
// INVARIANT: a document that was loaded is whole: every needed member is there and is what it must be, no block or function
// occurs twice. Every reader loads through here.
#pragma once
#include "base/err.h"
#include "base/vec.h"
#include "bench/model/member.h"
#include "bench/model/tool.h"
#include <jansson.h>

#define PROFILE_FAMILY "nightjar.profile"
#define PROFILE_SCHEMA "nightjar.profile/1"
enum { PROFILE_VERSION = 1 };

typedef struct ProfileWorkload {
    const char *name, *size, *title;
    int64_t work; // 0: what was built in
} ProfileWorkload;

typedef struct ProfileElf {
    const char *path, *sha256;
} ProfileElf;

typedef struct ProfileOverhead {
    double plain_execute_ns, counted_execute_ns, ratio;
    int64_t pairs; // 0: it was not measured
} ProfileOverhead;

typedef struct ProfileSampled {
    const char *by, *instead_of; // by is NULL: nothing was sampled
    int64_t hz, samples, lost, in_code, in_routines;
} ProfileSampled;

typedef struct ProfileTotals {
    int64_t guest_instructions, host_instructions, stepped_instructions;
    int64_t run_loop_host_instructions, run_loop_entries, counted_guest_instructions, counted_host_instructions;
    int64_t units, regions, blocks;
    double host_per_guest;
} ProfileTotals;

typedef struct ProfileGuest { // a guest instruction
    const char *gpc, *bytes, *text, *kind;
    int64_t retired, host_instructions, line;
    const json_t *why;
} ProfileGuest;

typedef struct ProfileHost { // a host instruction
    const char *bytes, *text, *path, *why;
    int64_t at, block, insn, ir, hits;
} ProfileHost;

typedef struct ProfileUnitExit {
    const char *kind, *gpc;
    int64_t hits, leaves, guest_instructions, host_instructions, stub_instructions, to_block;
    bool returns;
} ProfileUnitExit;

typedef struct ProfileTranslation {
    const char *tier;
    int64_t unit, block, unit_blocks, hits, guest_instructions, host_instructions, host_emitted, host_bytes;
    int64_t spills, slow_accesses, helper_calls, left_inside;
    bool dead;
    const json_t *counts;
    VEC(ProfileGuest) guest; // empty: it ran too rarely for its code to be kept
    MemberRows ir_before, ir;
    VEC(ProfileHost) host;
    VEC(ProfileUnitExit) exits;
} ProfileTranslation;

typedef struct ProfileExit {
    const char *kind, *gpc, *symbol, *file;
    int64_t hits, leaves, offset, line;
} ProfileExit;

typedef struct ProfileBlock {
    const char *gpc, *gpc_end, *symbol, *file;
    int64_t offset, line, guest_length, hits, guest_instructions, host_instructions;
    int64_t slow_accesses, helper_calls, left_inside, rank;
    int64_t samples; // MEMBER_NULL: not sampled
    double share, cumulative, host_per_guest, sampled_share, sampled_lo, sampled_hi;
    const json_t *why, *counts;
    VEC(ProfileExit) exits;
    VEC(ProfileTranslation) translations;
} ProfileBlock;

typedef struct ProfileFunction {
    const char *name, *gpc, *file;
    int64_t guest_instructions, host_instructions, samples;
    double sampled_share, sampled_lo, sampled_hi;
    const json_t *why;
} ProfileFunction;

typedef struct ProfileLine {
    const char *file, *function, *text;
    int64_t line, guest_instructions, host_instructions;
} ProfileLine;

typedef struct ProfileKind {
    const char *kind;
    int64_t guest_instructions, host_instructions;
    const json_t *why;
} ProfileKind;

typedef struct ProfileDoc {
    json_t *root;
    const char *schema, *created, *guest, *engine, *ranked_by;
    RunTool tool;
    const char *host, *through; // host is NULL in older documents: profile_host()
    const json_t *emulator, *features, *whys, *count_help;
    ProfileWorkload workload;
    ProfileElf elf;
    ProfileOverhead overhead;
    ProfileSampled sampled;
    ProfileTotals totals;
    bool exact;
    const json_t *why, *counts;
    VEC(ProfileBlock) blocks;
    VEC(ProfileFunction) functions;
    VEC(ProfileLine) lines;
    VEC(ProfileKind) kinds;
} ProfileDoc;

// Refuses, by name and with what to do: files that cannot be read, are of another schema, newer, or not whole. On failure *doc
// needs no free.
bool profile_doc_load(ProfileDoc *doc, const char *path, Err *err);
bool profile_doc_from_json(ProfileDoc *doc, json_t *root, const char *path, Err *err); // takes the reference of root
void profile_doc_free(ProfileDoc *doc);
json_t *profile_schema(void); // profiles/profile.schema.json (new reference)

const char *profile_host(const ProfileDoc *doc);
bool profile_is_interp(const ProfileDoc *doc);
// What its blocks cost: executed host instructions, or with the interpreter retired guest instructions.
int64_t profile_total(const ProfileDoc *doc);
static inline int64_t profile_cost(bool interp, int64_t guest, int64_t host) { return interp ? guest : host; }
