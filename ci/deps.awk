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
    rule[left] = trim(substr($0, index($0, ":") + 1))
    next
}

FNR == 1 {
    room = folder(FILENAME)
    key = room
    while (key != "" && !(key in rule) && !((folder(key) "/*") in rule)) key = folder(key)
    known = key != ""
    list = (key in rule) ? rule[key] : rule[folder(key) "/*"]
    if (FILENAME in rule) list = list " " rule[FILENAME]
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
    if (folder(path) == "" || folder(path) == own || allows(list, path)) next
    violation(room " may not include \"" name "\"; it may include: " (list == "" ? "nothing" : list))
}

END { exit bad > 0 }
