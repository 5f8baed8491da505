#!/usr/bin/env bash
# Oracle: awk, which runs the same scripts; for errors, the lines that are wrong on purpose.
# tests: rel
#
# The interpreter of workloads/interpreter, built with the sanitizers.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
fail() {
    echo "FAILED: $*"
    status=1
}
flags=(-std=gnu11 -O1 -g -Wall -Wextra -Wshadow "-fsanitize=address,undefined" -fno-sanitize-recover=undefined
    -Iworkloads/lib/common -Iworkloads/interpreter)
mapfile -t sources < <(jq -r '.sources[] | select(. != "main.c") | "workloads/interpreter/" + .' workloads/interpreter/manifest.json)
gcc "${flags[@]}" -o "$work/run" workloads/tests/interpreter_driver.c "${sources[@]}" || exit 1

# same NAME FILE: the output is awk's.
same() {
    awk -f "$2" </dev/null >"$work/want" 2>&1
    "$work/run" "$2" >"$work/got" 2>&1 || fail "$1: $(tail -n 3 "$work/got")"
    cmp -s "$work/want" "$work/got" || fail "$1: $(diff "$work/want" "$work/got" | head -n 4)"
}
for file in workloads/interpreter/programs/*.awk; do
    name=$(basename "$file" .awk)
    same "$name" "$file"
    grep -q "{\"$name\", .*, $(wc -c <"$work/want")}" workloads/interpreter/programs.c || fail "programs.c: the length of $name's output"
done

# script TEXT: the same for one line or some.
script() {
    printf '%b' "$1" >"$work/script.awk"
    same "'$1'" "$work/script.awk"
}
script 'BEGIN { print 1 + 2 * 3 - 4 / 2, 7 % 3, -7 % 3, 2 ^ 10, 2 ^ 3 ^ 2, -2 ^ 2, !0, !"a", !"" }'
script 'BEGIN { x = "3x"; y = " 12 "; print x + y, x y, x < y, 10 < 9, "10" < "9", u + 0, "[" u "]", 1 " " 2, 1 - 1 " " 3 }'
script 'BEGIN { i = 5; print i++ + ++i, i, i--, --i; a[i]++; a[i] += 4; print a[i], a[i]++, ++a[i], a[2], length(a) }'
script 'BEGIN { a[12] = 1; a["12"]++; a["012"] = 7; a[-3] = 2; a["-3"]++; print a[12], a["012"], a[-3], length(a), (12 in a), ("013" in a), 13 in a }'
script 'BEGIN { for (i = 0; i < 3000; i++) { s = s i; if (length(s) > 200) s = substr(s, 150); a[i % 97 ""] = s } for (k in a) n += length(a[k]); print n, s }'
script 'BEGIN { while (1) { if (++n > 9) break; if (n % 2) continue; s += n } do s--; while (s > 7)\nprint n, s; exit; print "no" }'
script 'function f(a, i) { a[i] = i; if (i) f(a, i - 1) }\nfunction g(n,    t, k, c) { f(t, n); for (k in t) c++; return c }\nBEGIN { f(x, 20); print length(x), g(7), g(0) }'
script 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nBEGIN { print fib(18) # a comment\n\n}'
script 'BEGIN { n = split("a b  c", p); m = split("x:y::z", q, ":"); print n, p[1] p[2] p[3], m, q[1] q[2] q[3] q[4], split("", p), length(p) }'
script 'BEGIN { print "a.c" ~ "a\\\\.c", "abc" ~ "a\\\\.c", "aaa" ~ "^a*$", "b" ~ "[^ab]", "x-y" ~ "[a-z]-[x-z]", "" ~ "^$", "ab" ~ "a?b+c*$", "foo" !~ "o$" }'
script 'BEGIN { printf "%s|%5s|%-5s|%d|%03d|%x|%c%c|%%|\\n", "a", "bc", "de", "12abc", 7, 255, 65, "hello"; print length("four"), toupper("aBc1"), tolower("XyZ") }'
script 'BEGIN { a[1, 2] = 3; a["x", "y"] = 4; print ((1, 2) in a), (("x", "z") in a), a["x", "y"]; delete a[1, 2]; print length(a); delete a; print length(a) }'
script 'BEGIN { if (1) if (0) print "a"; else print "b"\nif (0)\nprint "c"\nelse if (1 && (0 || 1))\nprint "d"; x = 1 ? 0 ? 2 : 3 : 4; print x, index("hello", "l"), index("a", "z") }'

# wrong LINE MESSAGE SCRIPT
wrong() {
    printf '%b' "$3" >"$work/wrong.awk"
    local got
    got=$("$work/run" "$work/wrong.awk") && fail "ran: $3"
    [[ $got == "$work/wrong.awk:$1: $2"* ]] || fail "'$3': $got, expected $1: $2"
}
wrong 1 "an expression is missing" 'BEGIN { print 1 + }'
wrong 2 "a string without an end" 'BEGIN {\nx = "abc\n}'
wrong 1 "no such function" 'BEGIN { f(1) }'
wrong 2 "too many arguments" 'function f(a) { return a }\nBEGIN { f(1, 2) }'
wrong 1 "an assignment to what is no variable" 'BEGIN { 3 = 4 }'
wrong 1 "there is nothing to break or to continue" 'BEGIN { break }'
wrong 1 "a block without }" 'BEGIN { if (1) {'
wrong 0 "there is no BEGIN" 'function f() { return 1 }'
exit $status
