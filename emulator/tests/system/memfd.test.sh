#!/usr/bin/env bash
# Oracle: the same program on the same machine with memfd_create; the kernel's word on a mapping (/proc/PID/maps).
# tests: rel asan
#
# Without memfd_create the code cache is a file that is unlinked at once, in the first folder that may hold code; where there is
# none, the emulator says what to do.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} hide=${HIDE:-$PWD/build/gen/hide}
elf=build/workloads/rv64/coremark-test.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

complain() {
    echo "FAIL $*"
    status=1
}
[[ -e $elf ]] || { echo "FAIL no $elf: run workloads/build.sh rv64"; exit 1; }
mkdir "$work/tmp"
cat >"$work/maps.py" <<'END'
# maps.py EMU...: starts it, waits until it runs translated code, prints the path of the code's mapping.
import os, subprocess, sys, time
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
lines = []
while not lines and p.poll() is None:
    lines = [l for l in open("/proc/%d/maps" % p.pid) if "nightjar-code" in l and " r-x" in l]
    time.sleep(0.01)
p.kill()
print(" ".join(lines[0].split()[5:]) if lines else "none: exit code %s" % p.returncode)
END
maps() { /usr/bin/python3 "$work/maps.py" "$@" build/workloads/rv64/dhrystone.elf; }

"$emu" --stats="$work/with" "$elf" >"$work/with.out" </dev/null || complain "with memfd_create: $?"
TMPDIR=$work/tmp "$hide" memfd "$emu" --stats="$work/without" "$elf" >"$work/without.out" </dev/null || complain "without: $?"
cmp "$work/with.out" "$work/without.out" || complain "another output without memfd_create"
cmp <(jq .counters "$work/with") <(jq .counters "$work/without") || complain "other counters without memfd_create"
[[ -z $(ls "$work/tmp") ]] || complain "the file of the code cache has a name: $(ls "$work/tmp")"
[[ ${NIGHTJAR_HIDE-} == *memfd* || $(maps "$emu") == "/memfd:nightjar-code (deleted)" ]] || complain "with memfd_create, the code is in $(maps "$emu")"
at=$(TMPDIR=$work/tmp maps "$hide" memfd "$emu")
[[ $at == "$work/tmp/nightjar-code-"*" (deleted)" ]] || complain "without memfd_create, the code is in $at"
at=$(TMPDIR=$work/none maps "$hide" memfd "$emu")
[[ $at == /dev/shm/nightjar-code-*" (deleted)" || $at == /tmp/nightjar-code-*" (deleted)" ]] || complain "with a TMPDIR that is not there, the code is in $at"

# Folders that may hold no code, or nothing: a root makes them for this process alone.
mounts='for d in "$1" /dev/shm; do mount -t tmpfs -o noexec x "$d" || exit 99; done; for d in $2; do mount -t tmpfs -o noexec x "$d" || exit 99; done; shift 2; exec "$@"'
if [[ $(id -u) == 0 ]] && unshare -m true 2>/dev/null; then
    code=0
    at=$(TMPDIR=$work/tmp unshare -m bash -c "$mounts" _ "$work/tmp" "" /usr/bin/python3 "$work/maps.py" "$hide" memfd "$emu" build/workloads/rv64/dhrystone.elf)
    [[ $at == /tmp/nightjar-code-*" (deleted)" ]] || complain "with a TMPDIR that may hold no code, the code is in $at"
    # The programs are held open, because this tree may lie in /tmp.
    TMPDIR=$work/tmp unshare -m bash -c "$mounts" _ "$work/tmp" "/var/tmp /tmp" /proc/self/fd/7 memfd /proc/self/fd/8 /proc/self/fd/9 \
        7<"$hide" 8<"$emu" 9<"$elf" >/dev/null 2>"$work.err" || code=$?
    [[ $code == 125 ]] && grep -q 'cannot make a code cache of [0-9]* bytes: .*TMPDIR' "$work.err" || complain "no folder for code: exit code $code: $(cat "$work.err")"
    rm -f "$work.err"
else
    echo "folders that may hold no code: not tried, it takes a root who may mount"
fi
exit $status
