#!/bin/sh
# Slurm: one plan over many machines of one kind. Each task of the array takes every N-th round; the last step puts the shards
# together, adds the run to the history and says what changed. The checkout lies on a file system that all nodes see.
#
#   sbatch --parsable --array=1-4 ci/examples/slurm.sh measure          -> JOB
#   sbatch --dependency=afterok:JOB ci/examples/slurm.sh merge 4
#
# REPS: timed samples of each cell (12). BENCH: options of `nightjar bench`, the same for all tasks (--matrix quick). ci/tests/slurm.sh
# tries this with a Slurm of one node.
#SBATCH --job-name=nightjar
#SBATCH --ntasks=1
#SBATCH --exclusive
#SBATCH --time=01:00:00
set -eu
cd "${SLURM_SUBMIT_DIR:-.}"
nightjar=build/rel/nightjar
shards=build/shards

case "${1:-measure}" in
measure)
    mkdir -p "$shards"
    # shellcheck disable=SC2086
    "$nightjar" bench ${BENCH:---matrix quick} --reps "${REPS:-12}" --exact-reps 2 --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
        -o "$shards/$SLURM_ARRAY_TASK_ID.json" || [ $? -eq 3 ]
    ;;
merge)
    n=${2:?how many shards}
    files=
    for i in $(seq "$n"); do files="$files $shards/$i.json"; done
    # shellcheck disable=SC2086
    "$nightjar" merge -o build/merged.json $files
    "$nightjar" history add build/merged.json
    "$nightjar" trend --since 1 --fail-on new
    ;;
*)
    echo "slurm.sh: measure, or merge N" >&2
    exit 64
    ;;
esac
