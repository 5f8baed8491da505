#!/usr/bin/env bash
# Oracle: the settings of a pseudo terminal before, while and after emu has it, and what an echoing guest (echo.c) gets to see.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
build echo
/usr/bin/python3 - "$emu" "$out/echo.elf" <<'END'
import fcntl, os, pty, select, signal, subprocess, sys, termios

emu, program = sys.argv[1:]

class Session:
    def __init__(self, *options):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        def own():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        self.emu = subprocess.Popen([emu, *options], stdin=self.slave, stdout=self.slave, stderr=subprocess.PIPE, preexec_fn=own)
        self.seen = b''
    def until(self, text):
        while text not in self.seen:
            if not select.select([self.master], [], [], 1000)[0]:
                sys.exit(f'waited for {text}, saw {self.seen}')
            self.seen += os.read(self.master, 4096)
        self.seen = self.seen.split(text, 1)[1]
    def type(self, data):
        os.write(self.master, data)
    def raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)
    def ends(self, status):
        code = self.emu.wait(1000)
        assert code == status, (code, self.emu.stderr.read())
        assert termios.tcgetattr(self.slave) == self.before, 'the terminal was not restored'

for clock in '--clock=host', '--clock=insn':
    s = Session('--bios', program, clock)
    s.until(b'>')
    assert s.raw(), 'the terminal is not raw'
    s.type(b'a\x03')
    s.until(b'[a][\x03]')
    s.type(b'\x01a\x01zb')
    s.until(b'[\x01][b]')
    s.type(b'\x01x')
    s.ends(130)

s = Session('--bios', program, '--clock=host')
s.until(b'>')
s.type(b'q')
s.until(b'[q]')
s.ends(42)

s = Session('--bios', program, '--clock=host')
s.until(b'>')
assert s.raw()
s.emu.send_signal(signal.SIGTERM)
s.ends(-signal.SIGTERM)

# A program of one's own leaves the terminal as it is: Ctrl-C is its end.
s = Session(program, '--clock=host')
s.until(b'>')
assert not s.raw()
s.type(b'\x03')
s.ends(-signal.SIGINT)
END
# From a file, input comes at the same instructions in every run.
printf 'some input\nq' >"$out/input"
for run in 1 2; do
    status=0
    "$emu" --bios="$out/echo.elf" --stats="$out/$run.json" <"$out/input" >"$out/$run" || status=$?
    [ $status = 42 ] || { echo "exit code $status"; exit 1; }
done
cmp "$out/1" "$out/2"
diff <(jq .counters "$out/1.json") <(jq .counters "$out/2.json")
