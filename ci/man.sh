#!/usr/bin/env bash
# man.sh DIR: writes a manual page for emu, for nightjar and for each of its commands. The one source is --help; each page is then
# compared with it: every option and, of the two programs, every exit code.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: man.sh DIR}
command -v help2man >/dev/null || { echo "man.sh: help2man is missing: apt-get install help2man" >&2; exit 69; }
mkdir -p "$out"
version=$(build/rel/nightjar --version | awk '{print $2; exit}')

# page NAME TEXT COMMAND
page() {
    help2man --no-info --no-discard-stderr --version-string="$version" --name="$2" --output="$out/$1.1" "$3"
    agree "$out/$1.1" "$3"
    echo "$out/$1.1"
}
# agree PAGE COMMAND: roff writes an option's hyphens as \-
agree() {
    local word missing=0 text
    text=$(sed 's/\\-/-/g' "$1")
    while read -r word; do
        grep -qF -- "$word" <<<"$text" || { echo "man.sh: $1 lacks $word of $2 --help" >&2; missing=1; }
    done < <($2 --help | grep -oE -- '--[a-z][a-z-]*|^  [0-9]+'$'\t''|; [0-9]+ ' | tr -d '; \t' | sort -u)
    return $missing
}
page emu "run RISC-V and RX programs by dynamic binary translation" build/rel/emu
page nightjar "measure a dynamic binary translator, switch by switch" build/rel/nightjar
build/rel/nightjar --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) *\(.*\)/\1\t\2/p' | while IFS=$'\t' read -r command text; do
    page "nightjar-$command" "$text" "build/rel/nightjar $command"
done
