#!/usr/bin/env bash
# Oracle: the history that the test makes. The page names what was planted, has a picture for every cell, loads nothing from
# elsewhere, and reads without scripts; the data files hold the counts of every night; in Chromium, where it is installed, a
# trend opens from its data file, and without uPlot the page says nothing of zoom.
source "$(dirname "$0")/../../bench/tests/lib.sh"
H=$T/history
expect 0 bench "$T/a.json" --features all --features none --features all,-flags --peer none --reps 3
expect 65 nj site --store "$H" -o "$T/site"
nj history init --store "$H" --repo "$T" >/dev/null
expect 0 nj site --store "$H" -o "$T/site"
grep -q 'There is no run in this history yet' "$T/site/index.html" || fail "an empty history"
# Hot blocks: real ones of a program, with a switch and without it, as if they were of this workload.
for k in 1 2; do
    "$NIGHTJAR" profile build/workloads/rv64/dhrystone-test.elf --emu "${EMU:-build/rel/emu}" --features="$([[ $k == 1 ]] && echo all || echo all,-regcache)" --pairs 0 -q -o "$T/p$k" >/dev/null
    jq '.workload.name = "alpha"' "$T/p$k/profile.json" >"$T/hot-$k.json"
done
for d in 01 02 03 04 05; do
    jq --arg d "2026-01-${d}T02:00:00Z" --argjson h "$((d > 3 ? 65000 : 64000))" --arg k "Linux 6.${d:1}" '.created = $d | .environment.kernel = $k | .emulator.version.commit = "00000000000" + $d[9:10] |
        .tool.remote = "https://example.org/nightjar" | .title = "night <b>" + $d |
        (.samples[] | select(.config == "all-on" and .workload == "alpha" and .purpose == "exact") | .metrics.host_instructions) = $h' "$T/a.json" >"$T/n.json"
    profile=()
    [[ $d == 01 ]] || profile=(--profile "$T/hot-$((d > 3 ? 2 : 1)).json")
    nj history add "$T/n.json" --store "$H" "${profile[@]}" >/dev/null
done
expect 64 nj history add "$T/n.json" "$T/a.json" --store "$H" --profile "$T/hot-1.json"
expect 65 nj history add "$T/n.json" --store "$H" --profile "$T/a.json"
expect 0 nj history verify --store "$H"
says "9 files are whole, 0 damaged"
mkdir "$T/uplot" && echo 'MIT' >"$T/uplot/LICENSE" && echo '.u{}' >"$T/uplot/uPlot.min.css" && echo 'var uPlot=function(o,d,b){b.append("drawn "+o.series.length);this.over=document.createElement("div");this.over.tabIndex=0;};' >"$T/uplot/uPlot.iife.min.js"
expect 0 nj site --store "$H" -o "$T/site" --uplot "$T/uplot" --hot ../hot
says "5 runs, 2 workloads and guests, 1 alerts"
P=$T/site/index.html
grep -q 'One thing is worse' "$P" || fail "tonight"
grep -q 'count worse, host_instructions' "$P" || fail "the alert"
grep -q 'href="https://example.org/nightjar/commit/000000000004"' "$P" || fail "the commit's link"
[[ $(grep -c '<li><button type="button" class="card"' "$P") == 6 ]] || fail "a picture for every cell"
[[ $(grep -c '<path class="mark" d="M150.0 0V44"/>' "$P") == 1 ]] || fail "the mark at the fourth night of five"
grep -q '<td>2026-01-05</td><td>kernel</td><td>&quot;Linux 6.4&quot;</td><td>&quot;Linux 6.5&quot;</td>' "$P" || fail "the machine's changes: $(grep kernel "$P")"
grep -q 'night &lt;b&gt;2026-01-05' "$P" || fail "a title is text, not markup"
grep -q '../hot/rv64-alpha/index.html' "$P" || fail "hot blocks"
! grep -Eq '(src|href)="(https?:)?//[^"]*"' <(sed 's|https://example.org/nightjar/commit/[0-9a-f]*||g' "$P") || fail "something is loaded from elsewhere"
grep -q "script-src 'unsafe-inline' 'self' file:" "$P" || fail "the policy"
sed 's/^nightjarSite.add("alpha\/rv64",//; s/);$//' "$T/site/data/rv64-alpha.js" | jq -e '.cells["all-on"].count == [64000, 64000, 64000, 65000, 65000] and (.cells["all-on"].time | length == 5) and
    (.attribution.flags | length == 5) and
    (.alerts | length == 1 and .[0].at == 3 and .[0].worse)' >/dev/null || fail "the data: $(cat "$T/site/data/rv64-alpha.js")"
sed 's/^nightjarSite.add("nights",//; s/);$//' "$T/site/data/nights.js" | jq -e '(.runs | length == 5) and .runs[4][2] == "https://example.org/nightjar/commit/000000000005" and (.runs[0] | length == 3) and
    .runs[1][3] == .runs[2][3] and .runs[2][3] != .runs[3][3] and (.events | length == 4) and .events[3].at == 4' >/dev/null || fail "the nights: $(cat "$T/site/data/nights.js")"
# Nights with the same hot blocks share a script, which holds byte for byte what is kept.
[[ $(ls "$T/site/data/hot" | wc -l) == 2 ]] || fail "scripts of hot blocks: $(ls "$T/site/data/hot")"
f=$(find "$H/hot" -name '20260105T*')
sed 's/^nightjarSite.add("hot\/[0-9a-f]*","//; s/");$//' "$T/site/data/hot/$(basename "${f##*-}" .json.gz).js" | base64 -d | cmp - "$f" || fail "hot blocks are not those that are kept"
top=$(jq -r '.blocks[0] | if .offset == 0 then .symbol else "\(.symbol)+0x" end' "$T/hot-2.json")
grep -A1 '<summary>Hot blocks of 2026-01-05' "$P" | grep -qF "<tr><td><code>$top" || fail "the table of hot blocks has no $top: $(grep -A2 'Hot blocks of' "$P")"
[[ $(grep -c 'class="event"' "$P") == 6 && $(grep -o 'class="event"' "$P" | wc -l) == 24 ]] || fail "changes of the machine in the pictures"

expect 0 nj site --store "$H" -o "$T/plain" --uplot "$T/nowhere"
says "no zoom: ci/uplot.sh fetches uPlot"
grep -q '<svg viewBox' "$T/plain/index.html" || fail "no pictures without uPlot"
chromium=$(command -v "${CHROMIUM:-chromium}" || true)
if [[ -n $chromium ]]; then
    dom() { timeout 1000 "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --virtual-time-budget=5000 --user-data-dir="$T/chromium" --dump-dom "$1" 2>/dev/null; }
    dom "file://$P#cell=alpha/rv64/all-on" >"$T/dom"
    grep -q 'drawn 2' "$T/dom" && grep -q 'drawn 4' "$T/dom" || fail "the trend does not open: $(grep -o '<div class="detail".\{300\}' "$T/dom")"
    grep -q 'aria-expanded="true"' "$T/dom" || fail "the card is not open"
    # The last night beside the one before that had others: without the switch there is more state.
    dom "file://$P#hot=alpha/rv64" >"$T/dom"
    grep -q '<option value="2">2026-01-03' "$T/dom" && grep -q ' host instructions, .* in the other night' "$T/dom" || fail "hot blocks do not open: $(grep -o 'hot-detail.\{300\}' "$T/dom")"
    grep -q 'class="removed">- *[0-9]* .*state' "$T/dom" || grep -q 'class="added">+ *[0-9]* .*state' "$T/dom" || fail "no line differs: $(grep -o '<pre>.*' "$T/dom" | head -30)"
    dom "file://$T/plain/index.html" >"$T/dom"
    ! grep -q 'class="scripted"' "$T/dom" || fail "without uPlot there is nothing to click"
    if [[ -e build/vendor/uplot/uPlot.iife.min.js ]]; then
        nj site --store "$H" -o "$T/real" --uplot build/vendor/uplot >/dev/null
        dom "file://$T/real/index.html#cell=alpha/rv64/all-on" >"$T/dom"
        [[ $(grep -o '<canvas' "$T/dom" | wc -l) == 3 ]] || fail "uPlot draws counts, times and attribution"
    fi
else
    echo "no Chromium: the page was not opened"
fi
expect 64 nj site left-over
: >"$T/file"
expect 74 nj site --store "$H" -o "$T/file/below"
nj site --help | grep -q 'history' || fail "--help"
echo "site: ok"
