#!/bin/sh
# Installs DynamoDB Local, at the version that pom.xml pins, into ${INFRAUDIT_TOOLS:-.tools}/dynamodb-local.
# It does nothing when that version is already there. Needs mvn and, to run the tool, a Java 17 runtime.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${INFRAUDIT_TOOLS:-$(cd "$here/../.." && pwd)/.tools}
target=$tools/dynamodb-local
version=$(cksum <"$here/pom.xml")

if [ "$(cat "$target/.pom" 2>/dev/null || true)" = "$version" ]; then
	exit 0
fi
for tool in java mvn; do
	command -v "$tool" >/dev/null || {
		echo "install DynamoDB Local: $tool is not installed" >&2
		exit 1
	}
done

# Copied beside the target and renamed, so that an interrupted install is never taken for a whole one.
mkdir -p "$tools"
fresh=$(mktemp -d "$tools/dynamodb-local.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
mvn --batch-mode --quiet --file "$here/pom.xml" dependency:copy-dependencies \
	-DincludeScope=runtime "-DoutputDirectory=$fresh/lib"
printf '%s\n' "$version" >"$fresh/.pom"
rm -rf "$target"
mv "$fresh" "$target"
chmod 755 "$target"
