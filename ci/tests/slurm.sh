#!/usr/bin/env bash
# A Slurm of one node, from Debian's packages, in a folder of its own: ci/examples/slurm.sh is really run, an array of shards and then the
# merge that waits for them. Oracle: the same plan without shards: as many samples of each cell, the same counts.
# tests: by-hand
#
# As root: installs slurmctld, slurmd, slurm-client and munge if they are missing. Exit status: 0 good, 69 they cannot be had, 1 it failed.
set -euo pipefail
cd "$(dirname "$0")/../.."
repo=$PWD shards=${1:-3}
packages=(slurmctld slurmd slurm-client munge jq)
has_all() { local c; for c in slurmctld slurmd sbatch munged jq; do command -v "$c" >/dev/null || return 1; done; }
PATH=$PATH:/usr/sbin
if ! has_all; then
    [[ $(id -u) == 0 ]] && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || true
    has_all || { echo "no Slurm here: apt-get install ${packages[*]}" >&2; exit 69; }
fi
[[ $(id -u) == 0 ]] || { echo "slurmd needs root" >&2; exit 69; }
[[ -e build/workloads/rv64/dhrystone-quick.elf && -x build/rel/nightjar ]] || { echo "run make all workloads first" >&2; exit 1; }

T=$(mktemp -d)
chmod 755 "$T" # munged's socket is for every user
node=$(hostname -s)
export SLURM_CONF=$T/slurm.conf
pids=()
stop() {
    local p
    scancel --user root 2>/dev/null || true
    for _ in $(seq 50); do squeue -h 2>/dev/null | grep -q . || break; sleep 0.1; done
    for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
    for p in "${pids[@]}"; do for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done; done
    [[ -n ${KEEP:-} ]] && cp -r "$T" "$KEEP"
    rm -rf "$T"
}
trap stop EXIT
fail() { echo "FAILED: $*" >&2; tail -n 5 "$T"/*.log "$T"/checkout/slurm-*.out 2>/dev/null >&2; exit 1; }

mkdir -p "$T/munge" "$T/state" "$T/spool"
dd if=/dev/urandom of="$T/munge/key" bs=128 count=1 status=none && chmod 600 "$T/munge/key"
cat >"$SLURM_CONF" <<END
ClusterName=nightjar
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$T/munge/socket
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$T/state
SlurmdSpoolDir=$T/spool
SlurmctldPidFile=$T/slurmctld.pid
SlurmdPidFile=$T/slurmd.pid
SlurmctldLogFile=$T/slurmctld.log
SlurmdLogFile=$T/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
munged --foreground --force --key-file="$T/munge/key" --socket="$T/munge/socket" --pid-file="$T/munge/pid" --log-file="$T/munged.log" \
    --seed-file="$T/munge/seed" 2>"$T/munged.err.log" & pids+=($!)
for _ in $(seq 100); do [[ -S $T/munge/socket ]] && break; sleep 0.1; done
[[ -S $T/munge/socket ]] || fail "munged does not start"
slurmctld -D -f "$SLURM_CONF" >"$T/slurmctld.out.log" 2>&1 & pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$node" >"$T/slurmd.out.log" 2>&1 & pids+=($!)
for _ in $(seq 300); do sinfo -h -o %t 2>/dev/null | grep -q idle && break; sleep 0.2; done
sinfo -h -o %t | grep -q idle || fail "the node does not come up: $(sinfo 2>&1)"
echo "$(sbatch --version): node $node is up"

# A checkout whose build folder is the test's own.
mkdir -p "$T/checkout/build" && cd "$T/checkout"
for f in bench workloads ci; do ln -s "$repo/$f" "$f"; done
for f in rel workloads; do ln -s "$repo/build/$f" "build/$f"; done
export NIGHTJAR_HISTORY=$T/history REPS=3 BENCH='--matrix ends --workload dhrystone --guest rv64 --size test --peer none'
build/rel/nightjar history init --repo "$repo" >/dev/null
began=$SECONDS
job=$(sbatch --parsable --array=1-"$shards" ci/examples/slurm.sh measure)
merge=$(sbatch --parsable --dependency=afterok:"$job" ci/examples/slurm.sh merge "$shards")
while squeue -h | grep -q .; do
    squeue -h -o '%r' | grep -q DependencyNeverSatisfied && fail "a shard failed"
    sleep 1
done
echo "array of $shards and merge: $((SECONDS - began)) s"
scontrol -o show job | sed -n 's/.*JobId=\([0-9]*\).*JobState=\([A-Z]*\).*ExitCode=\([0-9:]*\).*/  job \1: \2, exit \3/p'
scontrol -o show job "$merge" | grep -q 'JobState=COMPLETED.*ExitCode=0:0' || fail "the merge"
[[ $(build/rel/nightjar history list --json | jq length) == 1 ]] || fail "the history does not hold the merged run"

# shellcheck disable=SC2086
build/rel/nightjar bench $BENCH --reps "$REPS" --exact-reps 2 -o build/whole.json >/dev/null 2>&1 || [[ $? == 3 ]] || fail "the plan without shards"
cells() { jq -c '[.samples[] | select(.purpose == "exact" or .purpose == "time") | [.config, .workload, .guest, .purpose, (if .purpose == "exact" then .metrics.host_instructions else 0 end)]] | sort' "$1"; }
cmp <(cells build/merged.json) <(cells build/whole.json) || fail "the merged run has other samples than one without shards"
jq -r '"  \(.samples | length) samples of \(.plan.merged | length) shards, \([.samples[] | select(.valid | not)] | length) do not count"' build/merged.json
for i in $(seq "$shards"); do jq -r '"  shard \(.plan.shard): \(.samples | length) samples"' "build/shards/$i.json"; done
echo "slurm: ok"
