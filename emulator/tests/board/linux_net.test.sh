#!/usr/bin/env bash
# Oracles: Linux's own driver of the virtio network device and busybox's DHCP client, ping and wget, and what the host's server sends.
# An isolated guest gets its address and nothing else, the same in every run; --net=user,loopback reaches the server.
# Skipped where `make linux` has not fetched the kernel and its modules.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
linux=$PWD/build/linux
modules=(virtio_mmio failover net_failover virtio_net)
for file in vmlinux busybox fw_dynamic.bin "${modules[@]/%/.ko.xz}"; do
    [ -e "$linux/$file" ] || { echo "no build/linux/$file: run make linux"; exit 77; }
done
cat >"$out/net" <<'END'
#!/bin/busybox sh
for module in virtio_mmio failover net_failover virtio_net; do
    unxz <"/bin/$module.ko.xz" >"$module.ko" && insmod "$module.ko" || echo "net: no $module"
done
ip link set lo up
ip link set eth0 up
cat >lease <<'SCRIPT'
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
echo "net: $ip/$mask by $router, names by $dns"
ip addr add "$ip/$mask" dev eth0
ip route add default via "$router"
SCRIPT
chmod +x lease
udhcpc -q -n -f -i eth0 -s ./lease 2>/dev/null || echo "net: no address"
ping -c 3 -q 10.0.2.2 | grep -o '3 packets received' | sed 's/^/net: /'
for word in $(cat /proc/cmdline); do
    case $word in nightjar.port=*) wget -T 20 -q -O - "http://10.0.2.2:${word#*=}/numbers" >got || echo "net: refused" ;; esac
done
echo "net: $(md5sum <got)"
END
chmod +x "$out/net"
pairs=("$out/net=net")
for module in "${modules[@]}"; do pairs+=("$linux/$module.ko.xz=$module.ko.xz"); done
workloads/linux/initramfs.sh "$out/initrd" "${pairs[@]}"
mkdir "$out/served"
seq 1 200000 >"$out/served/numbers"
(cd "$out/served" && exec /usr/bin/python3 -u -m http.server --bind 127.0.0.1 0) >"$out/server" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$out"' EXIT
until grep -q 'port [0-9]' "$out/server"; do kill -0 $server && sleep 0.1; done
port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$out/server")

boot() { # NAME OPTION...
    local name=$1
    shift
    timeout 1000 "$emu" --bios="$linux/fw_dynamic.bin" --kernel="$linux/vmlinux" --initrd="$out/initrd" \
        --append="console=ttyS0 panic=-1 nightjar.run=net nightjar.port=$port" "$@" </dev/null | tr -d '\r' >"$out/$name" || {
        cat "$out/$name"
        exit 1
    }
    grep -qx "net: 10.0.2.15/24 by $way" "$out/$name" || { cat "$out/$name"; echo "FAIL: $name has another address"; exit 1; }
    grep -qx 'net: 3 packets received' "$out/$name" || { cat "$out/$name"; echo "FAIL: $name: no answers"; exit 1; }
}
way=', names by ' # an isolated network leads nowhere
boot isolated --net=user
boot again --net=user
cmp "$out/isolated" "$out/again"
way='10.0.2.2, names by 10.0.2.3'
boot loopback --net=user,loopback --clock=host
boot outside --net=user,outside --clock=host # the loopback is not outside
hash="net: $(md5sum <"$out/served/numbers")"
grep -qxF "$hash" "$out/loopback" || { cat "$out/loopback"; echo "FAIL: the server was not reached"; exit 1; }
for name in isolated outside; do grep -qx 'net: refused' "$out/$name" || { echo "FAIL: $name reached the server"; exit 1; }; done
[ "$(grep -c '"GET /numbers' "$out/server")" = 1 ]
