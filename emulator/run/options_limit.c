// The options that bound what a guest may use: --max-insns, --max-time, --max-memory, --max-files.
#include "run/options.h"
#include <stdlib.h>
#include <string.h>

enum { FILES_MIN = 8, DAY_S = 86400 };

bool options_size(const char *text, uint64_t *out) {
    char digits[32];
    size_t n = strlen(text);
    if (!n || n >= sizeof digits) return false;
    const char *suffixes = "KMG", *s = strchr(suffixes, text[n - 1]);
    memcpy(digits, text, n + 1);
    if (s) digits[n - 1] = 0;
    unsigned shift = s ? 10 * (unsigned)(s - suffixes + 1) : 0;
    if (!options_number(digits, out) || *out > UINT64_MAX >> shift) return false;
    *out <<= shift;
    return *out != 0;
}

static void take_time(struct argp_state *state, const char *arg, Options *o) {
    char *end;
    double s = strtod(arg, &end), most = 1000.0 * DAY_S;
    if (!*arg || *end || !(s > 0) || s > most) argp_error(state, "--max-time=%s: give seconds, up to %.0f", arg, most);
    o->max_time_end = host_time_ns() + (uint64_t)(s * 1e9);
    snprintf(o->max_time_text, sizeof o->max_time_text, "emu: stopped after %.12g seconds (--max-time)\n", s);
    char passed[32];
    snprintf(passed, sizeof passed, "%llu", (unsigned long long)o->max_time_end);
    options_pass_text(o, "max-time-end", passed);
}

bool options_parse_limit(int key, char *arg, struct argp_state *state, Options *o) {
    MachineOptions *m = &o->machine;
    switch (key) {
    case OPT_MAX_INSNS:
        if (!options_number(arg, &m->max_insns) || !m->max_insns)
            argp_error(state, "--max-insns=%s: give a number from 1", arg);
        return true;
    case OPT_MAX_TIME: take_time(state, arg, o); return true;
    case OPT_MAX_TIME_END:
        if (!options_number(arg, &o->max_time_end)) argp_error(state, "--max-time-end=%s: it is emu's own", arg);
        return true;
    case OPT_MAX_MEMORY:
        if (!options_size(arg, &o->user.max_memory))
            argp_error(state, "--max-memory=%s: give a size such as 512M", arg);
        return true;
    case OPT_MAX_FILES:
        if (!options_number(arg, &o->user.max_files) || o->user.max_files < FILES_MIN)
            argp_error(state, "--max-files=%s: give a number from %d", arg, FILES_MIN);
        return true;
    default: return false;
    }
}

void options_check_limit(struct argp_state *state, const Options *o) {
    const MachineOptions *m = &o->machine;
    uint64_t most = o->user.max_memory;
    if (o->check && o->max_time_end)
        argp_error(state,
                   "--max-time: it would stop the two engines of --engine=check at two places; --max-insns does not");
    if (o->user.max_files && !o->is_user) argp_error(state, "--max-files: it is of --user; a board opens no files");
    if (most && !o->is_user && m->ram_size > most)
        argp_error(state, "--max-memory: --memory is %llu MiB of RAM, more than the %llu MiB allowed",
                   (unsigned long long)m->ram_size >> 20, (unsigned long long)most >> 20);
}
