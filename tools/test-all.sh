#!/usr/bin/env bash
# Everything that must hold, on real servers, with the minutes of each step.
#   npm test                 on a machine that has the servers; says what is missing otherwise
#   npm test -- --install    (or CI=true) installs them first: Debian, as root
set -euo pipefail
cd "$(dirname "$0")/.."

declare -a report
step() { # step NAME COMMAND...
  local name=$1 from=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if "$@"; then
    local took=$((SECONDS - from))
    report+=("$(printf '%4d:%02d  %s' $((took / 60)) $((took % 60)) "$name")")
  else
    report+=("$(printf ' FAILED  %s' "$name")")
    summary
    exit 1
  fi
}
summary() { printf '\n=== minutes:seconds\n'; printf '%s\n' "${report[@]}"; }

environment=$(mktemp)
trap 'rm -f "$environment"' EXIT
set_up() { bash tools/test-set-up.sh --write-environment "$environment" "$@"; }

step 'servers for the tests' set_up "$@"
# shellcheck disable=SC1090
set -a && source "$environment" && set +a

step 'check: format, lint, rooms, types, proto, unit' npm run --silent check
step 'agreement: policy decided twice' npm run --silent agreement
step 'build' npm run --silent build
step 'supply chain: licences, bill of materials, vulnerabilities' node tools/supply-chain.mjs
step 'integration: real servers' npm run --silent int
step 'end to end: all processes' npm run --silent e2e
summary
