#!/usr/bin/env bash
# Oracle: each workload's own result check, and the interpreter without any switch: console output and guest instructions.
# tests: rel hostile slow
#
# Every workload of the test size under interp, and under jit with the 2^5 sets of switches (kernels: half of them), each
# pass alone off, everything off and on. The same switches give the same bytes of counters twice; the profile's totals agree with them.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
switches=(chain ibtc regcache tlb flags)
passes=(fold cse dce sink narrow)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 runs=0

complain() {
    echo "FAIL $*"
    status=1
}

# WHY files of statistics that are read when a workload is through: jq takes longer to begin than such a run.
# run TITLE OPTION...: one run of $name, its statistics into $work/stats.N; the console output is that of the first run, which
# is checked against the manifest.
run() {
    local title=$1 code=0 pattern
    shift
    runs=$((runs + 1))
    titles[runs]=$title
    "$emu" --stats="$work/stats.$runs" "$@" "build/workloads/rv64/$name-test.elf" </dev/null >"$work/out" 2>"$work/err" || code=$?
    [[ $code == "$expected_code" ]] || complain "$name, $title: exit code $code instead of $expected_code: $(tail -n 1 "$work/err")"
    if ((runs == first)); then
        cp "$work/out" "$work/first.out"
        while IFS= read -r pattern; do
            grep -Eq -e "$pattern" "$work/out" || complain "$name, $title: no line matches $pattern"
        done <<<"$expected_lines"
    else
        cmp -s "$work/out" "$work/first.out" || complain "$name, $title: other console output than interp"
    fi
}

# twice TITLE OPTION...: the counters of a second run are the same bytes.
twice() {
    run "$@"
    run "$@"
    pairs+=("$runs")
}

# profiled TITLE OPTION...: the sums over the profile are the counters.
profiled() {
    run "$@" --profile="$work/profile.$((runs + 1))"
    profiles+=("$runs")
}

check_counters() {
    local i n guest counters first_guest
    local -A of
    while IFS=$'\t' read -r n guest counters; do
        n=${n##*.} of[$n]=$counters
        ((n == first)) && first_guest=$guest
        [[ $guest == "$first_guest" ]] || complain "$name, ${titles[n]}: $guest guest instructions, interp has $first_guest"
    done < <(for ((i = first; i <= runs; i++)); do echo "$work/stats.$i"; done |
        xargs jq -r '"\(input_filename)\t\(.counters.guest_instructions)\t\(.counters | tojson)"')
    ((${#of[@]} == runs - first + 1)) || complain "$name: $((runs - first + 1)) runs, statistics of ${#of[@]}"
    for n in "${pairs[@]}"; do
        [[ ${of[$n]-} == "${of[$((n - 1))]-}" ]] || complain "$name, ${titles[n]}: two runs differ: ${of[$((n - 1))]-}, then ${of[$n]-}"
    done
}

check_profiles() {
    local n different
    different=$(for n in "${profiles[@]}"; do printf '%s\n' "$work/profile.$n" "$work/stats.$n"; done |
        xargs jq -nr --argjson n "${#profiles[@]}" '
        range($n) | input as $p | input_filename as $file | input.counters as $c
        | ([$p.blocks[] | (.exits // [])[] | .hits * .guest_instructions] | add // 0) as $exits
        | ([$p.blocks[] | (.calls // [])[] | .leaves * .leave_guest_instructions] | add // 0) as $calls
        | def differ(what; a; b): if a == b then empty else "\($file): \(what): \(a) and \(b)" end;
        differ("totals and counter"; $p.totals.guest_instructions; $c.guest_instructions),
        differ("sum over exits and counter"; $exits + $calls + $p.totals.stepped_instructions; $c.guest_instructions),
        differ("stepped"; $p.totals.stepped_instructions; $c.stepped_instructions),
        differ("host instructions"; $p.totals.host_instructions; $c.host_instructions // 0)') || complain "$name: no profile"
    while IFS= read -r n; do
        [[ -z $n ]] || complain "$name, $(t=${n%%:*} && echo "${titles[${t##*.}]}"): profile: ${n#*: }"
    done <<<"$different"
}

check_workload() {
    local name=$1 manifest=workloads/$1/manifest.json set list i first=$((runs + 1)) titles=() pairs=() profiles=()
    expected_code=$(jq -r '.check.exit // 0' "$manifest")
    expected_lines=$(jq -r '.check.stdout[]' "$manifest")
    run "interp, none" --engine=interp --features=none
    twice "interp" --engine=interp
    profiled "interp with profile" --engine=interp
    for ((set = 0; set < 1 << ${#switches[@]}; set++)); do
        # The kernels take every other set: flags is the last switch, and the kernels have none.
        [[ $name == dhrystone || $name == coremark* ]] || (((set ^ set >> 4) & 1)) || continue
        list=""
        for i in "${!switches[@]}"; do list+=,$( ((set >> i & 1)) && echo + || echo -)${switches[i]}; done
        run "jit $list" --features="${list#,}"
    done
    for i in "${passes[@]}"; do run "jit -$i" --features="-$i"; done
    for list in all none all,-chain all,-ibtc all,-regcache all,-tlb; do
        profiled "jit $list with profile" --features=$list
    done
    twice "jit all" --features=all
    twice "jit none" --features=none
    run "jit, small cache" --code-cache=64K
    check_counters
    check_profiles
    rm -f "$work"/stats.* "$work"/profile.*
}

for workload in calls coremark coremark-validation dhrystone dispatch loop patch pressure stride; do
    [[ -e build/workloads/rv64/$workload-test.elf ]] || { echo "no $workload-test.elf: run workloads/build.sh rv64"; exit 1; }
    check_workload $workload
done
echo "$runs runs"
exit $status
