#!/usr/bin/env bash
# Runs workloads under a command and checks each result as its manifest says.
#
#   workloads/check.sh [--guest GUEST] [--size SIZE] [--only NAME] [--timeout SECONDS] [--dir DIR] COMMAND...
#
# {elf} in COMMAND stands for the program; without it the program is appended. GUEST is rv64 unless said otherwise, SIZE is test.
#
#   workloads/check.sh build/rel/emu --features=all
#   workloads/check.sh qemu-system-riscv64 -M virt -bios none -nographic -kernel {elf}
#   workloads/check.sh --guest rv64-linux qemu-riscv64
#   workloads/check.sh --guest native {elf}
#
# Exit code: 0 all valid, 1 some are not, 2 usage or nothing to run.
set -euo pipefail

HERE=$(dirname "$0")
GUEST=rv64
SIZE='test'
ONLY=
TIMEOUT=120
DIR=$(realpath -m --relative-to=. "$HERE/../build/workloads")

fail_usage() {
    echo "check.sh: $*" >&2
    sed -n '4p' "$0" | cut -c3- >&2
    exit 2
}

while (($#)); do
    case $1 in
    --guest | --size | --only | --timeout | --dir)
        (($# >= 2)) || fail_usage "$1 needs a value"
        option=${1#--}
        declare "${option^^}=$2"
        shift 2
        ;;
    --*) fail_usage "unknown option $1" ;;
    *) break ;;
    esac
done
(($#)) || fail_usage "no command"
command=("$@")
[[ $* == *"{elf}"* ]] || command+=("{elf}")

# program_of MANIFEST: the ELF of the size, or the one that the manifest points to.
program_of() {
    local name elf
    elf=$(jq -r --arg guest "$GUEST" '.elf[$guest] // empty' "$1")
    if [[ -n $elf ]]; then
        [[ $elf == /* ]] || elf=$HERE/../$elf
        echo "$elf"
        return
    fi
    name=$DIR/$GUEST/$(jq -r .name "$1")
    [[ $SIZE == full ]] || name+=-$SIZE
    [[ -e $name.elf ]] && name+=.elf
    echo "$name"
}

# why_invalid MANIFEST OUTPUT CODE: prints what is wrong, nothing if the run counts.
why_invalid() {
    local expected pattern
    expected=$(jq -r '.check.exit // 0' "$1")
    [[ $3 == "$expected" ]] || echo "exit code $3, expected $expected"
    while IFS= read -r pattern; do
        grep -Eq -e "$pattern" "$2" || echo "no line matches $pattern"
    done < <(jq -r '.check.stdout // [] | .[]' "$1")
}

output=$(mktemp)
messages=$(mktemp)
trap 'rm -f "$output" "$messages"' EXIT
count=0 bad=0
for manifest in "$HERE"/*/manifest.json; do
    jq -e --arg guest "$GUEST" --arg size "$SIZE" --arg only "$ONLY" \
        '((.guests // []) + ((.elf // {}) | keys) | any(. == $guest)) and .sizes[$size] and ($only == "" or .name == $only)' \
        "$manifest" > /dev/null || continue
    name=$(jq -r .name "$manifest")
    program=$(program_of "$manifest")
    count=$((count + 1))
    code=0
    truncate -s 0 "$output" "$messages"
    if [[ ! -e $program ]]; then
        reasons="no $program: run workloads/build.sh $GUEST"
    else
        [[ $program == */* ]] || program=./$program
        timeout "$TIMEOUT" "${command[@]//"{elf}"/$program}" < /dev/null > "$output" 2> "$messages" || code=$?
        reasons=$(why_invalid "$manifest" "$output" "$code")
        ((code != 124)) || reasons="no end within $TIMEOUT s, or the command's own exit code 124"$'\n'$reasons
    fi
    if [[ -z $reasons ]]; then
        printf '  valid    %s\n' "$name"
    else
        bad=$((bad + 1))
        printf '  INVALID  %s\n' "$name"
        {
            echo "$reasons"
            tail -q -n 5 "$output" "$messages" | sed 's/^/| /'
        } | sed 's/^/           /'
    fi
done
((count)) || fail_usage "no workload for guest $GUEST, size $SIZE${ONLY:+, named $ONLY}"
echo "$((count - bad)) of $count workloads valid ($GUEST, $SIZE)"
((bad == 0))
