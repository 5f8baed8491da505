#!/usr/bin/env bash
# Oracle: qemu-riscv64, and checks of the programs' own. Programs of Debian's riscv64 under emu --user and under qemu-riscv64, with
# their CPU time. By hand, not a test: it fetches some 500 MB once (into build/programs) and takes half an hour.
#
# programs.sh [--fetch] [--list FILE] [--rounds N] [--limit SECONDS] [--emu 'OPTIONS'] [--json FILE] [--skip-qemu] [PATTERN...]
# A block of programs.txt is run if its name matches one of the patterns, all of them without any. Exit code 1: one is not right.
#
# Each run has name spaces of its own (users, mounts, processes, network), so that nothing that it starts outlives it and a server
# may take any port. There binfmt_misc lets the host's kernel start qemu-riscv64 for the children of a program.
set -uo pipefail
cd "$(dirname "$0")/../../.."
here=$PWD/emulator/tests/user list=$PWD/emulator/tests/user/programs.txt base=$PWD/build/programs
root=$base/root rounds=1 limit=120 json= qemu=1 options= only_fetch=0 patterns=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --fetch) only_fetch=1 ;;
        --list) list=$(realpath "$2") && shift ;;
        --rounds) rounds=$2 && shift ;;
        --limit) limit=$2 && shift ;;
        --emu) options=$2 && shift ;;
        --json) json=$2 && shift ;;
        --skip-qemu) qemu=0 ;;
        -*) sed -n '2,/^set/{/^set/!p}' "$0" && exit 64 ;;
        *) patterns+=("$1") ;;
    esac
    shift
done
emu=${EMU:-$PWD/build/rel/emu}

# ---- the list: "== name | packages | judged how | options of emu | seconds", then lines of a script
names() { sed -n 's/^== *\([^ |]*\).*/\1/p' "$list"; }
field() { awk -F'|' -v name="$1" -v k="$2" '/^== /{split(substr($1, 4), n, " "); if (n[1] == name) {gsub(/^ +| +$/, "", $k); print $k; exit}}' "$list"; }
script_of() { awk -v name="$1" '/^== /{on = $2 == name; next} on' "$list"; }
wanted() {
    local p
    [[ ${#patterns[@]} == 0 ]] && return 0
    for p in "${patterns[@]}"; do [[ $1 =~ $p ]] && return 0; done
    return 1
}

# ---- packages: unpacked, not installed
fetch() {
    local packages apt deb link goal
    packages=$(for name in $(names); do wanted "$name" && field "$name" 2; done | tr ' ' '\n' | sort -u | tr '\n' ' ')
    mkdir -p "$base"
    exec 9> "$base/.lock"
    flock 9
    touch "$base/unpacked" "$base/fetched"
    [[ $(tr ' ' '\n' <<< "$packages" | sort -u | comm -23 - "$base/fetched" | tr -d '\n') == '' ]] && exec 9>&- && return
    source workloads/linux/apt.sh
    apt=$(mktemp -d)
    find_mirror "$apt" coreutils || { echo "programs.sh: $(cat "$apt/why")" >&2; exit 69; }
    mkdir -p "$base/archives/partial" "$root"/usr/{bin,lib,sbin}
    for link in bin lib sbin; do [[ -e $root/$link ]] || ln -s usr/$link "$root/$link"; done # as on Debian
    # shellcheck disable=SC2086
    if ! apt-get install -y -q --download-only --no-install-recommends -o Dir::Cache::archives="$base/archives" $packages > "$apt/log" 2>&1; then
        grep -E '^E:|Unable|no installation' "$apt/log" >&2
        rm -rf "$apt"
        exit 69
    fi
    for deb in "$base"/archives/*.deb; do
        grep -qxF "${deb##*/}" "$base/unpacked" && continue
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --exclude ./dev --keep-directory-symlink && echo "${deb##*/}" >> "$base/unpacked"
        rm "$deb"
    done
    find "$root" -type l -lname '/*' | while read -r link; do # they would lead out of it
        goal=$(readlink "$link")
        ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$root$goal")" "$link"
    done
    tr ' ' '\n' <<< "$packages" | sort -u - "$base/fetched" | sed '/^$/d' > "$base/fetched.new" && mv "$base/fetched.new" "$base/fetched"
    rm -rf "$apt"
    exec 9>&- # others may run
}

# ---- one run
# What runs inside: the script, in a folder of its own. `run NAME ARGUMENTS...` starts a program of the sysroot.
inside() {
    cat <<-'END'
		set -euo pipefail
		run() {
		    local file=$1
		    [[ $file == */* ]] || file=usr/bin/$file
		    PATH=$root/usr/bin:$root/usr/sbin "${how[@]}" "$root/$file" "${@:2}"
		}
		start() { # the same in the background, and its number is that of the process
		    PATH=$root/usr/bin:$root/usr/sbin "${how[@]}" "$root/$([[ $1 == */* ]] || echo usr/bin/)$1" "${@:2}" &
		    server=$!
		}
		first() { sed -n "1,$1p"; } # head would end the writer
		wait_for() { for _ in $(seq 600); do "$@" > /dev/null 2>&1 && return 0; sleep 0.1; done; echo "waited in vain for $*" >&2; return 1; }
		if [[ $way == qemu ]]; then
		    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
		    echo ":riscv64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xf3\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$interpreter:P" > /proc/sys/fs/binfmt_misc/register
		    export QEMU_LD_PREFIX=$root
		fi
		ip link set lo up
	END
}

# run_way WAY NAME: leaves $work/WAY.{out,err,code,time}
run_way() {
    local way=$1 name=$2 dir=$work/in how=() rss=() own
    own=$(field "$name" 5)
    rm -rf "$dir" && mkdir "$dir" && (cd "$dir" && fixtures)
    if [[ $way == qemu ]]; then
        how=("$(command -v qemu-riscv64)")
    else
        # shellcheck disable=SC2206
        how=("$emu" $options $(field "$name" 4) --user "--sysroot=$root")
    fi
    {
        printf 'way=%q root=%q here=%q interpreter=%q how=(' "$way" "$root" "$here" "$(command -v qemu-riscv64)"
        printf '%q ' "${how[@]}"
        printf ')\n'
        inside
        script_of "$name"
    } > "$work/script"
    (
        cd "$dir" || exit 1
        unset QEMU_LD_PREFIX PYTHONPATH PYTHONHOME
        export LC_ALL=C.UTF-8 TZ=UTC HOME=$dir TERM=xterm
        TIMEFORMAT='%U %S'
        # its report of memory is an extra: there is a package for it (time)
        [[ ! -x /usr/bin/time ]] || rss=(/usr/bin/time -q -f %M -o "$work/$way.rss")
        { time "${rss[@]}" timeout -k 1 "$((${own:-0} > limit ? own : limit))" unshare -Urmnpf --mount-proc --kill-child bash "$work/script" > "$work/$way.out" 2> "$work/$way.err" < /dev/null; } 2> "$work/$way.time"
        echo $? > "$work/$way.code"
    )
    tail -n 1 "$work/$way.time" | awk '{printf "%.3f\n", $1 + $2}' >> "$work/$way.times"
}

fixtures() {
    local i
    for i in $(seq 1 20); do seq "$i" 3 9000; done > numbers
    awk 'BEGIN {for (i = 0; i < 20000; i++) {x = (x * 1103515245 + 12345) % 2147483648; printf "%s%s line %d value %d\n", substr("abcdefghijklmnop", x % 13 + 1, 3), x % 97, i, x}}' > text
    cat > hello.c <<'END'
#include <stdio.h>
static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
int main(void) { printf("hello %d\n", fib(24)); return 0; }
END
    touch -d @1000000000 -h ./*
}

# ---- verdicts
# right: as with QEMU. own: QEMU ends otherwise or is not asked, and the script's own checks are passed.
verdict() {
    local name=$1 judged
    judged=$(field "$name" 3)
    if [[ $(cat "$work/emu.code") == 0 && -s $work/emu.out ]]; then
        [[ $judged == own ]] && { echo own; return; }
        [[ -e $work/qemu.code && $(cat "$work/qemu.code") == 0 ]] || { echo "own (QEMU fails)"; return; }
        cmp -s "$work/emu.out" "$work/qemu.out" && { echo right; return; }
        echo DIFFERS
    else
        echo "FAILS ($(cat "$work/emu.code"))"
    fi
}
least() { [[ -e $1 ]] && sort -n "$1" | head -n 1; }

fetch
[[ $only_fetch == 1 ]] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$base/logs
mkdir -p "$out"
status=0 rows=()
printf '%-20s %-18s %9s %9s %7s\n' program verdict 'emu, s' 'QEMU, s' ratio
for name in $(names); do
    wanted "$name" || continue
    rm -f "$work"/{emu,qemu}.*
    for ((round = 0; round < rounds; round++)); do
        run_way emu "$name"
        [[ $qemu == 1 ]] && run_way qemu "$name"
    done
    how_good=$(verdict "$name") a=$(least "$work/emu.times") b=$(least "$work/qemu.times")
    [[ $(cat "$work/qemu.code" 2> /dev/null) == 0 ]] || b=
    ratio=$([[ -n $b ]] && awk -v a="$a" -v b="$b" 'BEGIN {if (b > 0) printf "%.2f", a / b}')
    printf '%-20s %-18s %9s %9s %7s\n' "$name" "$how_good" "$a" "${b:--}" "${ratio:--}"
    [[ $how_good == FAILS* || $how_good == DIFFERS ]] && status=1
    for f in "$work"/{emu,qemu}.{out,err}; do [[ -e $f ]] && cp "$f" "$out/$name.${f##*/}"; done
    rows+=("{\"program\": \"$name\", \"packages\": \"$(field "$name" 2)\", \"verdict\": \"$how_good\", \"emu_cpu_s\": $a, \"qemu_cpu_s\": ${b:-null}, \"emu_max_rss_kb\": $(cat "$work/emu.rss" 2> /dev/null || echo null), \"qemu_max_rss_kb\": $(cat "$work/qemu.rss" 2> /dev/null || echo null)}")
done
if [[ -n $json ]]; then
    (IFS=, && printf '{"schema": "nightjar.programs/1", "programs": [%s]}\n' "${rows[*]}") > "$json"
fi
exit $status
