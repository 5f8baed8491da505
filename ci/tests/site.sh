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
for d in 01 02 03 04 05; do
    jq --arg d "2026-01-${d}T02:00:00Z" --argjson h "$((d > 3 ? 65000 : 64000))" --arg k "Linux 6.${d:1}" '.created = $d | .environment.kernel = $k | .emulator.version.commit = "00000000000" + $d[9:10] |
        .tool.remote = "https://example.org/nightjar" | .title = "night <b>" + $d |
        (.samples[] | select(.config == "all-on" and .workload == "alpha" and .purpose == "exact") | .metrics.host_instructions) = $h' "$T/a.json" >"$T/n.json"
    nj history add "$T/n.json" --store "$H" >/dev/null
done
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
    (.runs | length == 5) and .runs[4][2] == "https://example.org/nightjar/commit/000000000005" and (.attribution.flags | length == 5) and
    (.alerts | length == 1 and .[0].at == 3 and .[0].worse)' >/dev/null || fail "the data: $(cat "$T/site/data/rv64-alpha.js")"

expect 0 nj site --store "$H" -o "$T/plain" --uplot "$T/nowhere"
says "no zoom: ci/uplot.sh fetches uPlot"
grep -q '<svg viewBox' "$T/plain/index.html" || fail "no pictures without uPlot"
chromium=$(command -v "${CHROMIUM:-chromium}" || true)
if [[ -n $chromium ]]; then
    dom() { timeout 1000 "$chromium" --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 --user-data-dir="$T/chromium" --dump-dom "$1" 2>/dev/null; }
    dom "file://$P#cell=alpha/rv64/all-on" >"$T/dom"
    grep -q 'drawn 2' "$T/dom" && grep -q 'drawn 4' "$T/dom" || fail "the trend does not open: $(grep -o '<div class="detail".\{300\}' "$T/dom")"
    grep -q 'aria-expanded="true"' "$T/dom" || fail "the card is not open"
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
