#!/bin/sh
# Installs Prowler, at the versions that requirements.txt pins, into ${INFRAUDIT_TOOLS:-.tools}/prowler: a virtual
# environment of its own (2.3 GB, some minutes). It does nothing when those are already there. Needs Python 3.10 to 3.13 with venv.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${INFRAUDIT_TOOLS:-$(cd "$here/../.." && pwd)/.tools}
target=$tools/prowler

fail() {
	echo "install prowler: $1" >&2
	exit 1
}
command -v python3 >/dev/null || fail "python3 is not installed"
python3 -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || fail "python3 is not 3.10, 3.11, 3.12 or 3.13, which Prowler needs"
python3 -c 'import venv, ensurepip' 2>/dev/null || fail "python3 has no venv (on Debian: the package python3-venv)"
version="$(python3 --version) $(cksum <"$here/requirements.txt")"

if [ "$(cat "$target/.version" 2>/dev/null || true)" = "$version" ]; then
	exit 0
fi

# Scripts of a virtual environment name its folder, so it is made in place; the version is written last, so that an
# interrupted install is never taken for a whole one.
rm -rf "$target"
mkdir -p "$tools"
python3 -m venv "$target"
"$target/bin/pip" --quiet --disable-pip-version-check install --no-deps --requirement "$here/requirements.txt"
"$target/bin/pip" --quiet --disable-pip-version-check check
printf '%s\n' "$version" >"$target/.version"
