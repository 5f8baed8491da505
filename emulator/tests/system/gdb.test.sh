#!/usr/bin/env bash
# Oracle: gdb-multiarch, which knows the program from its debug information; for RX, which it does not know, gdb's manual ("Remote
# Protocol"), the symbols that readelf reads, and the ELF's own bytes.
#
# emu --gdb: a scripted session with every engine and set of switches; stops do not change what the guest does, to the last
# instruction; Ctrl-C, kill, detach and a lost connection; packets by hand, good and broken.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/gdb.sh
rv64=build/workloads/rv64/calls-test.elf rx=workloads/prebuilt/rx/calls-test.elf
[[ -e $rv64 ]] || { echo "no $rv64: run workloads/build.sh rv64"; exit 1; }

# ---- gdb and RV64
session() {
    name="session ${*:-default}"
    start "$rv64" "$@"
    debug <<'END'
printf "first pc %#lx\n", $pc
print work_iterations = 2
break sum_down
continue
printf "n is %d, a0 is %d\n", n, $a0
backtrace
stepi
stepi
printf "two instructions on: %d bytes\n", $pc - (long)sum_down
print $a0 = 100
delete
finish
break even_steps if n == 298
continue
backtrace 3
info breakpoints
x/2xb &kernel.expected
set var *(unsigned char *)&kernel.expected = 0x88
x/2xb &kernel.expected
set var *(unsigned char *)&kernel.expected = 0x89
delete
break print_verdict
continue
print valid
continue
END
    ends_with 1 # the first iteration's sum is wrong by design
    shows '^first pc 0x80000000$'
    shows '^Breakpoint 1, sum_down \(n=.*300\)'
    shows '^n is 300, a0 is 300$'
    shows '^#1 .* in iterate '
    shows '^#2 .* in main '
    shows '^two instructions on: [4-8] bytes$'
    shows '^Value returned is .* = 5050$' # 100 + 99 + ... + 1
    shows '^Breakpoint 2, even_steps \(n=.*298\)'
    shows '^#2 .*even_steps \(n=.*300\)'
    shows 'breakpoint already hit 1 time$'
    shows 'kernel\+8>:.*0x89.*0x96'
    shows 'kernel\+8>:.*0x88.*0x96'
    shows '^Breakpoint 3, print_verdict \(valid=0\)'
    shows 'Inferior 1 .* exited with code 01'
    grep -q '^calls: 2 iterations, 1 wrong$' "$work/out" || complain "the guest says '$(cat "$work/out")'"
}
session
session --features=all
session --features=none
session --features=none,+chain,+ibtc
session --engine=interp

# Privilege and CSRs; fields that cannot be written stay.
name="system registers"
start "$rv64"
debug <<'END'
tbreak leaf
continue
printf "priv %d, misa.A %d\n", $priv, $misa & 1
print $mscratch = 0x1234
print/x $mscratch
print $sepc = 7
print/x $sepc
print $mstatus = -1
print/x $mstatus
print $priv = 1
print $priv
print $priv = 3
print $mstatus = 0
info registers csr
delete
continue
END
ends_with 0
shows '^priv 3, misa.A 1$'
shows '= 0x1234$'
shows '= 0x6$'
shows '= 0x8000000a007e79aa$'
shows '= 1$'
shows '^pmpaddr7 +0x0'

# Stops are not seen by the guest: the same output after the same number of instructions.
same_run() {
    name="same run ${*:-default}"
    "$emu" "$@" --stats="$work/plain" "$rv64" >"$work/plain-out" || complain "emu fails"
    start "$rv64" "$@" --stats="$work/debugged"
    debug <<'END'
tbreak iterate
continue
break leaf
ignore 2 400
continue
info breakpoints
stepi 50
delete
break sum_down
nexti 20
delete
continue
END
    ends_with 0
    shows 'breakpoint already hit 401 times'
    shows 'exited normally'
    cmp -s "$work/plain-out" "$work/out" || complain "the output differs"
    is "instructions" "$(jq .counters.guest_instructions "$work/debugged")" "$(jq .counters.guest_instructions "$work/plain")"
    is "end" "$(jq -c .exit "$work/debugged")" '{"reason":"guest","code":0}'
}
same_run
same_run --features=none
same_run --engine=interp

# ---- Ctrl-C, kill, detach, a debugger that goes away
name=interrupt
start "$rv64"
interrupt_after=1 debug <<'END'
print work_iterations = 100000000
continue
print $pc >= 0x80000000
backtrace
print work_iterations = 1
kill
END
ends_with 137
shows 'Program received signal SIGINT'
shows '^#[0-9]+ .* in main '
name=detach
start "$rv64"
debug <<<'break main
continue
detach'
ends_with 0
grep -q '^VALID$' "$work/out" || complain "the guest does not go on"

# ---- packets by hand
symbol() { readelf -sW "$rx" | awk -v n="$1" '$8 == n { print $2 }'; }
le32() { echo "${1:6:2}${1:4:2}${1:2:2}${1:0:2}"; }

rx_session() {
    name="rx ${*:-default}"
    start "$rx" "$@"
    connect
    ask 'qSupported:swbreak+' '*PacketSize=*qXfer:features:read+*'
    ask 'qXfer:features:read:target.xml:0,fff' 'l<?xml*<architecture>rx</architecture>*org.gnu.gdb.rx.core*name="r15"*name="usp"*name="isp"*name="psw"*name="pc"*name="intb"*name="bpsw"*name="bpc"*name="fintv"*name="fpsw"*name="acc" bitsize="64"*</target>?'
    ask '?' 'T05*'
    local entry fibonacci leaf
    entry=$(readelf -hW "$rx" | sed -n 's/.*Entry point address: *0x//p') fibonacci=$(symbol _fibonacci) leaf=$(symbol _leaf)
    ask p13 "$(le32 "$entry")"
    ask "m$entry,8" "$(readelf -x .text "$rx" | awk -v at="0x$entry" '$1 == at { print $2 $3 }')"
    local iterations
    iterations=$(symbol _work_iterations)
    ask "Z3,$iterations,4" OK # read before the first iteration, by an instruction that has been executed when it stops
    ask c "T05rwatch:${iterations##0};thread:1;"
    ask "z3,$iterations,4" OK
    ask "Z0,$fibonacci,1" OK
    ask c 'T05*'
    ask p13 "$(le32 "$fibonacci")"
    ask p1 0e000000 # the first argument, fibonacci(14)
    ask vCont\;c 'T05*'
    ask p1 0d000000
    ask "z0,$fibonacci,1" OK
    ask s 'T05*'
    ask p13 "$(le32 "$(printf %08x $((0x$fibonacci + 2)))")" # the manual: PUSHM is 2 bytes long
    ask 'Pf=78563412' OK
    ask pf 78563412
    ask p19 '????????????????'
    ask P19=0102030405060708 OK
    ask p19 0102030405060708
    ask p12 '????????'
    local psw=$got registers
    ask P12=0f000300 OK # C, Z, S, O, I, U: R0 is USP now
    ask p12 0f000300
    ask P10=44332211 OK
    ask p0 44332211
    ask "P12=$psw" OK
    ask g "*$(le32 "$(printf %08x $((0x$fibonacci + 2)))")*"
    registers=$got
    is "digits of all registers" ${#registers} $((25 * 8 + 16))
    ask "G$registers" OK
    ask g "$registers"
    ask "Z0,$leaf,1" OK
    ask c 'T05*'
    ask p13 "$(le32 "$leaf")"
    ask "m$leaf,1" '??'
    ask "M$leaf,1:$got" OK # written, not changed
    ask c 'T05*'
    ask "z0,$leaf,1" OK
    # what is wrong is answered, and hurts nothing
    send g 00
    read -r -t 10 -n 1 -u 3 got
    [[ $got == + ]] && read -r -t 10 -n 1 -u 3 got # of the last packet
    for p in p99 Z2,0 Z4,0,0 Z2,ffffffffffffffff,2 G12 P0=1 Pzz=00 m1,1,1 "m$leaf" M0,1 "M$leaf,1:zz" "X$leaf,9:a" Z0 Z0, Cx P=; do ask $p E01; done
    for p in m10000000,4 M10000000,4:00000000 m88000,4; do ask $p E0e; done
    for p in Z5,0,4 qNothing vMustReplyEmpty R 'vCont;x'; do ask "$p" ''; done
    ask QStartNoAckMode OK
    ask c W00
    exec 3>&-
    ends_with 0
    grep -q '^VALID$' "$work/out" || complain "the guest says '$(cat "$work/out")'"
}
rx_session
rx_session --features=none
rx_session --engine=interp

name="connection lost"
start "$rx"
connect
ask "Z0,$(symbol _leaf),1" OK
ask c 'T05*'
exec 3>&-
ends_with 0
grep -q '^VALID$' "$work/out" || complain "the guest does not go on"

name="kill while running"
start "$rx"
connect
ask "M$(symbol _start),2:2e00" OK # bra.b to itself
send c
send k
ends_with 137
exec 3>&-

name="interrupt by hand"
start "$rx"
connect
ask "M$(symbol _start),2:2e00" OK # bra.b to itself
send c
sleep 0.1
printf '\003' >&3
answer
is "answer" "$got" "T02thread:1;"
ask vKill\;1 OK
ends_with 137
exec 3>&-

name="port in use"
start "$rx"
"$emu" --gdb="$port" "$rx" 2>"$work/second"
is "exit code" $? 125
grep -q "gdb=$port: .*in use" "$work/second" || complain "$(cat "$work/second")"
connect
ask D OK
ends_with 0
exec 3>&-
exit $status
