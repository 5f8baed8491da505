#!/usr/bin/env bash
# Oracle: ci/speed.list against the workloads, the peers and the programs that are there. The tool itself takes half an hour of a
# quiet machine (ci/deep.list), so here only what it is given: every row can be measured, and what is wrong is refused.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../.."
status=0
complain() { echo "FAIL $*"; status=1; }
rows=0
while IFS='|' read -r name kind what goal; do
    rows=$((rows + 1))
    read -r -a w <<< "$what"
    [[ $goal =~ ^[0-9]+(\.[0-9]+)?$ ]] || complain "$name: the goal is '$goal'"
    case $kind in
    times | speed)
        jq -e --arg g "${w[1]}" 'any(.guests[]; . == $g)' "workloads/${w[0]}/manifest.json" > /dev/null || complain "$name: no workload ${w[0]} of ${w[1]}"
        for config in "${w[2]}" "${w[3]}"; do
            [[ $config == all-on ]] || jq -e --arg p "${config#peer:}" 'any(.peers[]; . == $p)' "workloads/${w[0]}/manifest.json" > /dev/null ||
                complain "$name: ${w[0]} has no $config"
        done ;;
    program | seconds | memory) grep -q "^== ${w[0]} |" ci/speed.programs || complain "$name: ci/speed.programs has no ${w[0]}" ;;
    start) [[ $what == '{emu} --user'* ]] || complain "$name: starts '$what'" ;;
    *) complain "$name: kind $kind" ;;
    esac
done < <(sed 's/ *| */|/g' ci/speed.list | grep -v '^#')
((rows > 30)) || complain "$rows rows"
[[ -z $(sed 's/ *|.*//' ci/speed.list | grep -v '^#' | sort | uniq -d) ]] || complain "two rows have one name"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
ci/speed.sh -o "$out" 'no such row' 2> /dev/null
[[ $? == 64 ]] || complain "a row that is not there"
ci/speed.sh -r 0 2> /dev/null
[[ $? == 64 ]] || complain "no rounds"
ci/beside.sh -n x coremark 2> /dev/null
[[ $? == 64 ]] || complain "beside.sh: units"
ci/beside.sh nothing 2> /dev/null
[[ $? == 1 ]] || complain "beside.sh: a workload that is not there"
exit $status
