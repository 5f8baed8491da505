# Sourced by the shell tests: a scratch folder with a fake emulator, two workloads and a peer (KEEP=DIR keeps it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
NIGHTJAR=$(realpath "${NIGHTJAR:-build/rel/nightjar}")
T=$(mktemp -d)
trap '[[ -n ${KEEP:-} ]] && cp -r "$T" $KEEP; rm -rf "$T"' EXIT
gcc -O1 -D_GNU_SOURCE -I. -Iemulator -o "$T/emu" bench/tests/fake_emu.c bench/base/digest.c emulator/base/{alloc,err,sha256,vec}.c
mkdir -p "$T/workloads/alpha" "$T/workloads/beta" "$T/elf/rv64" "$T/peers"
for w in alpha beta; do
    cat >"$T/workloads/$w/manifest.json" <<EOF
{"name": "$w", "title": "$w", "help": "", "kind": "benchmark", "guests": ["rv64"], "sources": ["x.c"],
 "sizes": {"full": 4000, "quick": 2000, "test": 1000}, "work_unit": "runs", "peers": ["echo"],
 "check": {"exit": 0, "stdout": ["^result 42$", "^VALID$"]}}
EOF
done
echo "3000 alpha" >"$T/elf/rv64/alpha-quick.elf"
echo "2000 beta" >"$T/elf/rv64/beta-quick.elf"
echo "1000 alpha" >"$T/elf/rv64/alpha-test.elf"
echo "500 beta" >"$T/elf/rv64/beta-test.elf"
echo "6000 alpha" >"$T/elf/rv64/alpha.elf"
echo '{"name": "echo", "title": "Echo", "commands": {"rv64": ["printf", "result 42\nVALID\n"]}, "version": ["true"]}' >"$T/peers/echo.json"
echo '{"name": "gone", "title": "Gone", "commands": {"rv64": ["no-such-program", "{elf}"]}, "install": "cannot be had"}' >"$T/peers/gone.json"

nj() { "$NIGHTJAR" "$@"; }
bench() {
    local out=$1
    shift
    nj bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" --noise "$T/noise.json" -o "$out" "$@"
}
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# expect CODE COMMAND...: the command must exit with CODE; its output goes to $T/log.
expect() {
    local want=$1 got=0
    shift
    "$@" >"$T/log" 2>&1 || got=$?
    [[ $got == "$want" ]] || {
        cat "$T/log" >&2
        fail "exit $got, expected $want: $*"
    }
}
# says TEXT: the last expect must have printed this.
says() { grep -qF -- "$1" "$T/log" || { cat "$T/log" >&2; fail "did not say: $1"; }; }
