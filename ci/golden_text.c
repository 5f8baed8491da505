// Profile of a program -> text of its hot host code. What changes with every small move of code is not in it: offsets in a
// unit, addresses of the process, exact numbers of executions. So two versions differ where the code does.
//
//   ## strcmp+0x12 (0x8000073e), region of main (0x80000224): 35 %, 175k times
//         movzx edi, byte ptr [r14]                    access
//         jnbe (cold)                                  check
//   0.95  jmp (strcmp+0x2)                             branch
#include "base/vec.h"
#include "bench/base/jsonfile.h"
#include "ci/golden.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 160 };
#define COLD 0.01 // lines that run in a smaller share of a block's executions are left out

// One guest block of one unit.
typedef struct Block {
    const json_t *unit, *block;
    double id, executed, hits; // number of the block in the unit; host instructions; the most that one of them ran
    uint64_t gpc, unit_gpc;
} Block;
typedef VEC(Block) Blocks;

typedef struct Golden {
    const Symbols *symbols;
    Blocks blocks;
    double total, sum; // host instructions of units; those that are shown
} Golden;

static double number_of(const json_t *o, const char *key) { return json_num(o, key, 0); }

static bool counts(const json_t *h) {
    return number_of(h, "hits") > 0 && strcmp(json_text(h, "why", ""), "count") != 0;
}

static const json_t *guest_block(const json_t *unit, double id) {
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(unit, "blocks"), i, b) {
        if (number_of(b, "block") == id) return b;
    }
    return NULL;
}

static Block *block_of(Blocks *blocks, const json_t *unit, uint32_t from, double id) {
    for (uint32_t i = from; i < blocks->n; i++)
        if (blocks->at[i].id == id) return &blocks->at[i];
    const json_t *b = guest_block(unit, id);
    vec_push(blocks, ((Block){unit, b, id, 0, 0, b ? pj_hex(b, "gpc") : 0, pj_hex(unit, "gpc")}));
    return &blocks->at[blocks->n - 1];
}

static void collect(Golden *g, const json_t *doc) {
    size_t i, k;
    json_t *u, *h;
    json_array_foreach(json_object_get(doc, "units"), i, u) {
        uint32_t from = g->blocks.n;
        json_array_foreach(json_object_get(u, "host"), k, h) {
            if (!counts(h)) continue;
            Block *b = block_of(&g->blocks, u, from, number_of(h, "block"));
            b->executed += number_of(h, "hits"), b->hits = fmax(b->hits, number_of(h, "hits"));
            g->total += number_of(h, "hits");
        }
    }
}

static int hottest_first(const void *a, const void *b) {
    const Block *x = a, *y = b;
    if (x->executed != y->executed) return x->executed > y->executed ? -1 : 1;
    double p = number_of(x->unit, "unit"), q = number_of(y->unit, "unit");
    return p != q ? (p < q ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static int by_address(const void *a, const void *b) {
    const Block *x = a, *y = b;
    if (x->gpc != y->gpc) return x->gpc < y->gpc ? -1 : 1;
    if (x->unit_gpc != y->unit_gpc) return x->unit_gpc < y->unit_gpc ? -1 : 1;
    return hottest_first(a, b);
}

// ---- names
static void place(const Golden *g, uint64_t at_gpc, char out[TEXT]) {
    SymbolAt at = symbols_at(g->symbols, at_gpc);
    if (at.name && at.offset)
        snprintf(out, TEXT, "%.100s+0x%llx", at.name, (unsigned long long)at.offset);
    else if (at.name)
        snprintf(out, TEXT, "%.100s", at.name);
    else
        snprintf(out, TEXT, "0x%llx", (unsigned long long)at_gpc);
}

// Where a jump inside of the unit goes: to what is out of line, to the next lines of the same block, or to another block.
static void goal(const Golden *g, const Block *b, long offset, char out[TEXT]) {
    const json_t *h, *hosts = json_object_get(b->unit, "host");
    char name[TEXT];
    snprintf(out, TEXT, "(cold)");
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        h = json_array_get(hosts, i);
        if ((long)number_of(h, "at") != offset) continue;
        const json_t *to = guest_block(b->unit, number_of(h, "block"));
        if (number_of(h, "hits") < COLD * b->hits || !to) return;
        bool same = number_of(h, "block") == b->id;
        place(g, pj_hex(to, "gpc"), name);
        snprintf(out, TEXT, same ? "(here)" : "(%.150s)", name);
        return;
    }
}

// ".3726" becomes the goal's name, 0x00007EFD135E3040, an address of the process, becomes ADDRESS.
static void plain_text(const Golden *g, const Block *b, const char *text, char out[TEXT]) {
    size_t n = 0;
    const char *begin = text;
    while (*text && n < TEXT - 20) {
        size_t digits = strncmp(text, "0x", 2) ? 0 : strspn(text + 2, "0123456789ABCDEFabcdef");
        if (*text == '.' && text > begin && text[-1] == ' ') {
            char name[TEXT];
            goal(g, b, strtol(text + 1, NULL, 10), name);
            snprintf(out + n, TEXT - n, "%s", name);
            return;
        }
        if (digits >= 11 && strtoull(text, NULL, 16) >> 40) {
            n += (size_t)snprintf(out + n, TEXT - n, "ADDRESS");
            text += 2 + digits;
        } else {
            out[n++] = *text++;
        }
    }
    out[n] = 0;
}

// Two digits are enough to read, and stay when a unit is made a little earlier: 174737 -> "170k"
static void round_count(double v, char out[24]) {
    double unit = pow(10, floor(log10(fmax(v, 1))) - 1);
    v = unit > 1 ? round(v / unit) * unit : v;
    if (v >= 1e6)
        snprintf(out, 24, "%gM", v / 1e6);
    else if (v >= 1e3)
        snprintf(out, 24, "%gk", v / 1e3);
    else
        snprintf(out, 24, "%g", v);
}

// ---- text
static void add_block(ReportText *out, const Golden *g, const Block *b) {
    char name[TEXT], unit[TEXT], times[24];
    const json_t *h, *hosts = json_object_get(b->unit, "host");
    double share = 100 * b->executed / g->total;
    place(g, b->gpc, name), place(g, b->unit_gpc, unit), round_count(b->hits, times);
    rt_add(out, "\n## %s (0x%llx)", name, (unsigned long long)b->gpc);
    if (strcmp(json_text(b->unit, "tier", ""), "block"))
        rt_add(out, ", %s of %s (0x%llx)", json_text(b->unit, "tier", "?"), unit, (unsigned long long)b->unit_gpc);
    rt_add(out, ": %s%.0f %%, %s times\n", share < 0.5 ? "under " : "", fmax(share, 1), times);
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        h = json_array_get(hosts, i);
        double part = number_of(h, "hits") / b->hits;
        char text[TEXT], shown[16] = "";
        if (!counts(h) || number_of(h, "block") != b->id || part < COLD) continue;
        plain_text(g, b, json_text(h, "text", ""), text);
        if (part < 0.995) snprintf(shown, sizeof shown, "%.2f", part);
        rt_add(out, "%4s  %-44s %s\n", shown, text, json_text(h, "why", ""));
    }
}

static double guest_instructions(const json_t *doc) {
    double n = 0;
    size_t i;
    json_t *u;
    json_array_foreach(json_object_get(doc, "units"), i, u) n += number_of(u, "guest_instructions");
    return n;
}

void golden_text(ReportText *out, const json_t *doc, const Symbols *symbols, const char *program, const char *guest) {
    Golden g = {.symbols = symbols};
    collect(&g, doc);
    if (g.blocks.n) qsort(g.blocks.at, g.blocks.n, sizeof *g.blocks.at, hottest_first);
    uint32_t shown = 0;
    while (shown < g.blocks.n && g.sum < GOLDEN_SHARE * g.total) g.sum += g.blocks.at[shown++].executed;
    if (shown) qsort(g.blocks.at, shown, sizeof *g.blocks.at, by_address);
    rt_add(
        out,
        "# %s, %s; ELF %.12s; everything on, --host-isa=%s\n"
        "# %.4f host instructions for each guest instruction, in units\n"
        "# The blocks that make %.0f %% of them, by guest address; what runs in under 1 %% of a block's executions is left out. The\n"
        "# number before a line: in which part of them it runs, where not in all. Written by `make golden`.\n",
        program, guest, json_text(json_object_get(doc, "elf"), "sha256", "?"), GOLDEN_ISA,
        g.total / fmax(guest_instructions(doc), 1), 100 * GOLDEN_SHARE);
    for (uint32_t i = 0; i < shown; i++) add_block(out, &g, &g.blocks.at[i]);
    vec_free(&g.blocks);
}

// ---- what differs
// The key of a block is its header up to the share; a block that is there twice is matched in order. A share moves with every
// other block and is no difference: what is compared begins with the number of times.
typedef struct Piece {
    const char *at, *compared;
    size_t key, n; // lengths: of the key, of what is compared
    bool taken;
} Piece;
typedef VEC(Piece) Pieces;

static Pieces pieces_of(const char *text) {
    Pieces list = {0};
    for (const char *at = strstr(text, "\n## "); at;) {
        const char *next = strstr(at + 1, "\n## "), *line = at + 1, *end = line + strcspn(line, "\n");
        const char *share = memmem(line, (size_t)(end - line), "): ", 3), *times = strstr(line, " %, ");
        Piece p = {.at = line, .key = (size_t)((share ? share : end) - line)};
        p.compared = times && times < end ? times : end;
        p.n = next ? (size_t)(next - p.compared) : strlen(p.compared);
        vec_push(&list, p);
        at = next;
    }
    return list;
}

static Piece *find(Pieces *list, const Piece *p) {
    for (uint32_t i = 0; i < list->n; i++) {
        Piece *q = &list->at[i];
        if (!q->taken && q->key == p->key && !memcmp(q->at, p->at, p->key)) return q;
    }
    return NULL;
}

static void ratio_of(const char *text, char out[32]) {
    const char *line = strstr(text, "\n# ");
    size_t n = line ? strcspn(line + 3, " \n") : 0;
    snprintf(out, 32, "%.*s", (int)(n < 31 ? n : 31), line ? line + 3 : "");
}

GoldenDiff golden_compare(const char *before, const char *now) {
    GoldenDiff d = {0};
    Pieces old = pieces_of(before), new = pieces_of(now);
    ratio_of(before, d.before), ratio_of(now, d.after);
    d.blocks = new.n;
    for (uint32_t i = 0; i < new.n; i++) {
        const Piece *p = &new.at[i];
        Piece *q = find(&old, p);
        if (q) q->taken = true;
        bool same = q && q->n == p->n && !memcmp(q->compared, p->compared, p->n);
        d.fresh += !q, d.changed += q && !same;
        if (!same && !*d.first) snprintf(d.first, sizeof d.first, "%.*s)", (int)p->key - 3, p->at + 3);
    }
    for (uint32_t i = 0; i < old.n; i++) d.gone += !old.at[i].taken;
    vec_free(&old);
    vec_free(&new);
    return d;
}
