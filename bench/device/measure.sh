#!/usr/bin/env bash
# bash bench/device/measure.sh [flags of there/run.ts]: runs the carried program on the carried file's own Bun, in the repository's root
# of the device machine, with a home of its own. All that it finds is in $OUT.
set -euo pipefail

kept=$PWD/dist/device-kept
out=${OUT:-$kept/out}
mkdir -p "$kept/home" "$out"

for name in termite program.tar model.tar; do
  [ -e "$kept/$name" ] && continue
  echo "Cannot measure: \"$name\" is not here; run the calls that carry it again" | tee "$out/measure.log"
  exit 1
done
chmod 755 "$kept/termite"
mkdir -p "$kept/program" "$kept/models"
tar -xf "$kept/program.tar" -C "$kept/program"
tar -xf "$kept/model.tar" -C "$kept/models"
HOME=$kept/home BUN_BE_BUN=1 exec "$kept/termite" "$kept/program/run.js" --kept "$kept" --out "$out" "$@"
