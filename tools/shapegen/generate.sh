#!/bin/sh
# Regenerates internal/inventory/awscloud/shapes/*.json from CloudFormation's resource schemas and types.json.
# Needs python3 with venv, and PyPI unless the environment is there already (in INFRAUDIT_TOOLS, default .tools).
# With --check it writes nothing and fails where a file would change.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
venv=${INFRAUDIT_TOOLS:-$root/.tools}/shapegen
if ! [ -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
exec "$venv/bin/python" "$here/shapegen.py" "$@" "$here/types.json" "$root/internal/inventory/awscloud/shapes"
