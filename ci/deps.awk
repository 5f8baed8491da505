# Checks #include lines against deps.allow. First file: deps.allow; then sources, relative to the root of the checkout.
# A quoted name without a folder means the includer's own folder; generated names (*.insn.inc) belong to the file that includes them.

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
function folder(path) { return path ~ /\// ? substr(path, 1, match(path, /\/[^\/]*$/) - 1) : "" }
function violation(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad++ }

# Does the list of entries allow this path (without emulator/)?
function allows(list, path,   n, entry, i) {
    n = split(list, entry, /[ \t]+/)
    for (i = 1; i <= n; i++) {
        if (entry[i] == path || entry[i] == folder(path)) return 1
        if (entry[i] ~ /\/\*$/ && folder(path) != "" && index(folder(path), substr(entry[i], 1, length(entry[i]) - 1)) == 1) return 1
    }
    return 0
}

NR == FNR {
    sub(/#.*/, "")
    if (!/:/) next
    left = trim(substr($0, 1, index($0, ":") - 1))
    right = substr($0, index($0, ":") + 1)
    bar = index(right, "|")
    rule[left] = trim(bar ? substr(right, 1, bar - 1) : right)
    through[left] = bar ? trim(substr(right, bar + 1)) : ""
    next
}

FNR == 1 {
    room = folder(FILENAME)
    key = room
    while (key != "" && !(key in rule) && !((folder(key) "/*") in rule)) key = folder(key)
    known = key != ""
    if (!(key in rule)) key = folder(key) "/*"
    list = rule[key]
    reached = list " " through[key]
    if (FILENAME in rule) {
        list = list " " rule[FILENAME]
        reached = reached " " rule[FILENAME] " " through[FILENAME]
    }
    may_reach[FILENAME] = reached
    home[FILENAME] = room
    is_known[FILENAME] = known
    files[++n_files] = FILENAME
    if (!known) violation("this folder has no line in ci/deps.allow")
}

/^[ \t]*#[ \t]*include[ \t]*"/ && known {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*/, "", name)
    path = name
    sub(/^emulator\//, "", path)
    own = room
    sub(/^emulator\//, "", own)
    if (name ~ /\.\.\//) {
        violation("\"" name "\": write the path from the root of the sources, without ..")
        next
    }
    target[FILENAME, ++n_targets[FILENAME]] = folder(path) == "" ? room "/" path : path
    line[FILENAME, n_targets[FILENAME]] = FNR
    if (folder(path) == "" || folder(path) == own || allows(list, path)) next
    violation(room " may not include \"" name "\"; it may include: " (list == "" ? "nothing" : list))
}

# The file that an #include names: below emulator/, from the root, or none that was read.
function file_of(path) { return ("emulator/" path) in home ? "emulator/" path : path in home ? path : "" }

# Everything that a file reaches by way of its i-th #include, each header once.
function check_reached(file, i,    stack, top, at, k, seen, path, own, to) {
    own = home[file]
    sub(/^emulator\//, "", own)
    to = file_of(target[file, i])
    if (to == "") return
    stack[top = 1] = to
    seen[to] = 1
    while (top) {
        at = stack[top--]
        for (k = 1; k <= n_targets[at]; k++) {
            path = target[at, k]
            to = file_of(path)
            if (to == "" || (to in seen)) continue
            seen[to] = 1
            stack[++top] = to
            sub(/^emulator\//, "", path)
            if (folder(path) == own || allows(may_reach[file], path)) continue
            printf "%s:%d: %s reaches \"%s\" through \"%s\"; it may reach: %s\n", file, line[file, i], home[file], path, at, may_reach[file]
            bad++
        }
    }
}

END {
    for (f = 1; f <= n_files; f++)
        if (is_known[files[f]])
            for (i = 1; i <= n_targets[files[f]]; i++) check_reached(files[f], i)
    exit bad > 0
}
