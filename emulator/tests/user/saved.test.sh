#!/usr/bin/env bash
# Oracle: the same program without --code-cache-dir, whatever lies there: nothing, what an earlier run left, what was damaged, what is
# of others; for counts, that what an earlier run has translated is not translated again.
# tests: rel asan hostile
set -uo pipefail
cd "$(dirname "$0")/../../.."
source emulator/tests/lib/begin.sh
[[ -e build/workloads/rv64-linux/coremark-test.elf ]] || make -s workloads
dir=$work/dir
mkdir -m 700 "$dir"
# A sanitizer takes the place of the guest's memory, which is somewhere else in each run then, and nothing that was saved fits.
layout=() flips=40
[[ ${MODE:-rel}${REL_AS:-rel} =~ ^rel(rel|cov|ubsan|dbg|hostile)$ || $emu == */hostile/* ]] || { layout=(setarch -R) flips=4; }
"${layout[@]}" true || { echo "skipped: no setarch -R"; exit 77; }
counter() { jq ".counters.$1" "$work/stats"; }
# same NAME EMU-OPTIONS... -- PROGRAM...: prints and ends as without. What emu says goes to $work/err.
same() {
    local name=$1 options=() want got
    shift
    while [[ $1 != -- ]]; do options+=("$1") && shift; done
    shift
    want=$work/want.$(md5sum <<<"$*" | cut -c 1-32)
    if [[ ! -e $want.code ]]; then
        timeout 1000 "$emu" --clock=insn --user "$@" >"$want" 2>/dev/null </dev/null
        echo $? >"$want.code"
    fi
    timeout 1000 "${layout[@]}" "$emu" --clock=insn --user --code-cache-dir="$dir" --stats="$work/stats" "${options[@]}" "$@" >"$work/got" 2>"$work/err" </dev/null
    got=$?
    [[ $got == "$(cat "$want.code")" ]] || fail "$name: code $got, not $(cat "$want.code"): $(tail -n 2 "$work/err")"
    cmp -s "$want" "$work/got" || fail "$name: prints something else"
}
quiet() { [[ ! -s $work/err ]] || fail "$1: says $(head -n 1 "$work/err")"; }
says() { grep -q -- "$2" "$work/err" || fail "$1: does not say '$2' but: $(head -n 1 "$work/err")"; }
file() { ls "$dir"/*.units; }

# ---- counts: the second run translates next to nothing, and retires as many instructions
coremark=build/workloads/rv64-linux/coremark-test.elf
for round in 1 2; do
    same "coremark, run $round" -- $coremark
    quiet "coremark, run $round"
    translated[round]=$(counter units_translated) restored[round]=$(counter units_restored) retired[round]=$(counter guest_instructions)
done
[[ ${restored[1]} == 0 && ${restored[2]} -gt 100 ]] || fail "restored ${restored[*]}"
[[ ${translated[2]} -lt $((translated[1] / 4)) ]] || fail "translated ${translated[*]}"
[[ ${retired[1]} == "${retired[2]}" ]] || fail "retired ${retired[*]}"
[[ $(stat -c %a "$(file)") == 600 ]] || fail "others may read it: $(ls -l "$(file)")"

# ---- a code cache that is flushed again and again takes back what it has made
rm "$dir"/*
same "64K of code" --code-cache=64K -- $coremark
[[ $(counter cache_flushes) == 0 || $(counter units_restored) -gt 0 ]] || fail "nothing of $(counter cache_flushes) flushes was restored"
same "64K of code, again" --code-cache=64K -- $coremark
[[ $(counter guest_instructions) == "${retired[1]}" ]] || fail "64K of code: retires $(counter guest_instructions)"

# ---- switches have files of their own
rm "$dir"/*
for features in none all all,-region all,-ibtc,-chain all,-tlb; do
    for round in 1 2; do
        same "$features, run $round" --features=$features -- build/workloads/rv64-linux/calls-test.elf
        quiet "$features, run $round"
    done
    [[ $(counter units_restored) -gt 0 ]] || fail "$features: nothing restored"
done
[[ $(ls "$dir" | wc -l) == 5 ]] || fail "files of five sets: $(ls "$dir")"

# ---- code that is written, and code that another run has elsewhere
if command -v riscv64-unknown-elf-gcc >/dev/null; then
    emulator/tests/user/build.sh "$work/protect" emulator/tests/user/protect.c -O2 || exit 1
    emulator/tests/user/build.sh "$work/saved" emulator/tests/user/saved.c -O2 || exit 1
    for round in 1 2 3; do same "protect, run $round" -- "$work/protect"; done
    printf '\x13\x05\x15\x00\x67\x80\x00\x00' >"$work/a" # addi a0, a0, 1; ret
    printf '\x13\x05\x75\x00\x67\x80\x00\x00' >"$work/b" # addi a0, a0, 7; ret
    truncate -s 4096 "$work/a" "$work/b"
    for library in a a b b a; do same "library $library" -- "$work/saved" "$work/$library"; done
    [[ $(counter units_restored) -gt 0 ]] || fail "two libraries: nothing restored"
fi
if [[ -e /usr/riscv64-linux-gnu/lib/libc.so.6 ]] && command -v riscv64-linux-gnu-gcc >/dev/null; then
    names=(libc pthreads floating)
    [[ ${layout[*]} ]] && names=(libc)
    for name in "${names[@]}"; do
        riscv64-linux-gnu-gcc -O2 -w -pthread -o "$work/$name" "emulator/tests/user/glibc/$name.c" -lm || exit 1
        for round in 1 2; do same "$name, run $round" -- --sysroot=/usr/riscv64-linux-gnu "$work/$name" a; done
        [[ $(counter units_restored) -gt 100 ]] || fail "$name: restored $(counter units_restored)"
    done
fi

# ---- damaged: said, not believed, and made anew
rm "$dir"/*
program=build/workloads/rv64-linux/loop-test.elf
same "made" -- $program
good=$work/good
mv "$(file)" "$good"
same "made again" -- $program
path=$(file)
size=$(stat -c %s "$good")
for keep in 0 1 100 $((size / 2)) $((size - 1)); do
    head -c $keep "$good" >"$path"
    same "cut at $keep" -- $program
    says "cut at $keep" "is not whole\|is no file of units"
    cmp -s <(head -c 8 "$path") <(head -c 8 "$good") || fail "cut at $keep: not made anew"
done
flip() { # OFFSET
    cp "$good" "$path"
    printf "\\x$(printf %x $((0x$(xxd -s "$1" -l 1 -p "$good") ^ 0x41)))" | dd of="$path" bs=1 seek="$1" conv=notrunc status=none
}
for ((i = 0; i < 120; i += 200 / flips)); do flip $i && same "byte $i" -- $program && says "byte $i" "units are not restored"; done
flip $((size - 8)) && same "table" -- $program && says "table" "damaged (table)"
for ((i = 1; i < flips; i++)); do flip $((size * i / flips / 8 * 7)) && same "byte $((size * i / flips / 8 * 7))" -- $program; done

# ---- of others
cp "$good" "$path" && chmod 620 "$path" && same "group" -- $program && says group "may be written by others"
rm "$path" && ln -s "$good" "$path" && same "link" -- $program && says link "units are not restored"
rm -f "$path" && mkfifo "$path" && same "fifo" -- $program && says fifo "is no regular file"
rm -f "$path" && same "made" --features=none -- $program && cp "$(file)" "$work/none" && rm "$dir"/* && cp "$work/none" "$path"
same "switches" -- $program && says switches "with other switches"
if [[ $(id -u) == 0 ]]; then
    cp "$good" "$path" && chown 1 "$path" && same "owner" -- $program && says owner "is owned by another user"
    chown 1 "$dir" && same "folder of another" -- $program && says "folder of another" "neither saved nor restored"
    chown 0 "$dir"
fi
chmod 777 "$dir" && same "folder for all" -- $program && says "folder for all" "may be written by others"
chmod 700 "$dir"

# ---- two at once: each leaves a whole file
rm -f "$dir"/*
for i in 1 2 3 4 5 6; do "${layout[@]}" "$emu" --user --code-cache-dir="$dir" $program >"$work/out$i" 2>&1 </dev/null & done
wait
same "after six at once" -- $program
quiet "after six at once"
[[ $(ls "$dir" | wc -l) == 1 && $(counter units_restored) -gt 0 ]] || fail "six at once leave $(ls "$dir"), restored $(counter units_restored)"

# ---- what the command line refuses
for options in "--code-cache-dir=$work/absent --user" "--code-cache-dir=$dir" "--code-cache-dir=$dir --engine=interp --user" \
    "--code-cache-dir=$dir --root=$work --user" "--code-cache-dir=$dir --profile=$work/p --user" "--code-cache-dir=$dir --log=host --user"; do
    # shellcheck disable=SC2086
    "$emu" $options $program >/dev/null 2>"$work/err"
    [[ $? == 64 ]] || fail "$options is taken"
done
exit $status
