#!/usr/bin/env bash
# Fetches uPlot (MIT), which draws the site's trends with zoom and cursor, by npm into build/vendor/uplot, once. The version is
# pinned and its archive is checked. Without npm or network the site has its SVG pictures only, and says so.
# Exit status: 0 it is there; 1 it is not.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.6.32
sha512=2883159c6ebccefbb95d751b0b82d010f9e1c0ec41b8bc96d401eda66e882935c89a46cb824332fa369b8cb8122cc6ac36e186cd09bf7a9ded3a4c93c6989023
vendor=build/vendor
files=(LICENSE dist/uPlot.iife.min.js dist/uPlot.min.css)

[ -e "$vendor/uplot/$version" ] && exit 0
command -v npm >/dev/null || { echo "uPlot: npm is not installed; the site has no zoom" >&2; exit 1; }
mkdir -p "$vendor"
work=$(mktemp -d "$vendor/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && timeout 120 npm pack --silent "uplot@$version" >/dev/null 2>&1) || { echo "uPlot: npm cannot fetch it; the site has no zoom" >&2; exit 1; }
echo "$sha512  $work/uplot-$version.tgz" | sha512sum --check --status || { echo "uPlot: the archive is not the pinned one" >&2; exit 1; }
tar -xzf "$work/uplot-$version.tgz" -C "$work" "${files[@]/#/package/}"
rm -rf "$vendor/uplot"
mkdir -p "$work/uplot"
for f in "${files[@]}"; do mv "$work/package/$f" "$work/uplot/"; done
touch "$work/uplot/$version"
mv "$work/uplot" "$vendor/uplot"
