#!/usr/bin/env bash
# Makes images of programs that this machine has built:
#   docker/image.sh TAG argosyd PROGRAM     the node
#   docker/image.sh TAG argosy PROGRAM      a chain for developers
#
# The builder's stage of docker/Dockerfile gets an image with the programs and a shell, so that nothing is
# pulled from anywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=$1 name=$2 program=$3
[ "$(basename "$program")" = "$name" ] || { echo "error: $program is not called $name" >&2; exit 1; }
case $name in
    argosyd) stage=node ;;
    argosy) stage=dev ;;
    *) echo "error: no image is made of $name" >&2; exit 1 ;;
esac
if [ ! -x /bin/busybox ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y busybox-static; } >/dev/null 2>&1 ||
        { echo "error: the package busybox-static could not be installed" >&2; exit 1; }
fi

work=$(mktemp -d)
builder=argosy-builder-$$
trap 'rm -rf "$work"; docker rmi --force "$builder" >/dev/null 2>&1 || true; docker image prune --force --filter label=argosy.stage=build >/dev/null 2>&1 || true' EXIT
install -D -m 0755 "$(readlink -f /bin/busybox)" "$work/builder/bin/sh"
for applet in mv dirname; do ln -s sh "$work/builder/bin/$applet"; done
docker/rootfs.sh "$program" "$work/builder/rootfs.$name"
tar --create --directory "$work/builder" . | docker import --change 'ENV PATH=/bin' - "$builder" >/dev/null

# The context: what the Dockerfile copies of the repository is not needed by a builder that has it all.
mkdir -p "$work/context/docker"
cp docker/Dockerfile docker/build.sh docker/config.toml "$work/context/docker/"
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
created=$(git show --no-patch --format=%cI HEAD 2>/dev/null || echo 1970-01-01T00:00:00Z)
docker build --quiet --file "$work/context/docker/Dockerfile" --target "$stage" --tag "$tag" \
    --build-arg BUILDER="$builder" --build-arg PROGRAM="$name" --build-arg VERSION="$version" \
    --build-arg REVISION="$revision" --build-arg CREATED="$created" "$work/context" 2>"$work/log" >/dev/null ||
    { cat "$work/log" >&2; exit 1; }
