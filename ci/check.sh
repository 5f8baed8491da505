#!/usr/bin/env bash
# Style and structure: format, headers that compile alone, who includes whom, circles of files, no mutable file-scope
# state, sizes of files, where memory comes from, scripts that ask for one awk or python3, clang-tidy. ci/check.sh [STAGE...]; exit status 1 if one
# fails. A file is given to clang-tidy again only if it changed.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that called us

jobs=${NIGHTJAR_JOBS:-$(nproc)}
# As the Makefile has them.
cppflags=(-D_GNU_SOURCE -I. -Iemulator -Ibuild/gen)
export logs=build/check-logs
mkdir -p "$logs" build/tidy
sources() { git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

check_format() { sources '*.c' '*.h' | xargs -r clang-format --dry-run -Werror; }

check_headers() {
    sources 'emulator/*.h' 'bench/*.h' 'profiles/*.h' 'reports/*.h' 'ci/*.h' |
        xargs -r -P "$jobs" -I{} gcc -std=gnu11 "${cppflags[@]}" -Wall -Wextra -Wno-unused -fsyntax-only -x c \
            -include {} /dev/null
}

check_deps() { ci/deps.sh; }

# By the objects of a release build, as the next one.
check_circles() {
    make -k -s -j "$jobs" emu >"$logs/circles-build.log" 2>&1
    ci/circles.sh
}

# The objects of a release build, and those of the folders of other hosts where their compilers are (ci/cross.sh): PREFIX OBJECT
state_objects() {
    local folder host objects
    make -k -s -j "$jobs" all >"$logs/state-build.log" 2>&1
    sources 'emulator/*.c' 'bench/*.c' 'profiles/*.c' 'reports/*.c' 'ci/*.c' | grep -v /tests/ | sed 's/\.c$/.o/' |
        while read -r o; do [ -f "build/rel/obj/$o" ] && echo "build/rel/obj $o"; done
    for folder in emulator/host/*/; do
        host=$(basename "$folder")
        [ -e "build/cross/$host/FETCHED" ] || continue
        mapfile -t objects < <(sources "$folder*.c" | sed 's/\.c$/.o/')
        make -k -s -j "$jobs" HOST="$host" "${objects[@]/#/build/$host/obj/}" >>"$logs/state-build.log" 2>&1
        printf "build/$host/obj %s\n" "${objects[@]}"
    done
}

# Symbols in writable sections. Constant tables of pointers (.data.rel.ro) are not writable; `$d` marks data for disassemblers.
check_state() {
    local prefix object name found=0
    while read -r prefix object; do
        while read -r name; do
            grep -qE "^$object +$name( |\$)" ci/state.allow && continue
            echo "$object: '$name' is writable and lives at file scope"
            found=1
        done < <(objdump -t "$prefix/$object" |
            awk '$NF !~ /^[.$]/ && / (\.t?data|\.t?bss|\*COM\*)/ && !/\.data\.rel\.ro/ { print $NF }')
    done < <(state_objects)
    return $found
}

# Scripts ask for no particular awk or python3: Debian 12's mawk (1.3.4 of 2020) knows no intervals in regular expressions and
# none of gawk's functions, and the python3 that comes first in PATH need not have Debian's modules.
check_scripts() {
    local files kind pattern found=0
    mapfile -t files < <(sources '*.sh' '*.awk' | grep -vxE 'ci/(check|tests/scripts.test).sh')
    while IFS=: read -r kind pattern; do
        grep -nE -- "$pattern" "${files[@]}" /dev/null | sed "s|^|$kind: |" && found=1
    done <<'END'
an interval in a regular expression of awk:(~ */|sub\(/)[^/]*[]a-zA-Z0-9).]\{[0-9]
a function or variable of gawk:\b(gensub|asorti?|strftime|systime|patsplit)\(|\b(PROCINFO|IGNORECASE|FPAT|FIELDWIDTHS|BEGINFILE|ENDFILE)\b
python3 of no path, /usr/bin/python3 has Debian's modules:(^|[;&|(]|if|then|do|exec) *python3 
END
    grep -nE -- 'memfd_create' $(sources 'emulator/tests/user/*.c') /dev/null | sed 's/^/memfd_create, use nameless_file(): /' && found=1
    # A timeout in a test is a guard against a hang, for machines that are very busy: it judges nothing.
    grep -nE -- '\btimeout [0-9]{1,3} ' "${files[@]}" /dev/null | grep '/tests/' | sed 's/^/a timeout below 1000 s: /' && found=1
    return $found
}

# Memory comes from base/alloc.h, command lines from base/command_line.h: their callers need not look for failures that each
# of them would handle in another way, or not at all.
check_heap() {
    ! grep -nE '(^|[^A-Za-z0-9_>.])(malloc|calloc|realloc|reallocarray|strdup|strndup|v?asprintf|open_memstream|getline|argp_parse)\(' \
        $(sources 'emulator/*.[ch]' 'bench/*.[ch]' 'profiles/*.[ch]' 'reports/*.[ch]' 'ci/*.[ch]' |
            grep -vE '/(tests|tools)/|base/(alloc|command_line)\.[ch]')
}

# The hard cap is 800 lines a file, lists (.inc, .insn, .allow) exempt; macro-free headers have no long functions.
check_sizes() {
    sources 'emulator/*.[ch]' 'bench/*.[ch]' 'profiles/*.[ch]' 'reports/*.[ch]' 'ci/*.[ch]' 'ci/*.sh' | xargs -r wc -l |
        awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines, the cap is 800"; bad = 1 } END { exit bad }'
}

# WHY the stamp: clang-tidy takes seconds a file, the preprocessor a few hundredths. Tests are spared the path-sensitive
# analyzer: they run under the sanitizers, and it does not know that a failed assertion ends them.
tidy_one() {
    local source=$1 hash stamp checks=
    [[ $source == */tests/* ]] && checks=-clang-analyzer-*
    hash=$({ cat .clang-tidy; gcc -std=gnu11 -D_GNU_SOURCE -I. -Iemulator -Ibuild/gen -E "$source"; cat "$source"; } 2>&1 | sha256sum)
    stamp=build/tidy/${source//\//.}
    [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ] && return 0
    if clang-tidy --quiet -p . --checks="$checks" "$source" >"$stamp.log" 2>&1; then
        echo "$hash" >"$stamp"
    else
        grep -E 'warning:|error:' "$stamp.log" | sort -u || cat "$stamp.log"
        return 1
    fi
}
export -f tidy_one
check_tidy() {
    [ -f compile_commands.json ] || make -s compile_commands.json || return 1
    jq -r '.[].file' compile_commands.json | sort -u | xargs -r -P "$jobs" -I{} bash -c 'tidy_one "$1"' _ {}
}

status=0
[ $# -gt 0 ] || set -- format headers deps circles state sizes heap scripts tidy
for stage in "$@"; do
    began=$(date +%s)
    if "check_$stage" >"$logs/$stage.log" 2>&1; then verdict=ok; else verdict=FAILED status=1; fi
    printf '%-8s %s  %d s\n' "$stage" "$verdict" $(($(date +%s) - began))
    [ "$verdict" = ok ] || head -n 60 "$logs/$stage.log"
done
exit $status
