#!/usr/bin/env bash
# Prints compile_commands.json. Arguments: the compile command, then the sources, relative to the current folder.
set -euo pipefail

command=$1
shift
json() { # a JSON string
    local s=${1//\\/\\\\}
    printf '"%s"' "${s//\"/\\\"}"
}
dir=$(json "$PWD")
cmd=${command//\\/\\\\}
cmd=${cmd//\"/\\\"}
separator='['
for source in "$@"; do
    printf '%s\n{"directory": %s, "file": %s, "command": "%s -c %s"}' "$separator" "$dir" "$(json "$source")" "$cmd" "$source"
    separator=','
done
[ "$separator" = '[' ] && printf '['
printf '\n]\n'
