#!/usr/bin/env bash
# Fetches ordinary programs of Debian for riscv64 and what they need, by package name: sysroot.sh
#
# Prints the folder (build/user-sysroot), in which they lie as in an installed system; nothing is installed.
# Quick and without network when it is there. Exit code 69: they cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source workloads/linux/apt.sh
packages=(coreutils dash bash busybox-static sqlite3 python3-minimal grep sed gawk diffutils findutils gzip bc perl-base)
out=build/user-sysroot
mkdir -p build
exec 9> build/.user-sysroot.lock
flock 9
if [[ -e $out/FETCHED && $(head -n 1 "$out/FETCHED") == "${packages[*]}" ]]; then
    echo "$PWD/$out"
    exit 0
fi
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
if ! find_mirror "$apt" coreutils ||
    ! apt-get install -y -q --download-only --no-install-recommends "${packages[@]}" > "$apt/log" 2>&1; then
    echo "sysroot.sh: programs of riscv64 cannot be had: $(tail -n 1 "$apt"/{why,log} 2> /dev/null | tr '\n' ' ')" >&2
    exit 69
fi
rm -rf "$out"
mkdir -p "$out"/usr/{bin,lib,sbin}
for link in bin lib sbin; do ln -s usr/$link "$out/$link"; done # as on Debian
for deb in "$apt"/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$out" --exclude ./dev --keep-directory-symlink; done
{
    echo "${packages[*]}"
    for deb in "$apt"/cache/archives/*.deb; do basename "$deb"; done
} > "$out/FETCHED"
echo "$PWD/$out"
