#!/usr/bin/env bash
# Builds the RX cross compiler (binutils, gcc, newlib) from Debian's source packages: workloads/toolchain/rx-elf.sh [DIR]
#
# DIR is ${XDG_CACHE_HOME:-$HOME/.cache}/nightjar/rx-elf; the compiler is then DIR/bin/rx-elf-gcc, for
# `make workloads RX_TOOLCHAIN=DIR`. Nothing is downloaded. 12 to 25 minutes on two cores, 2.5 GB while it runs, 0.3 GB after.
# A build that was stopped goes on where it was: finished steps have a stamp in DIR/steps, the output of each is in DIR/log.
# NIGHTJAR_JOBS=N sets the number of parallel jobs, KEEP_BUILD=1 keeps sources and object files.
set -euo pipefail

sources=(binutils-source gcc-12-source newlib-source)
needed=(build-essential libgmp-dev libmpfr-dev libmpc-dev bison flex gawk m4 texinfo xz-utils patch)
jobs=${NIGHTJAR_JOBS:-$(nproc)}
binutils_options=(--disable-nls --disable-werror --disable-gdb --disable-sim --disable-gprofng --disable-gprof)
gcc_options=(--disable-nls --enable-languages=c --with-newlib --disable-shared --disable-threads --disable-libssp
    --disable-libquadmath --disable-libgomp --disable-libatomic --disable-multilib --disable-lto --disable-plugin)

die() {
    echo "rx-elf.sh: $*" >&2
    exit 1
}

check_packages() {
    local missing=() package
    for package in "${sources[@]}" "${needed[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2> /dev/null) == ii* ]] || missing+=("$package")
    done
    ((${#missing[@]} == 0)) ||
        die "packages are missing. Run: apt-get install --no-install-recommends ${missing[*]}"
}

# step NAME COMMAND...: runs it unless it was done. WHY &&-chains in the commands: `set -e` is off inside a condition.
step() {
    local name=$1 began=$SECONDS
    shift
    [[ ! -e $dir/steps/$name ]] || return 0
    if ! (cd "$dir/build" && "$@") > "$dir/log/$name" 2>&1; then
        tail -n 15 "$dir/log/$name" | sed 's/^/    /' >&2
        die "step '$name' failed. Its output is in $dir/log/$name; run the script again to go on from here."
    fi
    touch "$dir/steps/$name"
    echo "rx-elf.sh: $name: $((SECONDS - began)) s"
}

# unpack FOLDER GLOB: one source package, which has exactly one folder at its top.
unpack() {
    local archives
    mapfile -t archives < <(compgen -G "$2")
    [[ ${#archives[@]} -eq 1 ]] || { echo "not one archive but ${#archives[@]} match $2" && return 1; }
    rm -rf "$1" "$1.new" && mkdir "$1.new" && tar -xf "${archives[0]}" -C "$1.new" --strip-components=1 && mv "$1.new" "$1"
}

# WHY the patch: Debian's archive lacks the manuals under the GFDL, and gcc's Makefile compares with them.
unpack_gcc() {
    unpack gcc '/usr/src/gcc-12/gcc-12.*.tar.xz' && unpack newlib '/usr/src/newlib/newlib-*.tar.xz' &&
        patch -d gcc -p2 < /usr/src/gcc-12/debian/patches/gcc-gfdl-build.diff &&
        ln -s ../newlib/newlib ../newlib/libgloss gcc/
}

configure() { # configure FOLDER OPTION...
    local folder=$1
    shift
    rm -rf "build-$folder" && mkdir "build-$folder" && cd "build-$folder" &&
        "../$folder/configure" --target=rx-elf "--prefix=$dir" "$@"
}

build() { make -C "build-$1" -j "$jobs" MAKEINFO=true; }
install_built() { make -C "build-$1" -j "$jobs" MAKEINFO=true install; }

# The compiler works: one function, all the way to an ELF file.
try_compiler() {
    echo 'int twice(int a) { return a * 2; }' > try.c &&
        "$dir/bin/rx-elf-gcc" -O2 -nostdlib -Wl,-e,_twice -o try.elf try.c &&
        "$dir/bin/rx-elf-objdump" -d try.elf | grep -w rts
}

# ---- the order ----------------------------------------------------------------------------------------------------
[[ $# -le 1 && ${1:-} != -* ]] || die "usage: workloads/toolchain/rx-elf.sh [DIR]"
check_packages
dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/nightjar/rx-elf}
mkdir -p "$dir"/{steps,log,build} || die "$dir cannot be written"
dir=$(cd "$dir" && pwd)
[[ $dir != *[[:space:]]* ]] || die "$dir: gcc cannot be built in a folder with a space in its name"
exec 9> "$dir/.lock"
flock -n 9 || die "another build is at work in $dir"
# None of the caller's settings: they would end in the libraries.
unset CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CC CXX MAKEFLAGS MFLAGS MAKELEVEL CDPATH
export LC_ALL=C

versions=$(dpkg-query -W -f '${Package} ${Version}\n' "${sources[@]}")
if [[ $(cat "$dir/versions" 2> /dev/null) != "$versions" ]]; then
    rm -rf "${dir:?}"/{bin,lib,libexec,include,share,rx-elf,steps,log,build}
    mkdir "$dir"/{steps,log,build}
    echo "$versions" > "$dir/versions"
fi

step unpack-binutils unpack binutils '/usr/src/binutils/binutils-*.tar.xz'
step configure-binutils configure binutils "${binutils_options[@]}"
step build-binutils build binutils
step install-binutils install_built binutils
PATH=$dir/bin:$PATH
step unpack-gcc unpack_gcc
step configure-gcc configure gcc "${gcc_options[@]}"
step build-gcc build gcc
step install-gcc install_built gcc
step try-compiler try_compiler
[[ -n ${KEEP_BUILD:-} ]] || rm -rf "$dir/build"
echo "rx-elf.sh: ready: make workloads RX_TOOLCHAIN=$dir"
