#!/usr/bin/env bash
# `make test`: the checks, then pytest in two tiers: the core without a display, the studio in a real window on a virtual
# screen. Everything runs even after a failure; a tier that cannot run, or runs nothing, is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

marks=()
[ "${1:-}" = --fast ] && marks=(-m "not slow")
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export NUMBA_CACHE_DIR="${NUMBA_CACHE_DIR:-$PWD/.cache/numba}"
failed=0

# Two processes on two cores, each with one thread of arithmetic, are faster than one with two.
cores=$(getconf _NPROCESSORS_ONLN)
workers=$((cores < 4 ? cores : 4))

# Other systems than Linux have a screen, and perhaps no `timeout`.
screen=() limit=()
[ "$(uname -s)" = Linux ] && screen=(xvfb-run -a -s "-screen 0 1600x1000x24") && export QT_QPA_PLATFORM=xcb
command -v timeout >/dev/null && limit=(timeout --kill-after=30 3600)

tier() { # NAME COMMAND…: pytest writes what it ran into $reports/NAME
    local name=$1 status
    shift
    printf '\n== tier %s\n' "$name"
    NEUFACE_TIER_REPORT="$reports/$name" ${limit[@]+"${limit[@]}"} "$@" </dev/null
    status=$?
    [ $status -eq 0 ] || { echo "tier $name: exit status $status"; failed=1; }
    if ! [ -s "$reports/$name" ]; then
        echo "tier $name: did not run to its end" | tee "$reports/$name"
        failed=1
    elif grep -q ' 0 passed' "$reports/$name"; then
        echo "tier $name: no test ran"
        failed=1
    fi
}

checks="checks: all passed"
bash scripts/check.sh || { checks="checks: FAILED"; failed=1; }

tier core env -u DISPLAY -u WAYLAND_DISPLAY -u QT_QPA_PLATFORM OMP_NUM_THREADS=1 NEUFACE_REQUIRE_MODELS=1 \
    pytest tests --ignore tests/studio ${marks[@]+"${marks[@]}"} -n "$workers" --dist loadfile --continue-on-collection-errors

tier studio env LIBGL_ALWAYS_SOFTWARE=1 NEUFACE_REQUIRE_GL=1 ${screen[@]+"${screen[@]}"} \
    pytest tests/studio ${marks[@]+"${marks[@]}"} -p no:xdist --continue-on-collection-errors

printf '\n%s\n' "$checks"
cat "$reports/core" "$reports/studio"
if [ $failed -ne 0 ]; then echo "make test: FAILED"; else echo "make test: everything passed"; fi
exit $failed
