#!/usr/bin/env bash
# Where a program comes from, as an in-toto statement with SLSA provenance 1.0, on stdout:
#   docker/provenance.sh NAME PROGRAM
#
# It is not signed: whoever publishes an image signs it, with the key of the publisher. Source of the form:
# https://slsa.dev/spec/v1.0/provenance
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=$1 program=$2
digest() { sha256sum "$1" | cut -d' ' -f1; }
commit=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || commit="$commit, with changes that are not committed"
cat <<JSON
{
  "_type": "https://in-toto.io/Statement/v1",
  "subject": [{ "name": "$name", "digest": { "sha256": "$(digest "$program")" } }],
  "predicateType": "https://slsa.dev/provenance/v1",
  "predicate": {
    "buildDefinition": {
      "buildType": "cargo build --release --locked --package $name",
      "externalParameters": { "commit": "$commit" },
      "internalParameters": { "target": "$(rustc -vV | sed -n 's/^host: //p')" },
      "resolvedDependencies": [
        { "name": "rustc", "annotations": { "version": "$(rustc --version)" } },
        { "name": "Cargo.lock", "digest": { "sha256": "$(digest Cargo.lock)" } }
      ]
    },
    "runDetails": { "builder": { "id": "./x image" } }
  }
}
JSON
