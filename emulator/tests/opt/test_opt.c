// Oracle: golden text. Each case of *.txt beside this file is IR before and after one pass; the text after
// was reviewed by hand. NJ_GOLDEN=update in the environment writes what the passes do now into the files, to
// be reviewed with git diff.
//
// A case:   === name / pass NAME / IR / --- / IR
// Slots x0..x7 are I64, w0..w3 I32, d0..d3 F64; helpers are touch (sees slots), pure, and raise (pure, may raise).
#include "opt/opt.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const IrSlot slots[] = {{"x0", IR_I64}, {"x1", IR_I64}, {"x2", IR_I64}, {"x3", IR_I64},
                               {"x4", IR_I64}, {"x5", IR_I64}, {"x6", IR_I64}, {"x7", IR_I64},
                               {"w0", IR_I32}, {"w1", IR_I32}, {"w2", IR_I32}, {"w3", IR_I32},
                               {"d0", IR_F64}, {"d1", IR_F64}, {"d2", IR_F64}, {"d3", IR_F64}};
static const IrHelper touch = {"touch", NULL, 0, 0}, pure = {"pure", NULL, IR_HELPER_PURE, 0},
                      raise_helper = {"raise", NULL, IR_HELPER_PURE | IR_HELPER_RAISES, 0};
static const IrHelper *const helpers[] = {&touch, &pure, &raise_helper, NULL};

static char *golden_path(const char *name) {
    const char *slash = strrchr(__FILE__, '/');
    char *path = NULL;
    if (asprintf(&path, "%.*s/%s.txt", slash ? (int)(slash - __FILE__) : 1, slash ? __FILE__ : ".", name) < 0) abort();
    return path;
}

static char *read_file(const char *path) {
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (!f) fail_msg("%s: cannot open; run from the top folder", path);
    if (getdelim(&text, &size, '\0', f) < 0) fail_msg("%s: empty", path);
    fclose(f);
    return text;
}

// Cuts `*text` after the line `end` (or at the end of the text) and returns what stood before that line.
static char *cut(char **text, const char *end) {
    char *part = *text, *p = part;
    size_t n = strlen(end);
    for (;;) {
        if (!strncmp(p, end, n)) {
            *text = p;
            return strndup(part, (size_t)(p - part));
        }
        char *newline = strchr(p, '\n');
        if (!newline) break;
        p = newline + 1;
    }
    *text = part + strlen(part);
    return strdup(part);
}

static char *skip_line(char *text, char *line, size_t size) {
    size_t n = strcspn(text, "\n");
    snprintf(line, size, "%.*s", (int)n, text);
    return text + n + (text[n] == '\n');
}

static void run_fence(IrUnit *u) {
    opt_fence(u, &(OptFence){0, 1ull << 31, 1ull << 40, 1ull << 40, true, false, true, NULL, 0});
}

static void run_narrow(IrUnit *u) { opt_narrow(u, &(OptLoose){{0}}); }
static void run_nans(IrUnit *u) { opt_nans(u, &(OptLoose){{0}}); }

static void run_rounds(IrUnit *u) {
    for (uint32_t b = 1; b < u->blocks.n; b++) u->blocks.at[b].seen = 100;
    opt_rounds(u);
}

static const OptPass *find_pass(const char *name) {
    static const OptPass apart[] = {{"fence", FEATURE_bounds, run_fence}, {"late", FEATURE_late, opt_late},
                                    {"known", FEATURE_known, opt_known},  {"narrow", FEATURE_narrow, run_narrow},
                                    {"nans", FEATURE_nans, run_nans},     {"probes", FEATURE_bounds, opt_probes},
                                    {"step", FEATURE_step, opt_step},     {"rounds", FEATURE_rounds, run_rounds}};
    for (size_t i = 0; i < ARRAY_LEN(apart); i++)
        if (!strcmp(name, apart[i].name)) return &apart[i];
    for (const OptPass *p = opt_passes; p->name; p++)
        if (!strcmp(p->name, name)) return p;
    fail_msg("no pass '%s'", name);
    return NULL;
}

// Runs one case, writes it with its present outcome to `out`, and says whether that is what was expected.
static bool run_case(IrUnit *u, char **text, FILE *out) {
    char title[200], pass[64];
    Err err;
    *text = skip_line(*text, title, sizeof title);
    *text = skip_line(*text, pass, sizeof pass);
    char *before = cut(text, "---"), line[8];
    *text = skip_line(*text, line, sizeof line);
    char *after = cut(text, "==="), *got = NULL;
    size_t size = 0;
    if (strncmp(pass, "pass ", 5)) fail_msg("%s: second line must be 'pass NAME'", title);
    if (!ir_parse_with(u, before, helpers, &err) || !ir_verify(u, &err)) fail_msg("%s: before: %s", title, err.text);
    find_pass(pass + 5)->run(u);
    FILE *f = open_memstream(&got, &size);
    ir_print(f, u);
    fclose(f);
    if (!ir_verify(u, &err)) fail_msg("%s: after: %s\n%s", title, err.text, got);
    fprintf(out, "%s\n%s\n%s---\n%s\n", title, pass, before, got);
    // The file has an empty line between cases.
    bool same = !strncmp(after, got, size) && !after[size + strspn(after + size, "\n")];
    if (!same) print_error("%s\n--- expected\n%s--- got\n%s", title, after, got);
    free(before);
    free(after);
    free(got);
    return same;
}

static void run_golden(const char *name) {
    char *path = golden_path(name), *text = read_file(path), *now = NULL, *p = text;
    size_t size = 0;
    unsigned wrong = 0, n = 0;
    IrUnit u;
    FILE *out = open_memstream(&now, &size);
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    char *head = cut(&p, "===");
    fputs(head, out);
    for (; *p; n++) wrong += !run_case(&u, &p, out);
    fclose(out);
    const char *mode = getenv("NJ_GOLDEN");
    if (mode && !strcmp(mode, "update")) {
        FILE *f = fopen(path, "w");
        if (!f) fail_msg("%s: cannot write", path);
        fwrite(now, 1, size, f);
        fclose(f);
    } else if (wrong || !n)
        fail_msg("%s: %u of %u cases differ", path, wrong, n);
    ir_unit_free(&u);
    free(head);
    free(path);
    free(text);
    free(now);
}

static void test_state(void **state) { (void)state, run_golden("state"); }
static void test_fold_int(void **state) { (void)state, run_golden("fold_int"); }
static void test_fold_cmp(void **state) { (void)state, run_golden("fold_cmp"); }
static void test_rotate(void **state) { (void)state, run_golden("rotate"); }
static void test_cse(void **state) { (void)state, run_golden("cse"); }
static void test_float(void **state) { (void)state, run_golden("float"); }
static void test_scale(void **state) { (void)state, run_golden("scale"); }
static void test_widen(void **state) { (void)state, run_golden("widen"); }
static void test_quiet(void **state) { (void)state, run_golden("quiet"); }
static void test_ifconv(void **state) { (void)state, run_golden("ifconv"); }
static void test_bounds(void **state) { (void)state, run_golden("bounds"); }
static void test_fence(void **state) { (void)state, run_golden("fence"); }
static void test_unroll(void **state) { (void)state, run_golden("unroll"); }
static void test_narrow(void **state) { (void)state, run_golden("narrow"); }
static void test_nans(void **state) { (void)state, run_golden("nans"); }
static void test_step(void **state) { (void)state, run_golden("step"); }
static void test_rounds(void **state) { (void)state, run_golden("rounds"); }
static void test_late(void **state) { (void)state, run_golden("late"); }
static void test_known(void **state) { (void)state, run_golden("known"); }
static void test_dce(void **state) { (void)state, run_golden("dce"); }

// Passes run in the order of the table, and only those that are switched on.
static void test_pipeline(void **state) {
    (void)state;
    static const char text[] = "b0: pc 0x1000 bytes 4 guest 1\n"
                               "  v1 = get.i64 x1\n"
                               "  v2 = const.i64 #5\n"
                               "  v3 = add.i64 v1, v2\n"
                               "  put x1, v3\n"
                               "  jump -> e0\n"
                               "e0: direct pc 0x1004 retired 1\n";
    Features none = {0}, all = {FEATURES_BUILT};
    IrUnit u;
    Err err;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    if (!ir_parse(&u, text, &err)) fail_msg("%s", err.text);
    opt_run(&u, &(OptContext){.features = &none});
    assert_int_equal(u.insns.at[4].op, IR_PUT);
    assert_int_equal(u.insns.at[3].b, 2);
    char *log_text = NULL;
    size_t size = 0;
    Log log = {.mask = LOG_OPT, .out = open_memstream(&log_text, &size)};
    opt_run(&u, &(OptContext){.features = &all, .log = &log});
    fclose(log.out);
    if (feature_info(FEATURE_regcache).built) assert_non_null(strstr(log_text, "after regcache"));
    if (feature_info(FEATURE_fold).built) assert_non_null(strstr(log_text, "v3 = add.i64 v1, #5"));
    assert_null(strstr(log_text, "after cse")); // it changes nothing here
    free(log_text);
    ir_unit_free(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),  cmocka_unit_test(test_fold_int), cmocka_unit_test(test_fold_cmp),
        cmocka_unit_test(test_rotate), cmocka_unit_test(test_cse),      cmocka_unit_test(test_float),
        cmocka_unit_test(test_ifconv), cmocka_unit_test(test_late),     cmocka_unit_test(test_known),
        cmocka_unit_test(test_narrow), cmocka_unit_test(test_nans),     cmocka_unit_test(test_unroll),
        cmocka_unit_test(test_step),   cmocka_unit_test(test_scale),    cmocka_unit_test(test_widen),
        cmocka_unit_test(test_quiet),  cmocka_unit_test(test_dce),      cmocka_unit_test(test_fence),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_rounds),   cmocka_unit_test(test_pipeline)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
