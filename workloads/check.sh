#!/usr/bin/env bash
# Runs workloads under a command and checks each result as its manifest says.
#
#   workloads/check.sh [--guest GUEST] [--size SIZE] [--only NAME] [--timeout SECONDS] [--dir DIR] COMMAND...
#
# {elf} in COMMAND stands for the program; without it the program is appended. GUEST is rv64 unless said otherwise, SIZE is test.
# A COMMAND with {kernel} runs the workloads that boot Linux: {bios}, {initrd}, {append} and {memory} as their manifest says.
#
#   workloads/check.sh build/rel/emu --features=all
#   workloads/check.sh build/rel/emu --memory={memory} --bios={bios} --kernel={kernel} --initrd={initrd} --append={append}
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
boots=false
[[ $* == *"{kernel}"* ]] && boots=true
[[ $* == *"{elf}"* || $boots == true ]] || command+=("{elf}")

# field_of MANIFEST NAME: a member of boot, for the size.
field_of() {
    local size=
    [[ $SIZE == full ]] || jq -e --arg size "$SIZE" '.sizes[$size] == null' "$1" > /dev/null || size=-$SIZE
    jq -r --arg size "$size" --arg name "$2" '.boot[$name] | gsub("\\{size\\}"; $size)' "$1"
}

# command_of MANIFEST PROGRAM: into `line`, the command with its placeholders filled in.
command_of() {
    local name value
    line=("${command[@]//"{elf}"/$2}")
    [[ $boots == true ]] || return 0
    for name in bios kernel initrd append; do
        value=$(field_of "$1" "$name")
        line=("${line[@]//"{$name}"/$value}")
    done
    line=("${line[@]//"{memory}"/$(jq .boot.memory_mib "$1")M}")
}

# program_of MANIFEST: the ELF of the size, or the one that the manifest points to; the initramfs of a boot.
program_of() {
    local name elf
    if [[ $boots == true ]]; then
        field_of "$1" initrd
        return
    fi
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
        --argjson boots $boots '((.guests // []) + ((.elf // {}) | keys) | any(. == $guest)) and ($only == "" or .name == $only)
         and (if .boot then $boots else ($boots | not) and .sizes[$size] end)' \
        "$manifest" > /dev/null || continue
    name=$(jq -r .name "$manifest")
    program=$(program_of "$manifest")
    count=$((count + 1))
    code=0
    truncate -s 0 "$output" "$messages"
    if [[ ! -e $program ]]; then
        [[ $boots == true ]] && reasons="no $program: run \`make linux\`" || reasons="no $program: run workloads/build.sh $GUEST"
    else
        [[ $program == */* ]] || program=./$program
        command_of "$manifest" "$program"
        timeout "$TIMEOUT" "${line[@]}" < /dev/null > "$output" 2> "$messages" || code=$?
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
