#!/usr/bin/env bash
# Builds the workloads of one or more guests: workloads/build.sh GUEST... [--out DIR] [--only NAME]
#
# GUEST is a folder of workloads/lib with a toolchain.sh (rv64, rv64-sv39, rv64-linux, rx, native); none means rv64. The result is
# DIR/GUEST/NAME[-SIZE][.elf], DIR is build/workloads. A program is rebuilt when its folder, a folder that its sources
# come from, the runtime or this script is newer. The output is the same, to the byte, wherever the checkout lies.
# A guest with a PREBUILT folder and no toolchain at hand gets the committed programs (prebuilt/prebuilt.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

COMMON=(lib/common/string.c lib/common/print.c lib/common/iterations.c)
BASE_CFLAGS=(-std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
    -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables -fno-ident -fno-stack-protector
    "-ffile-prefix-map=$PWD=." "-Wa,--debug-prefix-map=$PWD=." -Iworkloads/lib/common)

die() {
    echo "build.sh: $*" >&2
    exit 1
}

usage() { die "usage: workloads/build.sh [GUEST...] [--out DIR] [--only NAME]; guests: $(guests | tr '\n' ' ')"; }

guests() { for file in workloads/lib/*/toolchain.sh; do basename "$(dirname "$file")"; done; }

# is_current RESULT INPUT...: RESULT exists and no file in INPUT is newer.
is_current() {
    local result=$1
    shift
    [[ -e $result && -z $(find "$@" -newer "$result" -type f -print -quit) ]]
}

# build_size NAME SIZE ITERATIONS OBJECT...: the last step, one program.
build_size() {
    local name=$1 size=$2 iterations=$3 result
    shift 3
    result=$OUT/$GUEST/$name
    [[ $size == full ]] || result+=-$size
    result+=$SUFFIX
    local objects=$OUT/$GUEST/obj/$name
    "$CC" "${BASE_CFLAGS[@]}" "${CFLAGS[@]}" "${EXTRA[@]}" "-DITERATIONS=$iterations" \
        -c -o "$objects/iterations.$size.o" workloads/lib/common/iterations.c
    "$CC" "${CFLAGS[@]}" "${EXTRA[@]}" "${LDFLAGS[@]}" -Wl,--build-id=none -o "$result.new" \
        "$@" "$objects/iterations.$size.o" "${LIBS[@]}"
    mv "$result.new" "$result"
    echo "  WORKLOAD $result"
}

# plans: a line of shell assignments for each workload of the guest, all sizes in it.
# WHY one jq for all: it takes 25 ms to begin.
plans() {
    jq -r --arg guest "$GUEST" --arg source_guest "${SOURCE_GUEST:-$GUEST}" --arg only "$ONLY" '
        select(.sources and any(.guests[]; . == $guest) and ($only == "" or .name == $only))
        | [.sources[] | gsub("\\{guest\\}"; $source_guest)] as $sources
        | ((.cflags // []) + (.cflags_for[$source_guest] // [])) as $cflags
        | [.sizes | to_entries[] | "\(.key) \(.value)"] as $sizes
        | @sh "folder=\(input_filename | sub("/[^/]*$"; "")) name=\(.name) sources=(\($sources)) EXTRA=(\($cflags)) sizes=(\($sizes))"' \
        workloads/*/manifest.json
}

# build_workload PLAN: all sizes of one workload.
build_workload() {
    local folder name sources sizes source size object inputs objects=()
    eval "$1"
    local stamp=$OUT/$GUEST/obj/$name/built
    inputs=("$folder" workloads/lib/common "workloads/lib/$GUEST" workloads/build.sh)
    for source in "${sources[@]}"; do
        [[ -f $folder/$source ]] || die "$folder/manifest.json: no source $folder/$source"
        inputs+=("$(dirname "$folder/$source")")
    done
    for source in "${RUNTIME[@]}"; do inputs+=("workloads/$(dirname "$source")"); done
    if is_current "$stamp" "${inputs[@]}" && all_exist "$name" "${sizes[@]}"; then return; fi

    mkdir -p "$OUT/$GUEST/obj/$name"
    for source in "${sources[@]/#/$folder/}" "${COMMON[@]/#/workloads/}" "${RUNTIME[@]/#/workloads/}"; do
        [[ $source != */iterations.c ]] || continue
        # Two sources may have the same name in two folders.
        source=$(realpath -s --relative-to=. "$source")
        object=${source#workloads/}
        object=$OUT/$GUEST/obj/$name/${object//\//_}.o
        "$CC" "${BASE_CFLAGS[@]}" "${CFLAGS[@]}" "${EXTRA[@]}" "-I$folder" -c -o "$object" "$source"
        objects+=("$object")
    done
    for size in "${sizes[@]}"; do build_size "$name" "${size% *}" "${size#* }" "${objects[@]}"; done
    touch "$stamp"
}

# all_exist NAME SIZE...
all_exist() {
    local name=$1 size
    shift
    for size in "${@% *}"; do
        [[ $size == full ]] && size= || size=-$size
        [[ -e $OUT/$GUEST/$name$size$SUFFIX ]] || return 1
    done
}

# What README.md says about a manifest. Prints the file and the field that is wrong.
check_manifests() {
    local manifest
    jq -r '
        def must(condition; what): if condition then empty else "\(input_filename): \(what)" end;
        def words(value): (value | type) == "array" and all(value[]; type == "string");
        must(.name == (input_filename | split("/")[-2]); "name is not the name of the folder"),
        must(.title and .help and .work_unit; "title, help or work_unit is missing"),
        must(.kind == "benchmark" or (.kind == "kernel" and .stresses) or (.kind == "system" and .boot);
             "kind is benchmark, kernel with stresses, or system with boot"),
        must([.sources, .elf, .boot | values] | length == 1; "one of sources, elf and boot"),
        must(.sources == null or words(.sources); "sources is a list of strings"),
        must(.elf != null or words(.guests); "guests is a list of strings"),
        must(.boot == null or all(.boot | .bios, .kernel, .initrd, .append; type == "string") and .boot.memory_mib > 0 and words(.boot.programs);
             "boot needs bios, kernel, initrd, append, memory_mib and programs"),
        must(words(.cflags // []) and words(.peers // []); "cflags and peers are lists of strings"),
        must((.sizes | type) == "object" and .sizes.full and all(.sizes[]; . > 0); "sizes needs full, and numbers above 0"),
        must(words(.check.stdout) and (.check.exit | type) == "number"; "check needs exit and stdout")' \
        workloads/*/manifest.json && return
    for manifest in workloads/*/manifest.json; do
        jq empty "$manifest" || echo "$manifest: not JSON"
    done
}

build_guest() {
    local plans plan failed=0 running=0
    [[ -f workloads/lib/$GUEST/toolchain.sh ]] || die "no guest $GUEST: workloads/lib/$GUEST/toolchain.sh is missing"
    PREBUILT='' HAVE_TOOLCHAIN='' SOURCE_GUEST=''
    # shellcheck source=/dev/null
    source "workloads/lib/$GUEST/toolchain.sh"
    if [[ -n $PREBUILT && -z $HAVE_TOOLCHAIN ]]; then
        workloads/prebuilt/prebuilt.sh copy "$GUEST" "$OUT"
        return
    fi
    command -v "$CC" > /dev/null || die "no compiler $CC for $GUEST: install the package $PACKAGE"
    mkdir -p "$OUT/$GUEST"
    exec 9> "$OUT/$GUEST/.lock"
    flock 9 # two builds at a time would write the same objects
    plans=$(plans) || die "the manifests cannot be read"
    while IFS= read -r plan; do
        [[ -n $plan ]] || continue
        if ((running == JOBS)); then
            wait -n || failed=1
            running=$((running - 1))
        fi
        build_workload "$plan" &
        running=$((running + 1))
    done <<<"$plans"
    while ((running > 0)); do
        wait -n || failed=1
        running=$((running - 1))
    done
    ((failed == 0)) || die "$GUEST: not everything was built"
    [[ -z $PREBUILT || -n $ONLY ]] || workloads/prebuilt/prebuilt.sh same "$GUEST" "$OUT" || true
}

OUT=build/workloads
ONLY=
JOBS=$(nproc)
wanted=()
while (($#)); do
    case $1 in
    --out) [[ $# -ge 2 ]] || usage; OUT=$2; shift ;;
    --only) [[ $# -ge 2 ]] || usage; ONLY=$2; shift ;;
    -*) usage ;;
    *) wanted+=("$1") ;;
    esac
    shift
done
((${#wanted[@]})) || wanted=(rv64)
command -v jq > /dev/null || die "no jq: install the package jq"
wrong=$(check_manifests 2>&1)
[[ -z $wrong ]] || die "$wrong"
for GUEST in "${wanted[@]}"; do build_guest; done
