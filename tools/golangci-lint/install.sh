#!/bin/sh
# Builds golangci-lint, at the version that go.mod pins, into ${INFRAUDIT_TOOLS:-.tools}/golangci-lint.
# It does nothing when that version, built with this Go, is already there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${INFRAUDIT_TOOLS:-$(cd "$here/../.." && pwd)/.tools}
target=$tools/golangci-lint
cd "$here"
version="$(go env GOVERSION) $(cksum <go.mod)"

if [ "$(cat "$target/.version" 2>/dev/null || true)" = "$version" ]; then
	exit 0
fi

# Built beside the target and renamed, so that an interrupted build is never taken for a whole one.
mkdir -p "$tools"
fresh=$(mktemp -d "$tools/golangci-lint.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
go build -o "$fresh/golangci-lint" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
printf '%s\n' "$version" >"$fresh/.version"
rm -rf "$target"
mv "$fresh" "$target"
chmod 755 "$target"
