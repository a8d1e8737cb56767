#!/bin/sh
# Installs what deployment tests need, at the versions that requirements.txt pins, into ${INFRAUDIT_TOOLS:-.tools}/sam: a
# virtual environment with the SAM CLI (and within it the Lambda Runtime Interface Emulator), the SAM translator,
# cfn-lint and a parser of HCL. It does nothing when those are already there. Needs Python 3.10 or newer with venv.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${INFRAUDIT_TOOLS:-$(cd "$here/../.." && pwd)/.tools}
target=$tools/sam

fail() {
	echo "install sam: $1" >&2
	exit 1
}
command -v python3 >/dev/null || fail "python3 is not installed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "python3 is older than 3.10"
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
# Tests find the emulator for this machine's processor at one place.
emulator=$(find "$target/lib" -name "aws-lambda-rie-$(uname -m | sed 's/aarch64/arm64/')")
[ -n "$emulator" ] || fail "the SAM CLI brings no Lambda emulator for $(uname -m)"
ln -sf "$emulator" "$target/bin/aws-lambda-rie"
chmod +x "$emulator"
printf '%s\n' "$version" >"$target/.version"
