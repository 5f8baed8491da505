# For the tests of this folder, sourced: builds a program and runs it here and under QEMU.
here=$(dirname "$0")
emu=${EMU:-build/rel/emu}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

build() { # NAME [ADDRESS]
    riscv64-unknown-elf-gcc -std=gnu11 -O1 -Wall -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib \
        -static "-Wl,-Ttext=${2:-0x80000000}" -Wl,--nmagic -Wl,--no-warn-rwx-segments -o "$out/$1.elf" "$here/$1.c"
}

run() { # NAME COMMAND...: output and exit code
    local name=$1 status=0
    shift
    timeout 1000 "$@" >"$out/$name" 2>"$out/$name.err" </dev/null || status=$?
    echo "exit $status" >>"$out/$name"
    cat "$out/$name.err"
}

run_qemu() { # NAME OPTION...
    local name=$1
    shift
    run qemu qemu-system-riscv64 -M virt -bios none -kernel "$out/$name.elf" -display none -monitor none -serial stdio "$@"
    grep -qx 'exit 42' "$out/qemu" || { echo "QEMU itself did not end as it should:"; cat "$out/qemu"; exit 1; }
}

compare() { # NAME-OF-RUN
    diff "$out/qemu" "$out/$1" || { echo "$1 differs from QEMU (left)"; exit 1; }
}
