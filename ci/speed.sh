#!/usr/bin/env bash
# speed.sh [-r ROUNDS] [-o FOLDER] [REGEX]: how fast is the translator beside native code and QEMU, and which goal is missed?
#
# Measures the rows of ci/speed.list whose names match, all without REGEX, interleaved, on a machine that does nothing else:
# workloads by `nightjar bench`, each in ROUNDS blocks of a random order; starts and Debian's programs of ci/speed.programs in
# ROUNDS rounds of all of them. Where `make linux` has not been run, the rows that boot it say so. Fetches some 300 MB of programs once.
#   -r ROUNDS   7 without it
#   -o FOLDER   build/speed without it: speed.md (the table), run.json (nightjar.run/1), times.tsv (each run: row, of whom, seconds)
# The number of a row is the ratio of the minima, as its goal is; that of the medians stands beside it: if the two differ by more
# than 3 %, the machine was not quiet. Exit status: 0 every row has a number, 1 some have none, 64 usage.
set -uo pipefail
cd "$(dirname "$0")/.."
rounds=7 out=build/speed
while getopts r:o: option; do
    case $option in
    r) rounds=$OPTARG ;;
    o) out=$OPTARG ;;
    *) sed -n '2,10p' "$0" >&2; exit 64 ;;
    esac
done
shift $((OPTIND - 1))
regex=${1:-.}
[[ $rounds =~ ^[1-9][0-9]*$ ]] || { echo "speed.sh: ROUNDS is a whole number" >&2; exit 64; }
nightjar=build/rel/nightjar emu=$PWD/build/rel/emu programs=emulator/tests/user/programs.sh root=$PWD/build/programs/root
mkdir -p "$out" || exit
times=$out/times.tsv run=$out/run.json
: > "$times"

# rows: NAME|KIND|WHAT|GOAL, without the blanks around them
rows=$(sed 's/ *| */|/g' ci/speed.list | awk -F'|' -v regex="$regex" '!/^#/ && NF == 4 && $1 ~ regex')
[[ -n $rows ]] || { echo "speed.sh: no row of ci/speed.list matches '$regex'" >&2; exit 64; }
of_kind() { awk -F'|' -v kinds="^($1)\$" '$2 ~ kinds' <<< "$rows"; }

# ---- workloads
cells=$(of_kind 'times|speed' | cut -d'|' -f3 | cut -d' ' -f1 | sort -u)
rm -f "$run"
if [[ -n $cells ]]; then
    plan=()
    for name in $cells; do plan+=(--workload "$name"); done
    "$nightjar" bench "${plan[@]}" --features all --peer all --guest rv64 --guest rx --reps "$rounds" --exact-reps 1 --sample 0.5s --title speed -o "$run"
    code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || exit "$code"
fi

# ---- starts, and programs
# cpu_of ROW WHO COUNT COMMAND...: CPU seconds of one run
cpu_of() {
    local row=$1 who=$2 count=$3 i took
    shift 3
    # A subshell has no children but these.
    (for ((i = 0; i < count; i++)); do "$@" > /dev/null || exit 1; done; times > "$out/took") || return 1
    took=$(awk -v n="$count" 'NR == 2 {for (i = 1; i <= 2; i++) {split($i, t, /[ms]/); s += t[1] * 60 + t[2]} printf "%.6f", s / n}' "$out/took")
    printf '%s\t%s\t%s\n' "$row" "$who" "$took" >> "$times"
}
blocks=$(of_kind 'program|seconds|memory' | cut -d'|' -f3 | sort -u)
starts=$(of_kind start)
if [[ -n $blocks ]]; then
    pattern="^($(paste -sd'|' <<< "$blocks"))\$"
    "$programs" --list ci/speed.programs --fetch "$pattern" || exit
fi
[[ -z $starts ]] || "$programs" --fetch '^(coreutils|busybox)$' || exit
for ((round = 1; round <= rounds && (${#blocks} + ${#starts}) > 0; round++)); do
    echo "speed.sh: programs, round $round of $rounds"
    while IFS='|' read -r name _ what _; do
        [[ -n $name ]] || continue
        what=${what//'{root}'/$root}
        # shellcheck disable=SC2086
        cpu_of "$name" emu 50 ${what//'{emu}'/$emu} || echo "speed.sh: $name failed" >&2
        what=${what//'{emu} --user'/qemu-riscv64}
        # shellcheck disable=SC2086
        cpu_of "$name" qemu 50 ${what//--sysroot=/-L } || echo "speed.sh: $name failed under QEMU" >&2
    done <<< "$starts"
    [[ -n $blocks ]] || continue
    "$programs" --list ci/speed.programs --json "$out/round.json" "$pattern" > "$out/round.log" || cat "$out/round.log" >&2
    jq -r '.programs[] | select(.verdict == "right" or .verdict == "own") | "\(.program)\temu\t\(.emu_cpu_s)\t\(.emu_max_rss_kb)",
        (select(.qemu_cpu_s) | "\(.program)\tqemu\t\(.qemu_cpu_s)\t\(.qemu_max_rss_kb)")' "$out/round.json" >> "$times"
done

# ---- the table
# cell WORKLOAD GUEST CONFIG: least and median of its CPU time, and how many samples
cell() {
    [[ -e $run ]] || return 0
    jq -r --arg w "$1" --arg g "$2" --arg c "$3" '.summary.cells[] | select(.workload == $w and .guest == $g and .config == $c and .metric == "cpu_ns")
        | "\(.min / 1e9) \(.median / 1e9) \(.n)"' "$run"
}
# timed ROW WHO [COLUMN]: the same of times.tsv
timed() {
    awk -F'\t' -v row="$1" -v who="$2" -v column="${3:-3}" '$1 == row && $2 == who {print $column}' "$times" | sort -g |
        awk '{v[NR] = $1} END {if (NR) print v[1], (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, NR}'
}
table() {
    echo "| row | ours | beside it | goal | of minima | of medians | samples | |"
    echo "|---|---|---|---|---|---|---|---|"
    while IFS='|' read -r name kind what goal; do
        read -r -a w <<< "$what"
        ours='' other=''
        case $kind in
        times | speed) ours=$(cell "${w[0]}" "${w[1]}" "${w[2]}") other=$(cell "${w[0]}" "${w[1]}" "${w[3]}") ;;
        start) ours=$(timed "$name" emu) other=$(timed "$name" qemu) ;;
        program | seconds) ours=$(timed "$what" emu) other=$(timed "$what" qemu) ;;
        memory) ours=$(timed "$what" emu 4) other=$(timed "$what" qemu 4) ;;
        *) echo "speed.sh: ci/speed.list: no kind '$kind'" >&2; exit 64 ;;
        esac
        awk -v name="$name" -v kind="$kind" -v goal="$goal" -v ours="$ours" -v other="$other" '
            function shown(s) {return kind == "memory" ? sprintf("%.0f MB", s / 1024) : s < 1e-3 ? sprintf("%.3g us", s * 1e6) : s < 0.1 ? sprintf("%.3g ms", s * 1e3) : sprintf("%.3g s", s)}
            function number(a, b) {return kind == "start" ? a * 1e3 : kind == "seconds" ? a : kind == "memory" ? a / 1024 : kind == "speed" ? b / a : a / b}
            BEGIN {
                n = split(ours, a, " "); m = split(other, b, " ")
                absolute = kind ~ /start|seconds|memory/
                if (!n || (!m && !absolute)) {print "| " name " | - | - | " goal " | - | - | - | not measured |"; exit 1}
                x = number(a[1], b[1])
                met = kind == "speed" ? x >= goal : x <= goal
                printf "| %s | %s | %s | %s%s | %.3g | %.3g | %s | %s |\n", name, shown(a[1]), m ? shown(b[1]) : "-", kind == "speed" ? ">= " : "<= ", goal,
                    x, number(a[2], b[2]), a[3], met ? "met" : "missed"
            }' || return_code=1
    done <<< "$rows"
    return "${return_code:-0}"
}
{
    echo "# Speed: $("$nightjar" --version | head -n 1), $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
    echo
    echo "Kinds of goals: \`<=\` times the CPU time of native code (workloads) or of qemu-riscv64 (programs), or ms, s and MB of its own;"
    echo "\`>=\` times the speed of qemu-system. Minimum of $rounds interleaved rounds; \"ours\" and \"beside it\" are the two minima."
    echo
    table
} > "$out/speed.md"
status=$?
cat "$out/speed.md"
exit $status
