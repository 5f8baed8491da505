#!/usr/bin/env bash
# man.sh DIR: writes a manual page for emu, for nightjar and for each of its commands. The one source is --help.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: man.sh DIR}
command -v help2man >/dev/null || { echo "man.sh: help2man is missing: apt-get install help2man" >&2; exit 69; }
mkdir -p "$out"
version=$(build/rel/nightjar --version | awk '{print $2; exit}')

# page NAME TEXT COMMAND
page() {
    help2man --no-info --no-discard-stderr --version-string="$version" --name="$2" --output="$out/$1.1" "$3"
    echo "$out/$1.1"
}
page emu "run RISC-V and RX programs by dynamic binary translation" build/rel/emu
page nightjar "measure a dynamic binary translator, switch by switch" build/rel/nightjar
build/rel/nightjar --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) *\(.*\)/\1\t\2/p' | while IFS=$'\t' read -r command text; do
    page "nightjar-$command" "$text" "build/rel/nightjar $command"
done
