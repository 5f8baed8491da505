#!/usr/bin/env bash
# tests: by-hand
# A random program of the subset of C that workloads/compiler understands, without anything that C leaves open: random_c.sh SEED
#
# Functions change nothing but their own variables, because C leaves open when an operand is looked at. Loops count up to a constant, divisors are odd numbers, shifts are by constants, indexes are masked, every variable is unsigned or narrow.
exec awk -v seed="$1" '
function pick(n) { return int(rand() * n) }
function variable() { return "v" pick(8) }
function place(  k) {
    k = pick(7)
    if (k == 0) return "bytes[" variable() " & 15]"
    if (k == 1) return "halves[(" variable() " >> " pick(9) ") & 7]"
    if (k == 2) return "words[" variable() " & 31]"
    if (k == 3) return "pair.low"
    if (k == 4) return "at->high"
    return variable()
}
function number(  k) {
    k = pick(5)
    if (k == 0) return pick(5) "u"
    if (k == 1) return pick(70000) "u"
    if (k == 2) return "0xfffffff" substr("89abcdef", 1 + pick(8), 1) "u"
    if (k == 3) return "(word)-" pick(9000)
    return pick(300) "u"
}
function expression(d,  k) {
    if (d == 0) return pick(3) ? place() : number()
    k = pick(16)
    if (k == 0) return "(" expression(d - 1) " / (" expression(d - 1) " | 1u))"
    if (k == 1) return "(" expression(d - 1) " % (" expression(d - 1) " | 1u))"
    if (k == 2) return "(" expression(d - 1) " << " pick(32) ")"
    if (k == 3) return "(" expression(d - 1) " >> " pick(32) ")"
    if (k == 4) return "(word)((int)(" expression(d - 1) ") >> " pick(32) ")"
    if (k == 5) return "(" expression(d - 1) " ? " expression(d - 1) " : " expression(d - 1) ")"
    if (k == 6) return "(word)(" condition(d - 1) ")"
    if (k == 7) return "(word)((int)(" expression(d - 1) ") / " (pick(2) ? "-" : "") (3 + pick(40)) ")"
    if (k == 8) return "(word)((int)(" expression(d - 1) ") % " (2 + pick(64)) ")"
    if (k == 9) return "(word)(" narrow() ")(" expression(d - 1) ")"
    if (k == 10) return "f" pick(n_functions + 1) "(" expression(d - 1) ", " expression(d - 1) ")"
    if (k == 11) return "(" expression(d - 1) " * " (pick(2) ? 1 + pick(40) : expression(d - 1)) ")"
    return "(" expression(d - 1) substr("+-&|^+-*", 1 + pick(8), 1) " " expression(d - 1) ")"
}
function narrow() { return substr("signed char   unsigned char short         unsigned short", 1 + 14 * pick(4), 14) }
function condition(d,  k) {
    k = pick(6)
    if (k == 0) return condition_of(d) " && " condition_of(d)
    if (k == 1) return condition_of(d) " || " condition_of(d)
    if (k == 2) return "!(" condition_of(d) ")"
    return condition_of(d)
}
function condition_of(d,  sign) {
    sign = substr("< > <=>===!=", 1 + 2 * pick(6), 2)
    if (pick(2)) return "(" expression(d) " " sign " " expression(d) ")"
    return "((int)(" expression(d) ") " sign " (int)(" expression(d) "))"
}
function statement(d,  k, i, n) {
    k = d ? pick(9) : pick(3)
    if (k == 0) return place() " = " (pick(2) ? "" : "(" narrow() ")") "(" expression(2) ");"
    if (k == 1) return place() substr("+-*&|^", 1 + pick(6), 1) "= (" expression(2) ");"
    if (k == 2) return pick(2) ? variable() "++;" : "at = &pairs[" variable() " & 3];"
    if (k == 3) return "if (" condition(1) ") {" block(d - 1) "}"
    if (k == 4) return "if (" condition(1) ") {" block(d - 1) "} else {" block(d - 1) "}"
    if (k == 5 || k == 6) {
        i = "i" n_loops++
        return "for (int " i " = 0; " i " < " 1 + pick(6) "; " i "++) {" block(d - 1) "if (" condition(1) ") " (pick(2) ? "break" : "continue") ";" statement(0) "}"
    }
    if (k == 7) return "switch (" expression(1) " % " 2 + pick(5) ") { case 0:" block(d - 1) "break; case 2:" block(d - 1) "case 1:" block(d - 1) "default:" statement(0) "}"
    i = "i" n_loops++
    return "{ int " i " = " pick(5) "; do {" block(d - 1) "} while (" i "-- > 0); }"
}
function block(d,  n, s) {
    s = "\n"
    for (n = 1 + pick(3); n > 0; n--) s = s statement(d) "\n"
    return s
}
function f(name, d,  n) {
    print "static word f" name "(word a, word b) {"
    print "    word v0 = a, v1 = b, v2 = a + b, v3 = 3; unsigned char v4 = 4; short v5 = -5; word v6 = 6, v7 = b ^ 7;"
    print "    unsigned char bytes[16]; short halves[8]; struct Pair pair, pairs[4], *at = &pair;"
    print "    for (int i = 0; i < 16; i++) bytes[i] = (unsigned char)(i * 17 + (int)(a & 15)), halves[i & 7] = (short)(i * 999);"
    print "    for (int i = 0; i < 4; i++) pairs[i].low = (short)i, pairs[i].high = b + (word)i;"
    print "    word words[32];\n    for (int i = 0; i < 32; i++) words[i] = table[i] + a;\n    pair.low = 1, pair.high = 2;"
    for (n = 2 + pick(5); n > 0; n--) print statement(d)
    print "    return v0 ^ v1 ^ v2 ^ v3 ^ v4 ^ (word)v5 ^ v6 ^ v7 ^ bytes[3] ^ (word)halves[2] ^ pair.high ^ pairs[1].high ^ words[5];"
    print "}"
}
BEGIN {
    srand(seed)
    print "typedef unsigned int word;\nstruct Pair { short low; word high; };\nstatic word table[32];"
    print "static word f0(word a, word b) { return a * 3 - b; }"
    for (n_functions = 0; n_functions < 4; n_functions++) f(n_functions + 1, 2)
    print "int main(void) {\n    word sum = 1;\n    for (word i = 0; i < 6; i++) sum = table[i * 5] = sum * 31 + f4(i * 0x9e3779b1u, sum);"
    print "    return (int)sum;\n}"
}'
