#!/usr/bin/env bash
# Oracle: two machines that run with the same --host-isa count the same and emit the same code. The other machines are
# CPU models of QEMU and this one with ASLR off; a code hash that cannot differ would prove nothing, so it also must.
# tests: rel
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: QEMU has no room for the shadow of the address sanitizer"; exit 77; }
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh

# facts NAME [COMMAND-PREFIX...] -- OPTION...: what must be equal between machines, as one line of JSON
facts() {
    local name=$1 prefix=()
    shift
    while [[ $1 != -- ]]; do prefix+=("$1") && shift; done
    shift
    timeout 1000 "${prefix[@]}" "$emu" --stats="$work/$name.json" --profile=/dev/null "$@" </dev/null >/dev/null 2>"$work/err" ||
        fail "${prefix[*]} emu $*: $(tail -n 2 "$work/err")"
    jq -c '[.host_isa, .code_sha256, .counters]' "$work/$name.json"
}
same() { [[ -n $2 && $2 == "$3" ]] || fail "$1:"$'\n'"  $2"$'\n'"  $3"; }
differ() { [[ -n $2 && $2 != "$3" ]] || fail "$1: no difference: $2"; }

qemu=(prlimit --as=40000000000 qemu-x86_64)
for elf in rv64/dhrystone-test rv64/nbody-test rx/dhrystone-test; do
    elf=build/workloads/$elf.elf
    [[ -e $elf ]] || { echo "no $elf: make workloads"; exit 1; }
    # WHY without chain under QEMU: it does not notice that code is patched through another mapping, and runs the old. WHY
    # without a window (and bounds, below): QEMU notes the 32 million pages of its fence one by one, eight times the rest of a run.
    few=--features=all,-chain,-bounds
    baseline=$(facts base -- --host-isa=v2 $few "$elf")
    same "$elf, Westmere" "$baseline" "$(facts q "${qemu[@]}" -cpu Westmere -- --host-isa=native $few "$elf")"
    same "$elf, Haswell" "$baseline" "$(facts q "${qemu[@]}" -cpu Haswell -- --host-isa=v2 $few "$elf")"
    same "$elf, none is v2" "$baseline" "$(facts q -- --host-isa=none $few "$elf")"
    all=$(facts base -- --host-isa=v2 "$elf")
    same "$elf, ASLR off" "$all" "$(facts q setarch -R -- --host-isa=v2 "$elf")"
    same "$elf, again" "$all" "$(facts q -- --host-isa=v2 "$elf")"
    linked=$(facts base -- --host-isa=v2 --features=all,-bounds "$elf")
    code_under_qemu=$(facts q "${qemu[@]}" -cpu Westmere -- --host-isa=v2 --features=all,-bounds "$elf")
    same "$elf, code with links" "$(jq -c '.[:2]' <<<"$linked")" "$(jq -c '.[:2]' <<<"$code_under_qemu")"
    if emu_has=$("$emu" --version=json | jq -r .host_isa.native) && [[ $emu_has == bmi2,fma ]]; then
        v3=$(facts base -- --host-isa=v3 $few "$elf")
        differ "$elf, v2 and v3" "$(jq -c '.[1]' <<<"$baseline")" "$(jq -c '.[1]' <<<"$v3")"
        same "$elf, v3 on Haswell" "$v3" "$(facts q "${qemu[@]}" -cpu Haswell -- --host-isa=v3 $few "$elf")"
        same "$elf, v3 is a list" "$v3" "$(facts q -- --host-isa=fma,bmi2 $few "$elf")"
    fi
done
elf=build/workloads/rv64/dhrystone-test.elf
windowed=$(facts q qemu-x86_64 -cpu Westmere -- --host-isa=v2 "$elf")
same "$elf, code with a window and links" "$(facts base -- --host-isa=v2 "$elf" | jq -c '.[:2]')" "$(jq -c '.[:2]' <<<"$windowed")"
same "$elf, window under QEMU" true "$(jq .window "$work/q.json")"

# Without address space for the window (mem/window.c) the stats say so; without bounds the code is the same.
for e in build/workloads/{rv64/dhrystone,rx/dhrystone,rv64/nbody}-test.elf; do
    with=$(facts with -- --features=all,-bounds "$e")
    without=$(ulimit -v 60000000 && facts without -- --features=all,-bounds "$e")
    same "$e, no window, no bounds" "$with" "$without"
    same "$e, no window" false "$(jq .window "$work/without.json")"
done

# The guest sees the same, whatever the code may use.
isas=(v2 native)
[[ $("$emu" --version=json | jq -r .host_isa.native) == *bmi2* ]] && isas+=(bmi2)
for isa in "${isas[@]}"; do
    [[ $("$emu" --host-isa=$isa "$elf" | cksum) == "$("$emu" "$elf" | cksum)" ]] || fail "--host-isa=$isa: other output"
done

# Another code, another hash; the same code, the same one. (A single byte: tests/unit/test_code_hash.c.)
"$emu" --stats="$work/one.json" --code-hash "$elf" >/dev/null
"$emu" --stats="$work/two.json" --code-hash --features=all,-cse "$elf" >/dev/null
"$emu" --stats="$work/three.json" --code-hash "$elf" >/dev/null
differ "a pass less" "$(jq .code_sha256 "$work/one.json")" "$(jq .code_sha256 "$work/two.json")"
same "--code-hash, twice" "$(jq .code_sha256 "$work/one.json")" "$(jq .code_sha256 "$work/three.json")"
"$emu" --stats="$work/four.json" "$elf" >/dev/null
[[ $(jq 'has("code_sha256")' "$work/four.json") == false ]] || fail "a hash that was not asked for"

# Refusals by name.
expect() { # expect CODE PATTERN OPTION...
    local code=$1 pattern=$2 got=0
    shift 2
    "${prefix[@]}" "$emu" "$@" "$elf" >/dev/null 2>"$work/err" || got=$?
    [[ $got == "$code" ]] && grep -Eq -e "$pattern" "$work/err" || fail "exit code $got: $*: $(head -n 2 "$work/err")"
}
prefix=()
expect 64 "'v9' is no instruction set of x64; known: native, none, bmi2, fma, v2, v3" --host-isa=v9
expect 64 "'' is no instruction set" --host-isa=
expect 64 "'' is no instruction set" --host-isa=bmi2,
expect 64 'code-hash: give --stats' --code-hash
prefix=(qemu-x86_64 -cpu Westmere)
expect 125 'host-isa=v3: this machine has no bmi2,fma' --host-isa=v3
expect 125 'host-isa=bmi2: this machine has no bmi2' --host-isa=bmi2
exit $status
