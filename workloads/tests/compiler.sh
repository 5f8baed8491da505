#!/usr/bin/env bash
# Oracle: gcc, which compiles the same programs for this machine, and random programs; for errors, the lines that are wrong on purpose.
# tests: rel
#
# The compiler of workloads/compiler, built with the sanitizers. What it makes is executed by its simulator.
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
export ASAN_OPTIONS=detect_leaks=0 # the driver keeps what it has read
trap 'rm -rf "$work"' EXIT
status=0
fail() {
    echo "FAILED: $*"
    status=1
}
flags=(-std=gnu11 -O1 -g -Wall -Wextra -Wshadow -fsanitize=address,undefined -fno-sanitize-recover=undefined -Iworkloads/lib/common -Iworkloads/compiler)
mapfile -t sources < <(jq -r '.sources[] | select(. != "main.c") | "workloads/compiler/" + .' workloads/compiler/manifest.json)
for source in "${sources[@]}" workloads/tests/compiler_driver.c; do
    gcc "${flags[@]}" -c -o "$work/$(basename "$source").o" "$source" || exit 1
done
gcc "${flags[@]}" -o "$work/compile" "$work"/*.o || exit 1

# native FILE: what gcc's program returns.
native() {
    gcc -w -fsigned-char -fwrapv -O1 -Iworkloads/compiler/programs -Dmain=program_main -c -o "$work/program.o" "$1" &&
        gcc -o "$work/program" "$work/program.o" "$work/print.c" && "$work/program"
}
printf '#include <stdio.h>\nint program_main(void);\nint main(void) { printf("%%08x\\n", (unsigned)program_main()); }\n' >"$work/print.c"

# ---- the programs of the workload
"$work/compile" >"$work/out" || fail "the programs: $(cat "$work/out")"
for file in workloads/compiler/programs/*.c; do
    name=$(basename "$file" .c)
    want=$(native "$file")
    got=$(awk -v name="$name" '$1 == name { print $2 }' "$work/out")
    [[ $got == "$want" ]] || fail "$name: $got, gcc's returns $want"
    grep -q "{\"$name\", .*0x$(awk -v name="$name" '$1 == name { print $4 }' "$work/out"), .*0x$want}" workloads/compiler/programs.c ||
        fail "programs.c does not say of $name what comes out"
done

# ---- random programs
seed=${NJ_SEED:-$RANDOM}
for ((i = 0; i < ${NJ_PROGRAMS:-40}; i++)); do
    workloads/tests/random_c.sh $((seed + i)) >"$work/random.c"
    want=$(native "$work/random.c")
    got=$("$work/compile" "$work/random.c" | awk '{ print $2 }')
    [[ $got == "$want" ]] || { fail "random program $((seed + i)): $got, gcc's returns $want"; cp "$work/random.c" "/tmp/random-$((seed + i)).c"; }
done

# ---- errors: the line, and what is wrong with it
# wrong LINE MESSAGE PROGRAM
wrong() {
    printf '%b' "$3" >"$work/wrong.c"
    local got
    got=$("$work/compile" "$work/wrong.c") && fail "compiled: $3"
    [[ $got == "$work/wrong.c:$1: $2"* ]] || fail "'$3': $got, expected $1: $2"
}
wrong 1 "a name that was not declared" 'int main(void) { return x; }'
wrong 2 "too many arguments" 'int f(int a) { return a; }\nint main(void) { return f(1, 2); }'
wrong 1 "a statement does not end in ;" 'int main(void) { return 1 }'
wrong 1 "a value of the wrong type" 'int main(void) { int *p = 5; return *p; }'
wrong 1 "an assignment to what is no place" 'int main(void) { 3 = 4; return 0; }'
wrong 3 "a case that is there already" 'int main(void) { switch (1) {\ncase 2:\ncase 2: return 1; }\nreturn 0; }'
wrong 1 "there is nothing to break or to continue" 'int main(void) { break; }'
wrong 2 "no such header" '\n#include "none.h"\n'
wrong 3 "a conditional without #endif" '#if 1 == 2\nint x;\n'
wrong 1 "no such member" 'struct S { int a; } s; int main(void) { return s.b; }'
wrong 1 "a name is declared anew as something else" 'int x; char *x; int main(void) { return 0; }'
wrong 1 "a string without an end" 'char *s = "abc\n;'
wrong 0 "there is no main" 'int f(void) { return 1; }'
wrong 0 "a function without a body" 'int f(void); int main(void) { return f(); }'
wrong 1 "what is no pointer to anything points nowhere" 'int main(void) { int x = 1; return *x; }'

# ---- the preprocessor, against values that follow from the text
# right VALUE PROGRAM
right() {
    printf '%b' "$2" >"$work/right.c"
    local got
    got=$("$work/compile" "$work/right.c" | awk '{ print $2 }')
    [[ $got == "$1" ]] || fail "'$2': $got, expected $1"
}
right 00000007 '#define A(x) ((x) + 1)\n#define B A(A(\\\n2))\n#undef C\nint main(void) { return B + A(A(A(0))); }'
right 00000002 '#define X 3\n#if X > 4 || defined(Y)\n#elif X == 3 && !defined Y\nint v = 2;\n#else\nint v = 4;\n#endif\nint main(void) { return v; }'
right 00000005 '#define x x\nint main(void) { int x = 5; /* x\n */ return x; // y\n}'
right fffffffe "int main(void) { return '\\\\xfe'; }"
exit $status
