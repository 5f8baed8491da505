# shellcheck shell=bash
# A private apt for another machine than this one: configuration, lists and cache of its own. Scripts that download
# packages source it. The machine's sources are read (for the address of its mirror and its proxy), never touched;
# nothing is installed.
SUITE=${SUITE:-trixie} # the first with riscv64
ARCH=${ARCH:-riscv64}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

private_apt() { # private_apt FOLDER ADDRESS: writes FOLDER/apt.conf
    mkdir -p "$1"/{parts,state/lists/partial,cache/archives/partial}
    : > "$1/state/status" # nothing is installed in this world
    echo "deb [signed-by=$keyring] $2 $SUITE main" > "$1/sources.list"
    cat > "$1/apt.conf" <<-END
		Dir::Etc::SourceList "$1/sources.list";
		Dir::Etc::SourceParts "$1/parts";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "$1/parts";
		Dir::State "$1/state";
		Dir::State::status "$1/state/status";
		Dir::Cache "$1/cache";
		APT::Architecture "$ARCH";
		APT::Architectures { "$ARCH"; };
		APT::Sandbox::User "";
		Acquire::Languages "none";
	END
    export APT_CONFIG=$1/apt.conf
}

# find_mirror FOLDER PACKAGE: finds a mirror among the machine's own that has the suite for $ARCH; apt commands use it from
# then on. FOLDER/meta describes the package, FOLDER/log is what apt said. Else false, and FOLDER/why says why not.
find_mirror() {
    local address
    command -v apt-get > /dev/null || { echo "there is no apt-get on this machine" > "$1/why"; return 1; }
    [[ -r $keyring ]] || { echo "$keyring is missing: install the package debian-archive-keyring" > "$1/why"; return 1; }
    while read -r address; do
        private_apt "$1" "$address"
        apt-get update -q > "$1/log" 2>&1 && apt-cache show "$2" > "$1/meta" 2>> "$1/log" && return 0
        unset APT_CONFIG
    done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
    echo "no mirror of this machine's apt sources has $SUITE for $ARCH$(tail -n 1 "$1/log" 2> /dev/null | sed 's/^/; apt: /')" > "$1/why"
    return 1
}
