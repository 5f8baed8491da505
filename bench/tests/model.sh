#!/usr/bin/env bash
# Oracle: an independent JSON Schema validator (Debian's python3-jsonschema). For every member of a whole document: without
# it, null, of another type, and with an unknown neighbour; `nightjar validate` and the schema must agree each time.
source "$(dirname "$0")/lib.sh"
nj validate --schema >"$T/schema.json"
cmp bench/run.schema.json "$T/schema.json" || fail "bench/run.schema.json is old: build/rel/nightjar validate --schema >bench/run.schema.json"
expect 74 bash -c "'$NIGHTJAR' validate --schema >/dev/full"
says "/dev/stdout: cannot be written"

/usr/bin/python3 - "$T" "$NIGHTJAR" <<'EOF' || fail "the loader and the schema disagree"
import copy, json, os, subprocess, sys
import jsonschema
folder, nightjar = sys.argv[1:]
validator = jsonschema.Draft7Validator(json.load(open("bench/run.schema.json")))
whole = json.load(open("reports/tests/sample-run.json"))
# The same members, but few of them, so that each can be changed in turn.
whole["samples"] = [s for s in whole["samples"] if s["config"] in ("all-on", "all-off")][:3] + [s for s in whole["samples"] if not s["valid"]][:1]
used = {"all-on", "all-off", "only-dce", whole["samples"][-1]["config"]}
whole["configs"] = [c for c in whole["configs"] if c["id"] in used]
summary = whole["summary"]
summary["cells"] = [c for c in summary["cells"] if c["config"] in used][:2]
summary["speedups"] = [s for s in summary["speedups"] if s["config"] in used and s["baseline"] in used][:2]
summary["attribution"] = summary["attribution"][:1]
for a in summary["attribution"]: a["parts"], a["interactions"] = a["parts"][:2], a["interactions"][:1]
whole["metrics"][3:] = [m for m in whole["metrics"][3:] if m["name"] in json.dumps([whole["samples"], summary, whole["errors"]])]

REFERENCES = {"config", "workload", "guest", "metric", "baseline"}
def places(node, path=()):
    if isinstance(node, dict):
        for key in node: yield path + (key,); yield from places(node[key], path + (key,))
    if isinstance(node, list) and path and path[-1] not in ("axes", "notes", "stdout", "values"):
        for i, item in [(i, node[i]) for i in sorted({0, len(node) - 1}) if node]: yield path + (i,); yield from places(item, path + (i,))
def within(doc, path):
    for p in path: doc = doc[p]
    return doc
def changes(path):
    if "version" in path[1:] and path[0] == "emulator": return # another schema's business
    if "features" in path[:-1] or "unavailable" in path[:-1]: return
    if isinstance(path[-1], int): # an item of a list
        yield "no object", lambda doc: within(doc, path[:-1]).__setitem__(path[-1], "x")
        return
    old = within(whole, path)
    keep = path[-1] in REFERENCES or (path[-1] in ("id", "name") and isinstance(path[-2], int))
    if not keep and path[-2:-1] != ("metrics",): yield "missing", lambda doc: within(doc, path[:-1]).pop(path[-1])
    for value in (None, 7, -7, 0.5, 0, "", "word", True, [], {}):
        if keep and isinstance(value, str): continue # the name of something else is the loader's business alone
        if path[-1] in ("configs", "workloads", "metrics", "samples") and value == []: continue # names that lead nowhere
        if isinstance(old, list) and value == [] or value == old or path[-1] == "id" and value == 0: continue
        yield repr(value), lambda doc, value=value: within(doc, path[:-1]).__setitem__(path[-1], value)
    if isinstance(old, dict) and path[-1] not in ("metrics", "version"):
        yield "unknown member", lambda doc: within(doc, path).__setitem__("another", 1.5)
cases = []
for path in places(whole):
    for what, change in changes(path):
        doc = copy.deepcopy(whole)
        change(doc)
        name = os.path.join(folder, "case-%d.json" % len(cases))
        with open(name, "w") as f: json.dump(doc, f)
        cases.append((path, what, validator.is_valid(doc)))
ok = set()
for at in range(0, len(cases), 500):
    names = [os.path.join(folder, "case-%d.json" % i) for i in range(at, min(at + 500, len(cases)))]
    out = subprocess.run([nightjar, "validate"] + names, capture_output=True, text=True)
    ok |= {int(line.split("case-")[1].split(".")[0]) for line in out.stdout.splitlines() if ": ok:" in line}
wrong = ["%s %s: the schema says %s" % (path, what, valid) for i, (path, what, valid) in enumerate(cases) if valid != (i in ok)]
good = sum(valid for _, _, valid in cases)
print(len(cases), "documents,", good, "of them whole;", len(wrong), "disagreements")
if not (len(cases) > 1000 and 50 < good < len(cases) / 2): wrong.append("too few cases")
sys.exit("\n".join(wrong[:20]) or 0)
EOF
