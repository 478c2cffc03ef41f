#!/bin/sh
# Make .venv from the lock file: sh ops/setup.sh LOCK_FILE STAMP_FILE. PYTHON names the interpreter, else a fitting one is found.
set -eu
lock=$1 stamp=$2

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }

if ! { [ -x .venv/bin/python ] && fits .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    python=${PYTHON:-}
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if [ -z "$python" ] && fits "$candidate"; then python=$candidate; fi
    done
    if [ -z "$python" ]; then
        echo "roadsieve needs Python 3.11 to 3.14, and python3 here is $(python3 --version 2>/dev/null || echo missing);" \
            "install one, or name it: make setup PYTHON=/path/to/python3.12" >&2
        exit 78
    fi
    if ! fits "$python"; then
        echo "PYTHON=$python is not a Python 3.11 to 3.14; name another one" >&2
        exit 78
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "$python has no venv module; install it (Debian and Ubuntu: apt install python3-venv) and try again" >&2
        exit 78
    fi
    echo "Making .venv with $("$python" --version) …" >&2
    "$python" -m venv --clear .venv
fi

echo "Installing the locked dependencies (230 MB the first time) …" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --prefer-binary -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
rm -f .venv/ready-*
: >"$stamp"
