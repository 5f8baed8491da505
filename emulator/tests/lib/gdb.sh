# Sourced by the tests of emu --gdb: a session with gdb-multiarch, and packets by hand. Sets up $emu, $work and $status.
command -v gdb-multiarch >/dev/null || { echo "no gdb-multiarch"; exit 77; }
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
pid=
trap '[[ -n $pid ]] && kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
status=0 name=

complain() {
    echo "FAIL $name: $*"
    status=1
}
is() { [[ $2 == "$3" ]] || complain "$1 is '$2', not '$3'"; }
shows() { grep -qE -- "$1" "$work/gdb" || complain "gdb does not show '$1': $(grep -v '^$' "$work/gdb" | tail -n 2)"; }

# start ELF [OPTION...]: emu, waiting on $port
start() {
    rm -f "$work/err" # of the last one: its port
    program=$1
    timeout 1000 "$emu" --gdb 0 "${@:2}" "$1" >"$work/out" 2>"$work/err" <"${stdin-/dev/null}" &
    pid=$! port=
    while [[ -z $port ]] && kill -0 "$pid" 2>/dev/null; do
        port=$(sed -n 's/.*127\.0\.0\.1://p' "$work/err" 2>/dev/null)
        [[ -n $port ]] || sleep 0.02
    done
    [[ -n $port ]] || complain "emu does not listen: $(cat "$work/err")"
}
ends_with() { # exit code of emu
    wait "$pid"
    is "exit code" $? "$1"
    pid=
}
# debug: commands of gdb on standard input
debug() {
    { printf '%s\n' 'set confirm off' 'set width 0' "target remote 127.0.0.1:$port"; cat; } >"$work/commands"
    [[ -n ${interrupt_after-} ]] && sed -i 's/^continue$/echo goes on\\n\n&/' "$work/commands"
    env --default-signal=INT gdb-multiarch -nx -q -batch -x "$work/commands" "$program" >"$work/gdb" 2>&1 &
    local gdb=$!
    if [[ -n ${interrupt_after-} ]]; then
        # The guest runs once gdb has come that far and sleeps until it hears from it.
        until grep -q '^goes on' "$work/gdb" && [[ $(sed 's/.*) //; s/ .*//' "/proc/$gdb/stat" 2>/dev/null) == S ]] || ! kill -0 "$gdb" 2>/dev/null; do sleep 0.02; done
        sleep "$interrupt_after"
        kill -INT "$gdb"
    fi
    wait "$gdb"
}

# ---- packets
connect() { exec 3<>"/dev/tcp/127.0.0.1/$port"; }
send() { # DATA [CHECKSUM]
    local i sum=0 c
    for ((i = 0; i < ${#1}; i++)); do
        printf -v c %d "'${1:i:1}"
        sum=$((sum + c))
    done
    printf '$%s#%s' "$1" "${2:-$(printf %02x $((sum & 255)))}" >&3
}
answer() { # into $got, without acknowledgements
    IFS= read -r -t 10 -d '#' -u 3 got && read -r -t 10 -n 2 -u 3 _
    got=${got#*\$}
}
ask() { # DATA EXPECTED
    send "$1"
    answer
    [[ $got == $2 ]] || complain "'$1' is answered '$got', not '$2'"
}
