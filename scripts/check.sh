#!/usr/bin/env bash
# Every check that runs nothing: lint, format, types, import contracts, length of files. All run; any failure fails.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
run() {
    printf '\n== %s\n' "$*"
    "$@" </dev/null || failed+=("$(basename "$1") ${2:-}")
}
PATH="$PWD/.venv/bin:$PATH"
run ruff check .
run ruff format --check .
run python scripts/check_file_length.py
run lint-imports --no-logo --no-cache
run mypy
if [ ${#failed[@]} -gt 0 ]; then
    printf '\nchecks that failed: %s\n' "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
printf '\nall checks passed\n'
