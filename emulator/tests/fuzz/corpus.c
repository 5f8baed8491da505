// Runs targets without libFuzzer: what `make test` does, in every mode. The mutator is blind; libFuzzer finds what is new.
//
//   seed 7f454c46...   ->   7f454c47...  7f45ffff4c46...  7f45   one to eight changes: bits, bytes, numbers, pieces of other inputs
//
// An input that fails is kept as a file, whose name and target are printed.
#include "base/err.h"
#include "tests/fuzz/target.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHANGES = 8, DEFAULT_RUNS = 300 };

typedef VEC(Bytes) Corpus;

// What a handler of signals does: it can be told in no other way, and may call little.
static struct {
    const uint8_t *data;
    size_t n;
    char path[48], text[160];
} current;

static void keep(int number) {
    (void)number;
    int fd = open(current.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool kept = fd >= 0 && write(fd, current.data, current.n) == (ssize_t)current.n;
    _exit(kept && write(STDERR_FILENO, current.text, strlen(current.text)) > 0 ? 1 : 2);
}

// The sanitizer asks for this by name: its reports then end in SIGABRT, which keeps the input.
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier): the name is the sanitizer's
const char *__asan_default_options(void) { return "abort_on_error=1"; }

static void run(const FuzzTarget *t, const Bytes *input) {
    uint8_t *exact = malloc(input->n ? input->n : 1); // a sanitizer then sees what is read behind it
    BUG_IF(!exact, "no memory for an input");
    if (input->n) memcpy(exact, input->at, input->n);
    current.data = exact, current.n = input->n;
    snprintf(current.path, sizeof current.path, "/tmp/nightjar-fuzz-%d", (int)getpid());
    snprintf(current.text, sizeof current.text, "the input is %s: --file %s %s\n", current.path, t->name, current.path);
    t->run(exact, input->n);
    free(exact);
}

// ---- corpora
static int digit(char c) {
    const char *all = "0123456789abcdef", *at = c ? strchr(all, c) : NULL;
    return at ? (int)(at - all) : -1;
}

static void read_lines(Corpus *c, const char *path) {
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    BUG_IF(!f && errno != ENOENT, "%s: cannot be read: %s", path, strerror(errno));
    for (unsigned number = 1; f && getline(&line, &room, f) >= 0; number++) {
        Bytes b = {0};
        const char *at = line;
        for (; digit(at[0]) >= 0 && digit(at[1]) >= 0; at += 2)
            bytes_put(&b, (uint64_t)(digit(at[0]) << 4 | digit(at[1])), 1);
        BUG_IF(!strchr("\n# ", *at), "%s:%u: an input is hexadecimal digits", path, number);
        if (at == line)
            vec_free(&b);
        else
            vec_push(c, b);
    }
    free(line);
    if (f) fclose(f);
}

static Corpus corpus_of(const FuzzTarget *t, const char *folder) {
    Corpus c = {0};
    char path[300];
    for (unsigned i = 0;; i++) {
        Bytes b = {0};
        bool more = t->seed && t->seed(i, &b);
        if (!more) vec_free(&b);
        if (!more) break;
        vec_push(&c, b);
    }
    snprintf(path, sizeof path, "%s/%s.txt", folder, t->name);
    read_lines(&c, path);
    return c;
}

static void corpus_free(Corpus *c) {
    for (uint32_t i = 0; i < c->n; i++) vec_free(&c->at[i]);
    vec_free(c);
}

// ---- changes
static void cut(Bytes *b, size_t at, size_t n) {
    memmove(b->at + at, b->at + at + n, b->n - at - n);
    b->n -= (uint32_t)n;
}

static void insert(Bytes *b, size_t at, const uint8_t *from, size_t n) {
    for (size_t i = 0; i < n; i++) vec_push(b, 0);
    memmove(b->at + at + n, b->at + at, b->n - n - at);
    memcpy(b->at + at, from, n);
}

static void put_number(Bytes *b, size_t at, FuzzRandom *r) {
    static const uint64_t values[] = {0,      1,       2,          8,          0x40,       0x7f,       0x80,      0xff,
                                      0x1000, 0x7fff,  0x8000,     0xffff,     0x7fffffff, 0x80000000, ~0u,       ~0ull,
                                      ~7ull,  1 << 20, 0x80001000, 1ull << 32, 1ull << 40, 1ull << 63, ~0ull >> 1};
    unsigned width = 1u << fuzz_random(r, 4);
    uint64_t v = values[fuzz_random(r, ARRAY_LEN(values))] + (fuzz_random(r, 3) ? 0 : fuzz_random(r, 5) - 2);
    for (unsigned i = 0; i < width && at + i < b->n; i++) b->at[at + i] = (uint8_t)(v >> 8 * i);
}

static void change(Bytes *b, const Corpus *all, FuzzRandom *r, size_t max) {
    uint8_t some[16];
    size_t at = b->n ? fuzz_random(r, b->n) : 0, n = b->n ? 1 + fuzz_random(r, b->n - at) : 0;
    for (unsigned i = 0; i < sizeof some; i++) some[i] = (uint8_t)fuzz_random(r, 256);
    unsigned kind = (unsigned)fuzz_random(r, 12);
    if (!b->n) kind = 11;
    switch (kind) {
    case 0:
    case 1:
    case 2: b->at[at] ^= (uint8_t)(1u << fuzz_random(r, 8)); break;
    case 3:
    case 4: b->at[at] = some[0]; break;
    case 5:
    case 6:
    case 7: put_number(b, at, r); break;
    case 8: cut(b, at, fuzz_random(r, 4) && n > 8 ? 1 + fuzz_random(r, 8) : n); break;
    case 9: memmove(b->at + fuzz_random(r, b->n - n + 1), b->at + at, n); break;
    case 10: { // a piece of another one
        const Bytes *other = &all->at[fuzz_random(r, all->n)];
        size_t from = other->n ? fuzz_random(r, other->n) : 0;
        if (other != b && other->n) insert(b, at, other->at + from, 1 + fuzz_random(r, other->n - from));
        break;
    }
    default: insert(b, at, some, 1 + fuzz_random(r, sizeof some)); break;
    }
    if (b->n > max) b->n = (uint32_t)max;
}

static void run_changes(const FuzzTarget *t, const Corpus *c, uint64_t runs, uint64_t seed) {
    Bytes b = {0};
    for (uint64_t i = 0; i < runs && c->n; i++) {
        FuzzRandom r = {seed + i};
        const Bytes *from = &c->at[fuzz_random(&r, c->n)];
        b.n = 0;
        bytes_add(&b, from->at, from->n);
        for (uint64_t k = 1 + fuzz_random(&r, CHANGES); k; k--) change(&b, c, &r, t->max);
        run(t, &b);
    }
    vec_free(&b);
}

// ---- commands
static const FuzzTarget *target_named(const char *name) {
    for (const FuzzTarget *t = fuzz_targets; t->name; t++)
        if (!strcmp(t->name, name)) return t;
    fprintf(stderr, "there is no target '%s'; there are", name);
    for (const FuzzTarget *t = fuzz_targets; t->name; t++) fprintf(stderr, " %s", t->name);
    fprintf(stderr, "\n");
    exit(64);
}

static void whole_file(const char *path, Bytes *out) {
    uint8_t some[4096];
    FILE *f = fopen(path, "r");
    BUG_IF(!f, "%s: cannot be read: %s", path, strerror(errno));
    for (size_t n; (n = fread(some, 1, sizeof some, f)) > 0;) bytes_add(out, some, n);
    fclose(f);
}

static int write_seeds(const FuzzTarget *t, const char *folder, const char *into) {
    Corpus c = corpus_of(t, folder);
    char path[400];
    bool ok = !mkdir(into, 0777) || errno == EEXIST;
    for (uint32_t i = 0; i < c.n && ok; i++) {
        snprintf(path, sizeof path, "%s/seed-%03u", into, i);
        FILE *f = fopen(path, "w");
        ok = f && (!c.at[i].n || fwrite(c.at[i].at, c.at[i].n, 1, f) == 1);
        if (f) ok = !fclose(f) && ok;
    }
    if (!ok) fprintf(stderr, "%s: cannot be written: %s\n", into, strerror(errno));
    corpus_free(&c);
    return !ok;
}

static int print_lines(char **paths) {
    for (; *paths; paths++) {
        Bytes b = {0};
        whole_file(*paths, &b);
        for (uint32_t i = 0; i < b.n; i++) printf("%02x", b.at[i]);
        if (b.n) printf("\n");
        vec_free(&b);
    }
    return 0;
}

static int run_files(const FuzzTarget *t, char **paths) {
    for (; *paths; paths++) {
        Bytes b = {0};
        whole_file(*paths, &b);
        run(t, &b);
        vec_free(&b);
    }
    return 0;
}

static void run_target(const FuzzTarget *t, const char *folder, uint64_t runs, uint64_t seed) {
    Corpus c = corpus_of(t, folder);
    for (uint32_t i = 0; i < c.n; i++) run(t, &c.at[i]);
    run_changes(t, &c, runs, seed);
    printf("%s: %u inputs, %" PRIu64 " changed ones from seed %" PRIu64 "\n", t->name, c.n, runs, seed);
    fflush(stdout);
    corpus_free(&c);
}

int corpus_main(int argc, char **argv, const char *folder) {
    static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM};
    for (unsigned i = 0; i < ARRAY_LEN(deadly); i++) signal(deadly[i], keep);
    const char *how = argc > 1 ? argv[1] : "";
    if (!strcmp(how, "--list"))
        for (const FuzzTarget *t = fuzz_targets; t->name; t++) printf("%s\n", t->name);
    else if (!strcmp(how, "--seeds") && argc == 4)
        return write_seeds(target_named(argv[2]), folder, argv[3]);
    else if (!strcmp(how, "--lines"))
        return print_lines(argv + 2);
    else if (!strcmp(how, "--file") && argc > 3)
        return run_files(target_named(argv[2]), argv + 3);
    else if (*how == '-')
        return fprintf(
                   stderr,
                   "usage: %s [NAME [RUNS [SEED]] | --list | --seeds NAME DIR | --lines FILE... | --file NAME FILE...]\n",
                   argv[0]),
               64;
    else if (*how)
        run_target(target_named(how), folder, argc > 2 ? strtoull(argv[2], NULL, 0) : DEFAULT_RUNS,
                   argc > 3 ? strtoull(argv[3], NULL, 0) : 1);
    else
        for (const FuzzTarget *t = fuzz_targets; t->name; t++) run_target(t, folder, DEFAULT_RUNS, 1);
    return 0;
}
