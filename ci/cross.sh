#!/usr/bin/env bash
# Fetches what builds emu for another machine: a compiler for it that runs here, and its libraries: ci/cross.sh HOST
#
# They lie in build/cross/HOST/tools and build/cross/HOST/root; nothing is installed. Quick and without network when they
# are there. Exit code 69: they cannot be had here, and the last line says why.
#
# WHY another release: riscv64 is in Debian since trixie. Headers and libraries are all of that release. Its C library has
# relocations that an older linker does not know, so the linker is of that release, too, with the C library that it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
host=${1:?usage: ci/cross.sh HOST}
case $host in
rv64) machine=riscv64 gnu=riscv64 release=trixie more=() ;;
a64) machine=arm64 gnu=aarch64 release=trixie more=(libcapstone-dev) ;;
*) echo "cross.sh: '$host' is no host that emu is cross-built for: rv64, a64" >&2 && exit 2 ;;
esac
[[ $(uname -m) == x86_64 ]] || { echo "cross.sh: the compilers run on x86-64, this machine is $(uname -m)" >&2; exit 69; }
gcc=$(gcc -dumpversion | cut -d. -f1)
# Everything by name: what packages depend on is not followed.
tools=("gcc-$gcc-$gnu-linux-gnu" "cpp-$gcc-$gnu-linux-gnu" "binutils-$gnu-linux-gnu" "libgcc-$gcc-dev-$machine-cross")
linker=("binutils-$gnu-linux-gnu" libc6 libjansson4 zlib1g libzstd1 libsframe1)
libraries=(libc6-dev libc6 linux-libc-dev libelf-dev libdw-dev libfdt-dev libjansson-dev zlib1g-dev liblzma-dev libbz2-dev
    libzstd-dev libcmocka-dev libcmocka0 "${more[@]}")
out=build/cross/$host
mkdir -p "$out"
exec 9> "$out.lock"
flock 9
want="$gcc $release ${tools[*]} ${linker[*]} ${libraries[*]}"

# fetch FOLDER PACKAGE...: downloads the packages themselves, without what they depend on, and unpacks them there.
fetch() {
    local to=$1 apt=$work/${1##*/} deb
    shift
    mkdir -p "$apt"
    # shellcheck source=workloads/linux/apt.sh
    source workloads/linux/apt.sh
    if ! find_mirror "$apt" "$1" || ! (cd "$apt" && apt-get download -q "$@") > "$apt/log" 2>&1; then
        echo "cross.sh: no packages for HOST=$host: $(tail -qn 1 "$apt"/{why,log} 2> /dev/null | tr '\n' ' ')" >&2
        exit 69
    fi
    rm -rf "$to"
    mkdir -p "$to"/usr/{bin,lib,lib64,sbin}
    for link in bin lib lib64 sbin; do ln -s usr/$link "$to/$link"; done # as on Debian
    for deb in "$apt"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --keep-directory-symlink; done
    unset APT_CONFIG
}

# Links to absolute paths mean the root that the package is made for.
mend_links() {
    local link
    find "$1" -type l -lname '/*' | while read -r link; do ln -sfn "$(realpath "$1")$(readlink "$link")" "$link"; done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! -e $out/FETCHED || $(head -n 1 "$out/FETCHED") != "$want" ]]; then
    # shellcheck disable=SC1091
    SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME") ARCH=amd64 fetch "$out/tools" "${tools[@]}"
    SUITE=$release ARCH=amd64 fetch "$out/linker" "${linker[@]}"
    SUITE=$release ARCH=$machine fetch "$out/root" "${libraries[@]}"
    mend_links "$out/linker"
    mend_links "$out/root"
    {
        echo "$want"
        for deb in "$work"/*/*.deb; do basename "$deb"; done
    } > "$out/FETCHED"
fi

# program NAME: the script $out/NAME; `here` in it is $out.
program() {
    mkdir -p "$(dirname "$out/$1")"
    { echo '#!/bin/sh'; echo "here='$PWD/$out'"; cat; } > "$out/$1"
    chmod +x "$out/$1"
}
program bin/ld << END
exec "\$here/linker/lib64/ld-linux-x86-64.so.2" --library-path "\$here/linker/usr/lib/x86_64-linux-gnu:\$here/linker/lib/x86_64-linux-gnu" \\
    "\$here/linker/usr/bin/$gnu-linux-gnu-ld.bfd" "\$@"
END
tools() { # tools NAME COMMAND: as they are called by the Makefile, their own programs and libraries beside them
    program "$1" <<- END
	export PATH="\$here/tools/usr/bin:\$PATH" LD_LIBRARY_PATH="\$here/tools/usr/lib/x86_64-linux-gnu"
	exec "\$here/tools/usr/bin/$gnu-linux-gnu-"$2 "\$@"
	END
}
tools cc "gcc-$gcc --sysroot=\"\$here/root\" -B\"\$here/bin/\""
tools ar ar
tools nm nm
# Debian's static libdw of trixie lacks a part of elfutils that it is built with (libeu: trees behind a lock, of which the
# first word is the root). One thread uses them here.
lib=$out/root/usr/lib/$gnu-linux-gnu
if ! "$out/nm" "$lib/libelf.a" 2> /dev/null | grep -q ' T eu_tsearch$'; then
    "$out/cc" -O2 -c -x c -o "$work/eu.o" - << 'END'
#define _GNU_SOURCE
#include <search.h>
void *eu_tsearch(const void *key, void **tree, __compar_fn_t compare) { return tsearch(key, tree, compare); }
void *eu_tfind(const void *key, void **tree, __compar_fn_t compare) { return tfind(key, tree, compare); }
void *eu_tdelete(const void *key, void **tree, __compar_fn_t compare) { return tdelete(key, tree, compare); }
void eu_tdestroy(void **tree, __free_fn_t free_node) { tdestroy(*tree, free_node); }
void eu_search_tree_init(void **tree) { *tree = 0; }
void eu_search_tree_fini(void **tree, __free_fn_t free_node) { tdestroy(*tree, free_node); }
END
    "$out/ar" rs "$lib/libelf.a" "$work/eu.o" 2> /dev/null
fi
