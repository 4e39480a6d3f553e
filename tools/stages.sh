#!/usr/bin/env bash
# Runs make targets one after the other and prints how long each took; stops at the first that fails.
set -euo pipefail
declare -a lines
report() { printf '\nseconds  stage\n'; printf '%s\n' "${lines[@]}"; }
for stage in "$@"; do
  start=$SECONDS
  printf '\n== %s\n' "$stage"
  if ! "${MAKE:-make}" --no-print-directory "$stage"; then
    lines+=("$(printf '%7d  %s FAILED' $((SECONDS - start)) "$stage")")
    report
    exit 1
  fi
  lines+=("$(printf '%7d  %s' $((SECONDS - start)) "$stage")")
done
report
