# Sourced by tests of emu from the root of the checkout: $emu, a folder $work that goes at the end, and fail(), after which the
# test goes on; it ends with `exit $status`.
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
fail() {
    echo "FAIL $*"
    status=1
}
