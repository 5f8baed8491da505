// Reading a replay file: a frame, a memory with the guest bytes at their guest addresses, and a translator; then the
// blocks are translated one by one, and a unit of several blocks as the region that begins at its first one.
//
// Guest addresses are physical here, whatever the mode: the file has bytes, not page tables.
#include "run/replay.h"
#include "base/alloc.h"
#include "guest/guest.h"
#include "jit/jit.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 256, BLOCK_BYTES_MAX = 1 << 12 };

typedef struct ReplayBlock {
    gpc pc;
    uint32_t n;
    uint8_t bytes[BLOCK_BYTES_MAX];
} ReplayBlock;

typedef struct ReplayFile {
    const char *path;
    unsigned line;
    const Guest *guest;
    uint64_t mode;
    gpc unit;
    Features features;
    char isa[128];
    VEC(ReplayBlock) blocks;
} ReplayFile;

static bool wrong(const ReplayFile *r, Err *err, const char *what) {
    return err_set(err, "%s:%u: %s; --replay reads the file that emu wrote when it stopped with a bug", r->path,
                   r->line, what);
}

static bool take_guest(ReplayFile *r, const char *name, Err *err) {
    for (const Guest *const *g = guests_all(); *g; g++)
        if (!strcmp((*g)->name, name)) r->guest = *g;
    return r->guest || wrong(r, err, "this emu has no such guest");
}

static bool take_code(ReplayFile *r, char *text, Err *err) {
    ReplayBlock b = {0};
    char *end;
    b.pc = strtoull(text, &end, 0);
    if (end == text) return wrong(r, err, "code without an address");
    for (char *at = end; *at; at = end) {
        unsigned long byte = strtoul(at, &end, 16);
        if (end == at || byte > 0xff || b.n == BLOCK_BYTES_MAX) return wrong(r, err, "these are no bytes of code");
        b.bytes[b.n++] = (uint8_t)byte;
    }
    if (!b.n) return wrong(r, err, "code without bytes");
    if (r->blocks.n == BLOCKS_MAX) return wrong(r, err, "too many blocks");
    vec_push(&r->blocks, b);
    return true;
}

static bool take_line(ReplayFile *r, char *line, Err *err) {
    char *value = strchr(line, ' ');
    if (!value) return wrong(r, err, "a word and its value are expected");
    *value++ = 0;
    if (!strcmp(line, "guest")) return take_guest(r, value, err);
    if (!strcmp(line, "mode")) r->mode = strtoull(value, NULL, 0);
    if (!strcmp(line, "unit")) r->unit = strtoull(value, NULL, 0);
    if (!strcmp(line, "host-isa")) snprintf(r->isa, sizeof r->isa, "%s", value);
    if (!strcmp(line, "features")) return features_parse(&r->features, value, err);
    return strcmp(line, "code") || take_code(r, value, err);
}

static bool read_lines(ReplayFile *r, FILE *f, Err *err) {
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool ok = true;
    while (ok && (n = alloc_line(&line, &room, f)) > 0) {
        r->line++;
        if (line[n - 1] == '\n') line[n - 1] = 0;
        if (!strcmp(line, "--")) break;
        if (r->line == 1)
            ok = !strcmp(line, "nightjar-replay 1") || wrong(r, err, "it does not begin with `nightjar-replay 1`");
        else
            ok = take_line(r, line, err);
    }
    free(line);
    return ok && ((r->guest && r->blocks.n) || wrong(r, err, "there is no guest, or no code, in it"));
}

static bool read_file(ReplayFile *r, Err *err) {
    FILE *f = fopen(r->path, "r");
    if (!f) return err_set(err, "%s: cannot be read: %s", r->path, strerror(errno));
    bool ok = read_lines(r, f, err);
    fclose(f);
    return ok;
}

// ---- the translation
static MemFault identity(struct Hart *hart, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    (void)hart, (void)size, (void)kind;
    *page = (MemPage){.paddr = vaddr, .map_bits = MEM_PAGE_BITS};
    return MEM_FAULT_NONE;
}

static bool put_code(const ReplayFile *r, Mem *mem, Err *err) {
    for (uint32_t i = 0; i < r->blocks.n; i++) {
        const ReplayBlock *b = &r->blocks.at[i];
        gaddr first = b->pc & -(gaddr)MEM_PAGE, end = b->pc + b->n;
        for (gaddr page = first; page < end; page += MEM_PAGE)
            if (!mem_find(mem, page) && !mem_add_ram(mem, "code", page, MEM_PAGE, true, err)) return false;
        if (!mem_copy_in(mem, b->pc, b->bytes, b->n))
            return err_set(err, "%s: there is no room for code at %#llx", r->path, (unsigned long long)b->pc);
    }
    return true;
}

static void translate(const ReplayFile *r, Jit *j, Frame *f) {
    for (uint32_t i = 0; i < r->blocks.n; i++) {
        MemFail fail;
        gpc pc = r->blocks.at[i].pc;
        if (!jit_find(j, f, pc)) jit_translate(j, f, pc, &fail);
    }
    if (r->blocks.n > 1) jit_translate_region(j, f, r->unit);
}

static bool open_translator(const ReplayFile *r, Jit *j, Frame *f, Mem *mem, Stats *stats, Log *log, Err *err) {
    HostIsa isa = 0, native = host_native.isa_native();
    if (*r->isa && !host_isa_parse(&host_native, r->isa, &isa, err)) return false;
    JitOptions o = {.guest = r->guest,
                    .features = r->features,
                    .isa_masked = native & ~(*r->isa ? isa : native),
                    .cache_size = 32u << 20,
                    .translate = identity};
    return jit_init(j, &o, f, mem, stats, log, err);
}

// Nothing was executed.
static unsigned no_flags(void *hart) {
    (void)hart;
    return 0;
}

bool replay_run(const char *path, Log *log, Err *err) {
    ReplayFile r = {.path = path, .features = features_default()};
    Mem mem;
    Stats stats = {0};
    Jit *j = alloc_zeroed(1, sizeof *j);
    mem_init(&mem);
    Frame *f = frame_new(NULL, err);
    bool ok = f && read_file(&r, err) && put_code(&r, &mem, err);
    BUG_IF(ok && !r.guest, "%s was read, and names no guest", path);
    CpuEnv env = {.fp_flags = no_flags};
    if (ok) {
        f->cpu.env = &env;
        f->cpu.guest = r.guest->create();
        r.guest->reset(&f->cpu, r.unit);
        f->cpu.mode = (uint32_t)r.mode;
        ok = open_translator(&r, j, f, &mem, &stats, log, err);
        if (ok) translate(&r, j, f);
        if (j->host) jit_free(j);
        r.guest->destroy(f->cpu.guest);
    }
    if (ok)
        fprintf(stderr, "emu: %s: %u units were translated; the bug did not come back\n", path,
                (unsigned)stats.v[STAT_units_translated]);
    frame_free(f);
    mem_free(&mem);
    vec_free(&r.blocks);
    free(j);
    return ok;
}
