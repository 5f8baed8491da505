// Random C programs with what csmith does not make: random_c SEED > program.c
//
//   floating point of both formats, unions, bit-fields, structures by value, 128-bit integers, varargs, setjmp, atomics,
//   switches, computed goto, memcpy and memset, loops that run dry.
//
// The program prints a line after each call from main() and the check sum of all it has. It means the same wherever int has 32 and
// long 64 bits, with -fwrapv -ffp-contract=off: there is no undefined behaviour, no order of evaluation, no NaN's sign in it.
// One statement is one line, and what belongs together is in braces on lines of their own, so that lines can be left out.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum Type { I8, U8, I16, U16, I32, U32, I64, U64, I128, U128, F32, F64, TYPES } Type;
enum { FUNCTIONS = 6, LOCALS = 8, ARRAY = 8, DEPTH = 4, NESTING = 3 };

static const char *const names[TYPES] = {"signed char", "unsigned char",     "short", "unsigned short",
                                         "int",         "unsigned",          "long",  "unsigned long",
                                         "__int128",    "unsigned __int128", "float", "double"};
static const unsigned bits[TYPES] = {8, 8, 16, 16, 32, 32, 64, 64, 128, 128, 0, 0};

typedef struct Maker {
    uint64_t random;
    unsigned indent, nesting;
    unsigned function;  // that is being written; functions below it may be called
    Type local[LOCALS]; // of its locals, the first three are parameters
    Type result[FUNCTIONS], parameter[FUNCTIONS][3];
    unsigned labels, jumps; // made so far; depth of setjmp
} Maker;

static uint64_t next(Maker *m) { // splitmix64
    uint64_t z = (m->random += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
static unsigned below(Maker *m, unsigned n) { return (unsigned)(next(m) % n); }
static int is_float(Type t) { return t >= F32; }
static int is_signed(Type t) { return !(t & 1); }
static Type any_type(Maker *m) { return (Type)below(m, TYPES); }
static Type int_type(Maker *m) { return (Type)below(m, F32); }

__attribute__((format(printf, 2, 3))) static void line(const Maker *m, const char *form, ...) {
    va_list args;
    va_start(args, form);
    printf("%*s", (int)(4 * m->indent), "");
    vprintf(form, args);
    va_end(args);
    printf("\n");
}
static void begin(const Maker *m) { printf("%*s", (int)(4 * m->indent), ""); }

// ---- expressions: without side effects, each of its type
static void expr(Maker *m, Type t, unsigned depth);

static void constant(Maker *m, Type t) {
    static const double some[] = {0, 1, -1, 0.5, 3, 1e10, -1e-10, 16777217, 1e300, 1e-300, 9007199254740993.0, 0.1};
    uint64_t v = next(m) >> below(m, 64);
    if (below(m, 3) == 0) v = (uint64_t)1 << below(m, 64);
    if (below(m, 3) == 0) v -= 1;
    if (is_float(t))
        printf("(%s)%a", names[t],
               below(m, 2) ? some[below(m, 12)] : (double)(int64_t)next(m) / (double)(1 + below(m, 1000)));
    else if (bits[t] == 128)
        printf("((%s)0x%llxull << %u ^ 0x%llxull)", names[t], (unsigned long long)v, below(m, 64),
               (unsigned long long)next(m));
    else
        printf("(%s)0x%llxull", names[t], (unsigned long long)v);
}

static void place(Maker *m, Type t) { // something that can be assigned to
    unsigned kind = below(m, 4);
    for (unsigned tries = 0; kind < 2 && tries < LOCALS; tries++) {
        unsigned i = below(m, LOCALS);
        if (m->local[i] != t) continue;
        printf("l%u", i);
        return;
    }
    if (kind == 3)
        printf("a%d[%u]", t, below(m, ARRAY));
    else
        printf("g%d", t);
}

static void indexed(Maker *m, Type t) {
    printf("a%d[(unsigned)", t);
    expr(m, U32, DEPTH);
    printf(" %% %u]", (unsigned)ARRAY);
}

static void int_leaf(Maker *m, Type t) { // of other shape than a variable
    static const char *const parts[] = {"b.s3",    "b.u5",   "b.s17",  "b.u33",  "b.s60", "b.flag",
                                        "u.w[0]",  "u.w[1]", "u.h[3]", "u.c[5]", "u.q",   "u.f.high",
                                        "u.f.low", "s.x",    "s.y",    "s.in.z"};
    printf("(%s)%s", names[t], parts[below(m, 16)]);
}

static void float_leaf(Maker *m, Type t) {
    static const char *const parts[] = {"s.d", "s.in.e", "nn(u.d)", "nn(u.e[0])", "nn(u.e[1])"};
    printf("(%s)%s", names[t], parts[below(m, 5)]);
}

static void leaf(Maker *m, Type t) {
    switch (below(m, 6)) {
    case 0:
    case 1: constant(m, t); break;
    case 2:
        if (is_float(t))
            float_leaf(m, t);
        else
            int_leaf(m, t);
        break;
    default: place(m, t); break;
    }
}

static void binary(Maker *m, Type t, const char *before, const char *between, const char *after, unsigned depth) {
    printf("%s", before);
    expr(m, t, depth + 1);
    printf("%s", between);
    expr(m, t, depth + 1);
    printf("%s", after);
}

static void float_expr(Maker *m, Type t, unsigned depth) {
    static const char *const ops[] = {" + ", " - ", " * ", " / "};
    static const char *const calls[] = {"__builtin_sqrt", "__builtin_fabs", "__builtin_floor",
                                        "__builtin_ceil", "toward_zero",    "__builtin_rint"};
    unsigned kind = below(m, 12);
    printf("(%s)(", names[t]);
    if (kind < 6) {
        binary(m, t, "", ops[below(m, 4)], "", depth);
    } else if (kind < 8) {
        Type from = int_type(m);
        expr(m, from, depth + 1);
    } else if (kind == 8) {
        printf("%s%s(", calls[below(m, 6)], t == F32 ? "f" : "");
        expr(m, t, depth + 1);
        printf(")");
    } else if (kind == 9) {
        binary(m, t, t == F32 ? "__builtin_fmaf(" : "__builtin_fma(", ", ", ", ", depth);
        expr(m, t, depth + 1);
        printf(")");
    } else if (kind == 10) {
        binary(m, t, t == F32 ? "__builtin_copysignf(" : "__builtin_copysign(", ", (float)nn(", "))", depth);
    } else {
        expr(m, t == F32 ? F64 : F32, depth + 1);
    }
    printf(")");
}

static void condition(Maker *m, unsigned depth) {
    static const char *const ops[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
    binary(m, any_type(m), "(", ops[below(m, 6)], ")", depth);
}

static void int_expr(Maker *m, Type t, unsigned depth) {
    static const char *const ops[] = {" + ", " - ", " * ", " & ", " | ", " ^ "};
    static const char *const counts[] = {"__builtin_clzl(1 | (unsigned long)",
                                         "__builtin_ctzl(1ul << 63 | (unsigned long)",
                                         "__builtin_popcountl((unsigned long)", "__builtin_bswap64((unsigned long)"};
    unsigned kind = below(m, 16);
    printf("(%s)(", names[t]);
    if (kind < 6) {
        binary(m, t, "", ops[below(m, 6)], "", depth);
    } else if (kind == 6) {
        printf("%s(%s, ", is_signed(t) ? "SDIV" : "UDIV", names[t]);
        binary(m, t, "", ", ", below(m, 2) ? ", /)" : ", %)", depth);
    } else if (kind < 9) {
        expr(m, t, depth + 1);
        printf(below(m, 2) ? " << (" : " >> (");
        expr(m, U8, depth + 1);
        printf(" & %u)", bits[t] < 32 ? bits[t] - 1 : bits[t] - 1);
    } else if (kind == 9) {
        condition(m, depth);
    } else if (kind < 12) {
        expr(m, int_type(m), depth + 1);
    } else if (kind == 12) {
        printf("f2i((double)");
        expr(m, below(m, 2) ? F32 : F64, depth + 1);
        printf(")");
    } else if (kind == 13) {
        printf("%s", counts[below(m, 4)]);
        expr(m, U64, depth + 1);
        printf(")");
    } else {
        printf(below(m, 2) ? "~" : "-");
        expr(m, t, depth + 1);
    }
    printf(")");
}

static void expr(Maker *m, Type t, unsigned depth) {
    if (depth >= DEPTH || below(m, 4) == 0) {
        if (depth < DEPTH && below(m, 6) == 0)
            indexed(m, t);
        else
            leaf(m, t);
    } else if (below(m, 12) == 0) {
        printf("(");
        condition(m, depth + 1);
        printf(" ? ");
        binary(m, t, "", " : ", ")", depth + 1);
    } else if (is_float(t)) {
        float_expr(m, t, depth);
    } else {
        int_expr(m, t, depth);
    }
}

// ---- statements
static void statements(Maker *m, unsigned n);

static void assign(Maker *m) {
    static const char *const ints[] = {"b.s3",   "b.u5", "b.s17",    "b.u33",   "b.s60", "b.flag", "u.w[0]", "u.h[3]",
                                       "u.c[5]", "u.q",  "u.f.high", "u.f.low", "s.x",   "s.y",    "s.in.z"};
    Type t = any_type(m);
    unsigned kind = below(m, 8);
    begin(m);
    if (kind == 0) {
        printf("%s = ", ints[below(m, 15)]);
        expr(m, I64, 0);
    } else if (kind == 1) {
        static const char *const floats[] = {"s.d = nn(", "u.d = nn(", "u.e[1] = (float)nn(", "s.in.e = (float)nn("};
        printf("%s", floats[below(m, 4)]);
        expr(m, F64, 0);
        printf(")");
    } else if (kind == 2) {
        static const char *const ops[] = {"+", "-", "^", "|", "&", "*"};
        t = int_type(m);
        place(m, t);
        printf(" %s= ", ops[below(m, 6)]);
        expr(m, t, 1);
    } else {
        if (kind == 3)
            indexed(m, t);
        else
            place(m, t);
        printf(" = ");
        expr(m, t, 0);
    }
    printf(";\n");
}

static void open(Maker *m) { printf(" {\n"), m->indent++, m->nesting++; }
static void shut(Maker *m, const char *after) { m->indent--, m->nesting--, line(m, "}%s", after); }

static void branch(Maker *m) {
    begin(m);
    printf("if ");
    condition(m, 0);
    open(m);
    statements(m, 1 + below(m, 3));
    shut(m, "");
}

static void loop(Maker *m) {
    begin(m);
    printf("for (unsigned i%u = 0; i%u < %u && fuel-- > 0; i%u++)", m->nesting, m->nesting, 1 + below(m, 12),
           m->nesting);
    open(m);
    statements(m, 1 + below(m, 4));
    if (below(m, 4) == 0) {
        begin(m), printf("if "), condition(m, 1), printf(below(m, 2) ? " break;\n" : " continue;\n");
    }
    shut(m, "");
}

static void choice(Maker *m) {
    begin(m);
    printf("switch (");
    expr(m, U32, 1);
    unsigned n = 2 + below(m, 9);
    printf(" %% %u)", n);
    open(m);
    for (unsigned k = 0; k < n; k++) {
        line(m, "case %u:;", k);
        statements(m, 1);
        if (below(m, 4)) line(m, "break;");
    }
    shut(m, "");
}

// Only globals are looked at after the jump: locals that changed have no value then.
static void leap(Maker *m) {
    unsigned depth = m->jumps++;
    if (depth >= NESTING || m->function == 0) {
        m->jumps--;
        assign(m);
        return;
    }
    line(m, "if (!setjmp(jumps[%u]))", m->function * NESTING + depth);
    line(m, "{");
    m->indent++, m->nesting++;
    begin(m), printf("g4 ^= "), expr(m, I32, 2), printf(";\n");
    begin(m), printf("if "), condition(m, 1),
        printf(" throw(%u, %u);\n", m->function * NESTING + depth, 1 + below(m, 9));
    begin(m), printf("a6[%u] += g4;\n", below(m, ARRAY));
    shut(m, "");
    begin(m), printf("l_volatile = g4 + %u;\n", below(m, 100));
    m->jumps--;
}

static void atomic(Maker *m) {
    static const char *const orders[] = {"__ATOMIC_RELAXED", "__ATOMIC_ACQUIRE", "__ATOMIC_RELEASE", "__ATOMIC_ACQ_REL",
                                         "__ATOMIC_SEQ_CST"};
    static const char *const ops[] = {"fetch_add", "fetch_sub",  "fetch_and", "fetch_or",
                                      "fetch_xor", "exchange_n", "add_fetch", "xor_fetch"};
    Type t = (Type)(I32 + below(m, 4));
    unsigned order = below(m, 5);
    begin(m);
    if (below(m, 4)) {
        printf("g%d = __atomic_%s(&a%d[%u], ", t, ops[below(m, 8)], t, below(m, ARRAY));
        expr(m, t, 1);
        printf(", %s);\n", orders[order]);
    } else {
        printf("g4 += __atomic_compare_exchange_n(&a%d[%u], &g%d, ", t, below(m, ARRAY), t);
        expr(m, t, 1);
        printf(", 0, __ATOMIC_SEQ_CST, %s);\n", orders[order == 2 || order == 3 ? 4 : order]);
    }
}

static void variadic(Maker *m) {
    static const char letters[] = "idlqs";
    static const Type types[] = {I32, F64, I64, I128};
    char form[9];
    unsigned n = 1 + below(m, 8);
    for (unsigned i = 0; i < n; i++) form[i] = letters[below(m, 5)];
    form[n] = 0;
    begin(m);
    printf("g7 ^= various(\"%s\"", form);
    for (unsigned i = 0; i < n; i++) {
        printf(", ");
        if (form[i] == 's')
            printf("s");
        else
            expr(m, types[form[i] == 'i' ? 0 : form[i] == 'd' ? 1 : form[i] == 'l' ? 2 : 3], 2);
    }
    printf(");\n");
}

static void bytes(Maker *m) {
    static const char *const objects[] = {"a0", "a3", "a5", "a7", "a8", "a9"};
    const char *to = objects[below(m, 6)], *from = objects[below(m, 6)];
    unsigned n = 1 + below(m, ARRAY);
    if (below(m, 2))
        line(m, "memset(%s, %u, %u);", to, below(m, 256), n);
    else
        line(m, "memmove(%s, %s, %u);", to, from, n);
}

static void jump_table(Maker *m) {
    unsigned a = m->labels++, b = m->labels++, end = m->labels++;
    begin(m), printf("{\n");
    m->indent++;
    line(m, "static void *const to[] = {&&L%u, &&L%u};", a, b);
    begin(m), printf("goto *to["), expr(m, U8, 2), printf(" & 1];\n");
    line(m, "L%u:;", a);
    assign(m);
    line(m, "goto L%u;", end);
    line(m, "L%u:;", b);
    assign(m);
    line(m, "L%u:;", end);
    shut(m, ""), m->nesting++;
}

static void call(Maker *m) {
    if (m->function == 0) {
        assign(m);
        return;
    }
    unsigned f = below(m, m->function);
    begin(m);
    place(m, m->result[f]);
    printf(" = f%u(", f);
    for (unsigned i = 0; i < 3; i++) expr(m, m->parameter[f][i], 2), printf(", ");
    printf("s);\n");
}

static void statement(Maker *m) {
    unsigned kind = below(m, 24);
    int deep = m->nesting >= NESTING;
    if (kind < 10 || (deep && kind < 18))
        assign(m);
    else if (kind < 12)
        branch(m);
    else if (kind < 14)
        loop(m);
    else if (kind < 15)
        choice(m);
    else if (kind < 16)
        leap(m);
    else if (kind < 17)
        jump_table(m);
    else if (kind < 19)
        call(m);
    else if (kind < 21)
        atomic(m);
    else if (kind < 23)
        variadic(m);
    else
        bytes(m);
}

static void statements(Maker *m, unsigned n) {
    while (n--) statement(m);
}

// ---- the program
static const char prelude[] =
    "#include <setjmp.h>\n#include <stdarg.h>\n#include <stdio.h>\n#include <string.h>\n"
    "#define SDIV(T, a, b, op) ({ T a_ = (a), b_ = (b); b_ == 0 || b_ == -1 ? a_ : (T)(a_ op b_); })\n"
    "#define UDIV(T, a, b, op) ({ T a_ = (a), b_ = (b); b_ == 0 ? a_ : (T)(a_ op b_); })\n"
    "static struct { signed s3 : 3; unsigned u5 : 5; signed s17 : 17; unsigned long u33 : 33; signed long s60 : 60; _Bool flag : 1; } b;\n"
    "static union { double d; float e[2]; unsigned long q; unsigned w[2]; unsigned short h[4]; unsigned char c[8]; struct { unsigned long low : 23, high : 41; } f; } u;\n"
    "typedef struct S { int x; double d; long y; struct { short z; float e; } in; } S;\n"
    "static S s;\nstatic jmp_buf jumps[64];\nstatic long fuel = 20000;\n"
    "static unsigned long sum = 1469598103934665603ul;\n"
    "static double nn(double x) { return x != x ? 1.5 : x; }\n"
    // WHY no trunc(): picolibc 1.8's clears bits of most numbers from 2^32 on (it shifts by the exponent modulo 32): 2 was such a seed.
    "static double toward_zero(double x) { return x < 0 ? __builtin_ceil(x) : __builtin_floor(x); }\n"
    "static float toward_zerof(float x) { return x < 0 ? __builtin_ceilf(x) : __builtin_floorf(x); }\n"
    "static long f2i(double x) { return x != x ? 0 : x > 9e18 ? 1 : x < -9e18 ? -1 : (long)x; }\n"
    "static void add(unsigned long v) { sum = (sum ^ v) * 1099511628211ul; }\n"
    "static void add_float(double x) { unsigned long v; x = nn(x); memcpy(&v, &x, 8); add(v); }\n"
    "static void add_s(S x) { add((unsigned long)x.x), add_float(x.d), add((unsigned long)x.y), add((unsigned long)x.in.z), add_float(x.in.e); }\n"
    "__attribute__((noinline)) static void throw(int which, int value) { longjmp(jumps[which], value); }\n"
    "__attribute__((noinline)) static unsigned long various(const char *form, ...) {\n"
    "    va_list v;\n    unsigned long r = 0;\n    va_start(v, form);\n    for (; *form; form++) {\n        r = r * 31 + 7;\n"
    "        if (*form == 'i') r += (unsigned long)va_arg(v, int);\n        if (*form == 'l') r += (unsigned long)va_arg(v, long);\n"
    "        if (*form == 'd') r += (unsigned long)f2i(va_arg(v, double));\n"
    "        if (*form == 'q') { __int128 x = va_arg(v, __int128); r += (unsigned long)(x >> 64) ^ (unsigned long)x; }\n"
    "        if (*form == 's') { S x = va_arg(v, S); r += (unsigned long)x.y + (unsigned long)x.in.z; }\n    }\n"
    "    va_end(v);\n    return r;\n}\n";

static void globals(Maker *m) {
    for (int t = 0; t < TYPES; t++) {
        printf("static %s g%d = ", names[t], t);
        constant(m, (Type)t);
        printf(", a%d[%u] = {", t, (unsigned)ARRAY);
        for (unsigned i = 0; i < 4; i++) constant(m, (Type)t), printf(", ");
        printf("};\n");
    }
}

static void function(Maker *m, unsigned f) {
    m->function = f;
    m->result[f] = any_type(m);
    for (unsigned i = 0; i < LOCALS; i++) m->local[i] = any_type(m);
    for (unsigned i = 0; i < 3; i++) m->parameter[f][i] = m->local[i];
    printf("\n__attribute__((%s)) static %s f%u(%s l0, %s l1, %s l2, S s) {\n", below(m, 3) ? "noinline" : "unused",
           names[m->result[f]], f, names[m->local[0]], names[m->local[1]], names[m->local[2]]);
    m->indent = 1;
    for (unsigned i = 3; i < LOCALS; i++) {
        begin(m);
        printf("%s l%u = ", names[m->local[i]], i);
        constant(m, m->local[i]);
        printf(";\n");
    }
    line(m, "volatile int l_volatile = 0;");
    statements(m, 5 + below(m, 10));
    line(m, "add_s(s);");
    line(m, "g4 ^= l_volatile;");
    begin(m), printf("return "), expr(m, m->result[f], 1), printf(";\n}\n");
}

static void main_function(Maker *m) {
    printf("\nint main(void) {\n");
    for (unsigned k = 0; k < 2 * FUNCTIONS; k++) {
        unsigned f = k < FUNCTIONS ? k : below(m, FUNCTIONS);
        printf("    %s += f%u(", is_float(m->result[f]) ? "g11" : "g7", f);
        for (unsigned i = 0; i < 3; i++) constant(m, m->parameter[f][i]), printf(", ");
        printf("s);\n    for (unsigned i = 0; i < %u; i++) {\n", (unsigned)ARRAY);
        for (int t = 0; t < TYPES; t++)
            if (is_float((Type)t))
                printf("        add_float(a%d[i]);\n", t);
            else
                printf("        add((unsigned long)a%d[i])%s;\n", t,
                       bits[t] == 128 ? ", add((unsigned long)(a8[i] >> 64) ^ (unsigned long)(a9[i] >> 64))" : "");
        printf("    }\n");
        for (int t = 0; t < TYPES; t++)
            printf(is_float((Type)t) ? "    add_float(g%d);\n" : "    add((unsigned long)g%d);\n", t);
        printf(
            "    add((unsigned long)b.s3), add(b.u5), add((unsigned long)b.s17), add(b.u33), add((unsigned long)b.s60), add(b.flag), add(u.q), add_s(s);\n");
        printf("    printf(\"%u %%lx\\n\", sum);\n", k);
    }
    printf("    return 0;\n}\n");
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: random_c SEED\n"), 64;
    Maker m = {.random = strtoull(argv[1], NULL, 0)};
    printf("// random_c %s\n%s", argv[1], prelude);
    globals(&m);
    for (unsigned f = 0; f < FUNCTIONS; f++) function(&m, f);
    main_function(&m);
    return 0;
}
