#!/usr/bin/env bash
# Oracle: each workload's own result check, and the interpreter without any switch: console output and guest instructions.
# tests: rel hostile
#
# Every workload of the test size under interp, and under jit with the 2^5 sets of switches (kernels: half of them), each
# pass alone off, everything off and on. The same switches give the same bytes of counters twice; the profile's totals agree with them.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
switches=(chain ibtc regcache tlb flags)
passes=(fold cse dce)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 runs=0

complain() {
    echo "FAIL $*"
    status=1
}

# run NAME TITLE OPTION...: one run, checked against the manifest and against the first run of this workload.
run() {
    local name=$1 title=$2 code=0 pattern
    shift 2
    runs=$((runs + 1))
    "$emu" --stats="$work/stats" "$@" "build/workloads/rv64/$name-test.elf" </dev/null >"$work/out" 2>"$work/err" || code=$?
    [[ $code == "$expected_code" ]] || complain "$name, $title: exit code $code instead of $expected_code: $(tail -n 1 "$work/err")"
    while IFS= read -r pattern; do
        grep -Eq -e "$pattern" "$work/out" || complain "$name, $title: no line matches $pattern"
    done <<<"$expected_lines"
    jq -r '.counters.guest_instructions, (.counters | tojson)' "$work/stats" >"$work/counts" || complain "$name, $title: no stats"
    { read -r guest && read -r counters; } <"$work/counts"
    if [[ ! -e $work/$name.out ]]; then
        cp "$work/out" "$work/$name.out"
        first_guest=$guest
    else
        cmp -s "$work/out" "$work/$name.out" || complain "$name, $title: other console output than interp"
        [[ $guest == "$first_guest" ]] || complain "$name, $title: $guest guest instructions, interp has $first_guest"
    fi
}

# twice NAME TITLE OPTION...: the counters of a second run are the same bytes.
twice() {
    local before
    run "$@"
    before=$counters
    run "$@"
    [[ $counters == "$before" ]] || complain "$1, $2: two runs differ: $before, then $counters"
}

# profiled NAME TITLE OPTION...: the sums over the profile are the counters.
profiled() {
    local name=$1 title=$2
    run "$@" --profile="$work/profile"
    jq -r --slurpfile stats "$work/stats" '
        . as $p | $stats[0].counters as $c
        | ([.blocks[] | (.exits // [])[] | .hits * .guest_instructions] | add // 0) as $exits
        | ([.blocks[] | (.calls // [])[] | .leaves * .leave_guest_instructions] | add // 0) as $calls
        | def differ(what; a; b): if a == b then empty else "\(what): \(a) and \(b)" end;
        differ("totals and counter"; $p.totals.guest_instructions; $c.guest_instructions),
        differ("sum over exits and counter"; $exits + $calls + $p.totals.stepped_instructions; $c.guest_instructions),
        differ("stepped"; $p.totals.stepped_instructions; $c.stepped_instructions),
        differ("host instructions"; $p.totals.host_instructions; $c.host_instructions // 0)' "$work/profile" >"$work/differ" ||
        complain "$name, $title: no profile"
    [[ ! -s $work/differ ]] || complain "$name, $title: profile: $(paste -sd ';' "$work/differ")"
}

check_workload() {
    local name=$1 manifest=workloads/$1/manifest.json set list i
    expected_code=$(jq -r '.check.exit // 0' "$manifest")
    expected_lines=$(jq -r '.check.stdout[]' "$manifest")
    run "$name" "interp, none" --engine=interp --features=none
    twice "$name" "interp" --engine=interp
    profiled "$name" "interp with profile" --engine=interp
    for ((set = 0; set < 1 << ${#switches[@]}; set++)); do
        # The kernels take every other set: flags is the last switch, and the kernels have none.
        [[ $name == dhrystone || $name == coremark* ]] || (((set ^ set >> 4) & 1)) || continue
        list=""
        for i in "${!switches[@]}"; do list+=,$( ((set >> i & 1)) && echo + || echo -)${switches[i]}; done
        run "$name" "jit $list" --features="${list#,}"
    done
    for i in "${passes[@]}"; do run "$name" "jit -$i" --features="-$i"; done
    for list in all none all,-chain all,-ibtc all,-regcache all,-tlb; do
        profiled "$name" "jit $list with profile" --features=$list
    done
    twice "$name" "jit all" --features=all
    twice "$name" "jit none" --features=none
    run "$name" "jit, small cache" --code-cache=64K
}

for workload in calls coremark coremark-validation dhrystone dispatch loop patch pressure stride; do
    [[ -e build/workloads/rv64/$workload-test.elf ]] || { echo "no $workload-test.elf: run workloads/build.sh rv64"; exit 1; }
    check_workload $workload
done
echo "$runs runs"
exit $status
