#!/usr/bin/env bash
# Oracle: gdb-multiarch and the text of gdb_guest.S, which says what is stored where and in which order; the memory map of the board.
#
# emu --gdb: watchpoints stop right behind the instruction that stores, loads or does either, on every engine and without a change of
# what the guest does; CSRs; Ctrl-C while the guest waits; memory at the ends of pages and of RAM.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/gdb.sh
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "no riscv64-unknown-elf-gcc"; exit 1; }
elf=$work/guest.elf
riscv64-unknown-elf-gcc -march=rv64imac_zicsr_zifencei -mabi=lp64 -nostdlib -static -g -mno-relax -T emulator/tests/guest/link.ld \
    -Wl,-z,max-page-size=4096,--no-warn-rwx-segments -o "$elf" emulator/tests/system/gdb_guest.S || exit 1
mkfifo "$work/stdin"
exec 4<>"$work/stdin" # an input that never comes and never ends
stdin=$work/stdin
address() { riscv64-unknown-elf-nm "$elf" | awk -v n="$1" '$3 == n { print $1 }'; }

watchpoints() {
    name="watchpoints ${*:-default}"
    start "$elf" "$@"
    debug <<'END'
watch *(int *)((char *)&cell + 4)
rwatch *(char *)((char *)&cell + 3)
info watchpoints
continue
printf "1: pc is stored: %d, s2 is %d\n", $pc == (long)&stored, $s2
continue
printf "2: pc is loaded: %d\n", $pc == (long)&loaded
continue
printf "3: behind the byte: %d, a1 is %#x\n", $pc == (long)&loaded + 4, $a1
continue
printf "4: pc is stored: %d, s2 is %d\n", $pc == (long)&stored, $s2
delete 2
continue
printf "5: pc is stored: %d, s2 is %d\n", $pc == (long)&stored, $s2
delete
awatch *(char *)&cell
continue
printf "6: pc is loaded: %d\n", $pc == (long)&loaded
continue
printf "7: pc is waits: %d, cell is %#x\n", $pc == (long)&waits, *(int *)&cell
delete
print $mscratch
print $mtvec == (long)&handler
print $misa >> 62 & 3
print/x $mstatus = 8
print $mie = 0x888
print/x $mie
print $minstret
print $priv
print $mie = 0
print $fa5.double = 1.5
print/x $fcsr = 0xe1
print/x $frm
set var $pc = (long)&done
continue
END
    ends_with 0
    shows '^Hardware watchpoint 1: '
    shows '^Hardware read watchpoint 2: '
    shows '^1: pc is stored: 1, s2 is 3$'
    shows '^Old value = 287454020$' # 0x11223344
    shows '^New value = 3$'
    shows '^2: pc is loaded: 1$'
    shows '^Value = 85 ' # 0x55
    shows '^3: behind the byte: 1, a1 is 0x55$'
    shows '^4: pc is stored: 1, s2 is 2$'
    shows '^5: pc is stored: 1, s2 is 1$'
    shows '^Hardware access \(read/write\) watchpoint 3: '
    shows '^6: pc is loaded: 1$'
    shows '^7: pc is waits: 1, cell is 0x55679acd$' # 0x55667788 + 0x12345
    shows '^\$1 = 74565$'
    shows '^\$2 = 1$'
    shows '^\$3 = 2$'
    shows '^\$4 = 0x'
    shows '^\$6 = 0x888$'
    shows "^\\\$7 = $retired\$"
    shows '^\$8 = (3|prv=3)'
    shows '^\$10 = 1.5$'
    shows '^\$12 = 0x7$'
    shows 'exited normally'
}
# Retired when the guest has reached `waits`: by the listing, 8 before the loop (li and la are one and two), 3 times 6, 4 more.
retired=$((2 + 1 + 2 + 2 + 1 + 3 * 6 + 2 + 1 + 1))
watchpoints
watchpoints --features=none
watchpoints --features=all,-region
watchpoints --engine=interp

# A watched program does what it does, to the last instruction; nothing that is watched for good is seen.
name="same run"
calls=build/workloads/rv64/calls-test.elf
"$emu" --stats="$work/plain" "$calls" >"$work/plain-out"
start "$calls" --stats="$work/watched"
debug <<'END'
watch work_iterations
tbreak sum_down
continue
continue
END
ends_with 0
cmp -s "$work/plain-out" "$work/out" || complain "the output differs"
is "instructions" "$(jq .counters.guest_instructions "$work/watched")" "$(jq .counters.guest_instructions "$work/plain")"

for clock in insn host; do
    for end in kill detach continue; do
        name="waiting, --clock=$clock, $end"
        start "$elf" --clock=$clock
        interrupt_after=1 debug <<END
continue
printf "waits at wfi: %d\n", \$pc == (long)&waits
print \$mscratch
$([[ $end == continue ]] && printf 'set var $pc = (long)&done\n')
$end
END
        case $end in
        kill) ends_with 137 ;;
        continue) ends_with 0 ;;
        detach) kill "$pid"; wait "$pid"; pid= ;;
        esac
        shows 'Program received signal SIGINT'
        shows '^waits at wfi: 1$'
        shows '^\$1 = 74565$'
    done
done

# Memory: what is there is read, up to the end; a write that does not fit changes nothing.
name=memory
start "$elf" --memory=1M
connect
cell=$(address cell)
ask "m$cell,8" 8877665544332211 # across a page
ask "M$cell,8:0102030405060708" OK
ask "m$cell,8" 0102030405060708
ask m800ffff8,8 0000000000000000
ask m800ffffc,8 00000000 # RAM ends at 80100000
ask m80100000,4 E0e
ask M800ffffc,8:1111111111111111 E0e
ask m800ffffc,4 00000000
ask m7ffffffc,8 E0e
ask mffffffffffffffff,2 E0e
ask Z2,$cell,8 OK
ask vCont\;c "T05watch:$(printf %x $((0x$cell + 4)));thread:1;"
ask z2,$cell,8 OK
ask p1000 E01
for ((i = 0; i < 32; i++)); do ask "Z3,$(printf %x $((0x80001000 + i))),1" OK; done
ask Z3,80002000,1 E01 # no more than 32
ask D OK
kill "$pid"
wait "$pid"
pid=
exec 3>&-
exit $status
