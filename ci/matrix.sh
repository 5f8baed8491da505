#!/usr/bin/env bash
# matrix.sh [-t REGEX] [ROW...]: runs the tests (or those whose path matches) on many machines in one, and counts.
#
# By hand, before a release and after a change of anything that asks the machine what it has; all rows take hours. Each row is
# `make test` in one mode (NIGHTJAR_MODES, default rel) with something hidden or changed. Logs: build/matrix/ROW.log. The last
# line is 'N rows right, N wrong, N not here'; exit status 1 if one is wrong. What a row needs and is not here (root, a locale)
# it says. Rows:
#   papi perf breakpoints memfd isa all   hidden, see ci/tools/hide.c; isa: bmi2, fma and avx; all: everything
#   paranoid    kernel.perf_event_paranoid 3 while it runs (root; put back at the end)
#   user        an unprivileged user, who owns nothing but the build folder (root)
#   noaslr      addresses are not randomized         cpu1      one processor
#   load        ten busy processes beside it         shm       no /dev/shm and no memfd_create (root)
#   python      another python3 before Debian's      awk       each awk that is installed, in turn
#   lang-c lang-de   LANG=C and a German locale      space     a build folder with a space in its path
#   readonly    sources that cannot be written (root), built beside them
set -uo pipefail
cd "$(dirname "$0")/.."
rows=(papi perf breakpoints memfd isa all paranoid user noaslr cpu1 load shm python awk lang-c lang-de space readonly)
NOT_HERE=69
tests=.
if [[ ${1-} == -t ]]; then
    [[ -n ${2-} ]] || { echo "matrix.sh: -t: give an extended regular expression" >&2; exit 64; }
    tests=$2
    shift 2
fi
for row; do
    [[ " ${rows[*]} " == *" $row "* ]] || { echo "matrix.sh: there is no row '$row'; there are ${rows[*]}" >&2; exit 64; }
done
[[ $# -gt 0 ]] || set -- "${rows[@]}"

export NIGHTJAR_MODES=${NIGHTJAR_MODES:-rel} NIGHTJAR_TESTS=$tests
out=$PWD/build/matrix
mkdir -p "$out"
unset MAKEFLAGS MFLAGS MAKELEVEL NIGHTJAR_HIDE

not_here() {
    echo "not here: $1"
    return $NOT_HERE
}
as_root() { [[ $(id -u) == 0 ]] || not_here "this row takes a root"; }
hidden() { NIGHTJAR_HIDE=$1 make test; }
# first FILE...: programs that stand before others of their names in PATH
first() {
    rm -rf "$out/first"
    mkdir -p "$out/first"
    printf '#!/bin/sh\n%s\n' "$2" >"$out/first/$1"
    chmod +x "$out/first/$1"
    PATH=$out/first:$PATH make test
}

row_papi() { hidden papi; }
row_perf() { hidden perf; }
row_breakpoints() { hidden breakpoints; }
row_memfd() { hidden memfd; }
row_isa() { hidden bmi2,fma,avx; }
row_all() { hidden papi,perf,breakpoints,memfd,bmi2,fma,avx; }
row_noaslr() { setarch -R true 2>/dev/null || not_here "setarch -R is refused" || return; setarch -R make test; }
row_cpu1() { taskset -c 0 make test; }
row_python() { first python3 'echo "this is not the python3 that tests may use" >&2; exit 1'; }
row_lang_c() { env -u LC_ALL LANG=C make test; }

row_paranoid() (
    as_root || return
    file=/proc/sys/kernel/perf_event_paranoid
    before=$(<$file)
    { echo 3 >$file; } 2>/dev/null || not_here "kernel.perf_event_paranoid cannot be set" || return
    trap 'echo "$before" >$file' EXIT
    user_tests
)

# The tests as nobody, with a build folder of nobody's.
user_tests() {
    local build=$out/user-build
    mkdir -p "$build"
    chown -R 65534 "$build"
    HOME=$build CCACHE_DIR=$build/.ccache setpriv --reuid 65534 --clear-groups --inh-caps=-all make BUILD="$build" test
}
row_user() {
    as_root && user_tests
}

row_load() (
    busy=()
    trap 'kill "${busy[@]}"' EXIT
    for _ in {1..10}; do
        while :; do :; done &
        busy+=($!)
    done
    make test
)

row_shm() {
    as_root || return
    NIGHTJAR_HIDE=memfd unshare -m bash -c 'mount -t tmpfs -o ro x /dev/shm && exec make test'
}

row_awk() {
    local awk path status=0 n=0
    for awk in gawk mawk original-awk busybox; do
        path=$(command -v "$awk") || continue
        n=$((n + 1))
        echo "awk is $path"
        [[ $awk == busybox ]] && path="$path awk"
        first awk "exec $path \"\$@\"" || status=1
    done
    ((n)) || not_here "no gawk, mawk, original-awk or busybox" || return
    return $status
}

row_lang_de() {
    local folder=$out/locales
    mkdir -p "$folder"
    localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8" || not_here "localedef makes no de_DE.UTF-8 (package locales)" || return
    [[ $(env -u LC_ALL LOCPATH="$folder" LANG=de_DE.UTF-8 bash -c 'printf %.1f 0,5') == 0,5 ]] || not_here "the locale is not used" || return
    env -u LC_ALL LOCPATH="$folder" LANG=de_DE.UTF-8 make test
}

row_space() { make BUILD="$out/a folder with spaces" test; }

row_readonly() {
    as_root || return
    local build
    build=$(mktemp -d) && chmod 755 "$build" || return
    unshare -m bash -c 'mount --bind . "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && ! touch written 2>/dev/null && make BUILD="$1" test' _ "$build"
    local status=$?
    ((status)) || rm -rf "$build"
    return $status
}

right=0 wrong=0 absent=0
for row; do
    began=$(date +%s) status=0
    "row_${row//-/_}" >"$out/$row.log" 2>&1 || status=$?
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
