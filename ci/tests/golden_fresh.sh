#!/usr/bin/env bash
# Oracle: the hot host code that the repository holds, which a review has read. The change that moves it writes it anew.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../.."
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: the address sanitizer takes the place of guest memory, for which there is other code then"; exit 77; }
"${NIGHTJAR:-build/rel/nightjar}" golden --emu "${EMU:-build/rel/emu}" && exit 0
echo "The emulator emits other hot code than ci/golden says. If that is what the change is for: \`make golden\`, read"
echo "\`git diff ci/golden emulator/tests/shape\`, commit it with the change (CONTRIBUTING.md, golden files)."
exit 1
