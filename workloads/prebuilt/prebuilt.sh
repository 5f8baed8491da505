#!/usr/bin/env bash
# The committed programs of a guest whose compiler is not a Debian package: workloads/prebuilt/prebuilt.sh VERB GUEST [DIR]
#
#   copy    verifies prebuilt/GUEST against its SHA256SUMS and copies it to DIR/GUEST; says which sources changed since
#   same    compares DIR/GUEST, which was built, with prebuilt/GUEST; exit code 1 if they differ
#   update  puts DIR/GUEST, which was built, into prebuilt/GUEST
#
# DIR is build/workloads. SHA256SUMS lists the programs, INPUTS the hashes of what they were built from.
set -euo pipefail
cd "$(dirname "$0")/../.."

die() {
    echo "prebuilt.sh: $*" >&2
    exit 1
}

# inputs: every file that can change a program of the guest.
inputs() {
    local folder folder_of='select(any(.guests[]?; . == $guest)) | (input_filename | sub("/[^/]*$"; ""))'
    find workloads/lib/common "workloads/lib/$GUEST" -type f ! -name 'qemu.sh'
    jq -r --arg guest "$GUEST" "$folder_of"' + "/" + (.sources[]? | gsub("\\{guest\\}"; $guest))' workloads/*/manifest.json |
        xargs -r realpath -s --relative-to=.
    jq -r --arg guest "$GUEST" "$folder_of" workloads/*/manifest.json |
        while read -r folder; do find "$folder" -name '*.h' -o -name '*.inc' -o -path '*/programs/*' -o -name manifest.json; done
}
# Of a manifest only what decides how a program is built: a new peer changes none.
input_sums() {
    local file
    inputs | LC_ALL=C sort -u | while read -r file; do
        if [[ $file == */manifest.json ]]; then
            printf '%s  %s\n' "$(jq -cS '{sources, cflags, cflags_for, sizes}' "$file" | sha256sum | cut -d' ' -f1)" "$file"
        else
            sha256sum "$file"
        fi
    done
}

changed_inputs() { { diff <(input_sums) "$HOME_DIR/INPUTS" || true; } | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u | tr '\n' ' '; }

copy() {
    local sum file changed
    (cd "$HOME_DIR" && sha256sum --quiet -c SHA256SUMS) >&2 || die "$HOME_DIR: not the programs that SHA256SUMS names"
    mkdir -p "$OUT/$GUEST"
    while read -r sum file; do
        sha256sum --status -c <<< "$sum  $OUT/$GUEST/$file" 2> /dev/null && continue
        rm -rf "${OUT:?}/$GUEST/obj" # what was built there is no longer what build.sh believes to be current
        cp "$HOME_DIR/$file" "$OUT/$GUEST/$file.new"
        mv "$OUT/$GUEST/$file.new" "$OUT/$GUEST/$file"
        echo "  WORKLOAD $OUT/$GUEST/$file (prebuilt)"
    done < "$HOME_DIR/SHA256SUMS"
    changed=$(changed_inputs)
    [[ -z $changed ]] || echo "prebuilt.sh: note: changed since the programs of $GUEST were built: $changed" >&2
}

same() {
    local report
    if report=$(cd "$OUT/$GUEST" && sha256sum -c "$HOME_DIR/SHA256SUMS" 2>&1); then
        echo "  PREBUILT $GUEST: all $(wc -l < "$HOME_DIR/SHA256SUMS") programs are the same bytes as the committed ones"
    else
        echo "prebuilt.sh: $OUT/$GUEST and $HOME_DIR differ:" >&2
        grep -v ': OK$' <<< "$report" | sed 's/^/    /' >&2
        return 1
    fi
}

update() {
    rm -f "$HOME_DIR"/*.elf
    cp "$OUT/$GUEST"/*.elf "$HOME_DIR"
    (cd "$HOME_DIR" && sha256sum -- *.elf > SHA256SUMS)
    input_sums > "$HOME_DIR/INPUTS"
}

VERB=${1:-} GUEST=${2:-} OUT=${3:-build/workloads}
[[ -n $GUEST && -d workloads/prebuilt/$GUEST ]] || die "usage: workloads/prebuilt/prebuilt.sh copy|same|update GUEST [DIR]"
HOME_DIR=$PWD/workloads/prebuilt/$GUEST
case $VERB in
copy | same | update) "$VERB" ;;
*) die "no verb '$VERB': copy, same or update" ;;
esac
