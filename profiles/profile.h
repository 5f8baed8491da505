// `nightjar profile`: from the emulator's exact counts (nightjar.blocks/1, with code) to a document that
// explains the hot blocks (nightjar.profile/1, see PROFILE-FORMAT.md), and from that to the terminal,
// Markdown, a page and the exports.
//
// Everything behind profile_build() reads the document alone, through bench/model/profile.h, so a stored profile.json renders
// and compares like a fresh one.
#pragma once
#include "base/err.h"
#include "bench/model/emulator.h"
#include "bench/model/profile.h"
#include "reports/html/text.h"
#include <jansson.h>

int profile_main(int argc, char **argv);

// ---- symbols.c: names and source lines of the guest program (libdw). Never fails: what is unknown has no name.
typedef struct Symbols Symbols;
typedef struct SymbolAt {
    const char *name; // NULL: unknown
    uint64_t offset;
    const char *file; // NULL: no line information
    int line;
} SymbolAt;
Symbols *symbols_open(const char *elf);
SymbolAt symbols_at(const Symbols *s, uint64_t gpc);
void symbols_close(Symbols *s);

// ---- build.c, roll.c
// `blocks` is nightjar.blocks/1 with units, `stats` nightjar.stats/1 of the same run. `by`: what the blocks are ranked
// by: host_instructions, hits or guest_instructions.
json_t *profile_build(const json_t *blocks, const json_t *stats, const Symbols *symbols, const char *by);
void profile_roll_up(json_t *profile, const json_t *blocks, const Symbols *symbols);

// ---- run.c
typedef struct ProfileRun {
    const Emulator *emu;
    const char *elf, *engine, *features, *dir;
    double timeout_s;
    uint32_t work;          // iterations that the program is told to do; 0: what was built into it
    unsigned overhead_reps; // 0: the overhead is not measured
    const char *sample_elf; // NULL: no sampled time; the same code, running longer
    const char *sample_by;  // as emu --sample-by
} ProfileRun;
// The least work, `least` times a power of two (from 16 on), of which cold code is under 1 %. Cold is what is executed whatever the
// work is: start and end, and all code before it was hot; `cold` is its share, NAN where there are no host instructions.
bool profile_choose_work(const ProfileRun *run, uint32_t least, uint32_t *work, double *cold, Err *err);
// The documents of one exact run; and `overhead` of counting, or null; and `samples`, or null.
bool profile_run(const ProfileRun *run, json_t **blocks, json_t **stats, json_t **overhead, json_t **samples, Err *err);

// ---- sampled.c
void profile_add_samples(json_t *profile, const json_t *samples, const Symbols *symbols);
void profile_rank_by_samples(json_t *profile); // which has some

// ---- counts.c: what the `counts` of a block are called where there is little room
typedef struct CountName {
    const char *key, *head;
    uint8_t group;
} CountName;
enum { COUNTS_MAX = 16 };
extern const CountName COUNT_NAMES[]; // ends with a NULL key
// The groups of which any of the first `top` blocks has something; returns how many counts.
unsigned counts_present(const ProfileDoc *profile, unsigned top, const CountName *out[COUNTS_MAX]);

// ---- renderers
void profile_terminal(ReportText *out, const ProfileDoc *profile, unsigned top, bool colour);
void profile_markdown(ReportText *out, const ProfileDoc *profile, unsigned top);
// `report`: where the report of the run lies, or NULL.
void profile_page(ReportText *out, const ProfileDoc *profile, unsigned top, const char *report);
void profile_page_block(ReportText *out, const ProfileDoc *profile, const ProfileBlock *block, unsigned rank);

// ---- diff
typedef enum ProfileForm { PROFILE_TERMINAL, PROFILE_MARKDOWN, PROFILE_HTML } ProfileForm;
json_t *profile_diff(const ProfileDoc *a, const ProfileDoc *b); // nightjar.profile-diff/1
char *profile_diff_words(const json_t *diff);                   // one paragraph; free() it
char *profile_diff_block_words(const json_t *diff, const json_t *block);
void profile_diff_text(ReportText *out, const json_t *diff, unsigned top, ProfileForm form);
void profile_diff_page(ReportText *out, const json_t *diff, unsigned top);
int profile_diff_main(int argc, char **argv);

// ---- export.c
typedef struct ProfileExport {
    const char *name, *file, *help;
    void (*write)(ReportText *out, const ProfileDoc *profile);
} ProfileExport;
extern const ProfileExport PROFILE_EXPORTS[]; // ends with a NULL name
void profile_speedscope(ReportText *out, const ProfileDoc *profile);

// ---- json.c: small things
json_int_t pj_int(const json_t *object, const char *key); // 0 if it is not there
uint64_t pj_hex(const json_t *object, const char *key);
void pj_add(json_t *object, const char *key, json_int_t n);
void pj_add_all(json_t *object, const json_t *numbers);        // member by member
json_t *pj_child(json_t *object, const char *key, bool *made); // an object member, made if it is not there; borrowed
json_t *pj_sorted(json_t *object, const char *by);             // its values, largest `by` first; steals object
double pj_share(json_int_t part, json_int_t whole);
void pj_place(char *out, size_t size, const json_t *entry);  // place_text() of an entry
void pj_source(char *out, size_t size, const json_t *entry); // source_text() of an entry

// ---- place.c
// "core_list_find+0x8"; the address where there is no symbol
void place_text(char *out, size_t size, const char *symbol, int64_t offset, const char *at);
void source_text(char *out, size_t size, const char *file, int64_t line); // "list.c:12"; "" where there is no file
void block_place(char *out, size_t size, const ProfileBlock *b);
void block_source(char *out, size_t size, const ProfileBlock *b);
const ProfileTranslation *block_hottest(const ProfileBlock *b); // with code; NULL: none
