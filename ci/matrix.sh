#!/usr/bin/env bash
# matrix.sh [-t REGEX] [ROW[+ROW...]...]: runs the tests (or those whose path matches) on many machines in one, and counts.
#
# By hand, before a release and after a change of anything that asks the machine what it has; all rows take hours. Each row is
# `make test` in one mode (NIGHTJAR_MODES, default rel) with something hidden or changed. Rows joined by + are one run with all
# of that at once: what passes there passes in each, and a failure is then looked for in each. The whole matrix in five runs:
#   ci/matrix.sh all load+cpu1 paranoid+user shm+noaslr+lang-c readonly+space+lang-de+python+gawk
# Logs: build/matrix/ROW.log. The last line is 'N rows right, N wrong, N not here'; exit status 1 if one is wrong. What a row
# needs and is not here (root, a locale) it says. Rows:
#   papi perf breakpoints memfd isa all   hidden, see ci/tools/hide.c; isa: bmi2, fma and avx; all: everything
#   paranoid    kernel.perf_event_paranoid 3 while it runs (root; put back at the end), as an unprivileged user
#   user        an unprivileged user, who owns nothing but the build folder (root)
#   noaslr      addresses are not randomized         cpu1      one processor
#   load        ten busy processes beside it, a little nicer than it           shm   no /dev/shm and no memfd_create (root)
#   python      another python3 before Debian's      lang-c lang-de            LANG=C and a German locale
#   space       a build folder with a space in its path
#   readonly    sources that cannot be written (root), built beside them
#   gawk mawk original-awk busybox        this awk. Such a row alone runs only the tests whose scripts, or the scripts that
#               these name, have the word awk
# In a joined row the first is the outermost: what takes a root stands before `user`.
set -uo pipefail
cd "$(dirname "$0")/.."
awks=(gawk mawk original-awk busybox)
rows=(papi perf breakpoints memfd isa all paranoid user noaslr cpu1 load shm python "${awks[@]}" lang-c lang-de space readonly)
NOT_HERE=69

not_here() {
    echo "not here: $1"
    return $NOT_HERE
}
as_root() { [[ $(id -u) == 0 ]] || not_here "this row takes a root"; }

# ---- the rows: each runs the command that it is given, on another machine
# MATRIX_FOLDER is where a row may write, MATRIX_BUILD where the tests are built (empty: in the sources), MATRIX_REST the rows within.
hidden() {
    local list=${NIGHTJAR_HIDE:+$NIGHTJAR_HIDE,}$1
    shift
    NIGHTJAR_HIDE=$list "$@"
}
# first NAME SCRIPT COMMAND...: a program that stands before the others of its name in PATH
first() {
    local name=$1 script=$2 folder=$MATRIX_FOLDER/first-$1
    shift 2
    mkdir -p "$folder"
    printf '#!/bin/sh\n%s\n' "$script" >"$folder/$name"
    chmod 755 "$folder" "$folder/$name"
    PATH=$folder:$PATH "$@"
}

row_papi() { hidden papi "$@"; }
row_perf() { hidden perf "$@"; }
row_breakpoints() { hidden breakpoints "$@"; }
row_memfd() { hidden memfd "$@"; }
row_isa() { hidden bmi2,fma,avx "$@"; }
row_all() { hidden papi,perf,breakpoints,memfd,bmi2,fma,avx "$@"; }
row_noaslr() { setarch -R true 2>/dev/null || not_here "setarch -R is refused" || return; setarch -R "$@"; }
row_cpu1() { taskset -c 0 "$@"; }
row_python() { first python3 'echo "this is not the python3 that tests may use" >&2; exit 1' "$@"; }
row_lang_c() { env -u LC_ALL LANG=C "$@"; }

row_paranoid() (
    as_root || return
    file=/proc/sys/kernel/perf_event_paranoid
    before=$(<$file)
    { echo 3 >$file; } 2>/dev/null || not_here "kernel.perf_event_paranoid cannot be set" || return
    trap 'echo "$before" >$file' EXIT
    [[ $MATRIX_REST == *user* ]] && { "$@"; return; }
    row_user "$@"
)

row_user() {
    as_root || return
    local build=${MATRIX_BUILD:-$MATRIX_FOLDER/user-build}
    mkdir -p "$build"
    chown -R 65534 "$build"
    MATRIX_FOLDER=$build MATRIX_BUILD=$build HOME=$build CCACHE_DIR=$build/.ccache \
        setpriv --reuid 65534 --clear-groups --inh-caps=-all "$@"
}

row_load() (
    busy=()
    trap 'kill "${busy[@]}"' EXIT
    for _ in {1..10}; do
        nice -n 5 bash -c 'while :; do :; done' &
        busy+=($!)
    done
    "$@"
)

row_shm() {
    as_root || return
    hidden memfd unshare -m bash -c 'mount -t tmpfs -o ro x /dev/shm && exec "$@"' _ "$@"
}

row_awk() { # NAME COMMAND...
    local path
    path=$(command -v "$1") || not_here "no $1" || return
    [[ $1 == busybox ]] && path="$path awk"
    shift
    first awk "exec $path \"\$@\"" "$@"
}
row_gawk() { row_awk gawk "$@"; }
row_mawk() { row_awk mawk "$@"; }
row_original_awk() { row_awk original-awk "$@"; }
row_busybox() { row_awk busybox "$@"; }

row_lang_de() {
    local folder=$MATRIX_FOLDER/locales
    mkdir -p "$folder"
    localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8" || not_here "localedef makes no de_DE.UTF-8 (package locales)" || return
    [[ $(env -u LC_ALL LOCPATH="$folder" LANG=de_DE.UTF-8 bash -c 'printf %.1f 0,5') == 0,5 ]] || not_here "the locale is not used" || return
    env -u LC_ALL LOCPATH="$folder" LANG=de_DE.UTF-8 "$@"
}

row_space() { MATRIX_BUILD=${MATRIX_BUILD:-$MATRIX_FOLDER}/'a folder with spaces' "$@"; }

row_readonly() {
    as_root || return
    local folder status=0
    folder=$(mktemp -d) && chmod 755 "$folder" || return
    MATRIX_FOLDER=$folder MATRIX_BUILD=$folder/build unshare -m bash -c \
        'mount --bind . "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && ! touch written 2>/dev/null && exec "$@"' _ "$@" || status=$?
    ((status && status != NOT_HERE)) && echo "what was built stays in $folder" || rm -rf "$folder"
    return $status
}

# within ROW...: the tests on a machine with all of that. A row's command is this script again, with the rows that are left.
within() {
    local row=${1-}
    [[ -n $row ]] || exec make ${MATRIX_BUILD:+BUILD="$MATRIX_BUILD"} test
    shift
    MATRIX_REST=$* "row_${row//-/_}" bash ci/matrix.sh --within "$@"
}
if [[ ${1-} == --within ]]; then
    within "${@:2}"
    exit
fi

# ---- which tests use awk: a script that has the word, and scripts that name one which does
scripts() { find . -path ./build -prune -o \( -name '*.sh' -o -name '*.awk' \) ! -path ./ci/matrix.sh -printf '%P\n'; }
# names SCRIPT OTHER: by folder and name, or by name alone in the same folder
names() {
    local folder=${2%/*} name=${2##*/}
    grep -qF -- "${folder##*/}/$name" "$1" || { [[ ${1%/*} == "$folder" ]] && grep -qF -- "$name" "$1"; }
}
awk_users() {
    local all users script user before=-1
    mapfile -t all < <(scripts)
    mapfile -t users < <(grep -lw awk "${all[@]}")
    while ((${#users[@]} != before)); do
        before=${#users[@]}
        for script in "${all[@]}"; do
            [[ " ${users[*]} " == *" $script "* ]] && continue
            for user in "${users[@]}"; do names "$script" "$user" && users+=("$script") && break; done
        done
    done
    printf '%s\n' "${users[@]}"
}
is_awk() { [[ " ${awks[*]} " == *" $1 "* ]]; }

# ---- the rows that are asked for
tests=.
if [[ ${1-} == -t ]]; then
    [[ -n ${2-} ]] || { echo "matrix.sh: -t: give an extended regular expression" >&2; exit 64; }
    tests=$2
    shift 2
fi
[[ $# -gt 0 ]] || set -- "${rows[@]}"
for row in ${*//+/ }; do
    [[ " ${rows[*]} " == *" $row "* ]] || { echo "matrix.sh: there is no row '$row'; there are ${rows[*]}" >&2; exit 64; }
done

export NIGHTJAR_MODES=${NIGHTJAR_MODES:-rel} NIGHTJAR_TESTS MATRIX_BUILD='' MATRIX_FOLDER=$PWD/build/matrix MATRIX_REST=''
out=$MATRIX_FOLDER
mkdir -p "$out"
unset MAKEFLAGS MFLAGS MAKELEVEL NIGHTJAR_HIDE
right=0 wrong=0 absent=0
for row; do
    began=$(date +%s) status=0 NIGHTJAR_TESTS=$tests
    is_awk "$row" && [[ $tests == . ]] && NIGHTJAR_TESTS="^($(awk_users | grep /tests/ | paste -sd '|'))$"
    # shellcheck disable=SC2086
    bash ci/matrix.sh --within ${row//+/ } >"$out/$row.log" 2>&1 || status=$?
    case $status in
    0) verdict=right right=$((right + 1)) ;;
    "$NOT_HERE") verdict='not here' absent=$((absent + 1)) ;;
    *) verdict=WRONG wrong=$((wrong + 1)) ;;
    esac
    counts=$(grep -E '^[0-9]+ passed, |^not here' "$out/$row.log" | paste -sd ';')
    printf '%-12s %-8s %5d s  %s\n' "$row" "$verdict" $(($(date +%s) - began)) "${counts:-see $out/$row.log}"
    [[ $verdict == WRONG ]] && grep -E '^(FAILED|make: \*\*\*|==== )' "$out/$row.log" | head -n 20 | sed 's/^/    /'
done
echo
echo "$right rows right, $wrong wrong, $absent not here"
((wrong == 0))
