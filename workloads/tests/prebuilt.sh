#!/usr/bin/env bash
# Oracle: the hashes in workloads/prebuilt/rx, changes planted in a copy, and QEMU's RX board, when it is installed.
# tests: rel
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RX_TOOLCHAIN
fail() {
    echo "FAILED: $*"
    exit 1
}

# Every program of every manifest for rx is there, and nothing else.
wanted=$(jq -r 'select(any(.guests[]?; . == "rx")) | .name as $name | .sizes | keys[] | $name + (if . == "full" then "" else "-" + . end) + ".elf"' \
    workloads/*/manifest.json | sort)
[[ $(cd workloads/prebuilt/rx && ls -- *.elf | sort) == "$wanted" ]] || fail "the programs are not those of the manifests"
[[ $(sed 's/.*  //' workloads/prebuilt/rx/SHA256SUMS | sort) == "$wanted" ]] || fail "SHA256SUMS does not list the programs"

workloads/build.sh rx --out "$work/out" > "$work/log" || fail "build.sh rx"
[[ $(ls "$work/out/rx" | sort) == "$wanted" ]] || fail "not everything was copied"
[[ -z $(workloads/build.sh rx --out "$work/out") ]] || fail "copied again, though nothing changed"
workloads/prebuilt/prebuilt.sh same rx "$work/out" > /dev/null || fail "a fresh copy is not the same"
printf x >> "$work/out/rx/loop.elf"
workloads/prebuilt/prebuilt.sh same rx "$work/out" > /dev/null 2>&1 && fail "a changed program counts as the same"
workloads/build.sh rx --out "$work/out" | grep -q loop.elf || fail "a changed program is not replaced"

# A damaged copy of the checkout is refused.
mkdir "$work/checkout"
cp -rL workloads "$work/checkout" # not links, where this tree is one of links
printf x >> "$work/checkout/workloads/prebuilt/rx/calls.elf"
"$work/checkout/workloads/build.sh" rx > "$work/log" 2>&1 && fail "a damaged program was copied"
grep -q 'calls.elf: FAILED' "$work/log" || fail "the damaged program is not named"

if command -v qemu-system-rx > /dev/null; then
    workloads/check.sh --timeout 1000 --guest rx --dir "$work/out" workloads/lib/rx/qemu.sh
else
    echo "QEMU: not installed"
fi
