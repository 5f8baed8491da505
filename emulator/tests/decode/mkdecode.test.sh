#!/usr/bin/env bash
# Oracle: messages and texts written by hand from what tools/mkdecode.c says that a table means.
#
# Broken tables are refused with file and line; a table of a byte-stream guest with tails decodes and prints as expected.
set -uo pipefail
cd "$(dirname "$0")/../../.."
mkdecode=build/gen/mkdecode
[[ -x $mkdecode ]] || make --no-print-directory "$mkdecode" || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0
head=$'order word\nkey 7:0\nnames rd rs1 imm\nfield d rd reg\nfield i imm dec signed\next i\nclass alu\n' # 7 lines

refuses() { # refuses MESSAGE LINES...: the table must fail with exactly this message behind the file's name
    local want=$1 got
    shift
    { printf '%s' "$head"; printf '%s\n' "$@"; } >"$dir/t.insn"
    if got=$($mkdecode t "$dir/t.insn" 2>&1 >/dev/null); then
        echo "accepted, but expected: $want"
        bad=1
    elif [[ $got != "$dir/t.insn:$want" ]]; then
        printf 'expected %s\n     got %s\n' "$want" "${got#"$dir/t.insn:"}"
        bad=1
    fi
}
refuses "9: 'b' overlaps 'a' of line 8, and neither says \`over\`" 'a 0000 dddd ; rd' 'b 0000 0001 ;'
refuses "9: 'b' says over 'a', but they cannot match the same bits" 'a 0000 dddd ; rd' 'b 0001 0001 ; ; over a'
refuses "9: 'b' says over 'a', but it is not more specific" 'a 0000 dddd ; rd' 'b dddd 0000 ; rd ; over a'
refuses "8: no row is called 'x'" 'a 0000 dddd ; rd ; over x'
refuses "9: 'a' is already there, in line 8" 'a 0000 dddd ; rd' 'a 0001 dddd ; rd'
refuses "8: letter 'q' has no \`field\`" 'a 0000 qqqq ; rd'
refuses "8: the pattern of 'a' has 7 bits" 'a 0000 ddd ; rd'
refuses "8: no field is called 'rx'" 'a 0000 dddd ; rd ; if rx!=0'
refuses "8: 'a' has no field 'rs1'" 'a 0000 dddd ; rd ; if rs1!=0'
refuses "8: no field is called 'rx'" 'field x rx reg'
refuses "8: unknown kind 'color'" 'field x rd color'
refuses "9: 'b' does not say what 'imm' of 'a' is" 'a 00ii dddd ; rd' 'b 0100 dddd ; rd ; = a'
refuses "9: 'b' has no field 'imm'" 'a 00ii dddd ; rd' 'b 0100 dddd ; rd ; = a imm=imm'
refuses "9: 'a' has 2 bits of 'x', its field has 3" 'field x imm dec bits 2:0' 'a 00xx dddd ; rd'
refuses "9: 'a' uses the place of 'rd' twice" 'field x rd reg' 'a dddd xxxx ; rd'
refuses "8: what is 'when'?" 'a 0000 dddd ; rd ; when rd'
refuses "9: tail 'imm' is selected by 'rs1', which 'a' does not have" 'tail imm dec by rs1 1,2,3,4' 'a 0000 dddd ; rd ; tail imm'
refuses "8: order is word or bytes" 'order bits'

# A few RX instructions: byte order, displacement by ld, immediate by LL, two tails in a row.
cat >"$dir/mini.insn" <<'T'
order bytes
key 7:0
names rd rs ld li dsp imm size
field d rd reg
field s rs reg
field l ld none
field L li none
field i imm dec
field z size none
tail dsp dec by ld 0,1,2,0
tail imm dec signed by li 4,1,2,3
ext base
class alu
rts         0000 0010 ;
mov/uimm4   0110 0110 iiii dddd ; #imm,rrd
add/mem     0100 10ll ssss dddd ; dsp[rs],rd ; tail dsp ; if ld!=3
add/imm     0111 00LL ssss dddd ; #imm,rs,rd ; tail imm
mov/imm     1111 10ll dddd LLzz ; #imm,dsp[rd] ; tail dsp imm ; if ld!=3 size!=3
shlr        0110 100i iiii dddd ; #imm,rd
T
sed -i 's/,rrd/,rd/' "$dir/mini.insn"
$mkdecode mini "$dir/mini.insn" >"$dir/mini.insn.inc" || exit 1
cat >"$dir/main.c" <<'C'
#define INSN_TABLE_DATA
#include "guest/decode.h"
#include "mini.insn.inc"
#include <stdio.h>
#include <string.h>
static const InsnTable table = {INSN_TABLE, .reg_prefix = "r"};
int main(void) {
    char line[200];
    while (fgets(line, sizeof line, stdin)) {
        uint8_t b[8] = {0}, back[8];
        unsigned n = 0, at = 0;
        int used;
        for (; sscanf(line + at, "%2hhx%n", &b[n], &used) == 1; at += used) n++;
        Insn insn = insn_decode(&table, b, n);
        char text[100];
        insn_print(&table, text, sizeof text, &insn, 0);
        printf("%u %s\n", insn.len, text);
        if (insn.len && (insn_encode(&table, insn.op, insn.f, back) != insn.len || memcmp(b, back, insn.len)))
            printf("cannot be encoded again\n");
    }
}
C
gcc -std=gnu11 -D_GNU_SOURCE -Iemulator -I"$dir" -o "$dir/main" "$dir/main.c" emulator/guest/decode.c emulator/guest/print.c || exit 1
"$dir/main" >"$dir/got" <<'T'
02
66 a5
48 39
49 39 ff
4a 39 cd ab
49 39
4b 39
71 39 fe
72 39 00 80
73 39 ff ff ff
70 39 78 56 34 12
f9 26 10 85
fa 3a cd ab 00 80
fa 32 cd ab 78 56 34
f8 2b 01
69 f5
T
cat >"$dir/want" <<'T'
1 rts
2 mov	#10,r5
2 add	0[r3],r9
3 add	255[r3],r9
4 add	43981[r3],r9
0 undefined
0 undefined
3 add	#-2,r3,r9
4 add	#-32768,r3,r9
5 add	#-1,r3,r9
6 add	#305419896,r3,r9
4 mov	#-123,16[r2]
6 mov	#-32768,43981[r3]
0 undefined
0 undefined
2 shlr	#31,r5
T
if ! diff "$dir/want" "$dir/got"; then bad=1; fi
exit $bad
