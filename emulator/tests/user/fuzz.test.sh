#!/usr/bin/env bash
# Oracle: a canary. A program makes system calls at random with addresses of the emulator; a page of the emulator's own (its
# environment, which /proc shows to the outside as it is in memory) must stay as it was, and the emulator must not end.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
emulator/tests/user/build.sh "$work/fuzz" emulator/tests/user/fuzz.c -I emulator -O2 -Wall -Wextra || exit 1
CANARY=$(head -c 48000 /dev/zero | tr '\0' 'c')
status=0
mkdir "$work/d"
# A program could unlink files and kill processes of its user: it runs as one that owns nothing here, which a root can do.
[[ $(id -u) == 0 ]] || { echo "skipped: it takes a root, who can run it as a user that owns nothing"; exit 77; }
# What it makes of System V's memory and queues would outlive it, and the next run could attach that over its own memory.
unshare --ipc true 2>/dev/null || { echo "skipped: no name space of its own for System V objects (unshare --ipc)"; exit 77; }
as=(unshare --ipc setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
chmod 755 "$work" && chown 65534:65534 "$work/d"
"${as[@]}" test -x "$emu" -a -x "$work/fuzz" || { echo "skipped: no other user can run $emu"; exit 77; }
for seed in ${SEEDS:-1 2 3}; do
    options=--features=all
    [[ $seed == 3 ]] && options=--engine=interp
    mkfifo "$work/to" "$work/from"
    (cd "$work/d" && exec "${as[@]}" env -i CANARY="$CANARY" "$emu" $options --user "$work/fuzz" "$seed" "${CALLS:-8000}" \
        <"$work/to" >"$work/from" 2>"$work/err") &
    pid=$!
    exec 3>"$work/to" 4<"$work/from"
    until [[ $(head -z -n 1 "/proc/$pid/cmdline" 2>/dev/null | tr -d '\0') == "$emu" ]] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ low high _ \
        < <(sed 's/([^)]*)/x/' "/proc/$pid/stat")
    cp "/proc/$pid/environ" "$work/before"
    [[ $(wc -c <"$work/before") == 48008 ]] || { echo "FAIL: the canary has $(wc -c <"$work/before") bytes"; status=1; }
    printf '%x %x\n' "$low" "$high" >&3
    while read -r -t 1000 line <&4; do
        [[ $line == done ]] && break
        echo "FAIL seed $seed: $line"
        status=1
    done
    [[ ${line:-} == done ]] || { echo "FAIL seed $seed: not done: $(head -n 3 "$work/err")"; status=1; }
    [[ -d /proc/$pid ]] && cmp "$work/before" "/proc/$pid/environ" || { echo "FAIL seed $seed: memory of the emulator was written"; status=1; }
    exec 3>&- 4<&-
    wait "$pid" || { echo "FAIL seed $seed: code $?"; status=1; }
    rm "$work/to" "$work/from"
done
exit $status
