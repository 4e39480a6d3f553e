#!/usr/bin/env bash
# Runs every fuzz target of the repository for a while each: tools/fuzz.sh 30s
set -euo pipefail
time=${1:-30s}
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# Go before 1.27 may report its own deadline as a failure when the time is up, with no input that fails
# (golang.org/issue/75804). That alone is none; whatever a target found is in a file and named.
deadline_alone() {
  grep -q '^ *context deadline exceeded$' "$said" && ! grep -qE 'Failing input|panic:|fatal error:|DATA RACE|_test\.go:[0-9]+:|--- FAIL: .*/|\[build failed\]' "$said"
}

grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | while read -r file; do
  grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/^func //' | while read -r target; do
    echo "== $(dirname "$file") $target"
    go test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 5s 2>&1 | tee "$said" || deadline_alone
  done
done
