#!/usr/bin/env bash
# Fetches Debian's kernel, busybox and OpenSBI for riscv64 by package name: workloads/linux/fetch.sh [--update]
#
# apt does it, with a configuration, lists and a cache of its own; the machine's sources are read (for the address of
# its mirror and its proxy), never touched; nothing is installed. apt checks signatures and hashes; we check the hashes again.
#   build/linux/{vmlinux,*.ko.xz,busybox,fw_dynamic.bin}   what the workloads and a test use
#   build/linux/FETCHED                            package, version and SHA-256 of each; SHA256SUMS of the files
# Packages are kept in $NIGHTJAR_CACHE (default build/linux/packages). Quick and without network when all is there;
# --update looks for newer versions.
# Exit code: 0 all is there; 64 usage; 69 the packages cannot be had here: Linux workloads are skipped; 74 disk.
set -euo pipefail
cd "$(dirname "$0")/../.."

source workloads/linux/apt.sh
out=build/linux
cache=${NIGHTJAR_CACHE:-$out/packages}

unavailable() {
    echo "fetch.sh: Linux for riscv64 cannot be had: $*" >&2
    echo "fetch.sh: the workloads linux-boot and linux-coremark are skipped" >&2
    exit 69
}

# file of the package, name here: one line each.
wanted() {
    local module
    echo "linux-image ./boot/vmlinux-* vmlinux"
    for module in drivers/virtio/virtio_mmio drivers/block/virtio_blk drivers/char/hw_random/virtio-rng \
        net/core/failover drivers/net/net_failover drivers/net/virtio_net; do # of emulator/tests/board/linux_*.test.sh
        echo "linux-image ./usr/lib/modules/*/kernel/$module.ko.xz ${module##*/}.ko.xz"
    done
    echo "busybox-static ./usr/bin/busybox busybox"
    echo "opensbi ./usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin fw_dynamic.bin"
}

# Downloads into $cache.
download() {
    local image uri file size hash
    find_mirror "$apt" linux-image-riscv64 || unavailable "$(cat "$apt/why")"
    # linux-image-riscv64 is empty; what it depends on carries the version in its name.
    image=$(sed -n 's/^Depends: .*\(linux-image-[^ ,]*-riscv64\).*/\1/p' "$apt/meta" | head -n 1)
    [[ $image ]] || unavailable "linux-image-riscv64 of $SUITE depends on no kernel"
    (cd "$apt" && apt-get download -q --print-uris "$image" busybox-static opensbi) > "$apt/uris" 2>> "$apt/log" ||
        unavailable "$(tail -n 1 "$apt/log")"
    : > "$cache/SHA256SUMS.new"
    while read -r uri file size hash; do
        [[ $hash == SHA256:* ]] || unavailable "apt has no SHA-256 for $file"
        echo "${hash#SHA256:}  $file" >> "$cache/SHA256SUMS.new"
    done < "$apt/uris"
    echo "fetch.sh: $image, busybox-static, opensbi: $(($(awk '{sum += $3} END {print sum}' "$apt/uris") >> 20)) MiB" >&2
    (cd "$cache" && apt-get download -q "$image" busybox-static opensbi) >> "$apt/log" 2>&1 || unavailable "$(tail -n 1 "$apt/log")"
    (cd "$cache" && sha256sum --quiet -c SHA256SUMS.new) || unavailable "a downloaded package is not what apt's index says"
    mv "$cache/SHA256SUMS.new" "$cache/SHA256SUMS"
}

# Takes the files out of the packages; FETCHED comes last, so what is incomplete is taken again.
extract() {
    local package path name deb why hash
    : > "$out/FETCHED.new"
    rm -f "$out/FETCHED"
    while read -r package path name; do
        read -r hash deb < <(grep -F "  $package" "$cache/SHA256SUMS")
        why=$(dpkg-deb --fsys-tarfile "$cache/$deb" | tar -x --wildcards --to-stdout "$path" 2>&1 > "$out/$name.new") &&
            [[ -s $out/$name.new ]] || unavailable "$path of $deb cannot be unpacked: $why"
        mv "$out/$name.new" "$out/$name"
        echo "$package $(dpkg-deb -f "$cache/$deb" Version) $hash" >> "$out/FETCHED.new"
    done < <(wanted)
    (cd "$out" && wanted | awk '{print $3}' | xargs sha256sum) > "$out/SHA256SUMS"
    uniq "$out/FETCHED.new" > "$out/FETCHED"
    rm "$out/FETCHED.new"
}

has_wanted() { wanted | while read -r _ _ name; do [[ -e $out/$name ]] || exit 1; done; }
is_complete() { [[ -e $1/$2 && -e $1/SHA256SUMS ]] && (cd "$1" && sha256sum --quiet -c SHA256SUMS) > /dev/null 2>&1; }

update=
case ${1-} in
--update) update=1 ;;
'') ;;
*) sed -n '2p' "$0" | cut -c3- >&2; exit 64 ;;
esac
mkdir -p "$out" "$cache" || exit 74
exec 9> "$out/.lock"
flock 9
[[ -z $update ]] && has_wanted && is_complete "$out" FETCHED && exit 0
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
[[ -z $update ]] && is_complete "$cache" SHA256SUMS || download
extract
cat "$out/FETCHED"
