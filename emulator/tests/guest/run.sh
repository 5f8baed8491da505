#!/bin/bash
# Runs the programs of build.sh: run.sh [--folder rv64_priv] 'COMMAND {elf}' [NAME...]. Exit status 0 when all pass.
#   run.sh 'build/rel/emu {elf}'
#   run.sh "$(emulator/tests/guest/run.sh --qemu)"      the reference
# A program passes when the machine ends with code 0; otherwise the code is the number of the check that failed (test.inc).
set -uo pipefail
if [[ ${1-} == --qemu ]]; then # counters count instructions only with -icount
    echo 'qemu-system-riscv64 -M virt -bios none -nographic -monitor none -serial none -icount shift=0,sleep=off -kernel {elf}'
    exit 0
fi
folder=rv64
if [[ ${1-} == --folder ]]; then folder=$2; shift 2; fi
[[ $# -ge 1 ]] || { sed -n '2,5p' "$0" >&2; exit 64; }
command=$1
shift
cd "$(dirname "$0")/../../.." || exit 1
names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
    for source in emulator/tests/guest/"$folder"/*.S; do names+=("$(basename "$source" .S)"); done
fi
bad=0
for name in "${names[@]}"; do
    elf=build/tests/$folder/$name.elf
    timeout "${TEST_TIMEOUT:-1000}" bash -c "${command//\{elf\}/$elf}" </dev/null
    code=$?
    if [[ $code -eq 0 ]]; then
        echo "pass $name"
    else
        echo "FAIL $name: $([[ $code -eq 124 ]] && echo "time is up" || echo "code $code")"
        bad=$((bad + 1))
    fi
done
echo "$((${#names[@]} - bad)) of ${#names[@]} passed"
[[ $bad -eq 0 ]]
