#!/usr/bin/env bash
# Lays out the files of an image: docker/rootfs.sh PROGRAM FOLDER
#
# The program, the shared objects that it names, two users, and the places of its volumes: nothing else,
# so that there is no shell, no package manager and nothing to update but the program itself.
set -euo pipefail

program=$1 folder=$2
[ -x "$program" ] || { echo "error: no program at $program" >&2; exit 1; }
rm -rf "$folder"
install -D -m 0755 "$program" "$folder/usr/local/bin/$(basename "$program")"

# Shared objects where the program looks for them; a static one names none.
ldd "$program" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | sort -u |
    while read -r object; do install -D -m 0755 "$(readlink -f "$object")" "$folder$object"; done

# The user of the image, and whoever a cluster makes up: always in group 0.
mkdir -p "$folder/etc"
printf 'root:x:0:0:root:/:/nonexistent\nargosy:x:65532:0:argosy:/data:/nonexistent\n' >"$folder/etc/passwd"
printf 'root:x:0:\n' >"$folder/etc/group"
# Names are looked up by the C library itself: files first, then the resolver.
printf 'hosts: files dns\n' >"$folder/etc/nsswitch.conf"

# Volumes. Files keep their modes when an engine copies them into a fresh volume: what the group may do,
# any user of group 0 may.
mkdir -p "$folder/data" "$folder/keys"
chmod 0770 "$folder/data" "$folder/keys"
if [ "$(id -u)" = 0 ]; then chown 65532:0 "$folder/data" "$folder/keys"; fi
