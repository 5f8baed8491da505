#!/usr/bin/env bash
# Oracle: an apt that has nothing, or lies; and for the initramfs a reader of the format of our own, from the kernel's documentation.
#
# What fetch.sh says when packages cannot be had, and that it then leaves everything as it is; that an initramfs has the
# same bytes each time. Nothing is fetched here.
set -euo pipefail
cd "$(dirname "$0")/../.."
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# fetch CODE TEXT: fetch.sh in a checkout of its own with the apt of $T/bin ends with CODE and says TEXT.
fetch() {
    local code=0
    PATH=$T/bin:$PATH "$T/workloads/linux/fetch.sh" ${3-} >"$T/log" 2>&1 || code=$?
    [[ $code == "$1" ]] || { cat "$T/log" >&2; fail "fetch.sh: exit code $code instead of $1"; }
    grep -qF -- "$2" "$T/log" || { cat "$T/log" >&2; fail "fetch.sh did not say: $2"; }
}
apt() { # apt SCRIPT: becomes apt-get
    printf '#!/bin/bash\n%s\n' "$1" >"$T/bin/apt-get"
    chmod +x "$T/bin/apt-get"
}
mkdir -p "$T/bin" "$T/workloads"
cp -rL workloads/linux "$T/workloads/"
fetch 64 "[--update]" --everything
apt 'exit 0' # no sources at all
fetch 69 "the workloads linux-boot and linux-coremark are skipped"
apt '[[ $1 == indextargets ]] && echo "http://mirror.invalid/debian" && exit 0; echo "E: cannot be reached"; exit 100'
fetch 69 "cannot be reached"
mkdir -p "$T/build/linux"
echo old >"$T/build/linux/vmlinux"
fetch 69 "are skipped" --update
[[ $(cat "$T/build/linux/vmlinux") == old ]] || fail "a failed --update threw away what was there"

# ---- the initramfs
mkdir -p "$T/build/linux"
printf 'busybox\n' >"$T/build/linux/busybox"
printf 'abcde' >"$T/program"
(cd "$T" && workloads/linux/initramfs.sh a.cpio program=hello && sleep 1 && touch program build/linux/busybox && workloads/linux/initramfs.sh b.cpio program=hello)
cmp "$T/a.cpio" "$T/b.cpio" || fail "two builds differ"
/usr/bin/python3 - "$T/a.cpio" "$T/workloads/linux/init" <<'EOF' || fail "the archive is not what it should be"
import sys
data, init, at, members = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read(), 0, {}
while True:
    assert data[at:at + 6] == b"070701" and at % 4 == 0, at
    ino, mode, uid, gid, nlink, mtime, size, _, _, major, minor, name_size, check = (
        int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13))
    name = data[at + 110:at + 110 + name_size]
    assert name[-1:] == b"\0" and uid == gid == mtime == check == 0
    start = (at + 110 + name_size + 3) & ~3
    at = (start + size + 3) & ~3
    if name == b"TRAILER!!!\0":
        break
    assert name not in members and ino not in [m[0] for m in members.values()]
    members[name[:-1].decode()] = ino, mode, data[start:start + size], (major, minor)
assert at == len(data)
assert members["init"][1:3] == (0o100755, init) and members["bin/busybox"][1:3] == (0o100755, b"busybox\n")
assert members["bin/hello"][1:3] == (0o100755, b"abcde") and members["dev"][1] == 0o40755
assert members["dev/console"][1] == 0o20600 and members["dev/console"][3] == (5, 1)
assert list(members).index("bin") < list(members).index("bin/busybox")
EOF
echo "linux: ok"
