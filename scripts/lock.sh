#!/bin/sh
# Remakes requirements/*.txt from pyproject.toml. Extra words go to uv: scripts/lock.sh --upgrade-package flask
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
export UV_NO_CONFIG=1

lock() {
    target=requirements/$1.txt
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --output-file "$target" "$@"
}

lock bootstrap --group bootstrap "$@"
lock dev pyproject.toml --extra flask --group dev "$@"
lock bench pyproject.toml --extra flask --extra redis --group bench "$@"
lock docs --group docs "$@"
