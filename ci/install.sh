#!/usr/bin/env bash
# install.sh [PACKAGE...]: installs the Debian 12 packages that Nightjar needs and that are missing, and those that are named
# (what one goal alone needs). Quick when nothing is missing.
# As root it installs; as anyone else it prints the one line to run.
set -euo pipefail

# Everything beyond gcc, make and git. One list, here.
packages=(
    # libraries
    libelf-dev libdw-dev libfdt-dev libjansson-dev libsqlite3-dev zlib1g-dev liblzma-dev libbz2-dev libpapi-dev libgsl-dev libzydis-dev libcmocka-dev libcsmith-dev libslirp-dev
    # guest tools and the oracle
    gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc qemu-user csmith
    opensbi device-tree-compiler
    # harness and reports
    papi-tools gnuplot-nox jq python3 python3-jsonschema gdb-multiarch procps
)
packages+=("$@")
# By command, because machines have them in several versions: COMMAND or COMMAND:PACKAGE.
commands=(clang-format clang-tidy perf:linux-perf)

missing=()
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii //p' | sed 's/:.*//') || true
for p in "${packages[@]}"; do
    grep -qxF "$p" <<<"$installed" || missing+=("$p")
done
for c in "${commands[@]}"; do
    command -v "${c%:*}" >/dev/null || missing+=("${c#*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing Debian packages. Run this once:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "ci/install.sh: apt-get failed; the packages above are needed" >&2
    exit 1
fi
