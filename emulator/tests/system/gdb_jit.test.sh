#!/usr/bin/env bash
# Oracle: gdb, which walks the stack by the frames and names that it is given; the lines of workloads/calls/calls.c, whose functions
# call each other; the guest's own result.
#
# emu --gdb-jit under gdb: breakpoints by guest source line inside of translated code, names, lines, and the way back to main(): from
# a unit, through guest calls, from a routine that translated code calls; regions; a code cache that is flushed. Breakpoints are
# the debug registers' (hbreak) where a program of this test shows that they fire, and always INT3 through the writable mapping.
set -uo pipefail
cd "$(dirname "$0")/../../.."
gdb=$(command -v gdb || command -v gdb-multiarch) || { echo "FAIL no gdb: ci/install.sh"; exit 1; }
emu=${EMU:-$PWD/build/rel/emu}
calls=build/workloads/rv64/calls-test.elf
[[ -e $calls ]] || { echo "no $calls: run workloads/build.sh rv64"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 name=

complain() {
    echo "FAIL $name: $*"
    status=1
}
shows() { grep -qE -- "$1" "$work/gdb" || complain "gdb does not show '$1': $(tail -n 12 "$work/gdb")"; }
line_of() { grep -n -m 1 "^static .* $1(.*{" workloads/calls/calls.c | cut -d: -f1; }

# debug EMU-ARGUMENTS...: commands of gdb on standard input
debug() {
    {
        printf '%s\n' 'set width 0' 'set pagination off' 'set print frame-arguments none' 'set backtrace limit 1000'
        echo 'handle SIGSEGV nostop noprint pass' # accesses that leave the window of RAM: mem/window.c
        cat
    } >"$work/commands"
    "$gdb" -nx -q -batch -x "$work/commands" --args "$emu" --gdb-jit "$@" >"$work/gdb" 2>&1 </dev/null
    if grep -q 'ptrace: Operation not permitted' "$work/gdb"; then
        echo "skipped: gdb may not trace here"
        exit 77
    fi
}

# There are virtual machines that take a breakpoint into a debug register and never stop.
hardware_breaks() {
    printf 'int volatile n;\nvoid f(void) { n++; }\nint main(void) { f(); return 0; }\n' >"$work/probe.c"
    gcc -g -O0 -o "$work/probe" "$work/probe.c" || exit 1
    "$gdb" -nx -q -batch -ex 'break main' -ex run -ex 'hbreak f' -ex continue -ex 'info symbol $pc' "$work/probe" >"$work/probed" 2>&1 </dev/null
    grep -q '^f' "$work/probed"
}

# plant LINE N: stops when the Nth time one of the line's places is reached; units that are made in the meantime have some, too.
cat >"$work/plant.py" <<'END'
import gdb

class Plant(gdb.Command):
    def __init__(self):
        super().__init__("plant", gdb.COMMAND_RUNNING)

    def put(self, pc, byte):
        self.memory.write_memory(pc + self.to_writable, byte)

    def look(self, event=None):
        for place in gdb.decode_line(self.line)[1] or ():
            if self.code <= place.pc < self.code + self.size and place.pc not in self.places:
                self.places[place.pc] = bytes(self.memory.read_memory(place.pc, 1))
                self.put(place.pc, b"\xcc")

    def invoke(self, argument, tty):
        self.line, n = argument.split()
        cache = gdb.parse_and_eval("j->cache")
        self.code, self.size, self.places, self.memory = int(cache["exec"]), int(cache["size"]), {}, gdb.selected_inferior()
        self.to_writable = int(cache["rw"]) - self.code
        gdb.events.new_objfile.connect(self.look)
        self.look()
        for i in range(int(n)):
            gdb.execute("continue", to_string=True)
            pc = int(gdb.parse_and_eval("(long)$pc")) - 1
            if pc not in self.places:
                raise gdb.GdbError("it stopped elsewhere: %#x" % pc)
            gdb.execute("set $pc = %d" % pc)
            if i + 1 < int(n):
                self.put(pc, self.places[pc])
                gdb.execute("stepi", to_string=True)
                self.put(pc, b"\xcc")
        gdb.events.new_objfile.disconnect(self.look)
        for pc, byte in self.places.items():
            self.put(pc, byte)

Plant()
END

walks() { # GDB-COMMANDS that stop at even_steps, deep down
    debug --features=all,-tlb "$calls" <<END
tbreak jit_translate_region
run
$1
echo -- deep\n
backtrace
info symbol \$pc
info line *\$pc
list
delete
tbreak run_store_miss
continue
echo -- store\n
backtrace
delete
continue
END
    sed '1,/^-- deep/d; /^-- store/,$d' "$work/gdb" >"$work/deep"
    sed '1,/^-- store/d' "$work/gdb" >"$work/store"
    shows "^even_steps(\+0x[0-9a-f]+)? \[rv64 block [0-9]+\] in section .text"
    shows "^Line $(line_of even_steps) of \"workloads/calls/calls.c\" starts at address .* <even_steps"
    shows "^$(line_of even_steps)	static uint32_t even_steps"
    shows 'exited normally'
    # Each of the breakpoint's places is hit several times: 100 hits are half as many calls of even_steps, at the least 20.
    for f in even_steps odd_steps; do
        n=$(grep -cE "^#[0-9]+ .* $f(\+0x[0-9a-f]+)? \[rv64 block [0-9]+\] \(\) at workloads/calls/calls.c:$(line_of $f)$" "$work/deep")
        ((n >= 20)) || complain "$n frames of $f"
    done
    for part in deep store; do
        walk=$(sed -nE 's/^#[0-9]+ +(0x[0-9a-f]+ in )?([a-z_]+).*/\2/p' "$work/$part" | grep -vE '^(even_steps|odd_steps|run_unit|run_turn|run_timed|jit_run|run)$' | tr '\n' ' ')
        case $part in
        deep) [[ $walk == "iterate enter_translated machine_run main " ]] || complain "it walks '$walk'" ;;
        store) [[ $walk == "run_store_miss __morestack "*"enter_translated machine_run main " ]] || complain "it walks '$walk' from a store" ;;
        esac
    done
}
name=planted
walks "source $work/plant.py
plant calls.c:$(line_of even_steps) 100"
name=hardware
if hardware_breaks; then
    walks "hbreak calls.c:$(line_of even_steps)
continue
ignore 2 100
continue"
else
    echo "breakpoints in debug registers do not fire here: only planted ones are tried"
fi

# Regions hold several functions: each stretch has the name of the one that it was made from. RX, too.
names_of_regions() { # ELF
    name="regions of $1"
    debug "$1" <<'END'
tbreak jit_translate_region
ignore 1 12
run
set $n = 0
set $e = __jit_debug_descriptor.first_entry
while $e
    set $n = $n + 1
    set $e = $e->next_entry
end
printf "%d units in %d files\n", j->next_id, $n
set $u = j->all
while $u
    if $u->n_blocks > 1
        echo -- region\n
        info symbol $u->exec
        set $at = 0
        while $at < $u->n_bytes
            info symbol $u->exec + $at
            set $at = $at + 16
        end
    end
    set $u = $u->list_next
end
delete
continue
END
    shows 'exited normally'
    read -r units _ _ files _ < <(grep ' units in ' "$work/gdb")
    ((units > 128 && files <= units / 64 + 65)) || complain "$units units in $files files"
    is_named=$(grep -A 1 -e '^-- region' "$work/gdb" | grep -cE '^_?[a-z_0-9]+(\+0x[0-9a-f]+)? \[(rv64|rx) region [0-9]+\] in section .text')
    regions=$(grep -ce '^-- region' "$work/gdb")
    ((regions >= 5)) || complain "$regions regions"
    [[ $is_named == "$regions" ]] || complain "$is_named of $regions regions have a name"
    grep -q 'No symbol matches' "$work/gdb" && complain "there is code without a name"
}
names_of_regions build/workloads/rv64/coremark-test.elf
[[ $(sed -nE 's/^([a-z_0-9]+).* \[rv64 region ([0-9]+)\].*/\2 \1/p' "$work/gdb" | sort -u | cut -d' ' -f1 | uniq -d) ]] ||
    complain "no region has the names of two functions"
names_of_regions workloads/prebuilt/rx/coremark-test.elf

name=flush
debug --code-cache=64K build/workloads/rv64/coremark-test.elf <<END
tbreak jit_flush
run
tbreak __jit_debug_register_code
continue
print __jit_debug_descriptor.action_flag
continue
END
shows '^\$1 = 2$'
shows 'exited normally'

name=interp
"$emu" --gdb-jit --engine=interp "$calls" 2>"$work/err"
code=$?
[[ $code == 64 ]] && grep -q 'gdb-jit: the interpreter' "$work/err" || complain "exit code $code: $(cat "$work/err")"
exit $status
