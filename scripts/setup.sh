#!/bin/sh
# Makes one virtual environment from one lock: scripts/setup.sh FOLDER LOCK
set -eu
cd "$(dirname "$0")/.."
venv=$1
lock=$2
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "watchword needs Python 3.11 or newer as '$python'; found: $("$python" --version 2>&1 || true)." >&2
    echo "Name another one: make PYTHON=python3.12 ..." >&2
    exit 1
fi

if [ ! -x "$venv/bin/python" ]; then
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "'$python -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt

export VIRTUAL_ENV="$PWD/$venv" UV_NO_CONFIG=1 UV_LINK_MODE=copy
uv=$venv/bin/uv
"$uv" pip sync --quiet --require-hashes "$lock"
# Out of the lock's own build tools, so nothing unpinned is fetched.
[ "${3:-}" = "--tools-only" ] || "$uv" pip install --quiet --no-deps --no-build-isolation --editable .
