#!/usr/bin/env bash
# beside.sh [-n UNITS] [-s SIZE] WORKLOAD [GUEST]: the hottest units of a workload, the emitted code beside what gcc made for this machine.
#
# Left: host instructions that emu executed in the unit, how often, and why (`--profile-code`). Right: the instructions of the
# native program for the same lines of source, counted by callgrind. Both have run the same work, so the counts compare. Those
# that ran less than a fiftieth of the unit's hottest are left out. GUEST is rv64 without it; a unit of 3, SIZE is quick.
# Needs the packages valgrind and binutils; `make speed` says which rows to look at, docs/SPEED.md what was found.
# Exit status: 0, 1 something could not be run, 64 usage.
set -euo pipefail
cd "$(dirname "$0")/.."
units=3 size=quick
while getopts n:s: option; do
    case $option in
    n) units=$OPTARG ;;
    s) size=$OPTARG ;;
    *) sed -n '2p' "$0" >&2; exit 64 ;;
    esac
done
shift $((OPTIND - 1))
[[ $# -ge 1 && $units =~ ^[1-9][0-9]*$ ]] || { sed -n '2p' "$0" >&2; exit 64; }
name=$1 guest=${2:-rv64} suffix=-$size
[[ $size != full ]] || suffix=
elf=build/workloads/$guest/$name$suffix.elf native=build/workloads/native/$name$suffix
user=() && [[ $guest != *-linux ]] || user=(--user)
for file in "$elf" "$native"; do [[ -e $file ]] || { echo "beside.sh: no $file: make workloads" >&2; exit 1; }; done
for tool in valgrind objdump addr2line jq; do
    command -v $tool > /dev/null || { echo "beside.sh: no $tool: apt-get install valgrind binutils jq" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build/rel/emu "${user[@]}" --profile="$work/profile.json" --profile-code "$elf" > /dev/null
valgrind -q --tool=callgrind --dump-instr=yes --compress-pos=no --compress-strings=no --callgrind-out-file="$work/callgrind" "$native" > /dev/null 2>&1

# native: ADDRESS COUNT, then ADDRESS FILE:LINE TEXT in the order of addresses
awk -v own="$(realpath "$native")" '/^ob=/ {here = substr($0, 4) == own} /^calls=/ {skip = 1; next}
    /^0x/ {if (!skip && here) count[$1] += $NF; skip = 0} END {for (a in count) print a, count[a]}' "$work/callgrind" > "$work/counts"
objdump -dl --no-show-raw-insn "$native" | awk -v counts="$work/counts" '
    BEGIN {while ((getline < counts) > 0) count[$1] = $2}
    /^[^ ].*:[0-9]+( \(discriminator [0-9]+\))?$/ {line = $1; sub(".*/", "", line); next}
    /^ +[0-9a-f]+:\t/ {a = $1; sub(":", "", a); text = $0; sub(/^[^\t]*\t/, "", text); sub(/ *#.*/, "", text); gsub(/ +/, " ", text)
        print "0x" a "\t" (count["0x" a] + 0) "\t" line "\t" text}' > "$work/native"

# emitted: UNIT PC SHARE COUNT WHY GUEST-PC TEXT
jq -r --argjson n "$units" '
    ([.units[] | .host[]? | .hits] | add) as $all
    | [.units[] | . + {ran: ([.host[]? | .hits] | add // 0)}] | sort_by(-.ran)[:$n][] | . as $u
    | ([.host[] | select(.why != "count") | .hits] | max) as $most
    | .host[] | select(.hits * 50 > $most and .why != "count")
    | [$u.unit, $u.gpc, ($u.ran / $all * 1000 | round / 10), .hits, .why,
       ($u.blocks[.block].guest[.insn].gpc // $u.blocks[.block].gpc), .text] | @tsv' "$work/profile.json" > "$work/emitted"
cut -f6 "$work/emitted" | addr2line -e "$elf" | sed 's/ (discriminator.*//; s/.*\///' > "$work/lines"
paste "$work/emitted" "$work/lines" > "$work/all"
for unit in $(cut -f1 "$work/all" | uniq); do
    awk -F'\t' -v u="$unit" '$1 == u {printf "%-12s %-8s %s\n", $4, $5, $7}' "$work/all" > "$work/left"
    awk -F'\t' -v u="$unit" -v all="$work/all" '
        BEGIN {while ((getline row < all) > 0) {split(row, f, "\t"); if (f[1] == u) {of[f[8]] = 1; if (f[4] > most) most = f[4]}}}
        of[$3] && $2 * 50 > most {printf "%-12s %s\n", $2, $4}' "$work/native" > "$work/right"
    awk -F'\t' -v u="$unit" '$1 == u {print "== unit at " $2 ", " $3 " % of what was executed; " lines; exit}' \
        lines="$(awk -F'\t' -v u="$unit" '$1 == u {print $8}' "$work/all" | sort -uV | paste -sd' ')" "$work/all"
    awk '{print $1; s += $1} END {print s}' "$work/left" | tail -n 1 | sed 's/^/   emitted: /'
    awk '{s += $1} END {print "   native:  " s + 0}' "$work/right"
    pr -m -t -w 150 "$work/left" "$work/right"
done
