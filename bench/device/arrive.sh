#!/usr/bin/env bash
# bash bench/device/arrive.sh 007: takes in what call 7 has carried, in the repository's root of the device machine. Every piece is held
# against its sha256 before it is unpacked; what is whole with this call is put together and held against its own. Any call may be
# run again. Needs coreutils and gzip: nothing of ours is there before the first cargo is whole.
set -euo pipefail

call=$1
from=dist/device/calls/$call
kept=dist/device-kept
log=${OUT:-$kept}/arrive-$call.log

fail() { echo "Cannot take in call $call: $1"; exit 1; }

list_missing() {
  for number in $(seq 1 "$((10#$call))"); do
    name=$(printf %03d "$number")
    [ -e "$kept/arrived/$name" ] || printf ' %s' "$name"
  done
}

unpack_pieces() {
  (cd "$from" && sha256sum --quiet -c SUMS) || fail "its bytes were changed on the way; run it again"
  while read -r _ packed; do
    gunzip -c "$from/$packed" > "$kept/pieces/part" || fail "\"$packed\" cannot be unpacked"
    mv "$kept/pieces/part" "$kept/pieces/${packed%.gz}"
  done < "$from/SUMS"
}

is_whole() { [ -e "$kept/$2" ] && echo "$1  $kept/$2" | sha256sum --quiet -c - 2>/dev/null; }

put_together() { # sha256, number of pieces, name
  if [ "$1" != - ] && is_whole "$1" "$3"; then rm -f "$kept/pieces/$3".[0-9]*; return; fi
  found=$(find "$kept/pieces" -name "$3.[0-9]*" | wc -l)
  [ "$found" -eq "$2" ] || fail "\"$3\" has $found of $2 pieces; run the missing calls, then this one again:$(list_missing)"
  if [ "$1" = - ]; then echo "$3: all $2 parts are here"; return; fi
  cat "$kept/pieces/$3".[0-9]* > "$kept/part"
  echo "$1  $kept/part" | sha256sum --quiet -c - || fail "\"$3\" is not what it was"
  mv "$kept/part" "$kept/$3"
  rm "$kept/pieces/$3".[0-9]*
  echo "$3: whole"
}

main() {
  [ -f "$from/SUMS" ] || fail "\"$from\" was not carried"
  mkdir -p "$kept/pieces" "$kept/arrived"
  unpack_pieces
  touch "$kept/arrived/$call"
  while read -r sha256 count name; do put_together "$sha256" "$count" "$name"; done < "$from/WHOLE"
  rm -rf "$from"
  missing=$(list_missing)
  echo "call $call is here${missing:+; missing:$missing}"
}

mkdir -p "$(dirname "$log")"
main 2>&1 | tee "$log"
